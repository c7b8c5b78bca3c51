import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DAY_MS } from '../../../shared/limits.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody, optionalBody, valid } from '../../http/body.ts'
import { corsForAll } from '../../http/cors.ts'
import { once } from '../../http/once.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { settingsFor } from '../../service/deps.ts'
import type { CampaignView } from '../../service/campaigns.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { Scope } from '../../store/keys.ts'
import { CAMPAIGN_FIELDS, fromCampaign, fromCampaignChange, toBucket, toCampaign, toPublicCampaign, toStats } from './campaign-map.ts'
import { CampaignBody, CampaignChangeBody, CampaignQuery, TimelineQuery } from './campaign-schema.ts'
import { naming } from './field-names.ts'
import { queryOf, replies } from './reply.ts'

const PREFIX = '/api/v1/campaigns'
/** The window of a timeline that names none. */
const TIMELINE_MS = 30 * DAY_MS

/** What anybody may read of a campaign, from any page. */
export function publicCampaignRoutes({ services, store, limits, addressOf, now }: RouteDeps): Router {
  const router = new Router({ prefix: PREFIX })
  const allow = corsForAll('GET')
  router.options('/:id/public', allow)
  router.get('/:id/public', allow, rateLimit(limits, 'public', addressOf), (ctx) => {
    const { merchantId, campaign } = services.campaigns.open(ctx.params['id'] ?? '')
    ctx.body = replies(now).one(toPublicCampaign(campaign, settingsFor(store.directory(), merchantId).merchant.currency))
  })
  return router
}

/** Campaigns of the RefCampaign dialect: what affiliates join. */
export function campaignRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: PREFIX })
  const reply = replies(now)
  const keyFor = (scope: Scope) => (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope })
  const keyOf = keyFor('campaigns')
  const keyOfReader = keyFor('reports')
  const limit = rateLimit(limits, 'keyed', (ctx) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign' }).id)
  const currencyOf = (merchantId: number): string => settingsFor(store.directory(), merchantId).merchant.currency
  const shown = (merchantId: number) => (campaign: CampaignView) => toCampaign(campaign, currencyOf(merchantId))
  router.use(limit)

  router.get('/', (ctx) => {
    const { merchantId } = keyOf(ctx)
    const query = valid(CampaignQuery, queryOf(ctx))
    ctx.body = reply.page(services.campaigns.page(merchantId, query), query, shown(merchantId))
  })

  router.post('/', once(services, keyOf), async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body } = await apiBody(ctx, CampaignBody)
    const made = await naming(CAMPAIGN_FIELDS, () => services.campaigns.create(fromCampaign(body), merchantId))
    ctx.status = 201
    ctx.body = reply.one(shown(merchantId)(made))
  })

  router.get('/:id', (ctx) => {
    const { merchantId } = keyOf(ctx)
    ctx.body = reply.one(shown(merchantId)(services.campaigns.find(merchantId, ctx.params['id'] ?? '')))
  })

  router.put('/:id', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { id } = services.campaigns.find(merchantId, ctx.params['id'] ?? '')
    const body = await optionalBody(ctx, CampaignChangeBody)
    const changed = await naming(CAMPAIGN_FIELDS, () => services.campaigns.update(id, (held) => fromCampaignChange(body, held), merchantId))
    ctx.body = reply.one(shown(merchantId)(changed))
  })

  router.delete('/:id', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { id } = services.campaigns.find(merchantId, ctx.params['id'] ?? '')
    const archived = await services.campaigns.update(id, ({ status }) => (status === 'ARCHIVED' ? {} : { archived: true }), merchantId)
    ctx.body = reply.one(shown(merchantId)(archived))
  })

  router.get('/:id/stats', async (ctx) => {
    const { merchantId, mode } = keyOfReader(ctx)
    const id = ctx.params['id'] ?? ''
    ctx.body = reply.one(toStats(await services.campaigns.stats(merchantId, id, mode), { id, currency: currencyOf(merchantId) }))
  })

  router.get('/:id/analytics/conversions-timeline', async (ctx) => {
    const { merchantId, mode } = keyOfReader(ctx)
    const { from, to = now() } = valid(TimelineQuery, queryOf(ctx))
    const id = ctx.params['id'] ?? ''
    const { size, timezone, rows } = await services.campaigns.timeline(merchantId, id, { mode, fromMs: from ?? to - TIMELINE_MS, toMs: to })
    const currency = currencyOf(merchantId)
    ctx.body = reply.one({ campaignId: id, bucket: size, timezone, currency, points: rows.map((row) => toBucket(row, currency)) })
  })

  return router
}
