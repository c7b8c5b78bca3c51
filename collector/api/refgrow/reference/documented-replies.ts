import { z } from 'zod'
import { Instant } from './envelope.ts'

/** What the maps of the documented API return (`documented/map.ts`). */

const numbered = (kind: string) => z.string().regex(new RegExp(String.raw`^${kind}_\d{6,}$`))
const AffiliateId = numbered('aff')
const Amount = z.number().describe('In major units of the merchant\'s currency.')

export const CreatedAffiliate = z.object({
  id: AffiliateId, email: z.string(), name: z.string(),
  status: z.enum(['active', 'pending', 'blocked']).describe('`blocked` is whoever was denied or disabled.'),
  createdAt: Instant,
})

export const NewAffiliate = CreatedAffiliate.extend({ referralCode: z.string().describe('What stands in their links: `?ref=CODE`.') })

export const Affiliate = CreatedAffiliate.extend({
  totalEarnings: Amount, pendingEarnings: Amount.describe('All that is not paid yet.'), paidEarnings: Amount,
  conversionRate: z.number().describe('Conversions a click, to two places: 0.05 is 5 %.'),
  clickCount: z.int(), conversionCount: z.int(),
})

export const DetailedAffiliate = Affiliate.extend({
  referralCode: NewAffiliate.shape.referralCode,
  paymentMethod: z.string().nullable(), paymentDetails: z.string().nullable().describe('The e-mail that payouts go to.'),
})

export const TrackedClick = z.object({
  clickId: z.string().regex(/^click_.+$/).describe('Name it when the visitor buys.'),
  referralCode: z.string(), affiliateId: AffiliateId, timestamp: Instant,
})

export const Conversion = z.object({
  conversionId: numbered('conv'),
  affiliateId: AffiliateId.nullable().describe('Who has the largest share; null when nobody won it.'),
  referralCode: z.string().nullable(),
  amount: Amount.describe('As reported.'), commission: Amount.describe('What remains of the largest share.'),
  orderId: z.string().nullable(), timestamp: Instant,
  attributed: z.literal(false).optional().describe('Only where nobody won it: it is kept, and settled when evidence arrives late.'),
  shared: z.literal(true).optional().describe('Only where several affiliates earn from it.'),
})

export const Commission = z.object({
  id: numbered('comm'), affiliateId: AffiliateId,
  orderId: z.string().nullable().describe('Null also for a credit that was booked by hand.'),
  amount: Amount.describe('What refunds have left of it.'),
  status: z.enum(['pending', 'approved', 'paid', 'rejected']), createdAt: Instant,
  paidAt: Instant.nullable(), conversionAmount: Amount.nullable().describe('The order\'s amount as reported.'),
})

export const ChangedCommission = Commission.extend({ updatedAt: Instant })
