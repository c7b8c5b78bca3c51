import type { Affiliate, AffiliateStatus, Mode } from '../../shared/domain.ts'
import { DomainError, invalid, unfit } from '../../shared/errors.ts'
import { statusOf, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateChange, AffiliateInput } from '../../shared/wire/settings.ts'
import type { Page } from '../store/pages.ts'
import type { AffiliateTotals } from '../store/totals.ts'
import type { Entry } from '../store/store.ts'
import { addressEntry, affiliateWith, changedProfile, codeFor, enrolment, firstProfile, isIn, leaving, moving, namesIn, newAffiliate, refuseEmail, standingEntries, statusIn, type Owner } from './affiliate-entries.ts'
import { affiliateNamed, refuseTaken } from './affiliate-names.ts'
import { viewsOf, type AffiliateView } from './affiliate-view.ts'
import { campaignNamed, campaignToJoin, openCampaign } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'
import { passwordHash } from './password.ts'
import { assigner } from './triggers.ts'

export type { AffiliateView }

/** Which affiliates of a list; what is absent does not matter. */
export interface AffiliateFilter {
  status?: AffiliateStatus[] | undefined
  campaignId?: string | undefined
  /** Those that this holds for. */
  where?: ((affiliate: Affiliate) => boolean) | undefined
  limit: number
  offset: number
}

