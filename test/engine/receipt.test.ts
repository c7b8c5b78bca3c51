import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Mark } from '../../shared/domain.ts'
import { DEFAULT_RULES, MODELS, type Rate } from '../../shared/engine/terms.ts'
import type { Evidence, Verdict } from '../../shared/engine/attribution.ts'
import { ENGINE_VERSION, judge, type Receipt, type ReceiptInputs } from '../../shared/engine/receipt.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { contestOrder, contestPolicy, eur, flat, holds, MAIN, ORDER_MS, percent, touch } from './builders.ts'

const inputsWith = (more: Partial<ReceiptInputs> = {}): ReceiptInputs => ({ kind: 'contest', order: contestOrder(), touches: [touch()], more: 0, policies: [contestPolicy()], fallback: DEFAULT_RULES, usage: [], marks: [], ...more })

test('the winner\'s campaign pays, on the order\'s amount', () => {
  expect(judge(inputsWith())).toEqual({
    verdicts: ['WON'], weights: [{ n: 1, d: 1 }], attributed: true, marks: [],
    earnings: [{ affiliateId: 'aff_ana', campaignId: MAIN, amount: eur(1000), exact: '1000/1', byLine: [1000], unverified: false, parts: [{ campaignId: MAIN, minor: 1000, weight: { n: 1, d: 1 }, lines: [0] }] }],
  })
})

test('each touch\'s own campaign has its own rate', () => {
  const policies = [contestPolicy(), contestPolicy({ campaignId: 'cmp_b', rate: percent('20') })]
  expect(judge(inputsWith({ touches: [touch({ occurredAtMs: 0 }), touch({ eventId: 'b', campaignId: 'cmp_b', affiliateId: 'aff_ben' })], policies })).earnings).toMatchObject([{ affiliateId: 'aff_ben', campaignId: 'cmp_b', amount: eur(2000) }])
})

test.each<[string, Partial<ReceiptInputs>, Mark[]]>([
  ['what is said of the circumstances stands before what the judgment adds', { marks: ['LATE_ARRIVAL', 'IDENTITY_CONFLICT'], touches: [touch({ evidence: 'identity', unverified: true })], policies: [contestPolicy({ rate: flat(1, 'USD') })] }, ['LATE_ARRIVAL', 'IDENTITY_CONFLICT', 'NO_RATE_FOR_CURRENCY', 'UNVERIFIED_IDENTITY']],
  ['a limited commission is marked', { policies: [contestPolicy({ rate: flat(20_000) })] }, ['CAPPED']],
  ['a browser\'s word that lost is not remarked on', { touches: [touch(), touch({ eventId: 'b', evidence: 'identity', unverified: true })] }, []],
  ['nothing was settled late when nobody won', { marks: ['LATE_ARRIVAL', 'IDENTITY_CONFLICT'], touches: [touch({ bot: true })] }, ['IDENTITY_CONFLICT']],
])('%s', (_name, more, marks) => {
  expect(judge(inputsWith(more)).marks).toEqual(marks)
})

test('a winner who earns nothing is still the winner', () => {
  expect(judge(inputsWith({ policies: [contestPolicy({ rate: percent('0') })] }))).toMatchObject({ attributed: true, earnings: [{ affiliateId: 'aff_ana', amount: eur(0) }] })
})

test('an engine that this build does not hold is refused', () => {
  for (const engine of [0, ENGINE_VERSION + 1, Number.NaN]) expect(() => judge(inputsWith(), engine)).toThrow(`engine version ${engine} is not known to this build`)
})

const rates: fc.Arbitrary<Rate> = fc.oneof(fc.integer({ min: 0, max: 1_000_000 }).map((ppm): Rate => ({ kind: 'percent', ppm })), fc.record({ minor: fc.nat(20_000), currency: fc.constantFrom('EUR', 'JPY') }).map((amount): Rate => ({ kind: 'flat', amounts: [amount] })))
const touches = fc.array(fc.record({
  eventId: fc.string({ minLength: 1, maxLength: 4 }), evidence: fc.constantFrom<Evidence>('click_id', 'session', 'affiliate_code', 'identity'), affiliateId: fc.option(fc.constantFrom('aff_ana', 'aff_ben'), { freq: 8 }),
  campaignId: fc.constantFrom(MAIN, 'cmp_b', null), isBuyer: fc.boolean(), unverified: fc.boolean(), occurredAtMs: fc.integer({ min: -31, max: 1 }).map((days) => ORDER_MS + days * DAY_MS),
}).map(touch), { maxLength: 6 })
const anInput: fc.Arbitrary<ReceiptInputs> = fc.record({
  kind: fc.constant('contest'), usage: fc.constant([]), fallback: fc.constant(DEFAULT_RULES),
  order: fc.record({ minor: fc.maxSafeNat(), currency: fc.constantFrom('EUR', 'JPY', 'KWD') }).map((amount) => contestOrder({ amount })), touches, more: fc.nat(3),
  policies: fc.tuple(rates, rates).map(([a, b]) => [contestPolicy({ rate: a }), contestPolicy({ campaignId: 'cmp_b', rate: b, windowDays: 7 })]), marks: fc.subarray<Mark>(['LATE_ARRIVAL', 'IDENTITY_CONFLICT']),
})

