import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { BROWSER, call, HOUR_MS, NOON_MS, startCollector, uuidAt } from '../helpers/collector.ts'
import { earnedBy, record, visited, type Shop } from '../helpers/book.ts'
import { rowsOf } from '../helpers/rows.ts'

const MINUTE_MS = 60_000

const BOT = 'Googlebot/2.1 (+http://www.google.com/bot.html)'

/** A visit of a session: how long ago, through whose link, to which page, and whether it is a click at all. */
interface Visit { n: number; agoMinutes: number; code: string; page: string; kind: 'click' | 'bot' | 'adopted' }

const visits = fc.array(fc.record({
  agoMinutes: fc.constantFrom(0, 1, 5, 29, 30, 31, 60, 61, 90), code: fc.constantFrom('ana', 'ana', 'ben'), page: fc.constantFrom('a', 'a', 'b'),
  kind: fc.constantFrom<Visit['kind'][]>('click', 'click', 'click', 'click', 'bot', 'adopted'),
}), { minLength: 2, maxLength: 7 }).chain((some) => fc.shuffledSubarray(some.map((visit, n): Visit => ({ n, ...visit })), { minLength: some.length }))

/** Which visit each counts as, said a second time: the clicks in the order in which they happened. */
function naive(told: Visit[]): number[] {
  const inOrder = told.filter(({ kind }) => kind === 'click').toSorted((a, b) => b.agoMinutes - a.agoMinutes || a.n - b.n)
  const clickOf = new Map<number, Visit>()
  let last: Visit | undefined
  for (const visit of inOrder) {
    const again = last !== undefined && last.code === visit.code && last.page === visit.page && last.agoMinutes - visit.agoMinutes <= 30
    if (!again) last = visit
    clickOf.set(visit.n, last ?? visit)
  }
  return told.map(({ n }) => clickOf.get(n)?.n ?? n)
}

/** Tells of a session's visits, one after the other; which of them each counts as. */
async function tell(shop: Shop, told: Visit[]): Promise<number[]> {
  const ids = told.map(() => uuidAt(NOON_MS))
  const session = uuidAt(NOON_MS)
  for (const { n, agoMinutes, code, page, kind } of told) {
    await shop.services.touches.visit({
      id: ids[n], session, url: `https://www.shop.example/${page}?ref=${code}`, ageMs: agoMinutes * MINUTE_MS, adopted: kind === 'adopted', userAgent: kind === 'bot' ? BOT : BROWSER, mode: 'live', field: 'url',
    })
  }
  const rows = rowsOf<{ id: string; click: string }>(shop, 'select lower(hex(id)) as id, lower(hex(coalesce(joined, id))) as click from clicks where session = unhex(?)', hex(session))
  const numberOf = (id: string): number => ids.findIndex((one) => hex(one) === id)
  const clickOf = new Map(rows.map(({ id, click }) => [numberOf(id), numberOf(click)]))
  return told.map(({ n }) => clickOf.get(n) ?? -1)
}

const hex = (id: string): string => id.replaceAll('-', '')

test('which click a visit counts as, and how many are counted, does not depend on the order in which visits come', { timeout: 60_000 }, async () => {
  const shop = await startCollector()
  await fc.assert(fc.asyncProperty(visits, async (told) => {
    expect(await tell(shop, told)).toEqual(naive(told))
  }), { numRuns: 500, seed: 20_261_121 })
  expect(await verify({ store: shop.store })).toMatchObject({ ok: true })
})

test('a visit that waited moves the clicks behind it, and what they earn', async () => {
  const shop = await startCollector()
  await shop.services.campaigns.update('1', { model: 'linear' })
  const session = await visited(shop, { ageMs: 20 * MINUTE_MS })
  await visited(shop, { session, ageMs: 10 * MINUTE_MS })
  await visited(shop, { session, code: 'ben', ageMs: 15 * MINUTE_MS })
  expect(earnedBy(shop, await record(shop, { order: 'o-1', session }))).toEqual({ ana: 67, ben: 33 })
})

