import * as fc from 'fast-check'
import type { AffiliateStatus, BindingSource, ConversionKind, IdentityKind, Mode, RejectionReason, TriggerKind } from '../../../shared/domain.ts'
import type { CampaignPolicy, Rate, RateScope } from '../../../shared/engine/terms.ts'
import { ADJUSTMENTS, type AdjustmentType } from '../../../shared/engine/adjust.ts'
import { DAY_MS } from '../../../shared/limits.ts'
import { HOUR_MS } from '../builders.ts'
import { assignments, mostly, policies, specialRates, TIMEZONES } from './world.ts'

/** What an order names: indexes into the world's lists; null names nothing. */
export interface Named {
  session: number | null
  identity: number | null
  customer: number | null
  /** Of the clicks so far. */
  click: number | null
  code: number | null
  coupons: number[]
  affiliate: number | null
}

export interface Bought {
  kind: ConversionKind
  currency: number
  minor: number
  lines: { sku: number | null; quantity: number; minor: number }[]
  discount: number
  tax: number
  pricesIncludeTax: boolean
  subscription: number | null
  commission: number | null
  agoMs: number
  /** One of few external ids, so that they come again; null has none. */
  id: number | null
}

/** What happens next. Steps name things by index, modulo what there is by then, so that any part of a history is a history. */
export type Step =
  | { do: 'click'; session: number | null; code: number; campaign: number | null; host: number | null; ageMs: number; adopted: boolean; bot: boolean; mode: Mode; joins: number | null }
  | { do: 'identify'; session: number; kind: IdentityKind; identity: number; source: BindingSource; mode: Mode }
  | { do: 'order'; bought: Bought; named: Named; mode: Mode }
  | { do: 'repeat'; which: number; named: Named; otherMinor: number | null }
  | { do: 'refund'; which: number; how: 'full' | 'amount' | 'items'; permille: number; sku: number; quantity: number; key: number }
  | { do: 'approve'; which: number }
  | { do: 'reject'; which: number; reason: RejectionReason }
  | { do: 'job' }
  | { do: 'adjust'; which: number; type: AdjustmentType; minor: number }
  | { do: 'credit'; affiliate: number; currency: number; minor: number; approved: boolean; mode: Mode }
  | { do: 'credit_order'; which: number; affiliate: number; approved: boolean; transfer: boolean }
  | { do: 'pay'; whose: number; only: number | null }
  | { do: 'payout'; which: number; event: 'payout_paid' | 'payout_cancelled' | 'payout_undone' }
  | { do: 'setting'; change: SettingChange }
  | { do: 'clock'; ms: number }

export type SettingChange =
  | { of: 'policy'; campaign: number; terms: Partial<CampaignPolicy>; archived: boolean }
  | { of: 'status'; affiliate: number; status: AffiliateStatus }
  | { of: 'rate'; campaign: number; scope: RateScope; rate: Rate | null }
  | { of: 'trigger'; kind: TriggerKind; value: number; affiliate: number; campaign: number | null }
  | { of: 'trigger_end'; kind: TriggerKind; value: number }
  | { of: 'timezone'; timezone: string }
  | { of: 'enrolment'; affiliate: number; campaign: number }

const modes = mostly('live' as Mode, fc.constant('test' as Mode), 5)
const maybe = <T>(item: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | null> => mostly(null, item, weight)
const any = fc.nat(7)

export const clicks: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('click' as const), session: fc.constantFrom(0, 0, 0, 1, 1, 2, null), code: fc.constantFrom(0, 0, 1, 1, 2, 2, 3), campaign: maybe(fc.nat(2), 5), host: maybe(fc.nat(1)),
  ageMs: mostly(0, fc.constantFrom(1, HOUR_MS, DAY_MS, 3 * DAY_MS)), adopted: mostly(false, fc.constant(true), 8), bot: mostly(false, fc.constant(true), 12), mode: modes, joins: maybe(any, 7),
})

export const identifies: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('identify' as const), session: fc.constantFrom(0, 0, 1, 1, 2), kind: mostly('identity' as IdentityKind, fc.constant('customer' as IdentityKind)), identity: mostly(0, fc.nat(2)), source: fc.constantFrom('browser' as const, 'server' as const), mode: modes,
})

const names: fc.Arbitrary<Named> = fc.record({
  session: fc.constantFrom(0, 0, 0, 1, 1, 2, null, null, null), identity: maybe(mostly(0, fc.nat(2))), customer: maybe(fc.nat(2), 4), click: maybe(any, 8), code: maybe(fc.nat(4), 10), coupons: mostly([], fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }), 4), affiliate: maybe(fc.nat(3), 20),
})

/** What goods cost: round and odd sums, next to nothing, and once in a while as much as can be written. */
export const PRICES = [10_000, 4990, 1000, 333, 99, 3, 1, 0] as const
const prices = mostly(0, fc.constant(Number.MAX_SAFE_INTEGER), 60).chain((most) => (most === 0 ? fc.constantFrom(...PRICES) : fc.constant(most)))
const lines = fc.array(fc.record({ sku: mostly<number, null>(0, fc.constant(null)).chain((at) => (at === null ? fc.constant(null) : fc.nat(2))), quantity: fc.integer({ min: 1, max: 3 }), minor: fc.constantFrom(...PRICES) }), { minLength: 1, maxLength: 3 })

