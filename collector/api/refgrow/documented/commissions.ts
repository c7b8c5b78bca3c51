import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../../shared/errors.ts'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { settingsFor } from '../../../service/deps.ts'
import { queryOf } from '../fields.ts'
import { affiliateIn, numberIn, toCommission } from './map.ts'
import { CommissionQuery, StatusBody } from './schema.ts'

const SHOWN = { pending: 'PENDING', approved: 'APPROVED', paid: 'PAID', rejected: 'REJECTED' } as const

/** Commissions of Refgrow's documented API. */
export function commissionRoutes({ services, store, limits }: RouteDeps): Router {
  const router = new Router({ prefix: '/v1/commissions' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope: 'commissions' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { affiliateId, status, limit, offset } = valid(CommissionQuery, queryOf(ctx))
    const settings = settingsFor(store.directory(), merchantId)
    const filter = { affiliateId: affiliateId === undefined ? undefined : affiliateIn(settings, affiliateId), status: status && SHOWN[status] }
    const { rows, total } = await services.commissions.page({ merchantId, mode, limit, offset, ...filter })
    ctx.body = { success: true, data: { commissions: rows.map((row) => toCommission(row, settings)), total, limit, offset } }
  })

  router.put('/:id/status', async (ctx) => {
    const { id: actor, merchantId, mode } = keyOf(ctx)
    const { body: { status, reason } } = await apiBody(ctx, StatusBody)
    const number = numberIn('comm', ctx.params['id'] ?? '')
    if (number === undefined) throw new DomainError('NOT_FOUND', 'Commission not found')
    const shown = await services.commissionStatus.become(SHOWN[status], { merchantId, mode, number, note: reason, method: 'refgrow' }, { actor })
    ctx.body = { success: true, data: { commission: toCommission(shown, settingsFor(store.directory(), merchantId)) } }
  })

  return router
}
