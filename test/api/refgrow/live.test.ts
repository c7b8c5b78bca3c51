import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { verify } from '../../../collector/service/verify.ts'
import { BY, record, visited, type Shop } from '../../helpers/book.ts'
import { HOUR_MS, startCollector } from '../../helpers/collector.ts'
import { rowCounts, rowsOf } from '../../helpers/rows.ts'
import { keyWith, say, sharing, withStranger, type Row, type Said } from '../../helpers/refgrow.ts'

const P = '/api/v1'
const post = (shop: Shop, path: string, body: Row, how: Parameters<typeof say>[3] = {}): Promise<Said> => say(shop, 'POST', P + path, { body, ...how })
const put = (shop: Shop, path: string, body: Row, how: Parameters<typeof say>[3] = {}): Promise<Said> => say(shop, 'PUT', P + path, { body, ...how })
const get = (shop: Parameters<typeof say>[0], path: string, key?: string): Promise<Said> => say(shop, 'GET', P + path, key === undefined ? {} : { key })
const drop = (shop: Shop, path: string): Promise<Said> => say(shop, 'DELETE', P + path)
const ids = async (shop: Shop, path: string): Promise<unknown[]> => (await get(shop, path)).rows.map(({ id }) => id)
const purchase = (shop: Shop, body: Row = {}, how: Parameters<typeof say>[3] = {}): Promise<Said> => post(shop, '/conversions', { type: 'purchase', base_value: 100, affiliate_id: 1, ...body }, how)

describe('affiliates', () => {
  test('a page is clamped to 500, and says whether there is more', async () => {
    const shop = await startCollector()
    expect((await get(shop, '/affiliates?limit=1')).body['pagination']).toEqual({ limit: 1, offset: 0, total: 2, has_more: true })
    expect((await get(shop, '/affiliates?limit=100000&offset=1')).body['pagination']).toEqual({ limit: 500, offset: 1, total: 2, has_more: false })
    expect((await get(shop, '/affiliates')).body['pagination']).toMatchObject({ limit: 20 })
  })

  test('whoever is deleted is shown inactive, and keeps what they earned; inactive is disabled', async () => {
    const shop = await startCollector()
    await purchase(shop)
    shop.clock.nowMs += HOUR_MS
    expect([(await drop(shop, '/affiliates/ana%40partner.example')).status, (await drop(shop, '/affiliates/ana%40partner.example')).status]).toEqual([204, 204])
    expect((await get(shop, '/affiliates/ana%40partner.example')).data).toMatchObject({ status: 'inactive', total_earnings: '10.00' })
    expect((await purchase(shop)).data).toMatchObject({ value: 0, affiliate_id: null })
    expect(await ids(shop, '/affiliates?status=inactive')).toEqual([1])
    await put(shop, '/affiliates/ben%40partner.example', { status: 'inactive' })
    expect(rowsOf(shop, "select value ->> 'status' as status from affiliate_versions where version = 2 order by affiliate_id")).toEqual([{ status: 'DISABLED' }, { status: 'DISABLED' }])
    shop.clock.nowMs += HOUR_MS
    expect((await put(shop, '/affiliates/ana%40partner.example', { status: 'active' })).data).toMatchObject({ status: 'active' })
    expect((await verify(shop)).problems).toEqual([])
  })

  test('what an update says again changes nothing, and an address moves', async () => {
    const shop = await startCollector()
    const before = rowCounts(shop)
    expect((await put(shop, '/affiliates/ana%40partner.example', { referral_code: 'ANA', status: 'active' })).status).toBe(200)
    expect(rowCounts(shop)).toEqual(before)
    expect((await put(shop, '/affiliates/ana%40partner.example', { email: 'ana+2@partner.example', partner_slug: 'ana' })).data).toMatchObject({ id: 1, user_email: 'ana+2@partner.example', partner_slug: 'ana' })
    expect((await put(shop, '/affiliates/ana%2B2%40partner.example', { partner_slug: null })).data).toMatchObject({ partner_slug: null })
    expect([(await get(shop, '/affiliates/ana%40partner.example')).status, (await get(shop, '/affiliates/%E0%A4%A')).status]).toEqual([404, 404])
  })
})

