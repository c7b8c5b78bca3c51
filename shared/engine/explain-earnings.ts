/** How each commission of a receipt came about, step by step. */
import type { Money, Weight } from '../domain.ts'
import type { Rate } from './terms.ts'
import { isWin, type ContestPolicy, type Touch } from './attribution.ts'
import { basesOf, unitsOf } from './base.ts'
import { earnedOn } from './commission.ts'
import { halfUp, parseRational, rational, type Rational } from './money.ts'
import { amountIn, rateFor } from './rates.ts'
import type { Earning, Imported, Receipt, UsageSnapshot } from './receipt.ts'
import { exceeds, plus, sumOf, times, ZERO } from './split.ts'

/** Where a rate comes from, most specific first; the SKU is null where it would name another affiliate. */
export type RateSource =
  | { kind: 'affiliate_sku' | 'sku'; sku: string | null }
  | { kind: 'affiliate' | 'campaign' }
  /** `threshold` is null below the first step. */
  | { kind: 'tier'; threshold: Money | null; volume: Rational; month: string | null }

/** What some lines were priced at. */
export type Step =
  | { kind: 'rate'; rate: Rate; source: RateSource; perUnit: boolean; baseMinor: number; quantity: number }
  /** No amount in the order's currency: of the rate, or of the tiers that had to be asked. */
  | { kind: 'no_currency'; baseMinor: number; rate: Rate | null }
  /** What the campaign, or the call itself, pays all winners together; null for a reader who may not know that. */
  | { kind: 'bounty'; minor: number | null }
  | { kind: 'explicit'; minor: number | null }
  /** What another system had booked. */
  | { kind: 'imported'; minor: number; from: string }

/** Why nothing was priced at all. */
export type Nothing = { kind: 'minimum'; minimum: Money } | { kind: 'no_currency'; what: 'cap per order' | 'cap per month' | 'minimum order' | 'bounty' }

/** What made a commission smaller than its rate; the cap of a shared order is null for whom it would tell what all earn. */
export type Limit = { kind: 'base' } | { kind: 'order'; cap: Money | null } | { kind: 'month'; cap: Money; bookedMinor: number; month: string }

/** One affiliate's commission in one campaign, from the contest or from a carve-out. */
export interface Story {
  affiliateId: string
  campaignId: string
  /** The SKU of a carve-out; null for what the contest's winners earn. */
  sku: string | null
  weight: Weight
  steps: Step[]
  nothing: Nothing | null
  /** By rate and weight alone, exact. */
  unlimited: Rational
  /** After the limits of the order, exact. */
  exact: Rational
  limits: Limit[]
  /** As booked. */
  minor: number
  /** The reader may know of no more than limits and what was booked: by the rest they could reckon what others earn. */
  isWithheld: boolean
}

type Context = { receipt: Receipt; bases: number[]; currency: string }

/** What is rounded together: the winners, or one carve-out. */
interface Telling {
  touches: { touch: Touch; weight: Weight }[]
  lines: number[]
  sku: string | null
}

/** The stories of all commissions on a receipt: the winners', then the carve-outs'. */
export function storiesOf(receipt: Receipt): Story[] {
  const { order, imported } = receipt.inputs
  if (imported !== undefined) return receipt.outcome.earnings.map((earning) => importedStory(earning, imported))
  const context: Context = { receipt, bases: basesOf(order), currency: order.amount.currency }
  const stories = tellingsOf(context).flatMap((telling) => limitedByOrder(telling, context))
  return booked(stories, context)
}

/** It was not reckoned here: there is nothing between what was told and what was booked. */
function importedStory({ affiliateId, campaignId }: Earning, { minor, from }: Imported): Story {
  const exact = rational(BigInt(minor))
  return { affiliateId, campaignId, sku: null, weight: { n: 1, d: 1 }, steps: [{ kind: 'imported', minor, from }], nothing: null, unlimited: exact, exact, limits: [], minor, isWithheld: false }
}

function tellingsOf({ receipt: { inputs: { order, touches }, outcome }, bases }: Context): Telling[] {
  const linesOf = (sku: string): number[] => order.lines.flatMap((line, index) => (line.sku === sku ? index : []))
  const carved = touches.filter(({ evidence }, index) => evidence === 'sku' && isWin(outcome.verdicts[index]))
  const taken = new Set(carved.flatMap(({ code }) => linesOf(code)))
  const winners = touches.flatMap((touch, index) => {
    const weight = outcome.weights[index]
    return weight === null || weight === undefined ? [] : [{ touch, weight }]
  })
  const rest = bases.flatMap((_, index) => (taken.has(index) ? [] : [index]))
  // A sum that the call or a bounty names is owed even where every line is somebody's SKU, as the engine has it.
  const paying = rest.length === 0 && (order.commissionMinor !== null || order.kind !== 'sale') ? [...bases.keys()] : rest
  return [
    ...(winners.length > 0 ? [{ touches: winners, lines: paying, sku: null }] : []),
    ...carved.map((touch): Telling => ({ touches: [{ touch, weight: { n: 1, d: 1 } }], lines: linesOf(touch.code), sku: touch.code })),
  ]
}

