import type { Mode } from '../../shared/domain.ts'

/** What a commission counts as in totals; one that a payout holds is approved. */
export type TotalsState = 'PENDING' | 'APPROVED' | 'UNQUALIFIED' | 'DENIED'
/** How a commission came about: by a click, session, code or the customer, by a trigger, by name, or by hand. */
export type Origin = 'site' | 'coupon' | 'sku' | 'email' | 'named' | 'credit'

/** Which commissions and cancellations are added up; what is undefined does not matter. */
export interface ConversionTotalsQuery {
  merchantId: number
  mode: Mode
  currency: string
  states: TotalsState[]
  campaignId?: string | undefined
  affiliateId?: string | undefined
  /** From this instant of booking, or of cancellation, to before that one. */
  fromMs?: number | undefined
  toMs?: number | undefined
  paid?: boolean | undefined
  /** Commissions of these origins, and cancellations of those. */
  booked?: Origin[] | undefined
  cancelled?: Origin[] | undefined
}

/** A cancellation is what a refund or a transfer took of a commission: a row below zero, in its commission's state. */
export interface ConversionTotals {
  count: number
  commissionMinor: bigint
  /** Of each order once. */
  orderMinor: bigint
  baseMinor: bigint
}

/** What stands in columns so that totals are fast, of one order: `verify` derives it anew. */
export interface SummedColumns {
  baseMinor: number
  refunds: { id: string; cancellationNumber: number | null; tookMinor: number; tookBaseMinor: number }[]
  wonBy: { id: string; wonBy: string | null }[]
}

/** Of which affiliates, in one mode and one currency. */
export interface TotalsQuery {
  merchantId: number
  mode: Mode
  currency: string
  affiliateIds: string[]
}

/** What an affiliate brought, and what of it they keep after refunds, by its state; what was rejected is left out of both. */
export interface AffiliateTotals {
  clicks: number
  sales: number
  /** Leads and trials. */
  leads: number
  others: number
  pendingMinor: bigint
  /** Approved, and not paid yet. */
  approvedMinor: bigint
  paidMinor: bigint
  /** When the first hold of what is pending ends; null where a person approves. */
  nextApprovableAtMs: number | null
}
