/**
 * What of a receipt its reader may see. A merchant sees all of it; an affiliate sees their own touches and their own
 * commission, and of what beat them no more than what kind of evidence it was. This is the one place where that is
 * decided: sentences and JSON are made of a view alone.
 */
import { type Mark, type Money, type Weight } from '../domain.ts'
import { DEFAULT_RULES, type ContestRules, type Rate } from './terms.ts'
import { isWin, rulesFor, type ContestPolicy, type Touch, type Verdict } from './attribution.ts'
import { basesOf } from './base.ts'
import { storiesOf, type Step, type Story } from './explain-earnings.ts'
import { halfUp, rational, type Rational } from './money.ts'
import { earningsOf, type Earning, type Receipt, type ReceiptInputs } from './receipt.ts'
import { sumOf, ZERO } from './split.ts'

/** Who reads: the merchant, or one affiliate. */
export type Reader = 'merchant' | { affiliateId: string }

/** A touch that the reader may see, by its place on the receipt. */
export interface SeenTouch {
  index: number
  touch: Touch
  verdict: Verdict
  /** Of a winner null where the reader may not know it. */
  weight: Weight | null
}

/** A touch that others lost to; whose, which and when is null where it is not the reader's. */
export type Winner = Pick<Touch, 'evidence' | 'trigger' | 'adopted'> & Record<'eventId' | 'affiliateId' | 'code', string | null> & { occurredAtMs: number | null }

/** What the commissions are reckoned on. */
export interface BaseStory {
  totalMinor: number
  linesMinor: number
  discountMinor: number
  taxMinor: number
  /** Null when the order came without items: then the amount is taken as it was sent. */
  lines: number | null
}

export interface View {
  reader: Reader
  kind: ReceiptInputs['kind']
  /** The system that had decided, and told it. */
  importedFrom: string | null
  order: Pick<ReceiptInputs['order'], 'kind' | 'mode' | 'occurredAtMs' | 'receivedAtMs'> & { currency: string }
  policies: ContestPolicy[]
  rules: ContestRules
  /** The rules are those of the campaign that all eligible touches share, and not the merchant's. */
  ruledByCampaign: boolean
  attributed: boolean
  touches: SeenTouch[]
  /** Touches that were known and not judged. */
  more: number
  winners: Winner[]
  /** Some lines are somebody's SKU. */
  carved: boolean
  earnings: Earning[]
  stories: Story[]
  /** Null for a reader who may see only their own part of it. */
  base: BaseStory | null
  marks: Mark[]
}

/** What a reader may see of a receipt, of whatever engine. */
export function viewOf(kept: Receipt, reader: Reader = 'merchant'): View {
  const receipt = modern(kept)
  const { inputs: { kind, order, touches, policies, fallback, more }, outcome } = receipt
  const rules = rulesFor(contestantsOf(receipt), policies, fallback)
  const view: View = {
    reader, kind, importedFrom: receipt.inputs.imported?.from ?? null, policies, rules, ruledByCampaign: rules !== fallback, attributed: outcome.attributed, more,
    order: { kind: order.kind, mode: order.mode, occurredAtMs: order.occurredAtMs, receivedAtMs: order.receivedAtMs, currency: order.amount.currency },
    touches: touches.flatMap((touch, index): SeenTouch[] => {
      const verdict = outcome.verdicts[index]
      return verdict === undefined ? [] : [{ index, touch, verdict, weight: outcome.weights[index] ?? null }]
    }),
    winners: touches.filter((_, index) => (outcome.weights[index] ?? null) !== null).map(({ eventId, evidence, trigger, adopted, affiliateId, code, occurredAtMs }) => ({ eventId, evidence, trigger, adopted, affiliateId, code, occurredAtMs })),
    carved: touches.some(({ evidence }, index) => evidence === 'sku' && isWin(outcome.verdicts[index])),
    earnings: outcome.earnings, stories: storiesOf(receipt), base: baseOf(order), marks: outcome.marks,
  }
  return reader === 'merchant' ? view : forAffiliate(view, reader.affiliateId)
}

