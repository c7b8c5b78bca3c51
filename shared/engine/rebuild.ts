import type { Commission, RejectionReason } from '../domain.ts'
import { adjust, ADJUSTMENTS, type Adjustment } from './adjust.ts'
import { approveSilently, atOf, compare, eventsOf, firstOf, lostRefund, passRefunds, type Booked, type Fold, type PayoutMove } from './fold.ts'
import { transactionOf, type CommissionEvent, type NumberedTransaction, type PayoutEvent, type Transaction } from './ledger.ts'
import { approve, clawBack, debtOf, isDebit, reject, takeBack, type Changed } from './lifecycle.ts'
import type { Decision, Entry } from './record.ts'
import { clawOf, isFullyRefunded } from './refund.ts'

export interface Rebuilt {
  /** What the facts make of it. */
  commission: Commission
  /** What each payout took over, in minor units. */
  gross: ReadonlyMap<string, number>
  /** What is not as the facts make it, in words. */
  differences: string[]
}

/**
 * Derives a commission from its facts with the very functions that booked it, and names each transaction and each field
 * that differs (ENGINE section 6). Where an amount was zero nothing was written: then the state may have changed silently.
 */
export function rebuild(booked: Booked): Rebuilt {
  const fold: Fold = { booked, commission: firstOf(booked), holder: undefined, refunded: 0, passed: 0, adjusted: new Set(), gross: new Map(), differences: [] }
  checkBirth(fold, booked.transactions[0])
  for (const event of eventsOf(booked)) {
    passRefunds(fold)
    if ('transaction' in event) book(fold, event.transaction)
    else if ('move' in event) moveOn(fold, event.move)
    else raiseApart(fold, event.raise)
  }
  passRefunds(fold)
  finish(fold)
  return { commission: fold.commission, gross: fold.gross, differences: fold.differences }
}

function checkBirth(fold: Fold, birth: NumberedTransaction | undefined): void {
  const { commission } = fold
  const { minor } = commission.amount
  const event: CommissionEvent = commission.status === 'APPROVED' ? (minor < 0 ? 'debited' : 'credited') : (minor < 0 ? 'debited_pending' : 'booked')
  if (minor === 0) return
  if (birth === undefined) {
    fold.differences.push(`commission ${commission.id} is in no ledger transaction`)
    return
  }
  compare(fold, birth, transactionOf(event, commission, { id: birth.id, atMs: commission.bookedAtMs, minor: Math.abs(minor) })[0])
}

function book(fold: Fold, transaction: NumberedTransaction): void {
  const { event } = transaction
  // What was worth nothing was approved without a transaction.
  if (/^(refunded|raised|lowered|rejected)_approved$/.test(event)) approveSilently(fold)
  const entries = entriesOf(fold, transaction)
  if (typeof entries === 'string') fold.differences.push(entries)
  else compare(fold, transaction, take(fold, entries))
}

/** Takes over what an event makes of the commission; gives its transaction. */
function take(fold: Fold, entries: Entry[]): Transaction | undefined {
  let transaction: Transaction | undefined
  for (const entry of entries) {
    if (entry.kind === 'commission_change') fold.commission = entry.commission
    if (entry.kind === 'transaction') transaction = entry.transaction
  }
  return transaction
}

/** The rows that the engine writes for a transaction's event and fact, or why there can be none. */
function entriesOf(fold: Fold, transaction: NumberedTransaction): Entry[] | string {
  const { commission, booked } = fold
  const { event, factId, id } = transaction
  const at = atOf(transaction)
  const changed = ({ entries, result }: Decision<Changed>): Entry[] | string => (result.changed ? entries : `ledger transaction ${id}: commission ${commission.id} was ${commission.status}, "${event}" cannot be`)
  if (event === 'approved' || event === 'debit_approved') return changed(approve(commission, at))
  if (event === 'rejected_pending' || event === 'rejected_approved' || event === 'debit_rejected') return changed(reject(commission, booked.commission.reason ?? 'denied', at))
  if (event.startsWith('refunded_')) return factId?.startsWith('transfer:') === true ? transferred(fold, transaction) : refunded(fold, transaction)
  if (event.startsWith('raised_') || event.startsWith('lowered_')) {
    const adjustment = booked.adjustments.find((one) => one.id === factId && one.raisedAs === null)
    return adjustment === undefined ? `ledger transaction ${id} books an adjustment that commission ${commission.id} does not have` : adjusted(fold, adjustment, transaction)
  }
  return `ledger transaction ${id} cannot be "${event}" of commission ${commission.id}`
}

