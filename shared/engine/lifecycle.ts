import type { Commission, CommissionStatus, Conversion, Refund, RejectionReason } from '../domain.ts'
import type { NewId } from './ids.ts'
import { transactionOf, type CommissionEvent } from './ledger.ts'
import type { Decision, Entry } from './record.ts'
import { clawOf, isFullyRefunded } from './refund.ts'

/** From where a commission may go where (ENGINE section 5). */
const TRANSITIONS: Record<CommissionStatus, readonly CommissionStatus[]> = {
  PENDING: ['APPROVED', 'REJECTED'],
  APPROVED: ['IN_PAYOUT', 'REJECTED'],
  IN_PAYOUT: ['PAID', 'APPROVED'],
  PAID: ['APPROVED'],
  REJECTED: [],
}

export const mayBecome = (from: CommissionStatus, to: CommissionStatus): boolean => TRANSITIONS[from].includes(to)

/** A change that was made, or the reason why the commission stays as it is. */
export type Changed = { changed: true; commission: Commission } | { changed: false; commission: Commission; refused: Refusal }
/** `OWES`: part of it was taken back while it was in a payout, so the rest can be deducted and not rejected. */
export type Refusal = 'WRONG_STATE' | 'OWES'

export interface At {
  nowMs: number
  newId: NewId
}

/** What an event makes of a commission: the rows, and the commission after it. */
export interface Step {
  entries: Entry[]
  commission: Commission
}

/** One event of a commission: its row changed, and the ledger's transaction. */
export function step(event: CommissionEvent, before: Commission, { after, minor, factId, at }: { after: Partial<Commission>; minor: number; factId?: string; at: At }): Step {
  const commission = { ...before, ...after }
  const transactions = transactionOf(event, commission, { id: at.newId('txn'), atMs: at.nowMs, minor, factId })
  return { commission, entries: [{ kind: 'commission_change', commission, atMs: at.nowMs }, ...transactions.map((transaction): Entry => ({ kind: 'transaction', transaction }))] }
}

/** True for what an affiliate is to give back: a manual credit below zero. */
export const isDebit = ({ amount }: Pick<Commission, 'amount'>): boolean => amount.minor < 0

/** Approves a pending commission: what is pending becomes payable, and a debit is owed. */
export function approve(commission: Commission, at: At): Decision<Changed> {
  if (commission.status !== 'PENDING') return refused(commission)
  if (isDebit(commission)) return changed(step('debit_approved', commission, { after: { status: 'APPROVED', openMinor: 0 }, minor: -commission.openMinor, at }))
  return changed(step('approved', commission, { after: { status: 'APPROVED' }, minor: commission.openMinor, at }))
}

/** Rejects a commission that no payout holds: what is left of it is taken back. */
export function reject(commission: Commission, reason: RejectionReason, at: At): Decision<Changed> {
  if (!mayBecome(commission.status, 'REJECTED')) return refused(commission)
  const after = { status: 'REJECTED', reason, openMinor: 0 } as const
  if (isDebit(commission)) return commission.status === 'PENDING' ? changed(step('debit_rejected', commission, { after, minor: -commission.openMinor, at })) : refused(commission)
  if (debtOf(commission) !== 0) return refused(commission, 'OWES')
  return changed(step(commission.status === 'PENDING' ? 'rejected_pending' : 'rejected_approved', commission, { after, minor: commission.openMinor, at }))
}

/** What was taken back of it while a payout held it: it is owed, and stands in `clawback`. */
export const debtOf = ({ status, openMinor, totalMinor, clawedMinor }: Commission): number => (status === 'REJECTED' ? 0 : openMinor - (totalMinor - clawedMinor))

/**
 * Takes a refund back from one commission of the order, which must hold the refund already (ENGINE sections 4.5, 5, 6).
 * A full refund rejects a pending commission, and an approved one of which nothing is left to pay.
 */
export function clawBack(commission: Commission, { conversion, refund, byLine, at }: { conversion: Pick<Conversion, 'order' | 'refunds'>; refund: Pick<Refund, 'id'>; byLine: number[]; at: At }): Step {
  if (commission.status === 'REJECTED') return { entries: [], commission }
  const minor = clawOf(conversion, commission, byLine)
  return takeBack(commission, { minor, factId: refund.id, ends: isFullyRefunded(conversion), at })
}

/** Takes an amount back by the refund rows of the posting table; `ends` when nothing of the commission is to stay. */
export function takeBack(commission: Commission, { minor, factId, ends, at }: { minor: number; factId: string; ends: boolean; at: At }): Step {
  const clawedMinor = commission.clawedMinor + minor
  if (commission.status === 'IN_PAYOUT' || commission.status === 'PAID') return minor === 0 ? { entries: [], commission } : step('refunded_settled', commission, { after: { clawedMinor }, minor, factId, at })
  const openMinor = commission.openMinor - minor
  const over = ends && (commission.status === 'PENDING' || openMinor === 0)
  if (minor === 0 && !over) return { entries: [], commission }
  return step(commission.status === 'PENDING' ? 'refunded_pending' : 'refunded_approved', commission, { after: { clawedMinor, openMinor, ...(over ? { status: 'REJECTED', reason: 'refunded' } : {}) }, minor, factId, at })
}

const changed = ({ entries, commission }: Step): Decision<Changed> => ({ entries, result: { changed: true, commission } })
const refused = (commission: Commission, why: Refusal = 'WRONG_STATE'): Decision<Changed> => ({ entries: [], result: { changed: false, commission, refused: why } })

/**
 * The status that a conversion shows: that of its least advanced commission; rejected only when all are, or when it is
 * attributed and pays nobody; pending when nobody won it (ENGINE sections 4.7 and 5).
 */
export function conversionStatus(commissions: Pick<Commission, 'status'>[], attributed = commissions.length > 0): Exclude<CommissionStatus, 'IN_PAYOUT'> {
  const open = commissions.filter(({ status }) => status !== 'REJECTED')
  if (open.length === 0) return attributed ? 'REJECTED' : 'PENDING'
  if (open.some(({ status }) => status === 'PENDING')) return 'PENDING'
  return open.every(({ status }) => status === 'PAID') ? 'PAID' : 'APPROVED'
}