test('a redirect’s click that a session takes over stands where it happened', async () => {
  const shop = await startCollector()
  const session = await visited(shop, { ageMs: 10 * MINUTE_MS })
  shop.clock.nowMs += 1
  const { headers } = await call(shop, '/go/ana', { method: 'GET', headers: { 'User-Agent': BROWSER } })
  shop.clock.nowMs += MINUTE_MS
  await visited(shop, { session })
  expect(rowsOf(shop, 'select count(*) as clicks from clicks where joined is null')).toEqual([{ clicks: 2 }])
  // The landing page tells late: what came between is behind the redirect's click now.
  await visited(shop, { session, url: headers.get('Location') ?? '', ageMs: MINUTE_MS })
  expect(rowsOf(shop, 'select count(*) as clicks from clicks where joined is null')).toEqual([{ clicks: 3 }])
  expect(await verify({ store: shop.store })).toMatchObject({ ok: true })
})

test('a link that carries the click of another page, of a bot or of another system’s cookie joins nothing', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  for (const more of [{}, { adopted: true }, { bot: true }]) {
    const id = uuidAt(NOON_MS)
    await shop.services.touches.visit({ id, session, url: 'https://www.shop.example/?ref=ana', mode: 'live', field: 'url', userAgent: 'bot' in more ? BOT : BROWSER, ...more })
    shop.clock.nowMs += 1
    const { created } = await shop.services.touches.visit({ session, url: `https://www.shop.example/${id}?ref=ana&rlid=${id}`, mode: 'live', field: 'url', userAgent: BROWSER })
    expect(created).toBe(true)
  }
})

test.each([
  ['first_click', { ben: 100 }], ['last_click', { ana: 100 }], ['linear', { ana: 50, ben: 50 }],
] as const)('under %s a click counts, however often another link is opened again behind it', async (model, earned) => {
  const shop = await startCollector()
  await shop.services.campaigns.update('1', { model })
  const session = await visited(shop, { code: 'ben' })
  for (let n = 0; n < 150; n++) {
    shop.clock.nowMs += 1000
    await shop.services.touches.visit({ session, url: 'https://www.shop.example/?ref=ana', userAgent: BROWSER, mode: 'live', field: 'url' })
  }
  expect(earnedBy(shop, await record(shop, { order: 'o-1', session }))).toEqual(earned)
})

test('of a session with thousands of clicks the first and the last are known, and the rest are counted', { timeout: 60_000 }, async () => {
  const shop = await startCollector()
  await shop.services.campaigns.update('1', { model: 'first_click' })
  const session = await visited(shop, { code: 'ben' })
  for (let n = 0; n < 2000; n++) {
    shop.clock.nowMs += 1000
    await shop.services.touches.visit({ session, url: `https://www.shop.example/${n}?ref=ana`, userAgent: BROWSER, mode: 'live', field: 'url' })
  }
  const conversion = await record(shop, { order: 'o-1', session })
  expect(earnedBy(shop, conversion)).toEqual({ ben: 100 })
  const { receipts } = await shop.services.conversions.find(shop.merchantId, conversion.order.id)
  expect(receipts[0]?.inputs).toMatchObject({ touches: { length: 100 }, more: 1901 })
})

test('strangers who name a customer’s address for sessions that nobody saw push out none of the customer’s', async () => {
  const shop = await startCollector()
  const emailHash = createHash('sha256').update('kim@customer.example').digest('hex')
  const identify = (session: string, source: 'browser' | 'server') => shop.services.identities.identify({ merchantId: shop.merchantId, session, emailHash, source, mode: 'live' })
  await identify(await visited(shop, { code: 'ben' }), 'browser')
  shop.clock.nowMs += HOUR_MS
  for (let n = 0; n < 150; n++) await identify(uuidAt(shop.clock.nowMs), 'browser')
  expect(earnedBy(shop, await record(shop, { order: 'o-1', email: 'kim@customer.example' }))).toEqual({ ben: 100 })
})