describe('referrals', () => {
  test("a customer's orders from then on credit who referred them, and the address stands nowhere but in its row", async () => {
    const shop = await startCollector()
    const email = 'Kim.Secret@Customer.Example'
    expect((await post(shop, '/conversions', { type: 'purchase', base_value: 100, email, reference: 'before' })).data).toMatchObject({ affiliate_id: null })
    shop.clock.nowMs += HOUR_MS
    expect((await post(shop, '/referrals', { email, affiliate_id: 2 }, { headers: { 'Idempotency-Key': 'k-1' } })).data).toMatchObject({ id: 1, user_email: email, conversion_status: 'converted', affiliate_id: 2, affiliate_code: 'ben' })
    expect((await post(shop, '/conversions', { type: 'purchase', base_value: 100, email: email.toLowerCase() })).data).toMatchObject({ value: 10, affiliate_id: 2, referral_code: 'ben', referred_user_id: 1 })
    const holding = (): string[] => Object.keys(rowCounts(shop)).filter((table) => /kim\.secret/i.test(JSON.stringify(rowsOf<Row>(shop, `select * from "${table}"`).map((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : value))))))
    // And for a week in the stored answer to the call.
    expect(holding()).toEqual(['answers', 'referrals'])
    await shop.services.referrals.erase(shop.merchantId, email)
    expect([(await get(shop, '/referrals/kim.secret%40customer.example')).status, holding()]).toEqual([404, []])
    expect((await post(shop, '/conversions', { type: 'purchase', base_value: 100, email })).data).toMatchObject({ affiliate_id: 2, referred_user_id: null })
    expect((await verify(shop)).problems).toEqual([])
  })

  test('a conversion may name the customer by number', async () => {
    const shop = await startCollector()
    await post(shop, '/referrals', { email: 'kim@customer.example', affiliate_id: 2 })
    const told = await post(shop, '/conversions', { type: 'purchase', base_value: 10, referred_user_id: 1, email: 'KIM@customer.example' })
    expect([told.status, told.data]).toMatchObject([201, { affiliate_id: 2, referred_user_id: 1, value: 1 }])
    expect(await post(shop, '/conversions', { type: 'purchase', base_value: 10, referred_user_id: 2 })).toMatchObject({ status: 404, error: 'Referral not found' })
  })

  test("one who came directly can become an affiliate's, and then nobody else's", async () => {
    const shop = await startCollector()
    const body = { email: 'kim@customer.example' }
    expect([await post(shop, '/referrals', body), await post(shop, '/referrals', { ...body, affiliate_id: 1 }), await post(shop, '/referrals', body)].map(({ status, data }) => [status, data['id'], data['affiliate_id']])).toEqual([[201, 1, null], [200, 1, 1], [200, 1, 1]])
    const before = rowCounts(shop)
    expect((await post(shop, '/referrals', { ...body, affiliate_id: 2 })).status).toBe(409)
    expect(rowCounts(shop)).toEqual(before)
    await shop.services.triggers.assign({ email: 'lee@customer.example', affiliate: 'ben' })
    expect([(await post(shop, '/referrals', { email: 'Lee@customer.example', affiliate_id: 1 })).status, (await post(shop, '/referrals', { email: 'Lee@customer.example', affiliate_id: 2 })).status]).toEqual([409, 201])
    expect([(await post(shop, '/referrals', { email: 'x@customer.example', affiliate_id: 99 })).status, rowCounts(shop)['referrals']]).toEqual([404, 2])
  })

  test('are found by affiliate and by status, which a sale of the same mode makes converted', async () => {
    const shop = await startCollector()
    await post(shop, '/referrals', { email: 'a@c.example', affiliate_id: 1 })
    await post(shop, '/referrals', { email: 'b@c.example', affiliate_id: 2 })
    await post(shop, '/referrals', { email: 'd@c.example', status: 'direct_signup' })
    await post(shop, '/conversions', { type: 'signup', email: 'b@c.example' })
    await post(shop, '/conversions', { type: 'purchase', base_value: 5, email: 'B@c.example' })
    await post(shop, '/conversions', { type: 'purchase', base_value: 5, email: 'a@c.example' }, { key: await keyWith(shop, { mode: 'test' }) })
    expect([await ids(shop, '/referrals'), await ids(shop, '/referrals?status=pending'), await ids(shop, '/referrals?status=converted'), await ids(shop, '/referrals?status=direct_signup'), await ids(shop, '/referrals?affiliate_id=1'), await ids(shop, '/referrals?limit=1&offset=1')]).toEqual([[3, 2, 1], [1], [2], [3], [1], [2]])
  })
})

