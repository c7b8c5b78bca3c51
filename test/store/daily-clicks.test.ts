import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { record, testKey, visited, type Shop } from '../helpers/book.ts'
import { BROWSER, call, HOUR_MS, NOON_MS, openTestCollector, startCollector, tempDir, uuidAt, visitBody } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

interface Day { day: string; mode: string; affiliate: string; clicks: number }
const daily = (place: { dir: string }): Day[] => rowsOf<Day>(place, 'select d.day, d.mode, coalesce(c.code, ?) as affiliate, d.clicks from daily_clicks d left join codes c on c.affiliate_id = d.affiliate_id order by d.day, d.mode, affiliate', '')
/** Counted clicks as the rows of clicks say, of a shop in UTC. */
const counted = (place: { dir: string }): Day[] => rowsOf<Day>(place, `
  select date(occurred_at_ms / 1000, 'unixepoch') as day, iif(mode = 1, 'test', 'live') as mode, code as affiliate, count(*) as clicks from clicks where joined is null and bot = 0 and adopted = 0 group by 1, 2, 3 order by 1, 2, 3
`)
const send = async (shop: Shop, given: Parameters<typeof visitBody>[1] = {}): Promise<number> => (await call(shop, '/r/visit', { body: visitBody(shop, given) })).status

/** Makes the database refuse something, until it is told to stop. */
function sabotage({ dir }: { dir: string }, what: string): () => void {
  const db = new Database(join(dir, 'test.db'), { timeout: 5000 })
  db.exec(`create trigger sabotage before insert on ${what} begin select raise(abort, 'sabotage'); end`)
  return () => {
    db.exec('drop trigger sabotage')
    db.close()
  }
}

test('a click is counted once, with its day, mode and affiliate; a joined one, a bot’s and a repeat are not', async () => {
  const shop = await startCollector()
  const session = await visited(shop)
  shop.clock.nowMs += HOUR_MS / 4
  await visited(shop, { session })
  const body = visitBody(shop, { code: 'ben' })
  for (let n = 0; n < 3; n++) await call(shop, '/r/visit', { body })
  await call(shop, '/r/visit', { body: visitBody(shop), headers: { 'User-Agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' } })
  await call(shop, '/api/v1/track/click', { key: await testKey(shop), body: { tracking_url: 'https://shop.example/?ref=ana', session_id: 's-1' } })
  expect(daily(shop)).toEqual([{ day: '2026-11-20', mode: 'live', affiliate: 'ana', clicks: 1 }, { day: '2026-11-20', mode: 'live', affiliate: 'ben', clicks: 1 }, { day: '2026-11-20', mode: 'test', affiliate: 'ana', clicks: 1 }])
  expect(daily(shop)).toEqual(counted(shop))
})

test('a redirect counts its click, and the landing page’s visit joins it', async () => {
  const shop = await startCollector()
  const { headers } = await call(shop, '/go/ana', { method: 'GET', headers: { 'User-Agent': BROWSER } })
  const url = headers.get('Location') ?? ''
  expect(await send(shop, { url })).toBe(200)
  expect([daily(shop), daily(shop)]).toEqual([counted(shop), [{ day: '2026-11-20', mode: 'live', affiliate: 'ana', clicks: 1 }]])
})

test('the day is that of the click in the merchant’s zone, also of one that waited', async () => {
  const shop = await startCollector({ clock: { nowMs: NOON_MS - 30 * 24 * HOUR_MS } })
  await shop.services.merchants.update({ timezone: 'Pacific/Auckland' })
  // Auckland is at UTC+13 in November: its 21st begins on the 20th at 11:00 UTC.
  shop.clock.nowMs = Date.UTC(2026, 10, 20, 11)
  await visited(shop)
  await visited(shop, { ageMs: 1000 })
  await visited(shop, { ageMs: 48 * HOUR_MS })
  expect(daily(shop).map(({ day, clicks }) => [day, clicks])).toEqual([['2026-11-19', 1], ['2026-11-20', 1], ['2026-11-21', 1]])
})

test('neighbours of a visit that fails are counted, and it is not', async () => {
  const shop = await startCollector()
  const stop = sabotage(shop, "clicks when new.code = 'ben'")
  const statuses = await Promise.all(Array.from({ length: 12 }, (_, n) => send(shop, { code: n % 3 === 0 ? 'ben' : 'ana' })))
  stop()
  expect(statuses.map((status) => status === 200)).toEqual(Array.from({ length: 12 }, (_, n) => n % 3 !== 0))
  expect([daily(shop), counted(shop)]).toEqual([[{ day: '2026-11-20', mode: 'live', affiliate: 'ana', clicks: 8 }], daily(shop)])
})

test('a visit that waited and whose decision fails is neither kept nor counted, and may come again', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await record(shop, { order: 'o-1', session })
  shop.clock.nowMs += HOUR_MS
  const body = visitBody(shop, { session, ageMs: 2 * HOUR_MS })
  const stop = sabotage(shop, 'commissions')
  const [failed, ...others] = await Promise.all([call(shop, '/r/visit', { body }), send(shop), send(shop, { ageMs: 5 })])
  stop()
  expect([failed.status, others, daily(shop)[0]?.clicks]).toEqual([500, [200, 200], 2])
  expect((await call(shop, '/r/visit', { body })).status).toBe(200)
  expect([daily(shop)[0]?.clicks, daily(shop), rowsOf(shop, 'select minor from commissions')]).toEqual([3, counted(shop), [{ minor: 100 }]])
})

test('when a whole commit fails, nothing of it is counted later', async () => {
  const shop = await startCollector()
  await visited(shop)
  const stop = sabotage(shop, 'daily_clicks')
  const statuses = await Promise.all([send(shop), send(shop, { code: 'ben' }), send(shop, { ageMs: 10 })])
  expect(statuses.every((status) => status >= 500)).toBe(true)
  stop()
  expect(await send(shop)).toBe(200)
  expect([daily(shop), counted(shop)]).toEqual([[{ day: '2026-11-20', mode: 'live', affiliate: 'ana', clicks: 2 }], daily(shop)])
})

test('each click of one commit is counted, and those of one day, affiliate and mode together', async () => {
  const shop = await startCollector()
  const arrive = (n: number): Promise<unknown> => shop.services.touches.visit({ session: uuidAt(NOON_MS), url: `https://www.shop.example/?ref=${n % 3 === 0 ? 'ben' : 'ana'}`, userAgent: BROWSER, mode: n % 4 === 0 ? 'test' : 'live', field: 'url' })
  await Promise.all(Array.from({ length: 24 }, (_, n) => arrive(n)))
  const expected = [['ana', 'live', 12], ['ben', 'live', 6], ['ana', 'test', 4], ['ben', 'test', 2]].map(([affiliate, mode, clicks]) => ({ day: '2026-11-20', mode, affiliate, clicks }))
  expect([daily(shop), counted(shop)]).toEqual([expected, daily(shop)])
})

test('the counts go on after a restart', async () => {
  const dir = tempDir()
  const shop = await startCollector({ dir })
  await Promise.all(Array.from({ length: 5 }, () => send(shop)))
  await shop.close()
  const again = await openTestCollector({ dir })
  await call(again, '/r/visit', { body: visitBody(again) })
  expect([daily(again)[0]?.clicks, daily(again)]).toEqual([6, counted(again)])
})
