import { describe, expect, test } from 'vitest'
import { actionsOf, balancesOf, BY, commissionsOf, record, type Shop } from '../../helpers/book.ts'
import { call, sharedCollector, startCollector, type Answer } from '../../helpers/collector.ts'
import { refusal, refused, rowCounts, rowsOf } from '../../helpers/rows.ts'

const put = (shop: Shop, path: string, body?: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, `/api/v1/${path}`, { method: 'PUT', key, ...(body === undefined ? {} : { body }) })
const batch = (shop: Shop, payoutIds: unknown, { key = shop.keys.refcampaign, headers = {} }: { key?: string; headers?: Record<string, string> } = {}): Promise<Answer> => call(shop, '/api/v1/payouts/batch-process', { key, body: { payoutIds }, headers })
const idsOf = (shop: Shop): string[] => rowsOf<{ id: string }>(shop, 'select id from commissions order by number').map(({ id }) => id)
const shared = sharedCollector()

/** Ana's commission of 1.00, in a state. */
async function inState(state: string): Promise<Shop & { id: string }> {
  const shop = await startCollector()
  await record(shop, { order: 'o-1', affiliate: 'ana' })
  const [id = ''] = idsOf(shop)
  const { commissions, payouts, refunds } = shop.services
  if (state === 'partly') await refunds.refund({ merchantId: 1, order: 'o-1', request: () => ({ kind: 'amount', minor: 400 }) }, BY)
  if (state === 'refunded') await refunds.refund({ merchantId: 1, order: 'o-1', request: () => ({ kind: 'full' }) }, BY)
  if (state === 'rejected') await commissions.reject({ merchantId: 1, names: [id], reason: 'denied' }, BY)
  if (['approved', 'in payout', 'paid'].includes(state)) await commissions.approve({ merchantId: 1, names: [id] }, BY)
  if (['in payout', 'paid'].includes(state)) await payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY)
  if (state === 'paid') await payouts.change('pay', { merchantId: 1, payout: '1' }, BY)
  return { ...shop, id }
}

describe('an adjustment', () => {
  test.each<[string, string, number, [string, number, number, number][]]>([
    ['pending', 'BONUS', 50, [['PENDING', 150, 0, 150]]], ['pending', 'DEDUCTION', 30, [['PENDING', 70, 0, 70]]], ['pending', 'CORRECTION', 0, [['PENDING', 0, 0, 0]]], ['approved', 'CORRECTION', 120, [['APPROVED', 120, 0, 120]]], ['approved', 'DEDUCTION', 100, [['APPROVED', 0, 0, 0]]],
    ['in payout', 'BONUS', 50, [['IN_PAYOUT', 100, 0, 100], ['APPROVED', 50, 0, 50]]], ['paid', 'CORRECTION', 160, [['PAID', 100, 0, 100], ['APPROVED', 60, 0, 60]]], ['paid', 'DEDUCTION', 40, [['PAID', 60, 0, 100]]], ['partly', 'DEDUCTION', 60, [['PENDING', 40, 40, 0]]],
  ])('of one that is %s: %s %i', async (state, type, amount, after) => {
    const shop = await inState(state)
    const { status, body: { data } } = await put(shop, `commissions/${shop.id}`, { amount, reason: 'agreed', type })
    expect(status).toBe(200)
    expect(commissionsOf(shop)).toEqual(after)
    const [, raise] = after
    expect(data).toMatchObject({ id: shop.id, amount: after[0]?.[1], refundedAmount: after[0]?.[2], status: after[0]?.[0].replace('IN_PAYOUT', 'APPROVED'), raise: raise === undefined ? null : { id: idsOf(shop)[1], amount: raise[1], status: 'APPROVED', affiliateId: shop.ana } })
    expect([actionsOf(shop).at(-1), rowsOf(shop, 'select reason from adjustments')]).toEqual(['adjust', [{ reason: 'agreed' }]])
  })

  test.each<[string, object, number, string, string | null, RegExp]>([
    ['pending', { amount: 1.5 }, 422, 'VALIDATION_FAILED', 'amount', /whole number of minor units/], ['pending', { amount: -1 }, 400, 'VALIDATION_FAILED', 'amount', /not be negative/], ['pending', { amount: '5' }, 400, 'VALIDATION_FAILED', 'amount', /must be a number/], ['pending', { amount: 1e300 }, 422, 'VALIDATION_FAILED', 'amount', /whole number/],
    ['pending', { amount: undefined }, 400, 'VALIDATION_FAILED', 'amount', /must be a number/], ['pending', { amount: 0 }, 400, 'VALIDATION_FAILED', 'amount', /change nothing/], ['pending', { type: 'DEDUCTION', amount: 101 }, 400, 'VALIDATION_FAILED', 'amount', /below 0/], ['partly', { type: 'CORRECTION', amount: 39 }, 400, 'VALIDATION_FAILED', 'amount', /below what refunds took/],
    ['pending', { type: 'bonus' }, 400, 'VALIDATION_FAILED', 'type', /must be one of: BONUS, DEDUCTION, CORRECTION/], ['pending', { reason: undefined }, 400, 'VALIDATION_FAILED', 'reason', /must be a string/], ['pending', { reason: 'x'.repeat(501) }, 400, 'VALIDATION_FAILED', 'reason', /at most 500/],
    ['rejected', {}, 409, 'CONFLICT', null, /cannot be adjusted/], ['refunded', {}, 409, 'CONFLICT', null, /raised by a credit only/],
  ])('of one that is %s is refused with %o', async (...[state, change, status, code, field, says]) => {
    const shop = await inState(state)
    expect(await refusal(shop, () => put(shop, `commissions/${shop.id}`, { amount: 5, reason: 'agreed', type: 'BONUS', ...change }))).toMatchObject(refused({ status, code, field, says }))
  })

  test('is of the key’s own mode and merchant, and needs the scope', async () => {
    const shop = await inState('pending')
    const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['payouts'] }, 1)
    const before = rowCounts(shop)
    const tried = await Promise.all([keys.refcampaign, 'token' in made ? made.token : '', 'rc_live_guessed'].map(async (key) => (await put(shop, `commissions/${shop.id}`, { amount: 5, reason: 'x', type: 'BONUS' }, key)).status))
    expect([tried, (await put(shop, 'commissions/cmm_0', { amount: 5, reason: 'x', type: 'BONUS' })).status, rowCounts(shop)]).toEqual([[404, 403, 401], 404, before])
  })
})

