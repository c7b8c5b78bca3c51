import { Router } from '@koa/router'
import type { Context } from 'koa'
import { bearerKey } from '../../http/auth.ts'
import { apiBody, optionalBody, valid } from '../../http/body.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { Decision } from '../../service/affiliates.ts'
import type { ApplicationView } from '../../service/applications.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { toApplication } from './affiliate-map.ts'
import { AcceptBody, ApplicationQuery, BulkAcceptBody, BulkRejectBody, RejectBody } from './affiliate-schema.ts'
import { refuseUnknownCampaigns } from './field-names.ts'
import { queryOf, replies } from './reply.ts'

/** Applications of the RefCampaign dialect: listed, accepted and rejected, all of a call or none. */
export function applicationRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/applications' })
  const reply = replies(now)
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'affiliates' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))

  function accepting(merchantId: number, campaigns: string[]): Decision {
    refuseUnknownCampaigns(settingsFor(store.directory(), merchantId).campaigns, campaigns, 'campaignIds')
    return { accepted: true, campaigns }
  }
  const updated = (applications: ApplicationView[]) => reply.one({ updated: applications.length, ids: applications.map(({ affiliate }) => affiliate.id) })

  router.get('/', (ctx) => {
    const { merchantId } = keyOf(ctx)
    const query = valid(ApplicationQuery, queryOf(ctx))
    ctx.body = reply.page(services.applications.page(merchantId, query), query, toApplication)
  })

  router.put('/bulk-accept', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body: { applicationIds: ids, campaignIds } } = await apiBody(ctx, BulkAcceptBody)
    ctx.body = updated(await services.applications.decide({ merchantId, ids, decision: accepting(merchantId, campaignIds) }))
  })

  router.put('/bulk-reject', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { body: { applicationIds: ids, reason } } = await apiBody(ctx, BulkRejectBody)
    ctx.body = updated(await services.applications.decide({ merchantId, ids, decision: { accepted: false, reason } }))
  })

  router.get('/:id', (ctx) => {
    ctx.body = reply.one(toApplication(services.applications.find(keyOf(ctx).merchantId, ctx.params['id'] ?? '')))
  })

  const decided = async (merchantId: number, id: string, decision: Decision) => {
    await services.applications.decide({ merchantId, ids: [id], decision })
    return reply.one(toApplication(services.applications.find(merchantId, id)))
  }

  router.put('/:id/accept', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { campaignIds } = await optionalBody(ctx, AcceptBody)
    ctx.body = await decided(merchantId, ctx.params['id'] ?? '', accepting(merchantId, campaignIds))
  })

  router.put('/:id/reject', async (ctx) => {
    const { merchantId } = keyOf(ctx)
    const { reason } = await optionalBody(ctx, RejectBody)
    ctx.body = await decided(merchantId, ctx.params['id'] ?? '', { accepted: false, reason })
  })

  return router
}