const bought: fc.Arbitrary<Bought> = fc.record({
  kind: mostly('sale' as ConversionKind, fc.constantFrom<ConversionKind>('lead', 'trial', 'custom'), 7), currency: mostly(0, fc.nat(3)), minor: prices, lines: mostly([], lines, 1), discount: mostly(0, fc.constantFrom(1, 700, 20_000)), tax: mostly(0, fc.constantFrom(1, 190)),
  pricesIncludeTax: fc.boolean(), subscription: maybe(fc.nat(1), 2), commission: maybe(fc.constantFrom(0, 250, 20_000), 12), agoMs: mostly(0, fc.constantFrom(1, HOUR_MS, DAY_MS, 10 * DAY_MS), 5), id: mostly<null, number>(null, fc.nat(9), 1),
})

export const orders = fc.record({ do: fc.constant('order' as const), bought, named: names, mode: modes })

const setting: fc.Arbitrary<SettingChange> = fc.oneof(
  fc.record({ of: fc.constant('policy' as const), campaign: fc.nat(2), terms: policies, archived: mostly(false, fc.constant(true), 6) }),
  fc.record({ of: fc.constant('status' as const), affiliate: fc.nat(3), status: fc.constantFrom<AffiliateStatus>('ACTIVE', 'DISABLED', 'DENIED') }),
  fc.record({ of: fc.constant('rate' as const), campaign: fc.nat(2), special: specialRates, taken: fc.boolean() }).map(({ special: { scope, rate }, taken, ...more }) => ({ ...more, scope, rate: taken ? null : rate })),
  assignments.map((assignment) => ({ of: 'trigger' as const, ...assignment })),
  fc.record({ of: fc.constant('trigger_end' as const), kind: fc.constantFrom<TriggerKind>('coupon', 'sku', 'email'), value: fc.nat(2) }),
  fc.record({ of: fc.constant('timezone' as const), timezone: fc.constantFrom(...TIMEZONES) }),
  fc.record({ of: fc.constant('enrolment' as const), affiliate: fc.nat(3), campaign: fc.nat(2) }),
)

/** Forwards, and at times a little back, as clocks that are set do. */
const ticks: fc.Arbitrary<Step> = fc.record({ do: fc.constant('clock' as const), ms: fc.constantFrom(1, HOUR_MS, DAY_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS, -1, -2000) })

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: clicks },
  { weight: 4, arbitrary: identifies },
  { weight: 12, arbitrary: orders },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: any, named: names, otherMinor: maybe(fc.constantFrom(...PRICES), 2) }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('refund' as const), which: any, how: fc.constantFrom('full' as const, 'amount' as const, 'amount' as const, 'items' as const), permille: fc.constantFrom(1, 333, 334, 500, 1000, 1001), sku: fc.nat(2), quantity: fc.integer({ min: 1, max: 3 }), key: fc.nat(5) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('approve' as const), which: any }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reject' as const), which: any, reason: fc.constantFrom<RejectionReason>('denied', 'unqualified') }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'job' }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('adjust' as const), which: any, type: fc.constantFrom(...ADJUSTMENTS), minor: fc.constantFrom(0, 1, 100, 777, 2000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('credit' as const), affiliate: fc.nat(3), currency: mostly(0, fc.nat(3)), minor: fc.constantFrom(-100, 100, -1, -300, 999), approved: mostly(true, fc.constant(false), 2), mode: modes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('credit_order' as const), which: any, affiliate: fc.nat(3), approved: fc.boolean(), transfer: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('pay' as const), whose: any, only: maybe(any, 3) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('payout' as const), which: any, event: fc.constantFrom('payout_paid' as const, 'payout_paid' as const, 'payout_cancelled' as const, 'payout_undone' as const, 'payout_undone' as const) }) },
  { weight: 3, arbitrary: setting.map((change): Step => ({ do: 'setting', change })) },
  { weight: 6, arbitrary: ticks },
)

const events = fc.constantFrom('payout_paid' as const, 'payout_paid' as const, 'payout_cancelled' as const, 'payout_undone' as const)
const soldBy = fc.tuple(orders, fc.nat(2)).map(([order, code]): Step => ({ ...order, mode: 'live', named: { session: null, identity: null, customer: null, click: null, code, coupons: [], affiliate: null } }))

/** What chance alone seldom does in a row: sold, approved, paid, refunded in part, and paid again less the debt. */
export const moneyGoesRound: fc.Arbitrary<Step[]> = fc.tuple(fc.array(soldBy, { minLength: 1, maxLength: 2 }), fc.constantFrom(1, 333, 500), fc.array(soldBy, { minLength: 1, maxLength: 2 }), fc.tuple(events, events, events)).map(([sold, permille, soldAgain, [first, second, third]]) => {
  const paidOut = (event: typeof first): Step[] => [{ do: 'approve', which: 0 }, { do: 'approve', which: 0 }, { do: 'pay', whose: 0, only: null }, { do: 'payout', which: 0, event }]
  return [...sold, ...paidOut(first), { do: 'refund', which: 0, how: 'amount', permille, sku: 0, quantity: 1, key: 0 }, ...soldAgain, ...paidOut(second), { do: 'payout', which: 0, event: third }]
})
