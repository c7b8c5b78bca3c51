import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../../collector/cli.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, HOUR_MS, NOON_MS, startCollector, uuidAt, visitBody, type TestCollector } from '../helpers/collector.ts'
import { rowCounts } from '../helpers/rows.ts'

const PLENTY = 30_000

/**
 * Ana clicked twenty days before the first order and Ben one day before it; nobody else before the second, of which half
 * was given back; the third was to be denied by hand.
 */
async function month(): Promise<TestCollector & { ana: string; ben: string; databaseUrl: string }> {
  const collector = await startCollector({ clock: { nowMs: NOON_MS } })
  const { clock, keys, services, merchantId } = collector
  const [first, second, third] = [1, 2, 3].map(() => uuidAt(clock.nowMs))
  const visit = (session: string | undefined, code: string) => call(collector, '/r/visit', { body: visitBody(collector, { session: session ?? '', code }) })
  const order = async (externalId: string, sessionId: string | undefined, amount: number): Promise<void> => {
    await call(collector, '/api/v1/conversions/postback', { key: keys.refcampaign, body: { externalId, conversionType: 'SALE', amount, currency: 'EUR', sessionId } })
  }
  await visit(first, 'ana')
  await visit(second, 'ana')
  await visit(third, 'ana')
  clock.nowMs += 19 * DAY_MS
  await visit(first, 'ben')
  clock.nowMs += DAY_MS
  await order('1', first, 10_000)
  await order('2', second, 5001)
  await order('3', third, 700)
  await services.refunds.refund({ merchantId, order: '2', by: 'externalId', request: () => ({ kind: 'amount', minor: 2500 }) }, { actor: 'test' })
  const denied = (await services.conversions.find(merchantId, '3')).commissions.map(({ id }) => id)
  await services.commissions.reject({ merchantId, names: denied, reason: 'denied' }, { actor: 'test' })
  clock.nowMs += HOUR_MS
  return { ...collector, databaseUrl: `sqlite:${join(collector.dir, 'test.db')}` }
}

/** What an affiliate has of the orders, and would have. */
const row = (affiliateId: string, affiliateCode: string, [bookedMinor, wouldMinor]: [number, number]) => ({ affiliateId, affiliateCode, currency: 'EUR', bookedMinor, wouldMinor, changeMinor: wouldMinor - bookedMinor })

const SPAN = ['--from', '2026-12-01', '--to', '2026-12-31']

test('the same policy changes nothing; a shorter window and another model say what they would, and nothing is written', { timeout: PLENTY }, async () => {
  const shop = await month()
  const before = rowCounts(shop)
  const ask = async (...args: string[]) => (await cliJson<{ orders: number; affiliates: Record<string, unknown>[]; apart: unknown[] }>(shop.databaseUrl, 'replay', ...SPAN, ...args)).json
  const apart = [{ reason: 'manual', orders: 1, affiliates: [{ affiliateId: shop.ana, affiliateCode: 'ana', currency: 'EUR', bookedMinor: 70, wouldMinor: null, changeMinor: null }] }]

  expect(await ask()).toEqual({
    from: '2026-12-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z', mode: 'live', policy: { model: null, windowDays: null, couponFirst: null }, orders: 3,
    affiliates: [row(shop.ana, 'ana', [250, 250]), row(shop.ben, 'ben', [1000, 1000])], apart,
  })
  expect(await ask('--window-days', '7')).toMatchObject({ affiliates: [row(shop.ana, 'ana', [250, 0]), row(shop.ben, 'ben', [1000, 1000])], apart })
  expect((await ask('--model', 'first_click')).affiliates).toEqual([row(shop.ana, 'ana', [250, 1250]), row(shop.ben, 'ben', [1000, 0])])
  expect((await ask('--model', 'linear', '--coupon-first')).affiliates).toEqual([row(shop.ana, 'ana', [250, 750]), row(shop.ben, 'ben', [1000, 500])])
  expect(await ask('--mode', 'test')).toMatchObject({ orders: 0, affiliates: [], apart: [] })
  expect(rowCounts(shop)).toEqual(before)
})

test('a person reads a table in major units, and what stands apart', { timeout: PLENTY }, async () => {
  const { databaseUrl } = await month()
  const { code, out } = await cli(databaseUrl, 'replay', ...SPAN, '--model', 'first_click')
  expect([code, out.trimEnd().split('\n')]).toEqual([0, [
    '3 orders from 2026-12-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z, net of refunds',
    'affiliate        now   would be      change',
    'ana         2.50 EUR  12.50 EUR  +10.00 EUR',
    'ben        10.00 EUR   0.00 EUR  -10.00 EUR',
    'all        12.50 EUR  12.50 EUR    0.00 EUR',
    '1 order stands apart:',
    '  1 credited, adjusted or denied by hand: left alone',
    '    affiliate       now  would be  change',
    '    ana        0.70 EUR',
    '    all        0.70 EUR',
  ]])
})

