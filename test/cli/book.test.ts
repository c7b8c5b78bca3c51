import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cli, cliJson } from '../helpers/cli.ts'
import { tempDir } from '../helpers/collector.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

type Json = Record<string, unknown>
interface Place {
  dir: string
  url: string
}
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const CMM = expect.stringMatching(/^cmm_[0-9A-Z]{26}$/)
const CNV = expect.stringMatching(/^cnv_[0-9A-Z]{26}$/)

/** A merchant with Ana and Ben in a campaign of 10 %. */
async function shop(atEnd: Parameters<typeof tempDir>[0] = onTestFinished): Promise<Place> {
  const dir = tempDir(atEnd)
  const url = `sqlite:${join(dir, 'test.db')}`
  await cli(url, 'init', '--merchant', 'Corner Shop', '--site', 'corner.example', '--email', 'owner@corner.example')
  for (const name of ['ana', 'ben']) await cli(url, 'affiliate', 'create', '--campaign', '1', '--email', `${name}@partner.example`, '--code', name)
  return { dir, url }
}
const record = (url: string, order: string, ...more: string[]): Promise<{ code: number; json: Json }> => cliJson(url, 'conversion', 'record', '--order', order, '--affiliate', 'ana', ...(more.includes('--item') || more.includes('--amount') ? [] : ['--amount', '10.00']), ...more)
/** A shop with an order of 10.00 that Ana won. */
async function booked(orders = 1, atEnd?: Parameters<typeof tempDir>[0]): Promise<Place> {
  const place = await shop(atEnd)
  for (let n = 1; n <= orders; n++) await record(place.url, `o-${n}`)
  return place
}
const commission = (more: Json = {}): Json => ({
  id: CMM, conversionId: CNV, affiliateId: expect.stringMatching(/^aff_/), affiliateCode: 'ana', campaignId: expect.stringMatching(/^cmp_/), amountMinor: 100, currency: 'EUR', totalMinor: 100, clawedMinor: 0, openMinor: 100,
  status: 'PENDING', reason: null, mode: 'live', source: 'order', bookedAt: ISO, approvableAt: null, ...more,
})

test('an order that a discount makes free is kept, and earns nothing', async () => {
  const { url } = await shop()
  for (const [id, discount] of [['free', '5.00'], ['more than free', '9.00']] as const) expect((await record(url, id, '--item', 'X:1:5.00', '--discount', discount)).json).toMatchObject({ created: true, attributed: true, commissions: [{ amountMinor: 0 }] })
})

test('an order id that a test shares with a live order: --test means the test', async () => {
  const { url } = await shop()
  await record(url, '1042')
  await record(url, '1042', '--test')
  expect((await cliJson(url, 'conversion', 'show', '1042', '--test')).json).toMatchObject({ mode: 'test', externalId: '1042' })
  expect((await cliJson(url, 'refund', '1042', '--test')).json).toMatchObject({ created: true, commissions: [{ mode: 'test', clawedMinor: 100 }] })
  expect((await cliJson(url, 'conversion', 'show', '1042')).json).toMatchObject({ mode: 'live', status: 'PENDING' })
})

test('conversion record: an order with lines, and its repeat', async () => {
  const { url } = await shop()
  const args = ['--item', 'TEE:1:40.00', '--item', 'MUG:2:15.00', '--discount', '7.00', '--email', 'kim@customer.example', '--at', '2026-01-05T10:00:00+01:00']
  const { code, json } = await record(url, '1042', ...args)
  expect([code, json]).toEqual([0, { id: CNV, created: true, attributed: false, status: 'PENDING', marks: [], commissions: [] }])
  const now = await record(url, '1043', '--item', 'TEE:1:40.00', '--item', 'a:b:2:15.00', '--item', ':1:1.00', '--discount', '7.00')
  expect(now.json).toEqual({ id: CNV, created: true, attributed: true, status: 'PENDING', marks: [], commissions: [commission({ amountMinor: 640, totalMinor: 640, openMinor: 640 })] })
  expect((await record(url, '1043', '--amount', '5')).json).toMatchObject({ created: false, marks: ['REPEAT_DIFFERS'], commissions: [{ amountMinor: 640 }] })
  const text = await cli(url, 'conversion', 'record', '--order', '1044', '--affiliate', 'ana', '--amount', '49.90')
  expect(text.out).toMatch(/^cnv_\w+ {2}recorded {2}pending\n {2}ana {2}4\.99 EUR\n$/)
  expect((await cli(url, 'conversion', 'record', '--order', '1045', '--amount', '1', '--session', 's-1')).out).toMatch(/^cnv_\w+ {2}recorded {2}unattributed\n$/)
  expect((await cli(url, 'conversion', 'record', '--order', '1044', '--amount', '49.90')).out).toMatch(/known already {2}pending/)
})

