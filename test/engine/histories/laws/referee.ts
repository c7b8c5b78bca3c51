import { bookReceipt, nothing, reckon } from '../naive/reckoning.ts'
import { monthOf } from '../naive/calendar.ts'
import { countedOf, sumsAreRight, type Counted } from '../naive/sums.ts'
import { play, begin, type Game, type Happened } from '../play.ts'
import type { Step } from '../steps.ts'
import type { World } from '../world.ts'
import type { Book } from '../../book.ts'
import { accountsAreSound, balancesByState, commissionsAreReckoned, commissionsAreSound, fold, sameBalances, statesFollow, transactionsAreRight } from './money.ts'
import { evidenceIsRight, holdIsRight } from './evidence.ts'
import { renewalsFollow } from './renewals.ts'
import { settingsAreOfTheOrder } from './settings.ts'
import { isUntouched, momentOf, since } from './moment.ts'
import { must } from './must.ts'
import { ordersAreSound, ordersStand, refundsTakeTheirPart } from './orders.ts'
import { isFairlyJudged, isFairlyPriced, isJudgedAgain } from './receipts.ts'

export interface History {
  world: World
  steps: Step[]
}

/** Plays a history and holds every law against it, after each step and at its end; throws `Broken` with the law's name. */
export function abides({ world, steps }: History): Game {
  const game = begin(world)
  const after = referee(game)
  for (const step of steps) after(step)
  const { book } = game
  refundsTakeTheirPart(book, book)
  for (const receipt of book.receipts) isJudgedAgain(receipt)
  return game
}

/** Takes steps one by one, and looks at what each of them made. */
function referee(game: Game): (step: Step) => Happened {
  const { book } = game
  const reckoning = nothing()
  const ledger = new Map<string, bigint>()
  const seen = new Set<string>()
  const counted: Counted[] = []

  return (step) => {
    const before = momentOf(book)
    const happened = play(game, step)
    if (happened.was === 'refused' || happened.was === 'nothing') {
      must(isUntouched(before, book), 'what is refused writes nothing', () => step)
      return happened
    }
    const added = since(before, book)
    transactionsAreRight(added, book, seen)
    fold(ledger, added.transactions)
    for (const receipt of added.receipts) {
      isFairlyJudged(receipt)
      isFairlyPriced(receipt)
      settingsAreOfTheOrder(receipt, book)
      evidenceIsRight(receipt, book)
      holdIsRight(receipt, book)
      renewalsFollow(receipt, book, before)
      sumsAreRight(receipt, { counted, reckoning, kept: book })
      bookReceipt(reckoning, receipt, book)
      counted.push(...countedOf(receipt, monthOf(book.conversions.get(receipt.conversionId)!.order, book.settings)))
    }
    reckon(reckoning, { happened, kept: book })
    commissionsAreReckoned(reckoning, book)
    sameBalances(ledger, reckoning.accounts, 'balances equal those rebuilt from nothing')
    sameBalances(ledger, balancesByState(book), 'balances are what the rows\' states say')
    accountsAreSound(ledger)
    statesFollow(before, book)
    commissionsAreSound(book)
    ordersStand(before, book)
    ordersAreSound(book)
    if ('again' in happened) changesNothing(happened.again, book)
    return happened
  }
}

/** The same call again finds what it did, and writes nothing. */
function changesNothing(again: (() => unknown) | undefined, book: Book): void {
  const before = momentOf(book)
  again?.()
  must(isUntouched(before, book), 'the same call again writes nothing')
}