const CONTESTED: ReadonlySet<Verdict | undefined> = new Set<Verdict>(['WON', 'SHARED', 'LATER_TOUCH_WON', 'EARLIER_TOUCH_WON', 'WEAKER_EVIDENCE'])

/** The touches whose campaigns say by which rules they were judged: adopted ones only among themselves. */
function contestantsOf({ inputs: { touches }, outcome: { verdicts } }: Receipt): Touch[] {
  const eligible = touches.filter(({ evidence }, index) => evidence !== 'sku' && CONTESTED.has(verdicts[index]))
  const ours = eligible.filter(({ adopted }) => !adopted)
  return ours.length > 0 ? ours : eligible
}

/** The affiliate's own part; whatever is added to a view must be thought of here. */
function forAffiliate(view: View, affiliateId: string): View {
  const isOwn = (one: { affiliateId: string | null }): boolean => one.affiliateId === affiliateId
  const othersSkus = new Set(view.touches.filter(({ touch }) => touch.evidence === 'sku' && !isOwn(touch)).map(({ touch }) => touch.code))
  const own = view.stories.filter(isOwn)
  const isShared = !isWhole(sumOf(own.filter(({ sku }) => sku === null).map(({ weight: { n, d } }) => rational(BigInt(n), BigInt(d)))))
  const stories = own.map((story) => (isShared && story.sku === null ? withoutTotals(story) : story)).map((story) => ({ ...story, steps: story.steps.map((step) => withWholeVolume(withoutSkus(step, othersSkus))) }))
  // Nor their share, where all were limited together: with the price of the shop and their own rate it is the part before.
  const isWithheld = stories.some((story) => story.isWithheld)
  const touches = view.touches.filter(({ touch }) => isOwn(touch)).map((seen) => ({ ...seen, weight: isWithheld ? null : seen.weight && roundedShare(seen.weight) }))
  return {
    ...view, touches, stories, more: 0, base: null,
    earnings: view.earnings.filter(isOwn), attributed: view.earnings.some(isOwn),
    policies: view.policies.filter(({ campaignId }) => touches.some(({ touch }) => touch.campaignId === campaignId)),
    winners: view.winners.map((winner) => (isOwn(winner) ? winner : { ...winner, trigger: winner.trigger && { ...winner.trigger, position: 0 }, eventId: null, affiliateId: null, code: null, occurredAtMs: null })),
    marks: view.marks.filter((mark) => isAbout(mark, { touches, stories: own })),
  }
}

/** A SKU that is another affiliate's trigger names them, also where it did not count. */
const withoutSkus = (step: Step, skus: ReadonlySet<string>): Step =>
  (step.kind === 'rate' && 'sku' in step.source && step.source.sku !== null && skus.has(step.source.sku) ? { ...step, source: { ...step.source, sku: null } } : step)

/** To hundredths of a percent: under time decay the exact fraction would tell how old the others' touches are. */
const roundedShare = ({ n, d }: Weight): Weight => (n === d ? { n, d } : { n: Number(halfUp(rational(BigInt(n) * 10_000n, BigInt(d)))), d: 10_000 })

/**
 * A volume in whole minor units: its exact fraction is made of the weights, and would tell how old the others' touches are.
 * Rounded down, so that it reaches the same thresholds.
 */
export const wholeVolume = ({ n, d }: Rational): Rational => rational(n / d)

const withWholeVolume = (step: Step): Step => (step.kind === 'rate' && step.source.kind === 'tier' ? { ...step, source: { ...step.source, volume: wholeVolume(step.source.volume) } } : step)

const isWhole = ({ n, d }: Rational): boolean => n === d

/**
 * Of an order that is shared, a sum for all winners is what the others earn together with this one. So is the order's value
 * or the cap that all reached together, as soon as one knows by how much one's own part was cut: then nothing is told of
 * the part before.
 */
