import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_RULES } from '../../shared/engine/terms.ts'
import { contest, type ContestOrder, type ContestPolicy, type Evidence, type Touch, type Verdict } from '../../shared/engine/attribution.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { contestOrder, contestPolicy, holds, MAIN, ORDER_MS, shuffled, touch } from './builders.ts'

const WINDOW_MS = 30 * DAY_MS
const STRENGTH: Evidence[] = ['explicit', 'click_id', 'session', 'affiliate_code', 'trigger', 'identity']
const by = (policies: ContestPolicy[]) => ({ policies, fallback: DEFAULT_RULES })

const verdictOf = (more: Partial<Touch>, { order = contestOrder(), policies = [contestPolicy()] } = {}): Verdict | undefined => contest(order, [touch(more)], by(policies)).verdicts[0]

test.each<[string, number, Verdict]>([
  ['the window\'s first millisecond counts', ORDER_MS - WINDOW_MS, 'WON'],
  ['one millisecond older lies outside', ORDER_MS - WINDOW_MS - 1, 'OUTSIDE_WINDOW'],
  ['a touch in the order\'s own millisecond counts', ORDER_MS, 'WON'],
  ['one millisecond later it came after', ORDER_MS + 1, 'AFTER_CONVERSION'],
])('%s', (_name, occurredAtMs, verdict) => {
  expect(verdictOf({ occurredAtMs, knownAtMs: occurredAtMs })).toBe(verdict)
})

test.each<[string, number, number, Verdict]>([
  ['evidence may come as long after the order as the window lasts', ORDER_MS + WINDOW_MS, ORDER_MS, 'WON'],
  ['and not a millisecond longer', ORDER_MS + WINDOW_MS + 1, ORDER_MS, 'OUTSIDE_WINDOW'],
  ['what was known when an old order was reported is not late', ORDER_MS + 90 * DAY_MS, ORDER_MS + 90 * DAY_MS, 'WON'],
  ['what came after that report is', ORDER_MS + 90 * DAY_MS + 1, ORDER_MS + 90 * DAY_MS, 'OUTSIDE_WINDOW'],
])('%s', (_name, knownAtMs, receivedAtMs, verdict) => {
  expect(verdictOf({ knownAtMs }, { order: contestOrder({ receivedAtMs }), policies: [contestPolicy()] })).toBe(verdict)
})

test('the window is that of the touch\'s own campaign', () => {
  const week = contestPolicy({ campaignId: 'cmp_week', windowDays: 7 })
  const old = ORDER_MS - 8 * DAY_MS
  const { verdicts } = contest(contestOrder(), [touch({ eventId: 'a', campaignId: 'cmp_week', occurredAtMs: old }), touch({ eventId: 'b', occurredAtMs: old })], by([week, contestPolicy()]))
  expect(verdicts).toEqual(['OUTSIDE_WINDOW', 'WON'])
})

/** Each way not to count, first that applies first (ENGINE section 3, rule 2). */
const FAULTS: [Verdict, Partial<Touch>][] = [
  ['UNKNOWN_CODE', { affiliateId: null }],
  ['MODE_MISMATCH', { mode: 'test' }],
  ['BOT', { bot: true }],
  ['AFTER_CONVERSION', { occurredAtMs: ORDER_MS + 1 }],
  ['OUTSIDE_WINDOW', { knownAtMs: ORDER_MS + WINDOW_MS + 1 }],
  ['AFFILIATE_INACTIVE', { affiliateActive: false }],
  ['NOT_ENROLLED', { enrolled: false }],
  ['CAMPAIGN_ARCHIVED', { campaignId: 'cmp_archived' }],
  ['SELF_REFERRAL', { isBuyer: true }],
]
const BOTH_CAMPAIGNS = [contestPolicy(), contestPolicy({ campaignId: 'cmp_archived', archived: true })]

