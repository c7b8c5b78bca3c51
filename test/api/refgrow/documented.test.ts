import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { balancesOf, BY, record, visited } from '../../helpers/book.ts'
import { HOUR_MS, startCollector } from '../../helpers/collector.ts'
import { rowCounts, rowsOf } from '../../helpers/rows.ts'
import { keyWith, say, sharing, withStranger, type Row, type Said } from '../../helpers/refgrow.ts'

type Shop = Awaited<ReturnType<typeof startCollector>>
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'

const track = (shop: Shop, body: Row = {}, how: Parameters<typeof say>[3] = {}): Promise<Said> => say(shop, 'POST', '/v1/referrals/track', { body: { referralCode: 'ana', userAgent: AGENT, ...body }, ...how })
const convert = (shop: Shop, body: Row, how: Parameters<typeof say>[3] = {}): Promise<Said> => say(shop, 'POST', '/v1/referrals/convert', { body: { amount: 100, ...body }, ...how })
const status = (shop: Shop, number: number, to: string): Promise<Said> => say(shop, 'PUT', `/v1/commissions/comm_${String(number).padStart(6, '0')}/status`, { body: { status: to } })
const commissions = async (shop: Shop, query = ''): Promise<Row[]> => (await say(shop, 'GET', `/v1/commissions?${query}`)).data['commissions'] as Row[]
const clicked = (shop: Shop): number => rowsOf<{ n: number }>(shop, 'select coalesce(sum(clicks), 0) as n from daily_clicks')[0]?.n ?? 0

/** Members and the types of their values. */
const typesOf = (value: Row): Row => Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typeof member === 'object' && member !== null ? typesOf(member as Row) : member === null ? 'null' : typeof member]))

test('replies have the members and types of the documents, no more and no less', async () => {
  const shop = await startCollector()
  const affiliate = { id: 'string', email: 'string', name: 'string', status: 'string', createdAt: 'string' }
  const earned = { totalEarnings: 'number', pendingEarnings: 'number', paidEarnings: 'number', conversionRate: 'number', clickCount: 'number', conversionCount: 'number' }
  await shop.services.affiliates.update('ana', { payoutEmail: 'pay@ana.example', profile: { payoutMethod: 'paypal' } }, shop.merchantId)
  const { data: { clickId } } = await track(shop)
  const told = {
    created: (await say(shop, 'POST', '/v1/affiliates', { body: { email: 'c@partner.example', name: 'Cleo D' } })).data,
    track: (await track(shop)).data,
    convert: (await convert(shop, { clickId, orderId: 'o-1' })).data,
    affiliate: (await say(shop, 'GET', '/v1/affiliates/aff_000001')).data,
    affiliates: (await say(shop, 'GET', '/v1/affiliates?limit=1')).data,
    commissions: (await say(shop, 'GET', '/v1/commissions')).data,
    status: (await status(shop, 1, 'approved')).data,
  }
  const commission = { id: 'string', affiliateId: 'string', orderId: 'string', amount: 'number', status: 'string', createdAt: 'string', paidAt: 'null', conversionAmount: 'number' }
  const page = { total: 'number', limit: 'number', offset: 'number' }
  expect(typesOf(told)).toEqual({
    created: { affiliate: { ...affiliate, referralCode: 'string' } },
    track: { clickId: 'string', referralCode: 'string', affiliateId: 'string', timestamp: 'string' },
    convert: { conversionId: 'string', affiliateId: 'string', referralCode: 'string', amount: 'number', commission: 'number', orderId: 'string', timestamp: 'string' },
    affiliate: { affiliate: { ...affiliate, ...earned, referralCode: 'string', paymentMethod: 'string', paymentDetails: 'string' } },
    affiliates: { affiliates: { 0: { ...affiliate, ...earned } }, ...page },
    commissions: { commissions: { 0: commission }, ...page },
    status: { commission: { ...commission, updatedAt: 'string' } },
  })
})

test('custom fields are kept as they were sent', async () => {
  const shop = await startCollector()
  const customFields = { channel: 'video', followers: 1200, rate: 0.5, tags: ['tea', 7, null] }
  await say(shop, 'POST', '/v1/affiliates', { body: { email: 'c@partner.example', name: 'Cleo D', customFields } })
  expect(shop.services.affiliates.find(shop.merchantId, 'c@partner.example', 'email')).toMatchObject({ name: 'Cleo D', profile: { firstName: 'Cleo', lastName: 'D', customFields } })
})

