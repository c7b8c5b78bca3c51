import { Router } from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'
import { canonicalId } from '../../../shared/engine/ids.ts'
import { CartId, SessionId, webUrl } from '../../../shared/wire/script.ts'
import { publicKey } from '../../http/auth.ts'
import { pageBody } from '../../http/body.ts'
import { cors } from '../../http/cors.ts'
import { JsonNumber } from '../../http/json.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { refuseStranger } from '../../service/sites.ts'
import type { ApiKey } from '../../store/keys.ts'

const NUMBER = z.union([z.string(), z.instanceof(JsonNumber).transform(({ source }) => source)], 'must be a string or a number').pipe(z.string().regex(/^\d{1,15}$/, 'must be a number'))
const Caller = z.object({ pubKey: z.string('must be a string').max(100) })

const ClickBody = Caller.extend({ url: webUrl(2048), referrer: z.string('must be a string').max(2048).optional(), rfsn_v4_id: z.uuid('must be a visitor\'s id').optional() })
const CheckoutBody = Caller.extend({ cart_id: CartId, rfsn_v4_id: SessionId, rfsn_v4_aid: NUMBER, rfsn_v4_cs: z.string('must be a string').max(100) })

/** The calls of Refersion's script, which bear the public half of a key: JSON under any content type. */
export function trackerRoutes({ services, store, limits, addressOf }: RouteDeps): Router {
  const router = new Router({ prefix: '/tracker/v4' })
  const allow = cors(store)
  router.options(['/click', '/checkout'], allow)
  router.use(allow, rateLimit(limits?.script, addressOf))

  /** Whose page it is; throws `UNAUTHORIZED` for a key that is not in use, `FORBIDDEN` for a page of somebody else. */
  function callerOf(ctx: Context, pubKey: string): ApiKey {
    const directory = store.directory()
    const key = publicKey(directory, pubKey)
    if (key === undefined) throw new DomainError('UNAUTHORIZED', 'Invalid API credentials (error 2).')
    if (!key.scopes.includes('tracking')) throw new DomainError('FORBIDDEN', 'This key has no scope "tracking".')
    refuseStranger(directory, ctx.get('Origin') || undefined, key.merchantId)
    return key
  }

  router.post('/click', async (ctx) => {
    const { body } = await pageBody(ctx, ClickBody)
    const { merchantId, mode } = callerOf(ctx, body.pubKey)
    const visitor = await services.visitors.arrive({ merchantId, mode, url: body.url, session: body.rfsn_v4_id?.toLowerCase(), referrer: body.referrer, userAgent: ctx.get('User-Agent'), origin: ctx.get('Origin') || undefined })
    ctx.body = { id: visitor?.session ?? null, aid: visitor?.affiliate ?? null, cs: visitor?.check ?? null }
  })

  router.post('/checkout', async (ctx) => {
    const { body } = await pageBody(ctx, CheckoutBody)
    const { merchantId, mode } = callerOf(ctx, body.pubKey)
    const { attached } = await services.visitors.checkOut({ merchantId, mode, cart: canonicalId(body.cart_id), session: canonicalId(body.rfsn_v4_id), affiliate: body.rfsn_v4_aid, check: body.rfsn_v4_cs })
    ctx.body = { status: 'ok', cart_id: body.cart_id, attached }
  })

  return router
}
