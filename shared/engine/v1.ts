/**
 * Engine version 1, kept as it was: receipts of its time are judged by it for ever (ENGINE section 1).
 * One campaign's percent or flat rate, `last_click`, clicks and codes.
 */
import type { ConversionKind, Mark, Mode, Money } from '../domain.ts'
import { DAY_MS } from '../limits.ts'
import { halfUp, rational, toMinor, type Rational } from './money.ts'

type Evidence = 'click_id' | 'session' | 'affiliate_code' | 'identity'
const STRENGTH: readonly Evidence[] = ['click_id', 'session', 'affiliate_code', 'identity']

type Rate = { kind: 'percent'; ppm: number } | { kind: 'flat'; amount: Money }

interface Touch {
  eventId: string
  evidence: Evidence
  code: string
  affiliateId: string | null
  affiliateActive: boolean
  campaignId: string | null
  enrolled: boolean
  isBuyer: boolean
  unverified: boolean
  mode: Mode
  bot: boolean
  occurredAtMs: number
  knownAtMs: number
}

interface ContestPolicy {
  campaignId: string
  version: number
  windowDays: number
  model: 'last_click'
  rate: Rate
  holdDays: number | null
  archived: boolean
}

interface ContestOrder {
  kind: ConversionKind
  mode: Mode
  amount: Money
  occurredAtMs: number
  receivedAtMs: number
}

type Verdict =
  | 'WON' | 'LATER_TOUCH_WON' | 'WEAKER_EVIDENCE'
  | 'UNKNOWN_CODE' | 'MODE_MISMATCH' | 'BOT' | 'AFTER_CONVERSION' | 'OUTSIDE_WINDOW'
  | 'AFFILIATE_INACTIVE' | 'NOT_ENROLLED' | 'CAMPAIGN_ARCHIVED' | 'SELF_REFERRAL'

export interface InputsV1 {
  order: ContestOrder
  touches: Touch[]
  more: number
  policies: ContestPolicy[]
  marks: Mark[]
}

export interface OutcomeV1 {
  verdicts: Verdict[]
  attributed: boolean
  earnings: { affiliateId: string; campaignId: string; amount: Money; exact: string }[]
  marks: Mark[]
}

/** What version 1 found on these inputs. */
export function judgeV1({ order, touches, policies, marks }: InputsV1): OutcomeV1 {
  const { verdicts, winner } = contest(order, touches, policies)
  const won = winner === undefined ? undefined : touches[winner]
  const policy = policies.find(({ campaignId }) => campaignId === won?.campaignId)
  if (won === undefined || won.affiliateId === null || policy === undefined) return { verdicts, attributed: false, earnings: [], marks: marks.filter((mark) => mark !== 'LATE_ARRIVAL') }

  const earned = commissionOn(order.amount, policy.rate)
  return {
    verdicts,
    attributed: true,
    earnings: [{ affiliateId: won.affiliateId, campaignId: policy.campaignId, amount: earned.amount, exact: earned.exact }],
    marks: [...marks, ...earned.marks, ...(won.unverified ? ['UNVERIFIED_IDENTITY' as const] : [])],
  }
}

function contest(order: ContestOrder, touches: Touch[], policies: ContestPolicy[]): { verdicts: Verdict[]; winner: number | undefined } {
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

function earnedOn(base: Money, rate: Rate): Rational | undefined {
  if (rate.kind === 'percent') return rational(BigInt(base.minor) * BigInt(rate.ppm), 1_000_000n)
  return rate.amount.currency === base.currency ? rational(BigInt(rate.amount.minor)) : undefined
}

function commissionOn(base: Money, rate: Rate): { amount: Money; exact: string; marks: Mark[] } {
  const exact = earnedOn(base, rate)
  if (exact === undefined) return { amount: { minor: 0, currency: base.currency }, exact: '0/1', marks: ['NO_RATE_FOR_CURRENCY'] }
  const limit = BigInt(base.minor)
  const capped = exact.n > limit * exact.d
  const limited = capped ? rational(limit) : exact
  return {
    amount: { minor: toMinor(halfUp(limited)), currency: base.currency },
    exact: `${exact.n}/${exact.d}`,
    marks: capped ? ['CAPPED'] : [],
  }
}
