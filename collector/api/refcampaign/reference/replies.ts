import { z } from 'zod'
import { MODELS } from '../../../../shared/engine/terms.ts'
import { APART } from '../../../../shared/engine/rejudge.ts'
import { Decimal, Instant, Minor } from './envelope.ts'

/** What RefCampaign's maps return of conversions, commissions and payouts (`map.ts`), and of a replay. */

const Status = z.enum(['PENDING', 'APPROVED', 'PAID', 'REJECTED'])
export const Currency = z.string().describe('ISO 4217 code.')

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

export const AdjustedCommission = Commission.extend({ raise: Commission.nullable().describe('The credit that a raise became, where a payout held the commission already.') })

export const ListedCommission = Commission.extend({
  externalId: z.string().nullable().describe('The shop\'s id of the order that it is of.'),
  paidAt: Instant.nullable(),
})

/** What a call did to all that it named. */
export const Updated = z.object({ updated: z.int().describe('How many there were.'), ids: z.array(z.string()) })

export const Payout = z.object({
  id: z.string(), affiliateId: z.string(),
  amount: Minor.describe('What is paid: gross less debt, in minor units.'),
  grossAmount: Minor.describe('What the commissions come to.'),
  debtAmount: Minor.describe('What was netted, because refunds came after an earlier payout.'),
  currency: Currency, method: z.string().nullable(), status: z.enum(['PENDING', 'PAID', 'CANCELLED']), commissionIds: z.array(z.string()),
  createdAt: Instant, paidAt: Instant.nullable(),
})

export const Click = z.object({ clickId: z.string(), sessionId: z.string() })
export const Identified = z.object({
  sessionId: z.string(),
  identified: z.boolean().describe('False where the session is another customer\'s already.'),
  created: z.boolean().describe('False where this was known.'),
})

export const Ping = z.object({
  merchant: z.string(), activeCampaigns: z.int(),
  stripe: z.object({ connected: z.literal(false), mode: z.literal('unknown') }).describe('There is no such connection here.'),
})

const ReplayRow = z.object({
  affiliateId: z.string(), affiliateCode: z.string().nullable(), currency: Currency, bookedMinor: Minor,
  wouldMinor: Minor.nullable().describe('Null where nothing was computed.'), changeMinor: Minor.nullable(),
})
export const Replay = z.object({
  from: Instant, to: Instant, mode: z.enum(['live', 'test']),
  policy: z.object({ model: z.enum(MODELS).nullable(), windowDays: z.int().nullable(), couponFirst: z.boolean().nullable() }).describe('What was to have held; null is what held.'),
  orders: z.int(), affiliates: z.array(ReplayRow),
  apart: z.array(z.object({ reason: z.enum(APART), orders: z.int(), affiliates: z.array(ReplayRow) })).describe('Orders that cannot be judged anew by themselves, and why.'),
})
