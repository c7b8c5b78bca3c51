import { describe, expect, test } from 'vitest'
import { balancesOf, earnedBy, shopOfThree, type Shop } from '../../helpers/book.ts'
import { call, uuidAt, type Answer } from '../../helpers/collector.ts'
import { refusal, rowCounts, rowsOf } from '../../helpers/rows.ts'

const PAGE = { Origin: 'https://www.shop.example', 'Content-Type': 'text/plain' }
const send = (shop: Shop, path: 'click' | 'checkout' | 'conversion', body: object, headers: Record<string, string> = PAGE): Promise<Answer> =>
  call(shop, `/tracker/v4/${path}`, { body: { pubKey: shop.keys.refersion.public, ...body }, headers })
const click = (shop: Shop, query: string, more: object = {}): Promise<Answer> => send(shop, 'click', { url: `https://www.shop.example/tea?${query}`, ...more })

/** What a page remembers after a click. */
async function remembered(shop: Shop, query = 'rfsn=1.ana'): Promise<{ rfsn_v4_id: string; rfsn_v4_aid: number; rfsn_v4_cs: string }> {
  const { status, body, text } = await click(shop, query)
  if (status !== 200) throw new Error(text)
  return { rfsn_v4_id: String(body['id']), rfsn_v4_aid: Number(body['aid']), rfsn_v4_cs: String(body['cs']) }
}

/** What the shop's server reports, which knows the cart alone. */
async function earnedByCart(shop: Shop, cart: string): Promise<Record<string, number>> {
  await shop.services.conversions.record({ merchantId: shop.merchantId, mode: 'live', kind: 'sale', externalId: cart, amount: { minor: 1000, currency: 'EUR' }, metadata: null, identifiers: [{ kind: 'cart', value: cart }] }, { render: () => ({ status: 200, body: '' }) })
  return earnedBy(shop, await shop.services.conversions.find(shop.merchantId, cart))
}

describe('click', () => {
  test.each([
    ['number and code', 'rfsn=2.ben', 2], ['a code in capitals', 'rfsn=2.BEN', 2], ['an old code, by its number', 'rfsn=2.gone', 2], ['the number alone', 'rfsn=3', 3], ['the code alone', 'rfsn=cleo', 3], ['our own parameter', 'ref=ana', 1],
    ['whose number is another\'s, the code', 'rfsn=1.ben', 2],
  ])('with %s', async (_name, query, number) => {
    const shop = await shopOfThree()
    const { status, body } = await click(shop, query)
    expect([status, body]).toEqual([200, { id: expect.stringMatching(/^[0-9a-f-]{36}$/), aid: number, cs: expect.stringMatching(/^[0-9a-f]{24}$/) }])
    expect(rowsOf(shop, 'select count(*) as n from clicks')).toEqual([{ n: 1 }])
  })

  test('without an affiliate writes nothing, and there is nothing to remember', async () => {
    const shop = await shopOfThree()
    const before = rowCounts(shop)
    expect((await click(shop, 'utm_source=mail')).body).toEqual({ id: null, aid: null, cs: null })
    expect(rowCounts(shop)).toEqual(before)
  })

  test('of a visitor who came before keeps the session', async () => {
    const shop = await shopOfThree()
    const first = await remembered(shop)
    const again = await click(shop, 'rfsn=2.ben', { rfsn_v4_id: first.rfsn_v4_id.toUpperCase() })
    expect(again.body).toMatchObject({ id: first.rfsn_v4_id, aid: 2 })
    expect(again.body['cs']).not.toBe(first.rfsn_v4_cs)
  })

  test.each<[string, object, Record<string, string>, number, RegExp]>([
    ['a key of nobody', { pubKey: 'pub_0' }, PAGE, 401, /^Invalid API credentials \(error 2\)\.$/],
    ['a secret key', { pubKey: 'sec_0' }, PAGE, 401, /credentials/],
    ['an affiliate of nobody', { url: 'https://shop.example/?rfsn=99.zzz' }, PAGE, 422, /rfsn=99\.zzz names no affiliate/],
    ['a page of another site', { url: 'https://evil.example/?rfsn=1.ana' }, PAGE, 422, /evil\.example is not a site/],
    ['a stranger\'s page', {}, { ...PAGE, Origin: 'https://evil.example' }, 403, /./],
    ['an address that is none', { url: 'javascript:1' }, PAGE, 422, /url: must be an http/],
    ['a visitor that is none', { rfsn_v4_id: 'x' }, PAGE, 422, /rfsn_v4_id: must be a visitor's id/],
    ['no address', { url: undefined }, PAGE, 400, /^Missing required field url$/],
  ])('is refused with %s', async (...row) => {
    const [, change, headers, status, says] = row
    const shop = await shopOfThree()
    const refused = await refusal(shop, () => send(shop, 'click', { url: 'https://www.shop.example/?rfsn=1.ana', ...change }, headers))
    expect(refused).toMatchObject({ status, written: [] })
    expect(refused.text).toMatch(new RegExp(says.source.replace('^', '"').replace('$', '"')))
  })

  test('a preflight of the shop\'s page is answered', async () => {
    const shop = await shopOfThree()
    const { status, headers } = await call(shop, '/tracker/v4/click', { method: 'OPTIONS', headers: PAGE })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, 'https://www.shop.example'])
  })
})

