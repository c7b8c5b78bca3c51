import { describe, expect, test } from 'vitest'
import { BY, record, testKey, visited, type Shop } from '../../helpers/book.ts'
import { call, HOUR_MS, sharedCollector, startCollector, type Answer } from '../../helpers/collector.ts'
import { refusal, refused, rowCounts, rowsOf } from '../../helpers/rows.ts'

const CAMPAIGNS = '/api/v1/campaigns'
const GOOD = { name: 'Launch', landingUrl: 'https://shop.example/', commissionRate: 12.5, commissionType: 'PERCENTAGE' }

const post = (shop: Shop, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => call(shop, CAMPAIGNS, { key: shop.keys.refcampaign, body, headers })
const put = (shop: Shop, id: unknown, body?: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${CAMPAIGNS}/${String(id)}`, { method: 'PUT', key, ...(body === undefined ? {} : { body }) })
const get = (shop: Shop, path: string, key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${CAMPAIGNS}${path}`, { method: 'GET', key })
const made = async (shop: Shop, more: object = {}): Promise<string> => String((await post(shop, { ...GOOD, ...more })).body.data['id'])
const shared = sharedCollector()

describe('rates', () => {
  test.each([
    ['PERCENTAGE', '12.3456', '12.3456', 123], ['PERCENTAGE', '0.0001', '0.0001', 0], ['PERCENTAGE', '100', '100', 1000], ['PERCENTAGE', '0', '0', 0], ['PERCENTAGE', '1e1', '10', 100], ['PERCENTAGE', '33.30', '33.3', 333],
    ['FIXED', '4.25', '4.25', 425], ['FIXED', '0.1', '0.10', 10], ['FIXED', '1.005', '1.01', 101], ['FIXED', '5', '5.00', 500],
  ])('%s %s is kept exactly, and earned', async (type, rate, shown, earned) => {
    const shop = await startCollector()
    const { status, text, body } = await post(shop, JSON.stringify({ ...GOOD, commissionType: type }).replace('12.5', rate))
    expect(status).toBe(201)
    expect(text).toContain(`"commissionRate":${shown},"currency":"EUR","commissionType":"${type}"`)
    await shop.services.affiliates.update('ana', { move: String(body.data['id']) })
    expect((await record(shop, { order: 'o-1', affiliate: 'ana' })).commissions[0]?.totalMinor).toBe(earned)
  })

  test('a fixed rate is in the merchant’s currency, and has its decimals', async () => {
    const shop = await startCollector()
    const { keys } = await shop.services.setup.init({ merchant: 'Tokyo', site: 'tokyo.example', email: 'o@tokyo.example', currency: 'JPY', timezone: 'Asia/Tokyo' })
    const answer = await call(shop, CAMPAIGNS, { key: keys.refcampaign, body: { ...GOOD, landingUrl: 'https://tokyo.example/', commissionType: 'FIXED', commissionRate: 500 } })
    expect(answer.text).toContain('"commissionRate":500,"currency":"JPY"')
  })
})

describe('later payments', () => {
  test.each<[string, object, boolean, number | null]>([
    ['are not paid', {}, false, null], ['are not paid', { commissionRecurring: false }, false, null], ['are not paid', { commissionRecurring: false, recurringMonthsLimit: null }, false, null], ['are paid for life', { commissionRecurring: true }, true, null],
    ['are paid for life', { commissionRecurring: true, recurringMonthsLimit: null }, true, null], ['are paid for months', { commissionRecurring: true, recurringMonthsLimit: 6 }, true, 6],
  ])('%s: %o', async (_what, terms, commissionRecurring, recurringMonthsLimit) => {
    expect((await post(shared(), { ...GOOD, ...terms })).body.data).toMatchObject({ commissionRecurring, recurringMonthsLimit })
  })

  test.each<[object, object, boolean, number | null]>([
    [{ commissionRecurring: true, recurringMonthsLimit: 6 }, { recurringMonthsLimit: 12 }, true, 12], [{ commissionRecurring: true, recurringMonthsLimit: 6 }, { recurringMonthsLimit: null }, true, null],
    [{ commissionRecurring: true, recurringMonthsLimit: 6 }, { commissionRecurring: true }, true, 6], [{ commissionRecurring: true, recurringMonthsLimit: 6 }, { commissionRecurring: false }, false, null],
    [{}, { commissionRecurring: true }, true, null], [{}, { recurringMonthsLimit: null }, false, null], [{ commissionRecurring: true }, { name: 'Other' }, true, null],
  ])('%o after %o', async (terms, change, commissionRecurring, recurringMonthsLimit) => {
    expect((await put(shared(), await made(shared(), terms), change)).body.data).toMatchObject({ commissionRecurring, recurringMonthsLimit })
  })
})

describe('refuses', () => {
  const rows: [string, object | string, string, RegExp][] = [
    ['no name', { name: undefined }, 'name', /must be a string/], ['an empty name', { name: ' ' }, 'name', /must not be empty/], ['a long name', { name: 'x'.repeat(201) }, 'name', /at most 200/],
    ['no page', { landingUrl: undefined }, 'landingUrl', /URL/], ['a page that is none', { landingUrl: 'javascript:alert(1)' }, 'landingUrl', /http/], ['a page of others', { landingUrl: 'https://evil.example/' }, 'landingUrl', /not on a site of this merchant/],
    ['no rate', { commissionRate: undefined }, 'commissionRate', /must be a number/], ['a rate in quotes', { commissionRate: '10' }, 'commissionRate', /must be a number/], ['a negative percentage', { commissionRate: -1 }, 'commissionRate', /from 0 to 100/],
    ['more than all', { commissionRate: 100.0001 }, 'commissionRate', /from 0 to 100/], ['a fifth decimal', { commissionRate: 1.00001 }, 'commissionRate', /four decimals/], ['a negative sum', { commissionRate: -1, commissionType: 'FIXED' }, 'commissionRate', /not be negative/],
    ['a sum beyond all', { commissionRate: 1e20, commissionType: 'FIXED' }, 'commissionRate', /beyond/], ['no type', { commissionType: undefined }, 'commissionType', /must be one of: PERCENTAGE, FIXED/], ['another type', { commissionType: 'percentage' }, 'commissionType', /must be one of/],
    ['recurring in words', { commissionRecurring: 'yes' }, 'commissionRecurring', /true or false/], ['no months', { commissionRecurring: true, recurringMonthsLimit: 0 }, 'recurringMonthsLimit', /at least 1/],
    ['half a month', { commissionRecurring: true, recurringMonthsLimit: 1.5 }, 'recurringMonthsLimit', /whole number/], ['too many months', { commissionRecurring: true, recurringMonthsLimit: 601 }, 'recurringMonthsLimit', /at most 600/],
    ['months without recurring', { recurringMonthsLimit: 6 }, 'recurringMonthsLimit', /goes with commissionRecurring/], ['no window', { attributionWindowDays: 0 }, 'attributionWindowDays', /at least 1/], ['too long a window', { attributionWindowDays: 3651 }, 'attributionWindowDays', /at most 3650/],
    ['a hold below zero', { autoApproveDays: -1 }, 'autoApproveDays', /at least 0/],
  ]
  test.each(rows)('%s', async (_what, change, field, says) => {
    expect(await refusal(shared(), () => post(shared(), { ...GOOD, ...(change as object) }))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field, says }))
  })
  test.each(rows.filter(([, change]) => Object.values(change).every((value) => value !== undefined)))('%s, in a change', async (_what, change, field, says) => {
    const id = await made(shared())
    expect(await refusal(shared(), () => put(shared(), id, change))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field, says }))
  })
  test('another type without its rate', async () => {
    const id = await made(shared())
    expect(await refusal(shared(), () => put(shared(), id, { commissionType: 'FIXED' }))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'commissionRate', says: /needed where commissionType changes/ }))
  })
  test.each(['limit=0', 'offset=-1', 'status=OPEN', 'status=', 'limit=x'])('a list with %s', async (query) => {
    expect(await refusal(shared(), () => get(shared(), `?${query}`))).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED', details: [{ path: [query.split('=')[0]] }] } }, written: [] })
  })
})

