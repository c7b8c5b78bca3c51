import { Router } from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'
import { canonicalId } from '../../../shared/engine/ids.ts'
import { CartId, SessionId, webUrl } from '../../../shared/wire/text.ts'
import { publicKey } from '../../http/auth.ts'
import { cors } from '../../http/cors.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { settingsFor } from '../../service/deps.ts'
import { emailHash } from '../../service/identity.ts'
import { refuseStranger } from '../../service/sites.ts'
import type { ApiKey, Scope } from '../../store/keys.ts'
import { checked, membersIn, textOf } from './body.ts'
import { filled, OrderId } from './fields.ts'
import { addressIn, reportOf } from './intake.ts'
import { itemsInOrder, PaidBody } from './intake-schema.ts'

const Caller = z.object({ pubKey: z.string('must be a string').max(100) })

export const ClickBody = Caller.extend({ url: webUrl(2048), referrer: z.string('must be a string').max(2048).optional(), rfsn_v4_id: z.uuid('must be a visitor\'s id').optional() })
export const CheckoutBody = Caller.extend({ cart_id: OrderId.pipe(CartId), rfsn_v4_id: SessionId, rfsn_v4_aid: OrderId, rfsn_v4_cs: z.string('must be a string').max(100) })
export const ConversionBody = PaidBody.extend({ ...Caller.shape, cart_id: filled(OrderId.pipe(CartId)), rfsn_v4_id: filled(SessionId) })

/** The calls of Refersion's script, which bear the public half of a key: JSON under any content type. */
export function trackerRoutes({ services, store, limits, addressOf }: RouteDeps): Router {
  const router = new Router({ prefix: '/tracker/v4' })
  const allow = cors(store)
  router.options(['/click', '/checkout', '/conversion'], allow)
  router.use(allow, rateLimit(limits, 'script', addressOf))
  const bindingLimit = rateLimit(limits, 'bindings', addressOf)

  /** Whose page it is; throws `UNAUTHORIZED` for a key that is not in use, `FORBIDDEN` for a page of somebody else. */
  function callerOf(ctx: Context, pubKey: string, scope: Scope = 'tracking'): ApiKey {
    const directory = store.directory()
    const key = publicKey(directory, pubKey)
    if (key === undefined) throw new DomainError('UNAUTHORIZED', 'Invalid API credentials (error 2).')
    if (!key.scopes.includes(scope)) throw new DomainError('FORBIDDEN', `This key has no scope "${scope}".`)
    refuseStranger(directory, ctx.get('Origin') || undefined, key.merchantId)
    return key
  }

  router.post('/click', async (ctx) => {
    const body = checked(ClickBody, membersIn(await textOf(ctx)))
    const { merchantId, mode } = callerOf(ctx, body.pubKey)
    const visitor = await services.visitors.arrive({ merchantId, mode, url: body.url, session: body.rfsn_v4_id?.toLowerCase(), referrer: body.referrer, userAgent: ctx.get('User-Agent'), origin: ctx.get('Origin') || undefined })
    ctx.body = { id: visitor?.session ?? null, aid: visitor?.affiliate ?? null, cs: visitor?.check ?? null }
  })

  router.post('/checkout', async (ctx) => {
    const body = checked(CheckoutBody, membersIn(await textOf(ctx)))
    const { merchantId, mode } = callerOf(ctx, body.pubKey)
    const { attached } = await services.visitors.checkOut({ merchantId, mode, cart: canonicalId(body.cart_id), session: canonicalId(body.rfsn_v4_id), affiliate: body.rfsn_v4_aid, check: body.rfsn_v4_cs })
    ctx.body = { status: 'ok', cart_id: body.cart_id, attached }
  })

  router.post('/conversion', async (ctx) => {
    const text = await textOf(ctx)
    const { rfsn_v4_id: visitor, pubKey, ...order } = checked(ConversionBody, itemsInOrder(membersIn(text), text))
    const key = callerOf(ctx, pubKey, 'conversions')
    const report = reportOf(order, { key, settings: settingsFor(store.directory(), key.merchantId), identityOf: services.identities.identityOf })
    const [address] = addressIn(order.customer)
    if (visitor !== undefined && address !== undefined) await bindingLimit(ctx, async () => undefined)
    await services.pageOrders.tell({ report, session: visitor && canonicalId(visitor), cart: order.cart_id && canonicalId(order.cart_id), emailHash: address && emailHash(address) })
    ctx.body = { status: 'queued', order_id: order.order_id, cart_id: order.cart_id ?? null }
  })

  return router
}
