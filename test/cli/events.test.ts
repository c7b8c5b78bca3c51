import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../collector/cli.ts'
import type { NewVisit } from '../../collector/store/store.ts'
import { bookKeeper } from '../helpers/rich-book.ts'
import { cli } from '../helpers/cli.ts'
import { call, HOUR_MS, NOON_MS, openTestCollector, startCollector, tempDir, uuidAt, visitBody, type TestCollector } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/refledger.cjs')
const PLENTY = 60_000

interface Line { number: number; at: string; mode: string; kind: string; [field: string]: unknown }

const urlOf = ({ dir }: { dir: string }): string => `sqlite:${join(dir, 'test.db')}`

/** The program itself, in a process of its own; it goes with the test. */
function started(shop: { dir: string }, ...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'events', ...args], { env: { ...process.env, DATABASE_URL: urlOf(shop) }, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let errors = ''
  let wake: (() => void) | undefined
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    wake?.()
  })
  child.stderr.on('data', (text: Buffer) => { errors += text.toString() })
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  return {
    child, lines, ended,
    errors: () => errors,
    parsed: (): Line[] => lines.map((line) => JSON.parse(line) as Line),
    /** Resolves when there are so many lines. */
    async until(count: number): Promise<string[]> {
      while (lines.length < count) await new Promise<void>((resolve) => { wake = resolve })
      return lines
    },
  }
}

const told = async (shop: { dir: string }, ...args: string[]): Promise<Line[]> => (await cli(urlOf(shop), 'events', '--no-follow', '--json', ...args)).out.trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line)

/** An arrival as the store is given it. */
function visitAt(atMs: number, code = 'ana'): Omit<NewVisit, 'merchantId'> {
  const id = uuidAt(atMs)
  return {
    arrival: { id, clickId: id, session: uuidAt(atMs), code, campaign: null, host: 'shop.example', occurredAtMs: atMs, receivedAtMs: atMs, waited: false, clamped: false, adopted: false, mode: 'live', bot: false },
    page: 'shop.example/', referrer: '', userAgent: 'x', urlHash: 1, handedOver: null, countedAs: () => ({ day: '2026-11-20', mode: 'live', campaignId: '', affiliateId: '' }),
  }
}
const flood = (shop: Pick<TestCollector, 'store' | 'merchantId'>, count: number, atMs: number): Promise<unknown> => Promise.all(Array.from({ length: count }, () => shop.store.append({ merchantId: shop.merchantId, ...visitAt(atMs) })))

test('what happens beside it is told while it happens, in order, and SIGTERM ends it with 0', { timeout: PLENTY }, async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await call(shop, '/r/visit', { body: visitBody(shop, { session }) })
  const tail = started(shop)
  await tail.until(1)

  await call(shop, '/r/visit', { body: visitBody(shop, { session }) })
  await call(shop, '/r/identify', { body: { session, url: 'https://www.shop.example/', emailHash: 'a'.repeat(64) } })
  await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId: 'ord_42', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: session } })
  await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId: 'ord_43', conversionType: 'SALE', amount: 100, currency: 'EUR', sessionId: 'unknown' } })
  const keeper = bookKeeper(shop)
  await keeper.refund('ord_42', { kind: 'amount', minor: 990 })
  await keeper.approve('ord_42')
  const payout = await keeper.payout('ana')
  await keeper.change('pay', payout)
  await call(shop, '/r/forget', { body: { session, url: 'https://www.shop.example/' } })
  const lines = await tail.until(14)

  const commission = rowsOf<{ id: string }>(shop, 'select id from commissions')[0]?.id ?? ''
  const order = rowsOf<{ id: string }>(shop, "select id from conversions where external_id = 'ord_42'")[0]?.id ?? ''
  expect(lines).toEqual([
    '2026-11-20 09:00:00  click       ana           www.shop.example  counted',
    '2026-11-20 09:00:00  click       ana           www.shop.example  joined an earlier click',
    '2026-11-20 09:00:00  identify    a visitor is a customer, said the page',
    '2026-11-20 09:00:00  conversion  ord_42        49.90 EUR  ana earns 4.99 EUR',
    '2026-11-20 09:00:00  conversion  ord_43        1.00 EUR  nobody won it',
    '2026-11-20 10:00:00  refund      ord_42        9.90 EUR given back',
    `2026-11-20 10:00:00  audit       refund ${order}, by cli`,
    '2026-11-20 11:00:00  approval    ana           4.00 EUR of ord_42',
    `2026-11-20 11:00:00  audit       approve ${commission}, by cli`,
    '2026-11-20 12:00:00  payout      ana           4.00 EUR  payout 1 made',
    `2026-11-20 12:00:00  audit       payout make ${payout}, by cli`,
    '2026-11-20 13:00:00  payout      ana           4.00 EUR  payout 1 paid',
    `2026-11-20 13:00:00  audit       payout pay ${payout}, by cli`,
    '2026-11-20 13:00:00  forgotten   a visitor was forgotten, and 2 clicks have no session any more',
  ])
  tail.child.kill('SIGTERM')
  expect([await tail.ended, tail.errors()]).toEqual([[0, null], ''])
})

