/** What happened to a commission after it was booked: for its merchant all of it, for its affiliate without others' names and words. */
import type { Commission, Refund } from '../../shared/domain.ts'
import type { AdjustmentType } from '../../shared/engine/adjust.ts'
import type { Reader } from '../../shared/engine/explain.ts'
import type { CommissionEvent, LedgerEvent, NumberedTransaction, PayoutEvent } from '../../shared/engine/ledger.ts'
import { dateText, moneyText, withoutEmails } from '../../shared/engine/words.ts'
import type { CommissionBook, ConversionRecord } from '../store/queries.ts'

/** A conversion with all that was booked about its commissions. */
export interface ConversionBook extends ConversionRecord {
  books: CommissionBook[]
}

export type Happened = 'approved' | 'rejected' | 'refunded' | 'transferred' | Lowercase<AdjustmentType> | PayoutEvent

/** One thing that happened to a commission. */
export interface Happening {
  /** Null where no money moved: that has no transaction, and so no time. */
  at: string | null
  what: Happened
  /** What it moved: of an adjustment the change, below 0 where it lowered; else what was approved, taken back or paid. */
  minor: number
  /** Why, in a merchant's words; a rejection's code, which its affiliate reads, too. */
  reason: string | null
  /** Who has the order since, where it was transferred; null for an affiliate. */
  to: string | null
  /** The commission that a raise became, because a payout held this one. */
  raisedAs: string | null
}

/** What stands of a commission now. */
export const remainsOf = ({ status, totalMinor, clawedMinor }: Pick<Commission, 'status' | 'totalMinor' | 'clawedMinor'>): number => (status === 'REJECTED' ? 0 : totalMinor - clawedMinor)

/** The fact that a transfer is booked by names who has the order since. */
const TRANSFER = 'transfer:'

/** All that happened to a commission after it was booked, in the order of the ledger. */
export function historyOf(book: CommissionBook, { refunds, reader }: { refunds: Refund[]; reader: Reader }): Happening[] {
  const { commission, adjustments, transactions, moves, raises } = book
  const numbered = [
    ...transactions.flatMap((transaction) => ofTransaction(transaction, book, refunds)),
    ...moves.map(({ number, atMs, event }) => numberedAs(number, { at: iso(atMs), what: event, minor: heldBefore(number, transactions) })),
    ...adjustments.flatMap(({ type, deltaMinor, reason, raisedAs, atMs }) => {
      const raise = raises.find((one) => one.commission.id === raisedAs)
      return raise === undefined ? [] : [numberedAs(raise.transactions[0]?.number ?? 0, { at: iso(atMs), what: lower(type), minor: deltaMinor, reason, raisedAs })]
    }),
  ]
  const happened = numbered.toSorted((a, b) => a.number - b.number).map(({ happening }) => happening)
  return [...happened, ...unbooked(commission, happened)].map((one) => (reader === 'merchant' ? told(one) : { ...one, to: null, reason: one.what === 'rejected' ? one.reason : null }))
}

interface Numbered {
  number: number
  happening: Happening
}

const numberedAs = (number: number, happening: Pick<Happening, 'at' | 'what' | 'minor'> & Partial<Happening>): Numbered => ({ number, happening: { reason: null, to: null, raisedAs: null, ...happening } })
const lower = (type: AdjustmentType): Lowercase<AdjustmentType> => type.toLowerCase() as Lowercase<AdjustmentType>
const iso = (atMs: number): string => new Date(atMs).toISOString()
const told = (one: Happening): Happening => ({ ...one, reason: one.reason === null ? null : withoutEmails(one.reason) })

/** What an event of the ledger is to a person; the first booking is no news, and adjustments say themselves what they are. */
const EVENTS: Record<CommissionEvent, 'approved' | 'rejected' | 'refunded' | 'adjusted' | null> = {
  booked: null, credited: null, debited_pending: null, debited: null, approved: 'approved', debit_approved: 'approved', rejected_pending: 'rejected', rejected_approved: 'rejected', debit_rejected: 'rejected',
  refunded_pending: 'refunded', refunded_approved: 'refunded', refunded_settled: 'refunded',
  raised_pending: 'adjusted', raised_approved: 'adjusted', lowered_pending: 'adjusted', lowered_approved: 'adjusted', lowered_settled: 'adjusted',
}
const isOfCommission = (event: LedgerEvent): event is CommissionEvent => event in EVENTS

