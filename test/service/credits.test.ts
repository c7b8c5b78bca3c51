import { describe, expect, test } from 'vitest'
import { actionsOf, balancesOf, BY, commissionsOf, earnedBy, record, shopOfThree, type Shop } from '../helpers/book.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowsOf } from '../helpers/rows.ts'

const credit = ({ services, merchantId }: Shop, amount: string, more: { affiliate?: string; currency?: string; approved?: boolean; mode?: 'live' | 'test'; note?: string } = {}) => services.credits.credit({ merchantId, mode: 'live', affiliate: 'ana', amount, approved: true, ...more }, BY)
const creditOrder = ({ services, merchantId }: Shop, more: { affiliate?: string; order?: string; mode?: 'live' | 'test'; approved?: boolean; transfer?: boolean; note?: string } = {}) => services.credits.creditOrder({ merchantId, order: 'o-1', affiliate: 'ben', approved: true, transfer: false, ...more }, BY)
const approve = ({ services, merchantId }: Shop, ...names: string[]) => services.commissions.approve({ merchantId, names }, BY)
const reject = ({ services, merchantId }: Shop, ...names: string[]) => services.commissions.reject({ merchantId, names, reason: 'denied' }, BY)
const refund = ({ services, merchantId }: Shop, order: string, minor?: number) => services.refunds.refund({ merchantId, order, request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }) }, BY)

describe('of no order', () => {
  test.each<[string, string, boolean, [string, number, number, number], Record<string, number>]>([
    ['a credit', '12.50', true, ['APPROVED', 1250, 0, 1250], { payable: -1250, expense: 1250 }],
    ['a credit that waits', '12.50', false, ['PENDING', 1250, 0, 1250], { pending: -1250, expense: 1250 }],
    ['a debt', '-12.50', true, ['APPROVED', -1250, 0, 0], { clawback: 1250, expense: -1250 }],
    ['a debt that waits', '-12.50', false, ['PENDING', -1250, 0, -1250], { pending: 1250, expense: -1250 }],
  ])('%s', async (...[, amount, approved, commission, balances]) => {
    const shop = await startCollector()
    const made = await credit(shop, amount, { approved, note: 'by agreement' })
    expect(made).toMatchObject({ conversionId: null, affiliateId: shop.ana, campaignId: null, source: { kind: 'credit', note: 'by agreement' }, bookedAtMs: NOON_MS, approvableAtMs: null })
    expect([commissionsOf(shop), balancesOf(shop), actionsOf(shop)]).toEqual([[commission], balances, ['credit']])
  })

  test.each<[string, string, 'approve' | 'reject', [string, number, number, number], Record<string, number>]>([
    ['a credit, approved', '5', 'approve', ['APPROVED', 500, 0, 500], { payable: -500, expense: 500 }],
    ['a credit, rejected', '5', 'reject', ['REJECTED denied', 500, 0, 0], {}],
    ['a debt, approved', '-5', 'approve', ['APPROVED', -500, 0, 0], { clawback: 500, expense: -500 }],
    ['a debt, rejected', '-5', 'reject', ['REJECTED denied', -500, 0, 0], {}],
  ])('that waited: %s', async (...[, amount, how, commission, balances]) => {
    const shop = await startCollector()
    await credit(shop, amount, { approved: false })
    await (how === 'approve' ? approve(shop, '1') : reject(shop, '1'))
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[commission], balances])
  })

  test('an approved debt stays: it is neither rejected nor adjusted', async () => {
    const shop = await startCollector()
    await credit(shop, '-5')
    for (const use of [() => reject(shop, '1'), () => shop.services.commissions.adjust({ merchantId: 1, commission: '1', type: 'BONUS', minor: () => 1 }, BY)]) expect(await refusedUse(shop, use)).toMatchObject({ code: 'CONFLICT', written: [] })
  })

  test('the test book is another, and so is each currency', async () => {
    const shop = await startCollector()
    await credit(shop, '5', { mode: 'test' })
    await credit(shop, '500', { currency: 'jpy' })
    expect([balancesOf(shop), balancesOf(shop, { mode: 'test' }), balancesOf(shop, { currency: 'JPY' })]).toEqual([{}, { payable: -500, expense: 500 }, { payable: -500, expense: 500 }])
  })

  test.each<[string, string, Parameters<typeof credit>[2], string]>([
    ['nothing', '0.00', {}, 'amount'], ['nothing, rounded', '0.004', {}, 'amount'], ['no number', 'five', {}, 'amount'], ['too much', '90071992547409.92', {}, 'amount'],
    ['nobody', '5', { affiliate: 'cleo' }, 'affiliate'], ['no currency', '5', { currency: 'XXX' }, 'currency'],
  ])('%s is refused', async (_what, amount, more, field) => {
    const shop = await startCollector()
    expect(await refusedUse(shop, () => credit(shop, amount, more))).toMatchObject({ code: 'INVALID', fields: [field], written: [] })
  })
})

