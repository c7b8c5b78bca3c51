import type { Affiliate, AffiliateStatus } from '../../shared/domain.ts'
import { DomainError, unfit } from '../../shared/errors.ts'
import { statusOf, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateChange, AffiliateInput } from '../../shared/wire/settings.ts'
import type { Directory, Entry } from '../store/store.ts'
import { affiliateNamed, freeCode, refuseTaken } from './affiliate-names.ts'
import { campaignNamed } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'
import { assigner } from './triggers.ts'

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
  /** Those that they are in, by id. */
  campaigns: string[]
  coupons: string[]
}

/** Affiliates: who refers. One person has one record, however many campaigns they join. */
export function affiliateService(deps: Deps, publicUrl: () => string) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)
  const assign = assigner(deps)

  /** Views of a merchant's affiliates; their coupons are looked through once for all of them. */
  function viewsOf(directory: Directory, settings: Settings, affiliates: Affiliate[]): AffiliateView[] {
    const coupons = couponsOf(settings)
    const nowMs = now()
    return affiliates.map((affiliate) => {
      const code = affiliate.codes.at(-1)?.code ?? ''
      const path = directory.merchants.size > 1 ? `${affiliate.merchantId}/${encodeURIComponent(code)}` : encodeURIComponent(code)
      return {
        id: affiliate.id, number: affiliate.number, name: affiliate.name, email: affiliate.email, payoutEmail: directory.payoutEmails.get(affiliate.id) ?? null, code, link: `${publicUrl()}/go/${path}`,
        status: statusOf(affiliate, nowMs), campaigns: affiliate.enrolments.filter(({ leftAtMs }) => leftAtMs === null).map(({ campaignId }) => campaignId),
        coupons: coupons.get(affiliate.id) ?? [],
      }
    })
  }

  function viewById({ merchantId, affiliateId }: Owner): AffiliateView {
    const directory = store.directory()
    const settings = settingsFor(directory, merchantId)
    const [view] = viewsOf(directory, settings, [...settings.affiliates.values()].filter(({ id }) => id === affiliateId))
    if (view === undefined) throw new Error('the affiliate that was just written is not there')
    return view
  }

  const addressOf = (owner: Owner, use: 'login' | 'payout', address: string): Entry => ({ kind: 'affiliate_address', ...owner, use, address, identity: identityOf(owner.merchantId, emailHash(address)), validFromMs: now() })

  return {
    /**
     * Makes an affiliate and enrols them, or enrols one who is known by this address in a further campaign.
     * Throws `CONFLICT` when they are in it already, or the code or coupon is taken.
     */
    async create(input: AffiliateInput, merchantId?: number): Promise<AffiliateView> {
      const id = newEntityId(deps, 'aff')
      return viewById(await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const campaignId = campaignNamed(settings, input.campaign).id
        const email = input.email.trim()
        const known = [...settings.affiliates.values()].find((affiliate) => affiliate.email.toLowerCase() === email.toLowerCase())
        if (known !== undefined && input.status !== undefined) throw unfit('status', 'is that of an affiliate who is known already; change it with "affiliate update"')

        const nowMs = now()
        const owner = { merchantId: settings.merchant.id, affiliateId: known?.id ?? id }
        const entries: Entry[] = known !== undefined ? [] : [
          { kind: 'affiliate', merchantId: owner.merchantId, id, name: input.name ?? nameIn(email), email, createdAtMs: nowMs },
          { kind: 'affiliate_version', merchantId: owner.merchantId, id, version: 1, validFromMs: nowMs, value: { status: statusIn(input.status ?? 'active') } },
          addressOf(owner, 'login', email),
        ]
        const code = codeFor(settings, input, known)
        if (code !== undefined) entries.push({ kind: 'code', ...owner, code, validFromMs: nowMs })
        entries.push(enrolment(known, { ...owner, campaignId, field: 'email', nowMs }))
        if (input.coupon !== undefined) entries.push({ kind: 'trigger', trigger: assign(settings, { kind: 'coupon', value: input.coupon, affiliateId: owner.affiliateId, campaignId }) })
        return { entries, result: owner }
      }))
    },

    /** Changes an affiliate from now on; throws `INVALID` or `CONFLICT` with the field, and then changes nothing. */
    async update(name: string, change: AffiliateChange, merchantId?: number): Promise<AffiliateView> {
      return viewById(await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const affiliate = affiliateNamed(settings, name)
        const nowMs = now()
        const owner = { merchantId: settings.merchant.id, affiliateId: affiliate.id }
        const entries: Entry[] = []
        if (change.status !== undefined) entries.push(...statusEntries(affiliate, statusIn(change.status), nowMs))
        if (change.payoutEmail !== undefined) entries.push(addressOf(owner, 'payout', change.payoutEmail.trim()))
        if (change.code !== undefined) {
          refuseTaken(settings, change.code, affiliate.id)
          entries.push({ kind: 'code', ...owner, code: change.code, validFromMs: nowMs })
        }
        if (change.leave !== undefined) entries.push(leaving(affiliate, { ...owner, campaignId: campaignNamed(settings, change.leave, 'leave').id, nowMs }))
        if (change.enrol !== undefined) entries.push(enrolment(affiliate, { ...owner, campaignId: campaignNamed(settings, change.enrol, 'enrol').id, field: 'enrol', nowMs }))
        return { entries, result: owner }
      }))
    },

    /** All affiliates, whatever their status. */
    list(merchantId?: number): AffiliateView[] {
      const directory = store.directory()
      const settings = settingsFor(directory, merchantId)
      return viewsOf(directory, settings, [...settings.affiliates.values()])
    },
  }
}

