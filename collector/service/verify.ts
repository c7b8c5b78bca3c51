import { rebuildPayout } from '../../shared/engine/rebuild-payout.ts'
import { isJudged } from '../../shared/engine/receipt.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { Snapshot, Store } from '../store/store.ts'
import type { AuditRow, BookRow, CommissionBook, Numbers, Queries } from '../store/queries.ts'
import { accounts, type Accounts } from './verify-accounts.ts'
import { clickDifferences } from './verify-clicks.ts'
import { checkCommission, checkOrder, type OrderBook, type Report } from './verify-order.ts'
import { versionGaps } from './verify-settings.ts'
import { checkTotals } from './verify-totals.ts'

/** Rows that are read at a time. */
const PAGE = 500

/** A row that is not as it must be, and the command that shows it. */
export interface Problem {
  merchantId: number
  what: string
  look: string
}

/** Told how many conversions were checked, of how many. */
export type VerifyProgress = (checked: number, of: number) => void

export interface Verified {
  ok: boolean
  conversions: number
  commissions: number
  payouts: number
  entries: number
  problems: Problem[]
}

/**
 * Re-derives everything that was decided from what it was decided on, and names every row that differs
 * (ENGINE section 6). Reads in pages, all as of one instant, and writes nothing; `progress` is told how many conversions
 * were checked, of how many. It always ends: a row that cannot be read is named like any other.
 */
export function verify({ store }: { store: Pick<Store, 'snapshot'> }, progress: VerifyProgress = () => undefined): Promise<Verified> {
  return store.snapshot(async (book) => {
    const total: Verified = { ok: true, conversions: 0, commissions: 0, payouts: 0, entries: 0, problems: [] }
    const add = (problem: Problem): unknown => total.problems.push(problem)
    const ofNobody = (what: string): unknown => add({ merchantId: 0, what, look: AGAIN })
    await attempt('the settings', ofNobody, async () => {
      const { merchants } = book.directory()
      let orders = 0
      await attempt('the orders', ofNobody, async () => {
        for (const merchantId of merchants.keys()) orders += await book.read('lastNumber', { merchantId })
      })
      for (const merchantId of await book.read('unknownMerchants', {})) add({ merchantId, what: `merchant ${merchantId} is missing, and has orders or bookings`, look: AGAIN })
      for (const settings of merchants.values()) {
        const merchantId = settings.merchant.id
        const which = merchants.size > 1 ? ` --merchant ${merchantId}` : ''
        const checking: Checking = {
          book, settings, total, accounts: accounts(), progress: (checked) => progress(checked, orders),
          problem: (what, row) => add({ merchantId, what, look: row !== undefined && TYPEABLE.test(row.id) ? `refledger ${row.noun} show ${row.id}${which}` : AGAIN }),
        }
        for (const [noun, check] of CHECKS) await attempt(noun, checking.problem, () => check(checking))
        total.entries += checking.accounts.entries()
      }
    })
    return { ...total, ok: total.problems.length === 0 }
  })
}

/** What shows a row that no command shows by itself. */
const AGAIN = 'refledger verify --json'
/** An id as we make them: whoever changed the file may have put anything there, and the command is made to be pasted. */
const TYPEABLE = /^\w{1,100}$/

/** By its id: a number may be another order's id in the shop. */
interface Row {
  noun: 'conversion' | 'commission' | 'payout'
  id: string
}

/** One merchant's book while it is checked. */
interface Checking {
  book: Snapshot
  settings: Settings
  total: Verified
  accounts: Accounts
  progress: (checked: number) => void
  problem: (what: string, row?: Row) => void
}

/** In this order: what payouts hold is known from commissions, and accounts from both. */
const CHECKS: [noun: string, check: (checking: Checking) => Promise<void>][] = [
  ['the settings', checkSettings], ['the orders', checkOrders], ['the credits', checkCredits], ['the payouts', checkPayouts], ['the accounts', checkAccounts], ['the clicks', checkClicks],
  ['the audit', checkAudit], ['the numbers', checkNumbers], ['rows that belong to nothing', checkStrays],
]

async function attempt(noun: string, problem: (what: string) => unknown, check: () => Promise<void>): Promise<void> {
  try {
    await check()
  } catch (error) {
    problem(`${noun} cannot be read: ${String(error)}`)
  }
}

/** All rows of a list by their numbers; ends also where a number is beyond what is exact, and cannot be counted on from. */
async function* rows<T>(numberOf: (row: T) => number, page: (afterNumber: number) => Promise<T[]>): AsyncGenerator<T> {
  for (let afterNumber = Number.MIN_SAFE_INTEGER; ;) {
    const read = await page(afterNumber)
    yield* read
    const last = read.at(-1)
    if (last === undefined || numberOf(last) <= afterNumber) return
    afterNumber = numberOf(last)
  }
}

async function checkSettings({ settings, problem }: Checking): Promise<void> {
  for (const what of versionGaps(settings)) problem(what)
}

async function checkOrders(checking: Checking): Promise<void> {
  const { book, settings, total, progress } = checking
  const { id: merchantId } = settings.merchant
  for await (const row of rows(({ number }: BookRow) => number, async (afterNumber) => (await book.read('book', { merchantId, afterNumber, limit: PAGE })).conversions)) {
    await checkRow(row, checking)
    total.conversions += 1
    if (total.conversions % PAGE === 0) progress(total.conversions)
  }
  progress(total.conversions)
}

