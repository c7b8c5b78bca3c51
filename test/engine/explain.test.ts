import { expect, test } from 'vitest'
import type { Mark } from '../../shared/domain.ts'
import type { ContestOrder, ContestPolicy, Touch, Verdict } from '../../shared/engine/attribution.ts'
import { explain, explainTouch, type Names } from '../../shared/engine/explain.ts'
import { ENGINE_VERSION, judge, type Receipt, type ReceiptInputs } from '../../shared/engine/receipt.ts'
import { contestOrder, contestPolicy, eur, flat, ORDER_MS, touch } from './builders.ts'

const NAMES: Names = { affiliate: (id) => ({ aff_ana: 'Ana', aff_ben: 'Ben' })[id] ?? id, campaign: (id) => (id === 'cmp_main' ? '"Main"' : id) }

function receiptOf(touches: Touch[], { order = {}, policy = {}, ...more }: { order?: Partial<ContestOrder>; policy?: Partial<ContestPolicy>; more?: number; marks?: Mark[] } = {}): Receipt {
  const inputs: ReceiptInputs = { order: contestOrder(order), touches, more: 0, policies: [contestPolicy(policy)], marks: [], ...more }
  return { id: 'rcp_1', conversionId: 'cnv_1', engine: ENGINE_VERSION, decidedAtMs: ORDER_MS, inputs, outcome: judge(inputs) }
}

test.each<[Verdict, string, Partial<Touch>, Partial<ContestPolicy>]>([
  ['WON', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC won: the latest of the strongest evidence.', {}, {}],
  ['WON', 'Ana\'s link (the order names this click) of 2026-11-19 09:00 UTC won: the latest of the strongest evidence.', { evidence: 'click_id' }, {}],
  ['WON', 'Ana\'s code (named on the order) of 2026-11-20 09:00 UTC won: the latest of the strongest evidence.', { evidence: 'affiliate_code', occurredAtMs: ORDER_MS }, {}],
  ['WON', 'Ana\'s link (another session of the same customer) of 2026-11-19 09:00 UTC won: the latest of the strongest evidence.', { evidence: 'identity' }, {}],
  ['UNKNOWN_CODE', '"nemo": code (named on the order) of 2026-11-20 09:00 UTC does not count: no affiliate has this code.', { evidence: 'affiliate_code', code: 'nemo', affiliateId: null, occurredAtMs: ORDER_MS }, {}],
  ['MODE_MISMATCH', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: it was a test, and the order is not.', { mode: 'test' }, {}],
  ['BOT', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: a bot made it.', { bot: true }, {}],
  ['AFTER_CONVERSION', 'Ana\'s link (same session as the order) of 2026-11-20 09:30 UTC does not count: it came after the order.', { occurredAtMs: ORDER_MS + 1_800_000 }, {}],
  ['OUTSIDE_WINDOW', 'Ana\'s link (same session as the order) of 2026-11-12 09:00 UTC does not count: it lies outside the campaign\'s window of 7 days.', { occurredAtMs: ORDER_MS - 8 * 86_400_000 }, { windowDays: 7 }],
  ['AFFILIATE_INACTIVE', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: the affiliate was not active when the order was placed.', { affiliateActive: false }, {}],
  ['NOT_ENROLLED', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: the affiliate was in no campaign that covers it.', { campaignId: null }, {}],
  ['CAMPAIGN_ARCHIVED', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: the campaign was archived when the order was placed.', {}, { archived: true }],
  ['SELF_REFERRAL', 'Ana\'s link (same session as the order) of 2026-11-19 09:00 UTC does not count: the affiliate is the buyer.', { isBuyer: true }, {}],
])('%s reads: %s', (verdict, sentence, patch, policy) => {
  const receipt = receiptOf([touch(patch)], { policy })
  expect(receipt.outcome.verdicts).toEqual([verdict])
  expect(explainTouch(receipt, 0, NAMES)).toBe(sentence)
})

test('the decision comes first, then each touch with its reason, then what was left out', () => {
  const touches = [touch({ evidence: 'click_id' }), touch({ eventId: 'b', evidence: 'click_id', affiliateId: 'aff_ben', occurredAtMs: ORDER_MS - 172_800_000 }), touch({ eventId: 'c', affiliateId: 'aff_gone' })]
  expect(explain(receiptOf(touches, { more: 12 }), NAMES)).toEqual([
    'Ana earns 10.00 EUR in campaign "Main".',
    'Ana\'s link (the order names this click) of 2026-11-19 09:00 UTC won: the latest of the strongest evidence.',
    'Ben\'s link (the order names this click) of 2026-11-18 09:00 UTC lost: a later touch of the same strength won.',
    'aff_gone\'s link (same session as the order) of 2026-11-19 09:00 UTC lost: stronger evidence won.',
    '12 more touches were known and not considered.',
  ])
})

test.each<[string, Receipt, string]>([
  ['no touch', receiptOf([]), 'Nobody earns from this order: no affiliate link, code or known customer leads to it.'],
  ['touches that do not count', receiptOf([touch({ bot: true })]), 'Nobody earns from this order: none of the touches below counts.'],
  ['a currency without decimals', receiptOf([touch()], { order: { amount: { minor: 1005, currency: 'JPY' } } }), 'Ana earns 101 JPY in campaign "Main".'],
])('the result reads well with %s', (_name, receipt, sentence) => {
  expect(explain(receipt, NAMES)[0]).toBe(sentence)
})

test.each<[Mark, Receipt, string]>([
  ['LATE_ARRIVAL', receiptOf([touch()], { marks: ['LATE_ARRIVAL'] }), 'The evidence arrived after the order, and the order was settled then.'],
  ['IDENTITY_CONFLICT', receiptOf([touch()], { marks: ['IDENTITY_CONFLICT'] }), 'More than one customer claimed the order\'s session; the first one counts.'],
  ['CAPPED', receiptOf([touch()], { policy: { rate: flat(500) }, order: { amount: eur(499) } }), 'The commission was limited to the value of the order.'],
  ['NO_RATE_FOR_CURRENCY', receiptOf([touch()], { policy: { rate: flat(500, 'USD') } }), 'The campaign has no rate in the order\'s currency, so nothing was earned.'],
  ['UNVERIFIED_IDENTITY', receiptOf([touch({ evidence: 'identity', unverified: true })]), 'Only a browser tied this click to the customer; such commissions are watched before approval.'],
])('the mark %s is explained last', (mark, receipt, sentence) => {
  expect(receipt.outcome.marks).toEqual([mark])
  expect(explain(receipt, NAMES).at(-1)).toBe(sentence)
})

test('an order that late evidence did not settle is not said to be settled', () => {
  const receipt = receiptOf([touch({ occurredAtMs: ORDER_MS + 1 })], { marks: ['LATE_ARRIVAL'] })
  expect(explain(receipt, NAMES)).toEqual(['Nobody earns from this order: none of the touches below counts.', 'Ana\'s link (same session as the order) of 2026-11-20 09:00 UTC does not count: it came after the order.'])
})

test('a touch that is not on the receipt has no sentence', () => {
  expect(explainTouch(receiptOf([]), 0, NAMES)).toBe('')
})
