import type { Vendor } from '../vendor.ts'

const AFFILIATE = {
  affiliate_id: ['promoter.id', 'promoter_id'],
  affiliate_email: ['promoter.email', 'promoter_email'],
  affiliate_code: ['promotion.ref_id', 'promoter.default_ref_id', 'ref_id', 'referral_id', 'promoter_campaign.ref_token', 'ref_token'],
} as const
const CASH = { unit: { values: ['cash', ''], why: 'only money comes over: points, credits and free months are no amounts' } }

/** FirstPromoter: the objects of its API (rewards or commissions, payouts, promoters), in cents; its CSV headers are not documented. */
export const firstpromoter: Vendor = {
  name: 'FirstPromoter', amounts: 'minor', hasPayouts: true,
  states: { completed: 'paid', processing: 'approved', failed: 'approved' },
  files: {
    affiliates: {
      columns: {
        id: ['id', 'promoter_id'], email: ['email'], code: ['default_ref_id', 'promotions.0.ref_id', 'ref_id', 'promoter_campaigns.0.ref_token', 'ref_token'], name: ['name', 'full_name'],
        first_name: ['profile.first_name', 'first_name'], last_name: ['profile.last_name', 'last_name'], company: ['profile.company_name', 'company_name', 'company'], phone: ['profile.phone_number', 'phone'],
        country: ['profile.country', 'country'], payout_email: ['profile.paypal_email', 'paypal_email'], state: ['status', 'state'], coupon: ['promotions.0.promo_code', 'promo_code'],
        campaign: ['promotions.0.campaign_name', 'campaign_name', 'campaign'],
      },
    },
    conversions: {
      columns: {
        ...AFFILIATE, id: ['id', 'reward_id', 'commission_id'], order: ['event_id', 'sale.event_id', 'transaction_id'], amount: ['conversion_amount', 'sale_amount'], currency: ['currency'],
        commission: ['amount', 'commission_amount', 'reward_amount'], state: ['status', 'state'], at: ['created_at', 'date'], paid: ['is_paid', 'paid'], paid_at: ['paid_at', 'date_paid'], payout: ['payout.id', 'payout_id'],
        campaign: ['promotion.campaign_name', 'campaign.name', 'campaign_name', 'campaign'], email: ['lead.email', 'referral.email', 'customer_email'], customer: ['lead.uid', 'referral.uid', 'customer_uid'],
      },
      only: CASH,
    },
    payouts: {
      columns: { ...AFFILIATE, id: ['id', 'payout_id'], amount: ['amount'], currency: ['currency'], state: ['status', 'state'], at: ['date_paid', 'paid_at'], method: ['payout_method.method', 'method'] },
      only: CASH,
    },
  },
}
