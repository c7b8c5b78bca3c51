import type { Commission } from '../domain.ts'
import type { At, Step } from './lifecycle.ts'
import { isDebit, step } from './lifecycle.ts'
import { transactionOf } from './ledger.ts'
import { toMinor } from './money.ts'
import type { Decision, Entry } from './record.ts'

export const ADJUSTMENTS = ['BONUS', 'DEDUCTION', 'CORRECTION'] as const
export type AdjustmentType = (typeof ADJUSTMENTS)[number]

/** A change of a commission's total by hand, kept for ever. */
export interface Adjustment {
  id: string
  merchantId: number
  commissionId: string
  type: AdjustmentType
  /** As it was asked for: what is added, taken off, or the new total. */
  minor: number
  /** What the total changed by. */
  deltaMinor: number
  /** The credit that a raise became, where a payout held the commission already. */
  raisedAs: string | null
  reason: string | null
  atMs: number
}

export interface AdjustmentRequest {
  id: string
  type: AdjustmentType
  /** Minor units, 0 or more. */
  minor: number
  reason: string | null
}

export type Adjusted = { adjusted: true; commission: Commission; raise: Commission | undefined } | { adjusted: false; commission: Commission; refused: 'WRONG_STATE' | 'FULLY_REFUNDED' | 'BELOW_CLAWED' | 'UNCHANGED' }

/** What an adjustment looks at beside the commission. */
export interface AdjustmentFacts {
  /** Credits that earlier raises became: they count in its total. */
  raises: Commission[]
  fullyRefunded: boolean
}

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)

/**
 * Changes what a commission comes to before refunds (ENGINE section 4, rule 9): `BONUS` adds, `DEDUCTION` subtracts,
 * `CORRECTION` sets. Never below what was clawed, and no raise of what is fully refunded. A raise of one that is in a
 * payout or paid becomes an approved credit of its own. Throws `INVALID` for a total that no amount can hold.
 */
export function adjust(commission: Commission, { raises, fullyRefunded }: AdjustmentFacts, request: AdjustmentRequest, at: At): Decision<Adjusted> {
  const refuse = (refused: Extract<Adjusted, { adjusted: false }>['refused']): Decision<Adjusted> => ({ entries: [], result: { adjusted: false, commission, refused } })
  const standing = sum(raises.filter(({ status }) => status !== 'REJECTED').map(({ totalMinor }) => totalMinor))
  const deltaMinor = request.type === 'BONUS' ? request.minor : request.type === 'DEDUCTION' ? -request.minor : request.minor - commission.totalMinor - standing
  if (commission.status === 'REJECTED' || isDebit(commission)) return refuse(commission.reason === 'refunded' && deltaMinor > 0 ? 'FULLY_REFUNDED' : 'WRONG_STATE')
  if (deltaMinor === 0) return refuse('UNCHANGED')
  if (deltaMinor > 0 && fullyRefunded) return refuse('FULLY_REFUNDED')
  if (commission.totalMinor + deltaMinor < commission.clawedMinor) return refuse('BELOW_CLAWED')

  const { raise, entries, commission: after } = deltaMinor > 0 ? raised(commission, { deltaMinor, request, at }) : { ...lowered(commission, { minor: -deltaMinor, factId: request.id, at }), raise: undefined }
  const adjustment: Adjustment = { ...request, merchantId: commission.merchantId, commissionId: commission.id, deltaMinor, raisedAs: raise?.id ?? null, atMs: at.nowMs }
  return { entries: [{ kind: 'adjustment', adjustment }, ...entries], result: { adjusted: true, commission: after, raise } }
}

const isHeld = ({ status }: Commission): boolean => status === 'IN_PAYOUT' || status === 'PAID'

function raised(commission: Commission, { deltaMinor, request, at }: { deltaMinor: number; request: AdjustmentRequest; at: At }): Step & { raise: Commission | undefined } {
  const more = { totalMinor: toMinor(BigInt(commission.totalMinor) + BigInt(deltaMinor)), openMinor: commission.openMinor + deltaMinor }
  if (!isHeld(commission)) return { ...step(commission.status === 'PENDING' ? 'raised_pending' : 'raised_approved', commission, { after: more, minor: deltaMinor, factId: request.id, at }), raise: undefined }
  const raise: Commission = {
    ...commission, id: at.newId('cmm'), amount: { ...commission.amount, minor: deltaMinor }, totalMinor: deltaMinor, clawedMinor: 0, openMinor: deltaMinor,
    status: 'APPROVED', reason: null, bookedAtMs: at.nowMs, approvableAtMs: null, transferredTo: null, source: { kind: 'raise', commissionId: commission.id },
  }
  return { commission, raise, entries: credited(raise, at) }
}

/** A new commission that is approved as it is booked. */
export function credited(commission: Commission, at: At): Entry[] {
  const transactions = transactionOf(isDebit(commission) ? 'debited' : 'credited', commission, { id: at.newId('txn'), atMs: at.nowMs, minor: Math.abs(commission.amount.minor) })
  return [{ kind: 'commission', commission, parts: [] }, ...transactions.map((transaction): Entry => ({ kind: 'transaction', transaction }))]
}

function lowered(commission: Commission, { minor, factId, at }: { minor: number; factId: string; at: At }): Step {
  const totalMinor = commission.totalMinor - minor
  if (isHeld(commission)) return step('lowered_settled', commission, { after: { totalMinor }, minor, factId, at })
  return step(commission.status === 'PENDING' ? 'lowered_pending' : 'lowered_approved', commission, { after: { totalMinor, openMinor: commission.openMinor - minor }, minor, factId, at })
}