test('10,000 events at once, in one millisecond, with the clock set back and over a restart: each once, in order', { timeout: PLENTY }, async () => {
  const dir = tempDir()
  const shop = await startCollector({ dir })
  await flood(shop, 2, NOON_MS)
  const tail = started(shop, '--json', '--last', '1')
  await tail.until(1)
  const [begin] = tail.parsed()
  await flood(shop, 10_000, NOON_MS + 1)
  await flood(shop, 50, NOON_MS - 5 * HOUR_MS)
  await shop.close()
  const again = await openTestCollector({ dir })
  await flood({ ...again, merchantId: shop.merchantId }, 50, NOON_MS - 6 * HOUR_MS)
  const from = begin?.number ?? 0
  await tail.until(10_101)
  expect(rowsOf(shop, 'select max(number) as n from journal')).toEqual([{ n: from + 10_100 }])
  expect(tail.parsed().map(({ number }) => number)).toEqual(Array.from({ length: 10_101 }, (_, n) => from + n))
  tail.child.kill('SIGINT')
  expect((await tail.ended)[0]).toBe(0)
})

test('a reader that has seen enough ends it without a word', { timeout: PLENTY }, async () => {
  const shop = await startCollector()
  await flood(shop, 3, NOON_MS)
  const tail = started(shop)
  await tail.until(3)
  tail.child.stdout.destroy()
  await flood(shop, 3, NOON_MS)
  expect([await tail.ended, tail.errors()]).toEqual([[0, null], ''])
})

test('credits, rejections, settlements and cancelled payouts are told, with amounts in minor units', async () => {
  const shop = await startCollector()
  const keeper = bookKeeper(shop)
  await keeper.order('late', 'nobody-yet')
  await keeper.order('late', 'ana')
  await keeper.order('no', 'ben')
  await keeper.reject('no')
  await keeper.credit('ben', '5.00', true)
  const payout = await keeper.payout('ben')
  await keeper.change('cancel', payout)
  const events = await told(shop, '--last', '100', '--kind', 'conversion,settlement,rejection,credit,payout')
  expect(events.map(({ number: _number, commissionId: _commission, commissionNumber: _n, conversionId: _conversion, affiliateId: _affiliate, payoutId: _payout, earned, ...event }) => ({ ...event, ...(earned === undefined ? {} : { earned: (earned as Line[]).map(({ affiliateId: _id, ...one }) => one) }) }))).toEqual([
    { at: '2026-11-20T10:00:00.000Z', mode: 'live', kind: 'conversion', conversionNumber: 1, externalId: 'late', conversionKind: 'sale', attributed: false, earned: [], amountMinor: 10_000, currency: 'EUR' },
    { at: '2026-11-20T11:00:00.000Z', mode: 'live', kind: 'settlement', conversionNumber: 1, externalId: 'late', conversionKind: 'sale', attributed: true, earned: [{ affiliateCode: 'ana', amountMinor: 1000 }], amountMinor: 10_000, currency: 'EUR' },
    { at: '2026-11-20T12:00:00.000Z', mode: 'live', kind: 'conversion', conversionNumber: 2, externalId: 'no', conversionKind: 'sale', attributed: true, earned: [{ affiliateCode: 'ben', amountMinor: 1000 }], amountMinor: 10_000, currency: 'EUR' },
    { at: '2026-11-20T13:00:00.000Z', mode: 'live', kind: 'rejection', externalId: 'no', amountMinor: 1000, currency: 'EUR', reason: 'denied', affiliateCode: 'ben' },
    { at: '2026-11-20T14:00:00.000Z', mode: 'live', kind: 'credit', externalId: null, amountMinor: 500, currency: 'EUR', status: 'APPROVED', affiliateCode: 'ben' },
    { at: '2026-11-20T15:00:00.000Z', mode: 'live', kind: 'payout', payoutNumber: 1, status: 'OPEN', amountMinor: 500, currency: 'EUR', affiliateCode: 'ben' },
    { at: '2026-11-20T16:00:00.000Z', mode: 'live', kind: 'payout', payoutNumber: 1, status: 'CANCELLED', amountMinor: 500, currency: 'EUR', affiliateCode: 'ben' },
  ])
})

