import { expect, test } from 'vitest'
import { call, startCollector, visitBody, type Answer, type TestCollector } from '../../helpers/collector.ts'
import { rawCall } from '../../helpers/raw-call.ts'
import { refusal, refused, rowsOf } from '../../helpers/rows.ts'

const TRACK = '/api/v1/conversions/track'
const HASH = 'c'.repeat(64)

interface Second {
  merchantId: number
  key: string
  /** Affiliate of the second merchant, whose code is `ana` too. */
  ana: string
  cleo: string
}

/** Two merchants in one collector: `shop.example` with Ana and Ben, `other.example` with another Ana and Cleo. */
async function twoMerchants(): Promise<TestCollector & { ana: string; ben: string; second: Second }> {
  const collector = await startCollector()
  const { merchantId, campaignId, keys } = await collector.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'USD', timezone: 'UTC' })
  const affiliate = async (code: string): Promise<string> => (await collector.services.affiliates.create({ campaign: campaignId, email: `${code}@elsewhere.example`, code }, merchantId)).id
  return { ...collector, second: { merchantId, key: keys.refcampaign, ana: await affiliate('ana'), cleo: await affiliate('cleo') } }
}

const click = (collector: TestCollector, host: string, { code = 'ana', key, headers = {} }: { code?: string; key?: string; headers?: Record<string, string> } = {}): Promise<Answer> =>
  call(collector, '/api/v1/track/click', { ...(key === undefined ? {} : { key }), headers, body: { tracking_url: `https://${host}/?ref=${code}`, session_id: 's-1' } })
const order = (collector: TestCollector, key: string, identifiers: Record<string, unknown> = { sessionId: 's-1' }): Promise<Answer> =>
  call(collector, TRACK, { key, body: { amount: 10, currency: 'EUR', ...identifiers, metadata: { orderId: 'A' } } })

test('one session name at two merchants is two sessions, one order id two orders', async () => {
  const collector = await twoMerchants()
  await click(collector, 'shop.example', { code: 'ben' })
  await click(collector, 'other.example', { code: 'cleo' })
  const mine = await order(collector, collector.keys.refcampaign)
  const theirs = await order(collector, collector.second.key)
  expect([mine.status, theirs.status]).toEqual([201, 201])
  expect([mine.body.data['affiliateId'], theirs.body.data['affiliateId']]).toEqual([collector.ben, collector.second.cleo])
})

test('one code at two merchants is two affiliates', async () => {
  const collector = await twoMerchants()
  await click(collector, 'shop.example')
  await click(collector, 'other.example')
  expect((await order(collector, collector.keys.refcampaign)).body.data['affiliateId']).toBe(collector.ana)
  expect((await order(collector, collector.second.key)).body.data['affiliateId']).toBe(collector.second.ana)
})

test.each(['sessionId', 'clickId', 'customerEmailHash'])("another merchant's %s wins nothing", async (identifier) => {
  const collector = await twoMerchants()
  const clicked = await click(collector, 'shop.example')
  await call(collector, '/api/v1/track/identify', { key: collector.keys.refcampaign, body: { session_id: 's-1', customer_email_hash: HASH } })
  const identifiers = { sessionId: { sessionId: 's-1' }, clickId: { clickId: clicked.body.data['clickId'] }, customerEmailHash: { customerEmailHash: HASH } }[identifier]
  const theirs = await order(collector, collector.second.key, identifiers)
  expect(theirs).toMatchObject({ status: 201, body: { data: { attributed: false, affiliateId: null } } })
  const receipt = await call(collector, `/api/v1/conversions/${String(theirs.body.data['id'])}/receipt`, { method: 'GET', key: collector.second.key })
  expect(receipt.body.data['touches']).toEqual([])
  expect((await order(collector, collector.keys.refcampaign, identifiers)).body.data['affiliateId']).toBe(collector.ana)
})

test("a receipt is its merchant's alone, and the refusal does not tell that it exists", async () => {
  const collector = await twoMerchants()
  const { body } = await order(collector, collector.keys.refcampaign)
  const path = `/api/v1/conversions/${String(body.data['id'])}/receipt`
  expect((await call(collector, path, { method: 'GET', key: collector.keys.refcampaign })).status).toBe(200)
  const theirs = await call(collector, path, { method: 'GET', key: collector.second.key })
  const nobodys = await call(collector, '/api/v1/conversions/cnv_0/receipt', { method: 'GET', key: collector.second.key })
  expect(theirs.status).toBe(404)
  expect(theirs.body.error).toEqual(nobodys.body.error)
})

