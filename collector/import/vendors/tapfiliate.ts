import type { Vendor } from '../vendor.ts'

const AFFILIATE = {
  affiliate_id: ['affiliate.id', 'affiliate_id'],
  affiliate_email: ['affiliate.email', 'affiliate_email'],
  affiliate_code: ['referral_code', 'ref_code', 'affiliate_code'],
} as const

/**
 * Tapfiliate: the objects of its REST API 1.6, in major units. Whether `approved: false` is yet to be decided or refused is
 * not documented: such commissions come over as pending, and a person decides.
 */
export const tapfiliate: Vendor = {
  name: 'Tapfiliate', amounts: 'major', hasPayouts: true,
  states: { true: 'approved', false: 'pending', disapproved: 'denied' },
  files: {
    affiliates: {
      columns: {
        id: ['id', 'affiliate_id'], email: ['email', 'affiliate_email'], code: ['referral_code', 'ref_code', 'referral_link.referral_code'], first_name: ['firstname', 'first_name'], last_name: ['lastname', 'last_name'],
        name: ['name'], company: ['company.name', 'company'], country: ['address.country.code', 'country_code'], coupon: ['coupon'], state: ['status', 'approved'], campaign: ['program.id', 'program_id', 'program'],
      },
    },
    clicks: {
      columns: {
        id: ['id', 'click_id'], code: ['referral_code', 'ref_code', 'affiliate.referral_code', 'affiliate.id', 'affiliate_id'], at: ['created_at', 'date'], url: ['landing_page', 'url'], referrer: ['referrer'], user_agent: ['user_agent'],
      },
    },
    conversions: {
      columns: {
        ...AFFILIATE, id: ['id', 'conversion_id', 'conversion.id'], order: ['external_id', 'conversion.external_id'], amount: ['amount', 'conversion_amount', 'sale_amount'], currency: ['currency', 'commissions.0.currency'],
        commission: ['commissions.0.amount', 'commission_amount', 'commission', 'commissions'], state: ['commissions.0.approved', 'commission_status', 'status', 'approved'], at: ['created_at', 'date'],
        paid: ['commissions.0.paid', 'paid'], payout: ['commissions.0.payment_id', 'payment_id'], campaign: ['program.id', 'program_id', 'program'], customer: ['customer.customer_id', 'customer_id', 'customer.id'],
      },
      only: { 'commissions.1.amount': { values: [], why: 'one row may hold one commission: write a row for each' } },
    },
    payouts: { columns: { ...AFFILIATE, id: ['id', 'payment_id'], amount: ['amount', 'payment_amount'], currency: ['currency'], state: ['status'], at: ['created_at', 'paid_at', 'date'], method: ['payout_method', 'method'] } },
  },
}
