import type { Mode } from '../../shared/domain.ts'

export const REFERRAL_STATUSES = ['pending', 'converted', 'direct', 'direct_signup'] as const
export type ReferralStatus = (typeof REFERRAL_STATUSES)[number]

/** A customer who was referred, or came directly, as the merchant says. */
export interface Referral {
  merchantId: number
  number: number
  /** As it was told. */
  email: string
  identity: string
  affiliateId: string | null
  status: ReferralStatus
  createdAtMs: number
}

/** With what became of it: one that is pending is converted with the customer's first sale. */
export interface ReferralRecord extends Referral {
  convertedAtMs: number | null
}

export interface ReferralPageFilter {
  merchantId: number
  /** Whose sales count. */
  mode: Mode
  affiliateId?: string | undefined
  status?: ReferralStatus | undefined
  limit: number
  offset: number
}

/** What is kept of a coupon beside the triggers that make it work. */
export interface CouponNotes {
  /** As it was typed; triggers are kept in capitals. */
  code: string
  stripeCouponId: string | null
  lemonsqueezyDiscountCode: string | null
  deleted: boolean
}

/** A merchant's coupons, each named by its first trigger. */
export interface CouponBook {
  /** Coupons of the triggers that came after the first. */
  of: ReadonlyMap<string, string>
  notes: ReadonlyMap<string, CouponNotes>
}
