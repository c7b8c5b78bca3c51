import { Router } from '@koa/router'
import type { Context } from 'koa'
import type { Recorded } from '../../../shared/engine/record.ts'
import { bearerKey, seenBy } from '../../http/auth.ts'
import { apiBody, valid } from '../../http/body.ts'
import { idempotencyKeyOf, orderOnce } from '../../http/once.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { settingsFor } from '../../service/deps.ts'
import type { OrderReport, Reply } from '../../service/conversions.ts'
import { toReceipt } from '../../service/receipts.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { fromOldTrack, fromPostback, fromRefund, fromTrack, toListed, toOldTracked, toPostedBack, toRefunded, toTracked } from './map.ts'
import { queryOf, replies } from './reply.ts'
import { ConversionQuery, PostbackBody, RefundBody, TrackBody } from './schema.ts'

const PREFIX = '/api/v1/conversions'
/** What the SDK's first version calls: the same in minor units. */
const OLD_TRACK = '/api/conversions/track'

/** Conversions of the RefCampaign dialect: translate in, call the one service, translate out. No rule lives here. */
export function conversionRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router()
  const { identityOf } = services.identities
  const reply = replies(now)
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'conversions' })
  router.use([PREFIX, OLD_TRACK], rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))

  router.post(`${PREFIX}/track`, async (ctx) => {
    const key = keyOf(ctx)
    const { body, text } = await apiBody(ctx, TrackBody)
    await record(ctx, fromTrack({ key, body, text, identityOf }), { text, render: ({ conversion }) => toTracked(conversion) })
  })

  router.post(OLD_TRACK, async (ctx) => {
    const key = keyOf(ctx)
    const { body, text } = await apiBody(ctx, TrackBody)
    await record(ctx, fromOldTrack({ key, body, text, identityOf }), { text, render: ({ conversion }) => toOldTracked(conversion) })
  })

  router.post(`${PREFIX}/postback`, async (ctx) => {
    const key = keyOf(ctx)
    const { body, text } = await apiBody(ctx, PostbackBody)
    await record(ctx, fromPostback({ key, body, text, identityOf }), { text, render: ({ conversion }) => toPostedBack(conversion) })
  })

  router.post(`${PREFIX}/refund`, async (ctx) => {
    const key = keyOf(ctx)
    const { body } = await apiBody(ctx, RefundBody)
    const refunded = await services.refunds.refund(fromRefund(key, body, idempotencyKeyOf(ctx)), { actor: key.id })
    ctx.body = reply.one(toRefunded(refunded))
  })

  router.get(PREFIX, async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { from, to, ...query } = valid(ConversionQuery, queryOf(ctx))
    ctx.body = reply.page(await services.conversions.page({ merchantId, mode, ...query, fromMs: from, toMs: to }), query, toListed)
  })

  router.get(`${PREFIX}/:id`, async (ctx) => {
    const key = keyOf(ctx)
    ctx.body = reply.one(toListed(await services.conversions.find(key.merchantId, ctx.params['id'] ?? '', seenBy(key))))
  })

  router.get(`${PREFIX}/:id/receipt`, async (ctx) => {
    const key = keyOf(ctx)
    const { merchantId } = key
    const found = await services.conversions.find(merchantId, ctx.params['id'] ?? '', seenBy(key))
    ctx.body = { success: true, data: toReceipt(found, settingsFor(store.directory(), merchantId)) }
  })

  async function record(ctx: Context, report: OrderReport, { text, render }: { text: string; render: (recorded: Recorded) => Record<string, unknown> }): Promise<void> {
    const answer = await services.conversions.record(report, { render: (recorded) => replyTo(recorded, render), once: orderOnce(ctx, keyOf(ctx), text) })
    ctx.status = answer.status
    ctx.type = 'application/json'
    ctx.body = answer.body
  }

  return router
}

/** 201 to the call that wrote it and 200 to its repeats, with equal bodies (ENGINE section 3, rule 9): so nothing in it tells of the call. */
function replyTo(recorded: Recorded, render: (recorded: Recorded) => Record<string, unknown>): Reply {
  const timestamp = new Date(recorded.conversion.order.receivedAtMs).toISOString()
  return { status: recorded.created ? 201 : 200, body: JSON.stringify({ success: true, data: render(recorded), meta: { timestamp } }) }
}