describe('conversions', () => {
  test.each<[string, Row, Row]>([
    ['a purchase at the rate', {}, { value: 10, base_value: 100, base_value_currency: 'EUR', affiliate_id: 1, type: 'purchase' }],
    ['in another currency', { base_value_currency: 'jpy', base_value: 1000.5 }, { value: 100, base_value: 1001, base_value_currency: 'JPY' }],
    ['with an explicit commission', { value: 33.335 }, { value: 33.34, base_value: 100 }],
    ['with an explicit commission and no order', { value: 7, base_value: undefined }, { value: 7, base_value: null }],
    ['with an explicit commission of nothing', { value: 0 }, { value: 0, affiliate_id: 1 }],
    ['with nothing to reckon from', { base_value: null }, { value: 0, base_value: null, affiliate_id: 1 }],
    ['a signup', { type: 'signup', base_value: undefined, value: 2 }, { type: 'signup', value: 2, base_value: null }],
    ['by a code, which counts only where no affiliate is named', { referral_code: 'ben' }, { affiliate_id: 1, referral_code: 'ana' }],
    ['by a code alone', { affiliate_id: null, referral_code: 'BEN' }, { affiliate_id: 2, referral_code: 'ben' }],
    ['by a coupon', { affiliate_id: undefined, coupon_code_used: 'ben10' }, { affiliate_id: 2, referral_code: 'ben', coupon_code_used: 'BEN10' }],
    ['paid at once', { paid: true }, { value: 10, paid: true }],
    ['paid, though nobody earns', { paid: true, affiliate_id: null }, { value: 0, paid: false, affiliate_id: null }],
    ['paid, though nothing is earned', { paid: true, value: 0 }, { value: 0, paid: false }],
  ])('%s', async (_what, body, expected) => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
    const told = await purchase(shop, body)
    expect([told.status, told.data]).toMatchObject([201, expected])
    expect((await get(shop, '/conversions/1')).data).toEqual(told.data)
    expect((await verify(shop)).problems).toEqual([])
  })

  test('a reference is one purchase and one signup; what is told again changes neither, nor pays', async () => {
    const shop = await startCollector()
    const first = await purchase(shop, { reference: 'inv' })
    const again = await purchase(shop, { reference: 'inv', base_value: 5, affiliate_id: 2, paid: true })
    expect([first.status, again.status, again.text === first.text]).toEqual([201, 200, true])
    expect((await purchase(shop, { reference: 'inv', type: 'signup' })).data).toMatchObject({ id: 2, type: 'signup' })
    // A number is a conversion's own here, whatever shops call their orders.
    await purchase(shop, { reference: '1' })
    expect((await get(shop, '/conversions/1')).data).toMatchObject({ id: 1, reference: 'inv' })
  })

  test.each<[string, Row, number, Row]>([
    ['a lower base is a refund of the rest', { base_value: 40 }, 200, { base_value: 40, value: 4 }],
    ['no base is a full refund', { base_value: 0 }, 200, { base_value: 0, value: 0 }],
    ['a value is what is kept', { value: 12.34 }, 200, { value: 12.34, base_value: 100 }],
    ['a base and a value', { base_value: 50, value: 8 }, 200, { value: 8, base_value: 50 }],
    ['a whole row of which the base is another', { type: 'purchase', value: 10, base_value: 50, base_value_currency: 'EUR', paid: false, reference: 'inv', coupon_code_used: null }, 200, { value: 5, base_value: 50 }],
    ['a value, paid', { value: 3, paid: true }, 200, { value: 3, paid: true }],
    ['what it says already', { value: 10, base_value: 100, paid: false, reference: 'inv', base_value_currency: 'eur' }, 200, { value: 10, base_value: 100 }],
    ['a higher base', { base_value: 100.01 }, 409, {}], ['no base at all', { base_value: null }, 409, {}], ['another type', { type: 'signup' }, 409, {}], ['another reference', { reference: 'other' }, 409, {}], ['no reference', { reference: null }, 409, {}],
    ['another coupon', { coupon_code_used: 'X10' }, 409, {}], ['another currency', { base_value_currency: 'USD' }, 409, {}], ['a value of what is given back', { base_value: 0, value: 5 }, 409, {}], ['a payment of what is given back', { base_value: 0, paid: true }, 409, {}],
    ['less than nothing', { value: -1 }, 400, {}], ['a base below nothing', { base_value: -1 }, 400, {}], ['nothing', {}, 400, {}],
  ])('an update: %s', async (_what, body, status, expected) => {
    const shop = await startCollector()
    const { data } = await purchase(shop, { reference: 'inv' })
    const before = rowCounts(shop)
    const told = await put(shop, '/conversions/1', body)
    expect([told.status, told.data]).toMatchObject([status, expected])
    expect((await get(shop, '/conversions/1')).data).toEqual({ ...data, ...expected })
    expect(status === 200 || (typeof told.error === 'string' && isDeepStrictEqual(rowCounts(shop), before))).toBe(true)
    expect((await verify(shop)).problems).toEqual([])
  })

  test('in every state: paid and taken back, raised when paid, given back when paid', async () => {
    const shop = await startCollector()
    await purchase(shop)
    const now = async (body: Row) => (await put(shop, '/conversions/1', body)).data
    expect(await now({ paid: true })).toMatchObject({ paid: true, value: 10 })
    expect(await now({ value: 15 })).toMatchObject({ paid: false, value: 15 })
    expect(await now({ paid: true })).toMatchObject({ paid: true, value: 15 })
    expect(await now({ base_value: 50 })).toMatchObject({ paid: true, base_value: 50, value: 10 })
    expect([(await drop(shop, '/conversions/1')).status, (await drop(shop, '/conversions/1')).status]).toEqual([204, 204])
    expect((await get(shop, '/conversions/1')).data).toMatchObject({ base_value: 0, value: 5, paid: true })
    expect((await verify(shop)).problems).toEqual([])
  })

  test('what a payout holds is paid with it, and such an update changes nothing else either', async () => {
    const shop = await startCollector()
    await purchase(shop)
    const { merchantId, services } = shop
    await services.commissions.approve({ merchantId, names: ['1'] }, BY)
    await services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY)
    const before = rowCounts(shop)
    expect(await put(shop, '/conversions/1', { base_value: 50, paid: true })).toMatchObject({ status: 409, error: 'paid: a payout holds the commission; mark that as paid, or cancel it' })
    expect(rowCounts(shop)).toEqual(before)
    expect((await put(shop, '/conversions/1', { base_value: 50 })).data).toMatchObject({ value: 5, base_value: 50, paid: false })
  })

  test.each<[string, Row, Row]>([
    ['a signup', { type: 'signup', value: 2, base_value: undefined }, { value: 0, base_value: null }],
    ['what nobody won', { affiliate_id: null }, { value: 0, base_value: 0, affiliate_id: null }],
    ['an explicit commission of no order', { base_value: undefined, value: 7 }, { value: 0, base_value: null }],
    ['an order in part given back', {}, { value: 0, base_value: 0 }],
  ])('deleted, %s stays with nothing left, and is won by nobody later', async (_what, body, expected) => {
    const shop = await startCollector()
    await purchase(shop, { reference: 'inv', ...body })
    await put(shop, '/conversions/1', { base_value: 30 })
    expect((await drop(shop, '/conversions/1')).status).toBe(204)
    await purchase(shop, { reference: 'inv', ...body, affiliate_id: 2 })
    expect((await get(shop, '/conversions/1')).data).toMatchObject(expected)
    expect([(await get(shop, '/conversions?paid=true')).rows, (await verify(shop)).problems]).toEqual([[], []])
  })

  test('a code does not stand in for an affiliate who is named and may not earn', async () => {
    const shop = await startCollector()
    await shop.services.affiliates.update('ana', { status: 'disabled' }, shop.merchantId)
    shop.clock.nowMs += HOUR_MS
    expect((await purchase(shop, { referral_code: 'ben' })).data).toMatchObject({ affiliate_id: null, value: 0 })
  })

  test('items that were given back are worth their base', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1', affiliate: 'ana', items: [{ sku: 'TEE', quantity: 4, price: '20' }, { sku: 'MUG', quantity: 2, price: '10' }] })
    await shop.services.refunds.refund({ merchantId: shop.merchantId, order: 'o-1', request: () => ({ kind: 'items', items: [{ sku: 'TEE', quantity: 1 }] }) }, BY)
    expect((await get(shop, '/conversions/1')).data).toMatchObject({ base_value: 80, value: 8 })
    expect((await put(shop, '/conversions/1', { base_value: 80 })).data).toMatchObject({ base_value: 80, value: 8 })
    expect((await put(shop, '/conversions/1', { base_value: 0 })).data).toMatchObject({ base_value: 0, value: 0 })
  })

  test('a shared one shows the largest share', async () => {
    const shop = await sharing()
    const session = await visited(shop)
    shop.clock.nowMs += HOUR_MS
    await visited(shop, { code: 'ben', session })
    await record(shop, { order: 'o-1', amount: '100.00', session })
    expect((await get(shop, '/conversions/1')).data).toMatchObject({ affiliate_id: 1, value: 5, shared: true })
    expect((await put(shop, '/conversions/1', { value: 1 })).data).toMatchObject({ affiliate_id: 2, value: 5, shared: true })
    expect((await put(shop, '/conversions/1', { paid: true })).data).toMatchObject({ paid: true })
    expect([await ids(shop, '/conversions?affiliate_id=1'), await ids(shop, '/conversions?affiliate_id=2&paid=true'), await ids(shop, '/conversions?paid=false')]).toEqual([[1], [1], []])
  })

  test('are found by type and by days of the merchant\'s zone, the last one whole', async () => {
    const shop = await startCollector()
    await shop.services.merchants.update({ timezone: 'Asia/Tokyo' }, shop.merchantId)
    await purchase(shop)
    await purchase(shop, { type: 'signup' })
    await record(shop, { order: 'trial', kind: 'trial' })
    shop.clock.nowMs += 6 * HOUR_MS
    await purchase(shop)
    const of = (query: string) => ids(shop, `/conversions?${query}`)
    // 20 November, 18:00 in Tokyo, and 21 November, 00:00.
    expect([await of('from=2026-11-21'), await of('to=2026-11-20'), await of('from=2026-11-20&to=2026-11-21'), await of('to=2026-11-20T15:00:00Z'), await of('from=2026-11-20T15:00:00.001Z')]).toEqual([[4], [3, 2, 1], [4, 3, 2, 1], [4, 3, 2, 1], []])
    expect([await of('type=purchase'), await of('type=signup'), await of('limit=1&offset=1')]).toEqual([[4, 1], [3, 2], [3]])
  })
})

