import type { Weight } from '../domain.ts'
import type { Model } from './terms.ts'
import { DAY_MS } from '../limits.ts'

/** What a model looks at. */
export interface Weighed {
  eventId: string
  affiliateId: string | null
  occurredAtMs: number
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
const byId = (a: Weighed, b: Weighed): number => compare(a.eventId, b.eventId) || compare(a.affiliateId ?? '', b.affiliateId ?? '')

/** Later first; ties go to the smaller event id, then the smaller affiliate id, never to the order of arrival (ENGINE section 3, rule 5). */
export const byLatest = (a: Weighed, b: Weighed): number => b.occurredAtMs - a.occurredAtMs || byId(a, b)
/** Earlier first, with the same ties. */
export const byEarliest = (a: Weighed, b: Weighed): number => a.occurredAtMs - b.occurredAtMs || byId(a, b)

/** True for the models that give several touches a part. */
export const isShared = (model: Model): boolean => model !== 'last_click' && model !== 'first_click'

/** 10^9 / 2^(d/7), rounded: what a week's days weigh under time decay. */
const DECAY = [1_000_000_000n, 905_723_664n, 820_335_356n, 742_997_145n, 672_950_096n, 609_506_827n, 552_044_757n] as const

/** How much a touch of this age weighs under time decay, half-life 7 days (ENGINE section 3, rule 6). */
export function decayWeight(ageMs: number): number {
  const days = Math.floor(ageMs / DAY_MS)
  const weight = (DECAY[days % 7] ?? 0n) >> BigInt(Math.floor(days / 7))
  return Number(weight > 1n ? weight : 1n)
}

/**
 * The shares of touches that earliest come first, under a model that shares; they sum to 1 (ENGINE section 3, rule 6).
 * `atMs` is when the order was placed.
 */
export function sharesOf(model: Model, touches: Weighed[], atMs: number): Weight[] {
  const n = touches.length
  if (model === 'time_decay') {
    const weights = touches.map(({ occurredAtMs }) => decayWeight(atMs - occurredAtMs))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return weights.map((weight) => ({ n: weight, d: sum }))
  }
  // 40/20/40, the middle shared equally: over 5 (n - 2) the ends are 2 (n - 2) and each other touch 1.
  if (model === 'position' && n > 2) return touches.map((_, index) => ({ n: index === 0 || index === n - 1 ? 2 * (n - 2) : 1, d: 5 * (n - 2) }))
  return touches.map(() => ({ n: 1, d: n }))
}
