import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AdjustmentType } from '../../shared/engine/adjust.ts'
import { actionsOf, balancesOf, BY, commissionsOf, record, visited, type Shop } from '../helpers/book.ts'
import { call, startCollector } from '../helpers/collector.ts'
import { refusedUse } from '../helpers/rows.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const approve = ({ services, merchantId }: Shop, names: string[], more: { mode?: 'live' | 'test'; override?: boolean } = {}) => services.commissions.approve({ merchantId, names, ...more }, BY)
const reject = ({ services, merchantId }: Shop, names: string[], more: { mode?: 'live' | 'test'; reason?: 'denied' | 'unqualified' } = {}) => services.commissions.reject({ merchantId, names, reason: 'denied', ...more }, BY)
const adjust = ({ services, merchantId }: Shop, commission: string, type: AdjustmentType, minor: number) => services.commissions.adjust({ merchantId, commission, type, minor: () => minor }, BY)
const refund = ({ services, merchantId }: Shop, order: string, minor?: number) => services.refunds.refund({ merchantId, order, request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }) }, BY)
async function payout({ services, merchantId }: Shop, paid: boolean): Promise<void> {
  const made = await services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY)
  if (paid) await services.payouts.change('pay', { merchantId, payout: made.id }, BY)
}

/** Orders of 10.00 that Ana won: commissions 1, 2, 3 of 100 each. */
async function booked(orders = 3): Promise<Shop> {
  const shop = await startCollector()
  for (let n = 1; n <= orders; n++) await record(shop, { order: `o-${n}`, affiliate: 'ana' })
  return shop
}

/** Ways to bring commission 1 of a shop into each state. */
const INTO: Record<string, (shop: Shop) => Promise<unknown>> = {
  pending: async () => undefined,
  approved: (shop) => approve(shop, ['1']),
  'in a payout': async (shop) => {
    await approve(shop, ['1'])
    await payout(shop, false)
  },
  paid: async (shop) => {
    await approve(shop, ['1'])
    await payout(shop, true)
  },
  rejected: (shop) => reject(shop, ['1']),
  refunded: (shop) => refund(shop, 'o-1'),
}
/** How a refusal names them. */
const SAID: Record<string, string> = { 'in a payout': 'in payout', refunded: 'rejected' }

test('approved and rejected by id or number, all of a call, each once in the books and in the audit', async () => {
  const shop = await booked()
  const [first] = await approve(shop, ['1'])
  expect(first).toMatchObject({ status: 'APPROVED', totalMinor: 100, openMinor: 100 })
  await approve(shop, ['2', '2'])
  await reject(shop, [first?.id ?? '', '3'], { reason: 'unqualified' })
  expect(commissionsOf(shop)).toEqual([['REJECTED unqualified', 100, 0, 0], ['APPROVED', 100, 0, 100], ['REJECTED unqualified', 100, 0, 0]])
  expect([balancesOf(shop), actionsOf(shop)]).toEqual([{ payable: -100, expense: 100 }, ['approve', 'approve', 'reject', 'reject']])
})

test.each(['approve', 'reject'] as const)('%s takes a commission once that is named by id and by number', async (how) => {
  const shop = await booked(1)
  const { commissions: [{ id } = { id: '' }] } = await record(shop, { order: 'o-1' })
  expect(await (how === 'approve' ? approve(shop, [id, '1']) : reject(shop, ['1', id]))).toHaveLength(1)
  expect([balancesOf(shop), actionsOf(shop)]).toEqual([how === 'approve' ? { payable: -100, expense: 100 } : {}, [how]])
})

