/** The words of the domain (DESIGN section 2) as types. Amounts are minor units, instants are milliseconds UTC. */

export type Mode = 'live' | 'test'
export type ConversionKind = 'sale' | 'lead' | 'trial' | 'custom'

/** An exact amount: `minor` is a safe integer of the currency's ISO 4217 minor units. */
export interface Money {
  minor: number
  currency: string
}

export type Rate = { kind: 'percent'; ppm: number } | { kind: 'flat'; amount: Money }

export type AffiliateStatus = 'PENDING' | 'ACTIVE' | 'DENIED' | 'DISABLED'
export type CampaignStatus = 'ACTIVE' | 'ARCHIVED'
/** Attribution models that a campaign can have; each further one is added with its rule. */
export const MODELS = ['last_click'] as const
export type Model = (typeof MODELS)[number]

/** What a campaign pays and when, in one version. */
export interface CampaignPolicy {
  name: string
  landingUrl: string
  rate: Rate
  windowDays: number
  model: Model
  /** Days from booking to approval; null is approval by hand. */
  holdDays: number | null
  status: CampaignStatus
}

/** One version of a setting; versions are appended, never changed. */
export interface Version<T> {
  version: number
  validFromMs: number
  value: T
}

export interface Merchant {
  id: number
  name: string
  currency: string
  timezone: string
}

export interface Campaign {
  id: string
  number: number
  merchantId: number
  createdAtMs: number
  versions: Version<CampaignPolicy>[]
}

export interface Affiliate {
  id: string
  number: number
  merchantId: number
  name: string
  email: string
  /** Keyed hash of the affiliate's own address, by which a purchase of their own is recognised. */
  identity: string
  createdAtMs: number
  codes: { code: string; validFromMs: number }[]
  versions: Version<{ status: AffiliateStatus }>[]
  enrolments: Enrolment[]
}

export interface Enrolment {
  campaignId: string
  enrolledAtMs: number
}

/** One arrival through an affiliate's link, as the engine sees it. */
export interface Arrival {
  /** The event id of this arrival. */
  id: string
  /** The click that it counts as: its own id, or that of the click it joined. */
  clickId: string
  session: string | null
  code: string
  /** Campaign named in the link, by id or number. */
  campaign: string | null
  /** Host that was visited; null for a redirect link. */
  host: string | null
  /** When the click happened: the earliest of all arrivals that joined it. */
  occurredAtMs: number
  receivedAtMs: number
  /** True when the visit waited in the browser before it was reported. */
  waited: boolean
  mode: Mode
  bot: boolean
}

export type BindingSource = 'browser' | 'server'

/** A session tied to a customer's identity. */
export interface Binding {
  session: string
  identity: string
  source: BindingSource
  mode: Mode
  occurredAtMs: number
  receivedAtMs: number
}

/** What an order says of who referred it, and of who bought; `customer` is the merchant's own id of them, kept as a keyed hash. */
export type IdentifierKind = 'click' | 'session' | 'code' | 'identity' | 'customer'

export interface Identifier {
  kind: IdentifierKind
  value: string
  receivedAtMs: number
}

/** An order, lead, trial or custom event as the merchant first reported it; never changed. */
export interface Order {
  id: string
  merchantId: number
  mode: Mode
  kind: ConversionKind
  /** The site that the reporting key is bound to; part of the order id's name space. */
  site: string
  externalId: string | null
  amount: Money
  occurredAtMs: number
  receivedAtMs: number
  /** The JSON text as received, or null. */
  metadata: string | null
}

export type CommissionStatus = 'PENDING' | 'APPROVED' | 'IN_PAYOUT' | 'PAID' | 'REJECTED'
export type RejectionReason = 'denied' | 'unqualified' | 'refunded'

/** What one affiliate earns from one conversion. */
export interface Commission {
  id: string
  merchantId: number
  mode: Mode
  conversionId: string
  affiliateId: string
  campaignId: string
  amount: Money
  status: CommissionStatus
  reason: RejectionReason | null
  bookedAtMs: number
  /** When the hold ends; null waits for a person. */
  approvableAtMs: number | null
}

/** Remarks that a conversion bears beside its touches' verdicts. */
export type Mark = 'LATE_ARRIVAL' | 'REPEAT_DIFFERS' | 'CAPPED' | 'NO_RATE_FOR_CURRENCY' | 'UNVERIFIED_IDENTITY' | 'IDENTITY_CONFLICT'

/** An order with all that was decided about it. */
export interface Conversion {
  order: Order
  identifiers: Identifier[]
  attributed: boolean
  /** Touches that its newest receipt considered. */
  considered: number
  marks: Mark[]
  commissions: Commission[]
}
