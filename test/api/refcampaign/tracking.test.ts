import { describe, expect, test } from 'vitest'
import { BROWSER, call, HOUR_MS, NOON_MS, startCollector, uuidAt, type Answer, type TestCollector } from '../../helpers/collector.ts'
import { refusal, refused, rowCounts, rowsOf } from '../../helpers/rows.ts'

const CLICK = '/api/v1/track/click'
const IDENTIFY = ['/api/v1/track/identify', '/api/track/identify']
const MINUTE_MS = 60_000
const HASH = 'a'.repeat(64)
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

type Started = TestCollector & { ana: string; ben: string }
interface More { key?: string; headers?: Record<string, string> }
const click = (collector: Started, { url = 'https://shop.example/?ref=ana', session = 's-1' }: { url?: string; session?: string } = {}, more: More = {}): Promise<Answer> =>
  call(collector, CLICK, { body: { tracking_url: url, session_id: session }, ...more })
const winnerOf = async (collector: Started, identifiers: Record<string, unknown>): Promise<unknown> =>
  (await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { ...identifiers, amount: 10, currency: 'EUR' } })).body.data['affiliateId']

describe('click', () => {
  test.each([
    'https://shop.example/?ref=ana', 'http://shop.example/?ref=ana', 'https://www.shop.example/deep/page?x=1&ref=ana#top', 'HTTPS://SHOP.EXAMPLE:8443/?ref=ANA', 'https://shop.example/?via=ana', 'https://shop.example/?ref=&via=ana',
    'https://shop.example/?ref=ana&ref=nobody', 'https://shop.example/?ref=%61na', 'https://shop.example/?ref=%20ana+', 'https://shop。example/?ref=ana', 'https://shop.example\\@evil.example/?ref=ana', 'https://shop.example/@evil?ref=ana',
  ])('%s is a click of Ana', async (url) => {
    const collector = await startCollector()
    const answer = await click(collector, { url })
    expect(answer).toMatchObject({ status: 201, body: { success: true, data: { sessionId: 's-1' } } })
    expect(rowsOf(collector, 'select code, bot, mode, joined from clicks')).toEqual([{ code: 'ana', bot: 0, mode: 0, joined: null }])
    expect(await winnerOf(collector, { sessionId: 's-1' })).toBe(collector.ana)
  })

  test('is the same click again within half an hour, and a new one after it', async () => {
    const collector = await startCollector()
    const first = await click(collector)
    collector.clock.nowMs += 30 * MINUTE_MS
    const again = await click(collector)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(again.body.data).toEqual(first.body.data)
    collector.clock.nowMs += 1
    const later = await click(collector)
    expect(later.status).toBe(201)
    expect(later.body.data['clickId']).not.toBe(first.body.data['clickId'])
  })

  test.each([
    ['another page', { url: 'https://shop.example/other?ref=ana' }], ['another query', { url: 'https://shop.example/?ref=ana&x=1' }], ['another affiliate', { url: 'https://shop.example/?ref=ben' }], ['another session', { session: 's-2' }],
  ])('with %s is another click', async (_name, change) => {
    const collector = await startCollector()
    const first = await click(collector)
    const other = await click(collector, change)
    expect([first.status, other.status]).toEqual([201, 201])
    expect(other.body.data['clickId']).not.toBe(first.body.data['clickId'])
  })

  test('of another affiliate becomes the one that counts', async () => {
    const collector = await startCollector()
    await click(collector)
    collector.clock.nowMs += MINUTE_MS
    await click(collector, { url: 'https://shop.example/?ref=ben' })
    expect(await winnerOf(collector, { sessionId: 's-1' })).toBe(collector.ben)
  })

  test.each(['test-session-001', ' . ', 'séance 🧾', '0'.repeat(255), 'x'.repeat(14), 'x'.repeat(15), 'x'.repeat(16), 'a\nb', "'; drop table clicks; --"].map((session) => ({ session })))('takes $session for a session and gives it back', async ({ session }) => {
    const collector = await startCollector()
    const answer = await click(collector, { session })
    expect(answer.status).toBe(201)
    expect(answer.body.data['sessionId']).toBe(session)
    expect(await winnerOf(collector, { sessionId: session })).toBe(collector.ana)
    expect(await winnerOf(collector, { sessionId: `${session}?`.slice(-255) })).toBeNull()
  })

  test('a UUID is one session however it is written', async () => {
    const collector = await startCollector()
    const session = 'ABCDEF01-1111-4222-8333-abcdefABCDEF'
    const answer = await click(collector, { session })
    expect(answer.body.data['sessionId']).toBe(session)
    expect(await winnerOf(collector, { sessionId: session.toLowerCase() })).toBe(collector.ana)
  })

  test('keeps a page without its query, and no user agent of a server', async () => {
    const collector = await startCollector()
    await click(collector, { url: 'https://shop.example/cart?ref=ana&email=jane@customer.example' }, { headers: { 'User-Agent': 'curl/8.5.0' } })
    expect(rowsOf<{ text: string }>(collector, 'select text from texts order by text').map(({ text }) => text)).toEqual(['', 'shop.example/cart'])
    expect(rowsOf(collector, 'select bot from clicks')).toEqual([{ bot: 0 }])
  })

  test.each([[CRAWLER, 1, null], [BROWSER, 0, 'ana']])('asks a page which browser opened it: %s', async (userAgent, bot, winner) => {
    const collector = await startCollector()
    await click(collector, {}, { headers: { Origin: 'https://shop.example', 'User-Agent': userAgent } })
    expect(rowsOf(collector, 'select bot from clicks')).toEqual([{ bot }])
    expect(await winnerOf(collector, { sessionId: 's-1' })).toBe(winner === null ? null : collector.ana)
  })

  test('names a campaign with c', async () => {
    const collector = await startCollector()
    const { id } = await collector.services.campaigns.create({ name: 'Twenty', landingUrl: 'https://shop.example/', percent: '20' })
    await collector.services.affiliates.create({ campaign: id, email: 'ana@partner.example' })
    await click(collector, { url: 'https://shop.example/?ref=ana&c=2' })
    const { body } = await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: 'A', conversionType: 'SALE', amount: 1000, currency: 'EUR', sessionId: 's-1' } })
    expect(body.data['commissionAmount']).toBe(200)
  })

  test.each(['https://evil.example', 'https://shop.example.evil.example', 'null', 'https://notshop.example', 'nonsense'])('is refused from a page of %s', async (origin) => {
    const collector = await startCollector()
    const answer = await refusal(collector, () => click(collector, {}, { headers: { Origin: origin } }))
    expect(answer).toMatchObject(refused({ status: 403, code: 'PERMISSION_DENIED', field: null, says: /not on a site of this merchant/ }))
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  test('with a test key is a test click', async () => {
    const collector = await startCollector()
    const made = await collector.services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] })
    await click(collector, {}, { key: 'token' in made ? made.token : '' })
    expect(rowsOf(collector, 'select mode from clicks')).toEqual([{ mode: 1 }])
  })
})

