import type { Mark, Money, Weight } from '../domain.ts'
import type { ContestRules } from './terms.ts'
import { contest, isWin, renew, type Contest, type ContestOrder, type ContestPolicy, type Touch, type Verdict } from './attribution.ts'
import { basesOf } from './base.ts'
import { price, type Claim, type Group, type Part, type Usage } from './commission.ts'
import { parseRational, rationalText, toMinor } from './money.ts'
import { sumOf } from './split.ts'
import { judgeV1, type InputsV1 } from './v1.ts'

/** Grows with every change of a rule; receipts of older versions are judged by their own. */
export const ENGINE_VERSION = 2

/** What an affiliate had behind them in a campaign when the order was judged. */
export interface UsageSnapshot {
  affiliateId: string
  campaignId: string
  /** Calendar month of the order in the merchant's zone, "2026-11". */
  month: string
  /** Commissions booked in that month, in minor units. */
  booked: string
  /** Volume in the tiers' period, in minor units, as "n/d". */
  volume: string
}

/** What another system had decided, and told with the order. */
export interface Imported {
  /** The system's name. */
  from: string
  /** What the affiliate earns, in minor units of the order's currency. */
  minor: number
  /** When it was earned there. */
  bookedAtMs: number
  /** It was paid there: it waits here for the payout that says so. */
  paid: boolean
}

/** Everything that a decision rested on. */
export interface ReceiptInputs {
  /** A contest of touches, a later payment of a subscription, a credit by hand, or what another system had decided. */
  kind: 'contest' | 'renewal' | 'credit' | 'import'
  /** Of an import. */
  imported?: Imported
  order: ContestOrder
  touches: Touch[]
  /** Touches that were known and not judged, beyond those a receipt holds. */
  more: number
  policies: ContestPolicy[]
  /** The merchant's default rules, for touches of several campaigns. */
  fallback: ContestRules
  usage: UsageSnapshot[]
  /** Remarks on the circumstances: a late settlement, a contested session. */
  marks: Mark[]
}

/** What one affiliate was found to have earned. */
export interface Earning {
  affiliateId: string
  campaignId: string
  amount: Money
  /** The exact amount before rounding, as "n/d". */
  exact: string
  /** The amount by line of the order. */
  byLine: number[]
  /** Its winning touches rest on a browser's word alone. */
  unverified: boolean
  /** What it is made of: by campaign, the share of the base of these lines. */
  parts: { campaignId: string; minor: number; weight: Weight; lines: number[] }[]
}

/** What was decided: one verdict and weight a touch, in the touches' order. */
export interface Outcome {
  verdicts: Verdict[]
  weights: (Weight | null)[]
  attributed: boolean
  earnings: Earning[]
  marks: Mark[]
}

/** Why a conversion went to whom. */
export interface Receipt {
  id: string
  conversionId: string
  engine: number
  decidedAtMs: number
  inputs: ReceiptInputs
  outcome: Outcome
}

/**
 * Judges a receipt's inputs: contest, then commission. Pure, so that `verify` and a dispute years later
 * find what was found then. Throws on a receipt of an engine that this build does not hold.
 */
export function judge(inputs: ReceiptInputs, engine = ENGINE_VERSION): Outcome {
  // What an old engine kept has its own shape; the fields that readers share have the same names.
  if (engine === 1) return judgeV1(inputs as unknown as InputsV1) as unknown as Outcome
  if (engine !== ENGINE_VERSION) throw new Error(`engine version ${engine} is not known to this build`)
  if (inputs.kind === 'import') return judgeImport(inputs)
  const { order, touches, policies } = inputs
  const { verdicts, weights } = contestOf(inputs)
  const winners = touches.filter((_, index) => weights[index] !== null && weights[index] !== undefined)
  const carved = touches.filter(({ evidence }, index) => evidence === 'sku' && isWin(verdicts[index]))
  const attributed = winners.length + carved.length > 0 || inputs.kind === 'renewal'
  // What came late is a remark only on what it settled.
  if (!attributed) return { verdicts, weights, attributed, earnings: [], marks: inputs.marks.filter((mark) => mark !== 'LATE_ARRIVAL') }

  const marks = new Set<Mark>(inputs.marks)
  const bases = basesOf(order)
  const pricing = { order, bases, policies, usage: inputs.usage.map(usageOf) }
  // On a renewal a SKU stays carved out where its affiliate earns nothing: that share goes to nobody.
  const reserved = inputs.kind === 'renewal' ? touches.filter(({ evidence }) => evidence === 'sku') : carved
  const parts = groupsOf(order, { touches, weights, carved, reserved, lines: bases.length }).flatMap((group) => price(group, pricing, marks))
  const won = [...winners, ...carved]
  const earnings = earnedOf(parts, order.amount.currency, won)
  if (won.some(({ adopted }) => adopted)) marks.add('ADOPTED')
  if (won.some(({ clamped }) => clamped)) marks.add('AGE_CLAMPED')
  if (earnings.some(({ unverified }) => unverified)) marks.add('UNVERIFIED_IDENTITY')
  return { verdicts, weights, attributed, earnings, marks: [...marks] }
}

