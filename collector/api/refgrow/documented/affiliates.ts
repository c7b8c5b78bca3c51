import { Router } from '@koa/router'
import type { Context } from 'koa'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { settingsFor } from '../../../service/deps.ts'
import { inFields } from '../errors.ts'
import { queryOf } from '../fields.ts'
import { affiliateIn, STATUS_FILTER, toCreated, toDetailed, toListed } from './map.ts'
import { AffiliateBody, AffiliateQuery } from './schema.ts'

/** Affiliates of Refgrow's documented API. */
export function affiliateRoutes({ services, store, limits }: RouteDeps): Router {
  const router = new Router({ prefix: '/v1/affiliates' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { status, limit, offset } = valid(AffiliateQuery, queryOf(ctx))
    const { merchant } = settingsFor(store.directory(), merchantId)
    const { rows, total } = services.affiliates.page(merchantId, { status: status && [...STATUS_FILTER[status]], limit, offset })
    const totals = await services.affiliates.totals(merchantId, mode, rows.map(({ id }) => id))
    ctx.body = { success: true, data: { affiliates: rows.map((view) => toListed(view, totals.get(view.id), merchant.currency)), total, limit, offset } }
  })

  router.get('/:id', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const settings = settingsFor(store.directory(), merchantId)
    const id = affiliateIn(settings, ctx.params['id'] ?? '')
    const totals = await services.affiliates.totals(merchantId, mode, [id])
    const view = services.affiliates.find(merchantId, id)
    if (view === undefined) throw new Error(`affiliate ${id} is gone`)
    ctx.body = { success: true, data: { affiliate: toDetailed(view, totals.get(id), settings.merchant.currency) } }
  })

  router.post('/', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body: { email, name, referralCode, customFields } } = await apiBody(ctx, AffiliateBody)
    const view = await inFields({ code: 'referralCode' }, () => services.affiliates.create({ email, name, code: referralCode, profile: { customFields }, known: 'refuse' }, merchantId))
    ctx.status = 201
    ctx.body = { success: true, data: { affiliate: { ...toCreated(view), referralCode: view.code } } }
  })

  return router
}
