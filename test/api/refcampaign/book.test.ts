import { describe, expect, test } from 'vitest'
import { balancesOf, BY, commissionsOf, record, testKey, type Shop } from '../../helpers/book.ts'
import { call, NOON_MS, startCollector, type Answer } from '../../helpers/collector.ts'
import { rowCounts, rowsOf } from '../../helpers/rows.ts'

const REFUND = '/api/v1/conversions/refund'
const APPROVE = '/api/v1/commissions/bulk-approve'
const REJECT = '/api/v1/commissions/bulk-reject'
const PAYOUTS = '/api/v1/payouts'
const META = { timestamp: new Date(NOON_MS).toISOString() }

const refund = (shop: Shop, body: unknown, { key = shop.keys.refcampaign, headers = {} }: { key?: string; headers?: Record<string, string> } = {}): Promise<Answer> => call(shop, REFUND, { key, body, headers })
const put = (shop: Shop, path: string, body?: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, path, { method: 'PUT', key, ...(body === undefined ? {} : { body }) })
const payout = (shop: Shop, body: object = { affiliateId: shop.ana, method: 'PAYPAL' }, key = shop.keys.refcampaign): Promise<Answer> => call(shop, PAYOUTS, { key, body })
const idsOf = (shop: Shop): string[] => rowsOf<{ id: string }>(shop, 'select id from commissions order by number').map(({ id }) => id)

/** Orders of 10.00 that Ana won. */
async function booked(orders = 1): Promise<Shop> {
  const shop = await startCollector()
  for (let n = 1; n <= orders; n++) await record(shop, { order: `o-${n}`, affiliate: 'ana' })
  return shop
}

describe('refund', () => {
  test('in part, and then all that is left, in minor units', async () => {
    const shop = await booked()
    const first = await refund(shop, { externalId: 'o-1', amount: 333, reason: 'torn' })
    const conversionId = rowsOf<{ id: string }>(shop, 'select id from conversions')[0]?.id
    expect([first.status, first.body]).toEqual([200, { success: true, data: { success: true, conversionId, alreadyRefunded: false }, meta: META }])
    expect(commissionsOf(shop)).toEqual([['PENDING', 100, 33, 67]])
    expect((await refund(shop, { externalId: 'o-1' })).body.data).toMatchObject({ alreadyRefunded: false })
    expect([commissionsOf(shop), rowsOf(shop, 'select kind, minor, reason from refunds order by number')]).toEqual([[['REJECTED refunded', 100, 100, 0]], [{ kind: 'amount', minor: 333, reason: 'torn' }, { kind: 'full', minor: 667, reason: null }]])
  })

  test.each<[string, object]>([['of an amount', { amount: 300 }], ['of all', {}], ['with a reason', { amount: 300, reason: 'torn' }]])('an equal repeat %s is the same refund', async (_what, more) => {
    const shop = await booked()
    const first = await refund(shop, { externalId: 'o-1', ...more })
    const before = rowCounts(shop)
    const again = await refund(shop, { externalId: 'o-1', ...more })
    expect([again.status, again.body.data]).toEqual([200, { ...first.body.data, alreadyRefunded: true, message: 'Conversion already refunded' }])
    expect(rowCounts(shop)).toEqual(before)
  })

  test.each<[string, object, object]>([['another amount', { amount: 300 }, { amount: 301 }], ['another reason', { amount: 300, reason: 'a' }, { amount: 300, reason: 'b' }], ['a reason at all', { amount: 300 }, { amount: 300, reason: 'b' }]])('%s is another refund', async (_what, first, second) => {
    const shop = await booked()
    await refund(shop, { externalId: 'o-1', ...first })
    expect((await refund(shop, { externalId: 'o-1', ...second })).body.data['alreadyRefunded']).toBe(false)
    expect(rowCounts(shop)['refunds']).toBe(2)
  })

  test('an Idempotency-Key tells refunds of the same amount apart, and one that is known books nothing, whatever it says', async () => {
    const shop = await booked()
    const keyed = async (key: string, amount: number): Promise<unknown> => (await refund(shop, { externalId: 'o-1', amount }, { headers: { 'Idempotency-Key': key } })).body.data['alreadyRefunded']
    expect([await keyed('k-1', 300), await keyed('k-2', 300), await keyed('k-1', 300), await keyed('k-2', 100)]).toEqual([false, false, true, true])
    expect([(await refund(shop, { externalId: 'o-1', amount: 300 })).body.data['alreadyRefunded'], commissionsOf(shop)]).toEqual([false, [['PENDING', 100, 90, 10]]])
  })

  test('after approval it takes from what is payable; after payment it is owed', async () => {
    const shop = await booked(2)
    await put(shop, APPROVE, { commissionIds: idsOf(shop) })
    await refund(shop, { externalId: 'o-1', amount: 500 })
    expect(balancesOf(shop)).toEqual({ payable: -150, expense: 150 })
    await put(shop, `${PAYOUTS}/${String((await payout(shop)).body.data['id'])}/mark-paid`)
    await refund(shop, { externalId: 'o-2', amount: 500 })
    expect(balancesOf(shop)).toEqual({ cash: -150, clawback: 50, expense: 100 })
  })

  test('a test key sees test orders alone, and a live one live ones', async () => {
    const shop = await booked()
    await record(shop, { order: 'o-1', affiliate: 'ana', test: true })
    expect((await refund(shop, { externalId: 'o-1' }, { key: await testKey(shop) })).status).toBe(200)
    expect([balancesOf(shop), balancesOf(shop, { mode: 'test' })]).toEqual([{ pending: -100, expense: 100 }, {}])
  })

  test.each<[string, string]>([['an id of ours', 'id'], ['a number', 'number']])('the order is named by the shop’s own id, not by %s', async (_what, column) => {
    const shop = await booked()
    const [row] = rowsOf<{ name: string | number }>(shop, `select ${column} as name from conversions`)
    expect((await refund(shop, { externalId: String(row?.name) })).status).toBe(404)
  })
})