describe('track', () => {
  test('a bot is kept, not counted, and earns nobody anything', async () => {
    const shop = await startCollector()
    const { status: told, data } = await track(shop, { userAgent: 'Googlebot/2.1 (+http://www.google.com/bot.html)' })
    expect([told, clicked(shop)]).toEqual([201, 0])
    expect((await convert(shop, { clickId: data['clickId'] })).data).toMatchObject({ affiliateId: null, commission: 0, attributed: false })
  })

  test("an address is kept nowhere, and where the visitor came from without its query", async () => {
    const shop = await startCollector()
    await track(shop, { ipAddress: '203.0.113.77', sourceUrl: 'https://blog.example/tea?secret=1' })
    const texts = rowsOf<{ text: string }>(shop, 'select text from texts').map(({ text }) => text)
    expect([texts.includes('blog.example/tea'), texts.some((text) => /203\.0\.113|secret/.test(text))]).toEqual([true, false])
  })

  test('a page of the shop tells the campaign, as any visit does', async () => {
    const shop = await startCollector()
    const { id, number } = await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '30' }, shop.merchantId)
    await shop.services.affiliates.update('ana', { enrol: id }, shop.merchantId)
    const { data } = await track(shop, { sourceUrl: `https://www.shop.example/?c=${number}` })
    expect((await convert(shop, { clickId: data['clickId'] })).data).toMatchObject({ commission: 30 })
  })

  test('with an Idempotency-Key it is one click, however often it is sent', async () => {
    const shop = await startCollector()
    const once = { headers: { 'Idempotency-Key': 'k-1' } }
    const answers = await Promise.all([1, 2, 3].map(() => track(shop, {}, once)))
    const again = await track(shop, {}, once)
    expect([new Set([...answers, again].filter(({ status: code }) => code === 201).map(({ text }) => text)).size, again.status, clicked(shop)]).toEqual([1, 201, 1])
    expect((await track(shop, { referralCode: 'ben' }, once)).status).toBe(422)
  })

  test('by a test key it is a test click, which wins no live order', async () => {
    const shop = await startCollector()
    const key = await keyWith(shop, { mode: 'test' })
    const { data: { clickId } } = await track(shop, {}, { key })
    expect((await convert(shop, { clickId })).data).toMatchObject({ attributed: false })
    expect((await convert(shop, { clickId }, { key })).data).toMatchObject({ affiliateId: 'aff_000001', commission: 10 })
    expect(await commissions(shop)).toEqual([])
  })
})

