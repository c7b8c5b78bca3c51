import { Router } from '@koa/router'
import type { Context } from 'koa'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { affiliateNumbered } from '../../../service/affiliate-names.ts'
import type { CouponView } from '../../../service/coupons.ts'
import { settingsFor } from '../../../service/deps.ts'
import { inFields } from '../errors.ts'
import { queryOf } from '../fields.ts'
import { toCoupon } from './map.ts'
import { numberOf, one, page } from './reply.ts'
import { CouponBody, CouponQuery, CouponUpdate } from './schema.ts'

const FIELDS = { coupon: 'coupon_code' }

/** Coupons of Refgrow's live API, whichever dialect made them. */
export function couponRoutes({ services, store, limits }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/coupons' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))
  const shown = (coupon: CouponView, merchantId: number) => toCoupon(coupon, settingsFor(store.directory(), merchantId))

  router.get('/', (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { status, affiliate_id: affiliate, coupon_code: code, limit, offset } = valid(CouponQuery, queryOf(ctx))
    const affiliateId = affiliate === undefined ? undefined : affiliateNumbered(settingsFor(store.directory(), merchantId), affiliate).id
    const found = services.coupons.page(merchantId, { affiliateId, active: status && status === 'active', code, limit, offset })
    ctx.body = page(found, { limit, offset }, (coupon) => shown(coupon, merchantId))
  })

  router.get('/:id', (ctx) => {
    const { merchantId } = keyOf(ctx)
    ctx.body = one(shown(services.coupons.find(merchantId, numberOf(ctx, 'Coupon')), merchantId))
  })

  router.post('/', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body: { coupon_code: code, affiliate_id: affiliate, status, stripe_coupon_id: stripeCouponId, lemonsqueezy_discount_code: lemonsqueezyDiscountCode } } = await apiBody(ctx, CouponBody)
    const made = await inFields(FIELDS, () => services.coupons.create(merchantId, { code, affiliate, active: status !== 'inactive', stripeCouponId, lemonsqueezyDiscountCode }))
    ctx.status = 201
    ctx.body = one(shown(made, merchantId))
  })

  router.put('/:id', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body: { coupon_code: code, affiliate_id: affiliate, status, stripe_coupon_id: stripeCouponId, lemonsqueezy_discount_code: lemonsqueezyDiscountCode } } = await apiBody(ctx, CouponUpdate)
    const change = { code, affiliate, active: status && status === 'active', stripeCouponId, lemonsqueezyDiscountCode }
    ctx.body = one(shown(await inFields(FIELDS, () => services.coupons.update(merchantId, numberOf(ctx, 'Coupon'), change)), merchantId))
  })

  router.delete('/:id', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    await services.coupons.remove(merchantId, numberOf(ctx, 'Coupon'))
    ctx.status = 204
  })

  return router
}
