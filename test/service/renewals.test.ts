import { describe, expect, test } from 'vitest'
import { BY, balancesOf, earnedBy, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

const DAY_MS = 24 * HOUR_MS
type Terms = Parameters<Shop['services']['campaigns']['update']>[1]

async function shopWith(terms: Terms = { recurring: 'life' }): Promise<Shop & { cleo: string }> {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, terms)
  shop.clock.nowMs += 1
  return shop
}
/** A payment of a subscription: what it earns whom. */
const pay = async (shop: Shop, order: string, more: Partial<Parameters<typeof record>[1]> = {}): Promise<Record<string, number>> => earnedBy(shop, await record(shop, { order, subscription: 'sub-1', ...more }))
const marksOf = (shop: Shop, order: string): string | undefined => rowsOf<{ marks: string }>(shop, 'select marks from conversions where external_id = ?', order)[0]?.marks
const reject = (shop: Shop, reason: 'denied' | 'unqualified') => shop.services.commissions.reject({ merchantId: 1, names: ['1'], reason }, BY)
const refund = (shop: Shop, order: string) => shop.services.refunds.refund({ merchantId: 1, order, request: () => ({ kind: 'full' }) }, BY)

test('a renewal pays the first winner, whatever is known of it, under the terms of the first payment', async () => {
  const shop = await shopWith()
  expect(await pay(shop, 'first', { affiliate: 'ana' })).toEqual({ ana: 100 })
  shop.clock.nowMs += 40 * DAY_MS
  await shop.services.campaigns.update(shop.campaignId, { percent: '50', recurring: 'first', archived: true })
  shop.clock.nowMs += 1
  expect(await pay(shop, 'second', { affiliate: 'ben', amount: '30.00' })).toEqual({ ana: 300 })
  expect([marksOf(shop, 'first'), marksOf(shop, 'second')]).toEqual(['[]', '["RENEWAL"]'])
})

test('by default the first payment alone pays; the renewal is attributed and shown rejected', async () => {
  const shop = await shopWith({ recurring: 'first' })
  await pay(shop, 'first', { affiliate: 'ana' })
  shop.clock.nowMs += DAY_MS
  expect(await pay(shop, 'second')).toEqual({})
  const body = { externalId: 'second', conversionType: 'SALE', amount: 1000, currency: 'EUR', sessionId: 's-1' }
  expect((await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body })).body.data).toMatchObject({ attributed: true, commissionId: null, commissionAmount: 0, status: 'REJECTED' })
  const tracked = { orderId: 'second', amount: 10, currency: 'EUR', sessionId: 's-1' }
  expect((await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: tracked })).body.data).toMatchObject({ attributed: true, status: 'REJECTED' })
})

describe('N months', () => {
  test.each<[string, string, string, number]>([
    ['the last millisecond', '2026-01-31T10:00:00.000Z', '2026-02-28T09:59:59.999Z', 100],
    ['a clamped day, its end', '2026-01-31T10:00:00.000Z', '2026-02-28T10:00:00.000Z', -1],
    ['over the spring change of the zone', '2026-03-15T10:00:00.000Z', '2026-04-15T08:59:59.999Z', 100],
    ['over the spring change, the same local time', '2026-03-15T10:00:00.000Z', '2026-04-15T09:00:00.000Z', -1],
  ])('%s', async (_what, first, second, earned) => {
    const clock = { nowMs: Date.UTC(2026, 0, 1) }
    const shop = await shopOfThree({ clock })
    await shop.services.merchants.update({ timezone: 'Europe/Berlin' })
    await shop.services.campaigns.update(shop.campaignId, { recurring: 1 })
    clock.nowMs = Date.UTC(2026, 5, 1)
    await pay(shop, 'first', { affiliate: 'ana', at: first })
    expect((await pay(shop, 'second', { at: second }))['ana'] ?? -1).toBe(earned)
  })
})

describe('what became of the first payment', () => {
  test.each<[string, (shop: Shop) => Promise<unknown>, Record<string, number>]>([
    ['approved', (shop) => shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY), { ana: 100 }],
    ['refunded', (shop) => refund(shop, 'first'), { ana: 100 }],
    ['denied', (shop) => reject(shop, 'denied'), {}],
    ['unqualified', (shop) => reject(shop, 'unqualified'), {}],
    ['its affiliate disabled', (shop) => shop.services.affiliates.update('ana', { status: 'disabled' }), {}],
    ['its affiliate left the campaign', (shop) => shop.services.affiliates.update('ana', { leave: '1' }), { ana: 100 }],
    ['transferred', (shop) => shop.services.credits.creditOrder({ merchantId: 1, order: 'first', affiliate: 'ben', approved: true, transfer: true }, BY), { ben: 100 }],
    ['credited to a second', (shop) => shop.services.credits.creditOrder({ merchantId: 1, order: 'first', affiliate: 'ben', approved: true, transfer: false }, BY), { ana: 100 }],
  ])('%s', async (_what, meanwhile, earned) => {
    const shop = await shopWith()
    await pay(shop, 'first', { affiliate: 'ana' })
    await meanwhile(shop)
    shop.clock.nowMs += 30 * DAY_MS
    expect(await pay(shop, 'second')).toEqual(earned)
  })
})

