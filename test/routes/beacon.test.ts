import { describe, expect, test } from 'vitest'
import { BROWSER, call, HOUR_MS, NOON_MS, startCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const MINUTE_MS = 60_000
const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'

type Started = TestCollector & { ana: string; ben: string }
const visit = (collector: TestCollector, body: unknown, headers: Record<string, string> = {}): Promise<Answer> => call(collector, '/r/visit', { body, headers })
const winnerOf = async (collector: Started, identifiers: Record<string, unknown>): Promise<unknown> =>
  (await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { ...identifiers, amount: 10, currency: 'EUR' } })).body.data['affiliateId']

describe('visit', () => {
  test('is a click of the session, on disk before it is answered', async () => {
    const collector = await startCollector()
    const body = visitBody(collector)
    const answer = await visit(collector, body)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      click: body['id'], session: body['session'], cookie: false, pass: null,
      attributes: { domain: 'shop.example', expires: 90, sameSite: 'Lax', secure: true },
    })
    expect(rowsOf(collector, 'select lower(hex(id)) as id, lower(hex(session)) as session, code, host, mode, bot, waited, occurred_at_ms, received_at_ms from clicks')).toEqual([{
      id: String(body['id']).replaceAll('-', ''), session: String(body['session']).replaceAll('-', ''), code: 'ana', host: 'www.shop.example', mode: 0, bot: 0, waited: 0, occurred_at_ms: NOON_MS, received_at_ms: NOON_MS,
    }])
    expect(await winnerOf(collector, { sessionId: body['session'] })).toBe(collector.ana)
  })

  test.each(['text/plain;charset=UTF-8', 'application/json', 'application/x-www-form-urlencoded', undefined])('is JSON under the content type %s', async (type) => {
    const collector = await startCollector()
    const answer = await rawCall(collector, '/r/visit', { body: JSON.stringify(visitBody(collector)), headers: type === undefined ? {} : { 'Content-Type': type } })
    expect(answer.status).toBe(200)
    expect(rowCounts(collector)['clicks']).toBe(1)
  })

  test('keeps where the visitor came from without its query, and the browser', async () => {
    const collector = await startCollector()
    await visit(collector, { ...visitBody(collector, { url: 'https://www.shop.example/tee?ref=ana&email=jane' }), referrer: 'https://blog.example/post?token=secret#x' })
    expect(rowsOf<{ text: string }>(collector, 'select text from texts order by text').map(({ text }) => text)).toEqual([BROWSER, 'blog.example/post', 'www.shop.example/tee'])
  })

  test('takes the code of the body without regard to case', async () => {
    const collector = await startCollector()
    expect((await visit(collector, visitBody(collector, { code: ' AnA ' }))).status).toBe(200)
    expect(rowsOf(collector, 'select code from clicks')).toEqual([{ code: 'ana' }])
  })

  test('of a bot is answered like any other and earns nothing', async () => {
    const collector = await startCollector()
    const body = visitBody(collector)
    expect((await visit(collector, body, { 'User-Agent': CRAWLER })).status).toBe(200)
    expect(rowsOf(collector, 'select bot from clicks')).toEqual([{ bot: 1 }])
    expect(await winnerOf(collector, { sessionId: body['session'] })).toBeNull()
  })

  test.each([
    [true, BROWSER, 1], [false, BROWSER, 0], [undefined, BROWSER, 0], [false, CRAWLER, 1],
  ])('whose browser says of a program at its wheel %s, under the name %s, is a bot: %i', async (said, name, bot) => {
    const collector = await startCollector()
    const body = visitBody(collector)
    expect((await visit(collector, { ...body, ...(said === undefined ? {} : { bot: said }) }, { 'User-Agent': name })).status).toBe(200)
    expect(rowsOf(collector, 'select bot from clicks')).toEqual([{ bot }])
    expect(await winnerOf(collector, { sessionId: body['session'] })).toBe(bot === 1 ? null : collector.ana)
  })

  test.each([{ 'Sec-Purpose': 'prefetch' }, { 'Sec-Purpose': 'prefetch;prerender' }, { Purpose: 'prefetch' }, { 'Sec-Purpose': 'prerender' }] as Record<string, string>[])('of a page that is only looked at ahead is answered by nothing and stores nothing: %j', async (headers) => {
    const collector = await startCollector()
    const before = rowCounts(collector)
    const answer = await rawCall(collector, '/r/visit', { host: 'track.shop.example', body: JSON.stringify(visitBody(collector)), headers })
    expect([answer.status, answer.text, answer.headers.get('Set-Cookie')]).toEqual([204, '', null])
    expect(rowCounts(collector)).toEqual(before)
  })

  test.each([['123.ana', 'ana'], ['123.ANA', 'ana'], [' 0.ana ', 'ana'], ['7.ben', '7.ben']])("by a link of Refersion's that says %s is of %s", async (ref, code) => {
    const collector = await startCollector()
    await collector.services.affiliates.create({ campaign: collector.campaignId, email: 'dan@partner.example', code: '7.ben' })
    expect((await visit(collector, visitBody(collector, { code: ref }))).status).toBe(200)
    expect(rowsOf(collector, 'select code from clicks')).toEqual([{ code }])
  })
})

