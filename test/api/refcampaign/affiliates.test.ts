import { describe, expect, test } from 'vitest'
import { record, testKey, visited, type Shop } from '../../helpers/book.ts'
import { call, sharedCollector, startCollector, type Answer } from '../../helpers/collector.ts'
import { refusal, refused, rowCounts } from '../../helpers/rows.ts'

const AFFILIATES = '/api/v1/affiliates'
const GOOD = { email: 'cleo@partner.example', firstName: 'Cleo' }

type Row = Record<string, unknown>
const post = (shop: Shop, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => call(shop, AFFILIATES, { key: shop.keys.refcampaign, body, headers })
const put = (shop: Shop, path: string, body?: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${AFFILIATES}/${path}`, { method: 'PUT', key, ...(body === undefined ? {} : { body }) })
const get = (shop: Shop, path = '', key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${AFFILIATES}${path}`, { method: 'GET', key })
const second = async ({ services }: Shop, name = 'Second'): Promise<string> => (await services.campaigns.create({ name, landingUrl: 'https://shop.example/', percent: '20' })).id
const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `cmp_${n}`)
const shared = sharedCollector()

describe('create', () => {
  test('with no campaign joins the oldest that is open; with one or several, these', async () => {
    const shop = await startCollector()
    const two = await second(shop)
    shop.clock.nowMs += 1000
    const joined = async (email: string, more: object): Promise<unknown> => new Set((await post(shop, { ...GOOD, email, ...more })).body.data['campaignIds'] as string[])
    expect(await joined('a@p.example', {})).toEqual(new Set([shop.campaignId]))
    expect(await joined('b@p.example', { campaignId: two })).toEqual(new Set([two]))
    expect(await joined('c@p.example', { campaignIds: [two, shop.campaignId, two] })).toEqual(new Set([two, shop.campaignId]))
  })

  test('says who they are, and their link counts', async () => {
    const shop = await startCollector()
    const { status, body: { data } } = await post(shop, { ...GOOD, lastName: 'Nord', company: 'Nord', phone: '+49 30 1', country: 'de', code: 'CLEO', coupon: 'cleo10', payoutEmail: 'pay@partner.example' })
    expect([status, data]).toMatchObject([201, { ...GOOD, lastName: 'Nord', company: 'Nord', phone: '+49 30 1', country: 'DE', code: 'CLEO', coupons: ['CLEO10'], payoutEmail: 'pay@partner.example', status: 'ACTIVE', reason: null }])
    await visited(shop, { code: 'cleo' })
    const order = await record(shop, { order: 'o-1', coupons: ['CLEO10'] })
    expect(order.commissions.map(({ affiliateId }) => affiliateId)).toEqual([data['id']])
    expect((await get(shop, `/${String(data['id'])}`)).body.data['stats']).toEqual({ clicks: 1, conversions: 1, currency: 'EUR', pendingAmount: 100, approvedAmount: 0, paidAmount: 0 })
  })

  test('one who is known by their address joins a further campaign, and stays who they are', async () => {
    const shop = await startCollector()
    const two = await second(shop)
    const { status, body: { data } } = await post(shop, { email: ' ANA@Partner.example ', firstName: 'Somebody', campaignId: two })
    expect([status, data['id'], data['firstName'], new Set(data['campaignIds'] as string[])]).toEqual([201, shop.ana, 'Ana', new Set([shop.campaignId, two])])
  })

  test('one who is in one of several campaigns already joins none of them', async () => {
    const shop = await startCollector()
    const two = await second(shop)
    const tried = await refusal(shop, () => post(shop, { email: 'ana@partner.example', firstName: 'Ana', campaignIds: [two, shop.campaignId] }))
    expect(tried).toMatchObject(refused({ status: 409, code: 'ALREADY_EXISTS', field: 'email', says: /in this campaign already/ }))
  })

  test.each<[string, object, number, string, string, RegExp]>([
    ['no address', { email: undefined }, 400, 'VALIDATION_FAILED', 'email', /must be a string/], ['an address that is none', { email: 'cleo' }, 400, 'VALIDATION_FAILED', 'email', /e-mail/],
    ['no name', { firstName: undefined }, 400, 'VALIDATION_FAILED', 'firstName', /must be a string/], ['an empty name', { firstName: ' ' }, 400, 'VALIDATION_FAILED', 'firstName', /not be empty/], ['a long name', { firstName: 'x'.repeat(201) }, 400, 'VALIDATION_FAILED', 'firstName', /at most 200/],
    ['a country in words', { country: 'Germany' }, 400, 'VALIDATION_FAILED', 'country', /two-letter/], ['a code with blanks', { code: 'a b' }, 400, 'VALIDATION_FAILED', 'code', /letters, digits/], ['a code that is taken', { code: 'ANA' }, 409, 'ALREADY_EXISTS', 'code', /belongs to another/],
    ['another status', { status: 'DENIED' }, 400, 'VALIDATION_FAILED', 'status', /must be one of: ACTIVE, PENDING/], ['no campaigns', { campaignIds: [] }, 400, 'VALIDATION_FAILED', 'campaignIds', /at least one/], ['too many campaigns', { campaignIds: many(101) }, 400, 'VALIDATION_FAILED', 'campaignIds', /at most 100/],
    ['one campaign in a list of none', { campaignIds: 'cmp_1' }, 400, 'VALIDATION_FAILED', 'campaignIds', /must be a list/], ['an unknown campaign', { campaignId: 'cmp_0' }, 404, 'NOT_FOUND', 'campaignId', /no campaign cmp_0/], ['unknown campaigns', { campaignIds: many(50) }, 404, 'NOT_FOUND', 'campaignIds', /no campaign cmp_0/],
    ['a campaign’s number', { campaignId: '1' }, 404, 'NOT_FOUND', 'campaignId', /no campaign 1/], ['both', { campaignId: 'cmp_0', campaignIds: ['cmp_0'] }, 400, 'VALIDATION_FAILED', 'campaignIds', /either/],
    ['a payout address that is none', { payoutEmail: 'x' }, 400, 'VALIDATION_FAILED', 'payoutEmail', /e-mail/], ['the status of one who is known', { email: 'ana@partner.example', status: 'PENDING' }, 400, 'VALIDATION_FAILED', 'status', /known already/],
  ])('%s is refused', async (...[_what, change, status, code, field, says]) => {
    expect(await refusal(shared(), () => post(shared(), { ...GOOD, ...change }))).toMatchObject(refused({ status, code, field, says }))
  })

  test('an Idempotency-Key makes one affiliate of two calls', async () => {
    const shop = await startCollector()
    const [first, again] = [await post(shop, GOOD, { 'Idempotency-Key': 'k' }), await post(shop, GOOD, { 'Idempotency-Key': 'k' })]
    expect([first.status, again.status, again.text, rowCounts(shop)['affiliates']]).toEqual([201, 201, first.text, 3])
  })
})

