/** What the calls of RefCampaign's own package take and give; amounts are in minor units throughout. */

export interface RefCampaignServerConfig {
  /** The collector's address, `http://localhost:8787` when left out; a path in front of the API is kept. */
  apiUrl?: string | undefined
  /** Tells the console what fails; never the key. */
  debug?: boolean | undefined
  /** Limit of one try in milliseconds, 10000 when left out. */
  timeoutMs?: number | undefined
  /** Three tries in all, and at most 300 ms before the second, when left out. */
  retry?: { attempts?: number | undefined; baseDelayMs?: number | undefined } | undefined
  /** Called when a report or a refund has failed for good. What it throws is swallowed. */
  onError?: ((error: Error, context: { orderId: string; attempts: number; operation: 'track' | 'refund' }) => void) | undefined
}

export interface ConversionData {
  /** Your order's id: a repeat answers the stored conversion instead of making a second one. */
  orderId: string
  /** In minor units: 4990 is EUR 49.90. */
  amount: number
  /** ISO 4217, in capitals. */
  currency: string
  /** `SALE` when left out. */
  conversionType?: 'SALE' | 'LEAD' | 'TRIAL' | 'CUSTOM' | undefined
  sessionId?: string | undefined
  affiliateCode?: string | undefined
  /** SHA-256 of the trimmed, lower-cased e-mail, as hex. */
  customerEmailHash?: string | undefined
  metadata?: { readonly [key: string]: unknown } | undefined
}

export interface TrackConversionResponse {
  success: boolean
  conversionId?: string
  /** Null when nobody won. */
  commissionId?: string | null
  commissionAmount?: number
  /** Why the report failed. */
  error?: string
}

export interface RefundConversionData {
  /** The id that the order was reported with. */
  orderId: string
  /** In minor units; all that is left of the order when left out. */
  amount?: number | undefined
  /** At most 500 characters. */
  reason?: string | undefined
}

export interface RefundConversionResponse {
  success: boolean
  conversionId?: string
  /** True for an equal repeat, which takes nothing back. */
  alreadyRefunded?: boolean
  message?: string
  /** Why the refund failed. */
  error?: string
}

export interface PingResult {
  valid: boolean
  /** Why not. */
  reason?: string
  merchant?: string | undefined
  activeCampaigns?: number | undefined
  stripe?: { connected: boolean; mode: 'live' | 'test' | 'unknown' } | undefined
}

export interface StripeMetadata {
  refcampaign_session?: string
}
