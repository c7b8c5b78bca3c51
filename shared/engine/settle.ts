import type { Arrival, Binding, Commission, Conversion, Identifier, Mark, Order } from '../domain.ts'
import { BROWSER_SITE, DAY_MS } from '../limits.ts'
import { snapshotOf } from './evidence.ts'
import type { NewId } from './ids.ts'
import { transactionOf } from './ledger.ts'
import { clawBack } from './lifecycle.ts'
import { ENGINE_VERSION, judge, type Earning, type Receipt, type ReceiptInputs } from './receipt.ts'
import type { Entry } from './record.ts'
import { isFullyRefunded, leftOf } from './refund.ts'
import { isPayment, renewalOf, subscriptionKey, type FirstPayment } from './renewal.ts'
import type { Settings } from './settings.ts'
import { addUsage, looksAtSums, monthOfOrder, usageNeeds, usageOf, type UsageFact, type UsageNeed } from './usage.ts'
import { wonBy } from './won-by.ts'

export interface Now {
  nowMs: number
  newId: NewId
}

/** What is known around an order when it is judged. */
export interface Known {
  settings: Settings
  arrivals: Arrival[]
  /** Clicks of crowded sessions that were not read, by session. */
  unread: ReadonlyMap<string, number>
  bindings: Binding[]
  /** The first payments of subscriptions, by `subscriptionKey`; those that this decision makes are added. */
  firstPayments: Map<string, FirstPayment>
  /** The sums that were asked for; what this decision books is added. */
  usage: UsageFact[]
  /** Ids of the open orders, of first payments and of a new one, as they were recorded: instants do not tell, for clocks are set back. */
  recorded: readonly string[]
}

/** An order as far as judging it goes. */
export interface Judged {
  order: Order
  identifiers: Identifier[]
}

/** What came of judging an order: its receipt, the commissions booked by it, and their rows. */
export interface Settled {
  receipt: Receipt
  commissions: Commission[]
  entries: Entry[]
}

/** The first payment that an order follows, if it is a renewal: one that was recorded before it. */
function firstOf({ mode, subscriptionId, id }: Order, { firstPayments, recorded }: Pick<Known, 'firstPayments' | 'recorded'>): FirstPayment | undefined {
  const first = subscriptionId === null ? undefined : firstPayments.get(subscriptionKey({ mode, subscriptionId }))
  return first !== undefined && recorded.indexOf(first.order.id) < recorded.indexOf(id) ? first : undefined
}

/** All that an order is judged on, but for the sums. */
function draftOf({ order, identifiers }: Judged, known: Omit<Known, 'usage'>, marks: Mark[]): Omit<ReceiptInputs, 'usage'> {
  const { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, commissionMinor, occurredAtMs, receivedAtMs } = order
  const facts = { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, commissionMinor, occurredAtMs, receivedAtMs }
  const first = firstOf(order, known)
  const { touches, more, policies, fallback, conflict } = snapshotOf({ order, identifiers, arrivals: known.arrivals, unread: known.unread, bindings: known.bindings }, known.settings)
  if (first !== undefined) return { kind: 'renewal', order: facts, more: 0, fallback, marks: [...marks, 'RENEWAL'], ...renewalOf(order, first, known.settings) }
  return { kind: 'contest', order: facts, touches, more, policies, fallback, marks: conflict ? [...marks, 'IDENTITY_CONFLICT'] : marks }
}

/**
 * The sums that judging these orders may need; none for most merchants. One that is settled first may turn out to be the
 * first payment of another's subscription: then its winners earn from the other, too.
 */
export function needsOf(orders: Judged[], known: Omit<Known, 'usage'>): UsageNeed[] {
  if (!looksAtSums(known.settings)) return []
  const drafts = orders.map((judged) => ({ order: judged.order, draft: draftOf(judged, known, []) }))
  return drafts.flatMap(({ order, draft }) => [draft, ...drafts.filter((other) => mayFollow(order, other.order)).map((other) => other.draft)].flatMap((one) => usageNeeds(order, one, known.settings)))
}

const mayFollow = (order: Order, first: Order): boolean => order.id !== first.id && isPayment(first) && order.mode === first.mode && order.subscriptionId === first.subscriptionId

/** Judges an order on what is known now. A fully refunded one is the caller's to leave out. */
export function settle(judged: Judged & { refunds: Conversion['refunds'] }, known: Known, { marks, now }: { marks: Mark[]; now: Now }): Settled {
  const { order, refunds } = judged
  const draft = draftOf(judged, known, marks)
  const inputs: ReceiptInputs = { ...draft, usage: usageOf(known.usage, order, { draft, settings: known.settings }) }
  const receipt: Receipt = { id: now.newId('rcp'), conversionId: order.id, engine: ENGINE_VERSION, decidedAtMs: now.nowMs, inputs, outcome: judge(inputs) }
  const booked = bookEarnings({ order, refunds }, { receipt, settings: known.settings, now })
  if (!isToldByBrowser(order)) addUsage(known.usage, { order, refunds }, { earnings: receipt.outcome.earnings, month: monthOfOrder(known.settings, order), recorded: known.recorded })
  if (receipt.outcome.attributed && inputs.kind === 'contest') remember(known, { order, receipt, commissions: booked.commissions })
  return { receipt, commissions: booked.commissions, entries: [{ kind: 'receipt', merchantId: order.merchantId, receipt }, ...booked.entries] }
}