const make = (shop: Shop, body: Row = {}): Promise<Said> => post(shop, '/coupons', { coupon_code: 'Tea_10', affiliate_id: 1, ...body })
const winnerOf = async (shop: Shop, code: string): Promise<unknown> => (await post(shop, '/conversions', { type: 'purchase', base_value: 10, coupon_code_used: code })).data['affiliate_id']

describe('coupons', () => {
  test('stay the same while what they credit changes, from then on', async () => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ sku: 'MUG', affiliate: 'ben' })
    const { data: { id } } = await make(shop)
    const then = async (body: Row): Promise<unknown[]> => {
      shop.clock.nowMs += HOUR_MS
      const told = await put(shop, `/coupons/${String(id)}`, body)
      return [told.status, told.data['id'], told.data['status'], await winnerOf(shop, 'tea_10'), await winnerOf(shop, 'TEA-20')]
    }
    expect([id, await winnerOf(shop, 'tea_10')]).toEqual([2, 1])
    expect(await then({ affiliate_id: 2 })).toEqual([200, 2, 'active', 2, null])
    expect(await then({ status: 'inactive' })).toEqual([200, 2, 'inactive', null, null])
    expect(await then({ status: 'inactive', coupon_code: 'Tea-20' })).toEqual([200, 2, 'inactive', null, null])
    expect(await then({ status: 'active', affiliate_id: 1 })).toEqual([200, 2, 'active', null, 1])
    expect(await then({ stripe_coupon_id: 'co_1' })).toEqual([200, 2, 'active', null, 1])
    const before = rowCounts(shop)
    await put(shop, '/coupons/2', { coupon_code: 'Tea-20', affiliate_id: 1, status: 'active', stripe_coupon_id: 'co_1' })
    expect(rowCounts(shop)).toMatchObject({ triggers: before['triggers'], coupon_versions: before['coupon_versions'] })
    expect((await verify(shop)).problems).toEqual([])
  })

  test('once deleted they are gone; their code is free again', async () => {
    const shop = await startCollector()
    await make(shop)
    await make(shop, { coupon_code: 'OFF', status: 'inactive' })
    expect([(await make(shop, { affiliate_id: 2 })).status, (await make(shop, { coupon_code: 'off' })).status, await ids(shop, '/coupons?status=inactive')]).toEqual([409, 409, [2]])
    shop.clock.nowMs += HOUR_MS
    expect([(await drop(shop, '/coupons/1')).status, (await get(shop, '/coupons/1')).status, (await drop(shop, '/coupons/1')).status, (await put(shop, '/coupons/1', { status: 'active' })).status, await ids(shop, '/coupons')]).toEqual([204, 404, 404, 404, [2]])
    expect([await winnerOf(shop, 'tea_10'), (await make(shop, { affiliate_id: 2 })).data['id'], await winnerOf(shop, 'tea_10')]).toEqual([null, 3, 2])
  })

  test('of whichever dialect are listed, and found by a part of the code', async () => {
    const shop = await startCollector()
    await shop.services.affiliates.create({ email: 'c@partner.example', code: 'cleo', coupon: 'summer-x' }, shop.merchantId)
    await make(shop)
    expect([await ids(shop, '/coupons'), await ids(shop, '/coupons?coupon_code=A_1'), await ids(shop, '/coupons?coupon_code=%25'), await ids(shop, '/coupons?affiliate_id=3'), await ids(shop, '/coupons?limit=1&offset=1')]).toEqual([[1, 2], [2], [], [1], [2]])
    expect((await put(shop, '/coupons/1', { coupon_code: 'tea_10' })).status).toBe(409)
    expect((await get(shop, '/coupons/1')).data).toMatchObject({ coupon_code: 'SUMMER-X', affiliate_email: 'c@partner.example', stripe_coupon_id: null })
  })
})

