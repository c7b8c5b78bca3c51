import type { Mark, Weight } from '../domain.ts'
import type { ContestOrder, ContestPolicy } from './attribution.ts'
import { unitsOf } from './base.ts'
import { halfUp, rational, toMinor, type Rational } from './money.ts'
import { amountIn, rateFor, type LineRate } from './rates.ts'
import { allotExact, exceeds, plus, sumOf, times, ZERO } from './split.ts'

/** One winning touch's part of the order. */
export interface Claim {
  affiliateId: string
  campaignId: string
  weight: Weight
  occurredAtMs: number
}

/** Who earns together, and from which lines: the winners, or one carve-out. */
export interface Group {
  claims: Claim[]
  /** Indexes of the order's lines that pay it. */
  lines: number[]
  /** Those of them whose base is its affiliates' volume. */
  volume: number[]
  /** A carve-out earns by rate, whatever the call says that the winners earn. */
  carved: boolean
}

/** What an affiliate has behind them in a campaign: commissions booked this month, and volume in the tiers' period. */
export interface Usage {
  affiliateId: string
  campaignId: string
  /** Minor units. */
  booked: bigint
  volume: Rational
}

export interface Pricing {
  order: ContestOrder
  /** Net base of each line. */
  bases: number[]
  policies: ContestPolicy[]
  usage: Usage[]
}

/** What one affiliate earns in one campaign from one group. */
export interface Part {
  affiliateId: string
  campaignId: string
  minor: number
  /** Before rounding and the month's cap. */
  exact: Rational
  /** The part's minor units by line of the whole order. */
  byLine: number[]
  weight: Weight
  /** The lines of whose base `weight` is this affiliate's volume. */
  lines: number[]
  touchedAtMs: number
}

/** A claim priced: its exact amount by line of the group, and whether its base limits it. */
interface PricedClaim {
  claim: Claim
  policy: ContestPolicy
  byLine: Rational[]
  limited: boolean
}

/**
 * What a group earns (ENGINE section 4, rules 1 to 3): each claim exactly, then the base limit, the caps per order, the
 * total rounded half up once and split by largest remainder, and the month's caps. `marks` says what limited it.
 */
export function price(group: Group, pricing: Pricing, marks: Set<Mark>): Part[] {
  const priced = group.claims.map((claim) => priceClaim(claim, group, pricing, marks))
  const base = sumOf(group.lines.map((line) => rational(BigInt(pricing.bases[line] ?? 0))))
  limit(priced.filter(({ limited }) => limited), base, marks)
  for (const policy of new Set(priced.map((one) => one.policy))) {
    const cap = amountIn(policy.capPerOrder, pricing.order.amount.currency)
    if (cap !== undefined) limit(priced.filter((one) => one.policy === policy), rational(BigInt(cap)), marks)
  }
  return split(priced, group, { pricing, marks })
}

/** Brings the sum of some claims down to a limit, all in proportion. */
function limit(priced: PricedClaim[], most: Rational, marks: Set<Mark>): void {
  const sum = sumOf(priced.flatMap(({ byLine }) => byLine))
  if (!exceeds(sum, most)) return
  marks.add('CAPPED')
  const factor = rational(most.n * sum.d, most.d * sum.n)
  for (const one of priced) one.byLine = one.byLine.map((exact) => times(exact, factor))
}

function priceClaim(claim: Claim, group: Group, { order, bases, policies, usage }: Pricing, marks: Set<Mark>): PricedClaim {
  const policy = policies.find(({ campaignId }) => campaignId === claim.campaignId)
  if (policy === undefined) throw new Error(`the receipt lacks the policy of ${claim.campaignId}`)
  const { currency } = order.amount
  const weight = rational(BigInt(claim.weight.n), BigInt(claim.weight.d))
  const nothing = (mark?: Mark): PricedClaim => {
    if (mark !== undefined) marks.add(mark)
    return { claim, policy, byLine: group.lines.map(() => ZERO), limited: false }
  }
  const fixed = (minor: number): PricedClaim => ({ claim, policy, byLine: spreadByBase(times(weight, rational(BigInt(minor))), group.lines.map((line) => bases[line] ?? 0)), limited: false })

  if (lacks(policy.capPerOrder, currency) || lacks(policy.capPerMonth, currency)) return nothing('NO_RATE_FOR_CURRENCY')
  if (order.commissionMinor !== null && !group.carved) return fixed(order.commissionMinor)
  const bounty = order.kind === 'sale' || group.carved ? undefined : policy.bounties[order.kind]
  if (bounty !== undefined) {
    const minor = amountIn(bounty, currency)
    return minor === undefined ? nothing('NO_RATE_FOR_CURRENCY') : fixed(minor)
  }
  const minimum = amountIn(policy.minimumOrder, currency)
  if (lacks(policy.minimumOrder, currency)) return nothing('NO_RATE_FOR_CURRENCY')
  if (minimum !== undefined && bases.reduce((sum, base) => sum + base, 0) < minimum) return nothing('MIN_ORDER')

  // All lines are somebody's SKU: a fixed sum is owed all the same, a rate has nothing left to be taken of.
  if (group.volume.length === 0) return nothing()
  const units = unitsOf(order)
  const volume = usage.find(({ affiliateId, campaignId }) => affiliateId === claim.affiliateId && campaignId === claim.campaignId)?.volume
  const rates = group.lines.map((line) => rateFor(policy, { affiliateId: claim.affiliateId, sku: units[line]?.sku ?? null, currency, volume }))
  const flat = flatShares(rates, group.lines.map((line) => bases[line] ?? 0), currency)
  const byLine = group.lines.map((line, index) => {
    const exact = earnedOn({ base: bases[line] ?? 0, quantity: units[line]?.quantity ?? 1, currency }, rates[index], flat[index])
    if (exact === undefined) marks.add('NO_RATE_FOR_CURRENCY')
    return times(weight, exact ?? ZERO)
  })
  return { claim, policy, byLine, limited: true }
}

