import { z } from 'zod'
import { ORDER_ID_CHARS } from '../../../shared/limits.ts'
import { AffiliateCode, EmailHash, SessionId } from '../../../shared/wire/script.ts'
import { JsonNumber } from '../../http/json.ts'

/** A number as it was written; what it may be depends on the path and the currency. */
const Amount = z.instanceof(JsonNumber, { error: 'must be a number' })
const OrderId = z.string('must be a string').min(1, 'must not be empty').max(ORDER_ID_CHARS, `must be at most ${ORDER_ID_CHARS} characters`)
const Currency = z.string('must be a 3-letter ISO 4217 code such as EUR')
const Short = z.string().min(1).max(ORDER_ID_CHARS)

/** Kept as text; of its members only the order's id has a meaning here. */
const Metadata = z.looseObject({ orderId: z.union([OrderId, Amount.transform(({ source }) => source).pipe(OrderId)]).optional() }, { error: 'must be an object' })

export const ClickBody = z.object({
  tracking_url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2048),
  session_id: SessionId,
})

/** Both spellings are served on both paths: clients of either age call either. */
export const IdentifyBody = z.union([
  z.object({ session_id: SessionId, customer_email_hash: EmailHash }).transform(({ session_id, customer_email_hash }) => ({ sessionId: session_id, emailHash: customer_email_hash })),
  z.object({ sessionId: SessionId, emailHash: EmailHash }),
  z.object({ sessionId: SessionId, customerEmailHash: EmailHash }).transform(({ sessionId, customerEmailHash }) => ({ sessionId, emailHash: customerEmailHash })),
])

export const TrackBody = z.object({
  sessionId: SessionId.optional(),
  customerEmailHash: EmailHash.optional(),
  amount: Amount,
  currency: Currency,
  orderId: OrderId.optional(),
  clickId: Short.optional(),
  metadata: Metadata.optional(),
  isSynthetic: z.boolean().default(false),
}).refine(({ sessionId, customerEmailHash, clickId }) => (sessionId ?? customerEmailHash ?? clickId) !== undefined, { path: ['sessionId'], error: 'give sessionId or customerEmailHash' })
export type TrackBody = z.infer<typeof TrackBody>

export const PostbackBody = z.object({
  externalId: OrderId,
  conversionType: z.enum(['SALE', 'LEAD', 'TRIAL', 'CUSTOM']),
  amount: Amount,
  currency: Currency,
  sessionId: SessionId.optional(),
  rcsid: SessionId.optional(),
  clickId: Short.optional(),
  cid: Short.optional(),
  affiliateCode: AffiliateCode.optional(),
  customerEmailHash: EmailHash.optional(),
  customerEmail: z.email().max(254).optional(),
  customerId: Short.optional(),
  metadata: Metadata.optional(),
  isSynthetic: z.boolean().default(false),
}).refine((body) => [body.sessionId, body.rcsid, body.clickId, body.cid, body.affiliateCode, body.customerEmailHash, body.customerEmail].some((value) => value !== undefined), {
  path: ['sessionId'], error: 'give one of sessionId, rcsid, clickId, cid, affiliateCode, customerEmailHash, customerEmail',
})
export type PostbackBody = z.infer<typeof PostbackBody>