test('a change keeps what it does not name, and counts from now on', async () => {
  const shop = await startCollector()
  const { data } = (await get(shop, `/${shop.campaignId}`)).body
  shop.clock.nowMs += 1000
  expect((await put(shop, shop.campaignId, { commissionRate: 20 })).body.data).toEqual({ ...data, commissionRate: 20 })
  await record(shop, { order: 'before', affiliate: 'ana', at: new Date(shop.clock.nowMs - 1).toISOString() })
  await record(shop, { order: 'after', affiliate: 'ana' })
  expect(rowsOf(shop, 'select minor from commissions order by number')).toEqual([{ minor: 100 }, { minor: 200 }])
})

test.each<[string, unknown]>([['nothing', {}], ['no body', undefined], ['the type that it has', { commissionType: 'PERCENTAGE' }], ['only what is unknown', { colour: 'red' }]])('a change that says %s changes nothing', async (_what, body) => {
  const id = await made(shared())
  const { data } = (await get(shared(), `/${id}`)).body
  const before = rowCounts(shared())
  expect((await put(shared(), id, body)).body.data).toEqual(data)
  expect(rowCounts(shared())).toEqual(before)
})

test('an archived campaign is listed as such, pays no new click, and is nobody else’s business; it can be opened again', async () => {
  const shop = await startCollector()
  const id = shop.campaignId
  const open = (): Promise<Answer> => call(shop, `${CAMPAIGNS}/${id}/public`, { method: 'GET' })
  expect((await open()).status).toBe(200)
  const archived = await call(shop, `${CAMPAIGNS}/${id}`, { method: 'DELETE', key: shop.keys.refcampaign })
  expect([archived.status, archived.body.data['status'], (await open()).status]).toEqual([200, 'ARCHIVED', 404])
  const before = rowCounts(shop)
  expect((await call(shop, `${CAMPAIGNS}/${id}`, { method: 'DELETE', key: shop.keys.refcampaign })).body.data).toEqual(archived.body.data)
  expect(rowCounts(shop)).toEqual(before)
  const listed = async (query: string): Promise<unknown> => ((await get(shop, query)).body as unknown as { meta: { pagination: { total: number } } }).meta.pagination.total
  expect([await listed('?status=ACTIVE'), await listed('?status=archived')]).toEqual([0, 1])
  expect((await record(shop, { order: 'o-1', codes: ['ana'] })).attributed).toBe(false)
  shop.clock.nowMs += 1000
  expect((await put(shop, id, { status: 'ACTIVE' })).body.data['status']).toBe('ACTIVE')
  expect((await record(shop, { order: 'o-2', codes: ['ana'] })).attributed).toBe(true)
})