describe('for an order', () => {
  test("a second affiliate's commission stands beside the first, at their own rate", async () => {
    const shop = await startCollector()
    await shop.services.rates.set({ campaign: '1', affiliate: 'ben', percent: '15' })
    await record(shop, { order: 'o-1', affiliate: 'ana', items: [{ sku: 'TEE', quantity: 2, price: '15.00' }], discount: '5.00', shipping: '4.00' })
    const { commission, others } = await creditOrder(shop, { note: 'sent by post' })
    expect(commission).toMatchObject({ affiliateId: shop.ben, campaignId: shop.campaignId, totalMinor: 375, status: 'APPROVED', source: { kind: 'credit', note: 'sent by post' } })
    expect(others).toMatchObject([{ affiliateId: shop.ana, totalMinor: 250, status: 'PENDING' }])
    expect([commissionsOf(shop), balancesOf(shop), actionsOf(shop)]).toEqual([[['PENDING', 250, 0, 250], ['APPROVED', 375, 0, 375]], { pending: -250, payable: -375, expense: 625 }, ['credit order']])
  })

  test('what waits is pending; refunds claw both, and what was refunded before is clawed at once', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1', affiliate: 'ana' })
    await refund(shop, 'o-1', 400)
    await creditOrder(shop, { approved: false })
    expect(commissionsOf(shop)).toEqual([['PENDING', 100, 40, 60], ['PENDING', 100, 40, 60]])
    await refund(shop, 'o-1', 300)
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[['PENDING', 100, 70, 30], ['PENDING', 100, 70, 30]], { pending: -60, expense: 60 }])
  })

  test.each<[string, (shop: Shop) => Promise<unknown>, [string, number, number, number][], Record<string, number>]>([
    ['pending', async () => undefined, [['REJECTED refunded', 100, 100, 0], ['APPROVED', 100, 0, 100]], { payable: -100, expense: 100 }],
    ['pending and refunded in part', (shop) => refund(shop, 'o-1', 400), [['REJECTED refunded', 100, 100, 0], ['APPROVED', 100, 40, 60]], { payable: -60, expense: 60 }],
    ['approved', (shop) => approve(shop, '1'), [['REJECTED refunded', 100, 100, 0], ['APPROVED', 100, 0, 100]], { payable: -100, expense: 100 }],
    ['rejected', (shop) => reject(shop, '1'), [['REJECTED denied', 100, 0, 0], ['APPROVED', 100, 0, 100]], { payable: -100, expense: 100 }],
    ['paid', async (shop) => {
      await approve(shop, '1')
      await shop.services.payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY)
      await shop.services.payouts.change('pay', { merchantId: 1, payout: '1' }, BY)
    }, [['PAID', 100, 100, 100], ['APPROVED', 100, 0, 100]], { payable: -100, cash: -100, clawback: 100, expense: 100 }],
  ])('a transfer of one that is %s takes back what remains of the first', async (_what, before, commissions, balances) => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1', affiliate: 'ana' })
    await before(shop)
    await creditOrder(shop, { transfer: true })
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([commissions, balances])
    expect(rowsOf(shop, 'select transferred_to as "to" from commissions order by number')).toEqual([{ to: shop.ben }, { to: null }])
    await refund(shop, 'o-1')
    expect([commissionsOf(shop)[1]?.[0], balancesOf(shop)['payable']]).toEqual(['REJECTED refunded', undefined])
  })

  test('of an order that nobody won: it is attributed from then on, and later evidence changes nothing', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1' })
    const { others } = await creditOrder(shop)
    expect(others).toEqual([])
    expect(rowsOf(shop, 'select attributed from conversions')).toEqual([{ attributed: 1 }])
    const again = await record(shop, { order: 'o-1', affiliate: 'ana' })
    expect([again.attributed, earnedBy(shop, again)]).toEqual([true, { ben: 100 }])
  })

  test('one who joined after the order is credited as they are today', async () => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1' })
    shop.clock.nowMs += HOUR_MS
    await shop.services.affiliates.create({ campaign: shop.campaignId, email: 'dan@partner.example', code: 'dan' }, shop.merchantId)
    expect((await creditOrder(shop, { affiliate: 'dan' })).commission.totalMinor).toBe(100)
  })

  test('a lead is credited its bounty', async () => {
    const shop = await startCollector()
    await shop.services.campaigns.update(shop.campaignId, { bounty: ['lead=5.00'] })
    await record(shop, { order: 'o-1', kind: 'lead', amount: '0' })
    expect((await creditOrder(shop)).commission.totalMinor).toBe(500)
  })

  test.each<[string, (shop: Shop) => Promise<unknown>, Parameters<typeof creditOrder>[1], string, RegExp]>([
    ['the winner again', async () => undefined, { affiliate: 'ana' }, 'CONFLICT', /has a commission on this order already/],
    ['the winner whose commission was rejected', (shop) => reject(shop, '1'), { affiliate: 'ana' }, 'CONFLICT', /has a commission on this order already/],
    ['one who was credited already', (shop) => creditOrder(shop), {}, 'CONFLICT', /has a commission on this order already/],
    ['for an order that is fully refunded', (shop) => refund(shop, 'o-1'), {}, 'CONFLICT', /fully refunded/],
    ['one in no campaign', (shop) => shop.services.affiliates.update('ben', { leave: '1' }), {}, 'CONFLICT', /in no campaign/],
    ['for an unknown order', async () => undefined, { order: 'o-9' }, 'NOT_FOUND', /no such conversion/],
    ["for the other mode's", async () => undefined, { mode: 'test' }, 'NOT_FOUND', /no such conversion/],
    ['nobody', async () => undefined, { affiliate: 'cleo' }, 'INVALID', /there is no affiliate cleo/],
  ])('is refused to %s', async (...[, before, more, code, says]) => {
    const shop = await startCollector()
    await record(shop, { order: 'o-1', affiliate: 'ana' })
    await before(shop)
    expect(await refusedUse(shop, () => creditOrder(shop, { transfer: true, ...more }))).toMatchObject({ code, message: expect.stringMatching(says), written: [] })
  })

  test('a third takes it over from both', async () => {
    const shop = await shopOfThree()
    await record(shop, { order: 'o-1', affiliate: 'ana' })
    await creditOrder(shop)
    await creditOrder(shop, { affiliate: 'cleo', transfer: true })
    expect([commissionsOf(shop).map(([status]) => status), balancesOf(shop)]).toEqual([['REJECTED refunded', 'REJECTED refunded', 'APPROVED'], { payable: -100, expense: 100 }])
  })
})
