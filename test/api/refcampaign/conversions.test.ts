import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { call, HOUR_MS, NOON_MS, openTestCollector, startCollector, visitBody, type Answer, type TestCollector } from '../../helpers/collector.ts'
import { rawCall } from '../../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../../helpers/rows.ts'

const TRACK = '/api/v1/conversions/track'
const POSTBACK = '/api/v1/conversions/postback'
const DAY_MS = 24 * HOUR_MS
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

type Started = TestCollector & { ana: string; ben: string }
const keyed = (collector: Started, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => call(collector, path, { key: collector.keys.refcampaign, body, headers })
const track = (collector: Started, body: unknown, headers?: Record<string, string>): Promise<Answer> => keyed(collector, TRACK, body, headers)
const postback = (collector: Started, body: Record<string, unknown>, headers?: Record<string, string>): Promise<Answer> =>
  keyed(collector, POSTBACK, { externalId: 'o-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', ...body }, headers)
const click = async (collector: Started, { code = 'ana', session = 's-1', key }: { code?: string; session?: string; key?: string } = {}): Promise<string> => {
  const { body } = await call(collector, '/api/v1/track/click', { ...(key === undefined ? {} : { key }), body: { tracking_url: `https://shop.example/?ref=${code}`, session_id: session } })
  return String(body.data['clickId'])
}
const receiptOf = async (collector: Started, { body }: Answer): Promise<Record<string, unknown> & { touches: { evidence: string; code: string; verdict: string }[] }> => {
  const answer = await call(collector, `/api/v1/conversions/${String(body.data['conversionId'] ?? body.data['id'])}/receipt`, { method: 'GET', key: collector.keys.refcampaign })
  return answer.body.data as Awaited<ReturnType<typeof receiptOf>>
}
const testKey = async ({ services }: Started): Promise<string> => {
  const made = await services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] })
  return 'token' in made ? made.token : ''
}

const pathOf = (name: string): string => (name === 'postback' ? POSTBACK : TRACK)
const modes = (collector: Started): unknown[] => rowsOf(collector, "select 'conversion' as what, mode from conversions union all select 'commission', mode from commissions union all select 'ledger', mode from ledger_transactions")