function ofTransaction({ number, event, factId, atMs, postings }: NumberedTransaction, { commission, adjustments }: CommissionBook, refunds: Refund[]): Numbered[] {
  const kind = isOfCommission(event) ? EVENTS[event] : null
  const at = iso(atMs)
  const minor = postings[0]?.minor ?? 0
  if (kind === null) return []
  if (kind === 'adjusted') {
    const adjustment = adjustments.find(({ id }) => id === factId)
    return adjustment === undefined ? [] : [numberedAs(number, { at, what: lower(adjustment.type), minor: adjustment.deltaMinor, reason: adjustment.reason })]
  }
  if (kind === 'refunded' && factId?.startsWith(TRANSFER) === true) return [numberedAs(number, { at, what: 'transferred', minor, to: factId.slice(TRANSFER.length) })]
  const reason = kind === 'rejected' ? commission.reason : (refunds.find(({ id }) => id === factId)?.reason ?? null)
  return [numberedAs(number, { at, what: kind, minor, reason: kind === 'approved' ? null : reason })]
}

/** What of a commission stood in `payable` before a transaction: that is what a payout takes. */
const heldBefore = (number: number, transactions: NumberedTransaction[]): number =>
  0 - transactions.filter((one) => one.number < number).flatMap(({ postings }) => postings).reduce((sum, { account, minor }) => (account === 'payable' ? sum + minor : sum), 0)

/** What left no transaction, because there was no money to move. */
function unbooked({ status, reason, transferredTo }: Commission, happened: Happening[]): Happening[] {
  const lacks = (what: Happened): boolean => happened.every((one) => one.what !== what)
  const nothing = { at: null, minor: 0, raisedAs: null }
  if (status === 'REJECTED' && reason !== 'refunded' && lacks('rejected')) return [{ ...nothing, what: 'rejected', reason, to: null }]
  return transferredTo !== null && reason !== 'denied' && reason !== 'unqualified' && lacks('transferred') ? [{ ...nothing, what: 'transferred', reason: null, to: transferredTo }] : []
}

/** A commission of which a history tells. */
interface Subject {
  /** "Ana's commission". */
  name: string
  currency: string
  history: Happening[]
}

/** The histories of an order's commissions in sentences, in the order of time. */
export function historyText(subjects: Subject[], affiliateName: (id: string) => string): string[] {
  const all = subjects.flatMap(({ name, currency, history }) => history.map((happening) => ({ name, currency, happening })))
  // Same in time keeps the order of the commissions; what has no time comes last.
  const ordered = all.toSorted((a, b) => timeOf(a.happening) - timeOf(b.happening))
  return ordered.map(({ name, currency, happening }) => withoutEmails(sentenceOf(happening, { name, currency, affiliateName })))
}

const timeOf = ({ at }: Happening): number => (at === null ? Number.MAX_SAFE_INTEGER : Date.parse(at))

function sentenceOf({ at, what, minor, reason, to, raisedAs }: Happening, { name, currency, affiliateName }: Pick<Subject, 'name' | 'currency'> & { affiliateName: (id: string) => string }): string {
  const amount = moneyText({ minor: Math.abs(minor), currency })
  const whole = minor === 0 ? name : `${name} of ${amount}`
  const when = `${at === null ? '' : ` on ${dateText(Date.parse(at))}`}`
  const why = reason === null ? '' : ` (${reason})`
  switch (what) {
    case 'approved': return `${whole} was approved${when}.`
    case 'rejected': return `${whole} was rejected${why}${when}.`
    case 'refunded': return `A refund${why} took ${amount} of ${name} back${when}.`
    case 'transferred': return `${whole} was transferred to ${to === null ? 'another affiliate' : affiliateName(to)}${when}.`
    case 'bonus':
    case 'deduction':
    case 'correction': return `${name} was ${minor < 0 ? 'lowered' : 'raised'} by ${amount} with a ${what}${why}${when}${raisedAs === null ? '' : ', which is a commission of its own, because a payout held this one'}.`
    case 'payout_made': return `${whole} was put into a payout${when}.`
    case 'payout_paid': return `${whole} was paid out${when}.`
    case 'payout_cancelled': return `The payout that held ${name} was cancelled${when}.`
    case 'payout_undone': return `The payment of ${name} was undone${when}.`
  }
}
