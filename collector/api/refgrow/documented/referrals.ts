import { Router } from '@koa/router'
import type { Context } from 'koa'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { settingsFor } from '../../../service/deps.ts'
import type { Scope } from '../../../store/keys.ts'
import { spelled } from '../codes.ts'
import { affiliateIdOf, clickIdOf, fromConvert, instantOf, toConverted } from './map.ts'
import { ConvertBody, TrackBody } from './schema.ts'

/** Clicks and orders that a server tells of, in Refgrow's documented API. */
export function referralRoutes({ services, store, limits }: RouteDeps): Router {
  const router = new Router({ prefix: '/v1/referrals' })
  const keyFor = (scope: Scope) => (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope })
  const [mayTrack, mayConvert] = [keyFor('tracking'), keyFor('conversions')]
  const behind = (keyOf: typeof mayTrack) => [rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf)]

  router.post('/track', ...behind(mayTrack), async (ctx) => {
    const { merchantId, mode } = mayTrack(ctx)
    const { body: { referralCode, sourceUrl, userAgent } } = await apiBody(ctx, TrackBody)
    const { clickId, affiliateId, atMs } = await services.serverClicks.tell({ merchantId, mode, code: referralCode, field: 'referralCode', url: sourceUrl, userAgent })
    const settings = settingsFor(store.directory(), merchantId)
    ctx.status = 201
    ctx.body = { success: true, data: { clickId: clickIdOf(clickId), referralCode: spelled(settings, referralCode) ?? referralCode, affiliateId: affiliateIdOf(settings, affiliateId), timestamp: instantOf(atMs) } }
  })

  router.post('/convert', ...behind(mayConvert), async (ctx) => {
    const key = mayConvert(ctx)
    const { body } = await apiBody(ctx, ConvertBody)
    const settings = settingsFor(store.directory(), key.merchantId)
    const { conversion, created } = await services.conversions.take(fromConvert({ key, body, currency: settings.merchant.currency, identityOf: services.identities.identityOf }))
    ctx.status = created ? 201 : 200
    ctx.body = { success: true, data: toConverted(conversion, settings) }
  })

  return router
}
