import { describe, expect, test } from 'vitest'
import { BROWSER, call, HOUR_MS, NOON_MS, sharedCollector, startCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { plainlyRefused, refusal, rowCounts, rowsOf } from '../helpers/rows.ts'

const MINUTE_MS = 60_000
const HASH = 'a'.repeat(64)
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
    expect(answer.body).toEqual({ click: body['id'], session: body['session'], cookie: false, domain: 'shop.example' })
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
})

const cookieOf = async (collector: TestCollector, host: string, body: Record<string, unknown>): Promise<{ cookie: string | null; body: Record<string, unknown> }> => {
  const answer = await rawCall(collector, '/r/visit', { host, body: JSON.stringify(body) })
  expect(answer.status).toBe(200)
  return { cookie: answer.headers.get('Set-Cookie'), body: answer.body }
}

describe('cookie', () => {
  test.each(['track.shop.example', 'shop.example', 'www.shop.example', 'deep.track.shop.example:8443', 'TRACK.SHOP.EXAMPLE'])('is set by a collector on %s, for the whole domain', async (host) => {
    const collector = await startCollector()
    const sent = visitBody(collector)
    const { cookie, body } = await cookieOf(collector, host, sent)
    expect(cookie).toBe(`_rl=${String(sent['session'])}; Path=/; Max-Age=7776000; SameSite=Lax; Domain=shop.example`)
    expect(body).toMatchObject({ cookie: true, domain: 'shop.example' })
  })

  test.each(['track.example', 'localhost:8787', 'shop.example.evil.example', 'notshop.example', 'example', '127.0.0.1', '[::1]'])('is not set by a collector on %s, and the answer says so', async (host) => {
    const collector = await startCollector()
    const { cookie, body } = await cookieOf(collector, host, visitBody(collector))
    expect(cookie).toBeNull()
    expect(body).toMatchObject({ cookie: false, domain: 'shop.example' })
  })

  test.each([
    ['https://track.shop.example', true], ['http://track.shop.example', false], [undefined, false],
  ])('with PUBLIC_URL %s is Secure: %s', async (PUBLIC_URL, secure) => {
    const collector = await startCollector(PUBLIC_URL === undefined ? {} : { PUBLIC_URL })
    const { cookie } = await cookieOf(collector, 'track.shop.example', visitBody(collector))
    expect(cookie?.endsWith('; Secure')).toBe(secure)
    expect(cookie).not.toContain('HttpOnly')
  })

  test.each([[1, 1], [30, 30], [400, 400], [0, 1], [-5, 1], [1.9, 1], [401, 400], [1e12, 400]])('for %s days, as the tag asks, lives %s', async (days, lives) => {
    const collector = await startCollector()
    const { cookie } = await cookieOf(collector, 'track.shop.example', { ...visitBody(collector), days })
    expect(cookie).toContain(`Max-Age=${lives * 86_400};`)
  })

  test.each([
    ['shop.github.io', 'other.github.io', null, 'shop.github.io'], ['shop.github.io', 'track.shop.github.io', 'shop.github.io', 'shop.github.io'], ['shop.co.uk', 'track.shop.co.uk', 'shop.co.uk', 'shop.co.uk'], ['shop.co.uk', 'track.co.uk', null, 'shop.co.uk'],
    ['localhost', 'localhost:8787', '', null], ['192.0.2.7', '192.0.2.7:8787', '', null], ['192.0.2.7', '192.0.2.8', null, null], ['192.0.2.7', 'localhost', null, null],
  ])('of a shop on %s from a collector on %s', async (site, host, domain, told) => {
    const collector = await startCollector()
    const { campaignId } = await collector.services.setup.init({ merchant: 'Second', site, email: 'second@shop.example', currency: 'EUR', timezone: 'UTC' })
    await collector.services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', code: 'dan' }, 2)
    const { cookie, body } = await cookieOf(collector, host, visitBody(collector, { code: 'dan', url: `http://${site}/?ref=dan` }))
    expect(cookie === null ? null : (/Domain=([^;]+)/.exec(cookie)?.[1] ?? '')).toBe(domain)
    expect(body).toMatchObject({ cookie: domain !== null, domain: told })
  })

  test('holds the session in lower case and no more than a UUID', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS).toUpperCase()
    const { cookie } = await cookieOf(collector, 'track.shop.example', visitBody(collector, { session }))
    expect(cookie).toMatch(new RegExp(`^_rl=${session.toLowerCase()};`))
  })
})