test('the getting-started guide works as it is printed', async () => {
  const collector = await openTestCollector({ clock: { nowMs: Date.UTC(2026, 4, 3, 10, 23, 11) } })
  const { keys, campaignId } = await collector.services.setup.init({ merchant: 'Your Shop', site: 'yourshop.com', email: 'you@yourshop.com', currency: 'EUR', timezone: 'UTC' })
  const { id } = await collector.services.affiliates.create({ campaign: campaignId, email: 'one@partner.example', code: 'affiliate-1' })

  const clicked = await rawCall(collector, '/api/v1/track/click', {
    headers: { 'Content-Type': 'application/json' },
    body: `{
"tracking_url": "https://yourshop.com/?ref=affiliate-1",
"session_id": "test-session-001"
}`,
  })
  expect(clicked.status).toBe(201)
  expect(clicked.body).toEqual({ success: true, data: { clickId: expect.stringMatching(/^[0-9a-f-]{36}$/), sessionId: 'test-session-001' }, meta: { timestamp: '2026-05-03T10:23:11.000Z' } })

  const tracked = await rawCall(collector, TRACK, {
    headers: { Authorization: `Bearer ${keys.refcampaign}`, 'Content-Type': 'application/json' },
    body: `{
"sessionId": "test-session-001",
"amount": 49.90,
"currency": "EUR"
}`,
  })
  expect(tracked.status).toBe(201)
  expect(tracked.headers.get('Content-Type')).toBe('application/json; charset=utf-8')
  // The guide's own members, in its order and with its decimals.
  expect(tracked.text).toMatch(/^\{"success":true,"data":\{"id":"cnv_[0-9A-HJKMNP-TV-Z]{26}","amount":49\.90,"currency":"EUR","status":"PENDING","createdAt":"2026-05-03T10:23:11\.000Z",/)
  expect(tracked.body.data).toMatchObject({ attributed: true, affiliateId: id, commissionId: expect.stringMatching(/^cmm_/) })
})

test('the calls of the SDK guide work as they are printed', async () => {
  const collector = await startCollector()
  const customerEmailHash = sha256('Jane@Customer.example'.toLowerCase())
  await click(collector, { session: 'tracking-session' })
  const identified = await keyed(collector, '/api/v1/track/identify', { sessionId: 'tracking-session', customerEmailHash })
  expect(identified.body).toEqual({ success: true, data: { sessionId: 'tracking-session', identified: true, created: true }, meta: { timestamp: new Date(NOON_MS).toISOString() } })
  const bySession = await track(collector, { sessionId: 'tracking-session', amount: 49.9, currency: 'EUR', metadata: { orderId: 'ord_42' } })
  const byHash = await track(collector, { customerEmailHash, amount: 49.9, currency: 'EUR' })
  for (const answer of [bySession, byHash]) expect(answer).toMatchObject({ status: 201, body: { data: { amount: 49.9, attributed: true, affiliateId: collector.ana } } })
})

test("a postback with the reference page's four fields and a session is booked in minor units", async () => {
  const collector = await startCollector()
  await click(collector)
  const answer = await keyed(collector, POSTBACK, '{\n    "amount": 1,\n    "currency": "EUR",\n    "externalId": "string",\n    "conversionType": "SALE", "sessionId": "s-1"\n  }')
  expect(answer.status).toBe(201)
  expect(answer.body).toEqual({
    success: true,
    data: { success: true, conversionId: expect.stringMatching(/^cnv_/), commissionId: expect.stringMatching(/^cmm_/), commissionAmount: 0, attributed: true, status: 'PENDING', shared: false },
    meta: { timestamp: new Date(NOON_MS).toISOString() },
  })
  expect(rowsOf(collector, 'select minor, currency, kind, external_id from conversions')).toEqual([{ minor: 1, currency: 'EUR', kind: 'sale', external_id: 'string' }])
})

describe('amounts', () => {
  test.each([
    ['49.90', 'EUR', '49.90', 4990], ['49.9', 'EUR', '49.90', 4990], ['49', 'EUR', '49.00', 4900], ['4.99e1', 'EUR', '49.90', 4990], ['1E3', 'EUR', '1000.00', 100_000], ['499e-1', 'EUR', '49.90', 4990],
    ['0.01', 'EUR', '0.01', 1], ['0.005', 'EUR', '0.01', 1], ['1.005', 'EUR', '1.01', 101], ['1.0049999999999999999', 'EUR', '1.00', 100], ['0.1', 'EUR', '0.10', 10], ['0.3', 'USD', '0.30', 30], ['1.15', 'USD', '1.15', 115],
    ['90071992547409.91', 'EUR', '90071992547409.91', 9_007_199_254_740_991], ['90071992547409.914999', 'EUR', '90071992547409.91', 9_007_199_254_740_991], ['70368744177664.01', 'EUR', '70368744177664.01', 7_036_874_417_766_401],
    ['1000', 'JPY', '1000', 1000], ['1000.5', 'JPY', '1001', 1001], ['9007199254740991', 'JPY', '9007199254740991', 9_007_199_254_740_991],
    ['8.165', 'KWD', '8.165', 8165], ['8.1655', 'KWD', '8.166', 8166], ['0.001', 'KWD', '0.001', 1], ['12.5', 'HUF', '12.50', 1250], ['1.00005', 'CLF', '1.0001', 10_001],
  ])('track books %s %s as %s', async (sent, currency, shown, minor) => {
    const collector = await startCollector()
    const answer = await track(collector, `{"sessionId":"s-1","amount":${sent},"currency":"${currency}"}`)
    expect(answer.status).toBe(201)
    expect(answer.text).toContain(`"amount":${shown},"currency":"${currency}"`)
    expect(rowsOf(collector, 'select minor, currency from conversions')).toEqual([{ minor, currency }])
  })

  test.each([
    [4990, 'EUR', 499], [1000, 'JPY', 100], [8165, 'KWD', 817], [5, 'EUR', 1], [4, 'EUR', 0], [9_007_199_254_740_991, 'EUR', 900_719_925_474_099],
  ])('postback books %s minor units of %s and earns %s', async (amount, currency, commissionAmount) => {
    const collector = await startCollector()
    await click(collector)
    const answer = await postback(collector, { amount, currency, sessionId: 's-1' })
    expect(answer).toMatchObject({ status: 201, body: { data: { commissionAmount, attributed: true } } })
    expect(rowsOf(collector, 'select minor, currency from conversions')).toEqual([{ minor: amount, currency }])
    expect(rowsOf(collector, 'select minor, currency from commissions')).toEqual([{ minor: commissionAmount, currency }])
  })

  test('track and postback of one price book the same', async () => {
    const collector = await startCollector()
    await track(collector, '{"sessionId":"s-1","amount":49.90,"currency":"EUR"}')
    await postback(collector, { amount: 4990, sessionId: 's-1' })
    expect(rowsOf(collector, 'select minor, currency, kind from conversions')).toEqual([{ minor: 4990, currency: 'EUR', kind: 'sale' }, { minor: 4990, currency: 'EUR', kind: 'sale' }])
  })

  test.each(['eur', 'Eur', 'eUR'])('the currency %s is EUR on both paths', async (currency) => {
    const collector = await startCollector()
    const answer = await track(collector, { sessionId: 's-1', amount: 1, currency })
    expect(answer.body.data['currency']).toBe('EUR')
    expect((await postback(collector, { currency, sessionId: 's-1' })).status).toBe(201)
    expect(rowsOf(collector, 'select distinct currency from conversions')).toEqual([{ currency: 'EUR' }])
  })

  test.each(['LEAD', 'TRIAL', 'CUSTOM'])('a %s may be worth nothing', async (conversionType) => {
    const collector = await startCollector()
    await click(collector)
    const answer = await postback(collector, { conversionType, amount: 0, sessionId: 's-1' })
    expect(answer).toMatchObject({ status: 201, body: { data: { commissionAmount: 0, attributed: true } } })
    expect(rowsOf(collector, 'select kind, minor from conversions')).toEqual([{ kind: conversionType.toLowerCase(), minor: 0 }])
  })
})

describe('who referred it', () => {
  const hash = sha256('jane@customer.example')
  const identified = async (collector: Started): Promise<void> => {
    await click(collector)
    await keyed(collector, '/api/v1/track/identify', { session_id: 's-1', customer_email_hash: hash })
  }
  const rows: [name: string, identifiers: (clickId: string) => Record<string, unknown>, evidence: string][] = [
    ['sessionId', () => ({ sessionId: 's-1' }), 'session'],
    ['rcsid', () => ({ rcsid: 's-1' }), 'session'],
    ['clickId', (clickId) => ({ clickId }), 'click_id'],
    ['cid', (clickId) => ({ cid: clickId }), 'click_id'],
    ['clickId in capitals', (clickId) => ({ clickId: clickId.toUpperCase() }), 'click_id'],
    ['affiliateCode', () => ({ affiliateCode: 'ana' }), 'affiliate_code'],
    ['affiliateCode in capitals', () => ({ affiliateCode: ' ANA ' }), 'affiliate_code'],
    ['customerEmailHash', () => ({ customerEmailHash: hash }), 'identity'],
    ['customerEmailHash in capitals', () => ({ customerEmailHash: hash.toUpperCase() }), 'identity'],
    ['customerEmail', () => ({ customerEmail: 'jane@customer.example' }), 'identity'],
    ['customerEmail as typed', () => ({ customerEmail: '  Jane@Customer.EXAMPLE\n' }), 'identity'],
    ['a click before a session', (clickId) => ({ sessionId: 's-2', clickId }), 'click_id'],
    ['a session before a code', () => ({ sessionId: 's-1', affiliateCode: 'ben' }), 'session'],
    ['a code before an address', () => ({ customerEmail: 'jane@customer.example', affiliateCode: 'ana' }), 'affiliate_code'],
  ]

  test.each(rows)('postback by %s', async (_name, identifiers, evidence) => {
    const collector = await startCollector()
    await identified(collector)
    await click(collector, { code: 'ben', session: 's-2' })
    const [{ id } = { id: '' }] = rowsOf<{ id: string }>(collector, "select lower(hex(id)) as id from clicks where code = 'ana'")
    const clickId = `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`
    const answer = await postback(collector, identifiers(clickId))
    expect(answer).toMatchObject({ status: 201, body: { data: { attributed: true, commissionAmount: 499 } } })
    const { touches } = await receiptOf(collector, answer)
    expect(touches.filter(({ verdict }) => verdict === 'WON')).toMatchObject([{ code: 'ana', evidence }])
  })

  test.each<[string, (clickId: string) => Record<string, unknown>, string]>([
    ['sessionId', () => ({ sessionId: 's-1' }), 'session'], ['clickId', (clickId) => ({ clickId }), 'click_id'], ['customerEmailHash', () => ({ customerEmailHash: hash }), 'identity'],
  ])('track by %s', async (_name, identifiers, evidence) => {
    const collector = await startCollector()
    const clickId = await click(collector)
    await keyed(collector, '/api/v1/track/identify', { session_id: 's-1', customer_email_hash: hash })
    const answer = await track(collector, { ...identifiers(clickId), amount: 49.9, currency: 'EUR' })
    expect(answer).toMatchObject({ status: 201, body: { data: { attributed: true, affiliateId: collector.ana } } })
    expect((await receiptOf(collector, answer)).touches).toMatchObject([{ code: 'ana', evidence, verdict: 'WON' }])
  })

  test('an address is kept by no table', async () => {
    const collector = await startCollector()
    await postback(collector, { customerEmail: 'jane@customer.example' })
    const tables = Object.keys(rowCounts(collector))
    const everything = JSON.stringify(tables.map((table) => rowsOf<Record<string, unknown>>(collector, `select * from "${table}"`).map((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)))))
    expect(everything).toContain('o-1')
    expect(everything).not.toMatch(new RegExp(`jane|${hash}`, 'i'))
  })

  test('an order that nobody won is kept, answered with success, and settled by a repeat that knows more', async () => {
    const collector = await startCollector()
    await click(collector)
    const first = await postback(collector, { sessionId: 'unknown' })
    expect(first.status).toBe(201)
    expect(first.body.data).toEqual({ success: true, conversionId: expect.stringMatching(/^cnv_/), commissionId: null, commissionAmount: 0, attributed: false, status: 'PENDING', shared: false })
    expect(rowCounts(collector)).toMatchObject({ conversions: 1, receipts: 1, commissions: 0, ledger_transactions: 0, ledger_entries: 0 })
    const again = await postback(collector, { sessionId: 's-1' })
    expect(again).toMatchObject({ status: 200, body: { data: { conversionId: first.body.data['conversionId'], attributed: true, commissionAmount: 499 } } })
    expect(rowCounts(collector)).toMatchObject({ conversions: 1, commissions: 1, ledger_transactions: 1, ledger_entries: 2 })
  })

  test('track says so too', async () => {
    const collector = await startCollector()
    const answer = await track(collector, { sessionId: 'unknown', amount: 49.9, currency: 'EUR' })
    expect(answer).toMatchObject({ status: 201, body: { success: true, data: { attributed: false, affiliateId: null, commissionId: null, status: 'PENDING' } } })
  })

  test('a click older than the window leaves the order with nobody', async () => {
    const collector = await startCollector()
    await click(collector)
    collector.clock.nowMs = NOON_MS + 30 * DAY_MS
    expect((await track(collector, { sessionId: 's-1', amount: 1, currency: 'EUR' })).body.data['attributed']).toBe(true)
    collector.clock.nowMs += 1
    const late = await track(collector, { sessionId: 's-1', amount: 1, currency: 'EUR' })
    expect(late).toMatchObject({ status: 201, body: { data: { attributed: false } } })
    expect((await receiptOf(collector, late)).touches).toMatchObject([{ code: 'ana', verdict: 'OUTSIDE_WINDOW' }])
  })
})

describe('repeats', () => {
  const bodies = {
    track: { sessionId: 's-1', amount: 49.9, currency: 'EUR', metadata: { orderId: 'A' } },
    'track by orderId': { sessionId: 's-1', amount: 49.9, currency: 'EUR', orderId: 'A' },
    postback: { externalId: 'A', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1' },
  }

  test.each(Object.entries(bodies))('%s again is 200 with the very same bytes', async (name, body) => {
    const collector = await startCollector()
    await click(collector)
    const first = await keyed(collector, pathOf(name), body)
    const rows = rowCounts(collector)
    collector.clock.nowMs += HOUR_MS
    const again = await keyed(collector, pathOf(name), body)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.text).toBe(first.text)
    expect(rowCounts(collector)).toEqual(rows)
  })

  const names = Object.keys(bodies) as (keyof typeof bodies)[]
  test.each(names.flatMap((first) => names.filter((second) => second !== first).map((second) => ({ first, second }))))('$first and then $second are one order', async ({ first, second }) => {
    const collector = await startCollector()
    await click(collector)
    const one = await keyed(collector, pathOf(first), bodies[first])
    const two = await keyed(collector, pathOf(second), bodies[second])
    expect([one.status, two.status]).toEqual([201, 200])
    expect(two.body.data['id'] ?? two.body.data['conversionId']).toBe(one.body.data['id'] ?? one.body.data['conversionId'])
    expect(rowCounts(collector)).toMatchObject({ conversions: 1, commissions: 1, ledger_transactions: 1 })
  })

  test('a number as order id is its digits', async () => {
    const collector = await startCollector()
    await track(collector, '{"sessionId":"s-1","amount":1,"currency":"EUR","metadata":{"orderId":12345678901234567890}}')
    expect((await postback(collector, { externalId: '12345678901234567890', sessionId: 's-1' })).status).toBe(200)
    expect(rowsOf(collector, 'select external_id from conversions')).toEqual([{ external_id: '12345678901234567890' }])
  })

  test.each([{ metadata: { orderId: null } }, { metadata: {} }, {}])('without an order id (%j) each call is an order', async (more) => {
    const collector = await startCollector()
    const body = { sessionId: 's-1', amount: 1, currency: 'EUR', ...more }
    expect([(await track(collector, body)).status, (await track(collector, body)).status]).toEqual([201, 201])
    expect(rowsOf(collector, 'select external_id from conversions')).toEqual([{ external_id: null }, { external_id: null }])
  })

  test.each(['a', ' A', 'A ', 'Å', 'A\u030A', 'x'.repeat(255)])('the order id %j is none of the others', async (externalId) => {
    const collector = await startCollector()
    await postback(collector, { externalId: 'A', sessionId: 's-1' })
    expect((await postback(collector, { externalId, sessionId: 's-1' })).status).toBe(201)
    expect(rowsOf(collector, 'select external_id from conversions order by number')).toEqual([{ external_id: 'A' }, { external_id: externalId }])
  })

  test('one order id may name a sale and a lead', async () => {
    const collector = await startCollector()
    expect((await postback(collector, { sessionId: 's-1' })).status).toBe(201)
    expect((await postback(collector, { sessionId: 's-1', conversionType: 'LEAD' })).status).toBe(201)
    expect((await postback(collector, { sessionId: 's-1', conversionType: 'LEAD' })).status).toBe(200)
  })

  test('a repeat with another amount changes nothing but a mark', async () => {
    const collector = await startCollector()
    await click(collector)
    const first = await track(collector, bodies.track)
    const other = await track(collector, { ...bodies.track, amount: 99.9, currency: 'USD', metadata: { orderId: 'A', note: 'changed' } })
    expect(other.status).toBe(200)
    expect(other.text).toBe(first.text)
    expect(rowsOf(collector, 'select minor, currency, metadata, marks from conversions')).toEqual([{ minor: 4990, currency: 'EUR', metadata: '{"orderId":"A"}', marks: '["REPEAT_DIFFERS"]' }])
  })

  test('thirty calls at once make one order', async () => {
    const collector = await startCollector()
    await click(collector)
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? track(collector, bodies.track) : postback(collector, { externalId: 'A', sessionId: 's-1' }))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(29)
    expect(new Set(answers.map(({ body }) => body.data['id'] ?? body.data['conversionId'])).size).toBe(1)
    expect(rowCounts(collector)).toMatchObject({ conversions: 1, commissions: 1, ledger_entries: 2 })
  })
})