test('refund: all, an amount, items; known by its id', async () => {
  const { url } = await shop()
  await record(url, 'o-1', '--item', 'TEE:1:40.00', '--item', 'MUG:2:30.00')
  const first = await cliJson(url, 'refund', 'o-1', '--item', 'mug:1', '--id', 'r-1', '--reason', 'torn')
  const clawed = { amountMinor: 1000, totalMinor: 1000, clawedMinor: 300, openMinor: 700, number: 1 }
  expect([first.code, first.json]).toEqual([0, { id: expect.stringMatching(/^rfn_/), conversionId: CNV, key: 'r-1', created: true, kind: 'items', amountMinor: 0, lines: [{ minor: 0, quantity: 0 }, { minor: 3000, quantity: 1 }], commissions: [commission(clawed)] }])
  expect((await cli(url, 'refund', 'o-1', '--item', 'MUG:1', '--id', 'r-1')).out).toMatch(/^rfn_\w+ {2}known already\n {2}cmm_\w+ {2}3\.00 of 10\.00 EUR taken back {2}pending\n$/)
  expect((await cliJson(url, 'refund', '1', '--amount', '10.00')).json).toMatchObject({ kind: 'amount', amountMinor: 1000, commissions: [{ clawedMinor: 400 }] })
  expect((await cli(url, 'refund', 'o-1')).out).toMatch(/^rfn_\w+ {2}booked\n {2}cmm_\w+ {2}10\.00 of 10\.00 EUR taken back {2}rejected\n$/)
})

test('approve, reject and adjust, by id or number', async () => {
  const { url } = await booked(3)
  const approved = await cliJson<Json[]>(url, 'approve', '1', '2')
  expect([approved.code, approved.json]).toEqual([0, [commission({ number: 1, status: 'APPROVED' }), commission({ number: 2, status: 'APPROVED' })]])
  expect((await cliJson(url, 'reject', '3', String(approved.json[1]?.['id']), '--reason', 'unqualified')).json).toEqual([commission({ number: 3, status: 'REJECTED', reason: 'unqualified', openMinor: 0 }), commission({ number: 2, status: 'REJECTED', reason: 'unqualified', openMinor: 0 })])
  expect((await cliJson(url, 'adjust', '1', '--bonus', '5.00', '--reason', 'thank you')).json).toEqual([commission({ number: 1, status: 'APPROVED', totalMinor: 600, openMinor: 600 })])
  expect((await cli(url, 'adjust', '1', '--correction', '2.50')).out).toMatch(/^1 {2}cmm_\w+ {2}ana {2}2\.50 EUR {2}approved\n$/)
  const shown = await cliJson(url, 'commission', 'show', '1')
  expect(shown.json).toMatchObject({ number: 1, totalMinor: 250, adjustments: [{ type: 'BONUS', minor: 500, deltaMinor: 500, reason: 'thank you' }, { type: 'CORRECTION', minor: 250, deltaMinor: -350, reason: null }], transactions: [{ event: 'booked' }, { event: 'approved' }, { event: 'raised_approved' }, { event: 'lowered_approved' }] })
  expect((await cli(url, 'commission', 'show', '1')).out).toMatch(/^1 {2}cmm_.*approved\n {2}bonus 5\.00 EUR {2}thank you\n {2}correction -3\.50 EUR\n(?: {2}\S+Z {2}\w+ +.*\n){4}$/)
})

test('commission list: by affiliate, by status, from a number on', async () => {
  const { url } = await booked(2)
  await cliJson(url, 'conversion', 'record', '--order', 'b-1', '--affiliate', 'ben', '--amount', '3')
  await cli(url, 'reject', '2')
  const numbers = async (...args: string[]): Promise<unknown[]> => (await cliJson<Json[]>(url, 'commission', 'list', ...args)).json.map((one) => one['number'])
  expect([await numbers(), await numbers('--affiliate', 'ana'), await numbers('--status', 'rejected'), await numbers('--after', '2'), await numbers('--status', 'in_payout')]).toEqual([[1, 2, 3], [1, 2], [2], [3], []])
  expect((await cli(url, 'commission', 'list')).out.split('\n').map((line) => line.replace(/cmm_\w+/, 'ID'))).toEqual(['1  ID  ana  1.00 EUR  pending', '2  ID  ana  1.00 EUR  rejected (denied)', '3  ID  ben  0.30 EUR  pending', ''])
  expect((await cli(url, 'commission', 'list', '--status', 'paid')).out).toBe('no commissions\n')
})