describe('one click', () => {
  test('is counted once however often its event is sent', async () => {
    const collector = await startCollector()
    const body = visitBody(collector)
    const answers = await Promise.all(Array.from({ length: 10 }, () => visit(collector, body)))
    collector.clock.nowMs += HOUR_MS
    answers.push(await visit(collector, { ...body, id: String(body['id']).toUpperCase() }))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
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
    [0, NOON_MS, 0], [1, NOON_MS - 1, 1], [2 * HOUR_MS, NOON_MS - 2 * HOUR_MS, 1], [72 * HOUR_MS, NOON_MS - 72 * HOUR_MS, 1], [72 * HOUR_MS + 1, NOON_MS - 72 * HOUR_MS, 1], [Number.MAX_SAFE_INTEGER, NOON_MS - 72 * HOUR_MS, 1],
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

const wrong = (says: RegExp): object => plainlyRefused({ status: 400, code: 'INVALID', says })
const unreadable = (says: RegExp): object => plainlyRefused({ status: 400, code: 'UNPARSABLE', says })
const tooLarge = plainlyRefused({ status: 413, code: 'TOO_LARGE', says: /larger than 2048 bytes/ })

const identifyBody = (): Record<string, unknown> => ({ session: uuidAt(NOON_MS), emailHash: HASH, url: 'https://shop.example/' })

describe('refused', () => {
  const shared = sharedCollector()

  test.each<[string, Record<string, unknown>, object]>([
    ...[undefined, null, '', 'nonsense', 42, '00000000-0000-0000-0000-00000000000g', `${uuidAt(NOON_MS)}0`].flatMap((value): [string, Record<string, unknown>, object][] => [
      [`id ${String(value)}`, { id: value }, wrong(/^id: /)], [`session ${String(value)}`, { session: value }, wrong(/^session: /)],
    ]),
    ['no ref', { ref: undefined }, wrong(/^ref: must be a string/)], ['an empty ref', { ref: ' ' }, wrong(/^ref: must not be empty/)], ['a ref of 65 characters', { ref: 'x'.repeat(65) }, wrong(/^ref: must be at most 64 characters/)],
    ['a ref with a NUL', { ref: 'ana\0' }, wrong(/^ref: .*NUL/)], ['half an emoji as ref', { ref: 'ana\uD83D' }, wrong(/^ref: .*Unicode/)],
    ['an unknown ref', { ref: 'nobody' }, plainlyRefused({ status: 404, code: 'NOT_FOUND', says: /No affiliate has the code "nobody"/ })],
    ['a script as url', { url: 'javascript:alert(1)' }, wrong(/^url: must be an http or https URL/)], ["a stranger's url", { url: 'https://evil.example/?ref=ana' }, wrong(/^url: evil\.example is not a site/)],
    ['IPv6', { url: 'http://[::1]/?ref=ana' }, wrong(/^url: \[::1\] is not a site/)], ['a password in the url', { url: 'https://user:pw@shop.example/?ref=ana' }, wrong(/^url: must not carry a user name/)],
    ['a long url', { url: `https://shop.example/?ref=ana&x=${'x'.repeat(1200)}` }, wrong(/^url: must be at most 1200 characters/)], ['a long referrer', { referrer: 'x'.repeat(401) }, wrong(/^referrer: /)],
    ...[-1, 0.5, '1', null, 1e300].map((ageMs): [string, Record<string, unknown>, object] => [`ageMs ${String(ageMs)}`, { ageMs }, wrong(/^ageMs: /)]),
    ...['30', [], {}].map((days): [string, Record<string, unknown>, object] => [`days ${JSON.stringify(days)}`, { days }, wrong(/^days: /)]),
  ])('visit with %s', async (_name, change, refused) => {
    const answer = await refusal(shared(), () => visit(shared(), { ...visitBody(shared()), ...change }))
    expect(answer).toMatchObject(refused)
    expect(answer.headers.get('Set-Cookie')).toBeNull()
  })

  test.each(['https://evil.example', 'https://shop.example.evil.example', 'null', 'https://notshop.example', 'file://'])('visit and identify from a page of %s', async (origin) => {
    const stranger = plainlyRefused({ status: 403, code: 'FORBIDDEN', says: /not on a site of this merchant/ })
    expect(await refusal(shared(), () => visit(shared(), visitBody(shared()), { Origin: origin }))).toMatchObject(stranger)
    expect(await refusal(shared(), () => call(shared(), '/r/identify', { body: identifyBody(), headers: { Origin: origin } }))).toMatchObject(stranger)
  })

  const bodies: { name: string; body: string | Buffer; refused: object }[] = [
    { name: 'nothing', body: '', refused: unreadable(/not valid JSON/) }, { name: 'half', body: '{"id":', refused: unreadable(/not valid JSON/) }, { name: 'NaN', body: '{"ageMs":NaN}', refused: unreadable(/not valid JSON/) },
    { name: 'an array', body: '[]', refused: unreadable(/must be a JSON object/) }, { name: 'a string', body: '"x"', refused: unreadable(/must be a JSON object/) }, { name: 'null', body: 'null', refused: unreadable(/must be a JSON object/) }, { name: 'a number', body: '1', refused: unreadable(/must be a JSON object/) },
    { name: 'no UTF-8', body: Buffer.from('{"id":"\xFF"}', 'latin1'), refused: unreadable(/not valid UTF-8/) },
    { name: '__proto__', body: '{"__proto__":{"id":1}}', refused: wrong(/^__proto__: /) }, { name: 'an escaped __proto__', body: String.raw`{"\u005f_proto__":1}`, refused: wrong(/^__proto__: /) },
    { name: '2049 bytes', body: `{"x":"${'x'.repeat(2049 - 8)}"}`, refused: tooLarge }, { name: '1 MB', body: Buffer.alloc(1_048_576, 'x'), refused: tooLarge },
  ]
  test.each(bodies.flatMap((row) => ['/r/visit', '/r/identify', '/r/cart'].map((path) => ({ path, ...row }))))('$name to $path', async ({ path, body, refused }) => {
    expect(await refusal(shared(), () => rawCall(shared(), path, { body, headers: { 'Content-Type': 'text/plain' } }))).toMatchObject(refused)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['session', { session: 's-1' }, /^session: /], ['emailHash', { emailHash: 'jane@customer.example' }, /^emailHash: must be the SHA-256/], ['url', { url: 'data:,x' }, /^url: must be an http/], ['url of a stranger', { url: 'https://evil.example/' }, /^url: evil\.example is not a site/],
  ])('identify with a wrong %s', async (_name, change, says) => {
    expect(await refusal(shared(), () => call(shared(), '/r/identify', { body: { ...identifyBody(), ...change } }))).toMatchObject(wrong(says))
  })

  test.each(['GET', 'PUT', 'DELETE'])('%s', async (method) => {
    expect(await refusal(shared(), () => call(shared(), '/r/visit', { method }))).toMatchObject(plainlyRefused({ status: 404, code: 'NOT_FOUND', says: new RegExp(`There is no ${method} /r/visit here`) }))
  })
})

test('a body of 2048 bytes is still read', async () => {
  const collector = await startCollector()
  const body = JSON.stringify(visitBody(collector))
  const padded = `${body.slice(0, -1)},"x":"${'x'.repeat(2048 - body.length - 7)}"}`
  expect(Buffer.byteLength(padded)).toBe(2048)
  expect((await rawCall(collector, '/r/visit', { body: padded })).status).toBe(200)
})

describe('identify', () => {
  test('ties the session to the customer, once', async () => {
    const collector = await startCollector()
    const sent = visitBody(collector)
    await visit(collector, sent)
    const identify = (): Promise<Answer> => call(collector, '/r/identify', { body: { session: String(sent['session']).toUpperCase(), emailHash: HASH, url: 'https://www.shop.example/checkout?step=2' }, headers: { Origin: 'https://www.shop.example', 'Content-Type': 'text/plain' } })
    const first = await identify()
    expect([first.status, first.body]).toEqual([200, { identified: true }])
    const rows = rowCounts(collector)
    expect((await identify()).body).toEqual({ identified: true })
    expect(rowCounts(collector)).toEqual(rows)
    expect(rowsOf(collector, 'select source, mode from bindings')).toEqual([{ source: 'browser', mode: 'live' }])
    expect(await winnerOf(collector, { customerEmailHash: HASH })).toBe(collector.ana)
  })

  test('takes three customers a session and then says no', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const said = []
    for (const letter of 'abcd') said.push((await call(collector, '/r/identify', { body: { session, emailHash: letter.repeat(64), url: 'https://shop.example/' } })).body)
    expect(said).toEqual([{ identified: true }, { identified: true }, { identified: true }, { identified: false }])
    expect(rowCounts(collector)['bindings']).toBe(3)
  })
})

test('BASE_PATH stands before every address', async () => {
  const collector = await startCollector({ BASE_PATH: '/track' })
  expect((await call(collector, '/track/r/visit', { body: visitBody(collector) })).status).toBe(200)
  expect((await call(collector, '/r/visit', { body: visitBody(collector) })).status).toBe(404)
  expect((await call(collector, '/track/api/v1/nothing')).body.error.code).toBe('NOT_FOUND')
})