describe('commissions in bulk', () => {
  test.each<[string, string, string[]]>([[APPROVE, 'APPROVED', ['APPROVED', 'APPROVED', 'PENDING']], [REJECT, 'REJECTED', ['REJECTED denied', 'REJECTED denied', 'PENDING']]])('%s', async (path, _status, states) => {
    const shop = await booked(3)
    const [one = '', two = ''] = idsOf(shop)
    const answer = await put(shop, path, { commissionIds: [two, one, two] })
    expect([answer.status, answer.body]).toEqual([200, { success: true, data: { updated: 2, ids: [two, one] }, meta: META }])
    expect(commissionsOf(shop).map(([state]) => state)).toEqual(states)
  })

  test('what was approved may be rejected', async () => {
    const shop = await booked()
    const commissionIds = idsOf(shop)
    for (const path of [APPROVE, REJECT]) expect((await put(shop, path, { commissionIds })).status).toBe(200)
    expect(balancesOf(shop)).toEqual({})
  })
})

/** The same, approved. */
async function approved(orders = 1): Promise<Shop> {
  const shop = await booked(orders)
  await shop.services.commissions.approve({ merchantId: shop.merchantId, names: idsOf(shop) }, BY)
  return shop
}

describe('payouts', () => {
  test('made, and marked as paid', async () => {
    const shop = await approved(2)
    const made = await payout(shop)
    const data = {
      id: expect.stringMatching(/^pay_/), affiliateId: shop.ana, amount: 200, grossAmount: 200, debtAmount: 0, currency: 'EUR', method: 'PAYPAL', status: 'PENDING', commissionIds: idsOf(shop),
      createdAt: META.timestamp, paidAt: null,
    }
    expect([made.status, made.body]).toEqual([201, { success: true, data, meta: META }])
    const paid = await put(shop, `${PAYOUTS}/${String(made.body.data['id'])}/mark-paid`)
    expect([paid.status, paid.body]).toEqual([200, { success: true, data: { ...made.body.data, status: 'PAID', paidAt: META.timestamp }, meta: META }])
    expect(balancesOf(shop)).toEqual({ cash: -200, expense: 200 })
  })

  test('made and cancelled: the commissions are approved again and may be paid by another', async () => {
    const shop = await approved()
    const made = await payout(shop)
    expect((await put(shop, `${PAYOUTS}/${String(made.body.data['id'])}/cancel`, { reason: 'wrong account' })).body.data).toMatchObject({ status: 'CANCELLED', paidAt: null })
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[['APPROVED', 100, 0, 100]], { payable: -100, expense: 100 }])
    expect((await payout(shop)).body.data).toMatchObject({ amount: 100 })
  })

  test('net of what is owed; in another currency; one that was undone is shown as cancelled', async () => {
    const shop = await approved()
    const credit = (amount: string, currency: string) => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ana', amount, currency, approved: true }, BY)
    await credit('-0.40', 'EUR')
    await credit('7.00', 'USD')
    const made = await payout(shop)
    expect(made.body.data).toMatchObject({ amount: 60, grossAmount: 100, debtAmount: 40 })
    expect((await payout(shop, { affiliateId: shop.ana, currency: 'usd' })).body.data).toMatchObject({ amount: 700, currency: 'USD', method: null })
    const path = `${PAYOUTS}/${String(made.body.data['id'])}`
    await put(shop, `${path}/mark-paid`)
    await shop.services.payouts.change('undo', { merchantId: 1, payout: '1' }, BY)
    expect((await put(shop, `${path}/cancel`)).body.error).toMatchObject({ message: expect.stringContaining('it is undone') })
    expect(rowsOf(shop, 'select status from payouts order by number')).toEqual([{ status: 'UNDONE' }, { status: 'OPEN' }])
  })
})
