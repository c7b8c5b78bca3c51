import { describe, expect, test } from 'vitest'
import type { IdentifierKind, Mode } from '../../shared/domain.ts'
import { verify } from '../../collector/service/verify.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { balancesOf, earnedBy, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS, uuidAt } from '../helpers/collector.ts'
import { plainlyRefused, refusal, rowCounts, rowsOf } from '../helpers/rows.ts'

interface Told { order?: string; cart?: string; mode?: Mode; more?: { kind: IdentifierKind; value: string }[] }

/** An order whose shop knows nothing but the cart. */
async function order({ services, merchantId }: Shop, { order: externalId = '1', cart = 'c-1', mode = 'live', more = [] }: Told = {}): Promise<void> {
  const report = { merchantId, mode, kind: 'sale' as const, externalId, amount: { minor: 1000, currency: 'EUR' }, metadata: null, identifiers: [{ kind: 'cart' as const, value: cart }, ...more] }
  await services.conversions.record(report, { render: () => ({ status: 200, body: '' }) })
}

const attach = ({ services, merchantId }: Shop, session: string, { cart = 'c-1', mode = 'live' }: Told = {}): Promise<{ attached: boolean; created: boolean }> => services.carts.attach({ merchantId, mode, cart, session })
const earned = async (shop: Shop, externalId = '1', mode: Mode = 'live'): Promise<Record<string, number>> => earnedBy(shop, await shop.services.conversions.find(shop.merchantId, externalId, mode))

describe('a cart stands for its session', () => {
  test.each(['before', 'after'])('named %s the order', async (when) => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    if (when === 'before') await attach(shop, session)
    await order(shop)
    shop.clock.nowMs += HOUR_MS
    expect(await attach(shop, session)).toEqual({ attached: true, created: when === 'after' })
    expect(await earned(shop)).toEqual({ ana: 100 })
    expect((await shop.services.conversions.find(shop.merchantId, '1')).marks).toEqual(when === 'after' ? ['LATE_ARRIVAL', 'UNVERIFIED_IDENTITY'] : [])
    expect((await shop.services.conversions.find(shop.merchantId, '1')).identifiers.map(({ kind, value }) => [kind, value])).toEqual([['cart', 'c-1'], ['session', session]])
  })

  test.each([['before', 'approved'], ['after', 'skipped']])('named %s the order: what it wins is %s by the job', async (when, outcome) => {
    const shop = await shopOfThree()
    await shop.services.campaigns.update(shop.campaignId, { holdDays: 0 })
    const session = await visited(shop)
    if (when === 'before') await attach(shop, session)
    await order(shop)
    await attach(shop, session)
    shop.clock.nowMs += 1
    expect((await shop.services.commissions.approveDue()).approved).toBe(outcome === 'approved' ? 1 : 0)
    expect(await earned(shop)).toEqual({ ana: 100 })
  })

  test("ties the session to the order's customer by a page's word, not by a server's", async () => {
    const shop = await shopOfThree()
    await shop.services.campaigns.update(shop.campaignId, { holdDays: 0 })
    await attach(shop, await visited(shop))
    const identity = shop.services.identities.identityOf(shop.merchantId, 'a'.repeat(64))
    await order(shop, { more: [{ kind: 'identity', value: identity }] })
    expect(rowsOf(shop, 'select source from bindings')).toEqual([{ source: 'browser' }])
    await order(shop, { order: '2', cart: 'unknown', more: [{ kind: 'identity', value: identity }] })
    expect((await shop.services.conversions.find(shop.merchantId, '2')).marks).toEqual(['UNVERIFIED_IDENTITY'])
  })

  test('as a session and an identity do, cart and e-mail of one order tie the customer', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    await attach(shop, session)
    const identity = shop.services.identities.identityOf(shop.merchantId, 'a'.repeat(64))
    await order(shop, { more: [{ kind: 'identity', value: identity }] })
    await order(shop, { order: '2', cart: 'unknown', more: [{ kind: 'identity', value: identity }] })
    expect([await earned(shop), await earned(shop, '2')]).toEqual([{ ana: 100 }, { ana: 100 }])
  })

  test('two carts of one session, and one that comes twice', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    for (const cart of ['c-1', 'c-2']) await attach(shop, session, { cart })
    const rows = rowCounts(shop)
    expect(await attach(shop, session)).toEqual({ attached: true, created: false })
    expect(rowCounts(shop)).toEqual(rows)
    await order(shop)
    await order(shop, { order: '2', cart: 'c-2' })
    expect([await earned(shop), await earned(shop, '2')]).toEqual([{ ana: 100 }, { ana: 100 }])
  })

  test('the first word on a cart stands', async () => {
    const shop = await shopOfThree()
    const [mine, thief] = [await visited(shop), await visited(shop, { code: 'ben' })]
    await attach(shop, mine)
    expect(await attach(shop, thief)).toEqual({ attached: false, created: false })
    await order(shop)
    expect(await earned(shop)).toEqual({ ana: 100 })
  })

  test('an order that somebody won is not rewritten', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    await order(shop, { more: [{ kind: 'code', value: 'ben' }] })
    await attach(shop, session)
    expect([await earned(shop), balancesOf(shop)]).toEqual([{ ben: 100 }, { expense: 100, pending: -100 }])
  })

  test('a cart that comes more than a day after the order settles nothing', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    await order(shop)
    shop.clock.nowMs += DAY_MS + 1
    await attach(shop, session)
    expect(await earned(shop)).toEqual({})
  })

  test('a click after the order is no evidence for it', async () => {
    const shop = await shopOfThree()
    await order(shop)
    shop.clock.nowMs += 1000
    await attach(shop, await visited(shop))
    expect(await earned(shop)).toEqual({})
  })

  test.each<[Mode, Mode, Record<string, number>]>([['live', 'live', { ana: 100 }], ['live', 'test', { ana: 100 }], ['test', 'test', { ana: 100 }], ['test', 'live', {}]])('a %s cart and a %s order', async (cartMode, orderMode, expected) => {
    for (const cartFirst of [true, false]) {
      const shop = await shopOfThree()
      const session = await visited(shop)
      if (cartFirst) await attach(shop, session, { mode: cartMode })
      await order(shop, { mode: orderMode })
      if (!cartFirst) await attach(shop, session, { mode: cartMode })
      expect(await earned(shop, '1', orderMode)).toEqual(expected)
    }
  })

  test("another merchant's cart of the same name is another cart", async () => {
    const shop = await shopOfThree()
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    await attach({ ...shop, merchantId: other.merchantId }, await visited(shop))
    await order(shop)
    expect(await earned(shop)).toEqual({})
  })

  test('the book is in order', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    await order(shop)
    await attach(shop, session)
    expect(rowsOf(shop, 'select count(*) as n from carts')).toEqual([{ n: 1 }])
    expect((await shop.services.conversions.find(shop.merchantId, '1')).receipts).toHaveLength(2)
    expect((await verify(shop)).problems).toEqual([])
  })
})