test('another merchant and a test key see nothing of it', async () => {
  const shop = await startCollector()
  const stranger = await withStranger(shop)
  await purchase(shop)
  await post(shop, '/coupons', { coupon_code: 'TEA', affiliate_id: 1 })
  await post(shop, '/referrals', { email: 'kim@customer.example', affiliate_id: 1 })
  for (const path of ['/conversions', '/coupons', '/referrals']) expect({ path, rows: (await get(stranger, path)).rows }).toEqual({ path, rows: [] })
  for (const path of ['/conversions/1', '/coupons/1', '/referrals/kim%40customer.example', '/affiliates/ben%40partner.example']) {
    expect({ path, statuses: [(await get(stranger, path)).status, (await get(shop, path)).status] }).toEqual({ path, statuses: [404, 200] })
  }
  const key = await keyWith(shop, { mode: 'test' }, shop.merchantId)
  expect([(await get(shop, '/conversions/1', key)).status, (await say(shop, 'PUT', `${P}/conversions/1`, { key, body: { base_value: 1 } })).status, (await say(shop, 'DELETE', `${P}/conversions/1`, { key })).status]).toEqual([404, 404, 404])
  expect((await get(shop, '/affiliates/ana%40partner.example', key)).data).toMatchObject({ total_earnings: '0.00', purchases: 0 })
})