test('credit: a sum, a debt, an order, a transfer', async () => {
  const { url } = await booked()
  const credit = commission({ affiliateCode: 'ben', conversionId: null, campaignId: null, source: 'credit', amountMinor: 1250, totalMinor: 1250, openMinor: 1250, status: 'APPROVED' })
  expect((await cliJson(url, 'credit', '--affiliate', 'ben', '--amount', '12.50')).json).toEqual([credit])
  expect((await cliJson(url, 'credit', '--affiliate', 'ben', '--amount', '-3', '--pending', '--currency', 'usd', '--test')).json).toEqual([{ ...credit, amountMinor: -300, totalMinor: -300, openMinor: -300, currency: 'USD', status: 'PENDING', mode: 'test' }])
  const transfer = await cliJson(url, 'credit', '--affiliate', 'ben', '--order', 'o-1', '--transfer', '--note', 'by post')
  expect(transfer.json).toEqual({ ...commission({ affiliateCode: 'ben', source: 'credit', status: 'APPROVED' }), others: [commission({ number: 1, status: 'REJECTED', reason: 'refunded', clawedMinor: 100, openMinor: 0 })] })
  expect((await cli(url, 'credit', '--affiliate', 'ben', '--amount', '1')).out).toMatch(/^cmm_\w+ {2}ben {2}1\.00 EUR {2}approved {2}credit\n$/)
})

test('payout make, show, pay, undo, cancel, list', async () => {
  const { url } = await booked()
  await cli(url, 'approve', '1')
  await cli(url, 'credit', '--affiliate', 'ana', '--amount', '-0.25')
  const payout = {
    id: expect.stringMatching(/^pay_/), number: 1, merchantId: 1, mode: 'live', affiliateId: expect.stringMatching(/^aff_/), affiliateCode: 'ana', currency: 'EUR', grossMinor: 100, nettedMinor: 25, amountMinor: 75,
    status: 'OPEN', commissionIds: [CMM], method: 'PAYPAL', note: null, madeAt: ISO, paidAt: null, endedAt: null,
  }
  expect(await cliJson(url, 'payout', 'make', '--affiliate', 'ana', '--method', 'PAYPAL')).toEqual({ code: 0, json: payout })
  expect((await cliJson(url, 'payout', 'show', '1')).json).toEqual({ ...payout, commissions: [commission({ number: 1, status: 'IN_PAYOUT' })] })
  expect((await cli(url, 'payout', 'show', '1')).out).toMatch(/^1 {2}pay_\w+ {2}ana {2}0\.75 EUR \(1\.00 less 0\.25 owed\) {2}1 commission {2}open\n {2}1 {2}cmm_\w+ {2}1\.00 EUR {2}in payout\n$/)
  expect((await cliJson(url, 'payout', 'pay', '1')).json).toEqual({ ...payout, status: 'PAID', paidAt: ISO })
  expect((await cliJson(url, 'payout', 'undo', '1')).json).toEqual({ ...payout, status: 'UNDONE', paidAt: ISO, endedAt: ISO })
  await cli(url, 'payout', 'make', '--affiliate', 'ana')
  expect((await cliJson(url, 'payout', 'cancel', '2')).json).toMatchObject({ number: 2, status: 'CANCELLED', method: null })
  expect((await cliJson<Json[]>(url, 'payout', 'list', '--affiliate', '1', '--after', '1')).json).toMatchObject([{ number: 2 }])
  expect((await cli(url, 'payout', 'list')).out.split('\n')).toHaveLength(3)
  expect((await cli(url, 'payout', 'list', '--affiliate', 'ben')).out).toBe('no payouts yet\n')
})

