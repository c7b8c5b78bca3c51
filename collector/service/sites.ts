import { getDomain } from 'tldts'
import { DomainError, invalid } from '../../shared/errors.ts'
import type { Directory } from '../store/store.ts'
import { remembered } from './remembered.ts'

/** The site that a host belongs to, the longest first, and its merchant; undefined for a stranger's host. */
export function siteOf({ sites }: Directory, host: string): { site: string; merchantId: number } | undefined {
  for (let rest = withoutDot(host.toLowerCase()); rest !== ''; rest = parentOf(rest)) {
    const merchantId = sites.get(rest)
    if (merchantId !== undefined) return { site: rest, merchantId }
  }
  return undefined
}

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
