import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { Item, PaidBody } from '../intake-schema.ts'
import { CheckoutBody, ClickBody, ConversionBody } from '../tracker.ts'
import { answers, answersOnce, Refusal, withKeys } from './envelope.ts'
import { CheckedOut, Queued, QueuedPageOrder, Visitor } from './replies.ts'

/** Before they are put in order, items may be an object keyed by what the shop calls its products. */
const items = z.union([PaidBody.shape.items, z.record(z.string(), Item)]).describe('A list, or an object keyed by the product\'s id.')
export const PaidOrder = PaidBody.extend({ items })
export const PageOrder = ConversionBody.extend({ items })

const CLIENTS = [
  ['/tracker/orders/paid', 'reportOrder', 'Report an order'],
  ['/woocommerce/orders/paid', 'reportWooCommerceOrder', 'The same, as the plugin for WooCommerce calls it'],
  ['/tracker/v3/webhook', 'reportOrderAsBefore', 'The same, as it was called before'],
] as const
const LINES = [{ sku: 'TENT-2', quantity: 1, price: '189.00' }]

/** Orders, as shops' servers report them. */
export const intakeOperations: Operation[] = CLIENTS.map(([path, id, summary], index) => ({
  method: 'POST', path, id, tag: 'Orders', access: 'conversions', isKeyInBody: true, summary, ...(index === 2 ? { deprecated: true } : {}),
  description: 'Records an order once, however often it is reported, and decides who earns from it. Prices are of one unit, amounts in major units; commissions are of the items less the discount. The keys stand in the headers or in the body, and any content type will do.',
  body: { schema: withKeys(PaidOrder), example: { cart_id: 'cart_9f3b', order_id: 'ord_42', currency_code: 'EUR', items: LINES, discount: '9.00', discount_code: 'ANA15', customer: { email: 'kim@customer.example' } } },
  ...answersOnce('It is on disk, now or before, whether anybody earns from it or not.', Queued, { status: 'queued', cart_id: 'cart_9f3b' }),
}))

const script = { method: 'POST', tag: 'Script', access: 'public', refuses: [401, 429] } as const
const STRANGER = { 403: { description: 'The key has not the scope, the page is of none of the merchant\'s sites, or the visitor was not handed out here.', schema: Refusal } }
const pubKey = 'pub_5e0f1c2d3b4a69788796'
const SESSION = '0197f0e4-6c00-7000-8000-000000000001'

/** What Refersion's script tells from a shop's pages, by the public half of a key. */
export const scriptOperations: Operation[] = [
  {
    ...script, path: '/tracker/v4/click', id: 'trackClick', summary: 'An arrival on a page of the shop', description: 'Counts an arrival through an affiliate\'s link, and says what the page is to remember. JSON under any content type.',
    body: { schema: ClickBody, example: { pubKey, url: 'https://www.yourshop.com/?rfsn=7.anareyes' } }, replies: { ...answers('What to remember; nothing where the address names no affiliate.', Visitor), ...STRANGER },
  },
  {
    ...script, path: '/tracker/v4/checkout', id: 'trackCheckout', summary: 'Whose cart it is', description: 'Ties a cart to the visitor that the page remembers, so that the order that a server reports with it finds the click. JSON under any content type.',
    body: { schema: CheckoutBody, example: { pubKey, cart_id: 'cart_9f3b', rfsn_v4_id: SESSION, rfsn_v4_aid: 7, rfsn_v4_cs: '1f6b0c9d' } }, replies: { ...answers('Whether the cart is this visitor\'s.', CheckedOut, { status: 'ok', cart_id: 'cart_9f3b', attached: true }), ...STRANGER },
  },
  {
    ...script, path: '/tracker/v4/conversion', id: 'trackConversion', summary: 'An order, as the thank-you page tells of it', description: 'Anybody can send it, so that it waits for a person, unless the shop\'s server reports the order. Which affiliate it was, and what is renewed, takes a server\'s word. JSON under any content type.',
    body: { schema: PageOrder, example: { pubKey, order_id: 'ord_42', currency_code: 'EUR', items: LINES, rfsn_v4_id: SESSION } }, replies: { ...answers('It is on disk.', QueuedPageOrder, { status: 'queued', order_id: 'ord_42', cart_id: null }), ...STRANGER },
  },
]