describe('list', () => {
  test('by status and campaign, in the order of joining, at most 100', async () => {
    const shop = await startCollector()
    const two = await second(shop)
    for (let n = 0; n < 100; n++) await shop.services.affiliates.create({ campaign: two, email: `p${n}@partner.example`, ...(n === 0 ? { status: 'pending' } : {}) })
    const listed = async (query: string): Promise<[unknown[], unknown]> => {
      const { body } = await get(shop, query)
      return [(body.data as unknown as Row[]).map(({ email }) => email), (body as unknown as { meta: { pagination: unknown } }).meta.pagination]
    }
    expect(await listed('?limit=2')).toEqual([['ana@partner.example', 'ben@partner.example'], { limit: 2, offset: 0, total: 102 }])
    const [emails, page] = await listed('?limit=1000')
    expect([emails.length, page]).toEqual([100, { limit: 100, offset: 0, total: 102 }])
    expect(await listed(`?campaignId=${shop.campaignId}`)).toEqual([['ana@partner.example', 'ben@partner.example'], { limit: 20, offset: 0, total: 2 }])
    expect(await listed(`?status=pending&campaignId=${two}`)).toEqual([['p0@partner.example'], { limit: 20, offset: 0, total: 1 }])
    expect(await listed('?offset=102')).toEqual([[], { limit: 20, offset: 102, total: 102 }])
  })

  test.each(['limit=0', 'offset=-1', 'status=GONE', 'campaignId=', 'limit=1e3'])('with %s is refused', async (query) => {
    expect(await refusal(shared(), () => get(shared(), `?${query}`))).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_FAILED', details: [{ path: [query.split('=')[0]] }] } } })
  })
})

