import { describe, expect, test } from 'vitest'
import type { OrderInput } from '../../shared/wire/book.ts'
import type { TriggerInput } from '../../shared/wire/settings.ts'
import { balancesOf, BY, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { HOUR_MS, NOON_MS } from '../helpers/collector.ts'
import { refusedUse, rowCounts, rowsOf } from '../helpers/rows.ts'

const assignSince = ({ services }: Shop, input: TriggerInput, { sinceMs = NOON_MS, dryRun = false }: { sinceMs?: number; dryRun?: boolean } = {}) => services.triggers.assignSince(input, { sinceMs, dryRun, acting: BY })
const owned = (shop: Shop): unknown[] => rowsOf(shop, 'select c.external_id as "order", m.affiliate_id as whom, m.minor from commissions m join conversions c on c.id = m.conversion_id order by m.number')

/** A shop whose orders came an hour after it opened, and a day has passed. */
async function dayLater(...orders: (Partial<OrderInput> & { order: string })[]): Promise<Shop & { cleo: string }> {
  const shop = await shopOfThree()
  shop.clock.nowMs += HOUR_MS
  for (const order of orders) await record(shop, order)
  shop.clock.nowMs += 24 * HOUR_MS
  return shop
}

const ITEMS = [{ sku: 'TEE', quantity: 1, price: '40.00' }, { sku: 'mug', quantity: 2, price: '15.00' }]

describe('tried first, then done', () => {
  test.each<[string, Partial<OrderInput>, TriggerInput, number]>([
    ['a coupon', { coupons: ['ben10'] }, { coupon: 'Ben10', affiliate: 'ben' }, 100],
    ['the second of two coupons', { coupons: ['X', 'BEN10'] }, { coupon: 'BEN10', affiliate: 'ben' }, 100],
    ['an address', { email: 'Kim@customer.example' }, { email: 'kim@Customer.example', affiliate: 'ben' }, 100],
    ["a SKU's lines", { items: ITEMS }, { sku: 'Mug', affiliate: 'ben' }, 300],
    ['a SKU that needs quoting', { items: [{ sku: 'MUG "L"\\', quantity: 1, price: '10.00' }] }, { sku: 'mug "l"\\', affiliate: 'ben' }, 100],
  ])('%s', async (_what, order, input, minor) => {
    const shop = await dayLater({ order: 'o-1', ...order }, { order: 'o-2' })
    const before = rowCounts(shop)
    const tried = await assignSince(shop, input, { dryRun: true })
    expect(tried).toMatchObject({ dryRun: true, settled: [{ externalId: 'o-1', affiliateId: shop.ben, minor, currency: 'EUR' }] })
    expect([rowCounts(shop), shop.services.triggers.list()]).toEqual([before, []])

    const done = await assignSince(shop, input)
    expect({ ...done, dryRun: true, trigger: undefined }).toEqual({ ...tried, trigger: undefined })
    expect([owned(shop), balancesOf(shop)]).toEqual([[{ order: 'o-1', whom: shop.ben, minor }], { pending: -minor, expense: minor }])
    expect(rowsOf(shop, 'select marks, attributed from conversions order by number')).toEqual([{ marks: '["LATE_ARRIVAL"]', attributed: 1 }, { marks: '[]', attributed: 0 }])
    expect(shop.services.triggers.list()).toMatchObject([{ number: 1, affiliateId: shop.ben, validFromMs: NOON_MS, recordedAtMs: shop.clock.nowMs }])
  })
})

test('an address settles the orders that name only a session of that customer', async () => {
  const shop = await dayLater()
  await shop.services.affiliates.update('cleo', { status: 'disabled' })
  const session = await visited(shop, { code: 'cleo' })
  await record(shop, { order: 'o-1', session, email: 'kim@customer.example' })
  await record(shop, { order: 'o-2', session })
  const { settled } = await assignSince(shop, { email: 'kim@customer.example', affiliate: 'ben' })
  expect(settled.map(({ externalId, affiliateId }) => [externalId, affiliateId])).toEqual([['o-1', shop.ben], ['o-2', shop.ben]])
  // So would the trigger, had it been assigned in time.
  expect((await record(shop, { order: 'o-3', session })).commissions).toMatchObject([{ affiliateId: shop.ben }])
})

test('the audit says how many, and not whose address', async () => {
  const shop = await dayLater({ order: 'o-1', email: 'kim@customer.example' })
  await assignSince(shop, { email: 'kim@customer.example', affiliate: 'ben' })
  const [{ detail, ...row } = { detail: '' }] = rowsOf<{ detail: string }>(shop, 'select actor, action, detail from audit')
  expect([row, JSON.parse(detail)]).toEqual([{ actor: 'tester', action: 'trigger assign since' }, { kind: 'email', value: null, affiliateId: shop.ben, validFromMs: NOON_MS, settled: 1 }])
})

test('attributed orders, those before the time, and fully refunded ones stay as they are', async () => {
  const shop = await dayLater({ order: 'early', coupons: ['BEN10'] })
  const sinceMs = shop.clock.nowMs
  await record(shop, { order: 'won', coupons: ['BEN10'], affiliate: 'ana' })
  await record(shop, { order: 'refunded', coupons: ['BEN10'] })
  await shop.services.refunds.refund({ merchantId: 1, order: 'refunded', request: () => ({ kind: 'full' }) }, BY)
  await record(shop, { order: 'part', coupons: ['BEN10'] })
  await shop.services.refunds.refund({ merchantId: 1, order: 'part', request: () => ({ kind: 'amount', minor: 250 }) }, BY)
  shop.clock.nowMs += HOUR_MS
  const before = rowsOf(shop, "select * from receipts where conversion_id = (select id from conversions where external_id = 'won')")
  const { settled } = await assignSince(shop, { coupon: 'BEN10', affiliate: 'ben' }, { sinceMs })
  expect(settled).toMatchObject([{ externalId: 'part', minor: 100, remainsMinor: 75 }])
  expect(settled).toHaveLength(1)
  expect(owned(shop)).toEqual([{ order: 'won', whom: shop.ana, minor: 100 }, { order: 'part', whom: shop.ben, minor: 100 }])
  expect(rowsOf(shop, "select * from receipts where conversion_id = (select id from conversions where external_id = 'won')")).toEqual(before)
  expect(balancesOf(shop, { affiliate: shop.ben })['pending']).toBe(-75)
})

test('an order exactly at the time is settled, one a millisecond earlier is not', async () => {
  const shop = await dayLater({ order: 'o-1', coupons: ['BEN10'] })
  const atMs = NOON_MS + HOUR_MS
  expect((await assignSince(shop, { coupon: 'BEN10', affiliate: 'ben' }, { sinceMs: atMs + 1, dryRun: true })).settled).toEqual([])
  expect((await assignSince(shop, { coupon: 'BEN10', affiliate: 'ben' }, { sinceMs: atMs })).settled).toHaveLength(1)
})

test('an affiliate who was not enrolled then, or bought it themselves, is given nothing', async () => {
  const shop = await dayLater({ order: 'o-1', coupons: ['DAN10'] }, { order: 'o-2', coupons: ['ANA10'], email: 'ana@partner.example' })
  await shop.services.affiliates.create({ campaign: shop.campaignId, email: 'dan@partner.example', code: 'dan' }, shop.merchantId)
  expect((await assignSince(shop, { coupon: 'DAN10', affiliate: 'dan' })).settled).toEqual([])
  expect((await assignSince(shop, { coupon: 'ANA10', affiliate: 'ana' })).settled).toEqual([])
})

test('what it settles uses up a month’s cap in the order in which the orders came', async () => {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { capMonth: ['2.50'] })
  shop.clock.nowMs += HOUR_MS
  for (const order of ['o-1', 'o-2', 'o-3', 'o-4']) {
    await record(shop, { order, coupons: ['BEN10'] })
    shop.clock.nowMs += 1
  }
  const { settled } = await assignSince(shop, { coupon: 'BEN10', affiliate: 'ben' })
  expect(settled.map(({ externalId, minor }) => [externalId, minor])).toEqual([['o-1', 100], ['o-2', 100], ['o-3', 50], ['o-4', 0]])
})

