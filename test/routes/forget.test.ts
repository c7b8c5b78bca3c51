import { expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { PASS_MS } from '../../shared/limits.ts'
import { call, HOUR_MS, NOON_MS, openTestCollector, startCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

type Shop = TestCollector & { ana: string; ben: string }
const visit = (shop: Shop, session: string, more: object = {}): Promise<Answer> => call(shop, '/r/visit', { body: visitBody(shop, { session, ...more }) })
const forget = (shop: Shop, session: string, url = 'https://www.shop.example/privacy'): Promise<Answer> => call(shop, '/r/forget', { body: { session, url } })
const winnerOf = async (shop: Shop, identifiers: Record<string, unknown>, key = shop.keys.refcampaign): Promise<unknown> =>
  (await call(shop, '/api/v1/conversions/track', { key, body: { ...identifiers, amount: 10, currency: 'EUR' } })).body.data['affiliateId']
const sessions = (shop: Shop): string[] => rowsOf<{ session: string }>(shop, 'select lower(hex(session)) as session from clicks order by id').map(({ session }) => session)
const daily = (shop: Shop): unknown[] => rowsOf(shop, 'select * from daily_clicks order by 1, 2, 3')
const inHex = (session: string): string => session.replaceAll('-', '').toLowerCase()

test('a later order of the session earns nobody, and its clicks still count', async () => {
  const shop = await startCollector()
  const [session, other] = [uuidAt(NOON_MS), uuidAt(NOON_MS)]
  await visit(shop, session)
  await visit(shop, session, { code: 'ben' })
  await visit(shop, other)
  const [days, counts] = [daily(shop), rowCounts(shop)]
  const answer = await forget(shop, session.toUpperCase())
  expect([answer.status, answer.body]).toEqual([200, { forgotten: true }])

  expect(daily(shop)).toEqual(days)
  expect(rowCounts(shop)).toEqual({ ...counts, journal: (counts['journal'] ?? 0) + 1 })
  const [first, second, third] = sessions(shop)
  expect(first).toMatch(/^[\da-f]{32}$/)
  expect([first === inHex(session), second, third]).toEqual([false, first, inHex(other)])
  expect(await winnerOf(shop, { sessionId: session })).toBeNull()
  expect(await winnerOf(shop, { sessionId: other })).toBe(shop.ana)
  expect((await verify(shop)).problems).toEqual([])
})

test('what was earned before stays', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  expect(await winnerOf(shop, { sessionId: session })).toBe(shop.ana)
  await forget(shop, session)
  expect(rowCounts(shop)).toMatchObject({ commissions: 1 })
  expect((await verify(shop)).problems).toEqual([])
})

test('a customer who was named for the session no longer leads to its clicks', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  const customerEmailHash = 'a'.repeat(64)
  const place = { session, url: 'https://www.shop.example/' }
  await call(shop, '/r/identify', { body: { ...place, emailHash: customerEmailHash } })
  expect(await winnerOf(shop, { customerEmailHash })).toBe(shop.ana)
  await forget(shop, session)
  expect(await winnerOf(shop, { customerEmailHash })).toBeNull()
  expect((await verify(shop)).problems).toEqual([])
})

test('a new visit of it is a click of its own, and nothing of before', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  const { body: { click } } = await visit(shop, session)
  await forget(shop, session)
  shop.clock.nowMs += PASS_MS
  const again = await visit(shop, session)
  expect(again.body['click']).not.toBe(click)
  expect(sessions(shop)[1]).toBe(inHex(session))
  expect(await winnerOf(shop, { sessionId: session })).toBe(shop.ana)
  expect((await verify(shop)).problems).toEqual([])
})

test('a visit of it that was on its way is as good as lost, and sets no cookie', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await forget(shop, session)
  shop.clock.nowMs += PASS_MS - 1
  const before = rowCounts(shop)
  const late = await rawCall(shop, '/r/visit', { host: 'www.shop.example', body: JSON.stringify(visitBody(shop, { session: session.toUpperCase() })) })
  expect([late.status, late.headers.get('Set-Cookie'), rowCounts(shop)]).toEqual([204, null, before])
  expect((await visit(shop, uuidAt(NOON_MS))).status).toBe(200)
})

test.each([['a session that nobody knows', uuidAt(NOON_MS)], ['one that was forgotten', undefined]])('%s may be forgotten', async (_name, unknown) => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  if (unknown === undefined) await forget(shop, session)
  const before = sessions(shop)
  expect((await forget(shop, unknown ?? session)).body).toEqual({ forgotten: true })
  expect(sessions(shop)).toEqual(before)
})

test("another merchant's session of the same id stays", async () => {
  const shop = await startCollector()
  const { merchantId, campaignId, keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
  const { id: dan } = await shop.services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', code: 'dan' }, merchantId)
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  await visit(shop, session, { code: 'dan', url: 'https://other.example/?ref=dan' })
  await forget(shop, session)
  expect(await winnerOf(shop, { sessionId: session })).toBeNull()
  expect(await winnerOf(shop, { sessionId: session }, keys.refcampaign)).toBe(dan)
})

test('holds after a restart', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  await forget(shop, session)
  await shop.close()
  const again = await openTestCollector({ dir: shop.dir, clock: { nowMs: NOON_MS + HOUR_MS } })
  expect(await winnerOf({ ...shop, ...again }, { sessionId: session })).toBeNull()
})

test.each([['track.shop.example', '_rl=; Path=/; Max-Age=0; SameSite=Lax; Domain=shop.example'], ['track.example', null]])('the cookie of a collector on %s goes with it', async (host, cookie) => {
  const shop = await startCollector()
  const answer = await rawCall(shop, '/r/forget', { host, body: JSON.stringify({ session: uuidAt(NOON_MS), url: 'https://www.shop.example/' }) })
  expect(answer.headers.get('Set-Cookie')).toBe(cookie)
})
