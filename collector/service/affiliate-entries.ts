import type { Affiliate, AffiliateStanding, AffiliateStatus } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { AffiliateChange, AffiliateInput, ProfileInput } from '../../shared/wire/settings.ts'
import type { AffiliateProfile } from '../store/profile.ts'
import type { AddressUse, Entry } from '../store/store.ts'
import { freeCode, refuseTaken } from './affiliate-names.ts'

/** Whose row it is. */
export interface Owner {
  merchantId: number
  affiliateId: string
}

export const EMPTY_PROFILE: AffiliateProfile = {
  firstName: '', lastName: '', company: '', address1: '', address2: '', city: '', state: '', zip: '', country: '', phone: '', payoutMethod: '', partnerSlug: '', merchantReference: '', customFields: {},
}

/** A profile after what was said; what was not named stays. */
export function changedProfile(held: AffiliateProfile, said: ProfileInput): AffiliateProfile {
  const named = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  return { ...held, ...named, customFields: { ...held.customFields, ...said.customFields } }
}

/** The first word of a name, and the rest. */
export function namesIn(name: string): { firstName: string; lastName: string } {
  const [firstName = '', ...rest] = name.trim().split(/\s+/)
  return { firstName, lastName: rest.join(' ') }
}

const nameIn = (email: string): string => email.slice(0, email.indexOf('@'))

/** Who somebody says they are when they are first heard of. */
export function firstProfile({ name, email, profile = {} }: Pick<AffiliateInput, 'name' | 'email' | 'profile'>): AffiliateProfile {
  const isNamed = profile.firstName !== undefined || profile.lastName !== undefined
  return changedProfile({ ...EMPTY_PROFILE, ...(isNamed ? {} : namesIn(name ?? nameIn(email))) }, profile)
}

/** An address of theirs, with the keyed hash by which a purchase of their own is recognised. */
export const addressEntry = (owner: Owner, { use, address, identity, nowMs }: { use: AddressUse; address: string; identity: string; nowMs: number }): Entry => ({ kind: 'affiliate_address', ...owner, use, address: address.trim(), identity, validFromMs: nowMs })

/** The rows of one who is new, but for code and campaigns. */
export function newAffiliate(owner: Owner, { status, profile, addresses, nowMs }: { status: AffiliateStatus; profile: AffiliateProfile; addresses: Entry[]; nowMs: number }): Entry[] {
  const { merchantId, affiliateId: id } = owner
  return [
    { kind: 'affiliate', merchantId, id, createdAtMs: nowMs },
    { kind: 'affiliate_version', merchantId, id, version: 1, validFromMs: nowMs, value: { status } },
    { kind: 'affiliate_profile', ...owner, value: profile, validFromMs: nowMs },
    ...addresses,
  ]
}

export const statusIn = (status: NonNullable<AffiliateChange['status']>): AffiliateStatus => status.toUpperCase() as Uppercase<typeof status>

/** The affiliate whose address it is, whatever its case. */
export const affiliateWith = (settings: Settings, email: string): Affiliate | undefined => [...settings.affiliates.values()].find((affiliate) => affiliate.email.toLowerCase() === email.trim().toLowerCase())

/** Refuses an address that is somebody else's; throws `CONFLICT`. */
export function refuseEmail(settings: Settings, email: string, affiliateId?: string): void {
  const holder = affiliateWith(settings, email)
  if (holder !== undefined && holder.id !== affiliateId) throw new DomainError('CONFLICT', 'The e-mail address belongs to another affiliate.', { issues: [{ path: ['email'], message: 'belongs to another affiliate' }] })
}

/** A version of the standing; none when it is what it was. */
export function standingEntries(affiliate: Affiliate, standing: AffiliateStanding, nowMs: number): Entry[] {
  const latest = affiliate.versions.at(-1)
  if (latest?.value.status === standing.status && latest.value.reason === standing.reason) return []
  return [{ kind: 'affiliate_version', merchantId: affiliate.merchantId, id: affiliate.id, version: (latest?.version ?? 0) + 1, validFromMs: nowMs, value: standing }]
}

export const isIn = (affiliate: Affiliate | undefined, campaignId: string): boolean => affiliate?.enrolments.some((held) => held.campaignId === campaignId && held.leftAtMs === null) ?? false

/** Enrols in a campaign; throws `CONFLICT` on the field when they are in it. */
export function enrolment(affiliate: Affiliate | undefined, { field, nowMs, ...place }: Owner & { campaignId: string; field: string; nowMs: number }): Entry {
  if (isIn(affiliate, place.campaignId)) throw new DomainError('CONFLICT', `${affiliate?.email} is in this campaign already.`, { issues: [{ path: [field], message: 'is in this campaign already' }] })
  return { kind: 'enrolment', ...place, enrolledAtMs: nowMs }
}

/** Ends an enrolment; throws `CONFLICT` when there is none. */
export function leaving(affiliate: Affiliate, { nowMs, ...place }: Owner & { campaignId: string; nowMs: number }): Entry {
  if (!isIn(affiliate, place.campaignId)) throw new DomainError('CONFLICT', `${affiliate.email} is not in this campaign.`, { issues: [{ path: ['leave'], message: 'is not in this campaign' }] })
  return { kind: 'enrolment_ended', ...place, leftAtMs: nowMs }
}

/** Leaves every other campaign, and joins these where they are not in them. */
export function moving(affiliate: Affiliate, { campaignIds, nowMs, ...owner }: Owner & { campaignIds: string[]; nowMs: number }): Entry[] {
  const others = affiliate.enrolments.filter((held) => held.leftAtMs === null && !campaignIds.includes(held.campaignId))
  const joined = [...new Set(campaignIds)].filter((campaignId) => !isIn(affiliate, campaignId))
  return [
    ...others.map((held): Entry => ({ kind: 'enrolment_ended', ...owner, campaignId: held.campaignId, leftAtMs: nowMs })),
    ...joined.map((campaignId): Entry => ({ kind: 'enrolment', ...owner, campaignId, enrolledAtMs: nowMs })),
  ]
}

/** The code to add: the one that was asked for, else one made from the name; none when a known affiliate keeps theirs. */
export function codeFor(settings: Settings, { code, name }: { code: string | undefined; name: string }, known: Affiliate | undefined): string | undefined {
  if (code === undefined) return known === undefined ? freeCode(settings, name) : undefined
  const isTheirs = known !== undefined && settings.codes.get(code.toLowerCase())?.affiliateId === known.id
  if (isTheirs) return undefined
  refuseTaken(settings, code, known?.id)
  return code
}
