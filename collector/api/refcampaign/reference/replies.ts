import { z } from 'zod'
import { Decimal, Instant, Minor } from './envelope.ts'

/** What RefCampaign's maps return (`map.ts`). */

const Status = z.enum(['PENDING', 'APPROVED', 'PAID', 'REJECTED'])
const Currency = z.string().describe('ISO 4217 code.')

const share = {
  attributed: z.boolean().describe('False when nobody won it: it is kept, and settled when evidence arrives late.'),
  affiliateId: z.string().nullable().describe('Who has the largest share.'),
  commissionId: z.string().nullable(),
  shared: z.boolean().describe('True when several affiliates earn from it.'),
}

export const TrackedConversion = z.object({
  id: z.string(),
  amount: Decimal.describe('In major units, as reported; in minor units where the call took them.'),
  currency: Currency, status: Status, createdAt: Instant, ...share,
})

export const PostedBackConversion = z.object({
  success: z.literal(true), conversionId: z.string(), commissionId: share.commissionId,
  commissionAmount: Minor.describe('What remains of the largest share, in minor units.'),
  attributed: share.attributed, status: Status, shared: share.shared,
})

export const Refunded = z.object({
  success: z.literal(true), conversionId: z.string(),
  alreadyRefunded: z.boolean().describe('True when this very refund was booked before.'),
  message: z.string().optional(),
})

export const Commission = z.object({
  id: z.string(), affiliateId: z.string(),
  campaignId: z.string().nullable(),
  conversionId: z.string().nullable().describe('Null for a credit that was booked by hand.'),
  amount: Minor.describe('In minor units, before refunds.'),
  refundedAmount: Minor.describe('What refunds took of it.'),
  currency: Currency, status: Status,
  reason: z.enum(['denied', 'unqualified', 'refunded']).nullable().describe('Why it was rejected.'),
  createdAt: Instant,
})

export const Conversion = TrackedConversion.extend({
  externalId: z.string().nullable().describe('The order id that the shop reported.'),
  conversionType: z.enum(['SALE', 'LEAD', 'TRIAL', 'CUSTOM']),
  amountMinor: Minor, refundedAmountMinor: Minor,
  isSynthetic: z.boolean().describe('True for a test.'),
  occurredAt: Instant,
  metadata: z.unknown().describe('What came with the order, as it was sent.'),
  commissions: z.array(Commission),
})
