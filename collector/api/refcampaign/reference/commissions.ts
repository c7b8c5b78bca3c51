import type { Operation } from '../../../reference/operation.ts'
import { AdjustBody, BatchBody, BulkBody, CancelBody, CommissionQuery, PayoutBody, PayoutQuery } from '../schema.ts'
import { one, page } from './envelope.ts'
import { AdjustedCommission, ListedCommission, Payout, Updated } from './replies.ts'

const commissions = { tag: 'Commissions', access: 'commissions' } as const
const payouts = { tag: 'Payouts', access: 'payouts' } as const
const paid = { 200: { description: 'The payout as it stands now.', schema: one(Payout) } }
const updated = { 200: { description: 'All of them were.', schema: one(Updated) } }

/** Commissions: listed, decided about, adjusted. */
export const commissionOperations: Operation[] = [
  {
    ...commissions, method: 'GET', path: '/api/v1/commissions', id: 'listCommissions', summary: 'List commissions', description: 'Newest first.', query: CommissionQuery,
    replies: { 200: { description: 'A page of them.', schema: page(ListedCommission) } },
  },
  {
    ...commissions, method: 'PUT', path: '/api/v1/commissions/bulk-approve', id: 'approveCommissions', summary: 'Approve commissions', description: 'Approves all that are named, or none.',
    body: { schema: BulkBody, example: { commissionIds: ['cmm_01M7W2Y7M0EBYB2769V5D7S1FG'] } }, replies: updated, refuses: [404, 409],
  },
  {
    ...commissions, method: 'PUT', path: '/api/v1/commissions/bulk-reject', id: 'rejectCommissions', summary: 'Reject commissions', description: 'Rejects all that are named, or none.',
    body: { schema: BulkBody }, replies: updated, refuses: [404, 409],
  },
  {
    ...commissions, method: 'PUT', path: '/api/v1/commissions/:id', id: 'adjustCommission', summary: 'Adjust a commission', description: 'A bonus is added, a deduction is taken off, and a correction is the new amount, each in minor units. What is in a payout already gets a credit or a debt beside it.',
    body: { schema: AdjustBody, example: { amount: 500, reason: 'campaign of the month', type: 'BONUS' } },
    replies: { 200: { description: 'The commission as it stands now.', schema: one(AdjustedCommission) } }, refuses: [404, 409, 422],
  },
]

/** Payouts: made, paid, cancelled. */
export const payoutOperations: Operation[] = [
  {
    ...payouts, method: 'GET', path: '/api/v1/payouts', id: 'listPayouts', summary: 'List payouts', description: 'Newest first.', query: PayoutQuery,
    replies: { 200: { description: 'A page of them.', schema: page(Payout) } },
  },
  {
    ...payouts, method: 'POST', path: '/api/v1/payouts', id: 'createPayout', summary: 'Make a payout', description: 'Takes in all that is approved and unpaid of one affiliate in one currency, net of what they owe; 409 where that comes to nothing.', once: true,
    body: { schema: PayoutBody, example: { affiliateId: 'aff_01M7W2Y7M0EBYB2769V5D7S1FG', method: 'bank' } },
    replies: { 201: { description: 'Made, and waiting to be paid.', schema: one(Payout) } }, refuses: [404],
  },
  {
    ...payouts, method: 'POST', path: '/api/v1/payouts/batch-process', id: 'payPayouts', summary: 'Mark several payouts paid', description: 'All that are named, or none.', once: true,
    body: { schema: BatchBody }, replies: updated, refuses: [404],
  },
  {
    ...payouts, method: 'GET', path: '/api/v1/payouts/:id', id: 'getPayout', summary: 'Get one payout', description: 'One payout with the commissions in it.',
    replies: { 200: { description: 'The payout.', schema: one(Payout) } }, refuses: [404],
  },
  {
    ...payouts, method: 'PUT', path: '/api/v1/payouts/:id/mark-paid', id: 'payPayout', summary: 'Mark a payout paid', description: 'The money has left: its commissions are paid.', replies: paid, refuses: [404, 409],
  },
  {
    ...payouts, method: 'PUT', path: '/api/v1/payouts/:id/cancel', id: 'cancelPayout', summary: 'Cancel a payout', description: 'Its commissions are approved and unpaid again.',
    body: { schema: CancelBody, isOptional: true }, replies: paid, refuses: [404, 409],
  },
]
