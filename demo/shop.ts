import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Router } from '@koa/router'
import Koa from 'koa'
import type { Context } from 'koa'
import rawBody from 'raw-body'
import { shipped } from '../collector/files.ts'
import { RefCampaign } from '../shared/client/index.ts'
import type { Receipt } from '../shared/client/index.ts'
import { BLANK, Choice, checkoutPage, purchaseOf } from './checkout.ts'
import type { Value } from './html.ts'
import { layout } from './layout.ts'
import { orderBook } from './orders.ts'
import type { Order } from './orders.ts'
import { landingPage, messagePage, roastPage } from './pages.ts'
import type { AffiliateLink } from './pages.ts'
import { orderPage } from './receipt.ts'
import { roastOf } from './roasts.ts'

export interface ShopOptions {
  /** The collector as browsers see it: where the script comes from and where it reports to. */
  collectorUrl: string
  /** The collector as the shop's server sees it, where that differs. */
  apiUrl?: string
  apiKey: string
  links: readonly AffiliateLink[]
  /** Where its styles and scripts lie. */
  publicDir: string
  /** How long a page waits for the collector before it is sent without. */
  patienceMs?: number
}

const PATIENCE_MS = 1500
const FORM_BYTES = 8192

const STATIC: Record<string, string> = {
  'shop.css': 'text/css',
  'receipt.css': 'text/css',
  'stub.js': 'text/javascript',
  'checkout.js': 'text/javascript',
  'favicon.svg': 'image/svg+xml',
}

/** The demo's shop: a landing page, six roasts, a checkout, and a page that shows what the ledger made of the order. */
export function createShop({ collectorUrl, apiUrl = collectorUrl, apiKey, links, publicDir, patienceMs = PATIENCE_MS }: ShopOptions): Koa {
  const client = new RefCampaign({ apiKey, apiUrl, timeoutMs: 4000 })
  const orders = orderBook(client)
  const shop = new Koa()
  const router = new Router()

  const send = (ctx: Context, title: string, body: Value, script?: string): void => {
    ctx.type = 'html'
    ctx.body = String(layout({ title: `${title} · Kaffee Nord`, collectorUrl, body, ...(script && { script }) }))
  }

  router.get('/', (ctx) => { send(ctx, 'Coffee before the ferry', landingPage(links, `${ctx.protocol}://${ctx.host}`)) })

  router.get('/roasts/:slug', (ctx) => {
    const roast = roastOf(ctx.params['slug'])
    if (roast) send(ctx, roast.name, roastPage(roast))
  })

  router.get('/checkout', (ctx) => {
    const choice = Choice.safeParse(ctx.query)
    if (choice.success) send(ctx, 'Checkout', checkoutPage(choice.data, BLANK, randomUUID()), '/checkout.js')
    else ctx.redirect('/#roasts')
  })

  router.post('/order', async (ctx) => {
    const form = await formOf(ctx)
    const choice = Choice.safeParse(form)
    if (!choice.success) return ctx.redirect('/#roasts')
    const asked = purchaseOf(choice.data, form)
    if ('filled' in asked) {
      ctx.status = 422
      send(ctx, 'Checkout', checkoutPage(choice.data, asked.filled, randomUUID()), '/checkout.js')
      return
    }
    const { order, reported } = orders.place(asked.purchase)
    await within(patienceMs, reported)
    ctx.status = 303
    ctx.redirect(`/order/${order.id}`)
  })

  router.get('/order/:id', async (ctx) => {
    const order = orders.find(ctx.params['id'] ?? '')
    if (!order) return
    send(ctx, `Order ${order.id}`, orderPage(order, await within(patienceMs, receiptOf(client, order))))
    // After the page was made, so that it says what it knew: this try is for the next look.
    void orders.reportAgain(order)
  })

  for (const [name, type] of Object.entries(STATIC)) {
    const body = shipped(join(publicDir, name))
    router.get(`/${name}`, (ctx) => {
      ctx.type = type
      ctx.body = body
    })
  }

  shop.use(async (ctx, next) => {
    ctx.set(headersFor(new URL(collectorUrl).origin))
    await next()
    if (ctx.status === 404 && !ctx.body) {
      send(ctx, 'Not found', messagePage('No such berth.', 'The page you asked for is not here, or its order was forgotten when the demo started again.'))
      ctx.status = 404
    }
  })
  shop.use(router.routes())
  return shop
}

/** Only the shop and its collector, and no inline script: what a careful merchant would send too. */
function headersFor(collector: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src 'self' ${collector}`,
      `connect-src 'self' ${collector}`,
      "style-src 'self'",
      "img-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'X-Content-Type-Options': 'nosniff',
  }
}

/** Nothing when the collector does not tell: the page has words for that. */
async function receiptOf(client: RefCampaign, { report }: Order): Promise<Receipt | undefined> {
  if (report.state !== 'booked') return undefined
  return client.conversions.receipt(report.conversionId).catch(() => undefined)
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, pause(ms, undefined, { ref: false })])
}

async function formOf(ctx: Context): Promise<Record<string, string>> {
  const text = await rawBody(ctx.req, { limit: FORM_BYTES, encoding: 'utf8' })
  return Object.fromEntries(new URLSearchParams(text))
}
