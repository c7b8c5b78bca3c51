import { Router } from '@koa/router'
import type { Context } from 'koa'
import { canonicalId } from '../../shared/engine/ids.ts'
import { CartBody, ForgetBody, IdentifyBody, PassBody, VisitBody, type CartReply, type ForgetReply, type IdentifyReply, type PassReply, type VisitReply } from '../../shared/wire/script.ts'
import { scriptBody } from '../http/body.ts'
import { cors } from '../http/cors.ts'
import { rateLimit } from '../http/rate-limit.ts'
import { emailHash as hashOf } from '../service/identity.ts'
import { merchantOfPage } from '../service/sites.ts'
import type { RouteDeps } from './deps.ts'
import { isLookAhead } from './look-ahead.ts'
import { cookieAttributes, setSessionCookie } from './session-cookie.ts'

const originOf = (ctx: Context): string | undefined => ctx.get('Origin') || undefined

/** The script's calls. They are public, named in neutral words, and take JSON under any content type. */
export function beaconRoutes({ services, store, limits, addressOf, publicUrl }: RouteDeps): Router {
  const router = new Router({ prefix: '/r' })
  const allow = cors(store)
  const limit = rateLimit(limits, 'script', addressOf)
  const bindingLimit = rateLimit(limits, 'bindings', addressOf)
  const isSecure = (): boolean => publicUrl().startsWith('https:')
  router.options(['/visit', '/identify', '/cart', '/pass', '/forget'], allow)

  router.post('/visit', allow, limit, async (ctx) => {
    if (isLookAhead(ctx)) {
      // Nobody arrived yet. What is no JSON counts as lost: the script says it again from the next page.
      ctx.status = 204
      return
    }
    const { session: named, ref, keep, days, domain, pass, ...visit } = await scriptBody(ctx, VisitBody)
    const arrived = await services.arrivals.arrive({
      ...visit, session: named.toLowerCase(), code: ref, pass: pass ?? undefined, userAgent: ctx.get('User-Agent'), origin: originOf(ctx), mode: 'live', field: 'url',
    })
    if (arrived === undefined) {
      ctx.status = 204
      return
    }
    const { clickId, session, pass: next } = arrived
    const page = new URL(visit.url)
    const attributes = cookieAttributes(page, { days, domain })
    const cookie = keep !== false && setSessionCookie(ctx, page, { session, attributes, secure: isSecure() })
    ctx.body = { click: clickId, session, cookie, attributes, pass: next } satisfies VisitReply
  })

  router.post('/pass', allow, limit, async (ctx) => {
    const { session, url } = await scriptBody(ctx, PassBody)
    ctx.body = { pass: services.arrivals.pass({ session: session.toLowerCase(), url, origin: originOf(ctx) }) } satisfies PassReply
  })

  router.post('/forget', allow, limit, async (ctx) => {
    const { session, url } = await scriptBody(ctx, ForgetBody)
    await services.arrivals.forget({ session: session.toLowerCase(), url, origin: originOf(ctx) })
    const page = new URL(url)
    setSessionCookie(ctx, page, { session: '', attributes: { ...cookieAttributes(page, {}), expires: 0 }, secure: isSecure() })
    ctx.body = { forgotten: true } satisfies ForgetReply
  })

  router.post('/identify', allow, limit, bindingLimit, async (ctx) => {
    const { session, emailHash, email, url } = await scriptBody(ctx, IdentifyBody)
    const { identified } = await services.identities.identify({ merchantId: merchantOf(ctx, url), session: session.toLowerCase(), emailHash: emailHash ?? hashOf(email ?? ''), source: 'browser', mode: 'live' })
    ctx.body = { identified } satisfies IdentifyReply
  })

  router.post('/cart', allow, limit, async (ctx) => {
    const { session, cart, url } = await scriptBody(ctx, CartBody)
    const { attached } = await services.carts.attach({ merchantId: merchantOf(ctx, url), session: session.toLowerCase(), cart: canonicalId(cart), mode: 'live' })
    ctx.body = { attached } satisfies CartReply
  })

  const merchantOf = (ctx: Context, url: string): number => merchantOfPage(store.directory(), { url, origin: originOf(ctx) })

  return router
}