/** The coupons in force, by affiliate. */
function couponsOf(settings: Settings): Map<string, string[]> {
  const coupons = new Map<string, string[]>()
  for (const { kind, value, affiliateId, endedAtMs } of [...settings.triggers.values()].flat()) {
    if (kind === 'coupon' && endedAtMs === null) coupons.set(affiliateId, [...(coupons.get(affiliateId) ?? []), value])
  }
  return coupons
}

interface Owner {
  merchantId: number
  affiliateId: string
}

const nameIn = (email: string): string => email.slice(0, email.indexOf('@'))
const statusIn = (status: NonNullable<AffiliateChange['status']>): AffiliateStatus => status.toUpperCase() as Uppercase<typeof status>

/** A version of the status; none when it is what it was. */
function statusEntries(affiliate: Affiliate, status: AffiliateStatus, nowMs: number): Entry[] {
  const latest = affiliate.versions.at(-1)
  if (latest?.value.status === status) return []
  return [{ kind: 'affiliate_version', merchantId: affiliate.merchantId, id: affiliate.id, version: (latest?.version ?? 0) + 1, validFromMs: nowMs, value: { status } }]
}

const isIn = (affiliate: Affiliate | undefined, campaignId: string): boolean => affiliate?.enrolments.some((held) => held.campaignId === campaignId && held.leftAtMs === null) ?? false

/** Enrols in a campaign; throws `CONFLICT` on the field when they are in it. */
function enrolment(affiliate: Affiliate | undefined, { field, nowMs, ...place }: Owner & { campaignId: string; field: string; nowMs: number }): Entry {
  if (isIn(affiliate, place.campaignId)) throw new DomainError('CONFLICT', `${affiliate?.email} is in this campaign already.`, { issues: [{ path: [field], message: 'is in this campaign already' }] })
  return { kind: 'enrolment', ...place, enrolledAtMs: nowMs }
}

/** Ends an enrolment; throws `CONFLICT` when there is none. */
function leaving(affiliate: Affiliate, { nowMs, ...place }: Owner & { campaignId: string; nowMs: number }): Entry {
  if (!isIn(affiliate, place.campaignId)) throw new DomainError('CONFLICT', `${affiliate.email} is not in this campaign.`, { issues: [{ path: ['leave'], message: 'is not in this campaign' }] })
  return { kind: 'enrolment_ended', ...place, leftAtMs: nowMs }
}

/** The code to add: the one that was asked for, else one made from the name; none when a known affiliate keeps theirs. */
function codeFor(settings: Settings, { code, name, email }: AffiliateInput, known: Affiliate | undefined): string | undefined {
  if (code === undefined) return known === undefined ? freeCode(settings, name ?? nameIn(email)) : undefined
  const isTheirs = known !== undefined && settings.codes.get(code.toLowerCase())?.affiliateId === known.id
  if (isTheirs) return undefined
  refuseTaken(settings, code, known?.id)
  return code
}