function transferred({ commission, booked }: Fold, transaction: NumberedTransaction): Entry[] | string {
  if (booked.commission.transferredTo === null) return `ledger transaction ${transaction.id} transfers commission ${commission.id}, which was not`
  return takeBack(commission, { minor: commission.totalMinor - commission.clawedMinor, factId: transaction.factId ?? '', ends: true, at: atOf(transaction) }).entries
}

function refunded(fold: Fold, transaction: NumberedTransaction): Entry[] | string {
  const { commission, booked: { order } } = fold
  const index = order?.refunds.findIndex(({ id }) => id === transaction.factId) ?? -1
  const refund = order?.refunds[index]
  if (order === undefined || refund === undefined) return `ledger transaction ${transaction.id} books a refund that the order of commission ${commission.id} does not have`
  if (index < fold.refunded) return `ledger transaction ${transaction.id} takes refund ${refund.id} back from commission ${commission.id} once more`
  // What was refunded before the commission was booked was taken back with its booking.
  if (transaction.atMs !== refund.receivedAtMs && transaction.atMs !== commission.bookedAtMs) fold.differences.push(`ledger transaction ${transaction.id} took refund ${refund.id} back at another time than it came`)
  if (fold.passed < index) fold.differences.push(lostRefund(fold, fold.passed))
  fold.refunded = index + 1
  return clawBack(commission, { conversion: { order: order.order, refunds: order.refunds.slice(0, index + 1) }, refund, byLine: order.byLine, at: atOf(transaction) }).entries
}

/** What credits of earlier raises came to before a transaction. */
function standing({ raises }: Booked, before: number): Commission[] {
  return raises.map(({ commission, transactions }) => {
    const earlier = transactions.filter(({ number }) => number < before)
    const totalMinor = earlier.reduce((sum, { event, postings }) => {
      const minor = Math.max(0, ...postings.map((posting) => posting.minor))
      return event.startsWith('rejected_') ? 0 : sum + (event === 'credited' || event.startsWith('raised_') ? minor : event.startsWith('lowered_') ? -minor : 0)
    }, 0)
    return { ...commission, status: 'APPROVED', totalMinor }
  })
}

/** The rows of an adjustment, made again; the adjustment itself is compared. */
function adjusted(fold: Fold, adjustment: Adjustment, transaction: NumberedTransaction): Entry[] | string {
  const { commission, booked } = fold
  const { id, type, minor, reason, raisedAs } = adjustment
  const fullyRefunded = booked.order !== undefined && isFullyRefunded({ order: booked.order.order, refunds: booked.order.refunds.slice(0, fold.refunded) })
  const { entries, result } = adjust(commission, { raises: standing(booked, transaction.number), fullyRefunded }, { id, type, minor, reason }, atOf(transaction, raisedAs ?? ''))
  if (fold.adjusted.has(id)) return `adjustment ${id} of commission ${commission.id} is booked twice`
  fold.adjusted.add(id)
  if (!ADJUSTMENTS.includes(type)) return `adjustment ${id} of commission ${commission.id} is of unknown type ${type}`
  if (!result.adjusted) return `adjustment ${id} of commission ${commission.id} cannot be: ${result.refused}`
  const made = entries.flatMap((entry) => (entry.kind === 'adjustment' ? entry.adjustment : []))[0]
  const same = made !== undefined && (['merchantId', 'commissionId', 'deltaMinor', 'raisedAs', 'atMs'] as const).every((field) => made[field] === adjustment[field])
  if (!same) fold.differences.push(`adjustment ${id} of commission ${commission.id} does not follow from what it asks for`)
  return entries
}

const BORN = ['merchantId', 'mode', 'conversionId', 'affiliateId', 'campaignId', 'bookedAtMs', 'approvableAtMs', 'unverified'] as const

