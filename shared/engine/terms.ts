import type { ConversionKind, Money } from '../domain.ts'

/** A fixed sum by currency: what is in no currency of the list is nothing in it, never a converted guess. */
export type Amounts = Money[]

export type Rate = { kind: 'percent'; ppm: number } | { kind: 'flat'; amounts: Amounts }

export type CampaignStatus = 'ACTIVE' | 'ARCHIVED'

export const MODELS = ['last_click', 'first_click', 'linear', 'position', 'time_decay'] as const
export type Model = (typeof MODELS)[number]

/** How a contest is decided (ENGINE section 3, rules 3 and 4). */
export interface ContestRules {
  model: Model
  /** Coupons stand above clicks. */
  couponFirst: boolean
  /** The order's session and the customer's others are one pool under every model. */
  poolDevices: boolean
}
export const DEFAULT_RULES: ContestRules = { model: 'last_click', couponFirst: false, poolDevices: false }

export const TIER_PERIODS = ['month', 'life'] as const

/** Rates that grow with an affiliate's volume; steps in ascending order (ENGINE section 4, rule 4). */
export interface Tiers {
  period: (typeof TIER_PERIODS)[number]
  steps: { threshold: Amounts; rate: Rate }[]
}

/** For how long later payments of a subscription earn: the first one only, so many months, or always. */
export type Recurring = 'first_payment' | 'life' | { months: number }

/** What a campaign pays and when, in one version. Empty amounts set no limit. */
export interface CampaignPolicy extends ContestRules {
  name: string
  landingUrl: string
  rate: Rate
  windowDays: number
  /** Days from booking to approval; null is approval by hand. */
  holdDays: number | null
  status: CampaignStatus
  /** Until when cookies of another system count; null is 90 days after the campaign was made. */
  adoptUntilMs: number | null
  minimumOrder: Amounts
  capPerOrder: Amounts
  capPerMonth: Amounts
  tiers: Tiers | null
  /** Sums for events that are no sale. */
  bounties: Partial<Record<Exclude<ConversionKind, 'sale'>, Amounts>>
  recurring: Recurring
}

/** What a campaign is when nobody said otherwise, beside its name, page, rate, window and hold. */
export const PLAIN_TERMS = {
  ...DEFAULT_RULES, status: 'ACTIVE', adoptUntilMs: null, minimumOrder: [], capPerOrder: [], capPerMonth: [], tiers: null, bounties: {}, recurring: 'first_payment',
} as const satisfies Partial<CampaignPolicy>

/** What holds for all of a merchant's campaigns, in one version. */
export interface MerchantTerms extends ContestRules {
  /** IANA name; calendar months are counted in it. */
  timezone: string
}

/** Of whom and what a special rate is: one affiliate, one SKU (in capitals), or both. */
export interface RateScope {
  affiliateId: string | null
  sku: string | null
}
