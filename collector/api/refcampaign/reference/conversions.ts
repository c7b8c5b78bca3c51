import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { ConversionQuery, ExportQuery, PostbackBody, RefundBody, TrackBody } from '../schema.ts'
import { one, page } from './envelope.ts'
import { Receipt } from './receipt.ts'
import { Conversion, PostedBackConversion, Refunded, TrackedConversion } from './replies.ts'

const tag = 'Conversions'
const access = 'conversions' as const

const TRACK = {
  method: 'POST', tag, access, once: true,
  replies: {
    201: { description: 'Recorded: what it is, and who won it.', schema: one(TrackedConversion) },
    200: { description: 'It was recorded before; the same answer again.', schema: one(TrackedConversion) },
  },
} as const satisfies Partial<Operation>

/** Conversions: reported, refunded, listed. */
export const conversionOperations: Operation[] = [
  {
    ...TRACK, path: '/api/v1/conversions/track', id: 'trackConversion', summary: 'Report an order in major units',
    description: 'Records a sale once, however often it is reported, and decides who earns from it. Give `sessionId`, `customerEmailHash` or `clickId`. An order id makes it unique for ever.',
    body: { schema: TrackBody, example: { sessionId: 'test-session-001', amount: 49.9, currency: 'EUR', metadata: { orderId: 'ord_42' } } },
  },
  {
    ...TRACK, path: '/api/conversions/track', id: 'trackConversionInMinorUnits', summary: 'Report an order in minor units, as the first SDK did', deprecated: true,
    description: 'The same as `trackConversion` with `amount` in minor units.',
    body: { schema: TrackBody, example: { sessionId: 'test-session-001', amount: 4990, currency: 'EUR', metadata: { orderId: 'ord_42' } } },
  },
  {
    ...TRACK, path: '/api/v1/conversions/postback', id: 'postbackConversion', summary: 'Report an order, a lead or a trial in minor units',
    description: 'Records a conversion from server to server. Give at least one of `sessionId`, `rcsid`, `clickId`, `cid`, `affiliateCode`, `customerEmailHash` and `customerEmail`.',
    body: { schema: PostbackBody, example: { externalId: 'ord_42', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 'test-session-001' } },
    replies: {
      201: { description: 'Recorded.', schema: one(PostedBackConversion) },
      200: { description: 'It was recorded before; the same answer again.', schema: one(PostedBackConversion) },
    },
  },
  {
    method: 'POST', path: '/api/v1/conversions/refund', id: 'refundConversion', tag, access, once: true, summary: 'Give back an order, or an amount of it',
    description: 'Takes back the commissions in proportion. Without an amount everything that is left is given back. An equal refund is booked once, unless `Idempotency-Key` tells two apart.',
    body: { schema: RefundBody, example: { externalId: 'ord_42', amount: 1990, reason: 'one item came back' } },
    replies: { 200: { description: 'Refunded now, or before.', schema: one(Refunded) } }, refuses: [404],
  },
  {
    method: 'GET', path: '/api/v1/conversions', id: 'listConversions', tag, access, summary: 'List conversions',
    description: 'Newest first. A test key sees the tests alone.', query: ConversionQuery,
    replies: { 200: { description: 'A page of them.', schema: page(Conversion) } },
  },
  {
    method: 'GET', path: '/api/v1/conversions/:id', id: 'getConversion', tag, access, summary: 'Get one conversion',
    description: 'One conversion with all who earn from it.',
    replies: { 200: { description: 'The conversion.', schema: one(Conversion) } }, refuses: [404],
  },
  {
    method: 'GET', path: '/api/v1/conversions/:id/receipt', id: 'getReceipt', tag, access, summary: 'What a conversion earned and why',
    description: 'Every piece of evidence with its verdict, the commissions with their reckoning and what happened since, and the same in sentences.',
    replies: { 200: { description: 'The receipt.', schema: z.object({ success: z.literal(true), data: Receipt }) } }, refuses: [404],
  },
  ...[['csv', 'text/csv'], ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet']].map(([form = '', type = '']): Operation => ({
    method: 'GET', path: `/api/v1/conversions/export/${form}`, id: form === 'csv' ? 'exportConversionsAsCsv' : 'exportConversionsAsSheet', tag, access: 'reports', summary: `Conversions as a file: ${form}`,
    description: 'The same list in one file, with its filters and of any length that the form can hold; amounts are in major units.', query: ExportQuery,
    replies: { 200: { description: 'The file.', type, headers: { 'Content-Disposition': 'The file\'s name.' } } },
  })),
]