describe('POST /r/cart', () => {
  test('a number is the text that a server would name it by', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    for (const cart of [4711, '4711']) expect((await call(shop, '/r/cart', { body: { session, cart, url: 'https://www.shop.example/cart' } })).body).toEqual({ attached: true })
    const another = await call(shop, '/r/cart', { body: { session: uuidAt(shop.clock.nowMs), cart: 4711, url: 'https://www.shop.example/cart' } })
    expect(another.body).toEqual({ attached: false })
  })

  test('from a page of the shop', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    const send = () => call(shop, '/r/cart', { body: { session: session.toUpperCase(), cart: ' c-1 ', url: 'https://www.shop.example/cart' }, headers: { Origin: 'https://www.shop.example', 'Content-Type': 'text/plain' } })
    expect((await send()).body).toEqual({ attached: true })
    expect((await send()).body).toEqual({ attached: true })
    await order(shop)
    expect(await earned(shop)).toEqual({ ana: 100 })
  })

  test.each<[string, Record<string, unknown>, Record<string, string>, number, string, RegExp]>([
    ['a cart without a name', { cart: ' ' }, {}, 400, 'INVALID', /^cart: must not be empty/],
    ['a list', { cart: [7] }, {}, 400, 'INVALID', /^cart: must be a string/],
    ['a long name', { cart: 'x'.repeat(256) }, {}, 400, 'INVALID', /^cart: must be at most 255/],
    ['no session', { session: 's-1' }, {}, 400, 'INVALID', /^session: /],
    ['a page of nobody', { url: 'https://evil.example/' }, {}, 400, 'INVALID', /evil\.example is not a site/],
    ['a stranger', {}, { Origin: 'https://evil.example' }, 403, 'FORBIDDEN', /./],
  ])('refuses %s', async (...row) => {
    const [, change, headers, status, code, says] = row
    const shop = await shopOfThree()
    const body = { session: uuidAt(shop.clock.nowMs), cart: 'c-1', url: 'https://shop.example/', ...change }
    expect(await refusal(shop, () => call(shop, '/r/cart', { body, headers }))).toMatchObject(plainlyRefused({ status, code, says }))
  })
})
