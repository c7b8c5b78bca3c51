import type { Commission, Conversion, Mode, Money } from '../domain.ts'
import { credited } from './adjust.ts'
import type { ContestPolicy, Touch } from './attribution.ts'
import { policiesOf } from './evidence.ts'
import { transactionOf } from './ledger.ts'
import { approve, isDebit, takeBack, type At } from './lifecycle.ts'
import { ENGINE_VERSION, judge, type Receipt, type ReceiptInputs } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import { isFullyRefunded } from './refund.ts'
import { campaignOf, termsOf, type Settings } from './settings.ts'
import { bookEarnings } from './settle.ts'
import { usageNeeds, usageOf, type UsageFact, type UsageNeed } from './usage.ts'

/** A credit by hand that belongs to no order; below zero it is a debt. */
export interface CreditRequest {
  merchantId: number
  mode: Mode
  affiliateId: string
  campaignId: string | null
  amount: Money
  /** Approved at once, or waiting for a person. */
  approved: boolean
  note: string | null
}

/** Books a manual credit (ENGINE section 6). */
export function creditAffiliate({ approved, note, ...about }: CreditRequest, at: At): Decision<Commission> {
  const { minor } = about.amount
  const commission: Commission = {
    ...about, id: at.newId('cmm'), conversionId: null, totalMinor: minor, clawedMinor: 0, openMinor: approved && minor < 0 ? 0 : minor,
    status: approved ? 'APPROVED' : 'PENDING', reason: null, bookedAtMs: at.nowMs, approvableAtMs: null, unverified: false, transferredTo: null, source: { kind: 'credit', note },
  }
  if (approved) return { entries: credited(commission, at), result: commission }
  const transactions = transactionOf(isDebit(commission) ? 'debited_pending' : 'booked', commission, { id: at.newId('txn'), atMs: at.nowMs, minor: Math.abs(minor) })
  return { entries: [{ kind: 'commission', commission, parts: [] }, ...transactions.map((transaction): Entry => ({ kind: 'transaction', transaction }))], result: commission }
}

export interface OrderCreditFacts {
  settings: Settings
  conversion: Conversion
  usage: UsageFact[]
}

export interface OrderCreditRequest {
  affiliateId: string
  approved: boolean
  /** What remains of the first affiliates' commissions is taken back. */
  transfer: boolean
  note: string | null
}

export type OrderCredited =
  | { credited: true; commission: Commission; others: Commission[] }
  | { credited: false; refused: 'HAS_ONE' | 'FULLY_REFUNDED' | 'NO_CAMPAIGN' }

/** The sums that crediting an order may need. */
export function creditSums({ settings, conversion: { order } }: Omit<OrderCreditFacts, 'usage'>, affiliateId: string): UsageNeed[] {
  const drafted = draftOf({ settings, conversion: { order } }, affiliateId)
  return drafted === undefined ? [] : usageNeeds(order, drafted, settings)
}

/**
 * Credits an affiliate for an order at their own rate (ENGINE section 4, rule 9). The first winner's commission stands,
 * or with `transfer` what remains of it is taken back; refused when they have one on the order already.
 */
export function creditOrder({ settings, conversion, usage }: OrderCreditFacts, { affiliateId, approved, transfer, note }: OrderCreditRequest, at: At): Decision<OrderCredited> {
  const { order } = conversion
  const refuse = (refused: Extract<OrderCredited, { credited: false }>['refused']): Decision<OrderCredited> => ({ entries: [], result: { credited: false, refused } })
  const standing = conversion.commissions.filter(({ source }) => source.kind !== 'raise')
  if (standing.some((commission) => commission.affiliateId === affiliateId)) return refuse('HAS_ONE')
  if (isFullyRefunded(conversion)) return refuse('FULLY_REFUNDED')
  const drafted = draftOf({ settings, conversion }, affiliateId)
  if (drafted === undefined) return refuse('NO_CAMPAIGN')

  const inputs: ReceiptInputs = { ...drafted, usage: usageOf(usage, order, { draft: drafted, settings }) }
  const receipt: Receipt = { id: at.newId('rcp'), conversionId: order.id, engine: ENGINE_VERSION, decidedAtMs: at.nowMs, inputs, outcome: judge(inputs) }
  const booked = bookEarnings(conversion, { receipt, settings, now: at, source: { kind: 'credit', note } })
  const [made] = booked.commissions
  if (made === undefined) throw new Error('a credited order earned nobody anything')
  const approval = approved ? approve(made, at) : { entries: [], result: { commission: made } }
  const taken = transfer ? standing.map((commission) => transferTo(affiliateId, commission, at)) : []
  const settled: Entry[] = conversion.attributed ? [] : [{ kind: 'conversion_change', merchantId: order.merchantId, conversionId: order.id, attributed: true, considered: conversion.considered, marks: conversion.marks, changedAtMs: at.nowMs }]
  return {
    entries: [...settled, { kind: 'receipt', merchantId: order.merchantId, receipt }, ...booked.entries, ...approval.entries, ...taken.flatMap(({ entries }) => entries)],
    result: { credited: true, commission: approval.result.commission, others: transfer ? taken.map(({ commission }) => commission) : standing },
  }
}

/** What remains of a commission goes back by the refund rows; a paid one keeps its state. */
function transferTo(affiliateId: string, before: Commission, at: At): { entries: Entry[]; commission: Commission } {
  const commission = { ...before, transferredTo: affiliateId }
  const { status, totalMinor, clawedMinor } = commission
  if (status === 'REJECTED') return { entries: [{ kind: 'commission_change', commission, atMs: at.nowMs }], commission }
  const { entries, commission: after } = takeBack(commission, { minor: totalMinor - clawedMinor, factId: `transfer:${affiliateId}`, ends: true, at })
  return { entries: entries.length > 0 ? entries : [{ kind: 'commission_change', commission, atMs: at.nowMs }], commission: after }
}

/** The order as it is judged for one affiliate alone. */
function draftOf({ settings, conversion: { order } }: { settings: Settings; conversion: Pick<Conversion, 'order'> }, affiliateId: string): (Omit<ReceiptInputs, 'usage'> & { touches: Touch[]; policies: ContestPolicy[] }) | undefined {
  const affiliate = settings.affiliates.get(affiliateId)
  const place = { campaign: null, host: null }
  // One who joined after the order is credited as they are today.
  const campaign = affiliate && (campaignOf(settings, affiliate, place, order.occurredAtMs) ?? campaignOf(settings, affiliate, place, Number.MAX_SAFE_INTEGER))
  if (campaign === undefined) return undefined
  const touch: Touch = {
    eventId: `credit:${affiliateId}`, evidence: 'explicit', trigger: null, code: affiliate?.codes.at(-1)?.code ?? affiliateId, affiliateId, affiliateActive: true, campaignId: campaign.campaign.id, enrolled: true,
    isBuyer: false, unverified: false, adopted: false, clamped: false, mode: order.mode, bot: false, occurredAtMs: order.occurredAtMs, knownAtMs: order.receivedAtMs, first: null,
  }
  const { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, occurredAtMs, receivedAtMs } = order
  const { model, couponFirst, poolDevices } = termsOf(settings, order.occurredAtMs).value
  return {
    kind: 'credit', order: { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, commissionMinor: null, occurredAtMs, receivedAtMs }, touches: [touch], more: 0,
    policies: policiesOf([touch], settings, { order, atMs: order.occurredAtMs }), fallback: { model, couponFirst, poolDevices }, marks: [],
  }
}
