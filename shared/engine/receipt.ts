import type { Mark, Money } from '../domain.ts'
import { contest, type ContestOrder, type ContestPolicy, type Touch, type Verdict } from './attribution.ts'
import { commissionOn } from './commission.ts'

/** Grows with every change of a rule; receipts of older versions are judged by their own. */
export const ENGINE_VERSION = 1

/** Everything that a decision rested on. */
export interface ReceiptInputs {
  order: ContestOrder
  touches: Touch[]
  /** Touches that were known and not judged, beyond those a receipt holds. */
  more: number
  policies: ContestPolicy[]
  /** Remarks on the circumstances: a late settlement, a contested session. */
  marks: Mark[]
}

/** What one affiliate was found to have earned. */
export interface Earning {
  affiliateId: string
  campaignId: string
  amount: Money
  /** The exact amount before rounding, as "n/d". */
  exact: string
}

/** What was decided: one verdict a touch, in the touches' order. */
export interface Outcome {
  verdicts: Verdict[]
  attributed: boolean
  earnings: Earning[]
  marks: Mark[]
}

/** Why a conversion went to whom. */
export interface Receipt {
  id: string
  conversionId: string
  engine: number
  decidedAtMs: number
  inputs: ReceiptInputs
  outcome: Outcome
}

/**
 * Judges a receipt's inputs: contest, then commission. Pure, so that `verify` and a dispute years later
 * find what was found then. Throws on a receipt of an engine that this build does not hold.
 */
export function judge(inputs: ReceiptInputs, engine = ENGINE_VERSION): Outcome {
  if (engine !== ENGINE_VERSION) throw new Error(`engine version ${engine} is not known to this build`)
  const { order, touches, policies } = inputs
  const { verdicts, winner } = contest(order, touches, policies)
  const won = winner === undefined ? undefined : touches[winner]
  const policy = policies.find(({ campaignId }) => campaignId === won?.campaignId)
  // What came late is a remark only on what it settled.
  if (won === undefined || won.affiliateId === null || policy === undefined) return { verdicts, attributed: false, earnings: [], marks: inputs.marks.filter((mark) => mark !== 'LATE_ARRIVAL') }

  const { amount, exact, marks } = commissionOn(order.amount, policy.rate)
  return {
    verdicts,
    attributed: true,
    earnings: [{ affiliateId: won.affiliateId, campaignId: policy.campaignId, amount, exact }],
    marks: [...inputs.marks, ...marks, ...(won.unverified ? ['UNVERIFIED_IDENTITY' as const] : [])],
  }
}
