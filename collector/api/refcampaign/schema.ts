import { z } from 'zod'
import { ADJUSTMENTS } from '../../../shared/engine/adjust.ts'
import { AffiliateCode, EmailHash, idText, SessionId, webUrl } from '../../../shared/wire/text.ts'
import { ReplayInput } from '../../../shared/wire/replay.ts'
import { Email } from '../../../shared/wire/email.ts'
import { JsonNumber } from '../../http/json.ts'
import { Amount, bulk, Currency, Flag, Id, Instant, page, word } from './fields.ts'

const KINDS = ['SALE', 'LEAD', 'TRIAL', 'CUSTOM'] as const
const Synthetic = Flag.default(false).describe('True records a test, also with a live key.')

/** RefCampaign's own clients send none (ENGINE section 4, rule 7). */
const Subscription = Id.optional().describe('What this payment begins or renews.')
/** What the API reference says of fields that several calls have. */
const SESSION = 'The visitor\'s session, as it was tracked.'
const CLICK = 'The click\'s own id, as the landing page got it in `rlid`.'
const MINOR = 'A whole number of minor units: 4990 is 49.90 EUR.'

/** Kept as text; of its members only the order's id has a meaning here. */
const Members = z.looseObject({ orderId: z.union([Id, Amount.transform(({ source }) => source).pipe(Id)], 'must be a string or a number').nullish() }, { error: 'must be an object' })
/** To zod a number would be an object, because it is one of ours by then. */
const Metadata = z.preprocess((value: z.input<typeof Members>): unknown => (value instanceof JsonNumber ? Number(value.source) : value), Members).describe('Kept and given back as it was sent; `orderId` names the order where nothing else does.')

export const ClickBody = z.object({
  tracking_url: webUrl(2048).describe('The address that was visited, with the affiliate\'s code in it.'),
  session_id: SessionId.describe('Your own name for the visitor\'s session.'),
})

/** Both spellings are served on both paths: clients of either age call either. */
export const IdentifyBody = z.object({
  session_id: SessionId.optional(), sessionId: SessionId.optional(),
  customer_email_hash: EmailHash.optional(), customerEmailHash: EmailHash.optional(), emailHash: EmailHash.optional(),
}).transform((body, ctx) => {
  const sessionId = body.session_id ?? body.sessionId
  const emailHash = body.customer_email_hash ?? body.customerEmailHash ?? body.emailHash
  if (sessionId === undefined) ctx.addIssue({ code: 'custom', path: ['session_id'], message: 'is needed (also spelled sessionId)' })
  if (emailHash === undefined) ctx.addIssue({ code: 'custom', path: ['customer_email_hash'], message: 'is needed (also spelled customerEmailHash or emailHash)' })
  return sessionId === undefined || emailHash === undefined ? z.NEVER : { sessionId, emailHash }
})

export const TrackBody = z.object({
  sessionId: SessionId.optional().describe(SESSION),
  customerEmailHash: EmailHash.optional(),
  amount: Amount.describe('More than 0.'),
  currency: Currency,
  orderId: Id.optional().describe('The shop\'s own id of the order: one conversion for ever, however often it is reported.'),
  clickId: Id.optional().describe(CLICK),
  subscriptionId: Subscription,
  metadata: Metadata.optional(),
  isSynthetic: Synthetic,
}).refine(({ sessionId, customerEmailHash, clickId }) => (sessionId ?? customerEmailHash ?? clickId) !== undefined, { path: ['sessionId'], error: 'give sessionId or customerEmailHash' })
export type TrackBody = z.infer<typeof TrackBody>

export const PostbackBody = z.object({
  externalId: Id.describe('The shop\'s own id of the order: one conversion for ever, however often it is reported.'),
  conversionType: z.enum(KINDS, `must be one of: ${KINDS.join(', ')}`),
  amount: Amount.describe(`${MINOR} Only a sale must have a value.`),
  currency: Currency,
  sessionId: SessionId.optional().describe(SESSION),
  rcsid: SessionId.optional().describe('Another name of `sessionId`.'),
  clickId: Id.optional().describe(CLICK),
  cid: Id.optional().describe('Another name of `clickId`.'),
  affiliateCode: AffiliateCode.optional(),
  customerEmailHash: EmailHash.optional(),
  customerEmail: Email.optional(),
  customerId: Id.optional(),
  subscriptionId: Subscription,
  metadata: Metadata.optional(),
  isSynthetic: Synthetic,
}).refine((body) => [body.sessionId, body.rcsid, body.clickId, body.cid, body.affiliateCode, body.customerEmailHash, body.customerEmail].some((value) => value !== undefined), {
  path: ['sessionId'], error: 'give one of sessionId, rcsid, clickId, cid, affiliateCode, customerEmailHash, customerEmail',
})
export type PostbackBody = z.infer<typeof PostbackBody>

/** The amount is in minor units; without one everything that is left is given back. */
export const RefundBody = z.object({
  externalId: Id,
  amount: Amount.optional().describe(MINOR),
  reason: idText(500).optional(),
})
export type RefundBody = z.infer<typeof RefundBody>

export const BulkBody = z.object({ commissionIds: bulk('commission') })

/** The amount is in minor units, as the lists show it. */
export const AdjustBody = z.object({
  amount: Amount.describe(MINOR),
  reason: idText(500),
  type: z.enum(ADJUSTMENTS, `must be one of: ${ADJUSTMENTS.join(', ')}`),
})

export const PayoutBody = z.object({
  affiliateId: Id,
  method: idText(40).optional(),
  currency: Currency.optional(),
})

export const BatchBody = z.object({ payoutIds: bulk('payout') })
export const CancelBody = z.object({ reason: idText(500).optional() })

const whose = { affiliateId: Id.optional(), campaignId: Id.optional() }
const Status = word(['PENDING', 'APPROVED', 'PAID', 'REJECTED'])

export const ConversionQuery = z.object({ ...page, ...whose, status: Status, from: Instant, to: Instant })
export type ConversionQuery = z.infer<typeof ConversionQuery>
/** What a list takes, but for its pages. */
export const ExportQuery = ConversionQuery.omit({ limit: true, offset: true })
export const CommissionQuery = z.object({ ...page, ...whose, status: Status })
export const PayoutQuery = z.object({ ...page, affiliateId: whose.affiliateId, status: word(['PENDING', 'PAID', 'CANCELLED']) })

/** Test and live are told by the key. A question that was misspelt must not be answered as another one. */
export const ReplayBody = ReplayInput.omit({ mode: true }).extend({ windowDays: Amount.transform(({ source }): unknown => source).pipe(ReplayInput.shape.windowDays).meta({ type: 'integer', minimum: 1, maximum: 3650 }).optional() }).strict()
