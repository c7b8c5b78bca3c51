import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import { balancesOf, BY, commissionsOf, record, type Shop } from '../helpers/book.ts'
import { startCollector } from '../helpers/collector.ts'
import { refusedUse, rowCounts, rowsOf } from '../helpers/rows.ts'

const amount = (minor: number): RefundRequest => ({ kind: 'amount', minor })
const items = (...units: [string, number][]): RefundRequest => ({ kind: 'items', items: units.map(([sku, quantity]) => ({ sku, quantity })) })
const FULL: RefundRequest = { kind: 'full' }

const refund = (shop: Shop, request: RefundRequest, more: { order?: string; key?: string; mode?: 'live' | 'test' } = {}) =>
  shop.services.refunds.refund({ merchantId: shop.merchantId, order: 'o-1', ...more, request: () => request }, BY)
const approve = (shop: Shop, ...names: string[]) => shop.services.commissions.approve({ merchantId: shop.merchantId, names }, BY)
/** What each refund took from the first commission. */
const clawed = (shop: Shop): number[] => rowsOf<{ minor: number }>(shop, "select e.minor from ledger_transactions t join ledger_entries e on e.transaction_id = t.id and e.merchant_id = t.merchant_id where t.event like 'refunded%' and e.minor > 0 order by t.number").map(({ minor }) => minor)

async function campaignOf(terms: Parameters<Shop['services']['campaigns']['update']>[1]): Promise<Shop> {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, terms)
  return shop
}

test.each<[string, Parameters<Shop['services']['campaigns']['update']>[1], string, RefundRequest[], number[]]>([
  ['three parts of an order of 5 % (ENGINE 7.1)', { percent: '5' }, '10.00', [amount(333), amount(333), amount(334)], [17, 16, 17]],
  ['parts of one that was capped (ENGINE 7.1)', { percent: '10', capOrder: ['50.00'] }, '2000.00', [amount(50_000), FULL], [1250, 3750]],
  ['parts of a flat rate', { flat: ['5.00'] }, '30.00', [amount(1000), amount(1000), amount(1000)], [167, 166, 167]],
  ['a part, and then the rest', { percent: '10' }, '10.00', [amount(999), FULL], [100]],
  ['one minor unit at a time', { percent: '50' }, '0.05', [amount(1), amount(1), amount(1), amount(1), amount(1)], [1, 1, 1]],
])('refunds of %s claw exactly what was booked', async (...[, terms, total, requests, expected]) => {
  const shop = await campaignOf(terms)
  await record(shop, { order: 'o-1', amount: total, affiliate: 'ana' })
  for (const request of requests) await refund(shop, request)
  expect(clawed(shop)).toEqual(expected)
  expect([commissionsOf(shop)[0]?.[0], balancesOf(shop)]).toEqual(['REJECTED refunded', {}])
})

describe('an order of lines', () => {
  const LINES = { order: 'o-1', affiliate: 'ana', discount: '7.00', tax: '5.00', shipping: '4.00', items: [{ sku: 'tee', quantity: 1, price: '40.00' }, { sku: 'MUG', quantity: 3, price: '10.00' }] }
  // Net 3600 and 2700: earns 360 and 270; the reported total is 7000 - 700 + 500 + 400 = 7200.
  test.each<[string, RefundRequest[], number[]]>([
    ['units of one SKU', [items(['MUG', 1]), items(['MUG', 1]), items(['MUG', 1])], [90, 90, 90]],
    ['a whole line, and then the rest', [items(['TEE', 1]), FULL], [360, 270]],
    ['two SKUs at once', [items(['TEE', 1], ['MUG', 2])], [540]],
    ['half of the total: half of the base', [amount(3600)], [315]],
    ['an amount and then a unit', [amount(3600), items(['MUG', 1])], [315, 90]],
    ['the whole total', [amount(7200)], [630]],
  ])('%s', async (_what, requests, expected) => {
    const shop = await startCollector()
    expect((await record(shop, LINES)).order.amount.minor).toBe(7200)
    for (const request of requests) await refund(shop, request)
    expect(clawed(shop)).toEqual(expected)
    expect(balancesOf(shop)['expense'] ?? 0).toBe(630 - expected.reduce((sum, minor) => sum + minor, 0))
  })

  test.each<[string, RefundRequest[], RefundRequest, string, string | undefined, RegExp]>([
    ['more than the total', [], amount(7201), 'INVALID', 'amount', /more than is left of the order/],
    ['more than is left of it', [amount(7000)], amount(201), 'INVALID', 'amount', /more than is left/],
    ['an amount that is left of the total, and not of its lines', [items(['MUG', 3])], amount(6000), 'INVALID', 'amount', /more than is left of the order/],
    ['an unknown SKU', [], items(['CUP', 1]), 'INVALID', 'items', /no line with this SKU/],
    ['more units than were ordered', [], items(['MUG', 4]), 'INVALID', 'items', /more than is left/],
    ['more units than are left', [items(['MUG', 2])], items(['TEE', 1], ['MUG', 2]), 'INVALID', 'items', /more than is left/],
    ['the same unit named twice', [], items(['TEE', 1], ['TEE', 1]), 'INVALID', 'items', /more than is left/],
    ['what is refunded already', [FULL], FULL, 'CONFLICT', undefined, /fully refunded already/],
    ['an amount of what is refunded', [items(['TEE', 1], ['MUG', 3])], amount(1), 'CONFLICT', undefined, /fully refunded already/],
  ])('refuses %s', async (...[, before, request, code, field, says]) => {
    const shop = await startCollector()
    await record(shop, LINES)
    for (const earlier of before) await refund(shop, earlier)
    expect(await refusedUse(shop, () => refund(shop, request, { key: 'k' }))).toEqual({ code, fields: field === undefined ? [] : [field], message: expect.stringMatching(says), written: [] })
  })

  test('a refused refund uses up no id', async () => {
    const shop = await startCollector()
    await record(shop, LINES)
    await expect(refund(shop, amount(7201), { key: 'k' })).rejects.toThrow(/more than is left/)
    expect((await refund(shop, FULL, { key: 'k' })).created).toBe(true)
  })
})