test('a day is one of the merchant\'s zone; an instant is exact', { timeout: PLENTY }, async () => {
  const { databaseUrl, clock } = await month()
  await cli(databaseUrl, 'merchant', 'update', '--timezone', 'Pacific/Auckland')
  const spanOf = async (from: string, to: string) => (await cliJson(databaseUrl, 'replay', '--from', from, '--to', to)).json
  expect(await spanOf('2026-12-10', '2026-12-10')).toMatchObject({ from: '2026-12-09T11:00:00.000Z', to: '2026-12-10T11:00:00.000Z', orders: 3 })
  const orderedAt = new Date(clock.nowMs - HOUR_MS).toISOString()
  expect(await spanOf('2026-12-01', orderedAt)).toMatchObject({ to: orderedAt, orders: 0 })
  expect(await spanOf(orderedAt, '2026-12-31')).toMatchObject({ from: orderedAt, orders: 3 })
})

test('more orders than one call may ask for are refused, and none is read', { timeout: PLENTY }, async () => {
  const { services, merchantId } = await month()
  const asked = { from: '2026-12-01', to: '2026-12-31', mode: 'live' } as const
  await expect(services.replay.run({ ...asked, most: 2 }, merchantId)).rejects.toThrow(/3 orders, more than 2/)
  await expect(services.replay.run({ ...asked, most: 3 }, merchantId)).resolves.toMatchObject({ orders: 3 })
})

test('on a terminal a bar tells how far it is, on stderr alone', { timeout: PLENTY }, async () => {
  const { databaseUrl } = await month()
  const said = { out: '', err: '' }
  const streams = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), isTerminal: true }
  expect(await runCli(['replay', ...SPAN, '--json', '--database-url', databaseUrl], { version: '0', assetsDir: '', streams })).toBe(0)
  expect(said.err).toMatch(/\[#{20}\] reading orders: 3 of 3/)
  expect(said.err).toContain('judging orders: 0 of 1')
  expect(said.err.endsWith('\r\u001B[K')).toBe(true)
  expect(JSON.parse(said.out)).toMatchObject({ orders: 3 })
})

test.each([
  ['a day that is none', ['--from', '2026-02-30', '--to', '2026-03-01'], /from: must be a day/],
  ['an end before the beginning', ['--from', '2026-03-02', '--to', '2026-03-01'], /to: must be later than from/],
  ['a window of no days', [...SPAN, '--window-days', '0'], /windowDays: must be at least 1/],
  ['an unknown model', [...SPAN, '--model', 'best'], /model: must be one of/],
])('%s is wrong usage', { timeout: PLENTY }, async (_name, args, says) => {
  const { databaseUrl } = await month()
  const { code, err } = await cli(databaseUrl, 'replay', ...args)
  expect([code, err]).toEqual([2, expect.stringMatching(says)])
})

test('over the API: the key tells whose and which orders, amounts are minor units, and a scope is needed', { timeout: PLENTY }, async () => {
  const shop = await month()
  const body = { from: '2026-12-01', to: '2026-12-31', model: 'first_click', windowDays: 25 }
  const { status, body: answer } = await call(shop, '/api/v1/replay', { key: shop.keys.refcampaign, body })
  expect([status, answer]).toMatchObject([200, { success: true, data: { orders: 3, policy: { model: 'first_click', windowDays: 25, couponFirst: null }, affiliates: [{ affiliateCode: 'ana', bookedMinor: 250, wouldMinor: 1250, changeMinor: 1000 }, { affiliateCode: 'ben', wouldMinor: 0 }] } }])
  expect(await call(shop, '/api/v1/replay', { key: shop.keys.refcampaign, body: { ...body, windowDays: 2.5 } })).toMatchObject({ status: 400, body: { error: { details: [{ path: ['windowDays'] }] } } })
  for (const [field, value] of [['models', 'linear'], ['mode', 'test'], ['window_days', 7]] as const) {
    expect(await call(shop, '/api/v1/replay', { key: shop.keys.refcampaign, body: { ...body, [field]: value } })).toMatchObject({ status: 400, body: { error: { message: `${field}: is not a field that can be sent`, details: [{ path: [field] }] } } })
  }
  expect(await call(shop, '/api/v1/replay', { body })).toMatchObject({ status: 401 })
  const { json: { token } } = await cliJson<{ token: string }>(shop.databaseUrl, 'key', 'create', '--dialect', 'refcampaign', '--scope', 'tracking')
  expect(await call(shop, '/api/v1/replay', { key: token, body })).toMatchObject({ status: 403 })
})
