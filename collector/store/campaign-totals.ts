import type { Mode } from '../../shared/domain.ts'
import type { Bucket } from '../../shared/engine/buckets.ts'

/** Which campaign's, in one mode. */
export interface CampaignQuery {
  merchantId: number
  mode: Mode
  campaignId: string
}

/** What a campaign brought and costs in one currency: orders as reported, and commissions after refunds, by their state. */
export interface CampaignSums {
  currency: string
  revenueMinor: bigint
  pendingMinor: bigint
  approvedMinor: bigint
  paidMinor: bigint
}

/** What was rejected is left out; an order with several commissions counts once. */
export interface CampaignTotals {
  clicks: number
  conversions: number
  sums: CampaignSums[]
}

export interface TimelineQuery extends CampaignQuery {
  buckets: Bucket[]
}

/** What was placed in one bucket; clicks are counted by day, and null in what is shorter. */
export interface TimelineRow {
  clicks: number | null
  conversions: number
  sums: { currency: string; revenueMinor: bigint; earnedMinor: bigint }[]
}