test('what is public tells nothing of the merchant, of affiliates or of special rates, and is limited by address', async () => {
  const shop = await startCollector({ RATE_LIMIT: 'public=2' })
  await shop.services.rates.set({ campaign: shop.campaignId, affiliate: 'ana', percent: '37.125' })
  const open = (id = shop.campaignId): Promise<Answer> => call(shop, `${CAMPAIGNS}/${id}/public`, { method: 'GET', headers: { Origin: 'https://anywhere.example' } })
  const { body, headers, text } = await open()
  expect(Object.keys(body.data)).toEqual(['id', 'name', 'landingUrl', 'commissionRate', 'currency', 'commissionType', 'commissionRecurring', 'recurringMonthsLimit', 'attributionWindowDays'])
  expect([headers.get('Access-Control-Allow-Origin'), headers.get('Access-Control-Allow-Credentials'), headers.get('X-RateLimit-Remaining'), text.includes('37.125')]).toEqual(['*', null, '1', false])
  expect((await open('1')).status).toBe(404)
  const { status, body: refusedBody } = await open()
  expect([status, refusedBody.error.code]).toEqual([429, 'RATE_LIMIT_EXCEEDED'])
})

describe('totals', () => {
  test('count orders and commissions in their states, after refunds, without what was rejected or tried', async () => {
    const shop = await startCollector()
    const { services, merchantId } = shop
    await visited(shop)
    for (const order of ['pending', 'approved', 'paid', 'rejected', 'refunded', 'partly']) await record(shop, { order, affiliate: 'ana' })
    await record(shop, { order: 'test', affiliate: 'ana', test: true, amount: '500.00' })
    await record(shop, { order: 'nobody' })
    await record(shop, { order: 'dollars', affiliate: 'ben', amount: '20.00', currency: 'USD' })
    await services.commissions.approve({ merchantId, names: ['3'] }, BY)
    await services.payouts.change('pay', { merchantId, payout: (await services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY)).id }, BY)
    await services.commissions.approve({ merchantId, names: ['2'] }, BY)
    await services.commissions.reject({ merchantId, names: ['4'], reason: 'denied' }, BY)
    await services.refunds.refund({ merchantId, order: 'refunded', request: () => ({ kind: 'full' }) }, BY)
    await services.refunds.refund({ merchantId, order: 'partly', request: () => ({ kind: 'amount', minor: 300 }) }, BY)
    expect((await get(shop, `/${shop.campaignId}/stats`)).body.data).toEqual({
      campaignId: shop.campaignId, currency: 'EUR', clicks: 1, conversions: 5, affiliates: 2, revenue: 4000, pendingAmount: 170, approvedAmount: 100, paidAmount: 100,
      otherCurrencies: [{ currency: 'USD', revenue: 2000, pendingAmount: 200, approvedAmount: 0, paidAmount: 0 }],
    })
    expect((await get(shop, `/${shop.campaignId}/stats`, await testKey(shop))).body.data).toMatchObject({ clicks: 0, conversions: 1, revenue: 50_000, pendingAmount: 5000 })
  })

  test('a shared order counts once, and sums stay exact beyond 2^53', async () => {
    const shop = await startCollector()
    await shop.services.campaigns.update(shop.campaignId, { model: 'linear' })
    const session = await visited(shop)
    await visited(shop, { session, code: 'ben' })
    for (const order of ['a', 'b', 'c']) await record(shop, { order, session, amount: '90071992547409.91' })
    const { text } = await get(shop, `/${shop.campaignId}/stats`)
    expect(text).toContain('"conversions":3,"affiliates":2,"revenue":27021597764222973,"pendingAmount":2702159776422297,')
  })

  test('a timeline has its zeros, its clicks by day, and none by hour', async () => {
    const shop = await startCollector()
    await visited(shop)
    await record(shop, { order: 'a', affiliate: 'ana' })
    await record(shop, { order: 'b', affiliate: 'ana', test: true })
    shop.clock.nowMs += 5 * HOUR_MS
    await record(shop, { order: 'c', affiliate: 'ben', amount: '20.00' })
    await record(shop, { order: 'd', affiliate: 'ben', currency: 'USD' })
    const timeline = async (query: string): Promise<Record<string, unknown>> => (await get(shop, `/${shop.campaignId}/analytics/conversions-timeline${query}`)).body.data
    const hours = await timeline('?from=2026-11-20T08:00:00Z&to=2026-11-20T15:00:00%2B00:00')
    const points = hours['points'] as Record<string, unknown>[]
    expect([hours['bucket'], points.map(({ clicks, conversions, revenue, commission }) => [clicks, conversions, revenue, commission])]).toEqual(['hour', [[null, 0, 0, 0], [null, 1, 1000, 100], ...Array.from({ length: 4 }, () => [null, 0, 0, 0]), [null, 2, 2000, 200]]])
    expect(points.at(-1)?.['otherCurrencies']).toEqual([{ currency: 'USD', revenue: 1000, commission: 100 }])
    const month = await timeline('')
    const days = month['points'] as Record<string, unknown>[]
    expect([month['bucket'], days.length, days.filter(({ conversions }) => conversions !== 0).map(({ from, clicks, conversions }) => [from, clicks, conversions])]).toEqual(['day', 31, [['2026-11-20T00:00:00.000Z', 1, 3]]])
  })

  test('a timeline is of the merchant’s zone', async () => {
    const shop = await startCollector()
    await shop.services.merchants.update({ timezone: 'America/New_York' })
    shop.clock.nowMs += 1000
    await record(shop, { order: 'a', affiliate: 'ana' })
    const { body: { data } } = await get(shop, `/${shop.campaignId}/analytics/conversions-timeline?from=2026-11-17T05:00:00Z&to=2026-11-21T05:00:00Z`)
    expect([data['timezone'], (data['points'] as Record<string, unknown>[]).map(({ from, conversions }) => [from, conversions])]).toEqual(['America/New_York', [['2026-11-17T05:00:00.000Z', 0], ['2026-11-18T05:00:00.000Z', 0], ['2026-11-19T05:00:00.000Z', 0], ['2026-11-20T05:00:00.000Z', 1]]])
  })

  test.each([
    ['from=2026-11-20T09:00:00Z&to=2026-11-20T09:00:00Z', 'to', /later than from/], ['from=2000-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from', /ten years/], ['from=yesterday', 'from', /ISO 8601/], ['to=2026-13-01T00:00:00Z', 'to', /ISO 8601/], ['from=2026-11-20', 'from', /ISO 8601/],
  ])('a timeline with %s is refused', async (query, field, says) => {
    expect(await refusal(shared(), () => get(shared(), `/${shared().campaignId}/analytics/conversions-timeline?${query}`))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field, says }))
  })
})