test('tests are told apart; a time, a number and kinds choose; what is no choice is wrong usage', async () => {
  const shop = await startCollector()
  const keeper = bookKeeper(shop)
  await keeper.order('live', 'ana')
  await keeper.order('test', 'ana', { mode: 'test' })
  await keeper.order('live-2', 'ana')
  const named = async (...args: string[]): Promise<unknown[]> => (await told(shop, ...args)).map(({ externalId }) => externalId)
  expect(await named()).toEqual(['live', 'live-2'])
  expect(await named('--test')).toEqual(['test'])
  expect(await named('--last', '1')).toEqual(['live-2'])
  expect(await named('--last', '0')).toEqual([])
  expect(await named('--since', '2026-11-20T12:00:00Z')).toEqual(['live-2'])
  expect(await named('--since', '2026-11-20')).toEqual(['live', 'live-2'])
  for (const [args, says] of [[['--since', 'yesterday'], /since: must be a day/], [['--last', 'x'], /last: must be a whole number/], [['--kind', 'sale'], /kind.*must be some of click/], [['--since', '2026-11-20', '--last', '3'], /last: does not go with since/]] as const) {
    const { code, err, out } = await cli(urlOf(shop), 'events', '--no-follow', ...args)
    expect({ args, code, out }).toEqual({ args, code: 2, out: '' })
    expect(err).toMatch(says)
  }
})

test("a visitor's words neither move the cursor nor name anybody, and no session is told", async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await call(shop, '/r/visit', { body: visitBody(shop, { session, url: `https://www.shop.example/?ref=ana&c=${encodeURIComponent('\u001B[2Jkim@customer.example')}` }) })
  for (const args of [[], ['--json']]) {
    const { out } = await cli(urlOf(shop), 'events', '--no-follow', ...args)
    expect(out).toMatch(/ana/)
    for (const word of ['\u001B', 'kim@', 'customer.example']) expect(out).not.toContain(word)
    expect(out).not.toContain(session)
  }
})

test('colours come with a terminal that wants them', async () => {
  const shop = await startCollector()
  await flood(shop, 1, NOON_MS)
  let out = ''
  await runCli(['events', '--no-follow', '--database-url', urlOf(shop)], { version: '0', assetsDir: '', streams: { out: (text) => { out += text }, err: () => undefined, isTerminal: true, outHasColor: true } })
  expect(out).toContain('\u001B[90mclick     \u001B[39m')
})

test('the oldest events go, and whoever was behind them is told how many', { timeout: PLENTY }, async () => {
  const shop = await startCollector()
  await flood(shop, 20, NOON_MS)
  await shop.store.decide('nothing', {}, () => ({ entries: [{ kind: 'journal_trimmed', merchantId: shop.merchantId, keep: 5, limit: 10 }], result: undefined }))
  expect(rowsOf(shop, 'select min(number) as oldest, count(*) as n from journal')).toEqual([{ oldest: 11, n: 10 }])
  await shop.store.decide('nothing', {}, () => ({ entries: [{ kind: 'journal_trimmed', merchantId: shop.merchantId, keep: 5, limit: 10 }], result: undefined }))
  const { out, err } = await cli(urlOf(shop), 'events', '--no-follow', '--json', '--since', '2026-11-20')
  expect(out.trim().split('\n').map((line) => (JSON.parse(line) as Line).number)).toEqual([16, 17, 18, 19, 20])
  expect(err).toBe('15 earlier events are not kept any more\n')
  await shop.services.events.trim()
  expect(rowsOf(shop, 'select count(*) as n from journal')).toEqual([{ n: 5 }])
})

test("another merchant's events are nobody's business", async () => {
  const shop = await startCollector()
  const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'Asia/Tokyo' })
  await flood(shop, 2, NOON_MS)
  await flood({ store: shop.store, merchantId: other.merchantId }, 1, NOON_MS)
  const { out } = await cli(urlOf(shop), 'events', '--no-follow', '--merchant', String(other.merchantId))
  expect(out).toBe('2026-11-20 18:00:00  click       ana           shop.example  counted\n')
  expect((await cli(urlOf(shop), 'events', '--no-follow')).code).toBe(1)
})
