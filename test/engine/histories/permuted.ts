import * as fc from 'fast-check'
import type { Arrival, Binding, Conversion, Identifier, Order } from '../../../shared/domain.ts'
import { DAY_MS } from '../../../shared/limits.ts'
import { HOUR_MS, named, ORDER_MS, shuffled } from '../builders.ts'
import { book, type Book } from '../book.ts'
import { arrivalOf, bindingOf, identifiersOf, numbered, orderOf } from './facts.ts'
import { must } from './laws/must.ts'
import { clicks, identifies, orders, type Step } from './steps.ts'
import { settingsOf, worlds, type World } from './world.ts'

/** What a collector is told of a customer, at one of few moments, so that many coincide. */
export type Fact = { arrival: Arrival } | { binding: Binding }

const receivedAtMs = (fact: Fact): number => ('arrival' in fact ? fact.arrival : fact.binding).receivedAtMs
const inTime = (facts: Fact[]): Fact[] => facts.toSorted((a, b) => receivedAtMs(a) - receivedAtMs(b))

const MOMENTS = [-31 * DAY_MS, -7 * DAY_MS, -DAY_MS, -HOUR_MS, -1, 0]
const LATER = [0, 1, HOUR_MS, DAY_MS, DAY_MS + 1, 7 * DAY_MS]

type Telling = Extract<Step, { do: 'click' | 'identify' }>
const tellings = (moments: number[]): fc.Arbitrary<Fact[]> =>
  fc.array(fc.tuple(fc.oneof({ weight: 2, arbitrary: clicks }, { weight: 1, arbitrary: identifies }) as fc.Arbitrary<Telling>, fc.constantFrom(...moments)), { maxLength: 9 }).map((told) => {
    const arrivals: Arrival[] = []
    return told.map(([step, offset], index): Fact => {
      const nowMs = ORDER_MS + offset
      if (step.do === 'identify') return { binding: bindingOf(step, nowMs) }
      // Ids in another order than the telling.
      const arrival = arrivalOf({ ...step, joins: null }, { id: numbered('click', (index * 7) % 10), nowMs, earlier: arrivals })
      arrivals.push(arrival)
      return { arrival }
    })
  })

const reported: fc.Arbitrary<{ order: Order; identifiers: Identifier[] }> = orders.map((step) => ({
  order: { ...orderOf(step.bought, { id: 'cnv-1', mode: step.mode, nowMs: ORDER_MS }), externalId: 'order 1', subscriptionId: null }, identifiers: identifiersOf(step.named, { nowMs: ORDER_MS, arrivals: [] }),
}))

/** The same facts in two orders of arrival: each in its own millisecond's place, those of one millisecond any way. */
export interface Permuted {
  world: World
  reported: { order: Order; identifiers: Identifier[] }
  before: [Fact[], Fact[]]
  after: [Fact[], Fact[]]
}

const twoWays = (facts: fc.Arbitrary<Fact[]>): fc.Arbitrary<[Fact[], Fact[]]> => facts.chain((given) => fc.tuple(fc.constant(inTime(given)), shuffled(given).map(inTime)))
export const permutations: fc.Arbitrary<Permuted> = fc.record({ world: worlds, reported, before: twoWays(tellings(MOMENTS)), after: twoWays(tellings(LATER)) })

const tell = (kept: Book, fact: Fact): unknown => ('arrival' in fact ? kept.visit(fact.arrival) : kept.identify(fact.binding))
const conversionOf = (kept: Book): Conversion => kept.conversions.get('cnv-1')!

/** All that was decided, but for the ids that count up. */
const decisionOf = (kept: Book): unknown => {
  const { attributed, marks, commissions } = conversionOf(kept)
  // What nobody won yet keeps receipts of what was to consider on the way.
  const receipt = attributed ? kept.receipts.at(-1) : undefined
  return [attributed, marks, commissions.map(({ id: _id, ...row }) => row), receipt?.inputs, receipt?.outcome, kept.transactions.map(({ id: _id, commissionId: _of, ...row }) => row), kept.balances()]
}
const text = (value: unknown): string => JSON.stringify(value)

/** Told in either order before the order comes, facts lead to the same decision. */
export function orderOfArrivalIsNothing({ world, reported: { order: placed, identifiers }, before }: Permuted): void {
  const [one, other] = before.map((facts) => {
    const kept = book(settingsOf(world))
    for (const fact of facts) tell(kept, fact)
    kept.report(placed, identifiers)
    return text(decisionOf(kept))
  })
  must(one === other, 'the order of arrival decides nothing', () => [one, other])
}

/** So do those that come after the order and do not settle it yet: what settles it then finds the same. */
export function orderOfLateArrivalIsNothing({ world, reported: { order: placed, identifiers }, before: [before], after }: Permuted): void {
  const last: Identifier[] = named({ session: 's1', code: 'ana' }, ORDER_MS + 7 * DAY_MS)
  const decided = after.map((facts) => {
    const kept = book(settingsOf(world))
    for (const fact of before) tell(kept, fact)
    kept.report(placed, identifiers)
    for (const fact of facts) tell(kept, fact)
    if (conversionOf(kept).attributed) return undefined
    kept.report({ ...placed, id: 'cnv-2', receivedAtMs: ORDER_MS + 7 * DAY_MS }, last)
    return text(decisionOf(kept))
  })
  // Where one way settles it on the way, the rest came after it was settled: then there is nothing to compare.
  if (decided.includes(undefined)) return
  must(decided[0] === decided[1], 'the order of arrival decides nothing of what is settled late', () => decided)
}

const isTest = (fact: Fact): boolean => ('arrival' in fact ? fact.arrival : fact.binding).mode === 'test'

/** Whatever is told in test mode, live orders are decided without it. */
export function testsTouchNothingLive({ world, reported: { order: placed, identifiers }, before: [before] }: Permuted): void {
  const decided = [before, before.filter((fact) => !isTest(fact))].map((facts) => {
    const kept = book(settingsOf(world))
    for (const fact of facts) tell(kept, fact)
    const { conversion: { attributed, commissions } } = kept.report({ ...placed, mode: 'live' }, identifiers)
    const receipt = kept.receipts.at(-1)!
    const judged = receipt.inputs.touches.flatMap(({ eventId, mode }, index) => (mode === 'test' ? [] : [[eventId, receipt.outcome.verdicts[index], receipt.outcome.weights[index]]]))
    return text([attributed, judged.toSorted(), commissions.map(({ id: _id, ...row }) => row)])
  })
  must(decided[0] === decided[1], 'a test changes nothing that is live', () => decided)
}
