import { describe, expect, test } from 'vitest'
import { PASS_MS } from '../../shared/limits.ts'
import { call, NOON_MS, startCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { plainlyRefused, refusal, rowCounts, rowsOf } from '../helpers/rows.ts'

const MINUTE_MS = 60_000
/** Another site of the same merchant. */
const OUTLET = 'http://outlet.localhost/cart'
const SHOP = 'https://www.shop.example/'
type Shop = TestCollector & { ana: string; ben: string }

async function shopWithOutlet(): Promise<Shop> {
  const shop = await startCollector()
  await shop.services.sites.add({ host: 'outlet.localhost' })
  return shop
}
const arrive = (shop: Shop, more: Record<string, unknown>): Promise<Answer> => call(shop, '/r/visit', { body: { ...visitBody(shop, { url: OUTLET }), ref: undefined, referrer: SHOP, ...more } })
/** A visitor of the shop, with a pass to its other sites. */
async function handed(shop: Shop): Promise<{ session: string; pass: string; click: string }> {
  const { body } = await call(shop, '/r/visit', { body: visitBody(shop) })
  return { session: String(body['session']), pass: String(body['pass']), click: String(body['click']) }
}
const winnerOf = async (shop: Shop, sessionId: unknown): Promise<unknown> =>
  (await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { sessionId, amount: 10, currency: 'EUR' } })).body.data['affiliateId']
const ended = plainlyRefused({ status: 403, code: 'FORBIDDEN', says: /pass has ended, is none of this shop, or the visitor does not come from its pages/ })

describe('on another site of the merchant', () => {
  test('a pass goes on with its session, and is no click', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    const before = rowCounts(shop)
    const answer = await arrive(shop, { pass })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ click: null, session, attributes: { domain: 'outlet.localhost' }, pass: expect.stringMatching(/^[\w-]{64}$/) })
    expect(rowCounts(shop)).toEqual(before)
    expect(await winnerOf(shop, answer.body['session'])).toBe(shop.ana)
  })

  test('its session goes before the one that the browser had there, also into the cookie', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    const own = uuidAt(NOON_MS)
    const answer = await rawCall(shop, '/r/visit', { host: 'outlet.localhost', body: JSON.stringify({ id: uuidAt(NOON_MS), session: own, url: OUTLET, referrer: SHOP, pass }) })
    expect(answer.body).toMatchObject({ session, cookie: true })
    expect(answer.headers.get('Set-Cookie')).toMatch(new RegExp(`^_rl=${session};`))
  })

  test('a code beside it is a click of its session', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    shop.clock.nowMs += MINUTE_MS
    const answer = await arrive(shop, { pass, ref: 'ben' })
    expect(answer.body).toMatchObject({ session, click: expect.any(String) })
    expect(rowsOf(shop, 'select lower(hex(session)) as session, code from clicks order by received_at_ms')).toEqual([{ session: session.replaceAll('-', ''), code: 'ana' }, { session: session.replaceAll('-', ''), code: 'ben' }])
  })

  test.each([{ ref: 'nobody' }, { coupon: 'NOBODY' }])("what it is beside may be the page's own: %j", async (more) => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    const before = rowCounts(shop)
    expect(await arrive(shop, { pass, ...more })).toMatchObject({ status: 200, body: { click: null, session } })
    expect(rowCounts(shop)).toEqual(before)
  })

  test.each(['x'.repeat(65), ' ', '\0', 'a\ud800'])('what stands beside it may be no code at all: %j', async (ref) => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    expect(await arrive(shop, { pass, ref })).toMatchObject({ status: 200, body: { click: null, session } })
  })

  test('a pass of a session that was forgotten lets nobody in', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    await call(shop, '/r/forget', { body: { session, url: SHOP } })
    expect(await refusal(shop, () => arrive(shop, { pass }))).toMatchObject(ended)
  })

  test.each(['https://www.shop.example/jump', 'https://pay.shop.example/'])("a pass counts for nothing where the visitor comes from the same site: a redirect of the shop's may have copied a stranger's (%s)", async (referrer) => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    expect(await refusal(shop, () => arrive(shop, { pass, referrer, url: 'https://www.shop.example/de' }))).toMatchObject(ended)
  })

  test('the same link with another pass is the same click', async () => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    shop.clock.nowMs += MINUTE_MS
    const first = await arrive(shop, { pass, ref: 'ben', url: `${OUTLET}?ref=ben&rlp=${pass}` })
    const next = first.body['pass']
    expect(next).not.toBe(pass)
    expect((await arrive(shop, { pass: next, ref: 'ben', url: `${OUTLET}?ref=ben&rlp=${String(next)}` })).body['click']).toBe(first.body['click'])
  })

  test('it lets in more than once', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    for (let n = 0; n < 2; n++) expect((await arrive(shop, { pass })).body['session']).toBe(session)
  })
})

