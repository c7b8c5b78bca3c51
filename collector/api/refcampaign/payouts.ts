import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody } from '../../http/body.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { toPayout } from './map.ts'
import { PayoutBody } from './schema.ts'

/** Payouts of the RefCampaign dialect. */
export function payoutRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/payouts' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'payouts' })
  router.use(rateLimit(limits?.keyed, (ctx) => keyOf(ctx).id))

  router.post('/', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, PayoutBody)
    // Here only an id is a name, and one that is unknown is a 404 as everywhere in this dialect.
    if (!settingsFor(store.directory(), merchantId).affiliates.has(body.affiliateId)) throw new DomainError('NOT_FOUND', `There is no affiliate ${body.affiliateId}.`)
    const payout = await services.payouts.make({ merchantId, mode, affiliate: body.affiliateId, currency: body.currency, method: body.method }, { actor })
    ctx.status = 201
    ctx.body = reply(toPayout(payout))
  })

  for (const [path, how] of [['cancel', 'cancel'], ['mark-paid', 'pay']] as const) {
    router.put(`/:id/${path}`, async (ctx) => {
      const { id: actor, merchantId, mode } = keyOf(ctx)
      ctx.body = reply(toPayout(await services.payouts.change(how, { merchantId, mode, payout: ctx.params['id'] ?? '' }, { actor })))
    })
  }

  const reply = (data: Record<string, unknown>) => ({ success: true, data, meta: { timestamp: new Date(now()).toISOString() } })

  return router
}