const spellings: [string, Record<string, unknown>][] = [
  ['as the reference spells it', { session_id: 's-1', customer_email_hash: HASH }],
  ['as the script spells it', { sessionId: 's-1', emailHash: HASH }],
  ['as the SDK spells it', { sessionId: 's-1', customerEmailHash: HASH }],
  ['mixed', { session_id: 's-1', emailHash: HASH.toUpperCase() }],
]

describe.each(IDENTIFY)('%s', (path) => {
  const identify = (collector: Started, body: Record<string, unknown>, more: More = {}): Promise<Answer> => call(collector, path, { body, ...more })

  test.each(spellings)('%s ties the session to the customer', async (_name, body) => {
    const collector = await startCollector()
    await click(collector)
    const answer = await identify(collector, body)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ success: true, data: { sessionId: 's-1', identified: true, created: true }, meta: { timestamp: new Date(NOON_MS).toISOString() } })
    expect(await winnerOf(collector, { customerEmailHash: HASH })).toBe(collector.ana)
    expect(await winnerOf(collector, { customerEmailHash: 'b'.repeat(64) })).toBeNull()
  })

  test('says the same the second time and writes nothing', async () => {
    const collector = await startCollector()
    await click(collector)
    await identify(collector, { session_id: 's-1', customer_email_hash: HASH })
    const rows = rowCounts(collector)
    collector.clock.nowMs += HOUR_MS
    const again = await identify(collector, { session_id: 's-1', customer_email_hash: HASH })
    expect(again).toMatchObject({ status: 200, body: { data: { sessionId: 's-1', identified: true, created: false } } })
    expect(rowCounts(collector)).toEqual(rows)
  })

  test('the first customer of a session stays its customer', async () => {
    const collector = await startCollector()
    await click(collector)
    await identify(collector, { session_id: 's-1', customer_email_hash: HASH })
    collector.clock.nowMs += 1
    expect((await identify(collector, { session_id: 's-1', customer_email_hash: 'b'.repeat(64) })).status).toBe(200)
    expect(await winnerOf(collector, { customerEmailHash: HASH })).toBe(collector.ana)
    expect(await winnerOf(collector, { customerEmailHash: 'b'.repeat(64) })).toBeNull()
  })

  test('a session that is not known yet waits for its visit', async () => {
    const collector = await startCollector()
    expect(await identify(collector, { session_id: 's-1', customer_email_hash: HASH })).toMatchObject({ status: 200, body: { data: { identified: true } } })
    collector.clock.nowMs += 23 * HOUR_MS
    await click(collector)
    expect(await winnerOf(collector, { customerEmailHash: HASH })).toBe(collector.ana)
  })

  test('a page may name three customers for a session, a key any number', async () => {
    const collector = await startCollector()
    const page = { headers: { Origin: 'https://www.shop.example' } }
    const answers = []
    for (const letter of 'abcd') answers.push(await identify(collector, { session_id: 's-1', customer_email_hash: letter.repeat(64) }, page))
    expect(answers.map(({ status, body }) => [status, body.data['identified']])).toEqual([[200, true], [200, true], [200, true], [200, false]])
    const keyed = await identify(collector, { session_id: 's-1', customer_email_hash: 'd'.repeat(64) }, { key: collector.keys.refcampaign })
    expect(keyed.body.data).toMatchObject({ identified: true, created: true })
    expect(rowsOf(collector, 'select source, count(*) as n from bindings group by source order by source')).toEqual([{ source: 'browser', n: 3 }, { source: 'server', n: 1 }])
  })

  test.each(['https://evil.example', 'null'])('is refused from a page of %s', async (origin) => {
    const collector = await startCollector()
    expect(await refusal(collector, () => identify(collector, { session_id: 's-1', customer_email_hash: HASH }, { headers: { Origin: origin } }))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: null, says: /No merchant has this page/ }))
  })

  test("keeps no hash as it was sent, and another collector's would differ", async () => {
    const collector = await startCollector()
    await identify(collector, { session_id: uuidAt(NOON_MS), customer_email_hash: HASH })
    const [held] = rowsOf<{ identity: Buffer }>(collector, 'select identity from bindings')
    const another = await startCollector()
    await identify(another, { session_id: uuidAt(NOON_MS), customer_email_hash: HASH })
    const [other] = rowsOf<{ identity: Buffer }>(another, 'select identity from bindings')
    expect(HASH).not.toContain(held?.identity.toString('hex'))
    expect(held?.identity).not.toEqual(other?.identity)
  })
})

test('a session that is another customer\'s is not identified anew, and what was said of it joins nothing', async () => {
  const collector = await startCollector()
  const key = collector.keys.refcampaign
  const identify = async (hash: string, more: object = { key }): Promise<unknown> => (await call(collector, '/api/v1/track/identify', { ...more, body: { session_id: 's-1', customer_email_hash: hash } })).body.data
  await call(collector, CLICK, { body: { tracking_url: 'https://shop.example/?ref=ana', session_id: 's-1' } })
  const other = 'b'.repeat(64)
  expect(await identify(other, {})).toMatchObject({ identified: true, created: true })
  collector.clock.nowMs += 1000
  expect(await identify(HASH)).toMatchObject({ identified: true, created: true })
  collector.clock.nowMs += 1000
  expect(await identify(other)).toMatchObject({ identified: false, created: false })
  expect(await identify(HASH)).toMatchObject({ identified: true, created: false })
  const order = async (customerEmailHash: string): Promise<unknown> => (await call(collector, '/api/v1/conversions/track', { key, body: { customerEmailHash, amount: 10, currency: 'EUR' } })).body.data['attributed']
  expect([await order(HASH), await order(other)]).toEqual([true, false])
})