describe('a pass ends', () => {
  test('ten minutes after it was issued, and no sooner', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    shop.clock.nowMs += PASS_MS - 1000
    expect(await arrive(shop, { pass })).toMatchObject({ status: 200, body: { session } })
  })

  test.each([PASS_MS, PASS_MS + 1, 24 * 60 * MINUTE_MS])('and lets nobody in %i ms later', async (laterMs) => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    shop.clock.nowMs += laterMs
    expect(await refusal(shop, () => arrive(shop, { pass }))).toMatchObject(ended)
  })

  test('a code beside one that ended is a click of the session that the browser had there', async () => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    shop.clock.nowMs += PASS_MS
    const own = uuidAt(NOON_MS)
    expect(await arrive(shop, { pass, ref: 'ben', session: own })).toMatchObject({ status: 200, body: { session: own, click: expect.any(String) } })
    expect(await refusal(shop, () => arrive(shop, { pass, ref: 'nobody' }))).toMatchObject(plainlyRefused({ status: 404, code: 'NOT_FOUND', says: /No affiliate has the code "nobody"/ }))
  })

  test('the answer to a visit brings a new one', async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    shop.clock.nowMs += PASS_MS - 1000
    const { body: { pass: next } } = await arrive(shop, { pass })
    shop.clock.nowMs += PASS_MS - 1000
    expect((await arrive(shop, { pass: next })).body['session']).toBe(session)
  })
})

/** Changes a byte of a pass. */
const bent = (pass: string, at: number): string => {
  const bytes = Buffer.from(pass, 'base64url')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes.toString('base64url')
}

describe('a pass that was made up lets nobody in', () => {
  test.each<[string, (pass: string) => string]>([
    ['with another beginning', (pass) => bent(pass, 0)], ['with another session', (pass) => bent(pass, 12)], ['with another end of its session', (pass) => bent(pass, 27)], ['with another time', (pass) => bent(pass, 31)],
    ['with another proof', (pass) => bent(pass, 32)], ['with another end of its proof', (pass) => bent(pass, 47)],
    ['too short', (pass) => pass.slice(0, -4)], ['too long', (pass) => `${pass}AAAA`], ['without a proof', (pass) => pass.slice(0, 43)], ['nonsense', () => 'nonsense'], ['of no letters', () => '!!!'], ['a session', () => uuidAt(NOON_MS)], ['of zeros', () => 'A'.repeat(64)],
  ])('%s', async (_name, forge) => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    expect(forge(pass)).not.toBe(pass)
    expect(await refusal(shop, () => arrive(shop, { pass: forge(pass) }))).toMatchObject(ended)
  })

  test('nor one of another merchant', async () => {
    const shop = await shopWithOutlet()
    await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
    const { pass } = await handed(shop)
    const { body: { pass: foreign } } = await call(shop, '/r/pass', { body: { session: uuidAt(NOON_MS), url: 'https://other.example/' } })
    expect(await refusal(shop, () => arrive(shop, { pass: foreign }))).toMatchObject(ended)
    expect(await refusal(shop, () => arrive(shop, { pass, url: 'https://other.example/', referrer: 'https://www.other.example/' }))).toMatchObject(ended)
  })
})

describe("a pass on a stranger's page lets nobody in", () => {
  test.each(['', 'https://ben.example/blog', 'https://www.shop.example.evil.example/', 'no address'])('with the referrer "%s"', async (referrer) => {
    const shop = await shopWithOutlet()
    const { pass } = await handed(shop)
    expect(await refusal(shop, () => arrive(shop, { pass, referrer }))).toMatchObject(ended)
  })

  test('nor does it take the place of the session of whoever follows a link there', async () => {
    const shop = await shopWithOutlet()
    const bens = await handed(shop)
    const own = uuidAt(NOON_MS)
    expect((await arrive(shop, { pass: bens.pass, ref: 'ana', session: own, referrer: 'https://ben.example/' })).body['session']).toBe(own)
  })
})

test('a pass does not show its session to who reads the address', async () => {
  const shop = await shopWithOutlet()
  const { session, pass } = await handed(shop)
  expect(Buffer.from(pass, 'base64url').toString('hex')).not.toContain(session.replaceAll('-', '').slice(0, 12))
  expect(Buffer.from(pass, 'base64url').toString('hex')).not.toContain(session.replaceAll('-', '').slice(-12))
})

describe('POST /r/pass', () => {
  test("renews a session's pass, and stores nothing", async () => {
    const shop = await shopWithOutlet()
    const { session, pass } = await handed(shop)
    const before = rowCounts(shop)
    shop.clock.nowMs += 6 * MINUTE_MS
    const answer = await call(shop, '/r/pass', { body: { session: session.toUpperCase(), url: 'https://www.shop.example/' }, headers: { Origin: 'https://www.shop.example' } })
    expect([answer.status, answer.body]).toEqual([200, { pass: expect.stringMatching(/^[\w-]{64}$/) }])
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://www.shop.example')
    expect(rowCounts(shop)).toEqual(before)
    shop.clock.nowMs += PASS_MS - MINUTE_MS
    expect(await refusal(shop, () => arrive(shop, { pass }))).toMatchObject(ended)
    expect((await arrive(shop, { pass: answer.body['pass'] })).body['session']).toBe(session)
  })
})
