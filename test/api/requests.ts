/** Names of things of one merchant, by which another's key asks for them. */
export interface Names {
  ana: string
  /** Pending. */
  dan: string
  campaign: string
  /** Ana's; its commission is pending. */
  conversion: string
  commission: string
  /** Open, Ben's. */
  payout: string
}

/** What stands for a path's parameter, by the noun before it: ids where RefCampaign's are, numbers and addresses elsewhere. */
const PARAMS: Record<'ids' | 'numbers' | 'prefixed', [RegExp, (names: Names) => string][]> = {
  ids: [
    [/\/affiliates\//, ({ ana }) => ana], [/\/applications\//, ({ dan }) => dan], [/\/campaigns\//, ({ campaign }) => campaign],
    [/\/conversions\//, ({ conversion }) => conversion], [/\/commissions\//, ({ commission }) => commission], [/\/payouts\//, ({ payout }) => payout],
  ],
  numbers: [
    [/\/affiliates\/:id/, () => '1'], [/\/affiliates\//, () => encodeURIComponent('ana@partner.example')], [/\/referrals\//, () => encodeURIComponent('kim@customer.example')],
    [/\/conversions\//, () => '1'], [/\/coupons\//, () => '1'],
  ],
  prefixed: [[/\/affiliates\//, () => 'aff_000001'], [/\/commissions\//, () => 'comm_000001']],
}

/** How an API names things. */
export type Naming = keyof typeof PARAMS

/** A route's path with the names filled in; throws for a parameter that nothing stands for. */
export function pathFor(route: string, names: Names, naming: Naming): string {
  const path = route.split(' ')[1] ?? ''
  if (!path.includes(':')) return path
  const found = PARAMS[naming].find(([noun]) => noun.test(path))
  if (found === undefined) throw new Error(`nothing stands for the parameters of ${path}`)
  return path.replace(/:\w+/, found[1](names))
}

const ORDER = { amount: 1000, currency: 'EUR' }

const PROFILE = { first_name: 'New', last_name: 'One', email: 'new@elsewhere.example', password: 'Secret-Tea-1', status: 'ACTIVE' }
const PAID = { cart_id: 'c-1', order_id: 'order-5', currency_code: 'EUR', items: [{ sku: 'MUG', quantity: 1, price: 5 }], auto_credit_affiliate_id: 1 }
const CANCEL = { order_id: 'order-1', items: [{ sku: 'MUG', quantity: 1 }] }
const TRIGGER = { affiliate_code: 'ana', type: 'COUPON', trigger: 'NEW10' }
const SKUS = { offer_id: '1', skus: [{ sku: 'MUG', commission_type: 'FLAT_RATE', commission_amount: '1' }] }

/** Bodies that name what is another merchant's; of two APIs under one path both have their own. */
const BODIES: Record<string, (names: Names) => object> = {
  'numbers POST /api/v1/affiliates': () => ({ email: 'new@elsewhere.example' }),
  'PUT /api/v1/affiliates/:email': () => ({ status: 'inactive' }),
  'POST /api/v1/referrals': () => ({ email: 'kim@customer.example', affiliate_id: 1 }),
  'numbers POST /api/v1/conversions': () => ({ type: 'purchase', base_value: 10, affiliate_id: 1, reference: 'order-6' }),
  'PUT /api/v1/conversions/:id': () => ({ value: 9 }),
  'POST /api/v1/coupons': () => ({ coupon_code: 'NEW10', affiliate_id: 1 }),
  'PUT /api/v1/coupons/:id': () => ({ status: 'inactive' }),
  'POST /v1/affiliates': () => ({ email: 'new@elsewhere.example', name: 'New' }),
  'POST /v1/referrals/track': () => ({ referralCode: 'ana' }),
  'POST /v1/referrals/convert': () => ({ referralCode: 'ana', amount: 10, orderId: 'order-4' }),
  'PUT /v1/commissions/:id/status': () => ({ status: 'approved' }),
  'POST /v2/affiliate/new': () => PROFILE,
  'POST /v2/affiliate/get': () => ({ affiliate_code: 'ana' }),
  'POST /v2/affiliate/edit': () => ({ affiliates: [{ id: 1, first_name: 'Taken over' }] }),
  'POST /v2/affiliate/list': () => ({ limit: '100' }),
  'POST /v2/affiliate/search': () => ({ keyword: 'partner' }),
  'POST /v2/affiliate/status_change': () => ({ ids: [1], status: 'DISABLED' }),
  'POST /v2/affiliate/trigger': () => TRIGGER,
  'POST /v2/trigger/delete': () => ({ affiliates: [{ id: 1, trigger: 'ANA10', type: 'COUPON' }] }),
  'POST /v2/conversion/cancel': () => CANCEL,
  'POST /v2/conversion/totals': () => ({ status: ['PENDING', 'APPROVED'] }),
  'POST /v2/conversion/manual_credit': () => ({ id: 1, commission: 5, status: 'APPROVED' }),
  'POST /v2/conversion/manual_credit_order_id': () => ({ id: 2, order_id: 'order-1' }),
  'POST /v2/conversion/status_change': () => ({ ids: [1], status: 'APPROVED' }),
  'POST /v2/offer/new_sku_commission': () => SKUS,
  'POST /v2/reporting/link': () => ({ report_id: 1 }),
  'POST /tracker/orders/paid': () => PAID,
  'POST /woocommerce/orders/paid': () => PAID,
  'POST /tracker/v3/webhook': () => PAID,
  'POST /api/check_account': () => ({}),
  'POST /api/new_affiliate': () => PROFILE,
  'POST /api/get_affiliate': () => ({ affiliate_code: 'ana' }),
  'POST /api/edit_affiliate': () => ({ id: 1, first_name: 'Taken over' }),
  'POST /api/list_affiliates': () => ({ limit: '100' }),
  'POST /api/search_affiliates': () => ({ keyword: 'partner' }),
  'POST /api/new_affiliate_trigger': () => TRIGGER,
  'POST /api/affiliates/new_affiliate_trigger': () => TRIGGER,
  'POST /api/delete_affiliate_trigger': () => ({ affiliate_id: 1, trigger: 'ANA10', type: 'COUPON' }),
  'POST /api/cancel_conversion': () => CANCEL,
  'POST /api/manual_credit_order_id': () => ({ id: 2, order_id: 'order-1' }),
  'POST /api/offer/new_sku_commission': () => SKUS,
  'POST /api/process_manual_payment': () => ({ conversion_ids: [1], payment_method: 'MANUAL' }),
  'POST /api/reporting/get_link': () => ({ report_id: 1 }),
  'POST /api/v1/conversions/track': () => ({ ...ORDER, orderId: 'order-9', sessionId: 's-1' }),
  'POST /api/conversions/track': () => ({ ...ORDER, orderId: 'order-8', sessionId: 's-1' }),
  'POST /api/v1/conversions/postback': () => ({ ...ORDER, externalId: 'order-7', conversionType: 'SALE', affiliateCode: 'ana' }),
  'POST /api/v1/conversions/refund': () => ({ externalId: 'order-1' }),
  'PUT /api/v1/commissions/bulk-approve': ({ commission }) => ({ commissionIds: [commission] }),
  'PUT /api/v1/commissions/bulk-reject': ({ commission }) => ({ commissionIds: [commission] }),
  'PUT /api/v1/commissions/:id': () => ({ type: 'BONUS', amount: 100, reason: 'x' }),
  'POST /api/v1/payouts': ({ ana }) => ({ affiliateId: ana, method: 'PAYPAL' }),
  'POST /api/v1/payouts/batch-process': ({ payout }) => ({ payoutIds: [payout] }),
  'PUT /api/v1/payouts/:id/cancel': () => ({ reason: 'x' }),
  'PUT /api/v1/payouts/:id/mark-paid': () => ({}),
  'POST /api/v1/campaigns': () => ({ name: 'C', landingUrl: 'https://shop.example/', commissionRate: 10, commissionType: 'PERCENTAGE' }),
  'PUT /api/v1/campaigns/:id': () => ({ name: 'Taken over' }),
  'POST /api/v1/affiliates': ({ campaign }) => ({ email: 'new@elsewhere.example', firstName: 'New', campaignId: campaign }),
  'PUT /api/v1/affiliates/:id': () => ({ firstName: 'Taken over' }),
  'PUT /api/v1/affiliates/:id/campaigns': () => ({ campaignIds: [] }),
  'PUT /api/v1/applications/:id/accept': () => ({}),
  'PUT /api/v1/applications/:id/reject': () => ({}),
  'PUT /api/v1/applications/bulk-accept': ({ dan }) => ({ applicationIds: [dan] }),
  'PUT /api/v1/applications/bulk-reject': ({ dan }) => ({ applicationIds: [dan] }),
  'POST /api/v1/replay': () => ({ from: '2026-11-01', to: '2026-11-30' }),
}

/** The body of a route's call; none for reads. */
export function bodyFor(route: string, names: Names, naming: Naming): object | undefined {
  if (/^(GET|DELETE) /.test(route)) return undefined
  const body = BODIES[`${naming} ${route}`] ?? BODIES[route]
  if (body === undefined) throw new Error(`there is no body for ${route}`)
  return body(names)
}
