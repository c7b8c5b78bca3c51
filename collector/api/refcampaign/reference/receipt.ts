import { z } from 'zod'
import { Instant, Minor } from './envelope.ts'

/** A receipt as its merchant reads it: what `toReceipt` of the services returns. */

const Status = z.enum(['PENDING', 'APPROVED', 'PAID', 'REJECTED'])
const text = z.string().nullable()

const Happening = z.object({
  at: Instant.nullable(), what: z.string(), minor: Minor, reason: text, to: text, raisedAs: text,
})

const Commission = z.object({
  id: z.string(), number: z.int(), affiliateId: z.string(), affiliateCode: text, affiliateName: z.string(), campaignId: text, campaignName: text,
  campaignVersion: z.int().nullable().describe('The version of the campaign\'s terms that counted.'),
  amountMinor: Minor.describe('As first booked.'), currency: z.string(),
  totalMinor: Minor.describe('As adjusted since, before refunds.'), clawedMinor: Minor.describe('What refunds took of it.'), remainsMinor: Minor.describe('What stands.'),
  status: Status, reason: z.enum(['denied', 'unqualified', 'refunded']).nullable(),
  rate: text.describe('The rate as a person writes it.'), exact: text.describe('The amount before rounding, in minor units, as `n/d`.'), byLine: z.array(Minor).nullable(),
  source: z.enum(['order', 'credit', 'raise']), raiseOf: text, note: text, transferredTo: text, transferredToName: text, transferred: z.boolean(), unverified: z.boolean(),
  bookedAt: Instant, approvableAt: Instant.nullable(), history: z.array(Happening),
})

const Touch = z.object({
  eventId: z.string(), evidence: z.string(), trigger: text, code: z.string(), affiliateId: text, affiliateName: text, campaignId: text, campaignName: text,
  occurredAt: Instant, knownAt: Instant, unverified: z.boolean(), adopted: z.boolean(),
  verdict: z.string().describe('`WON`, `SHARED`, or why it did not count.'), weight: z.object({ n: z.int(), d: z.int() }).nullable().describe('Its share as an exact fraction.'), text: z.string(),
})

const Refund = z.object({
  id: z.string(), kind: z.enum(['amount', 'items', 'full']), amountMinor: Minor, baseMinor: Minor, lines: z.array(z.object({ minor: Minor, quantity: z.int() })), reason: text, receivedAt: Instant,
})

export const Receipt = z.object({
  conversionId: z.string(), number: z.int(), externalId: text, amountMinor: Minor, currency: z.string(), discountMinor: Minor, taxMinor: Minor, pricesIncludeTax: z.boolean(),
  commissionMinor: Minor.nullable().describe('What the call itself said that the winners earn.'), subscriptionId: text, kind: z.enum(['sale', 'lead', 'trial', 'custom']), mode: z.enum(['live', 'test']),
  occurredAt: Instant, receivedAt: Instant, status: Status, attributed: z.boolean(), marks: z.array(z.string()).describe('Remarks, such as `LATE_ARRIVAL` or `CAPPED`.'),
  lines: z.array(z.object({ line: z.int(), sku: text, quantity: z.int(), minor: Minor, baseMinor: Minor.describe('What of it counts for commissions.') })),
  touches: z.array(Touch).describe('All evidence that was considered, each with its verdict.'), moreTouches: z.int().describe('How many were known and not judged.'),
  commissions: z.array(Commission), refunds: z.array(Refund), engine: z.int().nullable().describe('The version of the rules that decided.'),
  usage: z.array(z.object({ affiliateId: z.string(), campaignId: z.string(), month: z.string(), booked: z.string(), volume: z.string() })),
  text: z.array(z.string()).describe('The same in sentences.'),
})
