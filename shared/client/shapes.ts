/** What the calls take and give. Plain interfaces: a server that only reports orders should not load a schema library. */

/** Values that survive a trip through JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/** Kept as it is sent and shown in exports; of its members the collector reads the order's id alone. */
export interface Metadata {
  readonly orderId?: string | number | null | undefined
  readonly [key: string]: Json | undefined
}

export interface TrackInput {
  /** The visitor's session, from the browser script. Give this, the e-mail's hash, or both. */
  sessionId?: string | undefined
  /** SHA-256 of the trimmed, lower-cased e-mail, as hex. */
  customerEmailHash?: string | undefined
  /** In major units: 49.9 is EUR 49.90. Prefer `postback` where you have integers. */
  amount: number
  currency: string
  /** Your order's id (or `metadata.orderId`): a repeat answers the stored conversion instead of making a second one. */
  orderId?: string | undefined
  clickId?: string | undefined
  /** The subscription that this payment begins or renews. */
  subscriptionId?: string | undefined
  metadata?: Metadata | undefined
  /** Marks a test: kept apart from live reports, payouts and balances. */
  isSynthetic?: boolean | undefined
}

export interface Conversion {
  id: string
  /** In major units, as recorded. */
  amount: number
  currency: string
  status: string
  createdAt: string
  /** False when nobody won; the conversion is recorded all the same. */
  attributed: boolean
  /** Who earns most of it; null when nobody won. */
  affiliateId: string | null
  commissionId: string | null
  /** True when several affiliates earn; the one with the largest share is told. */
  shared: boolean
}

export interface PostbackInput {
  /** Your order's id: a repeat answers the stored conversion instead of making a second one. */
  externalId: string
  conversionType: 'SALE' | 'LEAD' | 'TRIAL' | 'CUSTOM'
  /** In minor units, an integer: 4990 is EUR 49.90. */
  amount: number
  currency: string
  sessionId?: string | undefined
  clickId?: string | undefined
  affiliateCode?: string | undefined
  /** SHA-256 of the trimmed, lower-cased e-mail, as hex. */
  customerEmailHash?: string | undefined
  /** In the clear; the collector hashes it. Prefer the hash. */
  customerEmail?: string | undefined
  /** Your own id of the customer. */
  customerId?: string | undefined
  /** The subscription that this payment begins or renews. */
  subscriptionId?: string | undefined
  metadata?: Metadata | undefined
  /** Marks a test: kept apart from live reports, payouts and balances. */
  isSynthetic?: boolean | undefined
}

export interface PostbackResult {
  success: boolean
  conversionId: string
  /** Null when nobody won. */
  commissionId: string | null
  /** In minor units. */
  commissionAmount: number
  attributed: boolean
  status: string
  /** True when several affiliates earn; the one with the largest share is told. */
  shared: boolean
}

export interface RefundInput {
  /** The id that the order was reported with. */
  externalId: string
  /** In minor units, an integer; all that is left of the order when left out. */
  amount?: number | undefined
  /** Kept in the ledger; at most 500 characters. */
  reason?: string | undefined
  /**
   * Your own id of this refund, printable ASCII. Without one, refunds of equal order, amount and reason are
   * one refund; give ids where an order is refunded twice by the same amount for the same reason. Of an id that
   * the order knows nothing is taken back again, whatever else the call says.
   */
  refundId?: string | undefined
}

export interface RefundResult {
  success: boolean
  conversionId: string
  /** True for an equal repeat, which takes nothing back; also when a try before got lost on its way back. */
  alreadyRefunded: boolean
  /** Only on a repeat. */
  message?: string
}

/** One piece of evidence that was judged. */
export interface ReceiptTouch {
  eventId: string
  /** `click_id`, `session`, `affiliate_code`, `identity`, ...: how the touch belongs to the order. */
  evidence: string
  code: string
  affiliateId: string | null
  affiliateName: string | null
  campaignId: string | null
  campaignName: string | null
  occurredAt: string
  /** `WON`, or the reason why not. */
  verdict: string
  /** The verdict as a sentence. */
  text: string
}

export interface ReceiptCommission {
  id: string
  affiliateCode: string
  affiliateName: string
  campaignName: string
  amountMinor: number
  currency: string
  status: string
  /** As a person reads it: `10 %`. */
  rate: string
}

/** Why a conversion went to whom. */
export interface Receipt {
  conversionId: string
  externalId: string | null
  amountMinor: number
  currency: string
  occurredAt: string
  status: string
  attributed: boolean
  marks: string[]
  touches: ReceiptTouch[]
  commissions: ReceiptCommission[]
  /** The decision in plain sentences. */
  text: string[]
}

export interface IdentifyInput {
  sessionId: string
  /** SHA-256 of the trimmed, lower-cased e-mail, as hex. */
  customerEmailHash: string
}

export interface Identified {
  sessionId: string
  /** False when the session is another customer's, or browsers have named too many. */
  identified: boolean
  /** False for a repeat. */
  created: boolean
}