test('of all that speaks against a touch the first in the rule\'s order is its verdict, in all 512 combinations', () => {
  const combinations = Array.from({ length: 2 ** FAULTS.length }, (_, chosen) => FAULTS.filter((_fault, bit) => (chosen & (1 << bit)) !== 0))
  const judged = combinations.map((faults) => {
    const patches: Partial<Touch> = Object.assign({}, ...faults.map(([, patch]) => patch))
    return [verdictOf(patches, { order: contestOrder(), policies: BOTH_CAMPAIGNS }), ...faults.map(([verdict]) => verdict)]
  })
  expect(judged).toEqual(combinations.map((faults) => [faults[0]?.[0] ?? 'WON', ...faults.map(([verdict]) => verdict)]))
})

test.each<[string, Partial<Touch>, Verdict]>([
  ['without a campaign a touch is not enrolled', { campaignId: null }, 'NOT_ENROLLED'],
  ['nor is its window tested', { campaignId: null, occurredAtMs: 0 }, 'NOT_ENROLLED'],
  ['nor whether it came too late', { campaignId: null, knownAtMs: ORDER_MS + 90 * DAY_MS }, 'NOT_ENROLLED'],
])('%s', (_name, patch, verdict) => {
  expect(verdictOf(patch)).toBe(verdict)
})

test.each<[string, 'live' | 'test', 'live' | 'test', Verdict]>([
  ['a live order does not consider a test touch', 'live', 'test', 'MODE_MISMATCH'],
  ['a test order considers a live touch', 'test', 'live', 'WON'],
  ['a test order considers a test touch', 'test', 'test', 'WON'],
])('%s', (_name, orderMode, mode, verdict) => {
  expect(verdictOf({ mode }, { order: contestOrder({ mode: orderMode }), policies: [contestPolicy()] })).toBe(verdict)
})

const at = (eventId: string, evidence: Evidence, daysBefore: number, more: Partial<Touch> = {}): Touch => touch({ eventId, evidence, occurredAtMs: ORDER_MS - daysBefore * DAY_MS, ...more })

test.each<[string, Touch[], Verdict[]]>([
  ['the latest of a session wins', [at('a', 'session', 1), at('b', 'session', 2)], ['WON', 'LATER_TOUCH_WON']],
  ['a click id beats a later session', [at('a', 'click_id', 9), at('b', 'session', 1)], ['WON', 'WEAKER_EVIDENCE']],
  ['of two click ids the later one wins', [at('a', 'click_id', 9), at('b', 'click_id', 1)], ['LATER_TOUCH_WON', 'WON']],
  ['a session beats a code, though the code came with the order', [at('a', 'session', 29), at('b', 'affiliate_code', 0)], ['WON', 'WEAKER_EVIDENCE']],
  ['a code beats the customer\'s other sessions', [at('a', 'affiliate_code', 9), at('b', 'identity', 1)], ['WON', 'WEAKER_EVIDENCE']],
  ['a stronger touch that does not count leaves the contest to the weaker', [at('a', 'click_id', 31), at('b', 'identity', 1)], ['OUTSIDE_WINDOW', 'WON']],
  ['the next eligible touch wins over the buyer\'s own', [at('a', 'session', 1, { isBuyer: true }), at('b', 'session', 2)], ['SELF_REFERRAL', 'WON']],
  ['when none counts nobody wins', [at('a', 'session', 31), at('b', 'session', 1, { bot: true })], ['OUTSIDE_WINDOW', 'BOT']],
  ['no touches, no verdicts', [], []],
  ['at the same instant the smaller event id wins', [at('b', 'session', 1), at('a', 'session', 1)], ['LATER_TOUCH_WON', 'WON']],
  ['of one event the smaller affiliate id wins', [at('a', 'session', 1, { affiliateId: 'aff_b' }), at('a', 'session', 1, { affiliateId: 'aff_a' })], ['LATER_TOUCH_WON', 'WON']],
  ['a later touch wins over a smaller event id', [at('a', 'session', 2), at('b', 'session', 1)], ['LATER_TOUCH_WON', 'WON']],
])('%s', (_name, touches, verdicts) => {
  expect(contest(contestOrder(), touches, by([contestPolicy()])).verdicts).toEqual(verdicts)
})

