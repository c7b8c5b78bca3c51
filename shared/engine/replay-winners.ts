import type { Weight } from '../domain.ts'
import type { ContestRules } from './terms.ts'
import { isShared, sharesOf } from './models.ts'
import type { Field } from './replay-field.ts'
import type { Era, Place } from './replay-policy.ts'

/** A winning touch and its share of the order. */
export interface Share {
  place: Place
  weight: Weight
  atMs: number
}

/** Instead of a place's index. */
export const NOBODY = -1

/**
 * Who would have won an order (ENGINE section 3, rules 1 to 6): the index of one place that takes it all, shares of several, or `NOBODY`.
 * Undefined where more would have to be asked: ids of touches of one millisecond, or sums.
 */
export function winnersIn(field: Field, { places, era, atMs }: { places: Place[]; era: Era; atMs: number }): number | Share[] | undefined {
  if (field.count === 0) return NOBODY
  const rules = rulesOf(field, places, era.fallback)
  if (isShared(rules.model)) {
    const shares = sharesIn(field, { places, rules, atMs })
    return shares?.some(({ place }) => place.looksAtSums) === true ? undefined : shares
  }
  const won = soleIn(field, rules)
  return won === undefined || (places[won] as Place).looksAtSums ? undefined : won
}

/** The rules of the campaign that all these touches share, else the merchant's default. */
function rulesOf(field: Field, places: Place[], fallback: ContestRules): ContestRules {
  const { policy } = placeAt(field, places, 0)
  for (let index = 1; index < field.count; index++) if (placeAt(field, places, index).policy.campaignId !== policy.campaignId) return fallback
  return policy
}

/** The latest or the earliest of the strongest level; undefined where two are of one millisecond. */
function soleIn(field: Field, { model, poolDevices }: ContestRules): number | undefined {
  const level = poolDevices ? undefined : strongestIn(field)
  const sign = model === 'first_click' ? -1 : 1
  let best = -1
  let tied = false
  for (let index = 0; index < field.count; index++) {
    if (level !== undefined && field.own[index] !== level) continue
    const laterMs = best < 0 ? 1 : ((field.atMs[index] as number) - (field.atMs[best] as number)) * sign
    if (laterMs > 0) best = index
    tied = laterMs === 0 || (tied && laterMs < 0)
  }
  return tied ? undefined : field.place[best]
}

/** The order's own session stands above the customer's others. */
function strongestIn({ own, count }: Field): number {
  for (let index = 0; index < count; index++) if (own[index] === 1) return 1
  return 0
}

/** All of them by their time, each with its share; undefined where two are of one millisecond. */
function sharesIn(field: Field, { places, rules: { model }, atMs }: { places: Place[]; rules: ContestRules; atMs: number }): Share[] | undefined {
  const touches = Array.from({ length: field.count }, (_, index) => ({ place: placeAt(field, places, index), occurredAtMs: field.atMs[index] as number }))
    .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs)
  if (touches.some(({ occurredAtMs }, index) => occurredAtMs === touches[index - 1]?.occurredAtMs)) return undefined
  const weights = sharesOf(model, touches.map(({ place, occurredAtMs }) => ({ eventId: '', affiliateId: place.affiliateId, occurredAtMs })), atMs)
  return touches.flatMap(({ place, occurredAtMs }, index) => {
    const weight = weights[index]
    return weight === undefined ? [] : { place, weight, atMs: occurredAtMs }
  })
}

const placeAt = (field: Field, places: Place[], index: number): Place => places[field.place[index] as number] as Place