function withoutTotals(story: Story): Story {
  const limits = story.limits.map((limit) => (limit.kind === 'order' ? { ...limit, cap: null } : limit))
  if (limits.some(({ kind }) => kind !== 'month')) return { ...story, steps: [], unlimited: ZERO, exact: ZERO, limits, isWithheld: true }
  return { ...story, limits, steps: story.steps.map((step) => (step.kind === 'explicit' || step.kind === 'bounty' ? { ...step, minor: null } : step)) }
}

/** True for a remark on this affiliate's own touches and commission; the others may tell of somebody else's. */
function isAbout(mark: Mark, { touches, stories }: Pick<View, 'touches' | 'stories'>): boolean {
  const won = touches.filter(({ verdict }) => isWin(verdict)).map(({ touch }) => touch)
  switch (mark) {
    case 'IMPORTED':
    case 'RENEWAL': return touches.length > 0
    case 'LATE_ARRIVAL': return won.length > 0
    case 'ADOPTED': return won.some(({ adopted }) => adopted)
    case 'AGE_CLAMPED': return won.some(({ clamped }) => clamped)
    case 'UNVERIFIED_IDENTITY': return won.length > 0 && won.every(({ unverified }) => unverified)
    case 'CAPPED': return stories.some(({ limits }) => limits.length > 0)
    case 'TOLD_BY_BROWSER': return stories.length > 0
    case 'MIN_ORDER': return stories.some(({ nothing }) => nothing?.kind === 'minimum')
    case 'NO_RATE_FOR_CURRENCY': return stories.some(({ nothing, steps }) => nothing?.kind === 'no_currency' || steps.some(({ kind }) => kind === 'no_currency'))
    // What the merchant's shop sent twice, and who else the customer may be, is between the two of them.
    case 'REPEAT_DIFFERS':
    case 'IDENTITY_CONFLICT': return false
  }
}

function baseOf(order: ReceiptInputs['order']): BaseStory {
  const linesMinor = order.lines.reduce((sum, { minor }) => sum + minor, 0)
  const totalMinor = basesOf(order).reduce((sum, base) => sum + base, 0)
  const discountMinor = order.lines.length === 0 ? 0 : Math.min(order.discountMinor, linesMinor)
  return { totalMinor, linesMinor, discountMinor, taxMinor: order.lines.length === 0 ? 0 : linesMinor - discountMinor - totalMinor, lines: order.lines.length === 0 ? null : order.lines.length }
}

/** A flat rate of engine 1 was in one currency. */
type OldRate = Rate | { kind: 'flat'; amount: Money }

/** A receipt in today's shape: engine 1 knew one campaign's rate, `last_click`, clicks and codes, and no items. */
function modern(kept: Receipt): Receipt {
  if (kept.engine > 1) return kept
  const { inputs, outcome } = kept
  const order = { ...inputs.order, lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, commissionMinor: null }
  const policies = inputs.policies.map((policy): ContestPolicy => ({
    ...policy, ...DEFAULT_RULES, rate: modernRate(policy.rate), adoptUntilMs: 0, minimumOrder: [], capPerOrder: [], capPerMonth: [], tiers: null, bounties: {}, specialRates: [], renewalsEndAtMs: null,
  }))
  const whole = { n: 1, d: 1 }
  return {
    ...kept,
    inputs: { ...inputs, kind: 'contest', order, policies, fallback: DEFAULT_RULES, usage: [], touches: inputs.touches.map((touch) => ({ ...touch, trigger: null, first: null, adopted: false, clamped: false })) },
    outcome: {
      ...outcome, weights: outcome.verdicts.map((verdict) => (verdict === 'WON' ? whole : null)),
      earnings: earningsOf(kept),
    },
  }
}

const modernRate = (rate: OldRate): Rate => (rate.kind === 'flat' && 'amount' in rate ? { kind: 'flat', amounts: [rate.amount] } : rate)
