import type { Weight } from '../../../../shared/domain.ts'
import type { Amounts } from '../../../../shared/engine/terms.ts'
import type { ContestPolicy, Touch } from '../../../../shared/engine/attribution.ts'
import type { Outcome, ReceiptInputs } from '../../../../shared/engine/receipt.ts'
import { add, divide, handOut, isMore, multiply, rounded, total, whole, type Fraction } from './arithmetic.ts'
import { netLines } from './order.ts'
import { rateOf } from './rates.ts'

/** What one affiliate gets of one group, by campaign, and how it was come to. */
interface Share {
  affiliateId: string
  campaignId: string
  exact: Fraction
  byLine: Fraction[]
  earliestMs: number
}

/** A touch that earns: its exact amount by line of the whole order. */
interface Claim extends Share {
  policy: ContestPolicy
  /** Earned by rate, so that the base limits it. */
  byRate: boolean
}

export interface Earned {
  affiliateId: string
  minor: bigint
  exact: Fraction
  byLine: bigint[]
  parts: { campaignId: string; minor: bigint }[]
}

const NOTHING = whole(0)
const inCurrency = (amounts: Amounts, currency: string): bigint | undefined => amounts.filter((amount) => amount.currency === currency).map(({ minor }) => BigInt(minor))[0]
const isMissing = (amounts: Amounts, currency: string): boolean => amounts.length > 0 && inCurrency(amounts, currency) === undefined
const fraction = ({ n, d }: Weight): Fraction => ({ n: BigInt(n), d: BigInt(d) })

/** What everybody earns by a receipt's inputs and its weights, by ENGINE section 4, rules 1 to 3, and section 3, rule 7. */
export function earnedBy(inputs: ReceiptInputs, { verdicts, weights }: Pick<Outcome, 'verdicts' | 'weights'>): Earned[] {
  const { order, touches, kind } = inputs
  const net = netLines(order)
  const all = [...net.keys()]
  const carved = touches.filter(({ evidence }, index) => evidence === 'sku' && verdicts[index] === 'WON')
  // A SKU whose affiliate earns nothing from a renewal goes to nobody.
  const apart = new Set(touches.filter((touch) => touch.evidence === 'sku' && (kind === 'renewal' || carved.includes(touch))).map(({ code }) => code))
  const rest = all.filter((line) => !apart.has(order.lines[line]?.sku ?? ''))
  const winners = touches.flatMap((touch, index) => (weights[index] ? [claimOf(touch, fraction(weights[index]), { inputs, net, lines: rest, isCarved: false })] : []))
  const groups = [{ claims: winners, lines: rest }, ...carved.map((touch) => {
    const lines = all.filter((line) => order.lines[line]?.sku === touch.code)
    return { claims: [claimOf(touch, whole(1), { inputs, net, lines, isCarved: true })], lines }
  })]

  const used = new Map(inputs.usage.map(({ affiliateId, campaignId, booked }) => [`${affiliateId} ${campaignId}`, BigInt(booked)]))
  const paid = groups.flatMap(({ claims, lines }) => (claims.length === 0 ? [] : paidTo(claims, { base: lines.reduce((sum, line) => sum + (net[line] ?? 0n), 0n), currency: order.amount.currency, used })))
  return [...Map.groupBy(paid, ({ affiliateId }) => affiliateId)].map(([affiliateId, own]) => ({
    affiliateId, minor: own.reduce((sum, { minor }) => sum + minor, 0n), exact: total(own.map(({ exact }) => exact)),
    byLine: all.map((line) => own.reduce((sum, part) => sum + (part.minors[line] ?? 0n), 0n)), parts: own.map(({ campaignId, minor }) => ({ campaignId, minor })),
  }))
}

interface About {
  inputs: ReceiptInputs
  net: bigint[]
  lines: number[]
  isCarved: boolean
}

function claimOf(touch: Touch, weight: Fraction, { inputs, net, lines, isCarved }: About): Claim {
  const { order, policies } = inputs
  const { currency } = order.amount
  const policy = policies.find(({ campaignId }) => campaignId === touch.campaignId)!
  const claim = (byLine: Fraction[], byRate: boolean): Claim => ({ affiliateId: touch.affiliateId ?? '', campaignId: policy.campaignId, policy, byRate, byLine: byLine.map((one) => multiply(weight, one)), exact: NOTHING, earliestMs: touch.occurredAtMs })
  const nothing = (): Claim => claim(net.map(() => NOTHING), false)
  const sum = (minor: bigint): Claim => claim(spread(whole(minor), net, lines.length === 0 ? [...net.keys()] : lines), false)

  if (isMissing(policy.capPerOrder, currency) || isMissing(policy.capPerMonth, currency)) return nothing()
  if (order.commissionMinor !== null && !isCarved) return sum(BigInt(order.commissionMinor))
  const bounty = order.kind === 'sale' || isCarved ? undefined : policy.bounties[order.kind]
  if (bounty !== undefined) return isMissing(bounty, currency) || bounty.length === 0 ? nothing() : sum(inCurrency(bounty, currency) ?? 0n)
  const least = inCurrency(policy.minimumOrder, currency)
  if (isMissing(policy.minimumOrder, currency) || (least !== undefined && net.reduce((a, b) => a + b, 0n) < least)) return nothing()
  return claim(byRates(touch, policy, { inputs, net, lines, isCarved }), true)
}