describe('change', () => {
  test('what it names, and nothing else', async () => {
    const shop = await startCollector()
    const { data } = (await get(shop, `/${shop.ana}`)).body
    shop.clock.nowMs += 1000
    const { body } = await put(shop, shop.ana, { lastName: 'Ahn', email: 'new@partner.example', code: 'anna', status: 'DISABLED', reason: 'On leave' })
    expect(body.data).toEqual({ ...data, lastName: 'Ahn', email: 'new@partner.example', code: 'anna', trackingUrl: expect.stringMatching(/\/go\/anna$/), status: 'DISABLED', reason: 'On leave' })
    expect((await record(shop, { order: 'o-1', codes: ['ana'] })).attributed).toBe(false)
  })

  test.each<[string, unknown]>([['nothing', {}], ['no body', undefined], ['what is unknown', { colour: 'red' }]])('%s changes nothing', async (_what, body) => {
    const before = [rowCounts(shared()), (await get(shared(), `/${shared().ana}`)).body.data]
    const { data } = (await put(shared(), shared().ana, body)).body
    expect([rowCounts(shared()), data]).toEqual(before)
  })

  test.each<[string, object, number, string, string, RegExp]>([
    ['an address of another', { email: 'BEN@partner.example' }, 409, 'ALREADY_EXISTS', 'email', /belongs to another/], ['a code of another', { code: 'ben' }, 409, 'ALREADY_EXISTS', 'code', /belongs to another/], ['an empty name', { firstName: '' }, 400, 'VALIDATION_FAILED', 'firstName', /not be empty/],
    ['a status in small letters', { status: 'active' }, 400, 'VALIDATION_FAILED', 'status', /must be one of/], ['a reason alone', { reason: 'x' }, 400, 'VALIDATION_FAILED', 'reason', /goes with a status/], ['an address that is none', { email: 7 }, 400, 'VALIDATION_FAILED', 'email', /must be a string/],
  ])('%s is refused', async (...[_what, change, status, code, field, says]) => {
    expect(await refusal(shared(), () => put(shared(), shared().ana, change))).toMatchObject(refused({ status, code, field, says }))
  })
})

describe('campaigns', () => {
  test('are exactly those of the list from now on', async () => {
    const shop = await startCollector()
    const [two, three] = [await second(shop), await second(shop, 'Third')]
    shop.clock.nowMs += 1000
    const assigned = async (campaignIds: string[]): Promise<unknown> => {
      shop.clock.nowMs += 1000
      return new Set((await put(shop, `${shop.ana}/campaigns`, { campaignIds })).body.data['campaignIds'] as string[])
    }
    expect(await assigned([two, three, two])).toEqual(new Set([two, three]))
    expect((await record(shop, { order: 'o-1', codes: ['ana'] })).commissions[0]?.totalMinor).toBe(200)
    expect(await assigned([shop.campaignId])).toEqual(new Set([shop.campaignId]))
    expect(await assigned([])).toEqual(new Set())
    expect((await record(shop, { order: 'o-2', codes: ['ana'] })).attributed).toBe(false)
    expect(await assigned([shop.campaignId, two])).toEqual(new Set([shop.campaignId, two]))
    const before = rowCounts(shop)
    await assigned([two, shop.campaignId])
    expect(rowCounts(shop)).toEqual(before)
  })

  test.each<[string, unknown, number, string, RegExp]>([
    ['no list', {}, 400, 'VALIDATION_FAILED', /must be a list/], ['one that is unknown', { campaignIds: ['MAIN', 'cmp_0'] }, 404, 'NOT_FOUND', /no campaign cmp_0/], ['a number', { campaignIds: ['1'] }, 404, 'NOT_FOUND', /no campaign 1/], ['51 that are unknown', { campaignIds: Array.from({ length: 51 }, () => 'cmp_0') }, 404, 'NOT_FOUND', /no campaign/],
    ['101', { campaignIds: Array.from({ length: 101 }, () => 'cmp_0') }, 400, 'VALIDATION_FAILED', /at most 100/],
  ])('%s is refused, and none is changed', async (...[_what, body, status, code, says]) => {
    const filled = JSON.parse(JSON.stringify(body).replace('MAIN', shared().campaignId)) as unknown
    expect(await refusal(shared(), () => put(shared(), `${shared().ana}/campaigns`, filled))).toMatchObject(refused({ status, code, field: 'campaignIds', says }))
  })
})