/** Each affiliate's and campaign's part by its rate, then what the order's value and the caps per order leave of it. */
function limitedByOrder(telling: Telling, context: Context): Story[] {
  const own = Map.groupBy(telling.touches, ({ touch }) => JSON.stringify([touch.affiliateId, touch.campaignId]))
  const stories = [...own.values()].map((claims) => storyOf(claims, telling, context))
  const base = rational(telling.lines.reduce((sum, line) => sum + BigInt(context.bases[line] ?? 0), 0n))
  limit(stories.filter(({ steps }) => steps.every(({ kind }) => kind === 'rate' || kind === 'no_currency')), base, { kind: 'base' })
  for (const policy of context.receipt.inputs.policies) {
    const minor = amountIn(policy.capPerOrder, context.currency)
    if (minor !== undefined) limit(stories.filter(({ campaignId }) => campaignId === policy.campaignId), rational(BigInt(minor)), { kind: 'order', cap: { minor, currency: context.currency } })
  }
  return stories
}

function limit(stories: Story[], most: Rational, by: Limit): void {
  const sum = sumOf(stories.map(({ exact }) => exact))
  if (!exceeds(sum, most)) return
  const factor = rational(most.n * sum.d, most.d * sum.n)
  for (const story of stories.filter(({ exact }) => exact.n > 0n)) {
    story.exact = times(story.exact, factor)
    story.limits.push(by)
  }
}

function storyOf(claims: Telling['touches'], { lines, sku }: Telling, context: Context): Story {
  const { affiliateId, campaignId } = claims[0]?.touch ?? {}
  const { n, d } = claims.map(({ weight }) => rational(BigInt(weight.n), BigInt(weight.d))).reduce(plus)
  const policy = context.receipt.inputs.policies.find((one) => one.campaignId === campaignId)
  const who = { affiliateId: affiliateId ?? '', campaignId: campaignId ?? '' }
  const nothing = policy === undefined ? null : nothingOf(policy, sku !== null, context)
  const steps = policy === undefined || nothing !== null ? [] : stepsOf(policy, { who, lines, sku }, context)
  const unlimited = times(rational(n, d), sumOf(steps.map((step) => valueOf(step, context.currency))))
  return { ...who, sku, weight: { n: Number(n), d: Number(d) }, steps, nothing, unlimited, exact: unlimited, limits: [], minor: 0, isWithheld: false }
}

const lacks = (amounts: Money[], currency: string): boolean => amounts.length > 0 && amountIn(amounts, currency) === undefined

function nothingOf(policy: ContestPolicy, carved: boolean, { receipt: { inputs: { order } }, bases, currency }: Context): Nothing | null {
  if (lacks(policy.capPerOrder, currency)) return { kind: 'no_currency', what: 'cap per order' }
  if (lacks(policy.capPerMonth, currency)) return { kind: 'no_currency', what: 'cap per month' }
  if (order.commissionMinor !== null && !carved) return null
  const bounty = order.kind === 'sale' || carved ? undefined : policy.bounties[order.kind]
  if (bounty !== undefined) return amountIn(bounty, currency) === undefined ? { kind: 'no_currency', what: 'bounty' } : null
  if (lacks(policy.minimumOrder, currency)) return { kind: 'no_currency', what: 'minimum order' }
  const minor = amountIn(policy.minimumOrder, currency)
  return minor !== undefined && bases.reduce((sum, base) => sum + base, 0) < minor ? { kind: 'minimum', minimum: { minor, currency } } : null
}

