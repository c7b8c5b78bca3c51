import type { Arrival, Binding, Commission, Conversion, Identifier, Mode, Order, RejectionReason } from '../../shared/domain.ts'
import { adjust, type Adjusted, type Adjustment, type AdjustmentRequest } from '../../shared/engine/adjust.ts'
import { creditAffiliate, creditOrder, creditSums, type CreditRequest, type OrderCredited, type OrderCreditRequest } from '../../shared/engine/credit.ts'
import type { Account, Transaction } from '../../shared/engine/ledger.ts'
import { approve, reject, type At, type Changed } from '../../shared/engine/lifecycle.ts'
import { changePayout, makePayout, type Payout, type PayoutResult } from '../../shared/engine/payout.ts'
import { decidingReceipt, earningsOfAll, type Receipt } from '../../shared/engine/receipt.ts'
import { recordBinding, recordOrder, settleOpen, sumsNeeded, type CustomerHistory, type Decision, type Entry, type Recorded } from '../../shared/engine/record.ts'
import { isFullyRefunded } from '../../shared/engine/refund.ts'
import { recordRefund, type Refunded, type RefundReport } from '../../shared/engine/refunding.ts'
import { isPayment, subscriptionKey, type FirstPayment } from '../../shared/engine/renewal.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { isOpen, type CommissionPart } from '../../shared/engine/settle.ts'
import type { UsageFact, UsageNeed } from '../../shared/engine/usage.ts'
import { plus, times, ZERO } from '../../shared/engine/split.ts'
import { rational } from '../../shared/engine/money.ts'
import { countedIds, MERCHANT, shop } from './builders.ts'

/** A store in memory: it gives the engine all that it knows and writes the entries that come back. */
export interface Book {
  /** Settings are versions: a test may add to them, as a merchant does. */
  settings: Settings
  arrivals: Arrival[]
  bindings: Binding[]
  conversions: Map<string, Conversion>
  /** Every commission, credits of no order among them, in the order in which they were booked. */
  commissions: Map<string, Commission>
  receipts: Receipt[]
  transactions: Transaction[]
  payouts: Map<string, Payout>
  adjustments: Adjustment[]
  visit: (arrival: Arrival) => Entry[]
  identify: (binding: Binding) => { identified: boolean; created: boolean }
  report: (order: Order, identifiers: Identifier[]) => Recorded
  /** Settles what the settings explain by now: a trigger that was assigned for the past. */
  settle: (nowMs: number) => void
  refund: (conversion: Conversion, report: RefundReport, nowMs: number) => Refunded
  approve: (commission: Commission, nowMs: number) => Changed
  reject: (commission: Commission, reason: RejectionReason, nowMs: number) => Changed
  adjust: (commission: Commission, request: AdjustmentRequest, nowMs: number) => Adjusted
  credit: (request: CreditRequest, nowMs: number) => Commission
  creditOrder: (conversion: Conversion, request: OrderCreditRequest, nowMs: number) => OrderCredited
  /** Bundles what is approved of one affiliate, or only the named commissions of it. */
  pay: (affiliateId: string, nowMs: number, about?: { currency?: string; mode?: Mode; only?: string[] }) => PayoutResult
  changePayout: (event: Parameters<typeof changePayout>[0], payout: Payout, nowMs: number) => PayoutResult
  /** What each account holds, those at zero left out: `payable ana`, `expense`; accounts of tests and of other currencies than the euro say so. */
  balances: () => Record<string, number>
  /** The conversion of an external order id as it is kept; throws when there is none. */
  kept: (externalId?: string) => Conversion
}

const replace = (held: Commission[], changed: Commission): Commission[] => (held.some(({ id }) => id === changed.id) ? held.map((one) => (one.id === changed.id ? changed : one)) : [...held, changed])