/** Payouts of Ana's and Ben's, both open. */
async function open(): Promise<Shop & { payouts: string[] }> {
  const shop = await startCollector()
  for (const affiliate of ['ana', 'ben']) await record(shop, { order: affiliate, affiliate })
  await shop.services.commissions.approve({ merchantId: 1, names: ['1', '2'] }, BY)
  const make = async (affiliate: string): Promise<string> => (await shop.services.payouts.make({ merchantId: 1, affiliate, mode: 'live' }, BY)).id
  return { ...shop, payouts: [await make('ana'), await make('ben')] }
}

describe('payouts together', () => {
  test('are paid, all of them', async () => {
    const shop = await open()
    const { status, body } = await batch(shop, shop.payouts)
    expect([status, body.data, balancesOf(shop)]).toEqual([200, { updated: 2, ids: shop.payouts }, { cash: -200, expense: 200 }])
  })

  test('or none, where one cannot be', async () => {
    const shop = await open()
    expect(await refusal(shop, () => batch(shop, [...shop.payouts, 'pay_0']))).toMatchObject(refused({ status: 404, code: 'NOT_FOUND', field: null, says: /no payout pay_0/ }))
    await shop.services.payouts.change('cancel', { merchantId: 1, payout: '2' }, BY)
    expect(await refusal(shop, () => batch(shop, shop.payouts))).toMatchObject(refused({ status: 409, code: 'CONFLICT', field: null, says: /it is cancelled/ }))
    expect(rowsOf(shop, 'select status from payouts order by number')).toEqual([{ status: 'OPEN' }, { status: 'CANCELLED' }])
  })

  test('once under an Idempotency-Key', async () => {
    const shop = await open()
    const once = { headers: { 'Idempotency-Key': 'k' } }
    const [first, again] = [await batch(shop, shop.payouts, once), await batch(shop, shop.payouts, once)]
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
    expect((await batch(shop, shop.payouts)).status).toBe(409)
  })

  test.each<[string, unknown, RegExp]>([['nothing', undefined, /must be a list/], ['none', [], /at least one/], ['501', Array.from({ length: 501 }, () => 'x'), /at most 500/], ['one name', 'pay_1', /must be a list/]])('%s is refused', async (_what, ids, says) => {
    expect(await refusal(shared(), () => batch(shared(), ids))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'payoutIds', says }))
  })

  test('50 and 51 ids are looked for', async () => {
    for (const length of [50, 51]) expect((await batch(shared(), Array.from({ length }, (_, n) => `pay_${n}`))).status).toBe(404)
  })

  test('of another mode or merchant are not there', async () => {
    const shop = await open()
    const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    const tried = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] }, 1)
    for (const key of [keys.refcampaign, 'token' in tried ? tried.token : '']) expect((await batch(shop, shop.payouts, { key })).status).toBe(404)
    expect(balancesOf(shop)).toEqual({ settling: -200, expense: 200 })
  })
})

test('a payout is cancelled for a reason, which the audit keeps', async () => {
  const shop = await inState('in payout')
  expect(await refusal(shop, () => put(shop, 'payouts/1/cancel', { reason: 'x'.repeat(501) }))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'reason', says: /at most 500/ }))
  expect((await put(shop, 'payouts/1/cancel', { reason: 'Wrong account' })).body.data['status']).toBe('CANCELLED')
  expect(rowsOf(shop, "select detail from audit where action = 'payout cancel'")).toEqual([{ detail: '{"reason":"Wrong account"}' }])
})
