import { describe, expect, test } from 'vitest'
import { call, HOUR_MS, NOON_MS, sharedCollector, startCollector, uuidAt, visitBody, type TestCollector } from '../helpers/collector.ts'
import { rawCall, type RawAnswer } from '../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const MINUTE_MS = 60_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const follow = (collector: TestCollector, path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<RawAnswer> => rawCall(collector, path, { method, headers })
const landing = ({ headers }: RawAnswer): URL => new URL(headers.get('Location') ?? '')

test.each(['/go/ana', '/c/ana', '/go/1/ana', '/go/ANA', '/go/%61na', '/go/ana/', '/go/ana?url=https://evil.example/&next=//evil.example&ref=ben'])('%s leads to the landing page with the code and a counted click', async (path) => {
  const collector = await startCollector()
  const answer = await follow(collector, path)
  expect(answer.status).toBe(302)
  expect(answer.headers.get('Cache-Control')).toBe('no-store')
  const url = landing(answer)
  expect(url.origin + url.pathname).toBe('https://shop.example/')
  expect([...url.searchParams.keys()]).toEqual(['ref', 'rlid'])
  expect(url.searchParams.get('ref')?.toLowerCase()).toBe('ana')
  expect(url.searchParams.get('rlid')).toMatch(UUID)
  expect(rowsOf(collector, 'select lower(hex(id)) as id, session, code, host, bot from clicks')).toEqual([{ id: url.searchParams.get('rlid')?.replaceAll('-', ''), session: null, code: 'ana', host: null, bot: 0 }])
})

test('a visitor whose browser knows of privacy, and does not ask for it, is counted', async () => {
  const collector = await startCollector()
  expect(landing(await follow(collector, '/go/ana', { headers: { 'Sec-GPC': '0' } })).searchParams.get('rlid')).toMatch(UUID)
  expect(rowCounts(collector)['clicks']).toBe(1)
})

test('each visit is a click of its own', async () => {
  const collector = await startCollector()
  const ids = [await follow(collector, '/go/ana'), await follow(collector, '/go/ana')].map((answer) => landing(answer).searchParams.get('rlid'))
  expect(new Set(ids).size).toBe(2)
  expect(rowCounts(collector)['clicks']).toBe(2)
})

