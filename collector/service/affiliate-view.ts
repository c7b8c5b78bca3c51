import type { Affiliate, AffiliateStatus } from '../../shared/domain.ts'
import { inForce, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateProfile } from '../store/profile.ts'
import type { Directory } from '../store/store.ts'

/** An affiliate with the link to hand out. */
export interface AffiliateView {
  id: string
  number: number
  name: string
  email: string
  payoutEmail: string | null
  code: string
  link: string
  status: AffiliateStatus
  /** What was said to them with their status, if anything. */
  reason: string | null
  /** Those that they are in, by id, the first joined first. */
  campaigns: string[]
  coupons: string[]
  profile: AffiliateProfile
  createdAtMs: number
}

interface Place {
  directory: Directory
  settings: Settings
  publicUrl: string
  nowMs: number
}

/** Views of a merchant's affiliates; their coupons are looked through once for all of them. */
export function viewsOf(affiliates: Affiliate[], { directory, settings, publicUrl, nowMs }: Place): AffiliateView[] {
  const coupons = couponsOf(settings)
  return affiliates.map((affiliate) => {
    const { id, number, name, email, createdAtMs } = affiliate
    const profile = directory.profiles.get(id)
    if (profile === undefined) throw new Error(`affiliate ${id} has no profile`)
    const code = affiliate.codes.at(-1)?.code ?? ''
    const path = directory.merchants.size > 1 ? `${affiliate.merchantId}/${encodeURIComponent(code)}` : encodeURIComponent(code)
    const { status, reason = null } = inForce(affiliate.versions, nowMs).value
    return {
      id, number, name, email, payoutEmail: directory.payoutEmails.get(id) ?? null, code, link: `${publicUrl}/go/${path}`, status, reason,
      campaigns: affiliate.enrolments.filter(({ leftAtMs }) => leftAtMs === null).map(({ campaignId }) => campaignId), coupons: coupons.get(id) ?? [], profile, createdAtMs,
    }
  })
}

/** The coupons in force, by affiliate. */
function couponsOf(settings: Settings): Map<string, string[]> {
  const coupons = new Map<string, string[]>()
  for (const { kind, value, affiliateId, endedAtMs } of [...settings.triggers.values()].flat()) {
    if (kind === 'coupon' && endedAtMs === null) coupons.set(affiliateId, [...(coupons.get(affiliateId) ?? []), value])
  }
  return coupons
}