describe('all or none', () => {
  test.each(Object.keys(INTO).filter((state) => state !== 'pending'))('nothing is approved beside one that is %s', async (state) => {
    const shop = await booked()
    await INTO[state]?.(shop)
    expect(await refusedUse(shop, () => approve(shop, ['2', '1', '3']))).toEqual({ code: 'CONFLICT', fields: [], message: expect.stringMatching(new RegExp(`^Cannot approve commission cmm_\\w+: it is ${SAID[state] ?? state}\\.$`)), written: [] })
    expect(commissionsOf(shop).slice(1).map(([status]) => status)).toEqual(['PENDING', 'PENDING'])
  })

  test.each(['in a payout', 'paid', 'rejected', 'refunded'])('nothing is rejected beside one that is %s', async (state) => {
    const shop = await booked()
    await INTO[state]?.(shop)
    expect(await refusedUse(shop, () => reject(shop, ['2', '1']))).toEqual({ code: 'CONFLICT', fields: [], message: expect.stringContaining(`it is ${SAID[state] ?? state}.`), written: [] })
    expect(commissionsOf(shop)[1]?.[0]).toBe('PENDING')
  })

  test.each(['9', 'cmm_9', '0', '1.0', ' 1', '99999999999999999999'])('nothing is decided beside a commission "%s"', async (name) => {
    const shop = await booked()
    for (const use of [() => approve(shop, ['1', name]), () => reject(shop, [name, '1'])]) expect(await refusedUse(shop, use)).toEqual({ code: 'NOT_FOUND', fields: [], message: `There is no commission ${name}.`, written: [] })
  })

  test('a key decides about its own mode alone', async () => {
    const shop = await booked(1)
    await record(shop, { order: 't-1', affiliate: 'ana', test: true })
    for (const [mode, names] of [['test', ['2', '1']], ['live', ['1', '2']]] as const) expect(await refusedUse(shop, () => approve(shop, [...names], { mode }))).toMatchObject({ code: 'NOT_FOUND', written: [] })
    await approve(shop, ['2'], { mode: 'test' })
    expect([balancesOf(shop), balancesOf(shop, { mode: 'test' })]).toEqual([{ pending: -100, expense: 100 }, { payable: -100, expense: 100 }])
  })

  test("another merchant's numbers are others", async () => {
    const shop = await booked()
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    const [{ id } = { id: '' }] = await approve(shop, ['1'])
    for (const names of [['1'], [id]]) expect(await refusedUse(shop, () => reject({ ...shop, merchantId: other.merchantId }, names))).toMatchObject({ code: 'NOT_FOUND', written: [] })
  })
})

test('an affiliate who turns out to be the buyer is approved with an override alone', async () => {
  const shop = await booked(0)
  const session = await visited(shop)
  await record(shop, { order: 'o-1', session })
  await record(shop, { order: 'o-2', affiliate: 'ben' })
  await call(shop, '/r/identify', { body: { session, emailHash: sha256('ana@partner.example'), url: 'https://shop.example/' } })
  expect(await refusedUse(shop, () => approve(shop, ['2', '1']))).toEqual({ code: 'CONFLICT', fields: [], message: 'The affiliate of commission 1 is the buyer; approve it with an override, or reject it as unqualified.', written: [] })
  await approve(shop, ['1', '2'], { override: true })
  expect([commissionsOf(shop).map(([status]) => status), actionsOf(shop)]).toEqual([['APPROVED', 'APPROVED'], ['approve', 'approve']])
})

