import type { Commission, Conversion, Mode } from '../domain.ts'
import type { Adjustment } from './adjust.ts'
import type { NumberedTransaction, PayoutEvent, Transaction } from './ledger.ts'
import type { At } from './lifecycle.ts'
import { clawOf } from './refund.ts'

/** What was done with a payout that held a commission, at its place among the transactions. */
export interface PayoutMove {
  number: number
  event: PayoutEvent
  payoutId: string
  affiliateId: string
  mode: Mode
  currency: string
}

/** A commission, and the facts that made it what it is; transactions in the order of their numbers. */
export interface Booked {
  commission: Commission
  adjustments: Adjustment[]
  transactions: NumberedTransaction[]
  moves: PayoutMove[]
  /** Credits that raises of it became. */
  raises: { commission: Commission; transactions: NumberedTransaction[] }[]
  /** Its order with the refunds in their order, and how the commission was allotted to the lines; undefined for what no refund takes back. */
  order: (Pick<Conversion, 'order' | 'refunds'> & { byLine: number[] }) | undefined
}

/** A commission on its way from its first booking to what it must be now. */
export interface Fold {
  booked: Booked
  commission: Commission
  /** The payout that holds it. */
  holder: string | undefined
  /** Refunds that have been taken back of it. */
  refunded: number
  /** Refunds up to here were taken back, or at some time left nothing to take: those wrote no transaction. */
  passed: number
  adjusted: Set<string>
  gross: Map<string, number>
  differences: string[]
}

type Event = { number: number } & ({ transaction: NumberedTransaction } | { move: PayoutMove } | { raise: Booked['raises'][number] })

/** All that happened to a commission after it was booked, in the order of the ledger. */
export function eventsOf({ commission, transactions, moves, raises }: Booked): Event[] {
  const own = commission.amount.minor === 0 ? transactions : transactions.slice(1)
  const events: Event[] = [
    ...own.map((transaction) => ({ number: transaction.number, transaction })),
    ...moves.map((move) => ({ number: move.number, move })),
    ...raises.map((raise) => ({ number: raise.transactions[0]?.number ?? Number.MAX_SAFE_INTEGER, raise })),
  ]
  return events.toSorted((a, b) => a.number - b.number)
}

const isFree = ({ source, conversionId }: Commission): boolean => source.kind === 'raise' || (source.kind === 'credit' && conversionId === null)

/** The commission as it was first booked: pending, unless it is a credit that was approved as it was made. */
export function firstOf({ commission, transactions }: Booked): Commission {
  const { amount: { minor } } = commission
  const first = transactions[0]?.event
  const approved = isFree(commission) && (commission.source.kind === 'raise' || first === 'credited' || first === 'debited')
  return { ...commission, totalMinor: minor, clawedMinor: 0, openMinor: approved && minor < 0 ? 0 : minor, status: approved ? 'APPROVED' : 'PENDING', reason: null }
}

const FIELDS = ['id', 'merchantId', 'mode', 'event', 'commissionId', 'payoutId', 'factId', 'currency', 'atMs', 'postings'] as const

/** Whether two transactions book the same. */
export const booksSame = (a: Transaction, b: Transaction | undefined): boolean => b !== undefined && FIELDS.every((field) => textOf(a[field]) === textOf(b[field]))

const textOf = (value: Transaction[(typeof FIELDS)[number]]): string => JSON.stringify(Array.isArray(value) ? value.map(({ account, affiliateId, minor }) => [account, affiliateId, minor]) : value)

export function compare({ booked, differences }: Fold, is: NumberedTransaction, must: Transaction | undefined): void {
  if (!booksSame(is, must)) differences.push(`ledger transaction ${is.id} does not book what "${is.event}" means for commission ${booked.commission.id}`)
}

/** Refunds of which nothing is to be taken just now, one after the other. */
export function passRefunds(fold: Fold): void {
  const { booked: { order }, commission } = fold
  if (order === undefined) return
  fold.passed = Math.max(fold.passed, fold.refunded)
  const takesNothing = (refunds: number): boolean => commission.status === 'REJECTED' || clawOf({ order: order.order, refunds: order.refunds.slice(0, refunds) }, commission, order.byLine) === 0
  while (fold.passed < order.refunds.length && takesNothing(fold.passed + 1)) fold.passed += 1
}

/** The ids and the time of what is there already: so the engine's functions make the same again. */
export const atOf = ({ id, atMs }: Transaction, raised = ''): At => ({ nowMs: atMs, newId: (prefix) => (prefix === 'cmm' ? raised : id) })

export function approveSilently(fold: Fold): void {
  if (fold.commission.status === 'PENDING' && fold.commission.openMinor === 0) fold.commission = { ...fold.commission, status: 'APPROVED' }
}

export const lostRefund = ({ booked: { commission, order } }: Fold, index: number): string => `refund ${order?.refunds[index]?.id} was not taken back from commission ${commission.id}`
