import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody, optionalBody, valid } from '../../http/body.ts'
import { once } from '../../http/once.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { PAYOUT_FILTER, toPayout } from './map.ts'
import { queryOf, replies } from './reply.ts'
import { BatchBody, CancelBody, PayoutBody, PayoutQuery } from './schema.ts'

/** Payouts of the RefCampaign dialect. */
export function payoutRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/payouts' })
  const reply = replies(now)
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'payouts' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { status, ...query } = valid(PayoutQuery, queryOf(ctx))
    ctx.body = reply.page(await services.payouts.page({ merchantId, mode, ...query, status: status && PAYOUT_FILTER[status] }), query, toPayout)
  })

  router.get('/:id', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    ctx.body = reply.one(toPayout(await services.payouts.find(merchantId, ctx.params['id'] ?? '', mode)))
  })

  router.post('/', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, PayoutBody)
    // Here only an id is a name, and one that is unknown is a 404 as everywhere in this dialect.
    if (!settingsFor(store.directory(), merchantId).affiliates.has(body.affiliateId)) throw new DomainError('NOT_FOUND', `There is no affiliate ${body.affiliateId}.`)
    const payout = await services.payouts.make({ merchantId, mode, affiliate: body.affiliateId, currency: body.currency, method: body.method }, { actor })
    ctx.status = 201
    ctx.body = reply.one(toPayout(payout))
  })

  router.post('/batch-process', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, BatchBody)
    const paid = await services.payouts.changeAll('pay', { merchantId, mode, names: body.payoutIds }, { actor })
    ctx.body = reply.one({ updated: paid.length, ids: paid.map(({ id }) => id) })
  })

  router.put('/:id/cancel', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { reason } = await optionalBody(ctx, CancelBody)
    ctx.body = reply.one(toPayout(await services.payouts.change('cancel', { merchantId, mode, payout: ctx.params['id'] ?? '', reason }, { actor })))
  })

  router.put('/:id/mark-paid', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    ctx.body = reply.one(toPayout(await services.payouts.change('pay', { merchantId, mode, payout: ctx.params['id'] ?? '' }, { actor })))
  })

  return router
}
