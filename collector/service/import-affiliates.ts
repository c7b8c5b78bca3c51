import type { Affiliate, Trigger } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { ImportOutcome } from '../../shared/engine/imported.ts'
import { statusOf, triggerKey, type Settings } from '../../shared/engine/settings.ts'
import type { AffiliateInput } from '../../shared/wire/settings.ts'
import type { AffiliateProfile } from '../store/profile.ts'
import type { Entry } from '../store/store.ts'
import { addressEntry, codeFor, enrolment, firstProfile, isIn, newAffiliate, statusIn } from './affiliate-entries.ts'
import { campaignToJoin, openCampaign } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'
import { campaignFrom } from './import-names.ts'
import type { ImportFrom } from './imports.ts'
import { assigner } from './triggers.ts'

/** An affiliate as another system has them. */
export interface ToldAffiliate {
  /** The other system's own id. */
  id: string | undefined
  campaign: string | undefined
  input: AffiliateInput
}

/** Settings that grow with each row of a batch, so that the next one sees them. */
type Growing = Omit<Settings, 'affiliates' | 'codes' | 'triggers'> & { triggers: Map<string, Trigger[]>; affiliates: Map<string, Affiliate>; codes: Map<string, { affiliateId: string; validFromMs: number }>; emails: Map<string, Affiliate> }

/** Affiliates of other systems, many in one decision: each writes anew what all settings are read from. */
export function importAffiliateService(deps: Deps) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)
  const assign = assigner(deps)

  /** The rows that make an affiliate; who is known by their address is left as they are. Throws `INVALID` and `CONFLICT`. */
  function made(settings: Growing, { campaign, input }: ToldAffiliate, profiles: ReadonlyMap<string, AffiliateProfile>): { entries: Entry[]; result: ImportOutcome } {
    const nowMs = now()
    const { id: merchantId } = settings.merchant
    const campaignId = (campaign === undefined ? openCampaign(settings, nowMs) : campaignToJoin(settings, campaignFrom(settings, campaign).id, { field: 'campaign', nowMs })).id
    const held = settings.emails.get(input.email.toLowerCase())
    const profile = firstProfile(input)
    if (held !== undefined) return { entries: [], result: differenceOf(held, { settings, input, campaignId, profile, before: profiles.get(held.id), nowMs }) }

    const id = newEntityId(deps, 'aff')
    const owner = { merchantId, affiliateId: id }
    const status = statusIn(input.status ?? 'active')
    const code = codeFor(settings, { code: input.code, name: `${profile.firstName} ${profile.lastName}` }, undefined) ?? ''
    const trigger = input.coupon === undefined ? undefined : assign(settings, { kind: 'coupon', value: input.coupon, affiliateId: id, campaignId })
    const address = (use: 'login' | 'payout', email: string): Entry => addressEntry(owner, { use, address: email, identity: identityOf(merchantId, emailHash(email)), nowMs })
    const entries: Entry[] = [
      ...newAffiliate(owner, { status, profile, addresses: [address('login', input.email), ...(input.payoutEmail === undefined ? [] : [address('payout', input.payoutEmail)])], nowMs }),
      { kind: 'code', ...owner, code, validFromMs: nowMs },
      enrolment(undefined, { ...owner, campaignId, field: 'email', nowMs }),
      ...(trigger === undefined ? [] : [{ kind: 'trigger', trigger } as const]),
    ]
    const affiliate: Affiliate = {
      id, number: settings.affiliates.size + 1, merchantId, name: `${profile.firstName} ${profile.lastName}`.trim(), email: input.email, identities: [], createdAtMs: nowMs, codes: [{ code, validFromMs: nowMs }],
      versions: [{ version: 1, validFromMs: nowMs, value: { status } }], enrolments: [{ campaignId, enrolledAtMs: nowMs, leftAtMs: null }],
    }
    settings.affiliates.set(id, affiliate)
    settings.emails.set(input.email.toLowerCase(), affiliate)
    settings.codes.set(code.toLowerCase(), { affiliateId: id, validFromMs: nowMs })
    // A coupon of this batch is taken for its later rows, too.
    if (trigger !== undefined) settings.triggers.set(triggerKey('coupon', trigger.value), [...(settings.triggers.get(triggerKey('coupon', trigger.value)) ?? []), { ...trigger, number: 0, endedAtMs: null }])
    return { entries, result: { outcome: 'written' } }
  }

  return {
    /** Makes affiliates, as many as can be: a row that is refused leaves the others as they are. */
    all: ({ merchantId }: Pick<ImportFrom, 'merchantId'>, rows: ToldAffiliate[]): Promise<(ImportOutcome | DomainError)[]> => store.decide('settings', {}, ({ directory }) => {
      const settings = growing(settingsFor(directory, merchantId))
      const entries: Entry[] = []
      const result = rows.map((row): ImportOutcome | DomainError => {
        try {
          const { entries: own, result: outcome } = made(settings, row, directory.profiles)
          entries.push(...own)
          return outcome
        } catch (error) {
          if (error instanceof DomainError) return error
          throw error
        }
      })
      return { entries, result }
    }),
  }
}

function growing(settings: Settings): Growing {
  const affiliates = new Map(settings.affiliates)
  return { ...settings, affiliates, codes: new Map(settings.codes), triggers: new Map(settings.triggers), emails: new Map([...affiliates.values()].map((affiliate) => [affiliate.email.toLowerCase(), affiliate])) }
}

const differs = (field: string, why: string): ImportOutcome => ({ outcome: 'differs', field, why })

/** What is known of an affiliate otherwise than the file has it: it stays, because it may have been changed here since. */
function differenceOf(held: Affiliate, { settings, input, campaignId, profile, before, nowMs }: { settings: Settings; input: AffiliateInput; campaignId: string; profile: AffiliateProfile; before: AffiliateProfile | undefined; nowMs: number }): ImportOutcome {
  if (input.code !== undefined && settings.codes.get(input.code.toLowerCase())?.affiliateId !== held.id) return differs('code', 'they have another one here')
  if (!isIn(held, campaignId)) return differs('campaign', 'they are not in it here')
  if (input.status !== undefined && statusOf(held, nowMs) !== statusIn(input.status)) return differs('state', `they are ${statusOf(held, nowMs).toLowerCase()} here`)
  const said = input.profile ?? {}
  const other = (['firstName', 'lastName', 'company', 'phone', 'country'] as const).find((field) => said[field] !== undefined && profile[field] !== before?.[field])
  return other === undefined ? { outcome: 'known' } : differs(other.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`), 'it is another one here')
}
