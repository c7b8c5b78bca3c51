import type { AffiliateChange, AffiliateInput } from '../../../shared/wire/settings.ts'
import type { AffiliateView } from '../../service/affiliates.ts'
import type { ApplicationView } from '../../service/applications.ts'
import type { AffiliateTotals } from '../../store/totals.ts'
import type { AffiliateBody, AffiliateChangeBody } from './affiliate-schema.ts'

type Status = NonNullable<AffiliateInput['status']>
const statusIn = (status: AffiliateChangeBody['status']): Status | undefined => status?.toLowerCase() as Status | undefined

/** Our field by RefCampaign's name for it, as this call spelled it. */
export const affiliateFields = ({ campaignId }: { campaignId?: string | undefined }) => ({ campaigns: campaignId === undefined ? 'campaignIds' : 'campaignId', campaign: 'campaignId' })

export const campaignsIn = ({ campaignId, campaignIds }: Pick<AffiliateBody, 'campaignId' | 'campaignIds'>): string[] | undefined => campaignIds ?? (campaignId === undefined ? undefined : [campaignId])

/** A new affiliate in our words. */
export function fromAffiliate(body: AffiliateBody): AffiliateInput {
  const { email, code, coupon, payoutEmail, status, firstName, lastName, company, phone, country } = body
  return { email, code, coupon, payoutEmail, campaigns: campaignsIn(body), status: statusIn(status), profile: { firstName, lastName, company, phone, country } }
}

/** A change in our words; what it does not name stays. */
export function fromAffiliateChange({ email, code, payoutEmail, status, reason, ...profile }: AffiliateChangeBody): AffiliateChange {
  return { email, code, payoutEmail, status: statusIn(status), reason, profile: Object.values(profile).every((value) => value === undefined) ? undefined : profile }
}

/** An affiliate, with what they brought; amounts are in minor units, after refunds. */
export function toAffiliate({ profile, ...view }: AffiliateView, totals: AffiliateTotals | undefined, currency: string): Record<string, unknown> {
  return {
    id: view.id, email: view.email, firstName: profile.firstName, lastName: profile.lastName, company: profile.company, phone: profile.phone, country: profile.country, payoutEmail: view.payoutEmail,
    status: view.status, reason: view.reason, code: view.code, trackingUrl: view.link, coupons: view.coupons, campaignIds: view.campaigns, createdAt: new Date(view.createdAtMs).toISOString(),
    stats: {
      clicks: totals?.clicks ?? 0, conversions: (totals?.sales ?? 0) + (totals?.leads ?? 0) + (totals?.others ?? 0), currency,
      pendingAmount: exactly(totals?.pendingMinor), approvedAmount: exactly(totals?.approvedMinor), paidAmount: exactly(totals?.paidMinor),
    },
  }
}

const exactly = (minor = 0n): unknown => JSON.rawJSON(String(minor))

/** An application bears its affiliate's id; that they are one is told only once it is approved. */
export function toApplication({ affiliate: { id, email, profile, campaigns }, status, reason, appliedAtMs, decidedAtMs }: ApplicationView): Record<string, unknown> {
  return {
    id, email, firstName: profile.firstName, lastName: profile.lastName, company: profile.company, status, reason, campaignIds: campaigns, affiliateId: status === 'APPROVED' ? id : null,
    createdAt: new Date(appliedAtMs).toISOString(), decidedAt: decidedAtMs === null ? null : new Date(decidedAtMs).toISOString(),
  }
}