test('what was kept as JSON is judged again as it was, and keeps what was decided', () => {
  holds(fc.property(anInput, (inputs) => {
    const outcome = judge(inputs)
    const kept = JSON.parse(JSON.stringify(inputs)) as ReceiptInputs
    expect(kept).toEqual(inputs)
    expect(judge(kept)).toEqual(outcome)
    expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome)
  }), 1000)
})

test('judging changes none of its inputs', () => {
  holds(fc.property(anInput, (inputs) => {
    const before = structuredClone(inputs)
    judge(inputs)
    expect(inputs).toEqual(before)
  }))
})

test('one affiliate earns from an attributed order, the winner, and nobody from another', () => {
  holds(fc.property(anInput, (inputs) => {
    const { attributed, earnings, verdicts } = judge(inputs)
    const winner = inputs.touches[verdicts.indexOf('WON')]
    expect(attributed).toBe(winner !== undefined)
    expect(earnings.map(({ affiliateId, campaignId, amount }) => [affiliateId, campaignId, amount.currency])).toEqual(winner === undefined ? [] : [[winner.affiliateId, winner.campaignId, inputs.order.amount.currency]])
  }))
})

const GOLDEN = join(import.meta.dirname, 'golden')
const golden = readdirSync(GOLDEN).toSorted().map((name) => [name, JSON.parse(readFileSync(join(GOLDEN, name), 'utf8')) as Receipt] as const)

test('there are golden receipts of every engine version', () => {
  expect([...new Set(golden.map(([, { engine }]) => engine))]).toEqual(Array.from({ length: ENGINE_VERSION }, (_, index) => index + 1))
})

test('those of this engine show every verdict, every model and every mark that a decision makes', () => {
  const own = golden.flatMap(([, receipt]) => (receipt.engine === ENGINE_VERSION ? receipt : []))
  const verdicts: Record<Verdict, true> = {
    WON: true, SHARED: true, LATER_TOUCH_WON: true, EARLIER_TOUCH_WON: true, WEAKER_EVIDENCE: true, UNKNOWN_CODE: true, MODE_MISMATCH: true, BOT: true, AFTER_CONVERSION: true, OUTSIDE_WINDOW: true,
    AFFILIATE_INACTIVE: true, NOT_ENROLLED: true, CAMPAIGN_ARCHIVED: true, SELF_REFERRAL: true, RENEWALS_ENDED: true, FIRST_PAYMENT_REJECTED: true,
  }
  const marks: Record<Exclude<Mark, 'REPEAT_DIFFERS'>, true> = {
    LATE_ARRIVAL: true, CAPPED: true, NO_RATE_FOR_CURRENCY: true, MIN_ORDER: true, RENEWAL: true, ADOPTED: true, AGE_CLAMPED: true, UNVERIFIED_IDENTITY: true, IDENTITY_CONFLICT: true, TOLD_BY_BROWSER: true, IMPORTED: true,
  }
  expect(new Set(own.flatMap(({ outcome }) => outcome.verdicts))).toEqual(new Set(Object.keys(verdicts)))
  expect(new Set(own.flatMap(({ outcome }) => outcome.marks))).toEqual(new Set(Object.keys(marks)))
  expect(new Set(own.flatMap(({ inputs }) => inputs.policies.map(({ model }) => model)))).toEqual(new Set(MODELS))
  expect(new Set(own.map(({ inputs }) => inputs.kind))).toEqual(new Set(['contest', 'renewal', 'credit', 'import']))
})

test.each(golden)('a receipt kept for good is judged as it was: %s', (_name, { inputs, engine, outcome }) => {
  expect(judge(inputs, engine)).toEqual(outcome)
})
