import type { Conversion } from '../domain.ts'
import { clawTarget } from './refund.ts'
import { changedPolicy, changedRules, type PolicyChange } from './replay-policy.ts'
import { decidingReceipt, ENGINE_VERSION, isJudged, judge, type Outcome, type Receipt, type ReceiptInputs } from './receipt.ts'

/**
 * Why an order stands apart: its commissions depend on sums, which would have been others; a person had a hand in it; it
 * follows a first payment; or it was judged by an older engine.
 */
export const APART = ['tiers', 'month_cap', 'manual', 'renewal', 'engine'] as const
export type Apart = (typeof APART)[number]

/** What an affiliate has, or would have, of an order, net of refunds. */
export interface Part {
  affiliateId: string
  minor: number
}

export interface Rejudged {
  apart: Apart | null
  booked: Part[]
  /** Null where nothing was computed. */
  would: Part[] | null
}

/** A receipt's inputs as they would have been: the same touches under another policy. */
export const changedInputs = (inputs: ReceiptInputs, change: PolicyChange): ReceiptInputs => ({
  ...inputs, policies: inputs.policies.map((policy) => changedPolicy(policy, change)), fallback: changedRules(inputs.fallback, change),
})

/**
 * What an order would have earned under a changed policy: the receipt that it was decided by is judged again, so that the
 * same policy finds what was booked. Where tiers or the month's cap play a part, the sums are those of then.
 */
export function rejudge(conversion: Conversion & { receipts: Receipt[] }, change: PolicyChange): Rejudged {
  const booked = conversion.commissions.map(({ affiliateId, totalMinor, clawedMinor }) => ({ affiliateId, minor: totalMinor - clawedMinor }))
  const receipt = decidingReceipt(conversion.receipts) ?? conversion.receipts.at(-1)
  if (receipt === undefined || isManual(conversion, receipt)) return { apart: 'manual', booked, would: null }
  if (receipt.engine !== ENGINE_VERSION) return { apart: 'engine', booked, would: null }
  if (receipt.inputs.kind === 'renewal') return { apart: 'renewal', booked, would: null }
  const inputs = changedInputs(receipt.inputs, change)
  const outcome = judge(inputs)
  return { apart: sumsOf(inputs, [receipt.outcome, outcome]), booked, would: netOf(conversion, outcome) }
}

const netOf = (conversion: Conversion, { earnings }: Outcome): Part[] => earnings.map(({ affiliateId, amount: { minor }, byLine }) => ({ affiliateId, minor: minor - clawTarget(conversion, { totalMinor: minor, byLine }) }))

/** Credited, adjusted or denied by hand. */
const isManual = ({ commissions }: Conversion, { inputs }: Receipt): boolean => !isJudged(inputs) || commissions.some(({ source, transferredTo, totalMinor, amount, status, reason }) =>
  source.kind !== 'order' || transferredTo !== null || totalMinor !== amount.minor || (status === 'REJECTED' && reason !== 'refunded'))

/** Which sums the earnings looked at, or would have. */
function sumsOf({ policies }: ReceiptInputs, outcomes: Outcome[]): Apart | null {
  const earning = new Set(outcomes.flatMap(({ earnings }) => earnings.flatMap(({ parts }) => parts.map(({ campaignId }) => campaignId))))
  const asked = policies.filter(({ campaignId }) => earning.has(campaignId))
  if (asked.some(({ tiers }) => tiers !== null)) return 'tiers'
  return asked.some(({ capPerMonth }) => capPerMonth.length > 0) ? 'month_cap' : null
}