/** Nothing is weighed or reckoned: what the other system told is what is earned, whatever rates and caps hold here. */
function judgeImport({ order: { amount: { currency } }, touches, marks, imported }: ReceiptInputs): Outcome {
  const minor = imported?.minor ?? 0
  const weight = { n: 1, d: 1 }
  return {
    verdicts: touches.map(() => 'WON'), weights: touches.map(() => weight), attributed: touches.length > 0, marks,
    earnings: touches.map(({ affiliateId, campaignId }): Earning => ({
      affiliateId: affiliateId ?? '', campaignId: campaignId ?? '', amount: { minor, currency }, exact: `${minor}/1`, byLine: [minor], unverified: false,
      parts: [{ campaignId: campaignId ?? '', minor, weight, lines: [0] }],
    })),
  }
}

function contestOf({ kind, order, touches, policies, fallback }: ReceiptInputs): Contest {
  if (kind === 'renewal') return renew(order, touches, policies)
  if (kind === 'credit') return { verdicts: touches.map(() => 'WON'), weights: touches.map(() => ({ n: 1, d: 1 })) }
  return contest(order, touches, { policies, fallback })
}

const usageOf = ({ affiliateId, campaignId, booked, volume }: UsageSnapshot): Usage => ({ affiliateId, campaignId, booked: BigInt(booked), volume: parseRational(volume) })

/** The winners with the lines that are nobody's SKU, then each carve-out (ENGINE section 3, rule 7). */
function groupsOf(order: ContestOrder, { touches, weights, carved, reserved, lines }: { touches: Touch[]; weights: (Weight | null)[]; carved: Touch[]; reserved: Touch[]; lines: number }): Group[] {
  const linesOf = (sku: string): number[] => order.lines.flatMap((line, index) => (line.sku === sku ? index : []))
  const taken = new Set(reserved.flatMap(({ code }) => linesOf(code)))
  const all = Array.from({ length: lines }, (_, index) => index)
  const rest = all.filter((index) => !taken.has(index))
  // A sum that the call or a bounty names is owed even where every line is somebody's SKU.
  const paying = rest.length === 0 && (order.commissionMinor !== null || order.kind !== 'sale') ? all : rest
  const claims = touches.flatMap((touch, index): Claim[] => {
    const weight = weights[index]
    return weight === null || weight === undefined ? [] : [claimOf(touch, weight)]
  })
  return [
    ...(claims.length > 0 ? [{ claims, lines: paying, volume: rest, carved: false }] : []),
    ...carved.map((touch) => {
      const own = linesOf(touch.code)
      return { claims: [claimOf(touch, { n: 1, d: 1 })], lines: own, volume: own, carved: true }
    }),
  ]
}

const claimOf = ({ affiliateId, campaignId, occurredAtMs }: Touch, weight: Weight): Claim => ({ affiliateId: affiliateId ?? '', campaignId: campaignId ?? '', weight, occurredAtMs })

/** One earning an affiliate, whatever it is made of; in the order of the groups. */
function earnedOf(parts: Part[], currency: string, won: Touch[]): Earning[] {
  return [...Map.groupBy(parts, ({ affiliateId }) => affiliateId)].map(([affiliateId, own]) => ({
    affiliateId,
    campaignId: own[0]?.campaignId ?? '',
    amount: { minor: toMinor(own.reduce((sum, { minor }) => sum + BigInt(minor), 0n), 'commission'), currency },
    exact: rationalText(sumOf(own.map(({ exact }) => exact))),
    byLine: (own[0]?.byLine ?? []).map((_, line) => own.reduce((sum, { byLine }) => sum + (byLine[line] ?? 0), 0)),
    unverified: won.filter((touch) => touch.affiliateId === affiliateId).every(({ unverified }) => unverified),
    parts: own.map(({ campaignId, minor, weight, lines }) => ({ campaignId, minor, weight, lines })),
  }))
}

/** False for what a person or another system decided: nothing was judged then. */
export const isJudged = ({ kind }: Pick<ReceiptInputs, 'kind'>): boolean => kind === 'contest' || kind === 'renewal'

/** The receipt that an order was won by; a credit by hand counts where nobody had won. */
export function decidingReceipt<R extends Receipt>(receipts: R[]): R | undefined {
  const won = receipts.filter(({ outcome }) => outcome.attributed)
  return won.find(({ inputs }) => inputs.kind !== 'credit') ?? won[0]
}

/** What a receipt found earned. Engine 1 kept no parts: the one affiliate earned from the whole of an order without lines. */
export function earningsOf({ engine, outcome }: Pick<Receipt, 'engine' | 'outcome'>): Earning[] {
  if (engine !== 1) return outcome.earnings
  const unverified = outcome.marks.includes('UNVERIFIED_IDENTITY')
  return outcome.earnings.map((earning) => ({ ...earning, byLine: [earning.amount.minor], unverified, parts: [{ campaignId: earning.campaignId, minor: earning.amount.minor, weight: { n: 1, d: 1 }, lines: [0] }] }))
}

/** What each affiliate was found to have earned from an order, by whichever receipt. */
export const earningsOfAll = (receipts: Receipt[]): ReadonlyMap<string, Earning> => new Map(receipts.flatMap((receipt) => earningsOf(receipt).map((earning) => [earning.affiliateId, earning] as const)))
