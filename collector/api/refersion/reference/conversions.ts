import { CancelBody, CreditBody, OrderCreditBody, StatusBody, TotalsBody } from '../conversion-schema.ts'
import type { Operation } from '../../../reference/operation.ts'
import { SkuBody } from '../offers.ts'
import { LinkBody } from '../reporting.ts'
import { answers, answersOnce, Refusal } from './envelope.ts'
import { AddedSkus, Cancelled, Changed, Credited, CreditedOrder, ReportLink, Totals } from './replies.ts'

const conversions = { method: 'POST', tag: 'Conversions', access: 'commissions' } as const
const reports = { tag: 'Reports', access: 'reports' } as const

/** Conversions: what an affiliate earns from an order, and what refunds took of it. */
export const conversionOperations: Operation[] = [
  {
    ...conversions, access: 'conversions', path: '/v2/conversion/cancel', id: 'cancelConversion', summary: 'Take items of an order back', description: 'The commissions are taken back in proportion. Without a `quantity` all that is left of a SKU. An equal call gives back once more, unless it bears the same `Idempotency-Key`.',
    body: { schema: CancelBody, example: { order_id: 'ord_42', items: [{ sku: 'TENT-2', quantity: 1 }] } }, ...answersOnce('Cancelled.', Cancelled, { conversion_id: '31' }),
  },
  {
    ...conversions, path: '/v2/conversion/manual_credit', id: 'creditAffiliate', summary: 'Credit an affiliate with a sum', description: 'Of no order. A negative sum takes from what they earn. Each call credits again, unless it bears the same `Idempotency-Key`.',
    body: { schema: CreditBody, example: { id: 7, commission: '25.00', currency: 'EUR', status: 'APPROVED', notes: 'for the review' } }, ...answersOnce('Credited.', Credited, { conversion_id: 32 }),
  },
  {
    ...conversions, path: '/v2/conversion/manual_credit_order_id', id: 'creditOrder', summary: 'Credit an affiliate with an order', description: 'At the rate that they have. Who earns from it already keeps that, and the `warning` names them. `APPROVED`, unless it says `PENDING`.',
    body: { schema: OrderCreditBody, example: { id: 7, order_id: 'ord_42' } }, ...answersOnce('Credited.', CreditedOrder),
  },
  {
    ...conversions, path: '/v2/conversion/status_change', id: 'changeConversionStatus', summary: 'Approve or reject conversions', description: 'One that is refused keeps none of the others from being changed; where it was the only one, the answer is a 422 that says why.',
    body: { schema: StatusBody, example: { ids: [31, 32], status: 'APPROVED' } }, ...answersOnce('What was changed, and what was not.', Changed, { ids_changed: [32], ids_not_changed: [31] }),
  },
]

/** Rates of SKUs. */
export const offerOperations: Operation[] = [
  {
    method: 'POST', path: '/v2/offer/new_sku_commission', id: 'addSkuCommissions', tag: 'Offers', access: 'campaigns', summary: 'Give SKUs rates of their own', description: 'In one campaign, for orders from then on. All that are new, or none; a SKU that has a rate keeps it.',
    body: { schema: SkuBody, example: { offer_id: '1', skus: [{ sku: 'TENT-2', commission_type: 'PERCENT_OF_SALE', commission_amount: '7.5' }] } }, ...answersOnce('What was added, and what was there.', AddedSkus, { duplicate_not_added: [], added: ['TENT-2'] }),
  },
]

/** Sums, and files. */
export const reportOperations: Operation[] = [
  {
    ...reports, method: 'POST', path: '/v2/conversion/totals', id: 'getTotals', summary: 'What conversions come to',
    description: 'Commissions and, below zero, what refunds took of them, in the state of their commission and at their own time, in the merchant\'s currency. An order\'s money counts once, however many affiliates share it. A test key sees tests alone.',
    body: { schema: TotalsBody, example: { status: ['APPROVED', 'PENDING'], created_from: '2026-11-01', created_to: '2026-11-30', payment_status: 'UNPAID' } },
    replies: answers('The sums.', Totals, { conversions_count: 4, commission_total: 18.2, order_total: 210, commissionable_order_total: 182, currency: 'EUR' }),
  },
  {
    ...reports, method: 'POST', path: '/v2/reporting/link', id: 'makeReportLink', summary: 'Get a link to a report', description: 'Report 1 is of conversions, 2 of affiliates, 3 of payouts. The link holds for two minutes, for whoever has it.',
    body: { schema: LinkBody, example: { report_id: 1 } }, replies: answers('The link.', ReportLink),
  },
  {
    method: 'GET', path: '/api/reporting/download/:merchant/:report/:token', id: 'downloadReport', tag: 'Reports', access: 'public', summary: 'Follow such a link', description: 'A CSV file, written while it is sent.',
    replies: {
      200: { description: 'The report.', type: 'text/csv', headers: { 'Content-Disposition': 'The file\'s name.' } },
      404: { description: 'The link is over, or never was one.', schema: Refusal, example: { error: 'File is not available' } },
    },
    refuses: [429],
  },
]
