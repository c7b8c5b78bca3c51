import type { Commission, CommissionStatus, ConversionKind, Mode, Order } from '../../shared/domain.ts'
import type { PayoutStatus } from '../../shared/engine/payout.ts'

/** What a conversion or a commission is called outside: one in a payout that is not paid yet is approved. */
export type ShownStatus = Exclude<CommissionStatus, 'IN_PAYOUT'>

/** A page of a list, newest first, and how many rows there are in all. */
export interface Page<T> {
  rows: T[]
  total: number
}

/** Which rows of a list; what is undefined does not matter. */
export interface PageFilter {
  merchantId: number
  mode?: Mode | undefined
  affiliateId?: string | undefined
  campaignId?: string | undefined
  /** Those whose number is lower. */
  beforeNumber?: number | undefined
  limit: number
  offset: number
}

/** `from` is the first instant at which an order may have been placed, `to` the first at which it may not any more. */
export interface ConversionPageFilter extends PageFilter {
  status?: ShownStatus | undefined
  kind?: ConversionKind | undefined
  /** Any of these. */
  kinds?: ConversionKind[] | undefined
  paid?: boolean | undefined
  fromMs?: number | undefined
  toMs?: number | undefined
}

export interface CommissionPageFilter extends PageFilter {
  status?: ShownStatus | undefined
}

/** An undone payment counts as a cancelled payout. */
export interface PayoutPageFilter extends PageFilter {
  status?: Exclude<PayoutStatus, 'UNDONE'> | undefined
}

/** A commission with the order that it is of, where it is of one, and when it was paid, where it was. */
export interface ListedCommission {
  commission: Commission & { number: number }
  order: (Order & { number: number }) | null
  paidAtMs: number | null
}