const orderOf = (shop: Shop) => shop.services.conversions.find(shop.merchantId, '1001')

describe('conversion', () => {
  const ORDER = { order_id: 1001, currency_code: 'EUR', items: [{ sku: 'MUG', quantity: '2', price: '5.00' }], shipping: '4.90', tax: 0, discount_code: null }
  const thanks = (shop: Shop, more: object = {}): Promise<Answer> => send(shop, 'conversion', { ...ORDER, ...more })

  test('by the visitor, and waits for a person', async () => {
    const shop = await shopOfThree()
    const { rfsn_v4_id } = await remembered(shop)
    const { status, body } = await thanks(shop, { rfsn_v4_id })
    expect([status, body]).toEqual([200, { status: 'queued', order_id: '1001', cart_id: null }])
    const found = await orderOf(shop)
    expect([earnedBy(shop, found), found.marks, found.order.amount.minor]).toEqual([{ ana: 100 }, ['TOLD_BY_BROWSER'], 1490])
    expect((await thanks(shop, { rfsn_v4_id })).status).toBe(200)
    expect(rowsOf(shop, 'select count(*) as n from conversions')).toEqual([{ n: 1 }])
  })

  test('by the cart, whose checkout came before or comes after', async () => {
    const shop = await shopOfThree()
    const visitor = await remembered(shop)
    await thanks(shop, { cart_id: 'c-1' })
    await send(shop, 'checkout', { cart_id: 'c-1', ...visitor })
    expect(earnedBy(shop, await orderOf(shop))).toEqual({ ana: 100 })
  })

  test('the shop\'s server has the last word on it', async () => {
    const shop = await shopOfThree()
    const visitor = await remembered(shop)
    await thanks(shop, { rfsn_v4_id: visitor.rfsn_v4_id, cart_id: 'c-1', items: [{ sku: 'MUG', quantity: 1, price: 999 }] })
    const paid = await call(shop, '/tracker/orders/paid', { body: { ...ORDER, cart_id: 'c-1' }, headers: { 'Refersion-Public-Key': shop.keys.refersion.public, 'Refersion-Secret-Key': shop.keys.refersion.secret } })
    expect(paid.status).toBe(200)
    expect(balancesOf(shop)).toEqual({ expense: 100, pending: -100 })
  })

  test('no word of a page names an affiliate, a customer or a subscription', async () => {
    const shop = await shopOfThree()
    await thanks(shop, { auto_credit_affiliate_id: 2, is_subscription: true, subscription_id: 's-1', customer: { email: 'kim@customer.example' } })
    const { order, identifiers } = await orderOf(shop)
    expect([order.subscriptionId, identifiers, rowsOf(shop, 'select count(*) as n from bindings')]).toEqual([null, [], [{ n: 0 }]])
  })

  test('the customer of a visitor is kept as a browser says it', async () => {
    const shop = await shopOfThree()
    const { rfsn_v4_id } = await remembered(shop)
    await thanks(shop, { rfsn_v4_id, customer: { email: 'Kim@customer.example' } })
    expect(rowsOf(shop, 'select source from bindings')).toEqual([{ source: 'browser' }])
  })

  test.each<[string, object, number, RegExp]>([
    ['no order id', { order_id: undefined }, 400, /Missing required field order_id/], ['no items', { items: undefined }, 400, /Missing required field items/], ['an empty list', { items: [] }, 422, /at least one/],
    ['a price below zero', { items: [{ sku: 'A', quantity: 1, price: -1 }] }, 422, /negative/], ['half a unit', { items: [{ sku: 'A', quantity: 0.5, price: 1 }] }, 422, /whole number/], ['an unknown currency', { currency_code: 'XXQ' }, 422, /currency/],
    ['a key of nobody', { pubKey: 'pub_0' }, 401, /credentials/],
  ])('is refused with %s', async (...row) => {
    const [, change, status, says] = row
    const shop = await shopOfThree()
    const refused = await refusal(shop, () => thanks(shop, change))
    expect([refused.status, refused.written]).toEqual([status, []])
    expect(refused.text).toMatch(says)
  })
})

