import { describe, expect, test } from 'vitest'
import { call, NOON_MS, startCollector, uuidAt, type TestCollector } from '../helpers/collector.ts'
import { rawCall, type RawAnswer } from '../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const PAGE = 'https://www.shop.example/tee?ref=ana&size=7'
type Shop = TestCollector & { ana: string; ben: string }
interface How { method?: string; host?: string; headers?: Record<string, string> }

const show = (shop: TestCollector, { method = 'GET', host = 'track.shop.example', headers = {} }: How = {}): Promise<RawAnswer> =>
  rawCall(shop, '/r/noscript', { method, host, headers: { Referer: PAGE, ...headers } })
const clicks = (shop: TestCollector): unknown[] => rowsOf(shop, 'select code, host, bot, waited, lower(hex(session)) as session from clicks')
const sessionOf = ({ headers }: RawAnswer): string => /^_rl=([\da-f-]{36});/.exec(headers.get('Set-Cookie') ?? '')?.[1] ?? ''

/** Whatever came of the visit, the page shows a dot. */
function expectImage(answer: RawAnswer): void {
  expect(answer.status).toBe(200)
  expect(answer.headers.get('Content-Type')).toBe('image/gif')
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  expect(answer.headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
  expect([answer.bytes.subarray(0, 6).toString(), answer.bytes.length]).toEqual(['GIF89a', Number(answer.headers.get('Content-Length'))])
}

describe('the image', () => {
  test('counts the page that shows it, and keeps its session', async () => {
    const shop = await startCollector()
    const answer = await show(shop)
    expectImage(answer)
    const session = sessionOf(answer)
    expect(answer.headers.get('Set-Cookie')).toBe(`_rl=${session}; Path=/; Max-Age=7776000; SameSite=Lax; Domain=shop.example`)
    expect(clicks(shop)).toEqual([{ code: 'ana', host: 'www.shop.example', bot: 0, waited: 0, session: session.replaceAll('-', '') }])
    const order = await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { sessionId: session, amount: 10, currency: 'EUR' } })
    expect(order.body.data['affiliateId']).toBe(shop.ana)
  })

  test.each([(session: string) => session, (session: string) => session.toUpperCase()])('goes on with the session of the cookie', async (spelt) => {
    const shop = await startCollector()
    const session = uuidAt(NOON_MS)
    const answer = await show(shop, { headers: { Cookie: `a=b; _rl=${spelt(session)}; c=d` } })
    expect(sessionOf(answer)).toBe(session)
    expect(clicks(shop)).toMatchObject([{ session: session.replaceAll('-', '') }])
  })

  test.each(['nonsense', '', 's-1'])('begins one where the cookie holds "%s"', async (held) => {
    const shop = await startCollector()
    const answer = await show(shop, { headers: { Cookie: `_rl=${held}` } })
    expect(sessionOf(answer)).toMatch(/^[\da-f-]{36}$/)
    expect(clicks(shop)).toHaveLength(1)
  })

  test('sets no cookie from a host that the page does not share one with, and counts', async () => {
    const shop = await startCollector()
    const answer = await show(shop, { host: 'track.example' })
    expectImage(answer)
    expect(answer.headers.get('Set-Cookie')).toBeNull()
    expect(clicks(shop)).toHaveLength(1)
  })

  test('is Secure where the collector is', async () => {
    const shop = await startCollector({ PUBLIC_URL: 'https://track.shop.example' })
    expect((await show(shop)).headers.get('Set-Cookie')).toMatch(/; Secure$/)
  })

  test('of a crawler is a click of a bot', async () => {
    const shop = await startCollector()
    expectImage(await show(shop, { headers: { 'User-Agent': CRAWLER } }))
    expect(clicks(shop)).toMatchObject([{ bot: 1 }])
  })

  test('of a reload is the same click', async () => {
    const shop = await startCollector()
    const first = await show(shop)
    await show(shop, { headers: { Cookie: `_rl=${sessionOf(first)}` } })
    expect(rowsOf(shop, 'select count(*) as n from clicks where joined is null')).toEqual([{ n: 1 }])
  })
})

describe('the image alone', () => {
  test.each<[string, How]>([
    ['Sec-Purpose: prefetch', { headers: { 'Sec-Purpose': 'prefetch' } }], ['Purpose: prefetch', { headers: { Purpose: 'prefetch' } }], ['Sec-Purpose: prefetch;prerender', { headers: { 'Sec-Purpose': 'prefetch;prerender' } }],
    ['a visitor who asks that nothing be kept', { headers: { 'Sec-GPC': '1' } }],
    ['a page that nobody names', { headers: { Referer: '' } }], ['a page that is none', { headers: { Referer: 'nonsense' } }], ['a page of no host', { headers: { Referer: 'data:text/html,x' } }],
    ['a page of which the browser tells the site alone', { headers: { Referer: 'https://www.shop.example/' } }], ['a page without a code', { headers: { Referer: 'https://www.shop.example/?x=1' } }],
    ['a code of nobody', { headers: { Referer: 'https://www.shop.example/?ref=nobody' } }], ["a stranger's page", { headers: { Referer: 'https://evil.example/?ref=ana' } }],
    ['a page with too long an address', { headers: { Referer: `${PAGE}&x=${'x'.repeat(1200)}` } }],
  ])('%s', async (_name, how) => {
    const shop = await startCollector()
    const before = rowCounts(shop)
    const answer = await show(shop, how)
    expectImage(answer)
    expect(answer.headers.get('Set-Cookie')).toBeNull()
    expect(rowCounts(shop)).toEqual(before)
  })

  test('HEAD counts nothing', async () => {
    const shop = await startCollector()
    const before = rowCounts(shop)
    const answer = await show(shop, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('Content-Type'), answer.headers.get('Set-Cookie')]).toEqual([200, 'image/gif', null])
    expect(rowCounts(shop)).toEqual(before)
  })

  test('is shown to one who comes too often, and nothing is counted', async () => {
    const shop: Shop = await startCollector({ RATE_LIMIT: 'script=2' })
    for (let n = 0; n < 2; n++) expectImage(await show(shop))
    const before = rowCounts(shop)
    const answer = await show(shop)
    expectImage(answer)
    expect(answer.headers.get('Set-Cookie')).toBeNull()
    expect(rowCounts(shop)).toEqual(before)
  })
})

test('BASE_PATH stands before it', async () => {
  const shop = await startCollector({ BASE_PATH: '/track' })
  expectImage(await rawCall(shop, '/track/r/noscript', { method: 'GET', headers: { Referer: PAGE } }))
  expect(clicks(shop)).toHaveLength(1)
})
