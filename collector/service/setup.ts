import { randomBytes } from 'node:crypto'
import { DEFAULT_RULES, PLAIN_TERMS } from '../../shared/engine/terms.ts'
import { DomainError } from '../../shared/errors.ts'
import { currencyOf } from '../../shared/engine/money.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { InitInput } from '../../shared/wire/settings.ts'
import { secretHash } from '../secrets.ts'
import { type Entry, type SetupLink } from '../store/store.ts'
import { DIALECTS, SCOPES } from '../store/keys.ts'
import { DEFAULT_WINDOW_DAYS } from './campaigns.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { makeKey, type NewKey } from './keys.ts'
import { landingOf, siteHost } from './sites.ts'

/** A set-up link that nobody follows ends after a week. */
const LINK_MS = 7 * DAY_MS
/** What a first campaign pays: 10 %. */
const FIRST_PPM = 100_000

export interface ShownKeys {
  refcampaign: string
  refgrow: string
  refersion: { public: string; secret: string }
}

export interface Installed {
  merchantId: number
  campaignId: string
  site: string
  keys: ShownKeys
}

/** Makes a collector ready: the merchant, its site, a first campaign, the owner and the keys. */
export function setupService(deps: Deps, publicUrl: () => string) {
  const { store, now } = deps

  /** One key a dialect for a merchant, and the entries that store them. */
  async function keysFor(merchantId: number): Promise<{ entries: Entry[]; shown: ShownKeys }> {
    const made = await Promise.all(DIALECTS.map((dialect) => makeKey(deps, merchantId, { dialect, mode: 'live', scopes: [...SCOPES] })))
    const [refcampaign, refgrow, refersion] = made.map(({ shown }) => shown)
    return {
      entries: made.map(({ key }) => ({ kind: 'key', key })),
      shown: { refcampaign: tokenOf(refcampaign), refgrow: tokenOf(refgrow), refersion: pairOf(refersion) },
    }
  }

  /**
   * Makes a merchant in one transaction. `extra` are written with it.
   * Throws `INVALID` with the field, `CONFLICT` when the site is another's.
   */
  async function init(input: InitInput, extra: (merchantId: number) => Entry[] = () => []): Promise<Installed> {
    const nowMs = now()
    const host = siteHost(input.site)
    const currency = currencyOf(input.currency)
    const merchantId = Math.max(0, ...store.directory().merchants.keys()) + 1
    const campaignId = newEntityId(deps, 'cmp')
    const keys = await keysFor(merchantId)

    return store.decide('settings', {}, ({ directory, nextMerchantId }) => {
      if (nextMerchantId !== merchantId) throw new DomainError('CONFLICT', 'Another set-up ran at the same time; please try again.')
      if (directory.sites.has(host)) throw new DomainError('CONFLICT', `The site ${host} is set up already.`, { issues: [{ path: ['site'], message: 'is set up already' }] })
      const entries: Entry[] = [
        { kind: 'merchant', merchant: { id: merchantId, name: input.merchant, currency }, createdAtMs: nowMs },
        { kind: 'merchant_version', merchantId, version: 1, validFromMs: nowMs, value: { ...DEFAULT_RULES, timezone: input.timezone } },
        // Whoever may make merchants is believed; a site that is added later is proved.
        { kind: 'site', merchantId, host, createdAtMs: nowMs, provedAtMs: nowMs },
        { kind: 'user', merchantId, email: input.email.trim(), createdAtMs: nowMs },
        { kind: 'campaign', merchantId, id: campaignId, createdAtMs: nowMs },
        {
          kind: 'campaign_version', merchantId, id: campaignId, version: 1, validFromMs: nowMs,
          value: { name: `${input.merchant} partners`, landingUrl: landingOf(input.site), rate: { kind: 'percent', ppm: FIRST_PPM }, windowDays: DEFAULT_WINDOW_DAYS, holdDays: null, ...PLAIN_TERMS },
        },
        ...keys.entries,
        ...extra(merchantId),
      ]
      return { entries, result: { merchantId, campaignId, site: host, keys: keys.shown } }
    })
  }

  /** A link that opens the set-up page once; only its hash is kept. */
  function newLink(merchantId: number | null): { url: string; link: SetupLink } {
    const token = randomBytes(24).toString('base64url')
    return { url: `${publicUrl()}/setup/${token}`, link: { tokenHash: secretHash(token), merchantId, expiresAtMs: now() + LINK_MS } }
  }

  /** The link of a token, if the set-up page may still be used; throws `NOT_FOUND`. */
  async function linkOf(token: string): Promise<SetupLink> {
    const link = await store.read('link', { tokenHash: secretHash(token) })
    const over = link === undefined || link.expiresAtMs < now() || (link.merchantId === null && store.directory().merchants.size > 0)
    if (over) throw new DomainError('NOT_FOUND', 'This set-up link was used, has expired or never was. An empty collector makes a new one when it starts; of one that is set up, "refledger key create" and "refledger tag" give keys and the script.')
    return link
  }

  /** Spends a link inside the transaction that does what it is for, so that two visitors cannot both use it. */
  const spend = (link: SetupLink): Entry => ({ kind: 'setup_link_used', tokenHash: link.tokenHash, usedAtMs: now() })

  return {
    init,

    /** `init` for the command line: also makes the owner's link to the set-up page. */
    async initWithLink(input: InitInput): Promise<Installed & { setupUrl: string }> {
      const { url, link } = newLink(null)
      const installed = await init(input, (merchantId) => [{ kind: 'setup_link', link: { ...link, merchantId } }])
      return { ...installed, setupUrl: url }
    },

    /** On an empty database: the address of the page that makes the first merchant; undefined once there is one. */
    async firstLink(): Promise<string | undefined> {
      if (store.directory().merchants.size > 0) return undefined
      const { url, link } = newLink(null)
      return store.decide('settings', {}, () => ({ entries: [{ kind: 'setup_link', link }], result: url }))
    },

    linkOf,

    /** The set-up page's form: makes the first merchant and spends the link. */
    async installByLink(token: string, input: InitInput): Promise<Installed> {
      const link = await linkOf(token)
      return init(input, () => [spend(link)])
    },

    /** The owner's page after `init`: makes keys, shows them once and spends the link. */
    async keysByLink(token: string): Promise<Installed> {
      const { merchantId } = await linkOf(token)
      const settings = settingsFor(store.directory(), merchantId ?? undefined)
      const keys = await keysFor(settings.merchant.id)
      return store.decide('settings', { link: secretHash(token) }, ({ link }) => {
        if (link === undefined) throw new DomainError('NOT_FOUND', 'This set-up link was just used.')
        const [campaignId = ''] = settings.campaigns.keys()
        return { entries: [...keys.entries, spend(link)], result: { merchantId: settings.merchant.id, campaignId, site: settings.sites[0] ?? '', keys: keys.shown } }
      })
    },
  }
}

const tokenOf = (key: NewKey | undefined): string => (key !== undefined && 'token' in key ? key.token : '')
const pairOf = (key: NewKey | undefined): { public: string; secret: string } => (key !== undefined && 'secret' in key ? { public: key.public, secret: key.secret } : { public: '', secret: '' })
