import { Router } from '@koa/router'
import type { Context } from 'koa'
import { bearerKey } from '../../http/auth.ts'
import { anyScriptBody } from '../../http/body.ts'
import { corsForAll } from '../../http/cors.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { replies } from './reply.ts'

/** Whether a key works, and whose it is: any key's own question. */
export function pingRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router()
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign' })

  router.get('/api/v1/ping', rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { total } = services.campaigns.page(merchantId, { status: 'ACTIVE', limit: 0, offset: 0 })
    ctx.body = replies(now).one({ merchant: settingsFor(store.directory(), merchantId).merchant.name, activeCampaigns: total, stripe: { connected: false, mode: 'unknown' } })
  })

  return router
}

const SDK = ['/api/sdk/installed', '/api/sdk/session-captured']

/** What the published browser SDK says of itself, from any page and without cookies. We have no site tokens, so nothing is kept of it. */
export function sdkRoutes({ limits, addressOf }: RouteDeps): Router {
  const router = new Router()
  const allow = corsForAll('POST')
  router.options(SDK, allow)
  router.post(SDK, allow, rateLimit(limits, 'public', addressOf), async (ctx) => {
    await anyScriptBody(ctx)
    ctx.status = 204
  })
  return router
}