test('another merchant’s campaigns are not there, whatever is asked', async () => {
  const shop = await startCollector()
  const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'USD', timezone: 'UTC' })
  const theirs = keys.refcampaign
  expect(((await get(shop, '', theirs)).body.data as unknown as { name: string }[]).map(({ name }) => name)).toEqual(['Other partners'])
  const id = shop.campaignId
  const before = rowCounts(shop)
  const answers = await Promise.all([get(shop, `/${id}`, theirs), get(shop, `/${id}/stats`, theirs), get(shop, `/${id}/analytics/conversions-timeline`, theirs), put(shop, id, { name: 'Mine' }, theirs), call(shop, `${CAMPAIGNS}/${id}`, { method: 'DELETE', key: theirs })])
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
  expect(new Set(answers.map(({ body }) => body.error.code))).toEqual(new Set(['NOT_FOUND']))
  expect(rowCounts(shop)).toEqual(before)
})

test('keys need their scopes: campaigns to read and change them, reports for what they brought', async () => {
  const shop = await startCollector()
  const scoped = async (scope: 'campaigns' | 'reports' | 'tracking'): Promise<string> => {
    const key = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [scope] })
    return 'token' in key ? key.token : ''
  }
  const paths = ['', `/${shop.campaignId}`, `/${shop.campaignId}/stats`, `/${shop.campaignId}/analytics/conversions-timeline`]
  const statuses = async (key: string): Promise<number[]> => Promise.all(paths.map(async (path) => (await get(shop, path, key)).status))
  expect(await statuses(await scoped('campaigns'))).toEqual([200, 200, 403, 403])
  expect(await statuses(await scoped('reports'))).toEqual([403, 403, 200, 200])
  expect(await statuses('rc_live_guessed')).toEqual([401, 401, 401, 401])
  const key = await scoped('tracking')
  const before = rowCounts(shop)
  const tried = [await call(shop, CAMPAIGNS, { key, body: GOOD }), await put(shop, shop.campaignId, { name: 'x' }, key), await call(shop, `${CAMPAIGNS}/${shop.campaignId}`, { method: 'DELETE', key }), await call(shop, CAMPAIGNS, { body: GOOD })]
  expect(tried.map(({ status }) => status)).toEqual([403, 403, 403, 401])
  expect(rowCounts(shop)).toEqual(before)
})

test('an Idempotency-Key makes one campaign of two calls, and refuses another body', async () => {
  const shop = await startCollector()
  const once = { 'Idempotency-Key': 'k-1' }
  const first = await post(shop, GOOD, once)
  const again = await post(shop, GOOD, once)
  expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
  expect((await post(shop, { ...GOOD, name: 'Another' }, once)).status).toBe(422)
  expect(rowCounts(shop)['campaigns']).toBe(2)
})
