import { isDeepStrictEqual } from 'node:util'
import type { Affiliate, Trigger, TriggerKind, Version } from '../../shared/domain.ts'
import type { Rate, RateScope } from '../../shared/engine/terms.ts'
import type { ContestPolicy, Touch } from '../../shared/engine/attribution.ts'
import { policiesOf } from '../../shared/engine/evidence.ts'
import { rational } from '../../shared/engine/money.ts'
import { isJudged, type Receipt } from '../../shared/engine/receipt.ts'
import { pinnedAtMs, renewalOf } from '../../shared/engine/renewal.ts'
import { affiliateByCode, campaignOf, policyOf, scopeKey, statusOf, termsOf, triggerKey, type Settings, type TouchPlace } from '../../shared/engine/settings.ts'
import { sumOf } from '../../shared/engine/split.ts'
import type { ConversionRecord, StoredFirstPayment, StoredReceipt } from '../store/queries.ts'

/** What a receipt is checked against. */
export interface Circumstances {
  order: ConversionRecord['order']
  settings: Settings
  /** The first payment of the order's subscription, as of now. */
  first: StoredFirstPayment | undefined
}

/** A version that was recorded in the very millisecond of the order may have come before or after it. */
const atOrBefore = (atMs: number, holds: (atMs: number) => boolean): boolean => holds(atMs) || holds(atMs - 1)

/** What a receipt says of the settings and of the subscription that is not so, in words. */
export function settingsDifferences(receipt: StoredReceipt, { order, settings, first }: Circumstances): string[] {
  if (receipt.engine === 1) return oldPolicies(receipt, settings)
  const { kind, touches, fallback } = receipt.inputs
  const differences: string[] = []
  const atMs = order.occurredAtMs
  const asDefault = (then: number): boolean => {
    const { model, couponFirst, poolDevices } = termsOf(settings, then).value
    return isDeepStrictEqual(fallback, { model, couponFirst, poolDevices })
  }
  if (!atOrBefore(atMs, asDefault)) differences.push(`receipt ${receipt.id} holds other default terms than were in force`)
  if (isJudged(receipt.inputs)) {
    for (const touch of touches) if (!atOrBefore(atMs, (then) => isKnownSo(touch, settings, then))) differences.push(`receipt ${receipt.id} says of affiliate ${touch.affiliateId} or code "${touch.code}" what the settings do not`)
  }
  return [...differences, ...(kind === 'renewal' ? renewalDifferences(receipt, { order, settings, first }) : contestDifferences(receipt, { order, settings, first }))]
}

/** Whether a touch has the affiliate whose code or trigger it is, and their status and campaign, as they were. */
function isKnownSo(touch: Touch, settings: Settings, atMs: number): boolean {
  const { affiliateId, affiliateActive, campaignId, enrolled, code, evidence, first } = touch
  const affiliate = affiliateId === null ? undefined : settings.affiliates.get(affiliateId)
  // The first payment's winners stay what they were, whatever they have left since.
  const contested = first === null
  const active = affiliate !== undefined && statusOf(affiliate, atMs) === 'ACTIVE'
  if (contested && campaignId !== null && enrolled !== isEnrolled(affiliate, campaignId, atMs)) return false
  if (contested && !placesOf(touch, settings, atMs).some((place) => place === 'unknown' || (affiliate && campaignOf(settings, affiliate, place, atMs)?.campaign.id) === (campaignId ?? undefined))) return false
  const byCode = evidence === 'click_id' || evidence === 'session' || evidence === 'identity' || evidence === 'affiliate_code'
  return active === affiliateActive && (!byCode || (affiliateByCode(settings, code, atMs)?.id ?? null) === affiliateId)
}

const ANYWHERE: TouchPlace = { campaign: null, host: null }

/**
 * Where a touch's campaign comes from: an assignment that held, or the affiliate alone where the order names them. What a
 * click named and where it led stands on no receipt.
 */
