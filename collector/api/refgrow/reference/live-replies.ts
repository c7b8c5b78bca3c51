import { z } from 'zod'
import { REFERRAL_STATUSES } from '../../../service/referrals.ts'
import { Instant } from './envelope.ts'

/** What the maps of the live API return (`live/map.ts`). */

const Number = z.int()
const Money = z.string().regex(/^-?\d+(\.\d+)?$/).describe('In major units of the merchant\'s currency, as text.')
const text = z.string().nullable()
const Activity = z.enum(['active', 'inactive'])

const earned = {
  clicks: z.int(), signups: z.int(), purchases: z.int(), unpaid_earnings: Money, total_earnings: Money,
  eligible_earnings: Money.optional().describe('Approved and unpaid; only where a campaign holds commissions, as the two that follow.'),
  held_earnings: Money.optional().describe('Not approved yet.'),
  next_release_date: Instant.nullable().optional().describe('When the next commission is approved.'),
}

export const Affiliate = z.object({
  id: Number, user_email: z.string(), referral_code: z.string().describe('What stands in their links: `?ref=CODE`.'), created_at: Instant,
  status: Activity.describe('All who are not active are inactive: whoever waits, was denied or disabled.'),
  ...earned, partner_slug: text,
})

export const AffiliateStats = z.object({ affiliate_id: Number, ...earned })

export const Referral = z.object({
  id: Number, user_email: z.string(), conversion_status: z.enum(REFERRAL_STATUSES),
  conversion_date: Instant.nullable().describe('When the customer\'s first sale came.'), created_at: Instant,
  affiliate_id: Number.nullable().describe('Null for a customer who came directly.'), affiliate_code: text,
})

export const Conversion = z.object({
  id: Number, project_id: Number.describe('The merchant\'s number.'), type: z.enum(['signup', 'purchase']).describe('What is no sale is a signup.'),
  value: z.number().describe('What remains of the largest share of the commission, in major units.'),
  base_value: z.number().nullable().describe('What refunds left of the order, in major units; null for an order of no amount.'),
  base_value_currency: z.string().describe('ISO 4217 code.'),
  affiliate_id: Number.nullable().describe('Who has the largest share; null when nobody won it.'), referral_code: text,
  referred_user_id: Number.nullable().describe('The customer\'s referral, by its number.'),
  paid: z.boolean(), reference: text.describe('The shop\'s id of the order.'), coupon_code_used: text,
  url: z.null().describe('Always null: pages are kept with clicks.'), created_at: Instant,
  shared: z.literal(true).optional().describe('Only where several affiliates earn from it.'),
})

export const Coupon = z.object({
  id: Number, project_id: Conversion.shape.project_id, affiliate_id: Number, coupon_code: z.string(),
  stripe_coupon_id: text, lemonsqueezy_discount_code: text, status: Activity, created_at: Instant,
  affiliate_email: z.string(), affiliate_referral_code: z.string(),
})