describe('metadata', () => {
  test.each([
    '{}', '{ }', '{"orderId":"A"}', '{"total":49.90,"big":12345678901234567890,"e":1E+2,"neg":-0.0}', '{\n\t"a" :  [ 1 , 2 ] ,\r\n "b":{"c":null}}',
    String.raw`{"name":"J\u00fcrgen \"J\" \\ \/","half":"\ud800","nul":"\u0000","brace":"}{][,:"}`, '{"name":"Jürgen 🧾","ключ":"значение"}', '{"a":1,"a":2,"A":3}', '{"metadata":{"metadata":1}}',
    `{"long":"${'x'.repeat(50_000)}"}`,
  ])('%.60s is kept byte for byte', async (metadata) => {
    const collector = await startCollector()
    const order = '"sessionId":"s-1","amount":1,"currency":"EUR"'
    const spellings = [`{"metadata":${metadata},${order}}`, `{${order},"metadata" : ${metadata} }`, `{"x":{"metadata":{"no":1}},"y":"\\"metadata\\":",${order},"metadata":{"not":"this"},"m\\u0065tadata":${metadata}}`]
    for (const body of spellings) expect((await track(collector, body)).body['success']).toBe(true)
    expect((await keyed(collector, POSTBACK, `{"metadata":${metadata},"externalId":"B","conversionType":"LEAD",${order}}`)).status).toBe(201)
    const kept = rowsOf<{ metadata: string }>(collector, 'select metadata from conversions')
    expect(kept.length).toBeGreaterThan(1)
    for (const row of kept) expect(row.metadata).toBe(metadata)
  })

  test('none is none', async () => {
    const collector = await startCollector()
    await track(collector, { sessionId: 'metadata', amount: 1, currency: 'EUR' })
    expect(rowsOf(collector, 'select metadata from conversions')).toEqual([{ metadata: null }])
  })
})

