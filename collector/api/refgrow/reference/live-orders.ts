import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { ConversionBody, ConversionQuery, ConversionUpdate, CouponBody, CouponQuery, CouponUpdate } from '../live/schema.ts'
import { livePage, LiveRefusal, one } from './envelope.ts'
import { Conversion, Coupon } from './live-replies.ts'

const CONVERSIONS = { tag: 'Conversions (/api/v1)', access: 'conversions', refusal: LiveRefusal } as const
const COUPONS = { tag: 'Coupons (/api/v1)', access: 'affiliates', refusal: LiveRefusal } as const
const PATH = '/api/v1/conversions'
const COUPON_PATH = '/api/v1/coupons'
const params = { id: z.int().describe('Its number.') }

/** Conversions, in the API that Refgrow's own client calls: `base_value` is the order, `value` and `paid` are its commission. */
const conversions: Operation[] = [
  {
    ...CONVERSIONS, method: 'GET', path: PATH, id: 'listLiveConversions', summary: 'List conversions', description: 'Newest first. A bare date is that whole day in the merchant\'s zone. 404 for an affiliate that there is not.', query: ConversionQuery,
    replies: { 200: { description: 'A page of them.', schema: livePage(Conversion) } }, refuses: [404],
  },
  {
    ...CONVERSIONS, method: 'POST', path: PATH, id: 'createLiveConversion', summary: 'Report an order or a signup', once: true,
    description: 'Records it and decides who earns from it. `base_value` is what was paid, in major units; `value` is the commission, where the call says that itself. A `reference` makes it unique for ever. `referral_code` counts where there is no `affiliate_id`. `paid: true` takes the scope `commissions`, too, and records the order whatever becomes of its payment.',
    body: { schema: ConversionBody, example: { type: 'purchase', base_value: 42.5, base_value_currency: 'EUR', referral_code: 'jo-tea', email: 'sam@customer.example', reference: 'tea-1042' } },
    replies: {
      201: {
        description: 'Recorded.', schema: one(Conversion),
        example: { success: true, data: { id: 17, project_id: 1, type: 'purchase', value: 4.25, base_value: 42.5, base_value_currency: 'EUR', affiliate_id: 31, referral_code: 'jo-tea', referred_user_id: null, paid: false, reference: 'tea-1042', coupon_code_used: null, url: null, created_at: '2026-11-20T09:00:00.000Z' } },
      },
      200: { description: 'It was recorded before: how it stands now.', schema: one(Conversion) },
    }, refuses: [404],
  },
  { ...CONVERSIONS, method: 'GET', path: `${PATH}/:id`, id: 'getLiveConversion', summary: 'Get one conversion', description: 'As refunds have left it.', params, replies: { 200: { description: 'The conversion.', schema: one(Conversion) } }, refuses: [404] },
  {
    ...CONVERSIONS, method: 'PUT', path: `${PATH}/:id`, id: 'updateLiveConversion', summary: 'Refund, correct or pay a conversion',
    description: 'A lower `base_value` gives the difference back; `value` corrects the commission, and `paid` settles it or takes that back: both take the scope `commissions`, too. An order never changes what was reported: the other fields must be as they were, and a higher `base_value` is refused with 409. All of it happens, or nothing; at least one thing is needed.',
    params, body: { schema: ConversionUpdate, example: { base_value: 30, paid: true } }, replies: { 200: { description: 'The conversion as it stands now.', schema: one(Conversion) } }, refuses: [404, 409],
  },
  { ...CONVERSIONS, method: 'DELETE', path: `${PATH}/:id`, id: 'refundLiveConversion', summary: 'Give a conversion back as a whole', description: 'Takes back what was earned; the conversion stays listed.', params, replies: { 204: { description: 'Given back, now or before.' } }, refuses: [404] },
]

/** Coupons, whichever dialect made them. */
const coupons: Operation[] = [
  {
    ...COUPONS, method: 'GET', path: COUPON_PATH, id: 'listLiveCoupons', summary: 'List coupons', description: 'The first made first. `coupon_code` finds those that hold it. 404 for an affiliate that there is not.', query: CouponQuery,
    replies: { 200: { description: 'A page of them.', schema: livePage(Coupon) } }, refuses: [404],
  },
  {
    ...COUPONS, method: 'POST', path: COUPON_PATH, id: 'createLiveCoupon', summary: 'Give an affiliate a coupon', once: true, description: 'Orders with it credit the affiliate from now on. It is told to no shop system.',
    body: { schema: CouponBody, example: { coupon_code: 'JO-TEA-10', affiliate_id: 31 } }, replies: { 201: { description: 'Made.', schema: one(Coupon) } }, refuses: [404],
  },
  { ...COUPONS, method: 'GET', path: `${COUPON_PATH}/:id`, id: 'getLiveCoupon', summary: 'Get one coupon', description: 'With whom it credits.', params, replies: { 200: { description: 'The coupon.', schema: one(Coupon) } }, refuses: [404] },
  {
    ...COUPONS, method: 'PUT', path: `${COUPON_PATH}/:id`, id: 'updateLiveCoupon', summary: 'Change a coupon', description: 'What is not named stays; at least one thing is needed. Orders that were placed before keep whom it credited then.',
    params, body: { schema: CouponUpdate, example: { status: 'inactive' } }, replies: { 200: { description: 'The coupon as it stands now.', schema: one(Coupon) } }, refuses: [404, 409],
  },
  { ...COUPONS, method: 'DELETE', path: `${COUPON_PATH}/:id`, id: 'deleteLiveCoupon', summary: 'Take a coupon away', description: 'It credits nobody any more; orders that it won stay as they are. A coupon of Stripe\'s is left alone.', params, replies: { 204: { description: 'Taken away.' } }, refuses: [404] },
]

export const liveOrderOperations: Operation[] = [...conversions, ...coupons]