test.each<[string, TriggerInput, number, { code: string; fields: string[]; message: RegExp }]>([
  ['a time to come', { coupon: 'NEW', affiliate: 'ben' }, 1, { code: 'INVALID', fields: ['since'], message: /must not be in the future/ }],
  ['what is assigned already', { coupon: 'taken', affiliate: 'ben' }, 0, { code: 'CONFLICT', fields: ['coupon'], message: /TAKEN is trigger 1 already, of another affiliate/ }],
  ['nobody', { coupon: 'NEW', affiliate: 'zoe' }, 0, { code: 'INVALID', fields: ['affiliate'], message: /there is no affiliate zoe/ }],
  ['nothing', { affiliate: 'ben' }, 0, { code: 'INVALID', fields: ['coupon'], message: /one of coupon, sku and email/ }],
])('%s is refused, tried or done', async (_what, input, aheadMs, { message, ...refusal }) => {
  const shop = await shopOfThree()
  await shop.services.triggers.assign({ coupon: 'TAKEN', affiliate: 'ana' })
  for (const dryRun of [true, false]) expect(await refusedUse(shop, () => assignSince(shop, input, { sinceMs: NOON_MS + aheadMs, dryRun }))).toEqual({ ...refusal, message: expect.stringMatching(message), written: [] })
})

test('of two who assign a coupon at the same time one gets it, and the other is told', async () => {
  const shop = await dayLater({ order: 'o-1', coupons: ['RACE'] })
  const [first, second] = await Promise.allSettled(['ana', 'ben'].map((affiliate) => assignSince(shop, { coupon: 'RACE', affiliate })))
  expect([first?.status, second]).toEqual(['fulfilled', { status: 'rejected', reason: expect.objectContaining({ code: 'CONFLICT', message: expect.stringContaining('of another affiliate') }) }])
  expect(owned(shop)).toEqual([{ order: 'o-1', whom: shop.ana, minor: 100 }])
})

test('a coupon that was another’s then stays theirs for that time', async () => {
  const shop = await shopOfThree()
  await shop.services.triggers.assign({ coupon: 'SAVE', affiliate: 'ana' })
  shop.clock.nowMs += HOUR_MS
  await shop.services.triggers.end('1')
  await record(shop, { order: 'between', coupons: ['SAVE'] })
  shop.clock.nowMs += HOUR_MS
  expect(await refusedUse(shop, () => assignSince(shop, { coupon: 'SAVE', affiliate: 'ben' }))).toMatchObject({ code: 'CONFLICT', fields: ['coupon'], written: [] })
  expect((await assignSince(shop, { coupon: 'SAVE', affiliate: 'ben' }, { sinceMs: NOON_MS + HOUR_MS })).settled).toMatchObject([{ externalId: 'between' }])
})
