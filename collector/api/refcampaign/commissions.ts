import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { Commission } from '../../../shared/domain.ts'
import { invalid } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody, valid } from '../../http/body.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { minorOf, toAdjusted, toListedCommission } from './map.ts'
import { queryOf, replies } from './reply.ts'
import { AdjustBody, BulkBody, CommissionQuery } from './schema.ts'

/** Commissions of the RefCampaign dialect: listed and adjusted; approved and rejected in bulk, all of a call or none. */
export function commissionRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/commissions' })
  const reply = replies(now)
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'commissions' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const query = valid(CommissionQuery, queryOf(ctx))
    ctx.body = reply.page(await services.commissions.page({ merchantId, mode, ...query }), query, toListedCommission)
  })

  router.put('/bulk-approve', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, BulkBody)
    ctx.body = updated(await services.commissions.approve({ merchantId, mode, names: body.commissionIds }, { actor }))
  })

  router.put('/bulk-reject', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, BulkBody)
    ctx.body = updated(await services.commissions.reject({ merchantId, mode, names: body.commissionIds, reason: 'denied' }, { actor }))
  })

  router.put('/:id', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body: { amount, reason, type } } = await apiBody(ctx, AdjustBody)
    const minor = minorOf(amount)
    if (minor < 0) throw invalid('amount', 'must not be negative')
    ctx.body = reply.one(toAdjusted(await services.commissions.adjust({ merchantId, mode, commission: ctx.params['id'] ?? '', type, minor: () => minor, reason }, { actor })))
  })

  const updated = (commissions: Commission[]) => reply.one({ updated: commissions.length, ids: commissions.map(({ id }) => id) })

  return router
}