/** One that was recorded before the first payment so far, and is won only now, is what later ones follow. */
function remember({ firstPayments, recorded }: Known, first: FirstPayment): void {
  const { order: { mode, subscriptionId } } = first
  if (subscriptionId === null || !isPayment(first.order)) return
  const key = subscriptionKey({ mode, subscriptionId })
  const held = firstPayments.get(key)
  if (held === undefined || recorded.indexOf(first.order.id) < recorded.indexOf(held.order.id)) firstPayments.set(key, first)
}

/** Books what a receipt found earned; what refunds took of the order before is clawed at once (ENGINE section 3, rule 8). */
export function bookEarnings({ order, refunds }: Pick<Conversion, 'order' | 'refunds'>, { receipt, settings, now, source = { kind: 'order' } }: { receipt: Receipt; settings: Settings; now: Now; source?: Commission['source'] }): { commissions: Commission[]; entries: Entry[] } {
  const { earnings } = receipt.outcome
  const month = monthOfOrder(settings, order)
  const left = leftOf({ order, refunds })
  const made = earnings.map((earning) => {
    const first = commissionFor(order, earning, { id: now.newId('cmm'), ...bookingTimes(receipt, earning), source })
    const entries: Entry[] = [
      { kind: 'commission', commission: first, parts: partsOf(earning, { month, left }), wonBy: wonBy(receipt, earning.affiliateId) },
      ...transactionOf('booked', first, { id: now.newId('txn'), atMs: first.bookedAtMs, minor: first.amount.minor }).map((transaction): Entry => ({ kind: 'transaction', transaction })),
    ]
    let commission = first
    refunds.forEach((refund, index) => {
      const clawed = clawBack(commission, { conversion: { order, refunds: refunds.slice(0, index + 1) }, refund, byLine: earning.byLine, at: now })
      entries.push(...clawed.entries)
      commission = clawed.commission
    })
    return { commission, entries }
  })
  return { commissions: made.map(({ commission }) => commission), entries: made.flatMap(({ entries }) => entries) }
}

/** True for an order that no server told of. */
export const isToldByBrowser = ({ site }: Pick<Order, 'site'>): boolean => site.startsWith(BROWSER_SITE)

/** A late win that rests on a browser's word is looked at by a person (ENGINE section 3, rule 8), and so is an order that does. */
export const isForPerson = (marks: readonly Mark[], { unverified }: Pick<Earning, 'unverified'>): boolean => marks.includes('TOLD_BY_BROWSER') || (marks.includes('LATE_ARRIVAL') && unverified)

/**
 * When a commission was booked, and when its hold ends: null waits for a person. What another system had booked keeps its
 * time there, and its hold begins here; what was paid there waits for its payout.
 */
export function bookingTimes({ decidedAtMs, inputs: { policies, imported }, outcome: { marks } }: Pick<Receipt, 'decidedAtMs' | 'inputs' | 'outcome'>, earning: Pick<Earning, 'campaignId' | 'unverified'>): Pick<Commission, 'bookedAtMs' | 'approvableAtMs'> {
  const holdDays = policies.find(({ campaignId }) => campaignId === earning.campaignId)?.holdDays ?? null
  const waits = holdDays === null || isForPerson(marks, earning) || imported?.paid === true
  return { bookedAtMs: imported?.bookedAtMs ?? decidedAtMs, approvableAtMs: waits ? null : decidedAtMs + holdDays * DAY_MS }
}

function commissionFor(order: Order, { affiliateId, campaignId, amount, unverified }: Earning, how: Pick<Commission, 'id' | 'bookedAtMs' | 'approvableAtMs' | 'source'>): Commission {
  return {
    ...how, merchantId: order.merchantId, mode: order.mode, conversionId: order.id, affiliateId, campaignId, amount,
    totalMinor: amount.minor, clawedMinor: 0, openMinor: amount.minor, status: 'PENDING', reason: null, unverified, transferredTo: null,
  }
}

/** What a commission is made of, as sums are taken of it: by campaign, the share of how much base that is left. */
export interface CommissionPart {
  campaignId: string
  month: string
  weight: { n: number; d: number }
  minor: number
  leftMinor: number
}

/** The parts of an earning, with what refunds have left of their base. */
export const partsOf = ({ parts }: Earning, { month, left }: { month: string; left: number[] }): CommissionPart[] =>
  parts.map(({ campaignId, minor, weight, lines }) => ({ campaignId, month, weight, minor, leftMinor: lines.reduce((sum, line) => sum + (left[line] ?? 0), 0) }))

/** True for an order that late evidence may still settle. */
export const isOpen = (conversion: Conversion): boolean => !conversion.attributed && !isFullyRefunded(conversion)
