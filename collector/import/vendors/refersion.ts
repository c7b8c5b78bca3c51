import type { Vendor } from '../vendor.ts'

const AFFILIATE = { affiliate_id: ['affiliate_id', 'affiliate.id'], affiliate_code: ['affiliate_code', 'affiliate.code'], affiliate_email: ['affiliate_email', 'affiliate.email'] } as const

/** Refersion: its reports and the objects of its API v2, in major units. One of its conversions is one commission. */
export const refersion: Vendor = {
  name: 'Refersion', amounts: 'major', hasPayouts: true,
  states: { unqualified: 'unqualified', denied: 'denied' },
  files: {
    affiliates: {
      columns: {
        id: ['id', 'affiliate_id'], email: ['email', 'affiliate_email'], code: ['code', 'affiliate_code', 'custom_code'], first_name: ['first_name'], last_name: ['last_name'], company: ['company'], phone: ['phone'],
        country: ['country'], payout_email: ['paypal_email'], state: ['status'], coupon: ['coupon'], campaign: ['offer_name', 'offer'],
      },
    },
    conversions: {
      columns: {
        ...AFFILIATE, id: ['conversion_id', 'id'], order: ['order_id'], amount: ['order_total', 'total', 'subtotal'], currency: ['currency', 'currency_code'], commission: ['commission_total', 'commission'],
        commission_refunded: ['refunded_commission'], state: ['status'], reason: ['reason'], paid: ['payment_status'], paid_at: ['paid', 'paid_at'], at: ['created', 'order_date', 'created_at'], campaign: ['offer_name', 'offer'],
        subscription: ['subscription_id'], email: ['customer_email'], test: ['is_test_conversion'],
      },
    },
    payouts: { columns: { ...AFFILIATE, id: ['id', 'payment_id'], amount: ['total', 'amount', 'payment_total'], currency: ['currency'], state: ['status'], at: ['paid', 'paid_at', 'payment_date'], method: ['payment_method', 'method'] } },
  },
}
