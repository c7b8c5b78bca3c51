import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import { canonicalId } from '../../../shared/engine/ids.ts'
import { optionalKey } from '../../http/auth.ts'
import { apiBody } from '../../http/body.ts'
import { cors } from '../../http/cors.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { hostOf, siteOf } from '../../service/sites.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ApiKey } from '../../store/keys.ts'
import { replies } from './reply.ts'
import { ClickBody, IdentifyBody } from './schema.ts'

const CLICK = '/api/v1/track/click'
/** The second is what the published browser SDK calls. */
const IDENTIFY = ['/api/v1/track/identify', '/api/track/identify']
const PATHS = [CLICK, ...IDENTIFY]

/** Tracking calls of the RefCampaign dialect: public, and with more trust when a key comes along. */
export function trackingRoutes({ services, store, limits, addressOf, now }: RouteDeps): Router {
  const router = new Router()
  const reply = replies(now)
  const keyOf = (ctx: Context) => optionalKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'tracking' })
  const limit = rateLimit(limits, 'public', addressOf)
  const keyedLimit = rateLimit(limits, 'keyed', (ctx) => keyOf(ctx)?.id ?? '')
  router.use(PATHS, cors(store), (ctx, next) => (keyOf(ctx) === undefined ? limit(ctx, next) : keyedLimit(ctx, next)))

  const bindingLimit = rateLimit(limits, 'bindings', addressOf)

  router.options(PATHS, () => undefined)

  router.post(CLICK, async (ctx) => {
    const key = keyOf(ctx)
    const { body } = await apiBody(ctx, ClickBody)
    const { clickId, created } = await services.touches.visit({
      session: canonicalId(body.session_id), url: body.tracking_url, userAgent: userAgentOf(ctx), origin: ctx.get('Origin') || undefined,
      mode: key?.mode ?? 'live', field: 'tracking_url', owner: key?.merchantId,
    })
    ctx.status = created ? 201 : 200
    ctx.body = reply.one({ clickId, sessionId: body.session_id })
  })

  router.post(IDENTIFY, (ctx, next) => (keyOf(ctx) === undefined ? bindingLimit(ctx, next) : next()), async (ctx) => {
    const key = keyOf(ctx)
    const { body } = await apiBody(ctx, IdentifyBody)
    const { identified, created } = await services.identities.identify({
      merchantId: merchantOf(ctx, key), session: canonicalId(body.sessionId), emailHash: body.emailHash, source: key === undefined ? 'browser' : 'server', mode: key?.mode ?? 'live',
    })
    ctx.body = reply.one({ sessionId: body.sessionId, identified, created })
  })

  /** The call names no address: its key tells the merchant, else its page, else there is only one. */
  function merchantOf(ctx: Context, key: ApiKey | undefined): number {
    if (key !== undefined) return key.merchantId
    const directory = store.directory()
    const origin = ctx.get('Origin')
    const site = siteOf(directory, hostOf(origin))
    if (site !== undefined) return site.merchantId
    const [only, another] = directory.merchants.keys()
    if (origin !== '' || only === undefined || another !== undefined) throw new DomainError('NOT_FOUND', 'No merchant has this page: send an API key, or call from a page of a known site.')
    return only
  }

  return router
}

/** Only a browser's page is asked whether a bot opened it: a server that reports a click is a program by nature. */
const userAgentOf = (ctx: Context): string => (ctx.get('Origin') === '' ? '' : ctx.get('User-Agent'))