/** A list of amounts that has none in the order's currency: nothing is guessed, so nothing is earned. */
const lacks = (amounts: { currency: string }[], currency: string): boolean => amounts.length > 0 && !amounts.some((amount) => amount.currency === currency)

/** What one line earns at its rate, exact; undefined when the rate has no amount in the currency (rule 2). */
export function earnedOn({ base, quantity, currency }: { base: number; quantity: number; currency: string }, found: LineRate | undefined, flatShare: Rational = ZERO): Rational | undefined {
  if (found === undefined) return undefined
  const { rate, perUnit } = found
  if (rate.kind === 'percent') return rational(BigInt(base) * BigInt(rate.ppm), 1_000_000n)
  const minor = amountIn(rate.amounts, currency)
  if (minor === undefined) return undefined
  return perUnit ? rational(BigInt(minor) * BigInt(quantity)) : flatShare
}

/** A flat rate is paid once to its group: spread over the lines that it prices, by base. */
function flatShares(rates: (LineRate | undefined)[], bases: number[], currency: string): (Rational | undefined)[] {
  const priced = rates.flatMap((found, index) => (found !== undefined && !found.perUnit && found.rate.kind === 'flat' ? [{ index, rate: found.rate }] : []))
  const minor = priced[0] && amountIn(priced[0].rate.amounts, currency)
  if (minor === undefined) return []
  const shares = spreadByBase(rational(BigInt(minor)), priced.map(({ index }) => bases[index] ?? 0))
  const byLine: (Rational | undefined)[] = rates.map(() => undefined)
  priced.forEach(({ index }, at) => { byLine[index] = shares[at] })
  return byLine
}

/** An amount over lines in proportion to their bases, exact; to the first line where all are zero. */
function spreadByBase(amount: Rational, bases: number[]): Rational[] {
  const sum = bases.reduce((total, base) => total + BigInt(base), 0n)
  if (sum === 0n) return bases.map((_, index) => (index === 0 ? amount : ZERO))
  return bases.map((base) => times(amount, rational(BigInt(base), sum)))
}

/** The group's total rounded once, split over its affiliates, and each part over its campaigns and lines. */
function split(priced: PricedClaim[], group: Group, { pricing, marks }: { pricing: Pricing; marks: Set<Mark> }): Part[] {
  const exactOf = (claims: PricedClaim[]): Rational => sumOf(claims.flatMap(({ byLine }) => byLine))
  const earliest = (claims: PricedClaim[]): number => Math.min(...claims.map(({ claim }) => claim.occurredAtMs))
  const affiliates = [...Map.groupBy(priced, ({ claim }) => claim.affiliateId).values()]
    .toSorted((a, b) => earliest(a) - earliest(b) || ((a[0]?.claim.affiliateId ?? '') < (b[0]?.claim.affiliateId ?? '') ? -1 : 1))
  const total = halfUp(exactOf(priced))
  const parts = allotExact(total, affiliates.map(exactOf))

  return affiliates.flatMap((claims, index) => {
    const campaigns = [...Map.groupBy(claims, ({ claim }) => claim.campaignId).values()]
    const minors = allotExact(parts[index] ?? 0n, campaigns.map(exactOf))
    return campaigns.map((own, at): Part => {
      const byGroupLine = group.lines.map((_, line) => sumOf(own.map(({ byLine }) => byLine[line] ?? ZERO)))
      const whose = { affiliateId: own[0]?.claim.affiliateId ?? '', campaignId: own[0]?.claim.campaignId ?? '' }
      const minor = capped(minors[at] ?? 0n, { whose, pricing, marks })
      return {
        ...whose, minor: toMinor(minor, 'commission'), exact: exactOf(own),
        byLine: byOrderLine(allotExact(minor, byGroupLine), group, pricing.bases.length),
        weight: weightOf(own), lines: group.volume, touchedAtMs: earliest(own),
      }
    })
  })
}

function byOrderLine(parts: bigint[], group: Group, lines: number): number[] {
  const byLine = Array.from({ length: lines }, () => 0)
  group.lines.forEach((line, index) => { byLine[line] = Number(parts[index] ?? 0n) })
  return byLine
}

function weightOf(claims: PricedClaim[]): Weight {
  const { n, d } = claims.map(({ claim }) => rational(BigInt(claim.weight.n), BigInt(claim.weight.d))).reduce(plus)
  return { n: Number(n), d: Number(d) }
}

/** What the month's cap leaves of a part; what goes beyond it goes to nobody. What is booked uses the cap up. */
function capped(minor: bigint, { whose, pricing: { order, policies, usage }, marks }: { whose: Pick<Part, 'affiliateId' | 'campaignId'>; pricing: Pricing; marks: Set<Mark> }): bigint {
  const policy = policies.find(({ campaignId }) => campaignId === whose.campaignId)
  const used = usage.find(({ affiliateId, campaignId }) => affiliateId === whose.affiliateId && campaignId === whose.campaignId)
  const cap = policy && amountIn(policy.capPerMonth, order.amount.currency)
  if (cap === undefined || used === undefined) return minor
  const left = BigInt(cap) - used.booked
  const booked = minor <= left ? minor : left > 0n ? left : 0n
  used.booked += booked
  if (booked !== minor) marks.add('CAPPED')
  return booked
}
