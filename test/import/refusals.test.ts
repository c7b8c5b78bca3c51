import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { booked, expectVerified, imported, newcomer, paidOut, written, type Newcomer } from '../helpers/import.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const COLUMNS = 'order,amount,currency,affiliate_email,commission,state,at,refunded,payout'
const GOOD = '1,100.00,EUR,ana@p.example,10.00,approved,2026-01-05T10:00:00Z,,'

/** A merchant who knows Ana and Ben already. */
async function withAna(...more: string[]): Promise<Newcomer> {
  const place = await newcomer(...more)
  await imported(place, written(place, 'people.csv', ['email,code', 'ana@p.example,ana', 'ben@p.example,ben']), '--format', 'plain')
  return place
}
const orders = (place: Newcomer, ...lines: string[]) => imported(place, written(place, 'orders.csv', [COLUMNS, ...lines]), '--format', 'plain')
/** What a run that could not begin said. */
const unread = async (place: Newcomer, content: string | string[] | Buffer, ...args: string[]): Promise<string> => {
  const before = rowCounts(place)
  const { code, json } = await cliJson<{ error: { message: string } }>(place.url, 'import', written(place, 'odd.csv', content), '--format', 'plain', ...args)
  expect([code > 0, rowCounts(place)]).toEqual([true, before])
  return json.error.message
}

/** An order as JSON. */
const row = (more: object): string => JSON.stringify({ order: '1', amount: 5, affiliate_email: 'ana@p.example', commission: 1, state: 'approved', at: '2026-01-05', ...more })