test.each<[string, Row]>([['/affiliates', { email: 'c@x.example' }], ['/referrals', { email: 'c@x.example', affiliate_id: 1 }], ['/conversions', { type: 'purchase', base_value: 5, affiliate_id: 1, paid: true }], ['/coupons', { coupon_code: 'TEA', affiliate_id: 1 }]])('an Idempotency-Key on POST %s does it once', async (path, body) => {
  const shop = await startCollector()
  const headers = { 'Idempotency-Key': 'k-1' }
  const first = await post(shop, path, body, { headers })
  const rows = rowCounts(shop)
  const again = await post(shop, path, body, { headers })
  expect([first.status, again.status, again.text === first.text, rowCounts(shop)]).toEqual([201, 201, true, rows])
  expect((await post(shop, path, { ...body, more: 1 }, { headers })).status).toBe(422)
})

test('paying takes the scope of commissions', async () => {
  const shop = await startCollector()
  const key = await keyWith(shop, { scopes: ['conversions'] })
  expect([(await purchase(shop, { paid: true }, { key })).status, (await purchase(shop, {}, { key })).status, (await put(shop, '/conversions/1', { paid: true }, { key })).status, (await put(shop, '/conversions/1', { value: 1 }, { key })).status, (await put(shop, '/conversions/1', { base_value: 50 }, { key })).status]).toEqual([403, 201, 403, 403, 200])
})

