import type { Vendor } from '../vendor.ts'

const AFFILIATE = {
  affiliate_id: ['affiliate.id', 'sale.affiliate.id', 'affiliate_id'],
  affiliate_email: ['affiliate.email', 'sale.affiliate.email', 'affiliate_email'],
  affiliate_code: ['sale.referral.link.token', 'link_token', 'token', 'via'],
} as const

/**
 * Rewardful: the objects of its REST API (lists with `expand`), in cents. Headers of the files that its dashboard exports
 * are not documented: the API's names and common spellings are taken.
 */
export const rewardful: Vendor = {
  name: 'Rewardful', amounts: 'minor', hasPayouts: true,
  states: { due: 'approved', voided: 'denied', suspicious: 'pending' },
  files: {
    affiliates: {
      columns: {
        id: ['id', 'affiliate_id'], email: ['email', 'affiliate_email'], code: ['links.0.token', 'token', 'link_token'], first_name: ['first_name'], last_name: ['last_name'], name: ['name'],
        payout_email: ['paypal_email', 'wise_email'], state: ['state', 'status'], campaign: ['campaign.name', 'campaign_name', 'campaign'],
      },
    },
    conversions: {
      columns: {
        ...AFFILIATE, id: ['id', 'commission_id'], order: ['sale.stripe_charge_id', 'stripe_charge_id', 'charge_id', 'sale.id', 'sale_id'], amount: ['sale.sale_amount_cents', 'sale_amount_cents', 'sale_amount'],
        currency: ['sale.currency', 'sale_currency', 'currency'], commission: ['amount', 'commission_amount', 'commission'], commission_currency: ['currency', 'commission_currency'], state: ['state', 'status'],
        at: ['sale.charged_at', 'charged_at', 'created_at'], booked_at: ['created_at'], paid_at: ['paid_at'], payout: ['payout.id', 'payout_id'], campaign: ['campaign.name', 'campaign_name', 'campaign'],
        email: ['sale.referral.customer.email', 'customer_email'], customer: ['sale.referral.stripe_customer_id', 'stripe_customer_id', 'customer_id'],
      },
    },
    payouts: { columns: { ...AFFILIATE, id: ['id', 'payout_id'], amount: ['amount', 'payout_amount'], currency: ['currency'], state: ['state', 'status'], at: ['paid_at'] } },
  },
}
