import type { Affiliate, AffiliateStatus, Campaign, Merchant, Trigger, TriggerKind, Version } from '../domain.ts'
import type { CampaignPolicy, MerchantTerms, Rate, RateScope } from './terms.ts'

/** A merchant's settings with all their versions; `at` picks those in force. */
export interface Settings {
  merchant: Merchant
  terms: Version<MerchantTerms>[]
  /** Hosts of the merchant; a subdomain belongs to its parent. */
  sites: string[]
  campaigns: ReadonlyMap<string, Campaign>
  affiliates: ReadonlyMap<string, Affiliate>
  /** Affiliates by code in lower case; old codes stay as aliases. */
  codes: ReadonlyMap<string, { affiliateId: string; validFromMs: number }>
  /** All assignments by what orders name: `triggerKey` of a coupon or a SKU, or an e-mail's identity. */
  triggers: ReadonlyMap<string, Trigger[]>
}

/**
 * The version in force at an instant: the newest that was valid by then, and before the first one
 * the first (an order that is reported with an earlier time is still judged by some policy).
 */
export function inForce<T>(versions: Version<T>[], atMs: number): Version<T> {
  const [first] = versions
  if (first === undefined) throw new Error('a setting has no version')
  return versions.findLast((version) => version.validFromMs <= atMs) ?? first
}

/** The affiliate that a code named at an instant, or undefined. */
export function affiliateByCode(settings: Settings, code: string, atMs: number): Affiliate | undefined {
  const named = settings.codes.get(code.toLowerCase())
  return named !== undefined && named.validFromMs <= atMs ? settings.affiliates.get(named.affiliateId) : undefined
}

export const statusOf = (affiliate: Affiliate, atMs: number): AffiliateStatus => inForce(affiliate.versions, atMs).value.status
export const policyOf = (campaign: Campaign, atMs: number): Version<CampaignPolicy> => inForce(campaign.versions, atMs)
export const termsOf = (settings: Settings, atMs: number): Version<MerchantTerms> => inForce(settings.terms, atMs)

/** Under what a special rate is found. */
export const scopeKey = ({ affiliateId, sku }: RateScope): string => `${affiliateId ?? ''}/${sku ?? ''}`

/** The special rate of a campaign for exactly this scope at an instant; undefined when there is none, or none any more. */
export function specialRate(campaign: Campaign, scope: RateScope, atMs: number): Rate | undefined {
  return campaign.specialRates.get(scopeKey(scope))?.findLast(({ validFromMs }) => validFromMs <= atMs)?.value ?? undefined
}

/** Coupons, SKUs and e-mail triggers are compared in capitals. */
export const triggerValue = (text: string): string => text.trim().toUpperCase()

/** Under what a trigger is found: an e-mail by its identity, the rest by the value in capitals. */
export const triggerKey = (kind: TriggerKind, value: string): string => `${kind}:${value}`

/** The assignment of a trigger that held at an instant; of several the one that was recorded last. */
export function triggerAt(settings: Settings, key: string, atMs: number): Trigger | undefined {
  return settings.triggers.get(key)?.findLast(({ validFromMs, endedAtMs }) => validFromMs <= atMs && (endedAtMs === null || atMs < endedAtMs))
}

/** True when an identity was the affiliate's own by then. */
export const isOwn = (affiliate: Affiliate, identity: string, atMs: number): boolean => affiliate.identities.some((own) => own.identity === identity && own.validFromMs <= atMs)

/** True when `host` is the site or one of its subdomains. */
export const belongsTo = (host: string, site: string): boolean => host === site || host.endsWith(`.${site}`)

/** A campaign by its id or its number, as a link or a command names it. */
export function campaignByName(settings: Settings, name: string): Campaign | undefined {
  return settings.campaigns.get(name) ?? [...settings.campaigns.values()].find((campaign) => String(campaign.number) === name)
}

/** What a touch names beside its affiliate: the campaign in the link, and the visited host. */
export interface TouchPlace {
  campaign: string | null
  host: string | null
}

/**
 * The campaign that a touch of this affiliate belongs to at an instant, and whether the affiliate is enrolled in it
 * (ENGINE section 2): the one named in the link; else, among the enrolments in campaigns that are not archived,
 * the oldest whose landing host is the visited host or its parent; else the oldest of all.
 */
export function campaignOf(settings: Settings, affiliate: Affiliate, place: TouchPlace, atMs: number): { campaign: Campaign; enrolled: boolean } | undefined {
  const enrolled = affiliate.enrolments
    .filter(({ enrolledAtMs, leftAtMs }) => enrolledAtMs <= atMs && (leftAtMs === null || atMs < leftAtMs))
    .toSorted((a, b) => a.enrolledAtMs - b.enrolledAtMs || (a.campaignId < b.campaignId ? -1 : 1))
    .flatMap((enrolment) => settings.campaigns.get(enrolment.campaignId) ?? [])
  if (place.campaign !== null) {
    const named = campaignByName(settings, place.campaign)
    return named && { campaign: named, enrolled: enrolled.includes(named) }
  }
  const open = enrolled.filter((campaign) => policyOf(campaign, atMs).value.status === 'ACTIVE')
  const landsHere = (campaign: Campaign): boolean => place.host !== null && belongsTo(place.host, new URL(policyOf(campaign, atMs).value.landingUrl).hostname)
  const chosen = open.find(landsHere) ?? open[0]
  return chosen && { campaign: chosen, enrolled: true }
}
