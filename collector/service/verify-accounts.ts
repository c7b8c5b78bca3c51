import type { Commission } from '../../shared/domain.ts'
import type { NumberedTransaction, Posting, Transaction } from '../../shared/engine/ledger.ts'
import type { Payout } from '../../shared/engine/payout.ts'
import { standingOfCommission, standingOfPayout, type Standing } from '../../shared/engine/rebuild-payout.ts'
import type { Balance } from '../store/queries.ts'
import type { Gross } from './verify-order.ts'

/** Balances by account, as BigInt: a sum of safe integers need not be one. */
type Balances = Map<string, bigint>

type Place = Pick<Transaction, 'mode' | 'currency'>

const keyOf = ({ mode, currency }: Place, { account, affiliateId }: Pick<Posting, 'account' | 'affiliateId'>): string => [mode, currency, account, affiliateId ?? 'merchant'].join(' ')
const add = (balances: Balances, key: string, minor: bigint): unknown => balances.set(key, (balances.get(key) ?? 0n) + minor)

/** Something that moved a debt, or looked at it. */
interface DebtMove {
  number: number
  minor: bigint
  /** A payout that was made then. */
  payout?: Payout & { number: number }
}

/**
 * A merchant's accounts, added up twice: from the entries of the ledger, and from commissions and payouts by their
 * states. Also what payouts took over, and what was owed when they were made.
 */
export function accounts() {
  const booked: Balances = new Map()
  const standing: Balances = new Map()
  const gross: Balances = new Map()
  const debts = new Map<string, DebtMove[]>()
  let entries = 0

  function debtsOf(key: string): DebtMove[] {
    const held = debts.get(key) ?? []
    debts.set(key, held)
    return held
  }

  function stand(place: Place, affiliateId: string, what: Standing[]): void {
    for (const { account, minor } of what) add(standing, keyOf(place, { account, affiliateId: account === 'expense' || account === 'cash' ? null : affiliateId }), BigInt(minor))
  }

  function book(transaction: NumberedTransaction): void {
    for (const { account, affiliateId, minor } of transaction.postings) {
      const key = keyOf(transaction, { account, affiliateId })
      entries += 1
      add(booked, key, BigInt(minor))
      if (account === 'clawback') debtsOf(key).push({ number: transaction.number, minor: BigInt(minor) })
    }
  }

  return {
    /** A commission's row, with its entries. */
    commission(commission: Commission, transactions: NumberedTransaction[]): void {
      transactions.forEach(book)
      stand({ mode: commission.mode, currency: commission.amount.currency }, commission.affiliateId, standingOfCommission(commission))
    },

    /** What commissions say that payouts took over of them. */
    took(taken: Gross): void {
      for (const [payoutId, minor] of taken) add(gross, payoutId, BigInt(minor))
    },

    /** A payout's row, with its entries; what is wrong with its gross, in words. */
    payout(payout: Payout & { number: number }, transactions: NumberedTransaction[]): string[] {
      transactions.forEach(book)
      stand(payout, payout.affiliateId, standingOfPayout(payout))
      const made = transactions.find(({ event }) => event === 'payout_made')
      if (made !== undefined) debtsOf(keyOf(payout, { account: 'clawback', affiliateId: payout.affiliateId })).push({ number: made.number - 0.5, minor: 0n, payout })
      const took = gross.get(payout.id) ?? 0n
      gross.delete(payout.id)
      return BigInt(payout.grossMinor) === took ? [] : [`payout ${payout.id} is of ${payout.grossMinor}, its commissions came to ${took}`]
    },

    /** Payouts that did not net what was owed when they were made, or less where they were smaller. */
    nettedWrongly(): { payout: Payout & { number: number }; what: string }[] {
      return [...debts.values()].flatMap((moves) => {
        let owed = 0n
        return moves.toSorted((a, b) => a.number - b.number).flatMap(({ minor, payout }) => {
          owed += minor
          if (payout === undefined) return []
          const must = owed < BigInt(payout.grossMinor) ? owed : BigInt(payout.grossMinor)
          return BigInt(payout.nettedMinor) === must ? [] : [{ payout, what: `payout ${payout.id} nets ${payout.nettedMinor}, and ${owed} was owed` }]
        })
      })
    },

    /** Accounts on which entries, kept balances, and commissions and payouts do not agree. */
    differences(balances: Balance[]): string[] {
      const kept: Balances = new Map(balances.map((balance) => [keyOf(balance, balance), balance.minor]))
      return [...new Set([...booked.keys(), ...kept.keys(), ...standing.keys()])].toSorted().flatMap((key) => {
        const [is, says, should] = [booked.get(key) ?? 0n, kept.get(key) ?? 0n, standing.get(key) ?? 0n]
        return [
          ...(is === says ? [] : [`account ${key} is kept as ${says}, its entries come to ${is}`]),
          ...(is === should ? [] : [`account ${key} holds ${is}, its commissions and payouts say ${should}`]),
        ]
      })
    },

    entries: () => entries,
  }
}

export type Accounts = ReturnType<typeof accounts>
