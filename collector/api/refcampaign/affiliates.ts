import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody, optionalBody, valid } from '../../http/body.ts'
import { corsForAll } from '../../http/cors.ts'
import { once } from '../../http/once.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { AffiliateView } from '../../service/affiliates.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ApiKey } from '../../store/keys.ts'
import { affiliateFields, campaignsIn, fromAffiliate, fromAffiliateChange, toAffiliate } from './affiliate-map.ts'
import { AffiliateBody, AffiliateChangeBody, AffiliateQuery, AssignBody } from './affiliate-schema.ts'
import { naming, refuseUnknownCampaigns } from './field-names.ts'
import { queryOf, replies } from './reply.ts'

const PREFIX = '/api/v1/affiliates'

/** Signing up was public once; RefCampaign has taken it back, and so nobody gets in by it. */
export function signupRoutes({ limits, addressOf }: RouteDeps): Router {
  const router = new Router({ prefix: PREFIX })
  const allow = corsForAll('POST')
  router.options('/signup', allow)
  router.post('/signup', allow, rateLimit(limits, 'public', addressOf), (ctx) => {
    // What was sent is left unread, so the connection cannot be used again.
    ctx.set('Connection', 'close')
    throw new DomainError('GONE', 'Affiliates no longer sign up here: the merchant adds them with POST /api/v1/affiliates.')
  })
  return router
}

/** Affiliates of the RefCampaign dialect; only an id names one here. */
export function affiliateRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: PREFIX })
  const reply = replies(now)
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id), once(services, keyOf))
  const settingsOf = ({ merchantId }: ApiKey) => settingsFor(store.directory(), merchantId)

  async function shown(key: ApiKey, views: AffiliateView[]): Promise<(view: AffiliateView) => Record<string, unknown>> {
    const totals = await services.affiliates.totals(key.merchantId, key.mode, views.map(({ id }) => id))
    const { currency } = settingsOf(key).merchant
    return (view) => toAffiliate(view, totals.get(view.id), currency)
  }
  const one = async (key: ApiKey, view: AffiliateView) => reply.one((await shown(key, [view]))(view))

  /** The id of a call's affiliate; throws `NOT_FOUND`. */
  function named(ctx: Context, key: ApiKey): string {
    const id = String((ctx['params'] as Record<string, string>)['id'])
    if (!settingsOf(key).affiliates.has(id)) throw new DomainError('NOT_FOUND', `There is no affiliate ${id}.`)
    return id
  }

  router.get('/', async (ctx) => {
    const key = keyOf(ctx)
    const { status, ...query } = valid(AffiliateQuery, queryOf(ctx))
    const found = services.affiliates.page(key.merchantId, { ...query, status: status && [status] })
    ctx.body = reply.page(found, query, await shown(key, found.rows))
  })

  router.post('/', async (ctx) => {
    const key = keyOf(ctx)
    const { body } = await apiBody(ctx, AffiliateBody)
    refuseUnknownCampaigns(settingsOf(key).campaigns, campaignsIn(body) ?? [], body.campaignId === undefined ? 'campaignIds' : 'campaignId')
    const made = await naming(affiliateFields(body), () => services.affiliates.create(fromAffiliate(body), key.merchantId))
    ctx.status = 201
    ctx.body = await one(key, made)
  })

  router.get('/:id', async (ctx) => {
    const key = keyOf(ctx)
    const view = services.affiliates.find(key.merchantId, named(ctx, key))
    if (view !== undefined) ctx.body = await one(key, view)
  })

  router.put('/:id', async (ctx) => {
    const key = keyOf(ctx)
    const id = named(ctx, key)
    const body = await optionalBody(ctx, AffiliateChangeBody)
    ctx.body = await one(key, await services.affiliates.update(id, fromAffiliateChange(body), key.merchantId))
  })

  router.put('/:id/campaigns', async (ctx) => {
    const key = keyOf(ctx)
    const id = named(ctx, key)
    const { body: { campaignIds } } = await apiBody(ctx, AssignBody)
    refuseUnknownCampaigns(settingsOf(key).campaigns, campaignIds, 'campaignIds')
    ctx.body = await one(key, await services.affiliates.update(id, { campaigns: campaignIds }, key.merchantId))
  })

  return router
}
