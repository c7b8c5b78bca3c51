import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../../shared/errors.ts'
import { bearerKey } from '../../../http/auth.ts'
import { apiBody, valid } from '../../../http/body.ts'
import { once } from '../../../http/once.ts'
import { rateLimit } from '../../../http/rate-limit.ts'
import type { RouteDeps } from '../../../routes/deps.ts'
import { affiliateNumbered } from '../../../service/affiliate-names.ts'
import type { AffiliateView } from '../../../service/affiliates.ts'
import { settingsFor } from '../../../service/deps.ts'
import type { ApiKey } from '../../../store/keys.ts'
import { inFields } from '../errors.ts'
import { queryOf } from '../fields.ts'
import { ACTIVITY_FILTER, toAffiliate, toTotals } from './map.ts'
import { emailOf, numberOf, one, page } from './reply.ts'
import { AffiliateBody, AffiliateQuery, AffiliateUpdate } from './schema.ts'

const FIELDS = { code: 'referral_code' }
const STATUS = { active: 'active', inactive: 'disabled' } as const

/** Affiliates of Refgrow's live API, named by their addresses. */
export function affiliateRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/affiliates' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refgrow', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))

  async function shown(views: AffiliateView[], { merchantId, mode }: ApiKey): Promise<Record<string, unknown>[]> {
    const settings = settingsFor(store.directory(), merchantId)
    const totals = await services.affiliates.totals(merchantId, mode, views.map(({ id }) => id))
    return views.map((view) => toAffiliate(view, toTotals(totals.get(view.id), settings, now())))
  }
  const shownOne = async (view: AffiliateView, key: ApiKey): Promise<Record<string, unknown>> => one(...await shown([view], key) as [Record<string, unknown>])

  function named(ctx: Context, { merchantId }: ApiKey): AffiliateView {
    const found = services.affiliates.find(merchantId, emailOf(ctx), 'email')
    if (found === undefined) throw new DomainError('NOT_FOUND', 'Affiliate not found')
    return found
  }

  router.get('/', async (ctx) => {
    const key = keyOf(ctx)
    const { status, limit, offset } = valid(AffiliateQuery, queryOf(ctx))
    const { rows, total } = services.affiliates.page(key.merchantId, { status: status && [...ACTIVITY_FILTER[status]], limit, offset })
    ctx.body = page({ rows: await shown(rows, key), total }, { limit, offset }, (row) => row)
  })

  router.get('/:id/stats', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const settings = settingsFor(store.directory(), merchantId)
    const { id, number } = affiliateNumbered(settings, numberOf(ctx, 'Affiliate'))
    ctx.body = one({ affiliate_id: number, ...toTotals((await services.affiliates.totals(merchantId, mode, [id])).get(id), settings, now()) })
  })

  router.get('/:email', async (ctx) => {
    const key = keyOf(ctx)
    ctx.body = await shownOne(named(ctx, key), key)
  })

  router.post('/', async (ctx) => {
    const key = keyOf(ctx)
    const { body: { email, referral_code: code, partner_slug: slug } } = await apiBody(ctx, AffiliateBody)
    const view = await inFields(FIELDS, () => services.affiliates.create({ email, code, profile: slug ? { partnerSlug: slug } : {}, known: 'refuse' }, key.merchantId))
    ctx.status = 201
    ctx.body = await shownOne(view, key)
  })

  router.put('/:email', async (ctx) => {
    const key = keyOf(ctx)
    const { body: { email, referral_code: code, status, partner_slug: slug, payout_method: payoutMethod, paypal_email: payoutEmail } } = await apiBody(ctx, AffiliateUpdate)
    const view = named(ctx, key)
    const profile = slug === undefined && payoutMethod === undefined ? undefined : { partnerSlug: slug === null ? '' : slug, payoutMethod }
    const isSame = code?.toLowerCase() === view.code.toLowerCase()
    const change = { email, code: isSame ? undefined : code, status: status && STATUS[status], profile, payoutEmail }
    ctx.body = await shownOne(await inFields(FIELDS, () => services.affiliates.update(view.id, change, key.merchantId)), key)
  })

  router.delete('/:email', async (ctx) => {
    const key = keyOf(ctx)
    await services.affiliates.update(named(ctx, key).id, { status: 'disabled' }, key.merchantId)
    ctx.status = 204
  })

  return router
}