test("a key does not click on another merchant's site", async () => {
  const collector = await twoMerchants()
  expect(await refusal(collector, () => click(collector, 'other.example', { key: collector.keys.refcampaign }))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'tracking_url', says: /is not a site of this key's merchant/ }))
})

test.each(['/api/v1/track/click', '/r/visit', '/r/identify'])("a page of one merchant does not speak for the other on %s", async (path) => {
  const collector = await twoMerchants()
  const body = path === '/api/v1/track/click' ? { tracking_url: 'https://other.example/?ref=ana', session_id: 's-1' } : { ...visitBody(collector), url: 'https://other.example/?ref=ana', emailHash: HASH }
  const from = (origin: string): Promise<Answer> => call(collector, path, { body, headers: { Origin: origin } })
  expect((await from('https://shop.example')).status).toBe(403)
  expect(rowsOf(collector, 'select merchant_id from clicks union all select merchant_id from bindings')).toEqual([])
  expect((await from('https://www.other.example')).status).toBeLessThan(300)
  expect(rowsOf(collector, 'select merchant_id from clicks union all select merchant_id from bindings')).toEqual([{ merchant_id: collector.second.merchantId }])
})

test('codes and sites do not mix', async () => {
  const collector = await twoMerchants()
  expect(await refusal(collector, () => click(collector, 'shop.example', { code: 'cleo' }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: 'ref', says: /No affiliate has|no affiliate has/ }))
  expect(await refusal(collector, () => click(collector, 'other.example', { code: 'ben' }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: 'ref', says: /No affiliate has|no affiliate has/ }))
  const named = await call(collector, '/api/v1/conversions/postback', { key: collector.second.key, body: { externalId: 'B', conversionType: 'SALE', amount: 1, currency: 'EUR', affiliateCode: 'ben' } })
  expect(named).toMatchObject({ status: 201, body: { data: { attributed: false } } })
})

test('an identify without a key finds its merchant by its page, and no merchant without one', async () => {
  const collector = await twoMerchants()
  const identify = (headers: Record<string, string>): Promise<Answer> => call(collector, '/api/track/identify', { headers, body: { sessionId: 's-1', emailHash: HASH } })
  expect(await refusal(collector, () => identify({}))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: null, says: /send an API key, or call from a page of a known site/ }))
  expect((await identify({ Origin: 'https://other.example' })).status).toBe(200)
  expect(rowsOf(collector, 'select merchant_id from bindings')).toEqual([{ merchant_id: collector.second.merchantId }])
})

test('an Idempotency-Key is its merchant\'s own', async () => {
  const collector = await twoMerchants()
  const once = { headers: { 'Idempotency-Key': 'k-1' }, body: { sessionId: 's-1', amount: 10, currency: 'EUR' } }
  const mine = await call(collector, TRACK, { key: collector.keys.refcampaign, ...once })
  const theirs = await call(collector, TRACK, { key: collector.second.key, ...once })
  expect([mine.status, theirs.status]).toEqual([201, 201])
  expect(theirs.body.data['id']).not.toBe(mine.body.data['id'])
})

test('a link finds its merchant by the host or the path; nobody can tell without them', async () => {
  const collector = await twoMerchants()
  const follow = (path: string, host?: string): ReturnType<typeof rawCall> => rawCall(collector, path, { method: 'GET', ...(host === undefined ? {} : { host }) })
  expect((await follow('/go/ana')).status).toBe(404)
  expect((await follow('/go/ana', 'track.shop.example')).headers.get('Location')).toMatch(/^https:\/\/shop\.example\/\?ref=ana&rlid=/)
  expect((await follow('/c/ana', 'other.example')).headers.get('Location')).toMatch(/^https:\/\/other\.example\/\?ref=ana&rlid=/)
  expect((await follow(`/go/${collector.merchantId}/ana`)).headers.get('Location')).toMatch(/^https:\/\/shop\.example\//)
  expect((await follow(`/go/${collector.second.merchantId}/ana`)).headers.get('Location')).toMatch(/^https:\/\/other\.example\//)
  expect((await follow(`/go/${collector.merchantId}/cleo`)).status).toBe(404)
  expect((await follow('/go/ben', 'other.example')).status).toBe(404)
  const links = collector.services.affiliates.list(collector.second.merchantId).map(({ link }) => new URL(link).pathname)
  for (const path of links) expect((await follow(path)).headers.get('Location')).toMatch(/^https:\/\/other\.example\//)
})

test("a click handed over to another merchant's page joins nothing there", async () => {
  const collector = await twoMerchants()
  const { headers } = await rawCall(collector, `/go/${collector.merchantId}/ana`, { method: 'GET' })
  const clickId = new URL(headers.get('Location') ?? '').searchParams.get('rlid')
  const visit = visitBody(collector, { url: `https://other.example/?ref=ana&rlid=${clickId}` })
  const { body } = await call(collector, '/r/visit', { body: visit })
  expect(body['click']).toBe(visit['id'])
  expect(rowsOf(collector, 'select merchant_id, joined from clicks order by merchant_id')).toEqual([{ merchant_id: 1, joined: null }, { merchant_id: 2, joined: null }])
})

test('a test key reads no live receipt; a live key reads what it reported as synthetic', async () => {
  const collector = await twoMerchants()
  const made = await collector.services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] }, 1)
  const testKey = 'token' in made ? made.token : ''
  const receiptOf = async (id: unknown, key: string) => (await call(collector, `/api/v1/conversions/${String(id)}/receipt`, { method: 'GET', key })).status
  const live = await order(collector, collector.keys.refcampaign)
  const synthetic = await order(collector, collector.keys.refcampaign, { sessionId: 's-1', isSynthetic: true, orderId: 'o-synthetic' })
  const [liveId, testId] = [live.body.data['id'], synthetic.body.data['id']]
  expect(await Promise.all([receiptOf(liveId, testKey), receiptOf(testId, testKey), receiptOf(liveId, collector.keys.refcampaign), receiptOf(testId, collector.keys.refcampaign)])).toEqual([404, 200, 200, 200])
})