function stepsOf(policy: ContestPolicy, { who, lines, sku }: { who: Pick<Story, 'affiliateId' | 'campaignId'>; lines: number[]; sku: string | null }, { receipt: { inputs: { order, usage } }, bases, currency }: Context): Step[] {
  if (order.commissionMinor !== null && sku === null) return [{ kind: 'explicit', minor: order.commissionMinor }]
  const bounty = order.kind === 'sale' || sku !== null ? undefined : policy.bounties[order.kind]
  if (bounty !== undefined) return [{ kind: 'bounty', minor: amountIn(bounty, currency) ?? 0 }]

  const used = usage.find(({ affiliateId, campaignId }) => affiliateId === who.affiliateId && campaignId === who.campaignId)
  const units = unitsOf(order)
  const steps = new Map<string, Step>()
  for (const line of lines) {
    const [baseMinor, unit] = [bases[line] ?? 0, units[line]]
    const found = rateFor(policy, { affiliateId: who.affiliateId, sku: unit?.sku ?? null, currency, volume: used && parseRational(used.volume) })
    const step: Step = found === undefined || (found.rate.kind === 'flat' && amountIn(found.rate.amounts, currency) === undefined)
      ? { kind: 'no_currency', baseMinor, rate: found?.rate ?? null }
      : { kind: 'rate', ...found, source: sourceOf(policy, { affiliateId: who.affiliateId, sku: unit?.sku ?? null, currency, used }), baseMinor, quantity: unit?.quantity ?? 1 }
    const key = JSON.stringify([step.kind, step.rate, step.kind === 'rate' && step.source.kind, step.kind === 'rate' && step.perUnit && unit?.sku])
    const held = steps.get(key)
    steps.set(key, held === undefined ? step : together(held, step))
  }
  return [...steps.values()]
}

/** Lines at the same rate are told as one. */
function together(a: Step, b: Step): Step {
  if (a.kind === 'rate' && b.kind === 'rate') return { ...a, baseMinor: a.baseMinor + b.baseMinor, quantity: a.quantity + b.quantity }
  return a.kind === 'no_currency' && b.kind === 'no_currency' ? { ...a, baseMinor: a.baseMinor + b.baseMinor } : a
}

function sourceOf(policy: ContestPolicy, { affiliateId, sku, currency, used }: { affiliateId: string; sku: string | null; currency: string; used: UsageSnapshot | undefined }): RateSource {
  const isSpecial = (affiliate: string | null, item: string | null): boolean => policy.specialRates.some((entry) => entry.affiliateId === affiliate && entry.sku === item)
  if (sku !== null && isSpecial(affiliateId, sku)) return { kind: 'affiliate_sku', sku }
  if (sku !== null && isSpecial(null, sku)) return { kind: 'sku', sku }
  if (isSpecial(affiliateId, null)) return { kind: 'affiliate' }
  if (policy.tiers === null) return { kind: 'campaign' }
  const volume = used === undefined ? ZERO : parseRational(used.volume)
  const minors = policy.tiers.steps.map(({ threshold }) => amountIn(threshold, currency) ?? 0)
  const minor = minors.findLast((one) => !exceeds(rational(BigInt(one)), volume))
  return { kind: 'tier', threshold: minor === undefined ? null : { minor, currency }, volume, month: policy.tiers.period === 'month' ? (used?.month ?? null) : null }
}

/** What a step comes to, exact. */
function valueOf(step: Step, currency: string): Rational {
  if (step.kind === 'no_currency') return ZERO
  if (step.kind !== 'rate') return rational(BigInt(step.minor ?? 0))
  const { baseMinor: base, quantity, rate, perUnit } = step
  const once = rate.kind === 'flat' ? rational(BigInt(amountIn(rate.amounts, currency) ?? 0)) : ZERO
  return earnedOn({ base, quantity, currency }, { rate, perUnit }, once) ?? ZERO
}

/** What was booked of each, and where the month's cap left less than was earned. */
function booked(stories: Story[], { receipt: { inputs: { policies, usage }, outcome: { earnings } }, currency }: Context): Story[] {
  const used = new Map(usage.map((one) => [JSON.stringify([one.affiliateId, one.campaignId]), { ...one, minor: Number(one.booked) }]))
  const left = new Map(earnings.map(({ affiliateId, parts }) => [affiliateId, [...parts]]))
  return stories.map((story) => {
    // Parts stand in the order of the groups, so that of one campaign the next one is this story's.
    const parts = left.get(story.affiliateId) ?? []
    const at = parts.findIndex(({ campaignId }) => campaignId === story.campaignId)
    const minor = at < 0 ? 0 : (parts.splice(at, 1)[0]?.minor ?? 0)
    const cap = amountIn(policies.find(({ campaignId }) => campaignId === story.campaignId)?.capPerMonth ?? [], currency)
    const month = used.get(JSON.stringify([story.affiliateId, story.campaignId]))
    if (cap === undefined || month === undefined) return { ...story, minor }
    const bookedMinor = month.minor
    month.minor += minor
    const reached = bookedMinor + minor >= cap && BigInt(minor) < halfUp(story.exact)
    return { ...story, minor, limits: reached ? [...story.limits, { kind: 'month', cap: { minor: cap, currency }, bookedMinor, month: month.month }] : story.limits }
  })
}
