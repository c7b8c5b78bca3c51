import type { Commission, CommissionStatus, RejectionReason } from '../domain.ts'
import type { NewId } from './ids.ts'
import { transactionOf, type LedgerEvent } from './ledger.ts'
import type { Decision, Entry } from './record.ts'

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
export type Changed = { changed: true; commission: Commission } | { changed: false; commission: Commission; refused: 'WRONG_STATE' }

export interface At {
  nowMs: number
  newId: NewId
}

/** Approves a pending commission: what is pending becomes payable. */
export function approve(commission: Commission, at: At): Decision<Changed> {
  if (commission.status !== 'PENDING') return refused(commission)
  return change({ ...commission, status: 'APPROVED' }, 'approved', at)
}

/** Rejects a commission that no payout holds: what was booked is taken back. */
export function reject(commission: Commission, reason: RejectionReason, at: At): Decision<Changed> {
  if (!mayBecome(commission.status, 'REJECTED')) return refused(commission)
  return change({ ...commission, status: 'REJECTED', reason }, commission.status === 'PENDING' ? 'rejected_pending' : 'rejected_approved', at)
}

function change(commission: Commission, event: LedgerEvent, { nowMs, newId }: At): Decision<Changed> {
  const entries: Entry[] = [{ kind: 'commission_status', commission }]
  for (const transaction of transactionOf(event, commission, { id: newId('txn'), atMs: nowMs })) entries.push({ kind: 'transaction', transaction })
  return { entries, result: { changed: true, commission } }
}

const refused = (commission: Commission): Decision<Changed> => ({ entries: [], result: { changed: false, commission, refused: 'WRONG_STATE' } })

/**
 * The status that a conversion shows: that of its least advanced commission; rejected only when all are,
 * pending when it has none (ENGINE section 5).
 */
export function conversionStatus(commissions: Pick<Commission, 'status'>[]): Exclude<CommissionStatus, 'IN_PAYOUT'> {
  const open = commissions.filter(({ status }) => status !== 'REJECTED')
  if (open.length === 0) return commissions.length === 0 ? 'PENDING' : 'REJECTED'
  if (open.some(({ status }) => status === 'PENDING')) return 'PENDING'
  return open.every(({ status }) => status === 'PAID') ? 'PAID' : 'APPROVED'
}