const aTouch: fc.Arbitrary<Touch> = fc.record({
  eventId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), evidence: fc.constantFrom(...STRENGTH), affiliateId: fc.option(fc.constantFrom('aff_a', 'aff_b'), { freq: 8 }),
  affiliateActive: mostly(true), enrolled: mostly(true), isBuyer: mostly(false), bot: mostly(false), mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const),
  campaignId: fc.constantFrom(MAIN, MAIN, 'cmp_week', 'cmp_archived', null),
  occurredAtMs: fc.constantFrom(-1, 0, 1, 7 * DAY_MS, 7 * DAY_MS + 1, WINDOW_MS, WINDOW_MS + 1).map((agoMs) => ORDER_MS - agoMs),
  knownAtMs: fc.constantFrom(ORDER_MS - DAY_MS, ORDER_MS, ORDER_MS + WINDOW_MS, ORDER_MS + WINDOW_MS + 1),
}).map(touch)
const touches = fc.uniqueArray(aTouch, { maxLength: 8, selector: ({ eventId, affiliateId }) => `${eventId} ${affiliateId}` })
const POLICIES: ContestPolicy[] = [...BOTH_CAMPAIGNS, contestPolicy({ campaignId: 'cmp_week', windowDays: 7 })]
const orders = fc.constantFrom(contestOrder(), contestOrder({ mode: 'test' }), contestOrder({ receivedAtMs: ORDER_MS + DAY_MS }))

function mostly(value: boolean): fc.Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, value, !value)
}

/** Sorts eligible touches as the rules rank them: strength, then recency, then event id, then affiliate id. */
const rank = ({ evidence, occurredAtMs, eventId, affiliateId }: Touch): string => [STRENGTH.indexOf(evidence), String(ORDER_MS - occurredAtMs).padStart(12, '0'), eventId, affiliateId].join(' ')

const winnerOf = (order: ContestOrder, given: Touch[]): Touch | undefined => given[contest(order, given, by(POLICIES)).verdicts.indexOf('WON')]

test('one touch wins, the first in rank of all that count, or none; the rest lost to it or are judged as if they were alone', () => {
  holds(fc.property(orders, touches, (order, given) => {
    const alone = given.map((one) => contest(order, [one], by(POLICIES)).verdicts[0])
    const [best] = given.filter((_, index) => alone[index] === 'WON').toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))
    const expected = given.map((one, index) => {
      if (alone[index] !== 'WON' || one === best) return alone[index]
      return one.evidence === best?.evidence ? 'LATER_TOUCH_WON' : 'WEAKER_EVIDENCE'
    })
    const { verdicts, weights } = contest(order, given, by(POLICIES))
    expect(verdicts).toEqual(expected)
    expect(weights).toEqual(given.map((one) => (one === best ? { n: 1, d: 1 } : null)))
    expect(verdicts.filter((verdict) => verdict === 'WON')).toHaveLength(best === undefined ? 0 : 1)
  }), 1500)
})

test('the order in which touches are given changes nothing', () => {
  holds(fc.property(orders, touches.chain((given) => fc.tuple(fc.constant(given), shuffled(given))), shuffled(POLICIES), (order, [given, moved], policies) => {
    const before = contest(order, given, by(POLICIES)).verdicts
    const after = contest(order, moved, by(policies)).verdicts
    expect(moved.map((one) => before[given.indexOf(one)])).toEqual(after)
  }), 1000)
})

test('without one of the losers the same touch wins', () => {
  holds(fc.property(orders, touches, fc.nat(), (order, given, drawn) => {
    const winner = winnerOf(order, given)
    const left = given.filter((_, index) => given[index] === winner || index !== drawn % Math.max(given.length, 1))
    expect(winnerOf(order, left)).toBe(winner)
  }), 1000)
})