test("the landing page's own query and fragment stay, its ref does not", async () => {
  const collector = await startCollector()
  await collector.services.campaigns.update('1', { landingUrl: 'https://www.shop.example/sale?utm_source=partners&ref=old#top' })
  const url = landing(await follow(collector, '/go/ana'))
  expect(url.href).toMatch(/^https:\/\/www\.shop\.example\/sale\?utm_source=partners&ref=ana&rlid=[0-9a-f-]{36}#top$/)
})

test('c names the campaign and goes along', async () => {
  const collector = await startCollector()
  collector.clock.nowMs += 1
  const { id } = await collector.services.campaigns.create({ name: 'Tees', landingUrl: 'https://tees.shop.example/', percent: '20' })
  await collector.services.affiliates.create({ campaign: id, email: 'ana@partner.example' })
  const url = landing(await follow(collector, '/go/ana?c=2'))
  expect([url.host, url.searchParams.get('c')]).toEqual(['tees.shop.example', '2'])
  expect(landing(await follow(collector, '/go/ana')).host).toBe('shop.example')
  expect((await follow(collector, '/go/ana?c=3')).status).toBe(404)
})

describe('nobody is counted', () => {
  test.each<[string, { method?: string; headers?: Record<string, string> }]>([
    ['HEAD', { method: 'HEAD' }],
    ['Sec-Purpose: prefetch', { headers: { 'Sec-Purpose': 'prefetch' } }], ['Sec-Purpose: prefetch;prerender', { headers: { 'Sec-Purpose': 'prefetch;prerender' } }], ['Purpose: prefetch', { headers: { Purpose: 'prefetch' } }],
    ['a visitor who asks that nothing be kept', { headers: { 'Sec-GPC': '1' } }],
    ['a crawler', { headers: { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' } }], ['a link preview', { headers: { 'User-Agent': 'facebookexternalhit/1.1' } }], ['curl', { headers: { 'User-Agent': 'curl/8.5.0' } }],
  ])('%s is led on all the same', async (_name, how) => {
    const collector = await startCollector()
    const before = rowCounts(collector)
    const answer = await follow(collector, '/go/ana', how)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('Location')).toBe('https://shop.example/?ref=ana')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(rowCounts(collector)).toEqual(before)
  })
})

describe('leads nowhere', () => {
  const shared = sharedCollector()

  test.each([
    'nobody', '//evil.example', '/%2Fevil.example', '%2f%2fevil.example', '%5C%5Cevil.example', '\\\\evil.example', '@evil.example', 'ana@evil.example', 'ana%40evil.example', 'https:%2F%2Fevil.example', 'https://evil.example', '%0d%0aLocation:%20https://evil.example', 'ana%0d%0aSet-Cookie:%20a=b',
    '..%2f..%2fetc', '%2e%2e', '%', '%00', 'ana%00', '%E0%A4%A', '__proto__', 'constructor', 'x'.repeat(4000), '99/ana', '0/ana', '-1/ana', 'NaN/ana', 'constructor/ana', '1/nobody', '1/2/ana', '',
  ].map((code) => ({ code, name: code.slice(0, 40) })))('/go/$name', async ({ code }) => {
    const collector = shared()
    const before = rowCounts(collector)
    for (const answer of [await follow(collector, `/go/${code}`), await follow(collector, `/c/${code}`)]) {
      expect(answer.status).toBe(404)
      expect(answer.headers.get('Location')).toBeNull()
      expect(answer.headers.get('Set-Cookie')).toBeNull()
      expect(answer.body['code']).toBe('NOT_FOUND')
      expect(answer.body['message']).not.toBe('')
    }
    expect(rowCounts(collector)).toEqual(before)
  })

  test('once its campaign has ended', async () => {
    const collector = await startCollector()
    collector.clock.nowMs += 1
    await collector.services.campaigns.update('1', { archived: true })
    const answer = await follow(collector, '/go/ana')
    expect(answer.status).toBe(404)
    expect(answer.body['message']).toMatch(/its campaign has ended/)
    expect(rowCounts(collector)['clicks']).toBe(0)
  })

  test('and a campaign cannot lead to a stranger', async () => {
    const collector = await startCollector()
    for (const landingUrl of ['https://evil.example/', 'https://shop.example.evil.example/', 'https://shop.example@evil.example/', 'https://evil.example/?x=shop.example']) {
      await expect(collector.services.campaigns.update('1', { landingUrl })).rejects.toMatchObject({ code: 'INVALID', issues: [{ path: ['landingUrl'] }] })
    }
    expect(landing(await follow(collector, '/go/ana')).host).toBe('shop.example')
  })
})

const arrive = async (collector: TestCollector, { code = 'ana', session = uuidAt(NOON_MS), rlid }: { code?: string; session?: string; rlid: string }): Promise<{ click: unknown; id: unknown }> => {
  const visit = visitBody(collector, { code, session, url: `https://shop.example/?ref=${code}&rlid=${rlid}` })
  const { body } = await call(collector, '/r/visit', { body: visit })
  return { click: body['click'], id: visit['id'] }
}
const linked = async (collector: TestCollector): Promise<string> => landing(await follow(collector, '/go/ana')).searchParams.get('rlid') ?? ''

describe('the landing visit', () => {
  test('joins the click of the link, which earns through its session', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const rlid = await linked(collector)
    collector.clock.nowMs += 2000
    expect((await arrive(collector, { session, rlid: rlid.toUpperCase() })).click).toBe(rlid)
    expect(rowsOf(collector, 'select count(*) as n from clicks where joined is null')).toEqual([{ n: 1 }])
    const order = await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { sessionId: session, amount: 10, currency: 'EUR' } })
    expect(order.body.data['affiliateId']).toBe(collector.ana)
    const receipt = await call(collector, `/api/v1/conversions/${String(order.body.data['id'])}/receipt`, { method: 'GET', key: collector.keys.refcampaign })
    expect(receipt.body.data['touches']).toMatchObject([{ eventId: rlid, verdict: 'WON', occurredAt: new Date(NOON_MS).toISOString() }])
  })

  test.each<[string, (collector: TestCollector, rlid: string) => Promise<{ click: unknown; id: unknown }>]>([
    ['of another affiliate', (collector, rlid) => arrive(collector, { code: 'ben', rlid })],
    ['of another visitor, once one has landed', async (collector, rlid) => {
      await arrive(collector, { rlid, session: uuidAt(NOON_MS) })
      return arrive(collector, { rlid, session: uuidAt(NOON_MS) })
    }],
    ['long after', (collector, rlid) => {
      collector.clock.nowMs += 30 * MINUTE_MS + 1
      return arrive(collector, { rlid })
    }],
    ['with a click that never was', (collector) => arrive(collector, { rlid: uuidAt(NOON_MS) })],
    ['with nonsense', (collector) => arrive(collector, { rlid: '%00../x' })],
  ])('%s is a click of its own', async (_name, way) => {
    const collector = await startCollector()
    const { click, id } = await way(collector, await linked(collector))
    expect(click).toBe(id)
  })

  test('an order may name the click of the link before any page has loaded', async () => {
    const collector = await startCollector()
    const clickId = await linked(collector)
    collector.clock.nowMs += HOUR_MS
    const order = await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { clickId, amount: 10, currency: 'EUR' } })
    expect(order.body.data['affiliateId']).toBe(collector.ana)
  })
})
