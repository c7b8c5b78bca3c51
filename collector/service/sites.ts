import { getDomain } from 'tldts'
import { DomainError, invalid } from '../../shared/errors.ts'
import type { SiteInput } from '../../shared/wire/settings.ts'
import type { Claim, Directory } from '../store/store.ts'
import { settingsFor, type Deps } from './deps.ts'
import { remembered, rememberedOf } from './remembered.ts'
import { missingOf, proofOf, type Outside, type Proof } from './site-proof.ts'

/** A site of a merchant; with what would prove it while that is open. */
export interface SiteView {
  host: string
  provedAtMs: number | null
  proof: Proof | null
}

/** A merchant's sites. One counts once it is proved: else anybody could claim a stranger's shop, and have its clicks. */
export function siteService({ store, secrets, now }: Deps) {
  const viewOf = ({ merchantId, host, provedAtMs }: Claim): SiteView => ({ host, provedAtMs, proof: provedAtMs === null ? proofOf(secrets.signing, { merchantId, host }) : null })

  return {
    /** Claims a site, or says again how a claimed one is proved; throws `INVALID` for no host, `CONFLICT` when it is set up already. */
    add(input: SiteInput, merchantId?: number): Promise<SiteView> {
      return store.decide('settings', {}, ({ directory }) => {
        const { merchant } = settingsFor(directory, merchantId)
        const host = siteHost(input.host, 'host')
        refuseHeld(directory, host)
        const held = claimOf(directory, merchant.id, host)
        if (held !== undefined) return { entries: [], result: viewOf(held) }
        const nowMs = now()
        const claim = { merchantId: merchant.id, host, createdAtMs: nowMs, provedAtMs: isLocal(host) ? nowMs : null }
        return { entries: [{ kind: 'site', ...claim }], result: viewOf(claim) }
      })
    },

    /** Looks for a claimed site's proof; throws `NOT_FOUND` when it was not claimed, `UNPROCESSABLE` saying where nothing was found. */
    async prove(input: SiteInput, outside: Outside, merchantId?: number): Promise<SiteView> {
      const host = siteHost(input.host, 'host')
      const before = claimed(store.directory(), host, merchantId)
      if (before.provedAtMs !== null) return viewOf(before)
      const missing = await missingOf(proofOf(secrets.signing, before), outside)
      if (missing.length > 0) throw new DomainError('UNPROCESSABLE', `${host} is not proved yet. ${missing.join('; ')}.`, { issues: [{ path: ['host'], message: 'is not proved yet' }] })
      return store.decide('settings', {}, ({ directory }) => {
        // Looking outside took its time: somebody may have proved it since.
        const held = claimed(directory, host, merchantId)
        if (held.provedAtMs !== null) return { entries: [], result: viewOf(held) }
        refuseHeld(directory, host)
        const provedAtMs = now()
        return { entries: [{ kind: 'site_proved', merchantId: held.merchantId, host, provedAtMs }], result: viewOf({ ...held, provedAtMs }) }
      })
    },

    /** All sites of a merchant, oldest first. */
    list(merchantId?: number): SiteView[] {
      const directory = store.directory()
      const { merchant } = settingsFor(directory, merchantId)
      return directory.claims.filter((claim) => claim.merchantId === merchant.id).map(viewOf)
    },
  }
}

const claimOf = ({ claims }: Directory, merchantId: number, host: string): Claim | undefined => claims.find((claim) => claim.merchantId === merchantId && claim.host === host)

function claimed(directory: Directory, host: string, merchantId?: number): Claim {
  const claim = claimOf(directory, settingsFor(directory, merchantId).merchant.id, host)
  if (claim === undefined) throw new DomainError('NOT_FOUND', `${host} was not added yet: run "refledger site add ${host}" first.`)
  return claim
}

function refuseHeld(directory: Directory, host: string): void {
  if (directory.sites.has(host)) throw new DomainError('CONFLICT', `The site ${host} is set up already.`, { issues: [{ path: ['host'], message: 'is set up already' }] })
}

/** This machine: nobody else can be there. */
const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost')

/** The site that a host belongs to, the longest first, and its merchant; undefined for a stranger's host. */
export const siteOf = (directory: Directory, host: string): Found | undefined => foundSite(directory, host) ?? undefined

interface Found { site: string; merchantId: number }

const foundSite = rememberedOf(({ sites }: Directory, host: string): Found | null => {
  for (let rest = withoutDot(host.toLowerCase()); rest !== ''; rest = parentOf(rest)) {
    const merchantId = sites.get(rest)
    if (merchantId !== undefined) return { site: rest, merchantId }
  }
  return null
})

/** The root's dot at the end of a host says nothing. */
const withoutDot = (host: string): string => host.replace(/\.$/, '')
const parentOf = (host: string): string => (host.includes('.') ? host.slice(host.indexOf('.') + 1) : '')

/** The host that an `Origin` names; empty when it names none. */
export const hostOf = remembered((origin) => URL.parse(origin)?.hostname ?? '')

/** Refuses a page that speaks for a merchant on whose sites it is not; throws `FORBIDDEN`. A caller without an origin is no page. */
export function refuseStranger(directory: Directory, origin: string | undefined, merchantId: number): void {
  if (origin === undefined) return
  if (siteOf(directory, hostOf(origin))?.merchantId !== merchantId) throw new DomainError('FORBIDDEN', 'The calling page is not on a site of this merchant.')
}

/** The merchant of a page; throws `INVALID` for a page of nobody here, `FORBIDDEN` where the caller is another merchant's. */
export function merchantOfPage(directory: Directory, { url, origin }: { url: string; origin?: string | undefined }): number {
  const { hostname } = new URL(url)
  const site = siteOf(directory, hostname)
  if (site === undefined) throw invalid('url', `${hostname} is not a site of any merchant here`)
  refuseStranger(directory, origin, site.merchantId)
  return site.merchantId
}

/** The domain that a host's pages may share a cookie on, private suffixes included; null for an IP address, `localhost` and the like. */
export const registrableDomain = remembered((host) => getDomain(host, { allowPrivateDomains: true }))

/** A site's host in its canonical form; throws `INVALID` for what is no host, or a suffix that strangers share. */
export function siteHost(text: string, field = 'site'): string {
  if (!URL.canParse(landingOf(text))) throw invalid(field, 'must be a host such as shop.example')
  const host = withoutDot(new URL(landingOf(text)).hostname)
  const isShared = registrableDomain(host) === null && host !== 'localhost' && !isAddress(host)
  if (isShared) throw invalid(field, `${host} is a public suffix that strangers share; name a host below it`)
  return host
}

/** The first page of a site: of the address as it was given, or by https of a bare host. */
export const landingOf = (text: string): string => `${text.includes('://') && URL.canParse(text) ? new URL(text).origin : `https://${text}`}/`

const isAddress = (host: string): boolean => /^[\d.]+$|^\[/.test(host)
