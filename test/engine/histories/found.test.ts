/** What random histories found, each as small as it can be told. */
import { expect, test } from 'vitest'
import { DomainError } from '../../../shared/errors.ts'
import { makePayout } from '../../../shared/engine/payout.ts'
import { book } from '../book.ts'
import { arrival, binding, commission, countedIds, eur, flat, named, order, ORDER_MS, percent, shop, shopWith, trigger } from '../builders.ts'

test('a bonus that no amount can hold is refused, and rounds nothing off', () => {
  const kept = book(shopWith({ rate: percent('100') }))
  kept.visit(arrival())
  const { conversion } = kept.report(order({ amount: { minor: Number.MAX_SAFE_INTEGER, currency: 'EUR' } }), named({ session: 's1' }))
  expect(() => kept.adjust(conversion.commissions[0]!, { id: 'adj_1', type: 'BONUS', minor: 2, reason: null }, ORDER_MS)).toThrow(DomainError)
  expect(kept.transactions).toHaveLength(1)
})

test('an order that turns out to be a renewal as its first payment is settled is limited by the month, too', () => {
  const kept = book(shopWith({ recurring: 'life', capPerMonth: [eur(1500)] }))
  for (const id of ['cnv_1', 'cnv_2']) kept.report(order({ id, externalId: id, subscriptionId: 'sub' }), named({ session: id }))
  // Only the first one's session is known; the second is the subscription's next payment.
  kept.visit(arrival({ session: 'cnv_1', atMs: ORDER_MS + 1, ageMs: 10 }))
  expect(['cnv_1', 'cnv_2'].map((id) => kept.kept(id).commissions.map(({ amount }) => amount.minor))).toEqual([[1000], [500]])
})

test('what the month\'s cap leaves is allotted to the lines by what they earned, rounded once', () => {
  const kept = book(shopWith({ rate: flat(777), capPerMonth: [eur(501)] }))
  const lines = [{ sku: null, quantity: 1, minor: 333 }, { sku: null, quantity: 1, minor: 4990 }]
  kept.report(order({ lines, amount: eur(5323) }), named({ code: 'ana' }))
  // 501 x 333 / 5323 = 31.34; of the 48.61 that the line has of 777 it would be 31.6.
  expect(kept.receipts[0]?.outcome.earnings).toMatchObject([{ amount: eur(501), byLine: [31, 470] }])
})

test('a lead without a bounty earns nothing of lines that are carved out', () => {
  const kept = book(shop({ triggers: [trigger('sku', 'TEE')] }))
  kept.report(order({ kind: 'lead', lines: [{ sku: 'TEE', quantity: 1, minor: 10_000 }] }), named({ code: 'ana' }))
  expect(kept.kept().commissions.map(({ affiliateId, amount }) => [affiliateId, amount.minor])).toEqual([['aff_ana', 0], ['aff_ben', 1000]])
})

test('what was recorded before counts as volume, though the clock was set back in between', () => {
  const kept = book(shopWith({ tiers: { period: 'life', steps: [{ threshold: [eur(1)], rate: percent('20') }] } }))
  for (const [id, atMs] of [['cnv_1', ORDER_MS], ['cnv_2', ORDER_MS - 1]] as const) kept.report(order({ id, externalId: id, atMs }), named({ session: 's1' }, atMs))
  kept.visit(arrival({ atMs: ORDER_MS + 1, ageMs: 10 }))
  expect(['cnv_1', 'cnv_2'].map((id) => kept.kept(id).commissions.map(({ amount }) => amount.minor))).toEqual([[1000], [2000]])
})

test('a test visit does not make a live identify count', () => {
  const kept = book()
  kept.visit(arrival({ session: 's2' }))
  kept.identify(binding({ session: 's2' }))
  kept.identify(binding({ session: 's1' }))
  kept.visit(arrival({ id: 'click-2', mode: 'test' }))
  expect(kept.report(order(), named({ session: 's1' })).conversion.attributed).toBe(false)
})

test('customers that are tried in a session do not use up those of the live one', () => {
  const kept = book()
  const browser = (mode: 'live' | 'test', identity: string): boolean => kept.identify(binding({ source: 'browser', mode, identity })).identified
  expect(['a', 'b', 'c', 'd'].map((identity) => browser('test', identity))).toEqual([true, true, true, false])
  expect(browser('live', 'buyer')).toBe(true)
})

test('a payout takes what is approved, and nothing else that it is shown', () => {
  const states = ['PENDING', 'APPROVED', 'IN_PAYOUT', 'PAID', 'REJECTED'] as const
  const commissions = states.map((status) => commission({ id: status, status, reason: status === 'REJECTED' ? 'denied' : null, openMinor: 1000 }))
  const made = makePayout({ commissions, owed: 0n }, { merchantId: 1, mode: 'live', affiliateId: 'aff_ana', currency: 'EUR', method: null, note: null }, { nowMs: ORDER_MS, newId: countedIds() })
  expect(made.result.payout).toMatchObject({ commissionIds: ['APPROVED'], grossMinor: 1000 })
})

test('an order that is won late is the first payment of those behind it, though a later one was won before', () => {
  const kept = book(shopWith({ recurring: 'life' }))
  for (const [id, evidence] of [['cnv_1', { session: 's1' }], ['cnv_2', { session: 's2' }], ['cnv_3', { code: 'ben' }]] as const) kept.report(order({ id, externalId: id, subscriptionId: 'sub' }), named(evidence))
  kept.visit(arrival({ atMs: ORDER_MS + 1, ageMs: 10 }))
  const earned = ['cnv_1', 'cnv_2', 'cnv_3'].map((id) => kept.kept(id).commissions.map(({ affiliateId, amount }) => [affiliateId, amount.minor]))
  expect(earned).toEqual([[['aff_ana', 1000]], [['aff_ana', 1000]], [['aff_ben', 1000]]])
})

test('a payment is a renewal of one that was recorded before it, though the clock was set back in between', () => {
  const kept = book(shopWith({ recurring: 'life' }))
  kept.report(order({ id: 'cnv_1', externalId: 'cnv_1', subscriptionId: 'sub' }), named({ code: 'ana' }))
  kept.report(order({ id: 'cnv_2', externalId: 'cnv_2', subscriptionId: 'sub', atMs: ORDER_MS - 1 }), named({}))
  expect(kept.kept('cnv_2').commissions.map(({ affiliateId, amount }) => [affiliateId, amount.minor])).toEqual([['aff_ana', 1000]])
})