test('winners earn by their weights, and the part of one who is inactive goes to nobody', async () => {
  const shop = await shopWith({ recurring: 'life', model: 'linear' })
  const session = await visited(shop, { code: 'ana' })
  shop.clock.nowMs += HOUR_MS
  await visited(shop, { code: 'ben', session })
  expect(await pay(shop, 'first', { session })).toEqual({ ana: 50, ben: 50 })
  shop.clock.nowMs += DAY_MS
  expect(await pay(shop, 'second')).toEqual({ ana: 50, ben: 50 })
  await shop.services.affiliates.update('ana', { status: 'disabled' })
  shop.clock.nowMs += DAY_MS
  expect(await pay(shop, 'third')).toEqual({ ben: 50 })
})

test('the SKUs carved out at the first payment are carved out again; one that is new is not', async () => {
  const shop = await shopWith()
  await shop.services.triggers.assign({ sku: 'MUG', affiliate: 'cleo' })
  shop.clock.nowMs += 1
  const items = [{ sku: 'TEE', quantity: 1, price: '40.00' }, { sku: 'MUG', quantity: 1, price: '10.00' }]
  expect(await pay(shop, 'first', { affiliate: 'ana', items })).toEqual({ ana: 400, cleo: 100 })
  await shop.services.triggers.end('1')
  await shop.services.triggers.assign({ sku: 'TEE', affiliate: 'ben' })
  shop.clock.nowMs += 1
  expect(await pay(shop, 'second', { items })).toEqual({ ana: 400, cleo: 100 })
})

test('the first payment is the first sale above nothing that somebody won; trials are none; test and live are apart', async () => {
  const shop = await shopWith()
  await pay(shop, 'trial', { kind: 'trial', amount: '0', affiliate: 'cleo' })
  expect(await pay(shop, 'nobodys')).toEqual({})
  expect(await pay(shop, 'tested', { affiliate: 'ben', test: true })).toEqual({ ben: 100 })
  expect(await pay(shop, 'first', { affiliate: 'ana' })).toEqual({ ana: 100 })
  shop.clock.nowMs += 1
  expect([await pay(shop, 'second', { affiliate: 'cleo' }), await pay(shop, 'tested-2', { test: true })]).toEqual([{ ana: 100 }, { ben: 100 }])
  expect(['trial', 'nobodys', 'first', 'second'].map((order) => marksOf(shop, order))).toEqual(['[]', '[]', '[]', '["RENEWAL"]'])
  expect(await pay(shop, 'other', { affiliate: 'cleo', subscription: 'sub-2' })).toEqual({ cleo: 100 })
})

test('renewals use tiers anew and the month’s cap of the pinned terms, and are refunded on their own', async () => {
  const shop = await shopWith({ recurring: 'life', percent: '10', tier: ['10.00=20'], capMonth: ['5.00'] })
  expect([await pay(shop, 'first', { affiliate: 'ana' }), await pay(shop, 'r-1'), await pay(shop, 'r-2'), await pay(shop, 'r-3')]).toEqual([{ ana: 100 }, { ana: 200 }, { ana: 200 }, { ana: 0 }])
  await refund(shop, 'r-1')
  expect(balancesOf(shop)).toEqual({ pending: -300, expense: 300 })
})

test('over the API, by subscriptionId', async () => {
  const shop = await shopWith()
  const session = await visited(shop)
  const body = { conversionType: 'SALE', amount: 1000, currency: 'EUR', sessionId: session, subscriptionId: 'sub-9' }
  expect((await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { ...body, externalId: 'a' } })).body.data).toMatchObject({ commissionAmount: 100 })
  shop.clock.nowMs += 90 * DAY_MS
  expect((await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { ...body, externalId: 'b', sessionId: 'elsewhere' } })).body.data).toMatchObject({ commissionAmount: 100, attributed: true })
  expect((await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { amount: 20, currency: 'EUR', orderId: 'c', sessionId: 'elsewhere', subscriptionId: 'sub-9' } })).body.data).toMatchObject({ attributed: true, affiliateId: shop.ana })
})
