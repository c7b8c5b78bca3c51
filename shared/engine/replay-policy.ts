import type { ContestRules, Model } from './terms.ts'
import { DAY_MS } from '../limits.ts'
import type { ContestPolicy } from './attribution.ts'
import { policiesOf } from './evidence.ts'
import { rateFor } from './rates.ts'
import type { Link } from './replay-columns.ts'
import { affiliateByCode, campaignOf, statusOf, termsOf, type Settings } from './settings.ts'

/** What is asked: what if this had held all along, for every campaign and for the merchant's default. */
export interface PolicyChange {
  model?: Model | undefined
  windowDays?: number | undefined
  couponFirst?: boolean | undefined
}

/** Rules as they would have been. */
export const changedRules = <R extends ContestRules>(rules: R, { model, couponFirst }: PolicyChange): R => ({ ...rules, model: model ?? rules.model, couponFirst: couponFirst ?? rules.couponFirst })
/** A campaign's version as it would have been. */
export const changedPolicy = (policy: ContestPolicy, change: PolicyChange): ContestPolicy => ({ ...changedRules(policy, change), windowDays: change.windowDays ?? policy.windowDays })

/** What a link leads to while no setting changes: the affiliate and the campaign's terms, as they would have been. */
export interface Place {
  affiliateId: string
  /** Index into the columns' affiliates; -1 for one that is not in them. */
  affiliate: number
  policy: ContestPolicy
  windowMs: number
  /** Its rate in parts per million, where that is all there is to its commissions; else -1. */
  ppm: number
  /** Its commissions depend on sums, which would be others under another policy. */
  looksAtSums: boolean
}

/** A time in which no setting changes. */
export interface Era {
  fromMs: number
  untilMs: number
  /** The merchant's default rules, as they would have been. */
  fallback: ContestRules
  /** The place of each link, by `UNKNOWN` or an index into `places`; negative can never win. */
  placeOf: Int32Array
}

/** Of a link's place in an era: not looked up yet. */
export const UNKNOWN = -2
const NOWHERE = -1

export type Places = ReturnType<typeof placesOf>

/** Looks places up by the engine's own rules, once an era and link. */
export function placesOf(settings: Settings, { links, affiliates }: { links: Link[]; affiliates: string[] }, change: PolicyChange) {
  const bounds = boundsOf(settings)
  const eras = new Map<number, Era>()
  const places: Place[] = []
  const indexOf = new Map(affiliates.map((id, index) => [id, index]))

  function find({ code, campaign, host, bot }: Link, atMs: number): number {
    const affiliate = bot ? undefined : affiliateByCode(settings, code, atMs)
    const place = affiliate && campaignOf(settings, affiliate, { campaign, host }, atMs)
    if (affiliate === undefined || place === undefined || !place.enrolled || statusOf(affiliate, atMs) !== 'ACTIVE') return NOWHERE
    const [found] = policiesOf([{ campaignId: place.campaign.id, affiliateId: affiliate.id }], settings, { order: { lines: [] }, atMs })
    if (found === undefined || found.archived) return NOWHERE
    const policy = changedPolicy(found, change)
    places.push({ affiliateId: affiliate.id, affiliate: indexOf.get(affiliate.id) ?? -1, policy, windowMs: policy.windowDays * DAY_MS, ppm: ppmOf(policy, affiliate.id), looksAtSums: policy.tiers !== null || policy.capPerMonth.length > 0 })
    return places.length - 1
  }

  return {
    places,
    /** The era of an instant. */
    eraAt(atMs: number): Era {
      const after = bounds.findIndex((bound) => bound > atMs)
      const index = after < 0 ? bounds.length : after
      const held = eras.get(index)
      if (held !== undefined) return held
      const { model, couponFirst, poolDevices } = changedRules(termsOf(settings, atMs).value, change)
      const era: Era = { fromMs: bounds[index - 1] ?? -Infinity, untilMs: bounds[index] ?? Infinity, fallback: { model, couponFirst, poolDevices }, placeOf: new Int32Array(links.length).fill(UNKNOWN) }
      eras.set(index, era)
      return era
    },
    /** The index of a link's place in an era; negative when it can never win in it. */
    placeIn(era: Era, link: number, atMs: number): number {
      const known = era.placeOf[link] as number
      if (known !== UNKNOWN) return known
      const asked = links[link]
      const found = asked === undefined ? NOWHERE : find(asked, atMs)
      era.placeOf[link] = found
      return found
    },
  }
}

/** The plain percentage of a campaign's commissions for an affiliate; -1 when anything else can matter. */
function ppmOf(policy: ContestPolicy, affiliateId: string): number {
  if (policy.tiers !== null || policy.capPerMonth.length > 0 || policy.capPerOrder.length > 0 || policy.minimumOrder.length > 0) return -1
  const rate = rateFor(policy, { affiliateId, sku: null, currency: '', volume: undefined })?.rate
  return rate?.kind === 'percent' ? rate.ppm : -1
}

/** Every instant at which any setting changes, ascending. */
function boundsOf({ terms, campaigns, affiliates, codes }: Settings): number[] {
  const instants = [
    ...terms.map(({ validFromMs }) => validFromMs),
    ...[...campaigns.values()].flatMap(({ versions, specialRates }) => [...versions, ...[...specialRates.values()].flat()].map(({ validFromMs }) => validFromMs)),
    ...[...affiliates.values()].flatMap(({ versions, enrolments }) => [...versions.map(({ validFromMs }) => validFromMs), ...enrolments.flatMap(({ enrolledAtMs, leftAtMs }) => (leftAtMs === null ? enrolledAtMs : [enrolledAtMs, leftAtMs]))]),
    ...[...codes.values()].map(({ validFromMs }) => validFromMs),
  ]
  return [...new Set(instants)].toSorted((a, b) => a - b)
}
