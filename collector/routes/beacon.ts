import { Router } from '@koa/router'
import type { Context } from 'koa'
import { invalid } from '../../shared/errors.ts'
import { canonicalId } from '../../shared/engine/ids.ts'
import { DAY_MS, SESSION_COOKIE, SESSION_DAYS } from '../../shared/limits.ts'
import { CartBody, IdentifyBody, VisitBody, type CartReply, type IdentifyReply, type VisitReply } from '../../shared/wire/script.ts'
import { scriptBody } from '../http/body.ts'
import { cors } from '../http/cors.ts'
import { rateLimit } from '../http/rate-limit.ts'
import { refuseStranger, registrableDomain, siteOf } from '../service/sites.ts'
import type { RouteDeps } from './deps.ts'

/** The script's calls. They are public, named in neutral words, and take JSON under any content type. */
export function beaconRoutes({ services, store, limits, addressOf, publicUrl }: RouteDeps): Router {
  const router = new Router({ prefix: '/r' })
  const allow = cors(store)
  const limit = rateLimit(limits, 'script', addressOf)
  const bindingLimit = rateLimit(limits, 'bindings', addressOf)
  router.options(['/visit', '/identify', '/cart'], allow)

  router.post('/visit', allow, limit, async (ctx) => {
    const body = await scriptBody(ctx, VisitBody)
    const session = body.session.toLowerCase()
    const { clickId, host } = await services.touches.visit({
      id: body.id, session, url: body.url, code: body.ref, referrer: body.referrer, ageMs: body.ageMs, adopted: body.adopted,
      userAgent: ctx.get('User-Agent'), origin: ctx.get('Origin') || undefined, mode: 'live', field: 'url',
    })
    const domain = registrableDomain(host)
    const cookie = sharesSite(ctx, host, domain)
    if (cookie) ctx.append('Set-Cookie', sessionCookie(session, { domain, days: body.days ?? SESSION_DAYS }))
    ctx.body = { click: clickId, session, cookie, domain } satisfies VisitReply
  })

  router.post('/identify', allow, limit, bindingLimit, async (ctx) => {
    const { session, emailHash, url } = await scriptBody(ctx, IdentifyBody)
    const { identified } = await services.identities.identify({ merchantId: merchantOf(ctx, url), session: session.toLowerCase(), emailHash, source: 'browser', mode: 'live' })
    ctx.body = { identified } satisfies IdentifyReply
  })

  router.post('/cart', allow, limit, async (ctx) => {
    const { session, cart, url } = await scriptBody(ctx, CartBody)
    const { attached } = await services.carts.attach({ merchantId: merchantOf(ctx, url), session: session.toLowerCase(), cart: canonicalId(cart), mode: 'live' })
    ctx.body = { attached } satisfies CartReply
  })

  /** The merchant of the page; throws `INVALID` for a page of nobody here, `FORBIDDEN` where it is another's than the caller's. */
  function merchantOf(ctx: Context, url: string): number {
    const host = new URL(url).hostname
    const directory = store.directory()
    const site = siteOf(directory, host)
    if (site === undefined) throw invalid('url', `${host} is not a site of any merchant here`)
    refuseStranger(directory, ctx.get('Origin') || undefined, site.merchantId)
    return site.merchantId
  }

  function sessionCookie(session: string, { domain, days }: { domain: string | null; days: number }): string {
    const parts = [`${SESSION_COOKIE}=${session}`, 'Path=/', `Max-Age=${(days * DAY_MS) / 1000}`, 'SameSite=Lax']
    if (domain !== null) parts.push(`Domain=${domain}`)
    if (publicUrl().startsWith('https:')) parts.push('Secure')
    return parts.join('; ')
  }

  return router
}

/** True when this collector may set a cookie that the page will get. */
function sharesSite(ctx: Context, page: string, domain: string | null): boolean {
  return domain === null ? ctx.hostname === page : registrableDomain(ctx.hostname) === domain
}