async function checkRow(row: BookRow, { book, settings, total, accounts: held, problem }: Checking): Promise<void> {
  const { number } = row
  if ('unreadable' in row) {
    problem(`conversion number ${number} or what belongs to it cannot be read: ${row.unreadable}`)
    return
  }
  const { record: { order }, commissions } = row
  total.commissions += commissions.length
  for (const { commission, transactions } of commissions) held.commission(commission, transactions)
  const found: { what: string; row: Row }[] = []
  const report: Report = (what, commission) => found.push({ what, row: commission === undefined ? { noun: 'conversion', id: order.id } : { noun: 'commission', id: commission.id } })
  for (const { commission } of commissions) if (commission.mode !== order.mode || commission.amount.currency !== order.amount.currency) report(`commission ${commission.id} is of another mode or currency than ${order.id}`, commission)
  let isWhole = true
  try {
    const first = order.subscriptionId === null ? undefined : await book.read('firstPayment', { merchantId: order.merchantId, mode: order.mode, subscriptionId: order.subscriptionId })
    for (const taken of checkOrder(row, { settings, first }, report)) held.took(taken)
    checkTotals(row, report)
    await checkSums(row, book, report)
  } catch (error) {
    problem(`conversion number ${number} or what belongs to it cannot be checked: ${String(error)}`)
    isWhole = false
  }
  // What cannot be checked cannot be shown either.
  for (const { what, row: shown } of found) problem(what, isWhole || shown.noun !== 'conversion' ? shown : undefined)
}

/** The month's cap looked at what had been booked before the order's first commission. */
async function checkSums({ record: { order, receipts }, commissions }: OrderBook, book: Snapshot, report: Report): Promise<void> {
  for (const { id, inputs, decidedAtMs, engine } of receipts) {
    const made = commissions.filter(({ commission: { source, bookedAtMs } }) => bookedAtMs === decidedAtMs && source.kind === (isJudged(inputs) ? 'order' : 'credit'))
    const before = Math.min(...made.map(({ commission }) => commission.number))
    if (engine === 1 || made.length === 0) continue
    for (const { affiliateId, campaignId, month, booked } of inputs.usage) {
      const was = await book.read('bookedBefore', { merchantId: order.merchantId, affiliateId, campaignId, currency: order.amount.currency, mode: order.mode, month, before })
      if (String(was) !== booked) report(`receipt ${id} counts ${booked} as booked to ${affiliateId} in ${month}, and ${was} had been`)
    }
  }
}

async function checkCredits({ book, settings, total, accounts: held, problem }: Checking): Promise<void> {
  const { id: merchantId } = settings.merchant
  for await (const credit of rows(({ commission }: CommissionBook) => commission.number, (afterNumber) => book.read('credits', { merchantId, afterNumber, limit: PAGE }))) {
    const { id } = credit.commission
    total.commissions += 1
    held.commission(credit.commission, credit.transactions)
    held.took(checkCommission(credit, undefined, (what) => problem(what, { noun: 'commission', id })))
  }
}

type PayoutBook = Queries['payouts']['result'][number]

async function checkPayouts({ book, settings, total, accounts: held, problem }: Checking): Promise<void> {
  const { id: merchantId } = settings.merchant
  for await (const { payout, transactions } of rows(({ payout: { number } }: PayoutBook) => number, (afterNumber) => book.read('payouts', { merchantId, afterNumber, limit: PAGE }))) {
    total.payouts += 1
    for (const what of [...held.payout(payout, transactions), ...rebuildPayout(payout, transactions)]) problem(what, { noun: 'payout', id: payout.id })
    for (const { id, postings } of transactions) if (postings.reduce((sum, { minor }) => sum + BigInt(minor), 0n) !== 0n) problem(`ledger transaction ${id} does not sum to zero`, { noun: 'payout', id: payout.id })
  }
  for (const { payout, what } of held.nettedWrongly()) problem(what, { noun: 'payout', id: payout.id })
}

async function checkAccounts({ book, settings, accounts: held, problem }: Checking): Promise<void> {
  for (const what of held.differences(await book.read('balances', { merchantId: settings.merchant.id }))) problem(what)
}

async function checkClicks({ book, settings, problem }: Checking): Promise<void> {
  const { id: merchantId } = settings.merchant
  for (const what of clickDifferences(settings, await book.read('clickQuarters', { merchantId }), await book.read('dailyClicks', { merchantId }))) problem(what)
}

/** Each row holds the digest of the one before. */
async function checkAudit({ book, settings, problem }: Checking): Promise<void> {
  let before: AuditRow | undefined
  for await (const row of rows(({ number }: AuditRow) => number, (afterNumber) => book.read('audit', { merchantId: settings.merchant.id, afterNumber, limit: PAGE }))) {
    if (!row.isGenuine) problem(`audit row ${row.number} is not what was written: its digest differs`)
    if (row.previous !== (before?.digest ?? '')) problem(`audit row ${row.number} does not follow the one before it`)
    before = row
  }
}

async function checkNumbers({ book, settings, problem }: Checking): Promise<void> {
  for (const { noun, taken, highest, missing } of await book.read('numbers', { merchantId: settings.merchant.id })) {
    for (const number of missing) problem(`${NOUNS[noun]} ${number} is missing`)
    if (taken > highest) problem(`${NOUNS[noun]} ${taken} is missing, the last that was written`)
    if (taken < highest) problem(`${NOUNS[noun]} ${highest} was never given`)
  }
}

const NOUNS: Record<Numbers['noun'], string> = {
  campaign: 'campaign number', affiliate: 'affiliate number', trigger: 'trigger number', conversion: 'conversion number', commission: 'commission or cancellation number', transaction: 'ledger transaction number', payout: 'payout number', audit: 'audit row',
}

async function checkStrays({ book, settings, problem }: Checking): Promise<void> {
  for (const { what, noun, id } of await book.read('strays', { merchantId: settings.merchant.id })) problem(what, noun === null || id === null ? undefined : { noun, id })
}
