import type { ContestRules } from '../../../../shared/engine/terms.ts'
import type { ContestPolicy, Touch, Verdict } from '../../../../shared/engine/attribution.ts'
import type { ReceiptInputs } from '../../../../shared/engine/receipt.ts'
import { whole, type Fraction } from './arithmetic.ts'

export interface Judged {
  verdict: Verdict
  weight: Fraction | null
}

const DAY = 24 * 60 * 60 * 1000
const ONE = whole(1)

/** Who wins by ENGINE section 3, rules 2 to 6: a second reading of the law. */
export function judgedBy({ order, touches, policies, fallback }: ReceiptInputs): Judged[] {
  const policyOf = (touch: Touch): ContestPolicy | undefined => policies.find(({ campaignId }) => campaignId === touch.campaignId)
  const out = new Map<Touch, Judged>()
  for (const touch of touches) {
    const verdict = unfit(touch, policyOf(touch), order)
    if (verdict !== undefined) out.set(touch, { verdict, weight: null })
    else if (touch.evidence === 'sku') out.set(touch, { verdict: 'WON', weight: null })
  }
  const fit = touches.filter((touch) => !out.has(touch))
  const field = fit.some(({ adopted }) => !adopted) ? fit.filter(({ adopted }) => !adopted) : fit
  const places = new Set(field.map(({ campaignId }) => campaignId))
  const rules: ContestRules = places.size === 1 ? policyOf(field[0]!)! : fallback
  const strength = field.map((touch) => strengthOf(touch, rules))
  const best = Math.min(...strength)
  const shares = rules.model !== 'last_click' && rules.model !== 'first_click'
  const joined = best === 4 || best === 7 ? shares || rules.poolDevices : false
  const pool = field.filter((_, index) => strength[index] === best || (joined && strength[index] === 7))
  const weights = weigh(pool, { rules, best, shares, atMs: order.occurredAtMs })

  return touches.map((touch) => {
    const done = out.get(touch)
    if (done !== undefined) return done
    const weight = weights.get(touch)
    if (weight !== undefined) return { verdict: weights.size > 1 ? 'SHARED' : 'WON', weight }
    const isBeaten = pool.includes(touch) && touch.evidence !== 'trigger'
    return { verdict: isBeaten ? (rules.model === 'first_click' ? 'EARLIER_TOUCH_WON' : 'LATER_TOUCH_WON') : 'WEAKER_EVIDENCE', weight: null }
  })
}

function unfit(touch: Touch, policy: ContestPolicy | undefined, order: ReceiptInputs['order']): Verdict | undefined {
  const age = order.occurredAtMs - touch.occurredAtMs
  const window = (policy?.windowDays ?? 0) * DAY
  const lastTold = Math.max(order.receivedAtMs, order.occurredAtMs + window)
  const reasons: [boolean, Verdict][] = [
    [touch.affiliateId === null, 'UNKNOWN_CODE'],
    [order.mode === 'live' && touch.mode === 'test', 'MODE_MISMATCH'],
    [touch.bot, 'BOT'],
    [policy !== undefined && age < 0, 'AFTER_CONVERSION'],
    [policy !== undefined && (age > window || touch.knownAtMs > lastTold || (touch.adopted && order.occurredAtMs > policy.adoptUntilMs)), 'OUTSIDE_WINDOW'],
    [!touch.affiliateActive, 'AFFILIATE_INACTIVE'],
    [policy === undefined || !touch.enrolled, 'NOT_ENROLLED'],
    [policy?.archived === true, 'CAMPAIGN_ARCHIVED'],
    [touch.isBuyer, 'SELF_REFERRAL'],
  ]
  return reasons.find(([applies]) => applies)?.[1]
}

/** Smaller is stronger. */
function strengthOf({ evidence, trigger }: Touch, { couponFirst }: ContestRules): number {
  switch (evidence) {
    case 'explicit': return 1
    case 'click_id': return 3
    case 'session': return 4
    case 'affiliate_code': return 5
    case 'trigger': return couponFirst && trigger?.kind === 'coupon' ? 2 : 6
    case 'identity': return 7
    case 'sku': case 'renewal': return 8
  }
}

/** Coupons as the order lists them, then the e-mail. */
const listed = ({ trigger }: Touch): number => (trigger?.kind === 'email' ? 1000 : 0) + (trigger?.position ?? 0)
/** Of the same millisecond it is the smaller id, and then the smaller affiliate. */
const tied = (a: Touch, b: Touch): boolean => a.eventId < b.eventId || (a.eventId === b.eventId && (a.affiliateId ?? '') < (b.affiliateId ?? ''))
const isEarlier = (a: Touch, b: Touch): boolean => a.occurredAtMs < b.occurredAtMs || (a.occurredAtMs === b.occurredAtMs && tied(a, b))

function weigh(pool: Touch[], { rules, best, shares, atMs }: { rules: ContestRules; best: number; shares: boolean; atMs: number }): Map<Touch, Fraction> {
  if (pool.length === 0) return new Map()
  if (best === 2 || best === 6) {
    const first = pool.reduce((a, b) => (listed(b) < listed(a) || (listed(b) === listed(a) && b.eventId < a.eventId) ? b : a))
    return new Map((shares ? pool : [first]).map((touch) => [touch, { n: 1n, d: shares ? BigInt(pool.length) : 1n }]))
  }
  const isFirst = rules.model === 'first_click'
  const beats = (a: Touch, b: Touch): boolean => (a.occurredAtMs === b.occurredAtMs ? tied(a, b) : isFirst ? a.occurredAtMs < b.occurredAtMs : a.occurredAtMs > b.occurredAtMs)
  if (!shares || best === 1 || best === 3) return new Map([[pool.reduce((a, b) => (beats(b, a) ? b : a)), ONE]])
  const place = (touch: Touch): number => pool.filter((other) => isEarlier(other, touch)).length
  return new Map(pool.map((touch) => [touch, partOf({ model: rules.model, pool, atMs }, touch, place(touch))]))
}

const HALVING = [1_000_000_000n, 905_723_664n, 820_335_356n, 742_997_145n, 672_950_096n, 609_506_827n, 552_044_757n]

function partOf({ model, pool, atMs }: { model: ContestRules['model']; pool: Touch[]; atMs: number }, touch: Touch, place: number): Fraction {
  const n = pool.length
  if (model === 'linear' || n === 1 || (model === 'position' && n === 2)) return { n: 1n, d: BigInt(n) }
  if (model === 'position') return place === 0 || place === n - 1 ? { n: 40n, d: 100n } : { n: 20n, d: 100n * BigInt(n - 2) }
  const weightOf = (occurredAtMs: number): bigint => {
    const days = BigInt(Math.floor((atMs - occurredAtMs) / DAY))
    const weight = HALVING[Number(days % 7n)]! / 2n ** (days / 7n)
    return weight < 1n ? 1n : weight
  }
  return { n: weightOf(touch.occurredAtMs), d: pool.reduce((sum, one) => sum + weightOf(one.occurredAtMs), 0n) }
}