function placesOf({ trigger, evidence, affiliateId, code }: Touch, settings: Settings, atMs: number): (TouchPlace | 'unknown')[] {
  if (trigger !== null) {
    return assignments(settings, { kind: trigger.kind, code })
      .filter((one) => one.affiliateId === affiliateId && one.validFromMs <= atMs && (one.endedAtMs === null || atMs < one.endedAtMs))
      .map(({ campaignId }) => ({ campaign: campaignId, host: null }))
  }
  return affiliateId !== null && (evidence === 'explicit' || evidence === 'affiliate_code') ? [ANYWHERE] : ['unknown']
}

const isEnrolled = (affiliate: Affiliate | undefined, campaignId: string, atMs: number): boolean =>
  affiliate?.enrolments.some((held) => held.campaignId === campaignId && held.enrolledAtMs <= atMs && (held.leftAtMs === null || atMs < held.leftAtMs)) ?? false

/** All assignments of what a touch names; an e-mail's is named by its number. */
const assignments = ({ triggers }: Settings, { kind, code }: { kind: TriggerKind; code: string }): Trigger[] =>
  (kind === 'email' ? [...triggers.values()].flat().filter(({ number }) => `#${number}` === code) : (triggers.get(triggerKey(kind, code)) ?? []))

function contestDifferences(receipt: StoredReceipt, { order, settings, first }: Circumstances): string[] {
  const follows = receipt.inputs.kind === 'contest' && first !== undefined && first.order.id !== order.id && first.order.receivedAtMs <= order.receivedAtMs && first.receipt.written < receipt.written
  const missed = follows ? [`receipt ${receipt.id} contests order ${order.id}, which is a later payment of ${first.order.id}`] : []
  return [...missed, ...policyDifferences(receipt, { order, settings, atMs: receipt.inputs.kind === 'import' ? receipt.decidedAtMs : order.occurredAtMs })]
}

/** The first payment's winners carry a later one together, under the terms of then (ENGINE section 4, rule 7). */
function renewalDifferences(receipt: StoredReceipt, { order, settings, first }: Circumstances): string[] {
  // History that was imported since comes first now: what came first then is not known any more.
  if (first?.receipt.inputs.kind === 'import' && first.receipt.written > receipt.written) return []
  if (first === undefined || first.order.id === order.id || first.order.receivedAtMs > order.receivedAtMs) return [`receipt ${receipt.id} is of a later payment, and order ${order.id} has no first one`]
  // Another order of the subscription was settled since and comes first now: which it was then is not known any more.
  if (first.receipt.written > receipt.written) return []
  const { touches, policies } = receipt.inputs
  const earners = new Set([...first.receipt.outcome.earnings.map(({ affiliateId }) => affiliateId), ...first.commissions.map(({ affiliateId }) => affiliateId)])
  const ends = renewalOf(order, first, settings).policies
  const pinned = policies.every(({ campaignId, renewalsEndAtMs }) => ends.every((policy) => policy.campaignId !== campaignId || policy.renewalsEndAtMs === renewalsEndAtMs))
  const carried = sumOf(touches.flatMap(({ evidence, first: won }) => (evidence === 'renewal' && won !== null ? rational(BigInt(won.weight.n), BigInt(won.weight.d)) : [])))
  const won = sumOf(first.receipt.outcome.weights.flatMap((weight) => (weight === null ? [] : rational(BigInt(weight.n), BigInt(weight.d)))))
  return [
    ...(touches.every(({ affiliateId }) => affiliateId !== null && earners.has(affiliateId)) ? [] : [`receipt ${receipt.id} pays others than the first payment ${first.order.id}`]),
    ...(pinned ? [] : [`receipt ${receipt.id} ends renewals at another time than the first payment's terms`]),
    ...(carried.n * won.d === won.n * carried.d ? [] : [`receipt ${receipt.id} gives other shares than the first payment ${first.order.id}`]),
    ...policyDifferences(receipt, { order, settings, atMs: pinnedAtMs(first) }),
  ]
}