/** Each line at its own rate; a flat one that is no SKU's once to the lines that it prices. */
function byRates({ affiliateId, campaignId }: Touch, policy: ContestPolicy, { inputs, net, lines }: About): Fraction[] {
  const { currency } = inputs.order.amount
  const volume = inputs.usage.find((one) => one.affiliateId === affiliateId && one.campaignId === campaignId)?.volume ?? '0/1'
  const found = net.map((_, line) => (lines.includes(line) ? rateOf(policy, { affiliateId: affiliateId ?? '', sku: inputs.order.lines[line]?.sku ?? null, currency, volume }) : undefined))
  const once = lines.filter((line) => found[line] !== undefined && !found[line].ofSku && found[line].rate.kind === 'flat')
  const onceMinor = once.map((line) => found[line]!.rate).flatMap((rate) => (rate.kind === 'flat' ? (inCurrency(rate.amounts, currency) ?? 0n) : []))[0] ?? 0n
  const shares = spread(whole(onceMinor), net, once)
  return net.map((base, line) => {
    const at = found[line]
    if (at === undefined) return NOTHING
    if (at.rate.kind === 'percent') return { n: base * BigInt(at.rate.ppm), d: 1_000_000n }
    return at.ofSku ? whole((inCurrency(at.rate.amounts, currency) ?? 0n) * BigInt(inputs.order.lines[line]?.quantity ?? 1)) : (shares[line] ?? NOTHING)
  })
}

/** A sum over some lines by their bases; to the first of them where these are nothing. */
function spread(sum: Fraction, net: bigint[], lines: number[]): Fraction[] {
  const base = lines.reduce((all, line) => all + (net[line] ?? 0n), 0n)
  return net.map((own, line) => {
    if (!lines.includes(line)) return NOTHING
    if (base === 0n) return line === lines[0] ? sum : NOTHING
    return multiply(sum, { n: own, d: base })
  })
}

const sumOf = (claims: Pick<Claim, 'byLine'>[]): Fraction => total(claims.flatMap(({ byLine }) => byLine))

function bringDown(claims: Claim[], most: bigint): void {
  const sum = sumOf(claims)
  if (!isMore(sum, whole(most))) return
  for (const one of claims) one.byLine = one.byLine.map((exact) => divide(multiply(exact, whole(most)), sum))
}

/** A group's money: limits, one rounding, the split, the month's caps, and the lines. */
function paidTo(claims: Claim[], { base, currency, used }: { base: bigint; currency: string; used: Map<string, bigint> }): { affiliateId: string; campaignId: string; minor: bigint; exact: Fraction; minors: bigint[] }[] {
  bringDown(claims.filter(({ byRate }) => byRate), base)
  for (const own of Map.groupBy(claims, ({ campaignId }) => campaignId).values()) {
    const cap = inCurrency(own[0]!.policy.capPerOrder, currency)
    if (cap !== undefined) bringDown(own, cap)
  }
  const affiliates = [...Map.groupBy(claims, ({ affiliateId }) => affiliateId).values()].toSorted((a, b) => earliest(a) - earliest(b) || (a[0]!.affiliateId < b[0]!.affiliateId ? -1 : 1))
  const parts = handOut(rounded(sumOf(claims)), affiliates.map(sumOf))
  return affiliates.flatMap((own, index) => {
    const campaigns = [...Map.groupBy(own, ({ campaignId }) => campaignId).values()]
    const minors = handOut(parts[index] ?? 0n, campaigns.map(sumOf))
    return campaigns.map((ofOne, at) => {
      const [{ affiliateId, campaignId, policy }] = ofOne as [Claim]
      const key = `${affiliateId} ${campaignId}`
      const cap = inCurrency(policy.capPerMonth, currency)
      const left = cap === undefined ? undefined : cap - (used.get(key) ?? 0n)
      const minor = left === undefined || (minors[at] ?? 0n) <= left ? (minors[at] ?? 0n) : left > 0n ? left : 0n
      used.set(key, (used.get(key) ?? 0n) + minor)
      const byLine = ofOne[0]!.byLine.map((_, line) => ofOne.map((one) => one.byLine[line] ?? NOTHING).reduce(add))
      return { affiliateId, campaignId, minor, exact: sumOf(ofOne), minors: handOut(minor, byLine) }
    })
  })
}

const earliest = (claims: Claim[]): number => Math.min(...claims.map(({ earliestMs }) => earliestMs))