test.each<[string, string, unknown, RegExp]>([
  ...['limit=0', 'limit=x', 'offset=-1', 'status=gone'].flatMap((query): [string, string, unknown, RegExp][] => ['affiliates', 'referrals', 'coupons'].map((path) => ['GET', `/${path}?${query}`, undefined, new RegExp(`^${query.split('=')[0]}: `)])),
  ['GET', '/conversions?paid=yes', undefined, /^paid: /], ['GET', '/conversions?from=yesterday', undefined, /^from: /], ['GET', '/conversions?to=2026-13-01', undefined, /^to: /], ['GET', '/conversions?affiliate_id=x', undefined, /^affiliate_id: /],
  ['POST', '/affiliates', {}, /^email: /], ['POST', '/affiliates', { email: 'a@b.example', referral_code: '' }, /^referral_code: /], ['POST', '/affiliates', [], /must be a JSON object/], ['PUT', '/affiliates/ana%40partner.example', {}, /at least one/],
  ['POST', '/referrals', { email: 'no' }, /^email: /], ['POST', '/referrals', { email: 'a@b.example', affiliate_id: '1' }, /^affiliate_id: /], ['POST', '/referrals', { email: 'a@b.example', status: 'x' }, /^status: /],
  ['POST', '/conversions', {}, /^type: /], ['POST', '/conversions', { type: 'purchase', base_value: '5' }, /^base_value: /], ['POST', '/conversions', { type: 'purchase', base_value: -5 }, /^base_value: /], ['POST', '/conversions', { type: 'purchase', value: -5 }, /^value: /],
  ['POST', '/conversions', { type: 'purchase', base_value_currency: 'EURO' }, /^base_value_currency: /], ['POST', '/conversions', { type: 'purchase', paid: 'true' }, /^paid: /], ['POST', '/conversions', { type: 'purchase', reference: '' }, /^reference: /], ['POST', '/conversions', { type: 'purchase', affiliate_id: 1.5 }, /^affiliate_id: /],
  ['POST', '/coupons', { affiliate_id: 1 }, /^coupon_code: /], ['POST', '/coupons', { coupon_code: 'ab', affiliate_id: 1 }, /^coupon_code: /], ['POST', '/coupons', { coupon_code: 'abc' }, /^affiliate_id: /],
])('%s %s %j is refused with words', async (method, path, body, says) => {
  const shop = await startCollector()
  const before = rowCounts(shop)
  const told = await say(shop, method, P + path, body === undefined ? {} : { body })
  expect([told.status, told.body]).toEqual([400, { success: false, error: expect.stringMatching(says), code: 'invalid_request' }])
  expect(rowCounts(shop)).toEqual(before)
})

test('refunds and rejections of other dialects are seen as they stand', async () => {
  const shop = await startCollector()
  const { merchantId, services } = shop
  for (const reference of ['a', 'b', 'c']) await purchase(shop, { reference })
  await services.refunds.refund({ merchantId, order: 'a', request: () => ({ kind: 'amount', minor: 2500 }) }, BY)
  await services.commissions.reject({ merchantId, names: ['2'], reason: 'denied' }, BY)
  await services.credits.creditOrder({ merchantId, affiliate: 'ben', order: 'c', approved: false, transfer: true }, BY)
  expect((await get(shop, '/conversions')).rows.map(({ reference, base_value, value, affiliate_id, shared }) => [reference, base_value, value, affiliate_id, shared])).toEqual([['c', 100, 10, 2, undefined], ['b', 100, 0, 1, undefined], ['a', 75, 7.5, 1, undefined]])
  expect((await put(shop, '/conversions/2', { value: 5 })).status).toBe(409)
  expect((await put(shop, '/conversions/2', { paid: true })).status).toBe(409)
  expect((await verify(shop)).problems).toEqual([])
})