test('nobody signs up here any more, with a key or without one', async () => {
  for (const key of [undefined, shared().keys.refcampaign]) {
    const tried = await refusal(shared(), () => call(shared(), `${AFFILIATES}/signup`, { ...(key === undefined ? {} : { key }), body: GOOD, headers: { Origin: 'https://anywhere.example' } }))
    expect(tried).toMatchObject(refused({ status: 410, code: 'GONE', field: null, says: /no longer sign up/ }))
    expect(tried.headers.get('Access-Control-Allow-Origin')).toBe('*')
  }
  const preflight = await call(shared(), `${AFFILIATES}/signup`, { method: 'OPTIONS', headers: { Origin: 'https://anywhere.example' } })
  expect([preflight.status, preflight.headers.get('Access-Control-Allow-Methods')]).toEqual([204, 'POST'])
})

test('another merchant’s affiliates are not there, a number or a code is no id, and every call needs its scope', async () => {
  const shop = await startCollector()
  const { keys, merchantId } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'USD', timezone: 'UTC' })
  const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['campaigns'] }, shop.merchantId)
  const foreign = [...shop.store.directory().merchants.get(merchantId)?.campaigns.keys() ?? []]
  expect((await get(shop, '', keys.refcampaign)).body.data).toEqual([])
  const before = rowCounts(shop)
  const tried = async (id: string, key: string): Promise<number[]> => Promise.all([get(shop, `/${id}`, key), put(shop, id, { firstName: 'X' }, key), put(shop, `${id}/campaigns`, { campaignIds: [] }, key)].map(async (answer) => (await answer).status))
  expect(await tried(shop.ana, keys.refcampaign)).toEqual([404, 404, 404])
  expect(await tried('1', shop.keys.refcampaign)).toEqual([404, 404, 404])
  expect(await tried('ana', shop.keys.refcampaign)).toEqual([404, 404, 404])
  expect(await tried(shop.ana, 'token' in made ? made.token : '')).toEqual([403, 403, 403])
  expect(await tried(shop.ana, 'rc_live_guessed')).toEqual([401, 401, 401])
  expect((await put(shop, `${shop.ana}/campaigns`, { campaignIds: foreign })).status).toBe(404)
  expect((await post(shop, { ...GOOD, campaignIds: foreign })).status).toBe(404)
  expect(rowCounts(shop)).toEqual(before)
})

test('a test key sees what came of tests', async () => {
  const shop = await startCollector()
  await record(shop, { order: 'o-1', affiliate: 'ana' })
  await record(shop, { order: 'o-2', affiliate: 'ana', amount: '70.00', test: true })
  const earned = async (key?: string): Promise<unknown> => ((await get(shop, `/${shop.ana}`, key)).body.data['stats'] as Row)['pendingAmount']
  expect([await earned(), await earned(await testKey(shop))]).toEqual([100, 700])
})