describe('one click', () => {
  test('is counted once however often its event is sent', async () => {
    const collector = await startCollector()
    const body = visitBody(collector)
    const answers = await Promise.all(Array.from({ length: 10 }, () => visit(collector, body)))
    collector.clock.nowMs += HOUR_MS
    answers.push(await visit(collector, { ...body, id: String(body['id']).toUpperCase() }))
    expect(new Set(answers.map(({ body: { click, session } }) => `${String(click)} ${String(session)}`))).toEqual(new Set([`${String(body['id'])} ${String(body['session'])}`]))
    expect(rowsOf(collector, 'select received_at_ms from clicks')).toEqual([{ received_at_ms: NOON_MS }])
  })

  test.each([
    [0, true], [30 * MINUTE_MS, true], [30 * MINUTE_MS + 1, false],
  ])('takes in a reload %i ms later: %s', async (laterMs, joins) => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const first = visitBody(collector, { session })
    await visit(collector, first)
    collector.clock.nowMs += laterMs
    const reload = visitBody(collector, { session })
    const { body } = await visit(collector, reload)
    expect(body['click']).toBe(joins ? first['id'] : reload['id'])
    expect(rowsOf(collector, 'select count(*) as n from clicks where joined is null')).toEqual([{ n: joins ? 1 : 2 }])
  })

  test('does not stretch with each reload', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const first = visitBody(collector, { session })
    const clicks = []
    for (const body of [first, visitBody(collector, { session }), visitBody(collector, { session })]) {
      clicks.push((await visit(collector, body)).body['click'])
      collector.clock.nowMs += 20 * MINUTE_MS
    }
    expect(clicks[1]).toBe(first['id'])
    expect(clicks[2]).not.toBe(first['id'])
  })

  test.each([
    ['another address', { url: 'https://www.shop.example/tee?ref=ana' }, false], ['another query', { url: 'https://www.shop.example/?ref=ana&utm=1' }, false], ['another affiliate', { code: 'ben', url: 'https://www.shop.example/?ref=ana' }, false],
    ['another part of the page', { url: 'https://www.shop.example/?ref=ana#reviews' }, true],
  ])('with %s', async (_name, change, joins) => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const first = visitBody(collector, { session, url: 'https://www.shop.example/?ref=ana' })
    await visit(collector, first)
    const other = visitBody(collector, { session, ...change })
    expect((await visit(collector, other)).body['click']).toBe(joins ? first['id'] : other['id'])
  })

  test.each([
    ['years old', uuidAt(NOON_MS - 400 * 24 * HOUR_MS)], ['of tomorrow and later', uuidAt(NOON_MS + 97 * HOUR_MS)], ['without a time', 'c0ffee00-1111-4222-8333-000000000001'],
  ])('with an event id %s gets one of ours', async (_name, id) => {
    const collector = await startCollector()
    const { body } = await visit(collector, visitBody(collector, { id }))
    expect(body['click']).not.toBe(id)
    expect(Number.parseInt(String(body['click']).replaceAll('-', '').slice(0, 12), 16)).toBe(NOON_MS)
  })
})

describe('ageMs', () => {
  test.each([
    [-1, NOON_MS, 0], [-HOUR_MS, NOON_MS, 0], [0, NOON_MS, 0], [1, NOON_MS, 0], [999, NOON_MS, 0], [1000, NOON_MS - 1000, 1], [2 * HOUR_MS, NOON_MS - 2 * HOUR_MS, 1], [72 * HOUR_MS, NOON_MS - 72 * HOUR_MS, 1], [72 * HOUR_MS + 1, NOON_MS - 72 * HOUR_MS, 1], [Number.MAX_SAFE_INTEGER, NOON_MS - 72 * HOUR_MS, 1],
  ])('%i dates the click', async (ageMs, occurred_at_ms, waited) => {
    const collector = await startCollector()
    await visit(collector, visitBody(collector, { ageMs }))
    expect(rowsOf(collector, 'select occurred_at_ms, received_at_ms, waited from clicks')).toEqual([{ occurred_at_ms, received_at_ms: NOON_MS, waited }])
  })

  test.each([[2 * HOUR_MS, true], [HOUR_MS, true], [30 * MINUTE_MS, false]])('%i of a visit told an hour after the order settles it: %s', async (ageMs, settles) => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const order = { externalId: 'A', conversionType: 'SALE', amount: 10_000, currency: 'EUR', sessionId: session }
    const report = (): Promise<Answer> => call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: order })
    expect((await report()).body.data['attributed']).toBe(false)
    collector.clock.nowMs += HOUR_MS
    await visit(collector, visitBody(collector, { session, ageMs }))
    expect((await report()).body.data).toMatchObject(settles ? { attributed: true, commissionAmount: 1000 } : { attributed: false, commissionAmount: 0 })
  })
})

test('a body of 2048 bytes is still read', async () => {
  const collector = await startCollector()
  const body = JSON.stringify(visitBody(collector))
  const padded = `${body.slice(0, -1)},"x":"${'x'.repeat(2048 - body.length - 7)}"}`
  expect(Buffer.byteLength(padded)).toBe(2048)
  expect((await rawCall(collector, '/r/visit', { body: padded })).status).toBe(200)
})

test('BASE_PATH stands before every address', async () => {
  const collector = await startCollector({ BASE_PATH: '/track' })
  expect((await call(collector, '/track/r/visit', { body: visitBody(collector) })).status).toBe(200)
  expect((await call(collector, '/r/visit', { body: visitBody(collector) })).status).toBe(404)
  expect((await call(collector, '/track/api/v1/nothing')).body.error.code).toBe('NOT_FOUND')
})
