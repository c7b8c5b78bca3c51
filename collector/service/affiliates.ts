import type { Affiliate, AffiliateStatus } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { statusOf, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateInput } from '../../shared/wire/settings.ts'
import type { Entry } from '../store/store.ts'
import { campaignNamed } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'

/** An affiliate with the link to hand out. */
export interface AffiliateView {
  id: string
  number: number
  name: string
  email: string
  code: string
  link: string
  status: AffiliateStatus
  campaigns: string[]
}

/** Affiliates: who refers. One person has one record, however many campaigns they join. */
export function affiliateService(deps: Deps, publicUrl: () => string) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)

  const viewOf = (affiliate: Affiliate, severalMerchants: boolean): AffiliateView => {
    const code = affiliate.codes.at(-1)?.code ?? ''
    const path = severalMerchants ? `${affiliate.merchantId}/${encodeURIComponent(code)}` : encodeURIComponent(code)
    return {
      id: affiliate.id, number: affiliate.number, name: affiliate.name, email: affiliate.email, code, link: `${publicUrl()}/go/${path}`,
      status: statusOf(affiliate, now()), campaigns: affiliate.enrolments.map(({ campaignId }) => campaignId),
    }
  }

  return {
    /**
     * Makes an affiliate and enrols them, or enrols one who is known by this address in a further campaign.
     * Throws `CONFLICT` when they are in it already or the code is another's.
     */
    async create(input: AffiliateInput, merchantId?: number): Promise<AffiliateView> {
      const nowMs = now()
      const id = newEntityId(deps, 'aff')
      const made = await store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const campaignId = campaignNamed(settings, input.campaign).id
        const email = input.email.trim()
        const known = [...settings.affiliates.values()].find((affiliate) => affiliate.email.toLowerCase() === email.toLowerCase())
        if (known?.enrolments.some((enrolment) => enrolment.campaignId === campaignId)) throw new DomainError('CONFLICT', `${email} is in this campaign already.`, { issues: [{ path: ['email'], message: 'is in this campaign already' }] })

        const owner = { merchantId: settings.merchant.id, affiliateId: known?.id ?? id }
        const entries: Entry[] = known === undefined
          ? [
              { kind: 'affiliate', merchantId: owner.merchantId, id, name: input.name ?? email.slice(0, email.indexOf('@')), email, identity: identityOf(owner.merchantId, emailHash(email)), createdAtMs: nowMs },
              { kind: 'affiliate_version', merchantId: owner.merchantId, id, version: 1, validFromMs: nowMs, value: { status: 'ACTIVE' } },
            ]
          : []
        const code = codeFor(settings, input, known)
        if (code !== undefined) entries.push({ kind: 'code', ...owner, code, validFromMs: nowMs })
        entries.push({ kind: 'enrolment', ...owner, campaignId, enrolledAtMs: nowMs })
        return { entries, result: owner }
      })
      const directory = store.directory()
      const affiliate = directory.merchants.get(made.merchantId)?.affiliates.get(made.affiliateId)
      if (affiliate === undefined) throw new Error('the affiliate that was just made is not there')
      return viewOf(affiliate, directory.merchants.size > 1)
    },

    list(merchantId?: number): AffiliateView[] {
      const directory = store.directory()
      return [...settingsFor(directory, merchantId).affiliates.values()].map((affiliate) => viewOf(affiliate, directory.merchants.size > 1))
    },
  }
}

/** The code to add: the one that was asked for, else one made from the name; none when a known affiliate keeps theirs. */
function codeFor(settings: Settings, { code, name, email }: AffiliateInput, known: Affiliate | undefined): string | undefined {
  if (code !== undefined) {
    const holder = settings.codes.get(code.toLowerCase())
    if (holder === undefined) return code
    if (holder.affiliateId === known?.id) return undefined
    throw new DomainError('CONFLICT', `The code "${code}" belongs to another affiliate.`, { issues: [{ path: ['code'], message: 'belongs to another affiliate' }] })
  }
  if (known !== undefined) return undefined
  const stem = (name ?? email.slice(0, email.indexOf('@'))).normalize('NFKD').replace(/[^\w]+/g, '').slice(0, 24).toLowerCase() || 'partner'
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? stem : `${stem}${n}`
    if (!settings.codes.has(candidate)) return candidate
  }
}
