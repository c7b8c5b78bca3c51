import type { Mode, Order, TriggerKind, Weight } from '../domain.ts'
import type { CampaignPolicy, ContestRules, Rate, RateScope } from './terms.ts'
import { DAY_MS } from '../limits.ts'
import { byEarliest, byLatest, isShared, sharesOf } from './models.ts'

/**
 * How a touch is tied to the order (ENGINE section 3, rule 3). `sku` does not compete, it carves lines out (rule 7);
 * `renewal` is a winner of the subscription's first payment (section 4, rule 7).
 */
export type Evidence = 'explicit' | 'click_id' | 'session' | 'affiliate_code' | 'trigger' | 'identity' | 'sku' | 'renewal'

/** Why a touch won or did not; each touch has exactly one. */
export type Verdict =
  | 'WON' | 'SHARED' | 'LATER_TOUCH_WON' | 'EARLIER_TOUCH_WON' | 'WEAKER_EVIDENCE'
  | 'UNKNOWN_CODE' | 'MODE_MISMATCH' | 'BOT' | 'AFTER_CONVERSION' | 'OUTSIDE_WINDOW'
  | 'AFFILIATE_INACTIVE' | 'NOT_ENROLLED' | 'CAMPAIGN_ARCHIVED' | 'SELF_REFERRAL'
  | 'RENEWALS_ENDED' | 'FIRST_PAYMENT_REJECTED'

/** A touch as a receipt keeps it: everything that its verdict depends on, so that it can be judged again years later. */
export interface Touch {
  /** The click's id, or what the order named: `code:CODE`, `coupon:CODE`, `affiliate:ID`. */
  eventId: string
  evidence: Evidence
  /** What a trigger is, and its place on the order; null for all else. */
  trigger: { kind: TriggerKind; position: number } | null
  code: string
  affiliateId: string | null
  affiliateActive: boolean
  campaignId: string | null
  enrolled: boolean
  isBuyer: boolean
  /** Tied to the customer by a browser's word alone. */
  unverified: boolean
  adopted: boolean
  /** It said to have waited longer than is believed. */
  clamped: boolean
  mode: Mode
  bot: boolean
  occurredAtMs: number
  /** When the collector had all that ties it to the order. */
  knownAtMs: number
  /** What it won at the first payment; only on a renewal. */
  first: { weight: Weight; rejected: boolean } | null
}

/** The version of a campaign that a decision used, with the special rates that it could come to. */
export interface ContestPolicy extends Omit<CampaignPolicy, 'name' | 'landingUrl' | 'status' | 'recurring' | 'adoptUntilMs'> {
  campaignId: string
  version: number
  archived: boolean
  adoptUntilMs: number
  specialRates: (RateScope & { rate: Rate })[]
  /** On a renewal: from when on nothing more is earned; null is never. */
  renewalsEndAtMs: number | null
}

/** The order as far as a decision depends on it. */
export type ContestOrder = Pick<Order, 'kind' | 'mode' | 'amount' | 'lines' | 'discountMinor' | 'taxMinor' | 'pricesIncludeTax' | 'commissionMinor' | 'occurredAtMs' | 'receivedAtMs'>

/** A contest's result, one entry a touch, in the touches' order. */
export interface Contest {
  verdicts: Verdict[]
  /** The part of the order that each touch carries; null for those that carry none. */
  weights: (Weight | null)[]
}

const WHOLE: Weight = { n: 1, d: 1 }

/**
 * Who an order belongs to: each touch's verdict and weight (ENGINE section 3, rules 2 to 6). `fallback` are the
 * merchant's default rules, for touches of several campaigns. SKU triggers are judged beside the contest: one that
 * is eligible has `WON` and no weight, for its lines are its own.
 */
export function contest(order: ContestOrder, touches: Touch[], { policies, fallback }: { policies: ContestPolicy[]; fallback: ContestRules }): Contest {
  const refusals = touches.map((touch) => refusalOf(order, touch, policies.find(({ campaignId }) => campaignId === touch.campaignId)))
  const eligible = touches.filter((touch, index) => refusals[index] === undefined && touch.evidence !== 'sku')
  const ours = eligible.filter(({ adopted }) => !adopted)
  const field = ours.length > 0 ? ours : eligible
  const rules = rulesFor(field, policies, fallback)
  const pool = poolOf(field, rules)
  const shares = sharesIn(pool, rules, order.occurredAtMs)

  return {
    verdicts: touches.map((touch, index) => refusals[index] ?? (touch.evidence === 'sku' ? 'WON' : verdictOf(touch, { pool, shares, rules }))),
    weights: touches.map((touch) => shares.get(touch) ?? null),
  }
}

/** The rules of the campaign that all these touches share, else the merchant's default. */
export function rulesFor(touches: Touch[], policies: ContestPolicy[], fallback: ContestRules): ContestRules {
  const [only, another] = new Set(touches.map(({ campaignId }) => campaignId))
  return another === undefined ? (policies.find(({ campaignId }) => campaignId === only) ?? fallback) : fallback
}

/** Strongest first (rule 3); a coupon stands above the click where the campaign says so. */
const LEVELS = ['explicit', 'coupon', 'click_id', 'session', 'affiliate_code', 'trigger', 'identity'] as const
type Level = (typeof LEVELS)[number]

