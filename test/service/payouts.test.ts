import { describe, expect, test } from 'vitest'
import { actionsOf, balancesOf, BY, commissionsOf, record, type Shop } from '../helpers/book.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowsOf } from '../helpers/rows.ts'

const make = ({ services, merchantId }: Shop, more: { affiliate?: string; mode?: 'live' | 'test'; currency?: string; method?: string; note?: string } = {}) => services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live', ...more }, BY)
const change = ({ services, merchantId }: Shop, how: 'pay' | 'cancel' | 'undo', payout: string, mode?: 'live' | 'test') => services.payouts.change(how, { merchantId, payout, mode }, BY)
const approve = ({ services, merchantId }: Shop, ...names: string[]) => services.commissions.approve({ merchantId, names }, BY)
const refund = ({ services, merchantId }: Shop, order: string, minor?: number) => services.refunds.refund({ merchantId, order, request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }) }, BY)
const credit = ({ services, merchantId }: Shop, amount: string, more: { currency?: string; approved?: boolean } = {}) => services.credits.credit({ merchantId, mode: 'live', affiliate: 'ana', amount, approved: true, ...more }, BY)

/** An order that earns Ana so many minor units, approved. */
async function earned(shop: Shop, order: string, minor: number, more: { test?: boolean; currency?: string } = {}): Promise<void> {
  const { commissions } = await record(shop, { order, amount: (minor / 10).toFixed(2), affiliate: 'ana', ...more })
  await approve(shop, ...commissions.map(({ id }) => id))
}
const states = (shop: Shop): string[] => commissionsOf(shop).map(([status]) => status)

test('the worked case of the law (ENGINE 7.3), account by account', async () => {
  const shop = await startCollector()
  await earned(shop, 'c-1', 1000)
  expect(balancesOf(shop)).toEqual({ payable: -1000, expense: 1000 })
  const first = await make(shop)
  expect(balancesOf(shop)).toEqual({ settling: -1000, expense: 1000 })
  await change(shop, 'pay', first.id)
  expect(balancesOf(shop)).toEqual({ cash: -1000, expense: 1000 })
  await refund(shop, 'c-1', 4000)
  expect(balancesOf(shop)).toEqual({ cash: -1000, clawback: 400, expense: 600 })

  await earned(shop, 'c-2', 250)
  expect(await refusedUse(shop, () => make(shop))).toEqual({ code: 'CONFLICT', fields: [], message: 'NOTHING_TO_PAY: what is approved does not exceed what the affiliate owes; it stays approved, and the debt is carried.', written: [] })
  expect([states(shop), balancesOf(shop)]).toEqual([['PAID', 'APPROVED'], { cash: -1000, clawback: 400, payable: -250, expense: 850 }])

  await earned(shop, 'c-3', 500)
  const second = await make(shop)
  expect(second).toMatchObject({ number: 2, grossMinor: 750, nettedMinor: 400, status: 'OPEN' })
  expect([states(shop), balancesOf(shop)]).toEqual([['PAID', 'IN_PAYOUT', 'IN_PAYOUT'], { cash: -1000, settling: -350, expense: 1350 }])
  await refund(shop, 'c-2')
  expect([states(shop), balancesOf(shop)]).toEqual([['PAID', 'IN_PAYOUT', 'IN_PAYOUT'], { cash: -1000, settling: -350, clawback: 250, expense: 1100 }])
  await change(shop, 'cancel', '2')
  expect([states(shop), balancesOf(shop)]).toEqual([['PAID', 'APPROVED', 'APPROVED'], { cash: -1000, payable: -750, clawback: 650, expense: 1100 }])

  const third = await make(shop)
  expect(third).toMatchObject({ number: 3, grossMinor: 750, nettedMinor: 650 })
  await change(shop, 'pay', third.id)
  expect([states(shop), balancesOf(shop)]).toEqual([['PAID', 'PAID', 'PAID'], { cash: -1100, expense: 1100 }])
})