describe('checkout', () => {
  test.each(['before', 'after'])('hands the cart over %s the order', async (when) => {
    const shop = await shopOfThree()
    const visitor = await remembered(shop)
    shop.clock.nowMs += 60_000
    const orders = async (): Promise<Record<string, number>> => earnedByCart(shop, 'c-1')
    const early = when === 'after' ? await orders() : {}
    const { status, body } = await send(shop, 'checkout', { cart_id: 'c-1', ...visitor, url: 'https://www.shop.example/cart' })
    expect([status, body, early]).toEqual([200, { status: 'ok', cart_id: 'c-1', attached: true }, {}])
    expect(await orders()).toEqual({ ana: 100 })
  })

  test.each<[string, object]>([['check', { rfsn_v4_cs: 'f'.repeat(24) }], ['shorter check', { rfsn_v4_cs: '' }], ['affiliate', { rfsn_v4_aid: 2 }], ['visitor', { rfsn_v4_id: uuidAt(0) }]])('is refused with another %s', async (_name, change) => {
    const shop = await shopOfThree()
    const visitor = await remembered(shop)
    const refused = await refusal(shop, () => send(shop, 'checkout', { cart_id: 'c-1', ...visitor, ...change }))
    expect(refused).toMatchObject({ status: 403, body: { error: expect.stringMatching(/rfsn_v4_cs does not fit/) }, written: [] })
  })

  test('a visitor of one merchant checks out at no other', async () => {
    const shop = await shopOfThree()
    const visitor = await remembered(shop)
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    expect(await refusal(shop, () => send(shop, 'checkout', { pubKey: other.keys.refersion.public, cart_id: 'c-1', ...visitor }, { 'Content-Type': 'text/plain' }))).toMatchObject({ status: 403, written: [] })
  })

  test.each(['cart_id', 'rfsn_v4_id', 'rfsn_v4_aid', 'rfsn_v4_cs'])('needs %s', async (field) => {
    const shop = await shopOfThree()
    const body = { cart_id: 'c-1', ...(await remembered(shop)), [field]: undefined }
    const refused = await refusal(shop, () => send(shop, 'checkout', body))
    expect(refused).toMatchObject({ status: 400, body: { error: `Missing required field ${field}` }, written: [] })
  })
})