describe('test orders', () => {
  test.each(['isSynthetic', 'a test key'])('%s makes everything that is booked a test', async (way) => {
    const collector = await startCollector()
    await click(collector)
    const synthetic = way === 'isSynthetic'
    const key = synthetic ? collector.keys.refcampaign : await testKey(collector)
    const answer = await call(collector, TRACK, { key, body: { sessionId: 's-1', amount: 49.9, currency: 'EUR', ...(synthetic ? { isSynthetic: true } : {}) } })
    expect(answer).toMatchObject({ status: 201, body: { data: { attributed: true, affiliateId: collector.ana } } })
    expect(modes(collector)).toEqual([{ what: 'conversion', mode: 'test' }, { what: 'commission', mode: 'test' }, { what: 'ledger', mode: 'test' }])
  })

  test('isSynthetic: false does not make a test key live', async () => {
    const collector = await startCollector()
    await call(collector, POSTBACK, { key: await testKey(collector), body: { externalId: 'A', conversionType: 'SALE', amount: 1, currency: 'EUR', sessionId: 's-1', isSynthetic: false } })
    expect(rowsOf(collector, 'select mode from conversions')).toEqual([{ mode: 'test' }])
  })

  test('a test order does not take the id of a live one', async () => {
    const collector = await startCollector()
    expect((await postback(collector, { sessionId: 's-1', isSynthetic: true })).status).toBe(201)
    expect((await postback(collector, { sessionId: 's-1' })).status).toBe(201)
    expect((await postback(collector, { sessionId: 's-1', isSynthetic: true })).status).toBe(200)
    expect(rowsOf(collector, 'select mode from conversions order by number')).toEqual([{ mode: 'test' }, { mode: 'live' }])
  })

  test('a test click earns nothing on a live order', async () => {
    const collector = await startCollector()
    await click(collector, { key: await testKey(collector) })
    const live = await postback(collector, { sessionId: 's-1' })
    expect(live.body.data['attributed']).toBe(false)
    expect((await receiptOf(collector, live)).touches).toMatchObject([{ verdict: 'MODE_MISMATCH' }])
    expect((await postback(collector, { sessionId: 's-1', isSynthetic: true })).body.data['attributed']).toBe(true)
  })
})

