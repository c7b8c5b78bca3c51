/** The words of the domain (DESIGN section 2) as types. Amounts are minor units, instants are milliseconds UTC. */

import type { CampaignPolicy, Rate } from './engine/terms.ts'

export type Mode = 'live' | 'test'
export type ConversionKind = 'sale' | 'lead' | 'trial' | 'custom'

/** An exact amount: `minor` is a safe integer of the currency's ISO 4217 minor units. */
export interface Money {
  minor: number
  currency: string
}

export type AffiliateStatus = 'PENDING' | 'ACTIVE' | 'DENIED' | 'DISABLED'
/** Whether they take part, and what was said to them where they do not. */
export type AffiliateStanding = { status: AffiliateStatus; reason?: string }

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
}

export interface Campaign {
  id: string
  number: number
  merchantId: number
  createdAtMs: number
  versions: Version<CampaignPolicy>[]
  /** Special rates by `scopeKey`; null where one was taken back. */
  specialRates: ReadonlyMap<string, Version<Rate | null>[]>
}

export interface Affiliate {
  id: string
  number: number
  merchantId: number
  /** First and last name. */
  name: string
  /** The address that they log in with. */
  email: string
  /** Keyed hashes of their own addresses, of login and of payout, by which a purchase of their own is recognised. */
  identities: { identity: string; validFromMs: number }[]
  createdAtMs: number
  codes: { code: string; validFromMs: number }[]
  versions: Version<AffiliateStanding>[]
  enrolments: Enrolment[]
}

/** An affiliate in a campaign; one who left may come back. */
export interface Enrolment {
  campaignId: string
  enrolledAtMs: number
  leftAtMs: number | null
}

export const TRIGGER_KINDS = ['coupon', 'sku', 'email'] as const
export type TriggerKind = (typeof TRIGGER_KINDS)[number]

/** What credits an affiliate without a click, from its assignment to its end. */
export interface Trigger {
  id: string
  number: number
  merchantId: number
  kind: TriggerKind
  /** In capitals, as triggers are compared. */
  value: string
  /** Of an e-mail: its keyed hash, by which orders name it. */
  identity: string | null
  affiliateId: string
  /** Null is the affiliate's oldest campaign as of the order. */
  campaignId: string | null
  /** Earlier than its recording only by an explicit, audited command (ENGINE section 3, rule 8). */
  validFromMs: number
  recordedAtMs: number
  endedAtMs: number | null
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
  /** It said to have waited longer than is believed. */
  clamped: boolean
  /** No click of ours: a cookie of another system, found and taken over then. */
  adopted: boolean
  mode: Mode
  bot: boolean
}

export type BindingSource = 'browser' | 'server'
/** What names a customer: the hash of an e-mail, or of the merchant's own id. */
export type IdentityKind = 'identity' | 'customer'

/** A session tied to a customer's identity. */
export interface Binding {
  session: string
  kind: IdentityKind
  identity: string
  source: BindingSource
  mode: Mode
  occurredAtMs: number
  receivedAtMs: number
}

/**
 * What an order says of who referred it, and of who bought. `affiliate` is one that the merchant names outright, by id;
 * `cart` stands for a session; `customer` is the merchant's own id of the buyer, kept as a keyed hash.
 */
export type IdentifierKind = 'affiliate' | 'click' | 'session' | 'cart' | 'code' | 'coupon' | IdentityKind

export interface Identifier {
  kind: IdentifierKind
  value: string
  receivedAtMs: number
  /** A page's word alone, after the order. */
  unverified?: boolean
}

/** One line of an order. */
export interface OrderLine {
  /** In capitals, as SKUs are compared; null when it has none. */
  sku: string | null
  quantity: number
  /** Exact unit price x quantity, rounded once, in the order's currency. */
  minor: number
}

/** An order, lead, trial or custom event as the merchant first reported it; never changed. */
export interface Order {
  id: string
  merchantId: number
  mode: Mode
  kind: ConversionKind
  /** The site that the reporting key is bound to, or `BROWSER_SITE` and the visitor; part of the order id's name space. */
  site: string
  externalId: string | null
  /** What was sent, else what its lines come to: the total that amounts of refunds are compared with. */
  amount: Money
  /** Empty when the order came without items. */
  lines: OrderLine[]
  discountMinor: number
  taxMinor: number
  pricesIncludeTax: boolean
  subscriptionId: string | null
  /** What the winners earn together, where the call says so itself; minor units of the order's currency. */
  commissionMinor: number | null
  occurredAtMs: number
  receivedAtMs: number
  /** The JSON text as received, or null. */
  metadata: string | null
}

/** What was given back of an order, once under its own key. */
export interface Refund {
  id: string
  merchantId: number
  conversionId: string
  /** Unique per order: by this a repeat is recognised. */
  key: string
  /** What was asked for: an amount, items, or all that was left. */
  kind: 'amount' | 'items' | 'full'
  /** The amount that was asked for; 0 for items. */
  minor: number
  /** What it takes off each line's base, and of its units. */
  lines: { minor: number; quantity: number }[]
  reason: string | null
  receivedAtMs: number
}

export type CommissionStatus = 'PENDING' | 'APPROVED' | 'IN_PAYOUT' | 'PAID' | 'REJECTED'
export type RejectionReason = 'denied' | 'unqualified' | 'refunded'

/** A share as an exact fraction. */
export interface Weight {
  n: number
  d: number
}

/** What one affiliate earns: from a conversion, or credited by hand (then `conversionId` may be null). */
export interface Commission {
  id: string
  merchantId: number
  mode: Mode
  conversionId: string | null
  affiliateId: string
  campaignId: string | null
  /** As first booked; a credit by hand may be negative. */
  amount: Money
  /** As adjusted since, before refunds. */
  totalMinor: number
  /** What refunds took of it. */
  clawedMinor: number
  /** What stands in `pending` or `payable`, or was moved into its payout. */
  openMinor: number
  status: CommissionStatus
  reason: RejectionReason | null
  bookedAtMs: number
  /** When the hold ends; null waits for a person. */
  approvableAtMs: number | null
  /** All its winning touches rest on a browser's word alone. */
  unverified: boolean
  /** The affiliate who has the order now, and its renewals, where a credit took it over. */
  transferredTo: string | null
  source: CommissionSource
}

/**
 * Where a commission comes from: the contest or a carve-out; a credit by hand, free or for an order;
 * the raise of another that was in a payout already.
 */
export type CommissionSource = { kind: 'order' } | { kind: 'credit'; note: string | null } | { kind: 'raise'; commissionId: string }

/** Remarks that a conversion bears beside its touches' verdicts. */
export type Mark =
  | 'LATE_ARRIVAL' | 'REPEAT_DIFFERS' | 'CAPPED' | 'NO_RATE_FOR_CURRENCY' | 'MIN_ORDER' | 'RENEWAL' | 'ADOPTED' | 'AGE_CLAMPED'
  | 'UNVERIFIED_IDENTITY' | 'IDENTITY_CONFLICT' | 'TOLD_BY_BROWSER' | 'IMPORTED'

/** An order with all that was decided about it. */
export interface Conversion {
  order: Order
  identifiers: Identifier[]
  attributed: boolean
  /** Touches that its newest receipt considered. */
  considered: number
  marks: Mark[]
  commissions: Commission[]
  refunds: Refund[]
}
