import type { Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { triggerKey, type Settings } from '../../shared/engine/settings.ts'
import type { Page } from '../store/pages.ts'
import { REFERRAL_STATUSES, type ReferralPageFilter, type ReferralRecord, type ReferralStatus } from '../store/referrals.ts'
import type { Entry } from '../store/store.ts'
import { affiliateNumbered } from './affiliate-names.ts'
import type { Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'
import { assigner } from './triggers.ts'

export { REFERRAL_STATUSES }

export interface ReferralInput {
  merchantId: number
  mode: Mode
  email: string
  /** The affiliate's number; none where the customer came directly. */
  affiliate?: number | undefined
  status?: ReferralStatus | undefined
}

/**
 * Customers that a merchant says were referred: their orders credit the affiliate without a click. Their addresses stand
 * in these rows alone.
 */
export function referralService(deps: Deps) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)
  const assign = assigner(deps)
  const identityIn = (merchantId: number, email: string): string => identityOf(merchantId, emailHash(email))

  /** The e-mail trigger of a customer, unless the affiliate has it; throws `CONFLICT` where another does. */
  function assigned(settings: Settings, { identity, email, affiliateId }: { identity: string; email: string; affiliateId: string }): Entry[] {
    const holder = settings.triggers.get(triggerKey('email', identity))?.find(({ endedAtMs }) => endedAtMs === null)
    if (holder?.affiliateId === affiliateId) return []
    if (holder !== undefined) throw taken()
    // Its value would be the address.
    return [{ kind: 'trigger', trigger: { ...assign(settings, { kind: 'email', value: email, affiliateId, campaignId: null }), value: identity.toUpperCase() } }]
  }

  const find = (merchantId: number, email: string, mode: Mode): Promise<ReferralRecord | undefined> => store.read('referral', { merchantId, mode, name: { identity: identityIn(merchantId, email) } })

  return {
    find,

    /**
     * Keeps who referred a customer, whose orders from now on credit them; one who is known and was nobody's becomes the
     * affiliate's. Throws `CONFLICT` where the customer is another's, `NOT_FOUND` for an unknown affiliate.
     */
    async create({ merchantId, mode, email, affiliate: number, status }: ReferralInput): Promise<{ referral: ReferralRecord; created: boolean }> {
      const identity = identityIn(merchantId, email)
      const created = await store.decide('referral', { merchantId, identity, mode }, ({ settings, referral }) => {
        const affiliateId = number === undefined ? null : affiliateNumbered(settings, number).id
        if (referral !== undefined && referral.affiliateId !== null && affiliateId !== null && referral.affiliateId !== affiliateId) throw taken()
        const entries: Entry[] = affiliateId === null ? [] : assigned(settings, { identity, email, affiliateId })
        if (referral === undefined) entries.push({ kind: 'referral', referral: { merchantId, email: email.trim(), identity, affiliateId, status: status ?? 'pending', createdAtMs: now() } })
        else if (referral.affiliateId === null && affiliateId !== null) entries.push({ kind: 'referral_assigned', merchantId, number: referral.number, affiliateId })
        return { entries, result: referral === undefined }
      })
      const referral = await find(merchantId, email, mode)
      if (referral === undefined) throw new Error('the referral that was just written is not there')
      return { referral, created }
    },

    /** One by number; throws `NOT_FOUND`. */
    async numbered(merchantId: number, number: number, mode: Mode): Promise<ReferralRecord> {
      const found = await store.read('referral', { merchantId, mode, name: { number } })
      if (found === undefined) throw new DomainError('NOT_FOUND', 'Referral not found')
      return found
    },

    /** A page of them, newest first. */
    page: (filter: ReferralPageFilter): Promise<Page<ReferralRecord>> => store.read('referralPage', filter),

    /** Numbers of the customers who are known, by identity. */
    numbers: (merchantId: number, known: string[]): Promise<ReadonlyMap<string, number>> => store.read('referralNumbers', { merchantId, identities: known }),

    /** Takes a customer's row away, and with it their address, also out of stored answers; what they ordered, and for whom, stays under their keyed hash. */
    erase: (merchantId: number, email: string): Promise<void> => store.decide('nothing', { merchantId }, () => ({ entries: [{ kind: 'referral_erased', merchantId, identity: identityIn(merchantId, email) }], result: undefined })),
  }
}

const taken = (): DomainError => new DomainError('CONFLICT', 'The customer was referred by another affiliate.', { issues: [{ path: ['email'], message: 'was referred by another affiliate' }] })