function policyDifferences({ id, inputs: { touches, policies, more } }: Receipt, { order, settings, atMs }: Pick<Circumstances, 'order' | 'settings'> & { atMs: number }): string[] {
  return policies.flatMap((policy) => {
    const holds = (then: number): boolean => isPolicy(policy, policiesOf(touches, settings, { order, atMs: then }).find(({ campaignId }) => campaignId === policy.campaignId), more > 0)
    return atOrBefore(atMs, holds) ? [] : `receipt ${id} holds other terms of campaign ${policy.campaignId} than version ${policy.version}, or another version was in force`
  })
}

/** A crowded receipt may hold special rates of affiliates whose touches it left out. */
function isPolicy({ renewalsEndAtMs: _ends, specialRates, ...terms }: ContestPolicy, must: ContestPolicy | undefined, crowded: boolean): boolean {
  if (must === undefined) return false
  const { renewalsEndAtMs: _mustEnd, specialRates: mustRates, ...mustTerms } = must
  const rates = crowded ? specialRates.filter((rate) => mustRates.some(({ affiliateId, sku }) => affiliateId === rate.affiliateId && sku === rate.sku)) : specialRates
  return isDeepStrictEqual(terms, mustTerms) && isDeepStrictEqual(rates.toSorted(byScope), mustRates.toSorted(byScope))
}

/** Special rates stand in the order in which the touches were found, which is not the one in which they are kept. */
const byScope = (a: RateScope, b: RateScope): number => (scopeKey(a) < scopeKey(b) ? -1 : 1)

/** A receipt of engine 1 knew a flat rate in one currency. */
const ratesOfOld = (rate: Rate | { kind: 'flat'; amount: { minor: number; currency: string } }): Rate => ('amount' in rate ? { kind: 'flat', amounts: [rate.amount] } : rate)

function oldPolicies({ id, inputs }: Receipt, settings: Settings): string[] {
  return inputs.policies.flatMap(({ campaignId, version, windowDays, model, rate, holdDays, archived }) => {
    const campaign = settings.campaigns.get(campaignId)
    const holds = (then: number): boolean => {
      const found = campaign && policyOf(campaign, then)
      if (found === undefined || found.version !== version) return false
      const { value } = found
      return isDeepStrictEqual([value.windowDays, value.model, value.rate, value.holdDays, value.status === 'ARCHIVED'], [windowDays, model, ratesOfOld(rate), holdDays, archived])
    }
    return atOrBefore(inputs.order.occurredAtMs, holds) ? [] : `receipt ${id} holds other terms of campaign ${campaignId} than version ${version}, or another version was in force`
  })
}

/** Versions are appended one after the other: one that is missing, or holds from an earlier time than the one before it, was not written by us. */
export function versionGaps({ terms, campaigns, affiliates }: Settings): string[] {
  const lists: [whose: string, versions: Version<unknown>[]][] = [
    ['the merchant', terms],
    ...[...campaigns.values()].flatMap(({ id, versions, specialRates }): [string, Version<unknown>[]][] => [
      [`campaign ${id}`, versions], ...[...specialRates].map(([scope, rates]): [string, Version<unknown>[]] => [`special rate ${scope} of campaign ${id}`, rates]),
    ]),
    ...[...affiliates.values()].map(({ id, versions }): [string, Version<unknown>[]] => [`affiliate ${id}`, versions]),
  ]
  return lists.flatMap(([whose, versions]) => {
    if (versions.length === 0) return [`${whose} has no version`]
    const wrong = versions.findIndex(({ version, validFromMs }, index) => version !== index + 1 || validFromMs < (versions[index - 1]?.validFromMs ?? -Infinity))
    return wrong === -1 ? [] : [`version ${wrong + 1} of ${whose} is missing, or out of order`]
  })
}