/** A raise of what a payout held: a credit of its own, which is rebuilt by itself. */
function raiseApart(fold: Fold, { commission: raised, transactions: [birth] }: Booked['raises'][number]): void {
  const adjustment = fold.booked.adjustments.find(({ raisedAs }) => raisedAs === raised.id)
  const entries = adjustment === undefined || birth === undefined ? `commission ${raised.id} raises ${fold.commission.id} without an adjustment` : adjusted(fold, adjustment, birth)
  if (typeof entries === 'string') {
    fold.differences.push(entries)
    return
  }
  const made = entries.flatMap((entry) => (entry.kind === 'commission' ? entry.commission : []))[0]
  if (made === undefined || raised.amount.minor !== made.amount.minor || raised.amount.currency !== made.amount.currency || BORN.some((field) => raised[field] !== made[field])) fold.differences.push(`commission ${raised.id} is not what the adjustment of ${fold.commission.id} made`)
}

const MOVES = { payout_made: ['APPROVED', 'IN_PAYOUT'], payout_paid: ['IN_PAYOUT', 'PAID'], payout_cancelled: ['IN_PAYOUT', 'APPROVED'], payout_undone: ['PAID', 'APPROVED'] } as const satisfies Record<PayoutEvent, readonly [Commission['status'], Commission['status']]>

function moveOn(fold: Fold, { event, payoutId, affiliateId, mode, currency }: PayoutMove): void {
  const [from, to] = MOVES[event]
  if (event === 'payout_made') approveSilently(fold)
  const { commission, holder } = fold
  const fits = commission.status === from && (event === 'payout_made' ? holder === undefined && !isDebit(commission) : holder === payoutId)
  if (!fits) fold.differences.push(`payout ${payoutId}: commission ${commission.id} was ${commission.status}${holder === undefined ? '' : ` in payout ${holder}`}, "${event}" cannot be`)
  if (commission.affiliateId !== affiliateId || commission.mode !== mode || commission.amount.currency !== currency) fold.differences.push(`payout ${payoutId} holds commission ${commission.id} of another affiliate, currency or mode`)
  if (event === 'payout_made') fold.gross.set(payoutId, commission.openMinor)
  fold.holder = to === 'APPROVED' ? undefined : payoutId
  fold.commission = { ...commission, status: to }
}

const REASONS: readonly RejectionReason[] = ['denied', 'unqualified', 'refunded']

/** What is left to be said once all events are through. */
function finish(fold: Fold): void {
  const { booked: { commission: row, order, adjustments }, differences } = fold
  if (order !== undefined && fold.passed < order.refunds.length) differences.push(lostRefund(fold, fold.passed))
  settleSilently(fold)
  const last = order?.refunds.at(-1)
  // A full refund of what was worth nothing rejects what is pending; one that was approved may have been in a payout then.
  if (order !== undefined && last !== undefined && fold.commission.status === 'PENDING' && clawOf(order, fold.commission, order.byLine) === 0) {
    fold.commission = clawBack(fold.commission, { conversion: order, refund: last, byLine: order.byLine, at: { nowMs: 0, newId: () => '' } }).commission
  }
  for (const { id } of adjustments) if (!fold.adjusted.has(id)) differences.push(`adjustment ${id} of commission ${row.id} is in no ledger transaction`)

  const { commission } = fold
  for (const field of ['totalMinor', 'clawedMinor', 'openMinor'] as const) if (row[field] !== commission[field]) differences.push(`commission ${row.id}: ${field} is ${row[field]}, its facts say ${commission[field]}`)
  const events = fold.booked.transactions.map(({ event }) => event).join(', ') || 'nothing'
  if (row.status !== commission.status) differences.push(`commission ${row.id} is ${row.status}, its ledger says: ${events}`)
  else if (row.reason !== null && !REASONS.includes(row.reason)) differences.push(`commission ${row.id}: reason ${row.reason} is unknown`)
  else if (row.reason !== commission.reason) differences.push(`commission ${row.id}: reason is ${row.reason}, its facts say ${commission.reason}`)
}

/** What was worth nothing may have been approved or rejected without a transaction. */
function settleSilently(fold: Fold): void {
  const { booked: { commission: row }, commission } = fold
  if (row.status === 'APPROVED') approveSilently(fold)
  const worthless = commission.openMinor === 0 && debtOf(commission) === 0 && !isDebit(commission) && (commission.status === 'PENDING' || commission.status === 'APPROVED')
  if (row.status === 'REJECTED' && row.reason !== null && worthless) fold.commission = { ...commission, status: 'REJECTED', reason: row.reason }
}