describe('convert', () => {
  test('the click wins over the code, and the code where the click leads nowhere', async () => {
    const shop = await startCollector()
    const { data: { clickId } } = await track(shop)
    expect((await convert(shop, { clickId, referralCode: 'ben' })).data).toMatchObject({ affiliateId: 'aff_000001', referralCode: 'ana' })
    expect((await convert(shop, { clickId: 'click_gone', referralCode: 'BEN' })).data).toMatchObject({ affiliateId: 'aff_000002', referralCode: 'ben' })
  })

  test('a repeat adds what the order lacked while nobody has won it, and changes nothing else', async () => {
    const shop = await startCollector()
    const first = await convert(shop, { referralCode: 'nobody', orderId: 'o-1' })
    expect([first.status, first.data]).toMatchObject([201, { affiliateId: null, referralCode: 'nobody', commission: 0, attributed: false }])
    const late = await convert(shop, { referralCode: 'ana', orderId: 'o-1', amount: 500 })
    expect([late.status, late.data]).toMatchObject([200, { affiliateId: 'aff_000001', amount: 100, commission: 10 }])
    expect((await convert(shop, { referralCode: 'ben', orderId: 'o-1' })).text).toBe(late.text)
    expect(rowCounts(shop)).toMatchObject({ conversions: 1, commissions: 1 })
  })

  test("the buyer's own address wins nothing, however it is written", async () => {
    const shop = await startCollector()
    expect((await convert(shop, { referralCode: 'ana', customer: { email: ' Ana@Partner.Example', name: 'Ana' } })).data).toMatchObject({ attributed: false })
    expect(rowsOf(shop, "select 1 from texts where text like '%partner.example%'")).toEqual([])
  })

  test.each<[string, unknown, number]>([
    ['as they add up', [{ sku: 'TEE', price: 40, quantity: 1 }, { sku: 'MUG', price: '15', quantity: 4 }], 10],
    ['of prices as numbers, of which one is another affiliate\'s', [{ sku: 'TEE', price: 40, quantity: 1 }, { sku: 'MUG', price: 15, quantity: 4 }], 6],
    ['that come to more than was paid: the rest was a discount', [{ sku: 'TEE', price: 80, quantity: 1 }, { sku: 'MUG', price: 30, quantity: 4 }], 6],
    ['that come to less: the rest was shipping', [{ sku: 'TEE', price: 10, quantity: 3 }], 3],
    ['without a quantity', [{ sku: 'TEE', price: 10 }], 10],
    ['that are no list of things', ['TEE', 5, null], 10],
    ['none', [], 10],
  ])('products %s', async (_what, products, commission) => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ sku: 'MUG', affiliate: 'ben' })
    const { status: told, data } = await convert(shop, { referralCode: 'ana', products })
    expect([told, data]).toMatchObject([201, { amount: 100, commission }])
  })

  test('a shared order shows the largest share, of equal ones the earliest', async () => {
    const shop = await sharing()
    const session = await visited(shop)
    shop.clock.nowMs += HOUR_MS
    await visited(shop, { code: 'ben', session })
    await record(shop, { order: 'o-1', amount: '100.00', session })
    expect((await convert(shop, { referralCode: 'cleo', orderId: 'o-1' })).data).toMatchObject({ affiliateId: 'aff_000001', commission: 5, shared: true })
    expect((await commissions(shop)).map(({ affiliateId, amount }) => [affiliateId, amount])).toEqual([['aff_000002', 5], ['aff_000001', 5]])
  })
})

describe('a status', () => {
  test.each<[string[], string, number]>([
    [[], 'approved', 200], [[], 'rejected', 200], [[], 'paid', 200], [['approved'], 'approved', 200], [['approved'], 'paid', 200], [['approved'], 'rejected', 200],
    [['paid'], 'paid', 200], [['paid'], 'approved', 400], [['paid'], 'rejected', 400], [['rejected'], 'rejected', 200], [['rejected'], 'approved', 400], [['rejected'], 'paid', 400],
    [[], 'pending', 400], [[], 'Paid', 400],
  ])('after %j, %s is %i', async (before, to, code) => {
    const shop = await startCollector()
    await convert(shop, { referralCode: 'ana' })
    for (const one of before) await status(shop, 1, one)
    const rows = rowCounts(shop)
    const told = await status(shop, 1, to)
    expect(told.status).toBe(code)
    expect(told.body).toMatchObject(code === 400 ? { error: { code: 'invalid_request', details: { field: 'status' } } } : { data: { commission: { status: to, paidAt: to === 'paid' ? '2026-11-20T09:00:00Z' : null } } })
    expect(isDeepStrictEqual(rowCounts(shop), rows)).toBe(code === 400 || before.at(-1) === to)
  })

  test('paid settles in the books, net of what is owed; the reason of a rejection is in the audit', async () => {
    const shop = await startCollector()
    await convert(shop, { referralCode: 'ana', orderId: 'o-1' })
    await convert(shop, { referralCode: 'ana', orderId: 'o-2', amount: 50 })
    await status(shop, 1, 'paid')
    await shop.services.refunds.refund({ merchantId: shop.merchantId, order: 'o-1', request: () => ({ kind: 'amount', minor: 2000 }) }, BY)
    shop.clock.nowMs += HOUR_MS
    expect((await status(shop, 2, 'paid')).data['commission']).toMatchObject({ amount: 5, paidAt: '2026-11-20T10:00:00Z', updatedAt: '2026-11-20T10:00:00Z' })
    expect(balancesOf(shop)).toEqual({ cash: -1300, expense: 1300 })
    shop.clock.nowMs += HOUR_MS
    expect((await status(shop, 2, 'paid')).data['commission']).toMatchObject({ updatedAt: '2026-11-20T10:00:00Z' })
    await convert(shop, { referralCode: 'ben' })
    // The refund took a number of its own.
    await say(shop, 'PUT', '/v1/commissions/comm_000004/status', { body: { status: 'rejected', reason: 'Bought for a friend' } })
    expect(rowsOf<{ detail: string }>(shop, "select detail from audit where action = 'reject'").map(({ detail }) => JSON.parse(detail) as Row)).toEqual([{ reason: 'denied', note: 'Bought for a friend' }])
  })

  test('calls at once pay once, and approve once', async () => {
    const shop = await startCollector()
    await convert(shop, { referralCode: 'ana' })
    await convert(shop, { referralCode: 'ana' })
    const { merchantId, services } = shop
    const become = (number: number, to: 'APPROVED' | 'PAID') => Promise.all([1, 2, 3].map(() => services.commissionStatus.become(to, { merchantId, mode: 'live', number, method: 'refgrow' }, BY)))
    const told = [await become(1, 'PAID'), await become(2, 'APPROVED')].map((states) => states.map(({ commission }) => commission.status))
    expect([told, rowCounts(shop)['payouts']]).toEqual([[['PAID', 'PAID', 'PAID'], ['APPROVED', 'APPROVED', 'APPROVED']], 1])
  })
})

