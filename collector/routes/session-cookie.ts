import type { Context } from 'koa'
import { DAY_MS, SESSION_COOKIE, SESSION_DAYS } from '../../shared/limits.ts'
import { belongsTo } from '../../shared/engine/settings.ts'
import type { VisitReply } from '../../shared/wire/script.ts'
import { registrableDomain } from '../service/sites.ts'

export type CookieAttributes = VisitReply['attributes']

/** How a page keeps its session: on its registrable domain, so that the shop's hosts share it, or where the tag says. */
export function cookieAttributes({ hostname, protocol }: URL, { days, domain }: { days?: number | undefined; domain?: string | undefined }): CookieAttributes {
  const kept = narrower(hostname, domain) ?? registrableDomain(hostname)
  return { expires: days ?? SESSION_DAYS, sameSite: 'Lax', secure: protocol === 'https:', ...(kept === null ? {} : { domain: kept }) }
}

/** What the tag asks for, where browsers would allow it: a domain of the page's that strangers do not share. */
function narrower(page: string, asked: string | undefined): string | undefined {
  const domain = asked?.toLowerCase().replace(/^\./, '')
  return domain !== undefined && belongsTo(page, domain) && registrableDomain(domain) !== null ? domain : undefined
}

/** Sets the session's cookie where the page will get it from here; says whether it did. */
export function setSessionCookie(ctx: Context, page: URL, { session, attributes: { domain, expires }, secure }: { session: string; attributes: CookieAttributes; secure: boolean }): boolean {
  const here = ctx.hostname.toLowerCase()
  if (domain === undefined ? here !== page.hostname : !belongsTo(here, domain)) return false
  const parts = [`${SESSION_COOKIE}=${session}`, 'Path=/', `Max-Age=${(expires * DAY_MS) / 1000}`, 'SameSite=Lax']
  if (domain !== undefined) parts.push(`Domain=${domain}`)
  if (secure) parts.push('Secure')
  ctx.append('Set-Cookie', parts.join('; '))
  return true
}
