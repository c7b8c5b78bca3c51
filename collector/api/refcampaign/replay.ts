import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../../shared/errors.ts'
import { bearerKey } from '../../http/auth.ts'
import { apiBody } from '../../http/body.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import { replayJson } from '../../service/replay-json.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { replies } from './reply.ts'
import { ReplayBody } from './schema.ts'

/** Most orders of one call: a second or two of a processor, in slices between which others are answered. */
const MOST_ORDERS = 20_000

/** What affiliates would have earned under another policy; amounts are minor units. */
export function replayRoutes({ services, store, limits, now }: RouteDeps): Router {
  const router = new Router({ prefix: '/api/v1/replay' })
  const keyOf = (ctx: Context) => bearerKey(ctx, store.directory(), { dialect: 'refcampaign', scope: 'reports' })
  router.use(rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id))
  let isRunning = false

  router.post('/', async (ctx) => {
    const { merchantId, mode } = keyOf(ctx)
    const { body } = await apiBody(ctx, ReplayBody)
    if (isRunning) throw new DomainError('RATE_LIMITED', 'A replay is running already; please try again in a moment.', { retryAfterSeconds: 2 })
    isRunning = true
    try {
      const report = await services.replay.run({ ...body, mode, most: MOST_ORDERS }, merchantId)
      ctx.body = replies(now).one(replayJson(report))
    } finally {
      isRunning = false
    }
  })

  return router
}
