import { describe, expect, test } from 'vitest'
import { testKey, type Shop } from '../../helpers/book.ts'
import { call, NOON_MS, sharedCollector, startCollector, type Answer } from '../../helpers/collector.ts'
import { rawCall } from '../../helpers/raw-call.ts'
import { refusal, refused, rowCounts, rowsOf } from '../../helpers/rows.ts'

const shared = sharedCollector()
const ping = (shop: Shop, key?: string): Promise<Answer> => call(shop, '/api/v1/ping', { method: 'GET', ...(key === undefined ? {} : { key }) })
const track = (shop: Shop, body: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, '/api/conversions/track', { key, body })

describe('ping', () => {
  test('tells whose key it is, whatever its scope, and how many campaigns are open', async () => {
    const shop = await startCollector()
    await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '20' })
    const { id } = await shop.services.campaigns.create({ name: 'Old', landingUrl: 'https://shop.example/', percent: '20' })
    await shop.services.campaigns.update(id, { archived: true })
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['tracking'] })
    for (const key of [shop.keys.refcampaign, 'token' in made ? made.token : '', await testKey(shop)]) {
      const { status, body } = await ping(shop, key)
      expect([status, body]).toEqual([200, { success: true, data: { merchant: 'Shop', activeCampaigns: 2, stripe: { connected: false, mode: 'unknown' } }, meta: { timestamp: new Date(NOON_MS).toISOString() } }])
    }
  })

  test('refuses every other key', async () => {
    const statuses = await Promise.all([undefined, 'rc_live_guessed', shared().keys.refgrow, shared().keys.refersion.secret].map(async (key) => (await ping(shared(), key)).status))
    expect(statuses).toEqual([401, 401, 401, 401])
  })
})

describe.each(['/api/sdk/installed', '/api/sdk/session-captured'])('%s', (path) => {
  const page = { Origin: 'https://anywhere.example' }
  test.each([
    ['nothing', ''], ['no token', '{}'], ['a token', '{"siteToken":"rcst_1"}'], ['all of it', '{"siteToken":"rcst_1","testId":"t","sessionId":"s","source":"url"}'], ['a token that is none', '{"siteToken":5}'],
  ])('is answered 204 for %s, whatever the content type, and keeps nothing', async (_what, body) => {
    for (const type of ['text/plain', 'text/plain;charset=UTF-8', 'application/json']) {
      const before = rowCounts(shared())
      const answer = await rawCall(shared(), path, { headers: { ...page, 'Content-Type': type }, body })
      expect([answer.status, answer.text, answer.headers.get('Access-Control-Allow-Origin'), answer.headers.get('Access-Control-Allow-Credentials'), answer.headers.get('Set-Cookie')]).toEqual([204, '', '*', null, null])
      expect(rowCounts(shared())).toEqual(before)
    }
  })

  test.each([['no JSON', '{', 400, 'INVALID_REQUEST', /not valid JSON/], ['a list', '[]', 400, 'INVALID_REQUEST', /JSON object/], ['more than 2 kB', `{"siteToken":"${'x'.repeat(2048)}"}`, 413, 'INVALID_REQUEST', /larger than 2048/]])('refuses %s', async (...[_what, body, status, code, says]) => {
    expect(await refusal(shared(), () => call(shared(), path, { body, headers: page }))).toMatchObject(refused({ status, code, field: null, says }))
  })

  test('lets any page ask first, and is limited by address', async () => {
    const shop = await startCollector({ RATE_LIMIT: 'public=2' })
    const preflight = await call(shop, path, { method: 'OPTIONS', headers: { ...page, 'Access-Control-Request-Method': 'POST' } })
    expect(['Access-Control-Allow-Origin', 'Access-Control-Allow-Methods', 'Access-Control-Allow-Headers', 'Access-Control-Allow-Credentials'].map((name) => preflight.headers.get(name))).toEqual(['*', 'POST', 'Content-Type', null])
    const answers = [await call(shop, path, { body: {}, headers: page }), await call(shop, path, { body: {}, headers: page }), await call(shop, path, { body: {}, headers: page })]
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 429])
    expect([answers[2]?.body.error.code, answers[2]?.headers.get('Access-Control-Allow-Origin'), answers[2]?.headers.get('Retry-After')]).toEqual(['RATE_LIMIT_EXCEEDED', '*', expect.stringMatching(/^[1-9]\d?$/)])
  })
})

describe('the unversioned track', () => {
  test.each([['4990', 'EUR', 4990], ['1000', 'JPY', 1000], ['8165', 'KWD', 8165], ['9007199254740991', 'EUR', 9007199254740991]])('takes %s of minor units of %s', async (amount, currency, minor) => {
    const shop = await startCollector()
    const { status, text } = await track(shop, `{"sessionId":"s-1","amount":${amount},"currency":"${currency}"}`)
    expect(status).toBe(201)
    expect(text).toContain(`"amount":${amount},"currency":"${currency}","status":"PENDING"`)
    expect(rowsOf(shop, 'select minor, currency from conversions')).toEqual([{ minor, currency }])
  })

  test('shares its order ids with the other calls', async () => {
    const shop = await startCollector()
    const first = await track(shop, { sessionId: 's-1', amount: 4990, currency: 'EUR', orderId: 'o-1' })
    const again = await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { sessionId: 's-1', amount: 49.9, currency: 'EUR', metadata: { orderId: 'o-1' } } })
    expect([first.status, again.status, again.body.data['id'], again.body.data['amount'], rowCounts(shop)['conversions']]).toEqual([201, 200, first.body.data['id'], 49.9, 1])
  })

  test.each<[string, unknown, number, string, RegExp]>([
    ['decimals', { amount: 49.9 }, 422, 'amount', /whole number of minor units/], ['nothing', { amount: 0 }, 400, 'amount', /more than 0/], ['less than nothing', { amount: -1 }, 400, 'amount', /more than 0/], ['text', { amount: '4990' }, 400, 'amount', /must be a number/], ['a symbol', { currency: '€' }, 400, 'currency', /ISO 4217/],
    ['nobody to look for', { sessionId: undefined }, 400, 'sessionId', /give sessionId/],
  ])('refuses %s', async (...[_what, change, status, field, says]) => {
    expect(await refusal(shared(), () => track(shared(), { sessionId: 's-1', amount: 4990, currency: 'EUR', ...(change as object) }))).toMatchObject(refused({ status, code: 'VALIDATION_FAILED', field, says }))
  })

  test('needs a key with the scope, and is limited with its siblings', async () => {
    const shop = await startCollector({ RATE_LIMIT: 'keyed=2' })
    const body = { sessionId: 's-1', amount: 4990, currency: 'EUR' }
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['tracking'] })
    expect([(await call(shop, '/api/conversions/track', { body })).status, (await track(shop, body, 'token' in made ? made.token : '')).status]).toEqual([401, 403])
    await call(shop, '/api/v1/conversions', { method: 'GET', key: shop.keys.refcampaign })
    expect([(await track(shop, body)).status, (await track(shop, body)).status]).toEqual([201, 429])
  })
})