test('after refunds the amounts and the earnings are what is left', async () => {
  const shop = await startCollector()
  for (const [n, to] of [[1, undefined], [2, 'approved'], [3, 'paid'], [4, undefined]] as const) {
    await convert(shop, { referralCode: 'ana', orderId: `o-${n}` })
    // Each refund takes a number between.
    if (to !== undefined) await status(shop, 2 * n - 1, to)
    const request = n === 4 ? { kind: 'full' as const } : { kind: 'amount' as const, minor: 3000 }
    await shop.services.refunds.refund({ merchantId: shop.merchantId, order: `o-${n}`, request: () => request }, BY)
  }
  expect((await commissions(shop)).map(({ amount, status: state }) => [amount, state])).toEqual([[0, 'rejected'], [7, 'paid'], [7, 'approved'], [7, 'pending']])
  expect((await say(shop, 'GET', '/v1/affiliates/aff_000001')).data['affiliate']).toMatchObject({ totalEarnings: 21, pendingEarnings: 14, paidEarnings: 7, conversionRate: 0, clickCount: 0, conversionCount: 3 })
  expect((await convert(shop, { referralCode: 'ana', orderId: 'o-4' })).data).toMatchObject({ amount: 100, commission: 0 })
})

test('affiliates by status: those who were denied or disabled are blocked', async () => {
  const shop = await startCollector()
  for (const [email, state] of [['c@x.example', 'pending'], ['d@x.example', 'denied'], ['e@x.example', 'disabled']] as const) await shop.services.affiliates.create({ email, status: state }, shop.merchantId)
  const of = async (query: string) => ((await say(shop, 'GET', `/v1/affiliates?${query}`)).data['affiliates'] as Row[]).map(({ id, status: state }) => `${String(id)} ${String(state)}`)
  expect(await of('status=active')).toEqual(['aff_000001 active', 'aff_000002 active'])
  expect(await of('status=pending')).toEqual(['aff_000003 pending'])
  expect(await of('status=blocked')).toEqual(['aff_000004 blocked', 'aff_000005 blocked'])
})

test("another merchant's affiliates, clicks, orders and commissions are not there", async () => {
  const shop = await startCollector()
  const stranger = await withStranger(shop)
  const { data: { clickId } } = await track(shop)
  await convert(shop, { clickId, orderId: 'o-1' })
  const asked = async (method: string, path: string, body?: unknown) => say(stranger, method, path, body === undefined ? {} : { body })
  expect((await asked('GET', '/v1/affiliates')).data).toMatchObject({ total: 1, affiliates: [{ email: 'ana@elsewhere.example' }] })
  expect((await asked('GET', '/v1/affiliates/aff_000002')).status).toBe(404)
  expect((await asked('GET', '/v1/commissions')).data).toMatchObject({ total: 0 })
  expect((await asked('PUT', '/v1/commissions/comm_000001/status', { status: 'paid' })).status).toBe(404)
  expect((await asked('POST', '/v1/referrals/convert', { clickId, amount: 5, orderId: 'o-1' }))).toMatchObject({ status: 201, data: { affiliateId: null, attributed: false } })
  expect((await asked('POST', '/v1/referrals/track', { referralCode: 'ben' })).status).toBe(404)
})

