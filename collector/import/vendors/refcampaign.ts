import type { Vendor } from '../vendor.ts'

const AFFILIATE = { affiliate_id: ['affiliateId'], affiliate_code: ['affiliateCode'], affiliate_email: ['affiliateEmail'] } as const

/**
 * RefCampaign: its export of conversions and the conversions of its API. Amounts are in major units, but for those whose name
 * says "minor" and the API's commissions; its payouts in an API's `amount` want `--amounts minor`.
 */
export const refcampaign: Vendor = {
  name: 'RefCampaign', amounts: 'major', hasPayouts: true,
  states: { voided: 'denied' },
  files: {
    affiliates: {
      columns: {
        id: ['id', 'affiliateId'], email: ['email'], code: ['code', 'affiliateCode', 'referralCode'], name: ['name'], first_name: ['firstName'], last_name: ['lastName'], company: ['company', 'companyName'],
        phone: ['phone'], country: ['country'], payout_email: ['payoutEmail', 'paypalEmail'], state: ['status'], coupon: ['coupon', 'couponCode'], campaign: ['campaignId', 'campaigns.0.id', 'campaignIds.0'],
      },
    },
    conversions: {
      columns: {
        ...AFFILIATE, id: ['id'], order: ['externalId', 'orderId'], kind: ['conversionType', 'type'], amount: ['amountMinor', 'amount'], currency: ['currency'], campaign: ['campaignId'],
        commission: ['commissionAmountMinor', 'commissionAmount', 'commission', 'commissions.0.amount'], reason: ['commissions.0.reason'], commission_refunded: ['commissionRefunded'], state: ['status'], at: ['occurredAt', 'createdAt'], refunded: ['refundedAmountMinor', 'refundedAmount'],
        payout: ['payoutId'], paid_at: ['paidAt'], subscription: ['subscriptionId'], email: ['customerEmail'], customer: ['customerId'], test: ['isSynthetic'],
      },
      minor: ['commissions.0.amount'],
      only: { shared: { values: ['false', ''], why: 'several affiliates share this order, and the file says only what they earn together: write a row for each' } },
    },
    payouts: { columns: { ...AFFILIATE, id: ['id'], amount: ['amountMinor', 'amount', 'netAmount'], currency: ['currency'], state: ['status'], at: ['paidAt', 'processedAt'], method: ['method'] } },
  },
}
