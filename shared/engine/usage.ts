import type { Conversion, Mode, Order } from '../domain.ts'
import type { ContestPolicy, Touch } from './attribution.ts'
import { rational, rationalText, type Rational } from './money.ts'
import { leftOf } from './refund.ts'
import type { Earning, UsageSnapshot } from './receipt.ts'
import { termsOf, type Settings } from './settings.ts'
import { plus, times } from './split.ts'
import { monthOf } from './time.ts'

/** Which sums a decision needs to know before it prices an order. */
export interface UsageNeed {
  orderId: string
  recordedAtMs: number
  affiliateId: string
  campaignId: string
  /** A live order looks at live volume, a test order at both; caps of either at their own (ENGINE section 4, rules 3 and 4). */
  mode: Mode
  currency: string
  month: string
  /** Over what time volume counts. */
  period: 'month' | 'life'
}

/** A need, and what the book says: only conversions recorded before the order count as volume. */
export interface UsageFact extends UsageNeed {
  booked: bigint
  volume: Rational
}

/** True when a merchant has any campaign that looks at sums; most do not, and nothing is read for them. */
export const looksAtSums = ({ campaigns }: Settings): boolean =>
  [...campaigns.values()].some(({ versions }) => versions.some(({ value: { tiers, capPerMonth } }) => tiers !== null || capPerMonth.length > 0))

export const monthOfOrder = (settings: Settings, { occurredAtMs }: Pick<Order, 'occurredAtMs'>): string => monthOf(occurredAtMs, termsOf(settings, occurredAtMs).value.timezone)

/** The sums that these touches could need, whoever of them wins. */
export function usageNeeds(order: Order, { touches, policies }: { touches: Touch[]; policies: ContestPolicy[] }, settings: Settings): UsageNeed[] {
  const month = monthOfOrder(settings, order)
  const needs = new Map<string, UsageNeed>()
  for (const { affiliateId, campaignId } of touches) {
    const policy = policies.find((one) => one.campaignId === campaignId)
    if (affiliateId === null || policy === undefined || (policy.tiers === null && policy.capPerMonth.length === 0)) continue
    needs.set(`${affiliateId} ${policy.campaignId}`, { orderId: order.id, recordedAtMs: order.receivedAtMs, affiliateId, campaignId: policy.campaignId, mode: order.mode, currency: order.amount.currency, month, period: policy.tiers?.period ?? 'month' })
  }
  return [...needs.values()]
}

/** The sums that an order is judged by, as its receipt keeps them; throws where they were not asked for. */
export function usageOf(facts: UsageFact[], order: Order, { draft, settings }: { draft: Parameters<typeof usageNeeds>[1]; settings: Settings }): UsageSnapshot[] {
  return usageNeeds(order, draft, settings).map(({ affiliateId, campaignId, month, period }) => {
    const fact = facts.find((one) => one.orderId === order.id && one.affiliateId === affiliateId && one.campaignId === campaignId && one.period === period)
    if (fact === undefined) throw new Error(`the sums of ${affiliateId} in ${campaignId} were not asked for`)
    return { affiliateId, campaignId, month, booked: String(fact.booked), volume: rationalText(fact.volume) }
  })
}

/** What was booked in this very decision counts for the orders that are judged after it; `recorded` are the open ones as they were recorded. */
export function addUsage(facts: UsageFact[], { order, refunds }: Pick<Conversion, 'order' | 'refunds'>, { earnings, month, recorded }: { earnings: Earning[]; month: string; recorded: readonly string[] }): void {
  const left = leftOf({ order, refunds })
  const place = recorded.indexOf(order.id)
  const isBefore = ({ orderId, recordedAtMs }: UsageFact): boolean => {
    const other = recorded.indexOf(orderId)
    // The list tells, and not the clock, which may have been set back; what is not in it is new, or a repeat that is found by its id alone.
    if (place >= 0 && other >= 0) return place < other
    return order.receivedAtMs < recordedAtMs || (order.receivedAtMs === recordedAtMs && order.id < orderId)
  }
  for (const { affiliateId, parts } of earnings) {
    for (const part of parts) {
      for (const fact of facts.filter((one) => one.orderId !== order.id && one.affiliateId === affiliateId && one.campaignId === part.campaignId && one.currency === order.amount.currency)) {
        if (fact.month === month && fact.mode === order.mode) fact.booked += BigInt(part.minor)
        const counts = isBefore(fact) && (fact.period === 'life' || fact.month === month) && (fact.mode === 'test' || order.mode === 'live')
        const base = part.lines.reduce((sum, line) => sum + BigInt(left[line] ?? 0), 0n)
        if (counts) fact.volume = plus(fact.volume, times(rational(BigInt(part.weight.n), BigInt(part.weight.d)), rational(base)))
      }
    }
  }
}