const levelOf = ({ evidence, trigger }: Touch, { couponFirst }: ContestRules): Level | undefined =>
  (couponFirst && trigger?.kind === 'coupon' ? 'coupon' : LEVELS.find((level) => level === evidence))

/** The touches that the model chooses among: those of the strongest level; the customer's sessions together where devices are pooled (rule 4). */
function poolOf(field: Touch[], rules: ContestRules): Touch[] {
  const strongest = LEVELS.find((level) => field.some((touch) => levelOf(touch, rules) === level))
  const pooled = (isShared(rules.model) || rules.poolDevices) && (strongest === 'session' || strongest === 'identity')
  return field.filter((touch) => levelOf(touch, rules) === strongest || (pooled && touch.evidence === 'identity'))
}

/** Who of the pool carries how much. */
function sharesIn(pool: Touch[], { model }: ContestRules, atMs: number): Map<Touch, Weight> {
  const [any] = pool
  if (any === undefined) return new Map()
  if (any.trigger !== null) return triggerShares(pool, isShared(model))
  const alone = any.evidence === 'explicit' || any.evidence === 'click_id' || !isShared(model)
  const ordered = pool.toSorted(alone && model !== 'first_click' ? byLatest : byEarliest)
  if (alone) return new Map(ordered.slice(0, 1).map((touch) => [touch, WHOLE]))
  const weights = sharesOf(model, ordered, atMs)
  return new Map(ordered.map((touch, index) => [touch, weights[index] ?? WHOLE]))
}

/** Coupons as the order lists them, then the e-mail: the first one, or all of them equally (rule 5). */
function triggerShares(pool: Touch[], shared: boolean): Map<Touch, Weight> {
  const listed = pool.toSorted((a, b) => Number(a.trigger?.kind === 'email') - Number(b.trigger?.kind === 'email') || (a.trigger?.position ?? 0) - (b.trigger?.position ?? 0) || byEarliest(a, b))
  const chosen = shared ? listed : listed.slice(0, 1)
  return new Map(chosen.map((touch) => [touch, { n: 1, d: chosen.length }]))
}

function verdictOf(touch: Touch, { pool, shares, rules }: { pool: Touch[]; shares: Map<Touch, Weight>; rules: ContestRules }): Verdict {
  if (shares.has(touch)) return shares.size > 1 ? 'SHARED' : 'WON'
  if (!pool.includes(touch) || touch.trigger !== null) return 'WEAKER_EVIDENCE'
  return rules.model === 'first_click' ? 'EARLIER_TOUCH_WON' : 'LATER_TOUCH_WON'
}

/** The first reason why a touch cannot win, in the order of ENGINE section 3, rule 2; undefined when it can. */
export function refusalOf(order: ContestOrder, touch: Touch, policy: ContestPolicy | undefined): Verdict | undefined {
  if (touch.affiliateId === null) return 'UNKNOWN_CODE'
  if (touch.mode === 'test' && order.mode === 'live') return 'MODE_MISMATCH'
  if (touch.bot) return 'BOT'
  const outside = policy && windowRefusal(order, touch, policy)
  if (outside !== undefined) return outside
  if (!touch.affiliateActive) return 'AFFILIATE_INACTIVE'
  if (policy === undefined || !touch.enrolled) return 'NOT_ENROLLED'
  if (policy.archived) return 'CAMPAIGN_ARCHIVED'
  if (touch.isBuyer) return 'SELF_REFERRAL'
  return undefined
}

function windowRefusal(order: ContestOrder, touch: Touch, policy: ContestPolicy): Verdict | undefined {
  const windowMs = policy.windowDays * DAY_MS
  const ageMs = order.occurredAtMs - touch.occurredAtMs
  if (ageMs < 0) return 'AFTER_CONVERSION'
  const toldTooLate = touch.knownAtMs > Math.max(order.receivedAtMs, order.occurredAtMs + windowMs)
  const adoptionOver = touch.adopted && order.occurredAtMs > policy.adoptUntilMs
  return ageMs > windowMs || toldTooLate || adoptionOver ? 'OUTSIDE_WINDOW' : undefined
}

/**
 * Who earns from a later payment of a subscription: the winners of the first, uncontested (ENGINE section 4, rule 7).
 * Where one of them earns nothing, that share goes to nobody.
 */
export function renew(order: ContestOrder, touches: Touch[], policies: ContestPolicy[]): Contest {
  const verdicts = touches.map((touch): Verdict => {
    const endsAtMs = policies.find(({ campaignId }) => campaignId === touch.campaignId)?.renewalsEndAtMs ?? null
    if (endsAtMs !== null && order.occurredAtMs >= endsAtMs) return 'RENEWALS_ENDED'
    if (touch.first?.rejected === true) return 'FIRST_PAYMENT_REJECTED'
    if (!touch.affiliateActive) return 'AFFILIATE_INACTIVE'
    return touch.evidence === 'renewal' && touch.first?.weight.n !== touch.first?.weight.d ? 'SHARED' : 'WON'
  })
  return { verdicts, weights: touches.map(({ evidence, first }, index) => (evidence === 'renewal' && isWin(verdicts[index]) ? (first?.weight ?? null) : null)) }
}

export const isWin = (verdict: Verdict | undefined): boolean => verdict === 'WON' || verdict === 'SHARED'