describe('adjustments', () => {
  test.each<[string, AdjustmentType, number, [string, number, number, number][], Record<string, number>]>([
    ['pending', 'BONUS', 50, [['PENDING', 150, 0, 150]], { pending: -150, expense: 150 }],
    ['pending', 'DEDUCTION', 30, [['PENDING', 70, 0, 70]], { pending: -70, expense: 70 }],
    ['pending', 'CORRECTION', 0, [['PENDING', 0, 0, 0]], {}],
    ['approved', 'BONUS', 50, [['APPROVED', 150, 0, 150]], { payable: -150, expense: 150 }],
    ['approved', 'CORRECTION', 70, [['APPROVED', 70, 0, 70]], { payable: -70, expense: 70 }],
    ['in a payout', 'BONUS', 50, [['IN_PAYOUT', 100, 0, 100], ['APPROVED', 50, 0, 50]], { payable: -50, settling: -100, expense: 150 }],
    ['in a payout', 'DEDUCTION', 30, [['IN_PAYOUT', 70, 0, 100]], { settling: -100, clawback: 30, expense: 70 }],
    ['paid', 'CORRECTION', 120, [['PAID', 100, 0, 100], ['APPROVED', 20, 0, 20]], { payable: -20, cash: -100, expense: 120 }],
    ['paid', 'CORRECTION', 30, [['PAID', 30, 0, 100]], { cash: -100, clawback: 70, expense: 30 }],
  ])('of one that is %s: %s %i', async (...[state, type, minor, commissions, balances]) => {
    const shop = await booked(1)
    await INTO[state]?.(shop)
    await adjust(shop, '1', type, minor)
    expect([commissionsOf(shop), balancesOf(shop), actionsOf(shop).at(-1)]).toEqual([commissions, balances, 'adjust'])
  })

  test('a raise of one that was paid counts in its total for later corrections', async () => {
    const shop = await booked(1)
    await INTO['paid']?.(shop)
    await adjust(shop, '1', 'BONUS', 50)
    expect(await refusedUse(shop, () => adjust(shop, '1', 'CORRECTION', 150))).toMatchObject({ code: 'INVALID', fields: ['amount'], message: expect.stringContaining('change nothing'), written: [] })
    await adjust(shop, '1', 'CORRECTION', 120)
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[['PAID', 70, 0, 100], ['APPROVED', 50, 0, 50]], { payable: -50, cash: -100, clawback: 30, expense: 120 }])
  })

  test('refunds after an adjustment claw the adjusted total', async () => {
    const shop = await booked(1)
    await refund(shop, 'o-1', 500)
    await adjust(shop, '1', 'CORRECTION', 80)
    await refund(shop, 'o-1', 250)
    expect(commissionsOf(shop)).toEqual([['PENDING', 80, 60, 20]])
    await refund(shop, 'o-1')
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[['REJECTED refunded', 80, 80, 0]], {}])
  })

  test.each<[string, string, AdjustmentType, number, string, RegExp]>([
    ['pending', 'a deduction of more than it is', 'DEDUCTION', 101, 'INVALID', /below 0/],
    ['paid', 'a deduction of more than it is', 'DEDUCTION', 101, 'INVALID', /below 0/],
    ['pending', 'a bonus of nothing', 'BONUS', 0, 'INVALID', /change nothing/],
    ['approved', 'a correction to what it is', 'CORRECTION', 100, 'INVALID', /change nothing/],
    ['rejected', 'a bonus', 'BONUS', 1, 'CONFLICT', /rejected commission, or a debt, cannot be adjusted/],
    ['refunded', 'a bonus', 'BONUS', 1, 'CONFLICT', /fully refunded: its commission can be raised by a credit only/],
    ['refunded', 'a deduction', 'DEDUCTION', 1, 'CONFLICT', /cannot be adjusted/],
  ])('of one that is %s: %s is refused', async (...[state, , type, minor, code, says]) => {
    const shop = await booked(1)
    await INTO[state]?.(shop)
    expect(await refusedUse(shop, () => adjust(shop, '1', type, minor))).toEqual({ code, fields: code === 'INVALID' ? ['amount'] : [], message: expect.stringMatching(says), written: [] })
  })

  test('none goes below what was clawed, raises a paid one that is fully refunded, or adjusts what is not there', async () => {
    const shop = await booked(2)
    await refund(shop, 'o-2', 400)
    expect(await refusedUse(shop, () => adjust(shop, '2', 'CORRECTION', 39))).toMatchObject({ code: 'INVALID', fields: ['amount'], written: [] })
    await adjust(shop, '2', 'CORRECTION', 40)
    await INTO['paid']?.(shop)
    await refund(shop, 'o-1')
    expect(await refusedUse(shop, () => adjust(shop, '1', 'BONUS', 10))).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('raised by a credit only'), written: [] })
    expect(await refusedUse(shop, () => adjust(shop, '9', 'BONUS', 10))).toMatchObject({ code: 'NOT_FOUND', message: 'There is no commission 9.', written: [] })
  })

  test('what was clawed in a payout that was cancelled is owed: the rest is deducted, not rejected', async () => {
    const shop = await booked(1)
    await INTO['in a payout']?.(shop)
    await refund(shop, 'o-1', 400)
    await shop.services.payouts.change('cancel', { merchantId: 1, payout: '1' }, BY)
    expect(commissionsOf(shop)).toEqual([['APPROVED', 100, 40, 100]])
    expect(await refusedUse(shop, () => reject(shop, ['1']))).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('deduct the rest instead'), written: [] })
    await adjust(shop, '1', 'DEDUCTION', 60)
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([[['APPROVED', 40, 40, 40]], { payable: -40, clawback: 40 }])
  })
})
