import type { Vendor } from '../vendor.ts'

/** Refgrow: the objects of both of its APIs, in major units. It lists no payouts. */
export const refgrow: Vendor = {
  name: 'Refgrow', amounts: 'major', hasPayouts: false,
  states: { inactive: 'denied', blocked: 'denied', canceled: 'unqualified' },
  files: {
    affiliates: {
      columns: { id: ['id'], email: ['user_email', 'email'], code: ['referral_code', 'referralCode'], name: ['name'], payout_email: ['paymentDetails.email', 'payment_email'], state: ['status'], company: ['company'] },
    },
    conversions: {
      columns: {
        affiliate_id: ['affiliate_id', 'affiliateId'], affiliate_code: ['affiliate_referral_code', 'referral_code', 'referralCode'], affiliate_email: ['affiliate_email'], id: ['id', 'conversionId'],
        order: ['reference', 'orderId'], kind: ['type'], amount: ['base_value', 'conversionAmount'], currency: ['base_value_currency', 'currency'], commission: ['value', 'commission', 'amount'],
        commission_currency: ['currency'], state: ['status', 'state'], at: ['created_at', 'createdAt', 'timestamp'], paid: ['paid'], paid_at: ['paid_at', 'paidAt'], email: ['referred_email', 'customer_email'],
      },
    },
  },
}