export function book(settings: Settings = shop()): Book {
  const newId = countedIds()
  const at = (nowMs: number): At => ({ nowMs, newId })
  const parts = new Map<string, CommissionPart[]>()
  const kept: Pick<Book, 'settings' | 'arrivals' | 'bindings' | 'conversions' | 'commissions' | 'receipts' | 'transactions' | 'payouts' | 'adjustments'> = {
    settings, arrivals: [], bindings: [], conversions: new Map(), commissions: new Map(), receipts: [], transactions: [], payouts: new Map(), adjustments: [],
  }
  const { conversions, commissions } = kept

  const receiptsOf = (conversion: Conversion): Receipt[] => kept.receipts.filter(({ conversionId }) => conversionId === conversion.order.id)
  const byOrder = ({ mode, kind, site, externalId }: Order): Conversion | undefined =>
    [...conversions.values()].find(({ order }) => externalId !== null && order.externalId === externalId && order.mode === mode && order.kind === kind && order.site === site)

  /** What the book says to a need (ENGINE section 4, rules 3 and 4). */
  function sumOf(need: UsageNeed): UsageFact {
    const numbers = [...conversions.keys()]
    const before = conversions.has(need.orderId) ? numbers.indexOf(need.orderId) : numbers.length
    const own = [...parts].flatMap(([id, ofOne]) => {
      const commission = commissions.get(id)
      if (commission?.affiliateId !== need.affiliateId || commission.amount.currency !== need.currency) return []
      return ofOne.filter(({ campaignId }) => campaignId === need.campaignId).map((part) => ({ ...part, commission }))
    })
    const booked = own.filter(({ month, commission }) => month === need.month && commission.mode === need.mode).reduce((sum, { minor }) => sum + BigInt(minor), 0n)
    const counted = own.filter(({ month, commission: { mode, status, conversionId } }) =>
      (need.period === 'life' || month === need.month) && (mode === 'live' || need.mode === 'test') && status !== 'REJECTED' && numbers.indexOf(conversionId ?? '') < before)
    return { ...need, booked, volume: counted.map(({ weight, leftMinor }) => times(rational(BigInt(weight.n), BigInt(weight.d)), rational(BigInt(leftMinor)))).reduce(plus, ZERO) }
  }
  const sumsOf = (needs: UsageNeed[]): UsageFact[] => needs.map(sumOf)

  function firstPayments(): Map<string, FirstPayment> {
    const found = new Map<string, FirstPayment>()
    for (const conversion of conversions.values()) {
      const { order } = conversion
      const receipt = decidingReceipt(receiptsOf(conversion))
      if (order.subscriptionId === null || receipt === undefined || !isPayment(order)) continue
      const key = subscriptionKey({ mode: order.mode, subscriptionId: order.subscriptionId })
      if (!found.has(key)) found.set(key, { order, receipt, commissions: conversion.commissions })
    }
    return found
  }

  function history(order?: Order): Omit<CustomerHistory, 'usage'> {
    const { settings: now, arrivals, bindings } = kept
    return { settings: now, carts: new Map(), arrivals: [...arrivals], unread: new Map(), bindings: [...bindings], conversion: order && byOrder(order), unsettled: [...conversions.values()].filter(isOpen), firstPayments: firstPayments(), recorded: [...conversions.keys()] }
  }
  const withSums = (known: Omit<CustomerHistory, 'usage'>, report?: { order: Order; identifiers: Identifier[] }): CustomerHistory => ({ ...known, usage: sumsOf(sumsNeeded(known, report)) })

  const change = (id: string, changed: (held: Conversion) => Partial<Conversion>): void => {
    const held = conversions.get(id)
    if (held === undefined) throw new Error(`an entry is about ${id}, which is not kept`)
    conversions.set(id, { ...held, ...changed(held) })
  }

  function keep(commission: Commission): void {
    commissions.set(commission.id, commission)
    if (commission.conversionId !== null) change(commission.conversionId, ({ commissions: held }) => ({ commissions: replace(held, commission) }))
  }

  function write(entry: Entry): void {
    switch (entry.kind) {
      case 'conversion': conversions.set(entry.order.id, { order: entry.order, attributed: entry.attributed, considered: entry.considered, marks: entry.marks, identifiers: [], commissions: [], refunds: [] }); return
      case 'conversion_change': change(entry.conversionId, () => ({ attributed: entry.attributed, considered: entry.considered, marks: entry.marks })); return
      case 'identifier': change(entry.order.id, ({ identifiers }) => ({ identifiers: [...identifiers, entry.identifier] })); return
      case 'binding': kept.bindings.push(entry.binding); return
      case 'receipt': kept.receipts.push(entry.receipt); return
      case 'commission': keep(entry.commission); parts.set(entry.commission.id, entry.parts); return
      case 'commission_change': keep(entry.commission); return
      case 'parts_left': parts.set(entry.commissionId, (parts.get(entry.commissionId) ?? []).map((part, index) => ({ ...part, leftMinor: entry.leftMinors[index] ?? part.leftMinor }))); return
      case 'refund': change(entry.refund.conversionId, ({ refunds }) => ({ refunds: [...refunds, entry.refund] })); return
      case 'adjustment': kept.adjustments.push(entry.adjustment); return
      case 'payout':
      case 'payout_change': kept.payouts.set(entry.payout.id, entry.payout); return
      case 'transaction': kept.transactions.push(entry.transaction); return
      case 'audit':
    }
  }

  function written<R>({ entries, result }: Decision<R>): R {
    entries.forEach(write)
    return result
  }

  const owed = (affiliateId: string, { currency, mode }: { currency: string; mode: Mode }): bigint =>
    kept.transactions.filter((one) => one.currency === currency && one.mode === mode).flatMap(({ postings }) => postings)
      .reduce((sum, posting) => (posting.account === 'clawback' && posting.affiliateId === affiliateId ? sum + BigInt(posting.minor) : sum), 0n)

  return Object.assign(kept, {
    visit(arrival: Arrival) {
      kept.arrivals.push(arrival)
      if (!arrival.waited) return []
      const { entries } = settleOpen(withSums(history()), at(arrival.receivedAtMs))
      entries.forEach(write)
      return entries
    },
    identify(binding: Binding) {
      const known = history()
      const usage = sumsOf(sumsNeeded({ ...known, bindings: [...known.bindings, binding] }))
      return written(recordBinding({ ...known, usage }, MERCHANT, binding, at(binding.receivedAtMs)))
    },
    report: (order: Order, identifiers: Identifier[]) => written(recordOrder(withSums(history(order), { order, identifiers }), { order, identifiers }, at(order.receivedAtMs))),
    settle: (nowMs: number) => written(settleOpen(withSums(history()), at(nowMs))),
    refund: (conversion: Conversion, report: RefundReport, nowMs: number) => written(recordRefund({ conversion, earnings: earningsOfAll(receiptsOf(conversion)) }, report, at(nowMs))),
    approve: (commission: Commission, nowMs: number) => written(approve(commission, at(nowMs))),
    reject: (commission: Commission, reason: RejectionReason, nowMs: number) => written(reject(commission, reason, at(nowMs))),
    adjust(commission: Commission, request: AdjustmentRequest, nowMs: number) {
      const raises = [...commissions.values()].filter(({ source }) => source.kind === 'raise' && source.commissionId === commission.id)
      const conversion = commission.conversionId === null ? undefined : conversions.get(commission.conversionId)
      return written(adjust(commission, { raises, fullyRefunded: conversion !== undefined && isFullyRefunded(conversion) }, request, at(nowMs)))
    },
    credit: (request: CreditRequest, nowMs: number) => written(creditAffiliate(request, at(nowMs))),
    creditOrder(conversion: Conversion, request: OrderCreditRequest, nowMs: number) {
      const facts = { settings: kept.settings, conversion }
      return written(creditOrder({ ...facts, usage: sumsOf(creditSums(facts, request.affiliateId)) }, request, at(nowMs)))
    },
    pay(affiliateId: string, nowMs: number, { currency = 'EUR', mode = 'live', only }: { currency?: string; mode?: Mode; only?: string[] } = {}) {
      const approved = [...commissions.values()].filter((one) => one.affiliateId === affiliateId && one.status === 'APPROVED' && one.mode === mode && one.amount.currency === currency && (only?.includes(one.id) ?? true))
      return written(makePayout({ commissions: approved, owed: owed(affiliateId, { currency, mode }) }, { merchantId: MERCHANT, mode, affiliateId, currency, method: null, note: null }, at(nowMs)))
    },
    changePayout: (event: Parameters<typeof changePayout>[0], payout: Payout, nowMs: number) =>
      written(changePayout(event, { payout, commissions: payout.commissionIds.flatMap((id) => commissions.get(id) ?? []) }, at(nowMs))),
    balances() {
      const held = new Map<string, bigint>()
      for (const { mode, currency, postings } of kept.transactions) {
        for (const { account, affiliateId, minor } of postings) {
          const key = nameOf(account, affiliateId) + (mode === 'test' ? ' (test)' : '') + (currency === 'EUR' ? '' : ` ${currency}`)
          held.set(key, (held.get(key) ?? 0n) + BigInt(minor))
        }
      }
      return Object.fromEntries([...held].filter(([, minor]) => minor !== 0n).map(([key, minor]) => [key, Number(minor)]))
    },
    kept(externalId = 'KF-1') {
      const found = [...conversions.values()].find(({ order }) => order.externalId === externalId)
      if (found === undefined) throw new Error(`no order ${externalId} is kept`)
      return found
    },
  })
}

const nameOf = (account: Account, affiliateId: string | null): string => (affiliateId === null ? account : `${account} ${affiliateId.replace('aff_', '')}`)