test('payout show says what each commission put into it, after what refunds had taken, and what became of it', async () => {
  const { url } = await booked(3)
  await cli(url, 'refund', 'o-2', '--amount', '4')
  await cli(url, 'approve', '1', '2', '3')
  await cli(url, 'payout', 'make', '--affiliate', 'ana')
  const lines = async (): Promise<string[]> => (await cli(url, 'payout', 'show', '1')).out.replaceAll(/(cmm|pay)_\w+/g, 'ID').trimEnd().split('\n')
  expect(await lines()).toEqual(['1  ID  ana  2.60 EUR  3 commissions  open', '  1  ID  1.00 EUR  in payout', '  2  ID  0.60 EUR  in payout', '  3  ID  1.00 EUR  in payout'])
  await cli(url, 'payout', 'cancel', '1')
  await cli(url, 'reject', '3')
  expect(await lines()).toEqual(['1  ID  ana  2.60 EUR  3 commissions  cancelled', '  1  ID  1.00 EUR  approved', '  2  ID  0.60 EUR  approved', '  3  ID  0.00 EUR  rejected (denied)'])
})

test('one is no plural', async () => {
  const { url } = await shop()
  expect((await cli(url, 'verify')).out).toBe('0 conversions, 0 ledger entries: all as it must be\n')
  await record(url, 'o-1')
  expect((await cli(url, 'verify')).out).toBe('1 conversion, 2 ledger entries: all as it must be\n')
})

test('trigger assign --since, tried and done', async () => {
  const { dir, url } = await shop()
  const since = new Date().toISOString()
  await cli(url, 'conversion', 'record', '--order', 'o-1', '--coupon', 'ben10', '--amount', '10.00')
  const args = ['trigger', 'assign', '--coupon', 'BEN10', '--affiliate', 'ben', '--since', since]
  const before = rowCounts({ dir })
  const settled = [{ conversionId: CNV, externalId: 'o-1', affiliateId: expect.stringMatching(/^aff_/), amountMinor: 100, currency: 'EUR' }]
  expect(await cliJson(url, ...args, '--dry-run')).toEqual({ code: 0, json: { id: null, kind: 'coupon', value: 'BEN10', since, dryRun: true, settled } })
  expect((await cli(url, ...args, '--dry-run')).out).toBe(`coupon BEN10 would be assigned since ${since}; 1 order would be settled by it\n  o-1  1.00 EUR\n`)
  expect(rowCounts({ dir })).toEqual(before)
  expect(await cliJson(url, ...args)).toEqual({ code: 0, json: { id: expect.stringMatching(/^trg_/), kind: 'coupon', value: 'BEN10', since, dryRun: false, settled } })
  expect(rowsOf({ dir }, 'select actor, action from audit')).toEqual([{ actor: 'cli', action: 'trigger assign since' }])
})

