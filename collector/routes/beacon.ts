import { Router } from '@koa/router'
import type { Context } from 'koa'
import { invalid } from '../../shared/errors.ts'
import { DAY_MS, SESSION_COOKIE, SESSION_DAYS } from '../../shared/limits.ts'
import { IdentifyBody, VisitBody, type IdentifyReply, type VisitReply } from '../../shared/wire/script.ts'
import { scriptBody } from '../http/body.ts'
import { cors } from '../http/cors.ts'
import { rateLimit } from '../http/rate-limit.ts'
import { registrableDomain, siteOf } from '../service/sites.ts'
import type { RouteDeps } from './deps.ts'

/** The script's calls. They are public, named in neutral words, and take JSON under any content type. */
export function beaconRoutes({ services, store, limits, addressOf, publicUrl }: RouteDeps): Router {
  const router = new Router({ prefix: '/r' })
  const domainOf = remembered(registrableDomain)
  router.use(cors(store), rateLimit(limits?.script, addressOf))
  router.options(['/visit', '/identify'], () => undefined)

  router.post('/visit', async (ctx) => {
    const body = await scriptBody(ctx, VisitBody)
    const session = body.session.toLowerCase()
    const { clickId } = await services.touches.visit({
      id: body.id, session, url: body.url, code: body.ref, referrer: body.referrer, ageMs: body.ageMs,
      userAgent: ctx.get('User-Agent'), origin: ctx.get('Origin') || undefined, mode: 'live', field: 'url',
    })
    const page = new URL(body.url).hostname
    const domain = domainOf(page)
    const cookie = sharesSite(ctx, page, domain)
    if (cookie) ctx.append('Set-Cookie', sessionCookie(session, { domain, days: body.days ?? SESSION_DAYS }))
    ctx.body = { click: clickId, session, cookie, domain } satisfies VisitReply
  })

  router.post('/identify', async (ctx) => {
    const { session, emailHash, url } = await scriptBody(ctx, IdentifyBody)
    const host = new URL(url).hostname
    const site = siteOf(store.directory(), host)
    if (site === undefined) throw invalid('url', `${host} is not a site of any merchant here`)
    const { identified } = await services.identities.identify({ merchantId: site.merchantId, session: session.toLowerCase(), emailHash, source: 'browser', mode: 'live' })
    ctx.body = { identified } satisfies IdentifyReply
  })

  /** True when this collector may set a cookie that the page will get. */
  function sharesSite(ctx: Context, page: string, domain: string | null): boolean {
    return domain === null ? ctx.hostname === page : domainOf(ctx.hostname) === domain
  }

  function sessionCookie(session: string, { domain, days }: { domain: string | null; days: number }): string {
    const parts = [`${SESSION_COOKIE}=${session}`, 'Path=/', `Max-Age=${(days * DAY_MS) / 1000}`, 'SameSite=Lax']
    if (domain !== null) parts.push(`Domain=${domain}`)
    if (publicUrl().startsWith('https:')) parts.push('Secure')
    return parts.join('; ')
  }

  return router
}

/** Hosts repeat: the public suffix list is asked once for each. */
function remembered(find: (host: string) => string | null): (host: string) => string | null {
  const known = new Map<string, string | null>()
  return (host) => {
    const held = known.get(host)
    if (held !== undefined) return held
    if (known.size >= 1_000) known.clear()
    const found = find(host)
    known.set(host, found)
    return found
  }
}
