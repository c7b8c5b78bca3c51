import { describe, expect, test } from 'vitest'
import { actionsOf, balancesOf, BY, commissionsOf, record, shopOfThree, type Shop } from '../helpers/book.ts'
import { refusedUse, rowsOf } from '../helpers/rows.ts'

const pay = ({ services, merchantId }: Shop, ...names: string[]) => services.settlements.pay({ merchantId, mode: 'live', names, method: 'bank' }, BY)
const unpay = ({ services, merchantId }: Shop, ...names: string[]) => services.settlements.unpay({ merchantId, mode: 'live', names }, BY)
const payoutsOf = (shop: Shop) => rowsOf(shop, 'select affiliate_id as whom, gross_minor as gross, netted_minor as netted, status, method from payouts order by number')

/** Ana has 100 and 200, Ben 300, all pending. */
async function owing(): Promise<Shop> {
  const shop = await shopOfThree()
  await record(shop, { order: '1', codes: ['ana'] })
  await record(shop, { order: '2', codes: ['ana'], amount: '20.00' })
  await record(shop, { order: '3', codes: ['ben'], amount: '30.00' })
  return shop
}

describe('paying single commissions', () => {
  test('approves what is pending and pays just these, one payout an affiliate', async () => {
    const shop = await owing()
    expect((await pay(shop, '1', '3')).map(({ status }) => status)).toEqual(['PAID', 'PAID'])
    expect(commissionsOf(shop)).toEqual([['PAID', 100, 0, 100], ['PENDING', 200, 0, 200], ['PAID', 300, 0, 300]])
    expect(payoutsOf(shop)).toEqual([{ whom: shop.ana, gross: 100, netted: 0, status: 'PAID', method: 'bank' }, { whom: shop.ben, gross: 300, netted: 0, status: 'PAID', method: 'bank' }])
    expect(balancesOf(shop)).toEqual({ expense: 600, pending: -200, cash: -400 })
    expect(actionsOf(shop)).toEqual(['approve', 'approve', 'payout make', 'payout pay', 'payout make', 'payout pay'])
  })

  test('of one affiliate is one payout; what is paid stays so', async () => {
    const shop = await owing()
    await pay(shop, '1', '2')
    await pay(shop, '2', '1')
    expect(payoutsOf(shop)).toEqual([{ whom: shop.ana, gross: 300, netted: 0, status: 'PAID', method: 'bank' }])
  })

  test('is net of what the affiliate owes', async () => {
    const shop = await owing()
    await pay(shop, '1')
    await shop.services.refunds.refund({ merchantId: 1, order: '1', request: () => ({ kind: 'amount', minor: 400 }) }, BY)
    expect(balancesOf(shop)['clawback']).toBe(40)
    await pay(shop, '2')
    expect(payoutsOf(shop).at(-1)).toMatchObject({ gross: 200, netted: 40 })
    expect(balancesOf(shop)).toEqual({ expense: 560, pending: -300, cash: -260 })
  })

  test.each<[string, (shop: Shop) => Promise<unknown>, string, RegExp]>([
    ['one that is rejected', (shop) => shop.services.commissions.reject({ merchantId: 1, names: ['3'], reason: 'denied' }, BY), 'CONFLICT', /is rejected/],
    ['one in a payout', async (shop) => {
      await shop.services.commissions.approve({ merchantId: 1, names: ['3'] }, BY)
      await shop.services.payouts.make({ merchantId: 1, affiliate: 'ben', mode: 'live' }, BY)
    }, 'CONFLICT', /is in payout pay_/],
    ['a debt', (shop) => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ben', amount: '-1.00', approved: true }, BY), 'CONFLICT', /is a debt/],
    ['what does not exceed the debt', (shop) => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ben', amount: '-3.00', approved: true }, BY), 'CONFLICT', /NOTHING_TO_PAY/],
    ['a stranger', async () => undefined, 'NOT_FOUND', /no commission 9/],
  ])('pays nothing where one of them is %s', async (name, prepare, code, says) => {
    const shop = await owing()
    await prepare(shop)
    const last = { 'a debt': '4', 'a stranger': '9' }[name] ?? '3'
    const before = commissionsOf(shop)
    const refused = await refusedUse(shop, () => pay(shop, '1', last))
    expect(refused).toMatchObject({ code, message: expect.stringMatching(says), written: [] })
    expect(commissionsOf(shop)).toEqual(before)
  })

  test('another mode does not see them', async () => {
    const shop = await owing()
    expect(await refusedUse(shop, () => shop.services.settlements.pay({ merchantId: 1, mode: 'test', names: ['1'], method: 'bank' }, BY))).toMatchObject({ code: 'NOT_FOUND', written: [] })
  })
})

describe('taking a payment back', () => {
  test('approves it again; what is not paid stays as it is', async () => {
    const shop = await owing()
    await pay(shop, '1')
    expect((await unpay(shop, '1', '2')).map(({ status }) => status)).toEqual(['APPROVED', 'PENDING'])
    expect(payoutsOf(shop)).toMatchObject([{ status: 'UNDONE' }])
    expect(balancesOf(shop)).toEqual({ expense: 600, pending: -500, payable: -100 })
  })

  test('is refused where its payout paid others, too', async () => {
    const shop = await owing()
    await pay(shop, '1', '2')
    expect(await refusedUse(shop, () => unpay(shop, '1'))).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/was paid with others/), written: [] })
  })
})