/** Rows that cannot be, each with its field and why. */
const BAD: [name: string, line: string, field: string, why: RegExp][] = [
  ['no amount', '2,,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /is needed for a sale/],
  ['a word for an amount', '2,lots,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /decimal/],
  ['a formula', '2,=1+1,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /decimal/],
  ['more than any amount', '2,90071992547409.92,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /beyond 9007199254740991/],
  ['a hostile exponent', '2,1e400000,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /reasonable length/],
  ['an amount below zero', '2,-5,EUR,ana@p.example,1,approved,2026-01-05,,', 'amount', /below zero/],
  ['a currency that is none', '2,5,EURO,ana@p.example,1,approved,2026-01-05,,', 'currency', /ISO 4217/],
  ['nobody who is known', '2,5,EUR,zoe@p.example,1,approved,2026-01-05,,', 'affiliate_email', /import the affiliates first/],
  ['an affiliate without a commission', '2,5,EUR,ana@p.example,,approved,2026-01-05,,', 'commission', /is needed/],
  ['a commission without an affiliate', '2,5,EUR,,1,approved,2026-01-05,,', 'affiliate_email', /is needed/],
  ['a state that says nothing', '2,5,EUR,ana@p.example,1,maybe,2026-01-05,,', 'state', /none that is known/],
  ['a time to come', '2,5,EUR,ana@p.example,1,approved,9999-12-31,,', 'at', /future/],
  ['1970', '2,5,EUR,ana@p.example,1,approved,1970-01-01,,', 'at', /before 1995/],
  ['a day that is none', '2,5,EUR,ana@p.example,1,approved,2026-02-30,,', 'at', /no day/],
  ['a day that could be two', '2,5,EUR,ana@p.example,1,approved,05/01/2026,,', 'at', /--dates dmy/],
  ['a refund of more than there was', '2,5,EUR,ana@p.example,1,approved,2026-01-05,5.01,', 'refunded', /more than the order/],
  ['a NUL', '2\0,5,EUR,ana@p.example,1,approved,2026-01-05,,', 'order', /NUL/],
  ['a value too many', '2,5,EUR,ana@p.example,1,approved,2026-01-05,,,x', 'row', /10 values, and there are 9 columns/],
  ['no order', ',5,EUR,ana@p.example,1,approved,2026-01-05,,', 'order', /is needed/],
  ['an order id as long as a page', `${'x'.repeat(300)},5,EUR,ana@p.example,1,approved,2026-01-05,,`, 'order', /at most 255/],
]

describe('a row is refused with its line, its field and why, and the others come over', () => {
  test('a row of each kind that cannot be', async () => {
    const place = await withAna()
    const { code, files: [report] } = await orders(place, ...BAD.map(([, line]) => line), GOOD)
    expect(report).toMatchObject({ rows: BAD.length + 1, written: 1 })
    expect(report?.refused.map(({ line, field, why }) => [BAD[line - 2]?.[0], field, why])).toEqual(BAD.map(([name, , field, why]) => [name, field, expect.stringMatching(why) as string]))
    expect([code, booked(place)]).toEqual([1, ['1 ana@p.example 1000 0 EUR APPROVED 2026-01-05T10:00']])
    await expectVerified(place)
  })

  test('JSON that is none, a lone surrogate, a list of lists, a number as it is written', async () => {
    const place = await withAna()
    const file = written(place, 'orders.jsonl', [row({}), '{"order": ', row({ order: '\uD800' }), '[1]', row({ order: '2' }).replace('"amount":5', '"amount":90071992547409.91'), '{"__proto__": {"order": "3"}}', 'x'.repeat(1_100_000), row({ order: '4' })])
    const { files: [report] } = await imported(place, file, '--format', 'plain')
    expect(report?.refused.map(({ line, field }) => [line, field])).toEqual([[2, 'row'], [3, 'order'], [4, 'row'], [6, 'row'], [7, 'row']])
    expect(rowsOf(place, 'select external_id, minor from conversions order by 1')).toEqual([{ external_id: '1', minor: 500 }, { external_id: '2', minor: 9_007_199_254_740_991 }, { external_id: '4', minor: 500 }])
    await expectVerified(place)
  })

  test('bytes that are no UTF-8 are not guessed at', async () => {
    const place = await newcomer()
    const { files: [report] } = await imported(place, written(place, 'people.csv', Buffer.from('email,code,name\nana@p.example,ana,\xC1na\nben@p.example,ben,Ben\n', 'latin1')), '--format', 'plain')
    expect(report).toMatchObject({ written: 1, refused: [{ line: 2, field: 'row', why: expect.stringContaining('UTF-8') as string }] })
  })

  test('affiliates: twice in one file, a code or coupon that is taken, a campaign that is not there', async () => {
    const place = await newcomer()
    const lines = ['email,code,coupon,campaign,state', 'ana@p.example,ana,ANA10,,active', 'ANA@p.example,ana,,,active', 'ben@p.example,ana,,,active', 'cy@p.example,cy,ana10,,active', 'dan@p.example,dan,,Summer,active', '"=cmd|x"@p.example,e e,,,active', 'eve@p.example,eve,,,vip', 'fay@p.example,fay,,shop partners,pending']
    const { files: [report] } = await imported(place, written(place, 'people.csv', lines), '--format', 'plain')
    expect(report).toMatchObject({ written: 2, known: 1 })
    expect(report?.refused.map(({ line, field }) => [line, field])).toEqual([[4, 'code'], [5, 'coupon'], [6, 'campaign'], [7, 'email'], [8, 'state']])
    await expectVerified(place)
  })
})

describe('a file is refused as a whole, and nothing is written', () => {
  test.each<[string, string | string[], string[], RegExp]>([
    ['no column for what is needed', ['order,at,commission', '1,2026-01-05,5'], ['--as', 'payouts'], /no column for id, nor for affiliate_id or affiliate_code or affiliate_email, nor for amount/],
    ['a column that is there twice', ['order,Amount,amount ,at', '1,2,3,2026-01-05'], ['--as', 'conversions'], /"amount " stands there twice/],
    ['columns that tell nothing', ['a,b', '1,2'], [], /say --as/],
    ['an empty file', '', [], /is empty/],
    ['a quote that is never closed', [COLUMNS, '1,"5,EUR', GOOD], [], /inside a quote that is never closed/],
    ['a line of ten million characters', [COLUMNS, GOOD, 'x'.repeat(10_000_000)], [], /longer than 1000000 bytes/],
    ['JSON of another kind', '{"orders": 3, "data": 4', [], /neither an object a line nor a list/],
    ['a column of mine that is not there', [COLUMNS, GOOD], ['--map', 'Nothing=order'], /no column "Nothing"/],
    ['a field that is none', [COLUMNS, GOOD], ['--map', 'order=everything'], /must be a column of the file/],
    ['a campaign that is not there', [COLUMNS, GOOD], ['--campaign', 'Summer'], /no campaign here/],
  ])('%s', async (_name, content, args, why) => {
    expect(await unread(await newcomer(), content, ...args)).toMatch(why)
  })

  test('a file that is not there, and a format that is none', async () => {
    const place = await newcomer()
    expect((await cli(place.url, 'import', join(place.dir, 'gone.csv'), '--format', 'plain')).code).toBe(1)
    expect((await cli(place.url, 'import', join(place.dir, 'gone.csv'), '--format', 'excel')).code).toBe(2)
    expect((await cli(place.url, 'import', join(place.dir, 'gone.csv'))).code).toBe(2)
  })
})

test('refused rows are kept as they were, mended, and imported again', async () => {
  const place = await withAna()
  const out = join(place.dir, 'refused.csv')
  await imported(place, written(place, 'orders.csv', [COLUMNS, GOOD, '2,"5\n",EUR,ana@p.example,1,"may,be",2026-01-05,,', '3,5,EUR,ana@p.example,1,what,2026-01-05,,']), '--format', 'plain', '--refused', out)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  const kept = readFileSync(out, 'utf8')
  expect(kept).toContain(`${COLUMNS},refused\n2,"5\n",EUR,ana@p.example,1,"may,be",2026-01-05,,,"state: is none that is known`)
  const mended = written(place, 'mended.csv', kept.replace('"may,be"', 'approved').replace('what', 'pending'))
  expect((await cliJson(place.url, 'import', mended, '--format', 'plain', '--refused', out)).json).toMatchObject({ error: { code: 'CONFLICT' } })
  const again = join(place.dir, 'again.csv')
  expect(await imported(place, mended, '--format', 'plain', '--refused', again)).toMatchObject({ code: 0, written: 2 })
  expect([existsSync(again), booked(place).length]).toEqual([false, 3])
})

test('a dry run does all of it and leaves nothing behind', async () => {
  const place = await withAna()
  const before = rowCounts(place)
  const files = [written(place, 'pay.csv', ['id,affiliate_email,amount,state,at', 'p1,ana@p.example,10.00,paid,2026-02-01', 'p2,ana@p.example,10.00,paid,2026-02-01']), written(place, 'orders.csv', [COLUMNS, GOOD, GOOD, GOOD.replace('1,', 'x,').replace('EUR', 'EURO')])]
  const dry = await imported(place, ...files, '--format', 'plain', '--dry-run')
  expect(dry).toMatchObject({ code: 1, dryRun: true, files: [{ as: 'conversions', written: 1, known: 1, refused: [{ line: 4 }] }, { as: 'payouts', written: 1, refused: [{ line: 3, field: 'amount' }] }] })
  expect(rowCounts(place)).toEqual(before)
  const real = await imported(place, ...files, '--format', 'plain')
  expect({ ...real, dryRun: true }).toEqual(dry)
})

const pay = (place: Newcomer, ...lines: string[]) => imported(place, written(place, 'pay.csv', ['id,affiliate_email,amount,currency,state,at', ...lines]), '--format', 'plain')

describe('payouts make up no money', () => {
  const ORDERS = ['1,100,EUR,ana@p.example,10.00,paid,2026-01-05,,po-1', '2,100,EUR,ana@p.example,10.00,paid,2026-01-06,,', '3,100,EUR,ana@p.example,3.00,approved,2026-01-07,,', '4,100,EUR,ben@p.example,4.00,paid,2026-01-08,,']

  test.each<[string, string[], string[], [number, string, RegExp][]]>([
    ['the commissions that name it', ['po-1,ana@p.example,10.00,EUR,paid,2026-02-01'], ['ana@p.example 1000 EUR PAID 2026-02-01 1'], []],
    ['those that name it come to something else', ['po-1,ana@p.example,10.01,EUR,paid,2026-02-01'], [], [[2, 'amount', /that name it come to 1000, and it paid 1001/]]],
    ['those that were paid until then', ['po-9,ana@p.example,10.00,EUR,paid,2026-02-01'], ['ana@p.example 1000 EUR PAID 2026-02-01 1'], []],
    ['those and the approved', ['po-9,ana@p.example,13.00,EUR,paid,2026-02-01'], ['ana@p.example 1300 EUR PAID 2026-02-01 2'], []],
    ['neither: both sums are said', ['po-9,ana@p.example,12.00,EUR,paid,2026-02-01'], [], [[2, 'amount', /come to 1000, with those that are approved to 1300, and it paid 1200/]]],
    ['before they were earned', ['po-9,ben@p.example,4.00,EUR,paid,2026-01-07'], [], [[2, 'amount', /no imported commission/]]],
    ['on the day they were earned, where only the day is told', ['po-9,ben@p.example,4.00,EUR,paid,2026-01-08'], ['ben@p.example 400 EUR PAID 2026-01-08 1'], []],
    ['in another currency', ['po-9,ben@p.example,4.00,USD,paid,2026-02-01'], [], [[2, 'amount', /no imported commission/]]],
    ['to somebody else', ['po-1,ben@p.example,10.00,EUR,paid,2026-02-01'], [], [[2, 'amount', /and it paid 1000/]]],
    ['of nothing', ['po-9,ben@p.example,0,EUR,paid,2026-02-01'], [], [[2, 'amount', /must not be 0/]]],
    ['twice in a file, and not made yet', ['po-1,ana@p.example,10.00,EUR,paid,2026-02-01', 'po-1,ana@p.example,10.00,EUR,paid,2026-02-01', 'po-2,ana@p.example,1,EUR,pending,'], ['ana@p.example 1000 EUR PAID 2026-02-01 1'], []],
    ['newest first: each takes what was not paid before it', ['b,ana@p.example,3.00,EUR,paid,2026-03-01', 'a,ana@p.example,10.00,EUR,paid,2026-02-01'], ['ana@p.example 1000 EUR PAID 2026-02-01 1', 'ana@p.example 300 EUR PAID 2026-03-01 1'], []],
  ])('%s', async (_name, lines, payouts, refused) => {
    const place = await withAna()
    await orders(place, ...ORDERS)
    const { files: [report] } = await pay(place, ...lines)
    expect(paidOut(place)).toEqual(payouts)
    expect(report?.refused).toEqual(refused.map(([line, field, why]) => ({ line, field, why: expect.stringMatching(why) as string })))
    await expectVerified(place)
  })

  test('one that is known with another amount is told, and stays', async () => {
    const place = await withAna()
    await orders(place, ...ORDERS)
    await pay(place, 'po-1,ana@p.example,10.00,EUR,paid,2026-02-01')
    expect((await pay(place, 'po-1,ana@p.example,11.00,EUR,paid,2026-02-01')).files).toMatchObject([{ written: 0, differs: [{ line: 2, field: 'amount', why: 'it is 1000 here, in minor units' }] }])
  })

  test('an affiliate who owes something here is not paid less in silence', async () => {
    const place = await withAna()
    await orders(place, ...ORDERS)
    await cli(place.url, 'credit', '--affiliate', 'ana', '--amount', '-1.00')
    expect((await pay(place, 'po-1,ana@p.example,10.00,EUR,paid,2026-02-01')).files).toMatchObject([{ refused: [{ field: 'affiliate', why: expect.stringContaining('owes') as string }] }])
    await expectVerified(place)
  })
})
