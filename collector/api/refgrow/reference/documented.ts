import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { AffiliateBody, AffiliateQuery, CommissionQuery, ConvertBody, StatusBody, TrackBody } from '../documented/schema.ts'
import { Affiliate, ChangedCommission, Commission, Conversion, DetailedAffiliate, NewAffiliate, TrackedClick } from './documented-replies.ts'
import { one, pageOf, Refusal } from './envelope.ts'

const AFFILIATES = { tag: 'Affiliates (/v1)', access: 'affiliates', refusal: Refusal } as const
const REFERRALS = { tag: 'Referrals (/v1)', method: 'POST', once: true, never: [409], refusal: Refusal } as const
const COMMISSIONS = { tag: 'Commissions (/v1)', access: 'commissions', refusal: Refusal } as const

/** What a call about one affiliate answers. */
const affiliate = (row: z.ZodType) => one(z.object({ affiliate: row }))
const CLICK_ID = 'click_0197f0e4-6c00-7000-8000-000000000003'

/** The API that Refgrow documents. What elsewhere is a conflict is a 400 here. */
export const documentedOperations: Operation[] = [
  { ...AFFILIATES, method: 'GET', path: '/v1/affiliates', id: 'listAffiliates', summary: 'List affiliates', description: 'The first made first, with what they earned.', query: AffiliateQuery, replies: { 200: { description: 'A page of them.', schema: pageOf('affiliates', Affiliate) } } },
  {
    ...AFFILIATES, method: 'POST', path: '/v1/affiliates', id: 'createAffiliate', summary: 'Add an affiliate', once: true, never: [409],
    description: 'In the merchant\'s oldest campaign that is open, and active at once. Without a code one is made of the name. 400 where the address or the code is somebody\'s already.',
    body: { schema: AffiliateBody, example: { email: 'jo@partner.example', name: 'Jo Marsh', referralCode: 'jo-tea', customFields: { channel: 'podcast' } } },
    replies: { 201: { description: 'Added.', schema: affiliate(NewAffiliate) } },
  },
  {
    ...AFFILIATES, method: 'GET', path: '/v1/affiliates/:id', id: 'getAffiliate', summary: 'Get one affiliate', description: 'With their code, and how they want to be paid. 400 for what is no id of an affiliate, 404 for an unknown one.',
    params: { id: z.string().describe('Such as `aff_000031`.') }, replies: { 200: { description: 'The affiliate.', schema: affiliate(DetailedAffiliate) } }, refuses: [400, 404],
  },
  {
    ...REFERRALS, access: 'tracking', path: '/v1/referrals/track', id: 'trackClick', summary: 'Tell of a click on an affiliate\'s link',
    description: 'Every call is a click of its own, unless an `Idempotency-Key` says that it is a repeat; a bot\'s is kept and not counted.',
    body: { schema: TrackBody, example: { referralCode: 'jo-tea', sourceUrl: 'https://www.yourshop.com/teapots', userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0' } },
    replies: { 201: { description: 'Kept.', schema: one(TrackedClick) } }, refuses: [404],
  },
  {
    ...REFERRALS, access: 'conversions', path: '/v1/referrals/convert', id: 'trackConversion', summary: 'Report an order',
    description: 'Records a sale in the merchant\'s currency and decides who earns from it. `clickId` or `referralCode` is needed; unknown ones earn nobody anything, and the order is kept. An order id makes it unique for ever; `customer.email` ties it to what the customer did before.',
    body: { schema: ConvertBody, example: { clickId: CLICK_ID, amount: 42.5, orderId: 'tea-1042', customer: { email: 'sam@customer.example' }, products: [{ sku: 'POT-2', quantity: 1, price: 42.5 }] } },
    replies: {
      201: { description: 'Recorded.', schema: one(Conversion), example: { success: true, data: { conversionId: 'conv_000017', affiliateId: 'aff_000031', referralCode: 'jo-tea', amount: 42.5, commission: 4.25, orderId: 'tea-1042', timestamp: '2026-11-20T09:00:00Z' } } },
      200: { description: 'It was recorded before: how it stands now.', schema: one(Conversion) },
    },
  },
  { ...COMMISSIONS, method: 'GET', path: '/v1/commissions', id: 'listCommissions', summary: 'List commissions', description: 'Newest first. A test key sees the tests alone.', query: CommissionQuery, replies: { 200: { description: 'A page of them.', schema: pageOf('commissions', Commission) } }, refuses: [404] },
  {
    ...COMMISSIONS, method: 'PUT', path: '/v1/commissions/:id/status', id: 'setCommissionStatus', summary: 'Approve, pay or reject a commission',
    description: 'One that is in the state already stays as it is, and one that is pending is approved on its way to be paid. What is paid or rejected stays so: 400 for another state. A payment is booked net of what the affiliate owes.',
    params: { id: z.string().describe('Such as `comm_000017`.') }, body: { schema: StatusBody, example: { status: 'rejected', reason: 'the order was a test' } },
    replies: { 200: { description: 'The commission as it stands now.', schema: one(z.object({ commission: ChangedCommission })) } }, refuses: [404],
  },
]
