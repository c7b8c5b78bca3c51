import { describe, expect, test } from 'vitest'
import { emailHash } from '../../collector/service/identity.ts'
import { verify } from '../../collector/service/verify.ts'
import { BROWSER_SITE, DAY_MS } from '../../shared/limits.ts'
import { balancesOf, BY, commissionsOf, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { rowsOf } from '../helpers/rows.ts'

/** The order that a thank-you page tells of. */
async function byPage(shop: Shop, { order = '1', session, minor = 1000 }: { order?: string; session: string; minor?: number }): Promise<{ status: number; body: string }> {
  return shop.services.conversions.record(
    { merchantId: shop.merchantId, mode: 'live', kind: 'sale', externalId: order, amount: { minor, currency: 'EUR' }, metadata: null, identifiers: [{ kind: 'session', value: session }], byBrowser: session },
    { render: ({ conversion, created }) => ({ status: created ? 201 : 200, body: conversion.order.id }) },
  )
}
const ordersOf = (shop: Shop) => rowsOf(shop, 'select external_id as name, site, minor, attributed from conversions order by number')

describe('an order that only a browser told of', () => {
  test('earns, waits for a person for ever, and says why', async () => {
    const shop = await shopOfThree()
    await shop.services.campaigns.update(shop.campaignId, { holdDays: 0 })
    await byPage(shop, { session: await visited(shop) })
    shop.clock.nowMs += 90 * DAY_MS
    expect(await shop.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 0 })
    expect(commissionsOf(shop)).toEqual([['PENDING', 100, 0, 100]])
    expect((await shop.services.conversions.find(shop.merchantId, '1')).marks).toEqual(['TOLD_BY_BROWSER'])
    await shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY)
    expect(commissionsOf(shop)).toEqual([['APPROVED', 100, 0, 100]])
  })

  test('is known when it is told again', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    const first = await byPage(shop, { session })
    expect(await byPage(shop, { session, minor: 9900 })).toEqual({ status: 200, body: first.body })
    expect(ordersOf(shop)).toEqual([{ name: '1', site: `${BROWSER_SITE} ${session}`, minor: 1000, attributed: 1 }])
  })

  test('adds nothing to one that the shop told of', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    const { order } = await record(shop, { order: '1' })
    expect(await byPage(shop, { session })).toEqual({ status: 200, body: order.id })
    expect(ordersOf(shop)).toEqual([{ name: '1', site: '', minor: 1000, attributed: 0 }])
  })
})

describe('two visitors tell of one order id', () => {
  test('and neither takes it from the other: a person decides, or the shop', async () => {
    const shop = await shopOfThree()
    await byPage(shop, { session: await visited(shop, { code: 'ben' }), minor: 99_900 })
    await byPage(shop, { session: await visited(shop), minor: 2000 })
    expect(commissionsOf(shop).map(([status, minor]) => [status, minor])).toEqual([['PENDING', 9990], ['PENDING', 200]])
    await record(shop, { order: '1', codes: ['ana'], amount: '20.00' })
    expect(commissionsOf(shop).map(([status, minor]) => [status, minor])).toEqual([['REJECTED refunded', 9990], ['REJECTED refunded', 200], ['PENDING', 200]])
    expect((await verify(shop)).problems).toEqual([])
  })
})

describe('the shop tells of it later', () => {
  test('and its word is the order: the other is taken back, and counts once', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    await byPage(shop, { session, minor: 99_900 })
    await record(shop, { order: '1', codes: ['ben'] })
    await record(shop, { order: '1', codes: ['ben'] })
    expect(ordersOf(shop)).toEqual([{ name: '1', site: `${BROWSER_SITE} ${session}`, minor: 99_900, attributed: 1 }, { name: '1', site: '', minor: 1000, attributed: 1 }])
    expect(commissionsOf(shop)).toEqual([['REJECTED refunded', 9990, 9990, 0], ['PENDING', 100, 0, 100]])
    expect(balancesOf(shop)).toEqual({ expense: 100, pending: -100 })
    expect((await shop.services.conversions.find(shop.merchantId, '1')).order.amount.minor).toBe(1000)
    expect((await verify(shop)).problems).toEqual([])
  })

  test('even when the first was paid: that is owed back', async () => {
    const shop = await shopOfThree()
    await byPage(shop, { session: await visited(shop) })
    await shop.services.settlements.pay({ merchantId: 1, names: ['1'], method: 'bank' }, BY)
    await record(shop, { order: '1', codes: ['ana'] })
    expect(balancesOf(shop)).toEqual({ expense: 100, pending: -100, clawback: 100, cash: -100 })
    expect((await verify(shop)).problems).toEqual([])
  })

  test('and one that nobody had won is not settled any more', async () => {
    const shop = await shopOfThree()
    const session = 'a-session'
    await byPage(shop, { session })
    await record(shop, { order: '1', session })
    await shop.services.touches.visit({ session, url: 'https://shop.example/?ref=ana', ageMs: 1000, userAgent: '', mode: 'live', field: 'url', owner: 1 })
    expect(ordersOf(shop).map((row) => (row as { attributed: number }).attributed)).toEqual([0, 1])
    expect(balancesOf(shop)).toEqual({ expense: 100, pending: -100 })
  })
})

test('nor does it where late evidence settles it with another', async () => {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { capMonth: ['1.00'] })
  const session = 'a-session'
  await byPage(shop, { session })
  await record(shop, { order: 'real', session })
  await shop.services.touches.visit({ session, url: 'https://shop.example/?ref=ana', ageMs: 1000, userAgent: '', mode: 'live', field: 'url', owner: 1 })
  expect(commissionsOf(shop).map(([, minor]) => minor)).toEqual([100, 100])
})

test('the evidence that the shop brings settles its own order alone', async () => {
  const shop = await shopOfThree()
  const email = 'kim@customer.example'
  await record(shop, { order: 'before', session: await visited(shop), email })
  const session = await visited(shop, { code: 'ben' })
  await shop.services.affiliates.update('ben', { status: 'disabled' })
  shop.clock.nowMs += 1000
  await byPage(shop, { session })
  await record(shop, { order: '1', session, email })
  expect(commissionsOf(shop)).toEqual([['PENDING', 100, 0, 100], ['PENDING', 100, 0, 100]])
  expect(balancesOf(shop)).toEqual({ expense: 200, pending: -200 })
})

test('it makes nobody look more trustworthy', async () => {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { holdDays: 0 })
  const session = await visited(shop)
  await shop.services.identities.identify({ merchantId: 1, mode: 'live', session, emailHash: emailHash('victim@customer.example'), source: 'browser' })
  for (const order of ['a', 'b', 'c']) await byPage(shop, { order, session, minor: 0 })
  await record(shop, { order: 'real', email: 'victim@customer.example' })
  shop.clock.nowMs += 1
  expect(await shop.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 1 })
})

test('it reaches no tier and uses up no cap', async () => {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { tier: ['50.00=50'], capMonth: ['3.00'] })
  for (const order of ['1', '2', '3', '4', '5', '6']) await byPage(shop, { order, session: await visited(shop) })
  await record(shop, { order: 'real', codes: ['ana'], amount: '30.00' })
  expect(commissionsOf(shop).map(([, minor]) => minor)).toEqual([100, 100, 100, 100, 100, 100, 300])
  expect((await verify(shop)).problems).toEqual([])
})