describe('wrong usage is exit 2', () => {
  test.each<[string[], RegExp]>([
    [['conversion', 'record', '--amount', '5'], /required option '--order/], [['refund'], /missing required argument 'order'/], [['approve'], /missing required argument 'id'/], [['reject'], /missing required argument/],
    [['adjust', '--bonus', '5'], /missing required argument/], [['credit', '--amount', '5'], /required option '--affiliate/], [['payout', 'make'], /required option '--affiliate/], [['payout', 'pay'], /missing required argument/],
    [['payout', 'burn', '1'], /unknown command/], [['commission', 'show'], /missing required argument/], [['approve', '1', '--force'], /unknown option '--force'/], [['trigger', 'assign', '--coupon', 'X'], /required option '--affiliate/],
    [['refund', 'a', 'b'], /too many arguments/], [['approve', '1', '--merchant', '0'], /not a whole number above 0/],
  ])('%j', async (args, says) => {
    // Nothing is opened before the words are understood.
    const { code, err } = await cli(`sqlite:${join(tempDir(), 'none', 'test.db')}`, ...args)
    expect([code, err]).toEqual([2, expect.stringMatching(says)])
  })
})

const order = (...more: string[]): string[] => ['conversion', 'record', '--order', 'n-1', ...more]

/** How it must say so, both ways. */
const refusal = (exit: number, code: string, says: RegExp): unknown => [{ code: exit, out: '', err: expect.stringMatching(says) }, { exit, code, message: expect.stringMatching(says) }]

describe('a refusal is exit 1, a wrong value exit 2, and both write nothing', () => {
  // So one shop serves every row.
  const ends: (() => void | Promise<void>)[] = []
  let place: Place
  beforeAll(async () => {
    place = await booked(1, (end) => ends.push(end))
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  /** What a command that must not work says, plainly and as JSON; throws where it wrote something. */
  async function refusalOf(args: string[]): Promise<unknown> {
    const { dir, url } = place
    const before = JSON.stringify(rowCounts({ dir }))
    const plain = await cli(url, ...args)
    const { code, json } = await cliJson<{ error: { code: string; message: string } }>(url, ...args)
    if (JSON.stringify(rowCounts({ dir })) !== before) throw new Error('it wrote something')
    return [plain, { exit: code, code: json.error.code, message: json.error.message }]
  }

  test.each<[string[], string, RegExp]>([
    [order('--amount', '5', '--affiliate', 'zoe'), 'INVALID', /there is no affiliate zoe/], [['refund', 'o-9'], 'NOT_FOUND', /no such conversion/], [['refund', 'o-1', '--amount', '10.01'], 'INVALID', /more than is left/],
    [['refund', 'o-1', '--item', 'A:1'], 'INVALID', /no line with this SKU/], [['approve', '1', '9'], 'NOT_FOUND', /no commission 9/], [['adjust', '1', '--deduction', '1.01'], 'INVALID', /below 0/],
    [['adjust', '9', '--bonus', '1'], 'NOT_FOUND', /no commission 9/], [['credit', '--affiliate', 'ana', '--order', 'o-1'], 'CONFLICT', /has a commission on this order already/],
    [['credit', '--affiliate', 'ben', '--order', 'o-1', '--test'], 'NOT_FOUND', /no such conversion/], [['payout', 'make', '--affiliate', 'ana'], 'CONFLICT', /NOTHING_TO_PAY/], [['payout', 'pay', '1'], 'NOT_FOUND', /no payout 1/],
    [['payout', 'show', 'x'], 'NOT_FOUND', /no payout x/], [['commission', 'show', 'x'], 'NOT_FOUND', /no commission x/], [['payout', 'list', '--affiliate', 'zoe'], 'INVALID', /no affiliate zoe/],
    [['approve', '1', '--merchant', '7'], 'NOT_FOUND', /There is no merchant 7/],
  ])('the book refuses: %j', async (args, code, says) => {
    expect(await refusalOf(args)).toEqual(refusal(1, code, says))
  })

  test.each<[string[], RegExp]>([
    [order(), /amount: is needed where there are no items/], [order('--amount', '-1'), /amount: must not be negative/], [order('--amount', 'ten'), /amount/], [order('--item', 'MUG'), /item: must be SKU:quantity:price/],
    [order('--item', 'MUG:0:5'), /quantity: must be at least 1/], [order('--item', 'MUG:1:-5'), /price must not be negative/], [order('--amount', '5', '--currency', 'XXX'), /currency/],
    [order('--amount', '5', '--kind', 'gift'), /kind: must be one of/], [order('--amount', '5', '--at', 'yesterday'), /at: must be a time/], [order('--amount', '5', '--email', 'kim'), /email: must be an e-mail/],
    [['refund', 'o-1', '--amount', '0'], /more than 0/], [['refund', 'o-1', '--amount', '1', '--item', 'A:1'], /either an amount or items/], [['refund', 'o-1', '--item', 'A'], /SKU:quantity/],
    [['reject', '1', '--reason', 'bored'], /reason: must be one of: denied, unqualified/], [['adjust', '1'], /give one of bonus, deduction and correction/],
    [['adjust', '1', '--bonus', '1', '--deduction', '1'], /give one of/], [['adjust', '1', '--bonus', '-1'], /must not be negative/], [['credit', '--affiliate', 'ben'], /either an amount or an order/],
    [['credit', '--affiliate', 'ben', '--amount', '1', '--order', 'o-1'], /either an amount or an order/], [['credit', '--affiliate', 'ben', '--amount', '1', '--transfer'], /needs an order/],
    [['commission', 'list', '--status', 'lost'], /status: must be one of: pending/], [['commission', 'list', '--after', 'x'], /after: must be a number/],
    [['trigger', 'assign', '--coupon', 'X', '--affiliate', 'ben', '--dry-run'], /since: is needed for a dry run/], [['trigger', 'assign', '--coupon', 'X', '--affiliate', 'ben', '--since', 'May'], /since: must be a time/],
    [['trigger', 'assign', '--coupon', 'X', '--affiliate', 'ben', '--since', '2999-01-01T00:00:00Z'], /must not be in the future/],
    [order('--amount', '5', '--at', '2999-01-01T00:00:00Z'), /at: must not be in the future/], [['merchant', 'update'], /give at least one thing to change/],
  ])('wrong whatever the book says: %j', async (args, says) => {
    expect(await refusalOf(args)).toEqual(refusal(2, 'INVALID', says))
  })
})