test('a payout says when what happened to it, and undoing one that was paid makes all approved again', async () => {
  const shop = await startCollector()
  await earned(shop, 'o-1', 100)
  await earned(shop, 'o-2', 200)
  const made = await make(shop, { method: 'PAYPAL', note: 'November' })
  expect(made).toMatchObject({ id: expect.stringMatching(/^pay_/), number: 1, affiliateId: shop.ana, mode: 'live', currency: 'EUR', grossMinor: 300, nettedMinor: 0, method: 'PAYPAL', note: 'November', madeAtMs: NOON_MS, paidAtMs: null, endedAtMs: null })
  expect(made.commissionIds).toEqual(rowsOf<{ id: string }>(shop, 'select id from commissions order by number').map(({ id }) => id))
  shop.clock.nowMs += HOUR_MS
  expect(await change(shop, 'pay', made.id)).toMatchObject({ status: 'PAID', paidAtMs: NOON_MS + HOUR_MS, endedAtMs: null })
  await refund(shop, 'o-1', 500)
  shop.clock.nowMs += HOUR_MS
  expect(await change(shop, 'undo', made.id)).toMatchObject({ status: 'UNDONE', paidAtMs: NOON_MS + HOUR_MS, endedAtMs: NOON_MS + 2 * HOUR_MS, grossMinor: 300 })
  expect([states(shop), balancesOf(shop)]).toEqual([['APPROVED', 'APPROVED'], { payable: -300, clawback: 50, expense: 250 }])
  expect(await make(shop)).toMatchObject({ number: 2, grossMinor: 300, nettedMinor: 50 })
  expect(actionsOf(shop)).toEqual(['approve', 'approve', 'payout make', 'payout pay', 'refund', 'payout undo', 'payout make'])
  expect((await shop.services.payouts.list({ merchantId: 1, afterNumber: 0, limit: 9 })).map(({ number, status }) => [number, status])).toEqual([[1, 'UNDONE'], [2, 'OPEN']])
})

test('one payout is one affiliate, one currency, one mode, and only what is approved', async () => {
  const shop = await startCollector()
  await earned(shop, 'o-1', 100)
  await earned(shop, 'o-2', 200, { currency: 'USD' })
  await earned(shop, 'o-3', 400, { test: true })
  await record(shop, { order: 'o-4', affiliate: 'ana', amount: '80.00' })
  const { commissions: [bens] } = await record(shop, { order: 'o-5', affiliate: 'ben', amount: '160.00' })
  await approve(shop, bens?.id ?? '')
  const gross = [await make(shop), await make(shop, { currency: 'usd' }), await make(shop, { mode: 'test' }), await make(shop, { affiliate: '2' })].map(({ grossMinor }) => grossMinor)
  expect(gross).toEqual([100, 200, 400, 1600])
  expect([balancesOf(shop, { affiliate: shop.ana }), balancesOf(shop, { currency: 'USD' }), balancesOf(shop, { mode: 'test' })]).toEqual([{ pending: -800, settling: -100, expense: 2500 }, { settling: -200, expense: 200 }, { settling: -400, expense: 400 }])
})

describe('credits and debts', () => {
  test('a debt equal to what is approved leaves nothing to pay; one more is paid', async () => {
    const shop = await startCollector()
    await earned(shop, 'o-1', 100)
    await credit(shop, '-1.00')
    expect(await refusedUse(shop, () => make(shop))).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/^NOTHING_TO_PAY/), written: [] })
    await credit(shop, '0.01')
    expect(await make(shop)).toMatchObject({ grossMinor: 101, nettedMinor: 100 })
    expect(balancesOf(shop)).toEqual({ settling: -1, expense: 1 })
  })

  test('a debt in another currency, one that waits, and another mode’s count not', async () => {
    const shop = await startCollector()
    await earned(shop, 'o-1', 100)
    await credit(shop, '-5.00', { currency: 'USD' })
    await credit(shop, '-5.00', { approved: false })
    await shop.services.credits.credit({ merchantId: 1, mode: 'test', affiliate: 'ana', amount: '-5.00', approved: true }, BY)
    expect(await make(shop)).toMatchObject({ grossMinor: 100, nettedMinor: 0 })
  })

  test('a payout of nothing but commissions of nothing is refused', async () => {
    const shop = await startCollector()
    await shop.services.campaigns.update(shop.campaignId, { percent: '0' })
    await earned(shop, 'o-1', 100)
    expect(await refusedUse(shop, () => make(shop))).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/^NOTHING_TO_PAY/), written: [] })
  })
})

