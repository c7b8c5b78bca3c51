import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../../shared/errors.ts'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { affiliateNumbered } from '../../../service/affiliate-names.ts'
import { settingsFor } from '../../../service/deps.ts'
import { queryOf } from '../fields.ts'
import { toReferral } from './map.ts'
import { emailOf, one, page } from './reply.ts'
import { ReferralBody, ReferralQuery } from './schema.ts'

/** Customers who were referred, in Refgrow's live API. */
export function referralRoutes({ services, store, limits }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/referrals' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))

  router.get('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { affiliate_id: affiliate, status, limit, offset } = valid(ReferralQuery, queryOf(ctx))
    const settings = settingsFor(store.directory(), merchantId)
    const affiliateId = affiliate === undefined ? undefined : affiliateNumbered(settings, affiliate).id
    ctx.body = page(await services.referrals.page({ merchantId, mode, affiliateId, status, limit, offset }), { limit, offset }, (row) => toReferral(row, settings))
  })

  router.get('/:email', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const found = await services.referrals.find(merchantId, emailOf(ctx), mode)
    if (found === undefined) throw new DomainError('NOT_FOUND', 'Referral not found')
    ctx.body = one(toReferral(found, settingsFor(store.directory(), merchantId)))
  })

  router.post('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { body: { email, affiliate_id: affiliate, status } } = await apiBody(ctx, ReferralBody)
    const { referral, created } = await services.referrals.create({ merchantId, mode, email, affiliate: affiliate ?? undefined, status })
    ctx.status = created ? 201 : 200
    ctx.body = one(toReferral(referral, settingsFor(store.directory(), merchantId)))
  })

  return router
}
