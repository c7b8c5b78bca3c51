import { describe, expect, test } from 'vitest'
import { call, openTestCollector, startCollector, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { rowCounts } from '../helpers/rows.ts'

type Started = TestCollector & { ana: string; ben: string }
const HASH = 'a'.repeat(64)
let orders = 0
const ORDER = (): Record<string, unknown> => ({ sessionId: 's-1', amount: 1, currency: 'EUR', orderId: `o-${orders += 1}` })

const senders: Record<string, (collector: Started, key?: string) => Promise<Answer>> = {
  '/r/visit': (collector) => call(collector, '/r/visit', { body: visitBody(collector) }),
  '/r/identify': (collector) => call(collector, '/r/identify', { body: { ...visitBody(collector), emailHash: HASH } }),
  '/api/v1/track/click': (collector, key) => call(collector, '/api/v1/track/click', { ...(key === undefined ? {} : { key }), body: { tracking_url: 'https://shop.example/?ref=ana', session_id: `s-${orders += 1}` } }),
  '/api/track/identify': (collector, key) => call(collector, '/api/track/identify', { ...(key === undefined ? {} : { key }), body: { sessionId: `s-${orders += 1}`, emailHash: HASH } }),
  '/api/v1/conversions/track': (collector, key = collector.keys.refcampaign) => call(collector, '/api/v1/conversions/track', { key, body: ORDER() }),
}
const send = (path: string, collector: Started, key?: string): Promise<Answer> => senders[path]?.(collector, key) ?? Promise.reject(new Error(path))
const isTaken = ({ status }: Answer): boolean => status < 400

test.each([
  ['/r/visit', 'script=3'], ['/r/identify', 'script=3'], ['/api/v1/track/click', 'public=3'], ['/api/track/identify', 'public=3'], ['/api/v1/conversions/track', 'keyed=3'],
])('%s under %s takes three calls a minute and writes nothing for a fourth', async (path, RATE_LIMIT) => {
  const collector = await startCollector({ RATE_LIMIT })
  for (let n = 0; n < 3; n++) expect(isTaken(await send(path, collector))).toBe(true)
  const before = rowCounts(collector)
  const refused = await send(path, collector)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('Retry-After'))).toSatisfy((seconds: number) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 60)
  const message = 'Too many requests: 3 a minute are allowed.'
  expect(refused.body).toMatchObject(path.startsWith('/api/') ? { success: false, error: { code: 'RATE_LIMIT_EXCEEDED', message, details: null } } : { code: 'RATE_LIMITED', message })
  expect(rowCounts(collector)).toEqual(before)
})

test.each(['/r/identify', '/api/track/identify'])('%s takes so many customers of one address in a day', async (path) => {
  const collector = await startCollector({ RATE_LIMIT: 'bindings=2' })
  for (let n = 0; n < 2; n++) expect(isTaken(await send(path, collector))).toBe(true)
  const before = rowCounts(collector)
  const refused = await send(path, collector)
  expect([refused.status, JSON.stringify(refused.body)]).toEqual([429, expect.stringContaining('2 a day are allowed')])
  expect(rowCounts(collector)).toEqual(before)
})

test('a key names as many customers as it likes', async () => {
  const collector = await startCollector({ RATE_LIMIT: 'bindings=2' })
  for (let n = 0; n < 4; n++) expect(isTaken(await send('/api/track/identify', collector, collector.keys.refcampaign))).toBe(true)
})

test('a link leads to the shop however often it is followed; what is too often is not counted', async () => {
  const collector = await startCollector({ RATE_LIMIT: 'script=1' })
  const locations = []
  for (let n = 0; n < 3; n++) locations.push((await rawCall(collector, '/go/ana', { method: 'GET' })).headers.get('Location'))
  expect(locations).toEqual([expect.stringMatching(/^https:\/\/shop\.example\/\?ref=ana&rlid=/), 'https://shop.example/?ref=ana', 'https://shop.example/?ref=ana'])
  expect(rowCounts(collector)).toMatchObject({ clicks: 1 })
})

test('a page can read that it must wait', async () => {
  const collector = await startCollector({ RATE_LIMIT: 'script=1' })
  const visit = (): Promise<Answer> => call(collector, '/r/visit', { body: visitBody(collector), headers: { Origin: 'https://shop.example' } })
  await visit()
  const refused = await visit()
  expect([refused.status, refused.headers.get('Access-Control-Allow-Origin')]).toEqual([429, 'https://shop.example'])
})

const anotherKey = async ({ services }: Started): Promise<string> => {
  const made = await services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: [] })
  return 'token' in made ? made.token : ''
}

describe('a key', () => {
  test('is limited by itself, not by its address', async () => {
    const collector = await startCollector({ RATE_LIMIT: 'keyed=1' })
    const other = await anotherKey(collector)
    const path = '/api/v1/conversions/track'
    expect((await send(path, collector)).status).toBe(201)
    expect((await send(path, collector)).status).toBe(429)
    expect((await send(path, collector, other)).status).toBe(201)
  })

  test.each(['/api/v1/track/click', '/api/track/identify'])('lifts the limit of the public on %s', async (path) => {
    const collector = await startCollector({ RATE_LIMIT: 'public=1,keyed=3' })
    const key = collector.keys.refcampaign
    const answers = []
    for (const held of [undefined, undefined, key, key, key, key]) answers.push(isTaken(await send(path, collector, held)))
    expect(answers).toEqual([true, false, true, true, true, false])
  })

  test('that is wrong is refused as such, however often', async () => {
    const collector = await startCollector({ RATE_LIMIT: 'public=1,keyed=1' })
    for (let n = 0; n < 3; n++) expect((await send('/api/v1/track/click', collector, 'rc_live_wrong')).status).toBe(401)
    expect(isTaken(await send('/api/v1/track/click', collector))).toBe(true)
  })
})

test('the set-up page is limited like the public', async () => {
  const collector = await openTestCollector({ RATE_LIMIT: 'public=2' })
  const statuses = []
  for (let n = 0; n < 3; n++) statuses.push((await call(collector, `/setup/guess-${n}`, { method: 'GET' })).status)
  expect(statuses).toEqual([404, 404, 429])
})

test.each(['/healthz', '/r.js'])('%s has no limit', async (path) => {
  const collector = await startCollector({ RATE_LIMIT: 'script=1,public=1,keyed=1' })
  for (let n = 0; n < 5; n++) expect((await rawCall(collector, path, { method: 'GET' })).status).toBe(200)
})

const taken = async (collector: Started): Promise<number> => (await Promise.all(Array.from({ length: 70 }, () => send('/api/v1/track/click', collector)))).filter(isTaken).length

test('is on unless it is switched off', async () => {
  const on = await startCollector({ RATE_LIMIT: 'on' })
  const off = await startCollector({ RATE_LIMIT: 'off' })
  expect(await taken(on)).toBe(60)
  expect(await taken(off)).toBe(70)
})