describe('refusals', () => {
  test.each<[string, 'pay' | 'cancel' | 'undo', ('pay' | 'cancel' | 'undo')[], string]>([
    ['pay one that is paid', 'pay', ['pay'], 'paid'], ['cancel one that is paid', 'cancel', ['pay'], 'paid'], ['undo one that is open', 'undo', [], 'open'],
    ['pay one that was cancelled', 'pay', ['cancel'], 'cancelled'], ['cancel one twice', 'cancel', ['cancel'], 'cancelled'], ['undo one that was cancelled', 'undo', ['cancel'], 'cancelled'],
    ['undo one twice', 'undo', ['pay', 'undo'], 'undone'], ['pay one that was undone', 'pay', ['pay', 'undo'], 'undone'], ['cancel one that was undone', 'cancel', ['pay', 'undo'], 'undone'],
  ])('cannot %s', async (_what, how, before, state) => {
    const shop = await startCollector()
    await earned(shop, 'o-1', 100)
    await make(shop)
    for (const earlier of before) await change(shop, earlier, '1')
    expect(await refusedUse(shop, () => change(shop, how, '1'))).toEqual({ code: 'CONFLICT', fields: [], message: `Cannot ${how} payout 1: it is ${state}.`, written: [] })
  })

  test.each<[string, Parameters<typeof make>[1], { code: string; fields: string[]; message: RegExp }]>([
    ['an affiliate with nothing', { affiliate: 'ben' }, { code: 'CONFLICT', fields: [], message: /^NOTHING_TO_PAY: no commission of this affiliate is approved and unpaid/ }],
    ['a currency with nothing', { currency: 'USD' }, { code: 'CONFLICT', fields: [], message: /^NOTHING_TO_PAY/ }],
    ['a mode with nothing', { mode: 'test' }, { code: 'CONFLICT', fields: [], message: /^NOTHING_TO_PAY/ }],
    ['nobody', { affiliate: 'cleo' }, { code: 'INVALID', fields: ['affiliate'], message: /there is no affiliate cleo/ }],
    ['no currency', { currency: 'XXX' }, { code: 'INVALID', fields: ['currency'], message: /currency/ }],
  ])('pays not %s', async (_what, more, { message, ...refusal }) => {
    const shop = await startCollector()
    await earned(shop, 'o-1', 100)
    expect(await refusedUse(shop, () => make(shop, more))).toEqual({ ...refusal, message: expect.stringMatching(message), written: [] })
  })

  test("an unknown one, the other mode's, another merchant's", async () => {
    const shop = await startCollector()
    await earned(shop, 'o-1', 100)
    const { id } = await make(shop)
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    for (const use of [() => change(shop, 'pay', '7'), () => change(shop, 'pay', id, 'test'), () => change({ ...shop, merchantId: other.merchantId }, 'pay', id), () => change({ ...shop, merchantId: other.merchantId }, 'cancel', '1')]) {
      expect(await refusedUse(shop, use)).toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/^There is no payout /), written: [] })
    }
  })
})

test('two who pay out the same at the same time: one does', async () => {
  const shop = await startCollector()
  await earned(shop, 'o-1', 100)
  expect((await Promise.allSettled([make(shop), make(shop)])).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect((await Promise.allSettled([change(shop, 'pay', '1'), change(shop, 'cancel', '1')])).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(balancesOf(shop)).toEqual({ cash: -100, expense: 100 })
})
