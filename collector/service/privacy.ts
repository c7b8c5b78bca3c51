import type { Affiliate } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { majorText } from '../../shared/engine/money.ts'
import { statusOf } from '../../shared/engine/settings.ts'
import { listText } from '../../shared/engine/words.ts'
import type { EraseInput, PersonInput } from '../../shared/wire/privacy.ts'
import type { PersonFacts } from '../store/needs.ts'
import type { Nameless, PersonCounts } from '../store/person.ts'
import type { Balance } from '../store/queries.ts'
import type { Entry } from '../store/store.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { standingEntries } from './affiliate-entries.ts'
import { newUuid, settingsFor, type Deps } from './deps.ts'
import { emailHash, identities } from './identity.ts'
import { exportOf, type PersonExport } from './privacy-export.ts'
import { codeOf } from './commission-view.ts'

export type { PersonExport }
export type ErasedCounts = PersonCounts & { affiliates: number }

/** What was erased, or would be. */
export interface Erased {
  dryRun: boolean
  counts: ErasedCounts
  /** What stands in the accounts of affiliates who were erased. */
  accounts: Balance[]
  /** Whether the bytes are gone from the files, too; null where nothing was to be done. */
  filesClean: boolean | null
}

const nameless = (names: string[], made: () => string): Nameless[] => names.map((name) => ({ name, nameless: made() }))

/** What somebody has a right to: to be told what is kept about them, and to have it erased. */
export function privacyService(deps: Deps) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)

  function needOf(email: string, merchantId: number | undefined) {
    const { merchant } = settingsFor(store.directory(), merchantId)
    const hash = emailHash(email)
    return { merchantId: merchant.id, identity: identityOf(merchant.id, hash), texts: [email.trim().toLowerCase(), hash] }
  }

  return {
    /** All that is kept about whoever has this address, in words that they can read; empty lists where there is nothing. */
    async export({ email }: PersonInput, merchantId?: number): Promise<PersonExport> {
      const need = needOf(email, merchantId)
      // What is asked for is what an erasure would find.
      const facts = await store.decide('person', need, (found) => ({ entries: [], result: found }))
      const record = await store.read('person', { merchantId: need.merchantId, identities: facts.reach.identities, texts: facts.texts })
      const addresses = await Promise.all(facts.affiliates.map(async ({ id }) => store.read('affiliateAddresses', { merchantId: need.merchantId, affiliateId: id })))
      return exportOf({ email, facts, record, profiles: store.directory().profiles, addresses, nowMs: now() })
    },

    /**
     * Erases a customer: neither their address nor a session leads to what is kept any more, and the texts are gone; what was
     * ordered and earned stays. Throws `CONFLICT` for the address of an affiliate, unless `affiliate` says that they are meant, too.
     */
    async erase({ email, dryRun, affiliate }: EraseInput, acting: Acting, merchantId?: number): Promise<Erased> {
      const need = needOf(email, merchantId)
      const { texts, ...erased } = await store.decide('person', need, (facts) => {
        if (facts.affiliates.length > 0 && !affiliate) throw refusal(facts)
        const counts = { ...facts.counts, affiliates: facts.affiliates.length }
        const isNothing = Object.values(counts).every((count) => count === 0)
        const result = { counts, accounts: facts.balances, texts: facts.visitTexts }
        return { entries: dryRun || isNothing ? [] : erasing(need.merchantId, facts, { counts, acting }), result }
      })
      if (dryRun) return { ...erased, dryRun, filesClean: null }
      await forgetTexts(need.merchantId, texts)
      return { ...erased, dryRun, filesClean: await store.scrub() }
    },
  }

  function erasing(merchantId: number, { reach, affiliates, triggers, texts }: PersonFacts, { counts, acting }: { counts: ErasedCounts; acting: Acting }): Entry[] {
    const nowMs = now()
    // An affiliate's addresses and the buyer's identity get the same name, so that a purchase of their own stays one.
    const people = nameless(reach.identities, () => newUuid(deps).replaceAll('-', ''))
    return [
      {
        kind: 'person_erased', merchantId, reach, identities: people, sessions: nameless(reach.sessions, () => newUuid(deps)), texts,
        triggers: triggers.map(({ id, identity, endedAtMs }) => ({ id, name: identity ?? '', endedAtMs: endedAtMs === null ? nowMs : null })),
      },
      ...affiliates.flatMap((affiliate): Entry[] => [
        ...(['DISABLED', 'DENIED'].includes(statusOf(affiliate, nowMs)) ? [] : standingEntries(affiliate, { status: 'DISABLED' }, nowMs)),
        { kind: 'affiliate_erased', merchantId, affiliateId: affiliate.id, number: affiliate.number, identities: people },
      ]),
      auditOf(acting, { now: at(deps), about: { merchantId, mode: 'live' }, action: 'privacy erase', subject: affiliates.map(({ id }) => id).join(' ') || 'customer', detail: { rows: counts } }),
    ]
  }

  /** Pages and browsers that only the erased visits bore. */
  async function forgetTexts(merchantId: number, ids: number[]): Promise<void> {
    if (ids.length === 0) return
    const { unused, upTo } = await store.snapshot((book) => book.read('unusedTexts', { merchantId, ids }))
    if (unused.length > 0) await store.decide('nothing', { merchantId }, () => ({ entries: [{ kind: 'texts_forgotten', merchantId, ids: unused, upTo }], result: undefined }))
  }
}

function refusal({ affiliates, balances, settings }: PersonFacts): DomainError {
  const who = listText(affiliates.map(({ id }: Affiliate) => codeOf(settings, id) ?? id))
  const has = balances.length === 0 ? 'nothing in their accounts' : accountsText(balances)
  return new DomainError('CONFLICT', `This is an address of the affiliate ${who}, who has ${has}: --affiliate erases them as well, and disables them; what they earned stays booked.`, { issues: [{ path: ['email'], message: 'belongs to an affiliate' }] })
}

/** What somebody is owed, and owes, in words: "12.00 EUR payable". What is payable is a debt of the merchant's, below zero. */
export const accountsText = (balances: Balance[]): string => listText(balances.map(({ account, currency, minor, mode }) => `${majorText(account === 'clawback' ? minor : -minor, currency)} ${currency} ${account === 'clawback' ? 'owed back' : account}${mode === 'test' ? ' (test)' : ''}`))
