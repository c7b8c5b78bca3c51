import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { booked, expectVerified, imported, newcomer, paidOut, written, type Newcomer } from '../helpers/import.ts'
import { rowsOf } from '../helpers/rows.ts'

const PEOPLE = ['email,code', 'ana@p.example,ana', 'ben@p.example,ben', 'cy@p.example,cy']
const COLUMNS = 'order,amount,affiliate_email,commission,state,at,refunded,payout,subscription'
const orders = (place: Newcomer, ...lines: string[]) => imported(place, written(place, 'orders.csv', [COLUMNS, ...lines]), '--format', 'plain')
async function withPeople(...more: string[]): Promise<Newcomer> {
  const place = await newcomer(...more)
  await imported(place, written(place, 'people.csv', PEOPLE), '--format', 'plain')
  return place
}

test('an import that is killed goes on where it was, and counts nothing twice', async () => {
  const place = await withPeople()
  const rows = Array.from({ length: 2_000 }, (_, n) => `o-${n},10.00,${n % 2 === 0 ? 'ana' : 'ben'}@p.example,1.00,approved,2026-01-05T10:00:00Z,,,`)
  const file = written(place, 'orders.csv', [COLUMNS, ...rows])
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../collector/main.ts'), 'import', file, '--format', 'plain'], { env: { ...process.env, DATABASE_URL: place.url }, stdio: 'ignore' })
  const count = (): number => rowsOf<{ n: number }>(place, 'select count(*) as n from conversions')[0]?.n ?? 0
  await expect.poll(count, { timeout: 20_000, interval: 10 }).toBeGreaterThan(0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const before = count()
  expect(before).toBeLessThan(2_000)
  expect(await imported(place, file, '--format', 'plain')).toMatchObject({ code: 0, written: 2_000 - before, files: [{ known: before }] })
  await expectVerified(place)
}, 60_000)

test('a newer export brings states forward, and never back', async () => {
  const place = await withPeople()
  const at = '2026-01-05T10:00:00Z'
  const told = (state: string, refunded = '') => orders(place, `1,100,ana@p.example,10,${state},${at},${refunded},,`)
  const row = (): string | undefined => booked(place)[0]?.slice('1 ana@p.example '.length, -' 2026-01-05T10:00'.length)
  await told('pending')
  const steps: [string, string, string, number, number][] = [
    ['pending', '', '1000 0 EUR PENDING', 0, 0], ['approved', '', '1000 0 EUR APPROVED', 1, 0], ['pending', '', '1000 0 EUR APPROVED', 0, 0], ['approved', '25', '1000 250 EUR APPROVED', 1, 0], ['approved', '40', '1000 400 EUR APPROVED', 1, 0],
    ['approved', '40', '1000 400 EUR APPROVED', 0, 0], ['denied', '40', '1000 400 EUR REJECTED denied', 1, 0], ['denied', '40', '1000 400 EUR REJECTED denied', 0, 0], ['paid', '40', '1000 400 EUR REJECTED denied', 0, 1],
  ]
  for (const [state, refunded, stands, isWritten, differs] of steps) {
    const { files: [report] } = await told(state, refunded)
    expect([state, row(), report?.written, report?.differs.length]).toEqual([state, stands, isWritten, differs])
  }
  expect((await orders(place, `1,99,ana@p.example,10,denied,${at},40,,`)).files[0]?.differs).toEqual([{ line: 2, field: 'amount', why: 'it is 10000 here, in minor units' }])
  expect((await orders(place, `1,100,ana@p.example,11,denied,${at},40,,`)).files[0]?.differs).toEqual([{ line: 2, field: 'commission', why: 'it is 1000 here, in minor units' }])
  await expectVerified(place)
})

test('a second affiliate of an order is booked beside the first; an order that was tracked here stays as it is', async () => {
  const place = await withPeople()
  await cli(place.url, 'conversion', 'record', '--order', 'live', '--amount', '50', '--affiliate', 'ana')
  const { files: [report] } = await orders(place, 'old,100,ana@p.example,10,approved,2026-01-05,,,', 'old,100,ben@p.example,5,pending,2026-01-05,,,', 'live,50,ben@p.example,5,approved,2026-01-05,,,', 'live,50,ana@p.example,5,approved,2026-01-05,,,', 'live,50,ana@p.example,7,approved,2026-01-05,,,')
  expect(report).toMatchObject({ written: 2, known: 1, differs: [{ line: 4, field: 'affiliate' }, { line: 6, field: 'commission' }] })
  expect(booked(place).filter((row) => row.startsWith('old'))).toEqual(['old ana@p.example 1000 0 EUR APPROVED 2026-01-05T00:00', 'old ben@p.example 500 0 EUR PENDING 2026-01-05T00:00'])
  await expectVerified(place)
})

test('renewals here follow the first payment there, whatever the order in the file; its volume reaches tiers and its sum uses the cap', async () => {
  const place = await withPeople()
  await cli(place.url, 'campaign', 'update', '1', '--recurring', '2', '--tier', '150.00=20', '--cap-month', '25.00')
  const thisMonth = new Date(Date.now() - 60_000).toISOString()
  const longAgo = '2026-01-05T10:00:00Z'
  await orders(place, `s-2,100,ben@p.example,90,approved,${thisMonth},,,sub-1`, `s-1,100,ben@p.example,90,approved,${longAgo},,,sub-1`, `n-2,100,ana@p.example,7,approved,${thisMonth},,,sub-2`, `n-1,100,ana@p.example,7,approved,${thisMonth},,,`)
  const earned = async (order: string, ...more: string[]) => (await cliJson<{ commissions: { affiliateCode: string; amountMinor: number }[]; marks: string[] }>(place.url, 'conversion', 'record', '--order', order, '--amount', '100', ...more)).json
  // The first payment there was in January: two months of renewals are over.
  expect(await earned('late', '--subscription', 'sub-1')).toMatchObject({ marks: ['RENEWAL'], commissions: [] })
  // 20 % by 200.00 of volume, of which the cap has 25.00 less the 14.00 that were imported.
  expect(await earned('next', '--subscription', 'sub-2')).toMatchObject({ commissions: [{ affiliateCode: 'ana', amountMinor: 1100 }] })
  await expectVerified(place)
})

test('a time without a zone is in the merchant\'s, a day in the order that is said', async () => {
  const place = await newcomer('--timezone', 'America/New_York')
  await imported(place, written(place, 'people.csv', PEOPLE), '--format', 'plain')
  await orders(place, '1,1,ana@p.example,1,pending,2026-07-05 10:30,,,', '2,1,ana@p.example,1,pending,2026-01-05,,,', '3,1,ana@p.example,1,pending,2026-01-05T10:00:00+0530,,,')
  await imported(place, written(place, 'us.csv', ['Order;When;Total;Who;Cut', '4;07/05/2026;1;ana;1']), '--format', 'plain', '--dates', 'mdy', '--map', 'When=at', '--map', 'total=amount', '--map', 'who=affiliate_code', '--map', 'CUT=commission')
  expect(booked(place).map((row) => row.slice(-16))).toEqual(['2026-07-05T14:30', '2026-01-05T05:00', '2026-01-05T04:30', '2026-07-05T04:00'])
})

interface Told { who: number; minor: number; state: 'pending' | 'approved' | 'paid' | 'denied' | 'refunded'; day: number }
const anyHistory = fc.array(fc.record({ who: fc.integer({ min: 0, max: 2 }), minor: fc.integer({ min: 1, max: 5_000 }), state: fc.constantFrom<Told['state'][]>('pending', 'approved', 'paid', 'denied', 'refunded'), day: fc.integer({ min: 1, max: 27 }) }), { minLength: 1, maxLength: 12 })
const major = (minor: number): string => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`

const day = (n: number): string => `2026-01-${String(n).padStart(2, '0')}`
/** A history as its files: a payout an affiliate and week, that names its commissions. */
function filesOf(history: Told[]): Record<string, string[]> {
  const names = ['ana', 'ben', 'cy']
  const payoutOf = ({ who, day: n }: Told): string => `po-${names[who]}-${Math.floor(n / 7)}`
  const paid = Map.groupBy(history.filter(({ state }) => state === 'paid'), payoutOf)
  return {
    'people.csv': PEOPLE,
    'orders.csv': [COLUMNS, ...history.map((told, n) => `o-${n},${major(told.minor * 10)},${names[told.who]}@p.example,${major(told.minor)},${told.state},${day(told.day)},,${told.state === 'paid' ? payoutOf(told) : ''},`)],
    'pay.csv': ['id,affiliate_email,amount,state,at', ...[...paid].map(([name, own]) => `${name},${names[own[0]?.who ?? 0]}@p.example,${major(own.reduce((sum, { minor }) => sum + minor, 0))},paid,2026-02-01`)],
  }
}

test('whatever the order of the files, of their rows and of the runs, the book is the same', async () => {
  await fc.assert(fc.asyncProperty(anyHistory, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), fc.boolean(), async (history, order, backwards) => {
    const files = Object.entries(filesOf(history))
    const straight = await newcomer()
    await imported(straight, ...files.map(([name, lines]) => written(straight, name, lines)), '--format', 'plain')
    const shuffled = await newcomer()
    const paths = order.map((index) => {
      const [name = '', [head = '', ...rows] = []] = files[index] ?? []
      return written(shuffled, name, [head, ...(backwards ? rows.toReversed() : rows)])
    })
    // One by one, in any order: what is refused because something else is missing comes over when its turn comes again.
    for (let round = 0; round < 3; round++) for (const file of paths) await imported(shuffled, file, '--format', 'plain')
    expect([booked(shuffled), paidOut(shuffled)]).toEqual([booked(straight), paidOut(straight)])
    for (const place of [straight, shuffled]) await expectVerified(place)
  }), { numRuns: 4, seed: 7 })
}, 60_000)

test('what waits for its payout is found by it also when the buyer and the affiliate were erased meanwhile, and is paid once', async () => {
  const place = await withPeople()
  const sale = written(place, 'orders.csv', ['order,amount,affiliate_email,commission,state,at,email', '1,100,ana@p.example,10,paid,2026-01-05T10:00:00Z,kim@customer.example'])
  const payout = written(place, 'payouts.csv', ['id,affiliate_code,amount,at', 'p-1,ana,10,2026-02-01T10:00:00Z'])
  await imported(place, sale, '--format', 'plain')
  for (const who of [['kim@customer.example'], ['ana@p.example', '--affiliate']]) expect((await cli(place.url, 'privacy', 'erase', '--email', ...who)).code).toBe(0)
  expect(await imported(place, payout, '--format', 'plain')).toMatchObject({ code: 0, written: 1 })
  await cli(place.url, 'privacy', 'erase', '--email', 'kim@customer.example')
  expect(await imported(place, payout, '--format', 'plain')).toMatchObject({ code: 0, written: 0, files: [{ known: 1 }] })
  expect(rowsOf(place, 'select status, gross_minor from payouts')).toEqual([{ status: 'PAID', gross_minor: 1000 }])
  await expectVerified(place)
})