test('what refunds do by the state of the commission: each takes from where the money stands', async () => {
  const shop = await startCollector()
  for (const order of ['pending', 'approved', 'paid']) await record(shop, { order, affiliate: 'ana' })
  await approve(shop, '3')
  const { id } = await shop.services.payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY)
  await shop.services.payouts.change('pay', { merchantId: 1, payout: id }, BY)
  await approve(shop, '2')
  for (const order of ['pending', 'approved', 'paid']) await refund(shop, amount(400), { order })
  expect(commissionsOf(shop)).toEqual([['PENDING', 100, 40, 60], ['APPROVED', 100, 40, 60], ['PAID', 100, 40, 100]])
  expect(balancesOf(shop)).toEqual({ pending: -60, payable: -60, clawback: 40, cash: -100, expense: 180 })
  for (const order of ['pending', 'approved', 'paid']) await refund(shop, FULL, { order })
  expect(commissionsOf(shop)).toEqual([['REJECTED refunded', 100, 100, 0], ['REJECTED refunded', 100, 100, 0], ['PAID', 100, 100, 100]])
  expect(balancesOf(shop)).toEqual({ clawback: 100, cash: -100 })
})

test('a key is booked once, whatever a repeat says; another order may use it too', async () => {
  const shop = await startCollector()
  for (const order of ['o-1', 'o-2']) await record(shop, { order, affiliate: 'ana' })
  const first = await refund(shop, amount(500), { key: 'r-1' })
  const before = rowCounts(shop)
  const again = await refund(shop, amount(900), { key: 'r-1' })
  expect([again.created, again.refund]).toEqual([false, first.refund])
  expect(rowCounts(shop)).toEqual(before)
  expect((await refund(shop, amount(500), { key: 'r-1', order: 'o-2' })).created).toBe(true)
  expect((await refund(shop, amount(500))).created).toBe(true)
})

test('two refunds of 60 % at once: one is booked', async () => {
  const shop = await startCollector()
  await record(shop, { order: 'o-1', affiliate: 'ana' })
  const both = await Promise.allSettled([refund(shop, amount(600)), refund(shop, amount(600))])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(balancesOf(shop)).toEqual({ pending: -40, expense: 40 })
})

test('a sale is meant before a lead of the same id, a live one before a test; a key sees its own mode alone', async () => {
  const shop = await startCollector()
  await record(shop, { order: 'o-1', affiliate: 'ana', test: true })
  await record(shop, { order: 'o-1', affiliate: 'ana', kind: 'lead' })
  const sale = await record(shop, { order: 'o-1', affiliate: 'ana' })
  expect((await refund(shop, FULL)).conversion.order.id).toBe(sale.order.id)
  expect((await refund(shop, FULL, { mode: 'test' })).conversion.order.mode).toBe('test')
  await record(shop, { order: 'o-2', affiliate: 'ana' })
  expect(await refusedUse(shop, () => refund(shop, FULL, { order: 'o-2', mode: 'test' }))).toEqual({ code: 'NOT_FOUND', fields: [], message: 'There is no such conversion.', written: [] })
})

test('an order that nobody won takes refunds, and what settles it later is less them; a fully refunded one is not settled', async () => {
  const shop = await startCollector()
  for (const order of ['o-1', 'o-2']) await record(shop, { order })
  await refund(shop, amount(400))
  await refund(shop, FULL, { order: 'o-2' })
  expect(commissionsOf(shop)).toEqual([])
  for (const order of ['o-1', 'o-2']) await record(shop, { order, affiliate: 'ana' })
  expect(commissionsOf(shop)).toEqual([['PENDING', 100, 40, 60]])
  expect(balancesOf(shop)).toEqual({ pending: -60, expense: 60 })
})

test('whatever is refunded in whatever parts, what is clawed is half up of the whole, and the books hold', async () => {
  const shop = await startCollector()
  let orders = 0
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), fc.array(fc.integer({ min: 1, max: 2500 }), { maxLength: 6 }), async (total, parts) => {
    orders += 1
    const order = `p-${orders}`
    const { commissions: [first] } = await record(shop, { order, amount: (total / 100).toFixed(2), affiliate: 'ana' })
    let taken = 0
    for (const part of parts) {
      const before = taken
      await refund(shop, amount(part), { order }).then(({ refund: { minor } }) => (taken += minor), () => undefined)
      expect(taken).toBe(before + (before + part > total ? 0 : part))
    }
    const [row] = rowsOf<{ clawed_minor: number }>(shop, 'select clawed_minor from commissions where id = ?', first?.id)
    expect(row?.clawed_minor).toBe(Math.floor((2 * (first?.totalMinor ?? 0) * taken + total) / (2 * total)))
  }), { seed: 20_261_121, numRuns: 30 })
  balancesOf(shop)
})