describe('Idempotency-Key', () => {
  const once = { 'Idempotency-Key': 'k-1' }
  const order = { sessionId: 's-1', amount: 49.9, currency: 'EUR' }

  test.each([['track', TRACK, order], ['postback', POSTBACK, { externalId: 'A', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1' }]])('%s: the same key and body get the stored bytes', async (_name, path, body) => {
    const collector = await startCollector()
    const first = await keyed(collector, path, body, once)
    const rows = rowCounts(collector)
    collector.clock.nowMs += 23 * HOUR_MS
    const again = await keyed(collector, path, body, once)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect(again.headers.get('Content-Type')).toBe(first.headers.get('Content-Type'))
    expect(rowCounts(collector)).toEqual(rows)
  })

  test('what is stored is what was said then, also when the order was settled since', async () => {
    const collector = await startCollector()
    const first = await postback(collector, { sessionId: 'unknown' }, once)
    await postback(collector, { sessionId: 's-2', affiliateCode: 'ana' })
    const again = await postback(collector, { sessionId: 'unknown' }, once)
    expect(again.text).toBe(first.text)
    expect(again.body.data['attributed']).toBe(false)
    expect((await postback(collector, { sessionId: 'unknown' })).body.data['attributed']).toBe(true)
  })

  test('a key counts for its route', async () => {
    const collector = await startCollector()
    expect((await track(collector, order, once)).status).toBe(201)
    expect((await postback(collector, { sessionId: 's-1' }, once)).status).toBe(201)
    expect(rowCounts(collector)).toMatchObject({ conversions: 2, answers: 2 })
  })

  test('another key is another call', async () => {
    const collector = await startCollector()
    await track(collector, order, once)
    expect((await track(collector, order, { 'Idempotency-Key': 'k-2' })).status).toBe(201)
    expect(rowCounts(collector)['conversions']).toBe(2)
  })

  test('twenty calls at once make one order and one answer', async () => {
    const collector = await startCollector()
    const answers = await Promise.all(Array.from({ length: 20 }, () => track(collector, order, once)))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(rowCounts(collector)).toMatchObject({ conversions: 1, answers: 1 })
  })
})

test("the browser's session, however its UUID is written, is the order's", async () => {
  const collector = await startCollector()
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  const answer = await track(collector, { sessionId: String(visit['session']).toUpperCase(), amount: 1, currency: 'EUR' })
  expect(answer.body.data).toMatchObject({ attributed: true, affiliateId: collector.ana })
})

test("the merchant's own customer id is kept, and never as it was sent", async () => {
  const collector = await startCollector()
  await postback(collector, { sessionId: 's-1', customerId: 'Customer-with-a-name' })
  const kept = rowsOf(collector, "select hex(value) as value from identifiers where kind = 'customer'") as { value: string }[]
  expect(kept).toHaveLength(1)
  expect(Buffer.from(kept[0]?.value ?? '', 'hex').toString()).not.toContain('name')
})

test('one Idempotency-Key, a test call and a live one: two orders, for they share no answer', async () => {
  const collector = await startCollector()
  const key = await testKey(collector)
  const request = { body: { externalId: 'o-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1' }, headers: { 'Idempotency-Key': 'k1' } }
  expect((await call(collector, POSTBACK, { ...request, key })).status).toBe(201)
  expect((await call(collector, POSTBACK, { ...request, key: collector.keys.refcampaign })).status).toBe(201)
  expect(rowsOf(collector, 'select mode from conversions order by mode')).toEqual([{ mode: 'live' }, { mode: 'test' }])
})

test('a stored answer is given for a week and then forgotten; the order is not', async () => {
  const collector = await startCollector()
  const request = { key: collector.keys.refcampaign, body: { externalId: 'o-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1' }, headers: { 'Idempotency-Key': 'k1' } }
  await call(collector, POSTBACK, request)
  collector.clock.nowMs += 7 * DAY_MS
  await collector.services.conversions.forgetAnswers()
  expect((await call(collector, POSTBACK, request)).status).toBe(201)
  collector.clock.nowMs += 1
  await collector.services.conversions.forgetAnswers()
  expect((await call(collector, POSTBACK, request)).status).toBe(200)
  expect(rowCounts(collector)).toMatchObject({ conversions: 1 })
})
