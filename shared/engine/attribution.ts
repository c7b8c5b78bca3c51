import type { ConversionKind, Mode, Model, Money, Rate } from '../domain.ts'
import { DAY_MS } from '../limits.ts'

/** How a touch is tied to the order (ENGINE section 3, rule 3). */
export type Evidence = 'click_id' | 'session' | 'affiliate_code' | 'identity'

/** Strongest first. */
const STRENGTH: readonly Evidence[] = ['click_id', 'session', 'affiliate_code', 'identity']

/** Why a touch won or did not; each touch has exactly one. */
export type Verdict =
  | 'WON' | 'LATER_TOUCH_WON' | 'WEAKER_EVIDENCE'
  | 'UNKNOWN_CODE' | 'MODE_MISMATCH' | 'BOT' | 'AFTER_CONVERSION' | 'OUTSIDE_WINDOW'
  | 'AFFILIATE_INACTIVE' | 'NOT_ENROLLED' | 'CAMPAIGN_ARCHIVED' | 'SELF_REFERRAL'

/** A touch as a receipt keeps it: everything that its verdict depends on, so that it can be judged again years later. */
export interface Touch {
  /** The click's id, or `code:CODE` for a code that the order named. */
  eventId: string
  evidence: Evidence
  code: string
  affiliateId: string | null
  affiliateActive: boolean
  campaignId: string | null
  enrolled: boolean
  isBuyer: boolean
  /** Tied to the customer by a browser's word alone. */
  unverified: boolean
  mode: Mode
  bot: boolean
  occurredAtMs: number
  /** When the collector had all that ties it to the order. */
  knownAtMs: number
}

/** The version of a campaign that a decision used. */
export interface ContestPolicy {
  campaignId: string
  version: number
  windowDays: number
  model: Model
  rate: Rate
  holdDays: number | null
  archived: boolean
}

/** The order as far as a decision depends on it. */
export interface ContestOrder {
  kind: ConversionKind
  mode: Mode
  amount: Money
  occurredAtMs: number
  receivedAtMs: number
}

/** A contest's result: one verdict a touch, in the touches' order, and the index of the winner. */
export interface Contest {
  verdicts: Verdict[]
  winner: number | undefined
}

/**
 * The touch that a conversion belongs to under `last_click`: among the strongest evidence that has an
 * eligible touch the latest; ties go to the smaller event id, then the smaller affiliate id, never to
 * the order of arrival (ENGINE section 3, rules 2 to 5).
 */
export function contest(order: ContestOrder, touches: Touch[], policies: ContestPolicy[]): Contest {
  const refusals = touches.map((touch) => refusalOf(order, touch, policies.find((policy) => policy.campaignId === touch.campaignId)))
  const eligible = [...touches.keys()].filter((index) => refusals[index] === undefined)
  const level = STRENGTH.find((evidence) => eligible.some((index) => touches[index]?.evidence === evidence))
  const [winner] = eligible.filter((index) => touches[index]?.evidence === level).toSorted((a, b) => byRecency(touches[a], touches[b]))

  const verdicts = touches.map((touch, index): Verdict => {
    if (index === winner) return 'WON'
    return refusals[index] ?? (touch.evidence === level ? 'LATER_TOUCH_WON' : 'WEAKER_EVIDENCE')
  })
  return { verdicts, winner }
}

function byRecency(a: Touch | undefined, b: Touch | undefined): number {
  if (a === undefined || b === undefined) return 0
  return b.occurredAtMs - a.occurredAtMs || compare(a.eventId, b.eventId) || compare(a.affiliateId ?? '', b.affiliateId ?? '')
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** The first reason why a touch cannot win, in the order of ENGINE section 3, rule 2; undefined when it can. */
function refusalOf(order: ContestOrder, touch: Touch, policy: ContestPolicy | undefined): Verdict | undefined {
  if (touch.affiliateId === null) return 'UNKNOWN_CODE'
  if (touch.mode === 'test' && order.mode === 'live') return 'MODE_MISMATCH'
  if (touch.bot) return 'BOT'
  if (policy !== undefined) {
    const windowMs = policy.windowDays * DAY_MS
    const ageMs = order.occurredAtMs - touch.occurredAtMs
    if (ageMs < 0) return 'AFTER_CONVERSION'
    const toldTooLate = touch.knownAtMs > Math.max(order.receivedAtMs, order.occurredAtMs + windowMs)
    if (ageMs > windowMs || toldTooLate) return 'OUTSIDE_WINDOW'
  }
  if (!touch.affiliateActive) return 'AFFILIATE_INACTIVE'
  if (policy === undefined || !touch.enrolled) return 'NOT_ENROLLED'
  if (policy.archived) return 'CAMPAIGN_ARCHIVED'
  if (touch.isBuyer) return 'SELF_REFERRAL'
  return undefined
}