/** Affiliates: who refers. One person has one record, however many campaigns they join, and whichever dialect told of them. */
export function affiliateService(deps: Deps, publicUrl: () => string) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)
  const assign = assigner(deps)

  function views(affiliates: Affiliate[], merchantId?: number): AffiliateView[] {
    const directory = store.directory()
    return viewsOf(affiliates, { directory, settings: settingsFor(directory, merchantId), publicUrl: publicUrl(), nowMs: now() })
  }

  function viewById({ merchantId, affiliateId }: Owner): AffiliateView {
    const [view] = views([affiliateNamed(settingsFor(store.directory(), merchantId), affiliateId)], merchantId)
    if (view === undefined) throw new Error('the affiliate that was just written is not there')
    return view
  }

  const addressOf = (owner: Owner, use: 'login' | 'payout', address: string): Entry => addressEntry(owner, { use, address, identity: identityOf(owner.merchantId, emailHash(address)), nowMs: now() })

  return {
    /**
     * Makes an affiliate and enrols them, or enrols one who is known by this address in a further campaign, unless `known` refuses.
     * Throws `CONFLICT` when they are in it already, or the code or coupon is taken.
     */
    async create(input: AffiliateInput, merchantId?: number): Promise<AffiliateView> {
      const id = newEntityId(deps, 'aff')
      const hash = input.password === undefined ? undefined : await passwordHash(input.password)
      return viewById(await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const nowMs = now()
        const named = input.campaigns?.map((name) => campaignToJoin(settings, name, { field: 'campaigns', nowMs }).id) ?? [input.campaign === undefined ? openCampaign(settings, nowMs).id : campaignToJoin(settings, input.campaign, { field: 'campaign', nowMs }).id]
        const campaignIds = [...new Set(named)]
        const known = affiliateWith(settings, input.email)
        if (known !== undefined && input.known === 'refuse') refuseEmail(settings, input.email)
        if (known !== undefined && input.status !== undefined) throw unfit('status', 'is that of an affiliate who is known already; change it with "affiliate update"')

        const owner = { merchantId: settings.merchant.id, affiliateId: known?.id ?? id }
        const profile = firstProfile(input)
        const entries: Entry[] = known !== undefined ? [] : [
          ...newAffiliate(owner, { status: statusIn(input.status ?? 'active'), profile, addresses: [addressOf(owner, 'login', input.email), ...(input.payoutEmail === undefined ? [] : [addressOf(owner, 'payout', input.payoutEmail)])], nowMs }),
          ...(hash === undefined ? [] : [{ kind: 'password', ...owner, hash, setAtMs: nowMs } as const]),
        ]
        const code = codeFor(settings, { code: input.code, name: `${profile.firstName} ${profile.lastName}` }, known)
        if (code !== undefined) entries.push({ kind: 'code', ...owner, code, validFromMs: nowMs })
        entries.push(...campaignIds.map((campaignId) => enrolment(known, { ...owner, campaignId, field: 'email', nowMs })))
        if (input.coupon !== undefined) entries.push({ kind: 'trigger', trigger: assign(settings, { kind: 'coupon', value: input.coupon, affiliateId: owner.affiliateId, campaignId: campaignIds[0] ?? null }) })
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
        if (change.status !== undefined) entries.push(...standingEntries(affiliate, { status: statusIn(change.status), ...(change.reason === undefined ? {} : { reason: change.reason }) }, nowMs))
        else if (change.reason !== undefined) throw invalid('reason', 'goes with a status')
        const profile = directory.profiles.get(affiliate.id)
        const said = { ...(change.name === undefined ? {} : namesIn(change.name)), ...change.profile }
        if (profile !== undefined && Object.keys(said).length > 0) entries.push({ kind: 'affiliate_profile', ...owner, value: changedProfile(profile, said), validFromMs: nowMs })
        if (change.email !== undefined) {
          refuseEmail(settings, change.email, affiliate.id)
          entries.push(addressOf(owner, 'login', change.email))
        }
        if (change.payoutEmail !== undefined) entries.push(addressOf(owner, 'payout', change.payoutEmail))
        if (change.code !== undefined) {
          refuseTaken(settings, change.code, affiliate.id)
          entries.push({ kind: 'code', ...owner, code: change.code, validFromMs: nowMs })
        }
        if (change.leave !== undefined) entries.push(leaving(affiliate, { ...owner, campaignId: campaignNamed(settings, change.leave, 'leave').id, nowMs }))
        if (change.enrol !== undefined) entries.push(enrolment(affiliate, { ...owner, campaignId: campaignToJoin(settings, change.enrol, { field: 'enrol', nowMs }).id, field: 'enrol', nowMs }))
        if (change.move !== undefined) entries.push(...moving(affiliate, { ...owner, campaignIds: [joinable(settings, affiliate, { name: change.move, field: 'move', nowMs })], nowMs }))
        if (change.campaigns !== undefined) entries.push(...moving(affiliate, { ...owner, campaignIds: change.campaigns.map((one) => joinable(settings, affiliate, { name: one, field: 'campaigns', nowMs })), nowMs }))
        return { entries, result: owner }
      }))
    },

    /**
     * Decides about applicants, all or none: those who are pending become active, in further campaigns where some are named, or denied.
     * Throws `NOT_FOUND`, `CONFLICT` for one that was decided already, `INVALID` for one who would be in no campaign.
     */
    async decide({ merchantId, names, decision }: { merchantId: number; names: string[]; decision: Decision }): Promise<AffiliateView[]> {
      const owners = await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const nowMs = now()
        const applicants = [...new Set(names)].map((name) => {
          const found = settings.affiliates.get(name)
          if (found === undefined) throw new DomainError('NOT_FOUND', `There is no application ${name}.`)
          const status = statusOf(found, nowMs)
          if (status !== 'PENDING') throw new DomainError('CONFLICT', `Application ${name} was decided already: its affiliate is ${status.toLowerCase()}.`)
          return found
        })
        const entries = applicants.flatMap((affiliate): Entry[] => {
          if (!decision.accepted) return standingEntries(affiliate, { status: 'DENIED', ...(decision.reason === undefined ? {} : { reason: decision.reason }) }, nowMs)
          const further = decision.campaigns.map((name) => joinable(settings, affiliate, { name, field: 'campaignIds', nowMs })).filter((campaignId) => !isIn(affiliate, campaignId))
          if (further.length === 0 && !affiliate.enrolments.some(({ leftAtMs }) => leftAtMs === null)) throw unfit('campaignIds', 'must name at least one: the applicant is in no campaign')
          const owner = { merchantId, affiliateId: affiliate.id }
          return [...standingEntries(affiliate, { status: 'ACTIVE' }, nowMs), ...[...new Set(further)].map((campaignId): Entry => enrolment(affiliate, { ...owner, campaignId, field: 'campaignIds', nowMs }))]
        })
        return { entries, result: applicants.map(({ id }): Owner => ({ merchantId, affiliateId: id })) }
      })
      return owners.map(viewById)
    },

    /** All affiliates, whatever their status. */
    list: (merchantId?: number): AffiliateView[] => views([...settingsFor(store.directory(), merchantId).affiliates.values()], merchantId),

    /** A page of affiliates, the first made first. */
    page(merchantId: number, { status, campaignId, where, limit, offset }: AffiliateFilter): Page<AffiliateView> {
      const nowMs = now()
      const found = [...settingsFor(store.directory(), merchantId).affiliates.values()].filter((affiliate) =>
        (status === undefined || status.includes(statusOf(affiliate, nowMs))) && (campaignId === undefined || isIn(affiliate, campaignId)) && (where?.(affiliate) ?? true))
      return { rows: views(found.slice(offset, offset + limit), merchantId), total: found.length }
    },

    /** An affiliate by id, number or code, or by their address where `by` says so; undefined when there is none. */
    find(merchantId: number, name: string, by?: 'email'): AffiliateView | undefined {
      const settings = settingsFor(store.directory(), merchantId)
      const coded = settings.codes.get(name.toLowerCase())
      const found = by === 'email' ? affiliateWith(settings, name)
        : settings.affiliates.get(name) ?? [...settings.affiliates.values()].find(({ number }) => String(number) === name) ?? (coded && settings.affiliates.get(coded.affiliateId))
      return found === undefined ? undefined : views([found], merchantId)[0]
    },

    /** What affiliates brought and earned, by their ids, in one mode and the merchant's currency. */
    async totals(merchantId: number, mode: Mode, affiliateIds: string[]): Promise<ReadonlyMap<string, AffiliateTotals>> {
      const { merchant } = settingsFor(store.directory(), merchantId)
      return store.read('affiliateTotals', { merchantId, mode, currency: merchant.currency, affiliateIds })
    },
  }
}

/** The id of a campaign that an affiliate is to be in: who is in an archived one may stay there, nobody joins it. */
function joinable(settings: Settings, affiliate: Affiliate, { name, field, nowMs }: { name: string; field: string; nowMs: number }): string {
  const { id } = campaignNamed(settings, name, field)
  return isIn(affiliate, id) ? id : campaignToJoin(settings, name, { field, nowMs }).id
}

/** What becomes of an application. */
export type Decision = { accepted: true; campaigns: string[] } | { accepted: false; reason?: string | undefined }