test('an Idempotency-Key makes one affiliate and one order', async () => {
  const shop = await startCollector()
  const headers = { 'Idempotency-Key': 'k-1' }
  const make = () => say(shop, 'POST', '/v1/affiliates', { body: { email: 'c@x.example', name: 'Cleo' }, headers })
  expect([await make(), await make()].map(({ status: code, data }) => [code, (data['affiliate'] as Row)['id']])).toEqual([[201, 'aff_000003'], [201, 'aff_000003']])
  const [first, again] = [await convert(shop, { referralCode: 'ana' }, { headers }), await convert(shop, { referralCode: 'ana' }, { headers })]
  expect([again.text === first.text, again.status, rowCounts(shop)['conversions']]).toEqual([true, 201, 1])
})

describe('refusals name the field, and write nothing', () => {
  test.each<[string, string, unknown, string]>([
    ...['limit=0', 'limit=101', 'limit=-1', 'limit=x', 'limit=1.5', 'limit='].flatMap((query): [string, string, unknown, string][] => ['/v1/affiliates', '/v1/commissions'].map((path) => ['GET', `${path}?${query}`, undefined, 'limit'])),
    ['GET', '/v1/affiliates?offset=-1', undefined, 'offset'], ['GET', '/v1/affiliates?status=gone', undefined, 'status'], ['GET', '/v1/commissions?status=gone', undefined, 'status'],
    ['GET', '/v1/affiliates/AFF_000001', undefined, 'affiliateId'],
    ['POST', '/v1/affiliates', { name: 'N' }, 'email'], ['POST', '/v1/affiliates', { email: 'no', name: 'N' }, 'email'], ['POST', '/v1/affiliates', { email: 'n@x.example' }, 'name'], ['POST', '/v1/affiliates', { email: 'n@x.example', name: ' ' }, 'name'],
    ['POST', '/v1/affiliates', { email: 'n@x.example', name: 'N', referralCode: 'a b' }, 'referralCode'], ['POST', '/v1/affiliates', { email: 'n@x.example', name: 'N', customFields: [] }, 'customFields'],
    ['POST', '/v1/referrals/track', {}, 'referralCode'], ['POST', '/v1/referrals/track', { referralCode: 5 }, 'referralCode'], ['POST', '/v1/referrals/track', { referralCode: 'ana', sourceUrl: 'javascript:1' }, 'sourceUrl'],
    ['POST', '/v1/referrals/convert', { referralCode: 'ana' }, 'amount'], ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: '5' }, 'amount'], ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: 1e300 }, 'amount'],
    ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: 5, customer: { email: 'no' } }, 'customer.email'], ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: 5, customer: 7 }, 'customer'], ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: 5, products: {} }, 'products'],
    ['POST', '/v1/referrals/convert', { clickId: 'click_', amount: 5 }, 'clickId'], ['POST', '/v1/referrals/convert', { referralCode: 'ana', amount: 5, orderId: '' }, 'orderId'],
    ['PUT', '/v1/commissions/comm_000001/status', {}, 'status'], ['PUT', '/v1/commissions/comm_000001/status', { status: null }, 'status'],
  ])('%s %s %j: %s', async (method, path, body, field) => {
    const shop = await startCollector()
    const before = rowCounts(shop)
    const told = await say(shop, method, path, body === undefined ? {} : { body })
    expect([told.status, told.error]).toMatchObject([400, { code: 'invalid_request', details: { field } }])
    expect(rowCounts(shop)).toEqual(before)
  })

  test.each([['GET', '/v1/affiliates'], ['POST', '/v1/affiliates'], ['POST', '/v1/referrals/track'], ['POST', '/v1/referrals/convert'], ['GET', '/v1/commissions'], ['PUT', '/v1/commissions/comm_000001/status']])('%s %s: the key comes first', async (method, path) => {
    const shop = await startCollector()
    const statusBy = async (key: string) => (await say(shop, method, path, { key, ...(method === 'GET' ? {} : { body: '{' }) })).status
    expect([await statusBy('rgk_wrong'), await statusBy(shop.keys.refcampaign), await statusBy(await keyWith(shop, { scopes: ['payouts'] }))]).toEqual([401, 401, 403])
  })
})
