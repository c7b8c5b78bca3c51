import { isDeepStrictEqual } from 'node:util'
import type { Commission, Mark } from '../../shared/domain.ts'
import { rebuild, type Rebuilt } from '../../shared/engine/rebuild.ts'
import { decidingReceipt, earningsOf, earningsOfAll, isJudged, judge, type Earning } from '../../shared/engine/receipt.ts'
import { isFullyRefunded, leftOf, takeRefund, type RefundRequest } from '../../shared/engine/refund.ts'
import { termsOf } from '../../shared/engine/settings.ts'
import { bookingTimes, partsOf } from '../../shared/engine/settle.ts'
import { monthOf } from '../../shared/engine/time.ts'
import type { BookRow, CommissionBook, ConversionRecord, StoredReceipt } from '../store/queries.ts'
import { settingsDifferences, type Circumstances } from './verify-settings.ts'

/** An order with its commissions, as it could be read. */
export type OrderBook = Extract<BookRow, { record: ConversionRecord }>

/** Says what is wrong with the order, or with one of its commissions. */
export type Report = (what: string, commission?: { id: string }) => void

/** What the order's commissions put into payouts, by payout. */
export type Gross = Rebuilt['gross']

/**
 * Checks an order by itself: its receipts against the order, the settings and the engine, what they say against the
 * conversion and its commissions, its refunds, and each commission against its facts.
 */
export function checkOrder({ record, commissions }: OrderBook, circumstances: Omit<Circumstances, 'order'>, report: Report): Gross[] {
  const { order, receipts } = record
  if (receipts.length === 0) report(`conversion ${order.id} has no receipt`)
  for (const receipt of receipts) checkReceipt(receipt, { order, ...circumstances }, report)
  checkConversion(record, report)
  checkRefunds(record, report)
  checkBookings(record, commissions, { settings: circumstances.settings, report })
  checkTransfers(record, commissions, report)
  const earnings = earningsOfAll(receipts)
  return commissions.map((book) => {
    const { commission } = book
    const byLine = commission.source.kind === 'raise' ? undefined : earnings.get(commission.affiliateId)?.byLine
    return checkCommission(book, byLine === undefined ? undefined : { order, refunds: record.refunds, byLine }, report)
  })
}

function checkReceipt(receipt: StoredReceipt, circumstances: Circumstances, report: Report): void {
  const { order } = circumstances
  const { id, engine, inputs, outcome, isGenuine } = receipt
  if (!isGenuine) report(`receipt ${id} of ${order.id} is not what was stored: its digest differs`)
  const { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, occurredAtMs, receivedAtMs } = order
  const plain = { kind, mode, amount, occurredAtMs, receivedAtMs }
  const about = engine === 1 ? plain : { ...plain, lines, discountMinor, taxMinor, pricesIncludeTax, commissionMinor: isJudged(inputs) ? order.commissionMinor : null }
  if (!isDeepStrictEqual(inputs.order, about)) report(`receipt ${id} is about another order than ${order.id}`)
  try {
    if (!isDeepStrictEqual(judge(inputs, engine), outcome)) report(`receipt ${id} of ${order.id} does not follow from what it was decided on`)
    for (const difference of settingsDifferences(receipt, circumstances)) report(difference)
  } catch (error) {
    report(`receipt ${id} of ${order.id} cannot be judged again: ${String(error)}`)
  }
}

/** What the conversion says of itself, against its receipts. */
function checkConversion({ order, receipts, attributed, considered, marks }: ConversionRecord, report: Report): void {
  const deciding = decidingReceipt(receipts)
  if (attributed !== (deciding !== undefined)) report(`conversion ${order.id} is ${attributed ? '' : 'not '}marked attributed, its receipts say otherwise`)
  const judged = receipts.filter(({ inputs }) => isJudged(inputs))
  const newest = judged.at(-1)
  if (receipts.length > 0 && (receipts[0]?.inputs.kind === 'credit' || receipts[0]?.inputs.marks.includes('LATE_ARRIVAL') === true)) report(`conversion ${order.id} has no receipt of when it was recorded`)
  if (judged.slice(0, -1).some(({ outcome }) => outcome.attributed)) report(`conversion ${order.id} was judged again after somebody had won it`)
  if (newest !== undefined && considered !== newest.inputs.touches.length) report(`conversion ${order.id} considered ${considered} touches, its newest receipt ${newest.inputs.touches.length}`)
  // A repeat that differs is a mark that no receipt bears.
  const borne = new Set<Mark>([...receipts.filter(({ inputs }) => inputs.kind === 'import'), ...judged.filter(({ outcome }, index) => index === 0 || outcome.attributed)].flatMap(({ outcome }) => outcome.marks))
  const shown = new Set(marks.filter((mark) => mark !== 'REPEAT_DIFFERS' || borne.has(mark)))
  if (!isDeepStrictEqual(shown, borne)) report(`conversion ${order.id} bears the marks ${marks.join(', ') || 'none'}, its receipts ${[...borne].join(', ') || 'none'}`)
}

/** Each refund must take what it would have taken when it came, after those before it. */
function checkRefunds({ order, refunds }: ConversionRecord, report: Report): void {
  refunds.forEach((refund, index) => {
    const found = takeRefund({ order, refunds: refunds.slice(0, index) }, requestOf(refund, order))
    const { kind, minor, lines } = refund
    if ('refused' in found) report(`refund ${refund.id} of ${order.id} cannot be: ${found.refused}`)
    else if (!isDeepStrictEqual(found.taken, { kind, minor, lines })) report(`refund ${refund.id} of ${order.id} takes something else than was asked for`)
  })
}

function requestOf({ kind, minor, lines }: ConversionRecord['refunds'][number], order: ConversionRecord['order']): RefundRequest {
  if (kind === 'full') return { kind }
  if (kind === 'amount') return { kind, minor }
  const bySku = Map.groupBy(order.lines.map(({ sku }, line) => ({ sku, quantity: lines[line]?.quantity ?? 0 })).filter(({ quantity }) => quantity > 0), ({ sku }) => sku ?? '')
  return { kind: 'items', items: [...bySku].map(([sku, units]) => ({ sku, quantity: units.reduce((sum, { quantity }) => sum + quantity, 0) })) }
}

/** Commissions against what the receipts found earned: no more, no fewer, none otherwise. */
function checkBookings(record: ConversionRecord, commissions: CommissionBook[], { settings, report }: Pick<Circumstances, 'settings'> & { report: Report }): void {
  const { order, receipts, refunds } = record
  const earned = commissions.filter(({ commission }) => commission.source.kind !== 'raise')
  const unexplained = new Set(earned)
  const left = leftOf(record)
  for (const receipt of receipts) {
    for (const earning of earningsOf(receipt)) {
      const booked = earned.find((book) => unexplained.has(book) && book.commission.affiliateId === earning.affiliateId && (book.commission.source.kind === 'credit') !== isJudged(receipt.inputs))
      if (booked === undefined) {
        report(`commissions of ${order.id} differ from its receipt: ${earning.affiliateId} has none`)
        continue
      }
      unexplained.delete(booked)
      if (!isDeepStrictEqual(bookedAs(booked.commission), earnedAs(earning, receipt, order))) report(`commissions of ${order.id} differ from its receipt: ${booked.commission.id}`, booked.commission)
      const about = { affiliateId: earning.affiliateId, currency: order.amount.currency, mode: order.mode, conversionNumber: record.number }
      // A zone that was changed in the very millisecond of the order came before or after it. What engine 1 had booked was given the month in UTC, because it knew no sums by month.
      const zones = [order.occurredAtMs, order.occurredAtMs - 1].map((atMs) => termsOf(settings, atMs).value.timezone)
      const months = [...zones.map((zone) => monthOf(order.occurredAtMs, zone)), ...(receipt.engine === 1 ? [monthOf(order.occurredAtMs, 'UTC')] : [])]
      const fits = months.some((month) => isDeepStrictEqual(booked.parts, partsOf(earning, { month, left }).map((part) => ({ ...part, ...about }))))
      if (!fits) report(`parts of commission ${booked.commission.id} differ from its receipt and the refunds`, booked.commission)
    }
  }
  for (const { commission } of unexplained) report(`commissions of ${order.id} differ from its receipt: nothing explains ${commission.id}`, commission)
  const full = isFullyRefunded({ order, refunds })
  for (const { commission } of earned) {
    const { id, status, reason, totalMinor, clawedMinor } = commission
    if (full && clawedMinor !== totalMinor && (status !== 'REJECTED' || reason === 'refunded')) report(`commission ${id}: ${order.id} is fully refunded, and ${clawedMinor} of ${totalMinor} was taken back`, commission)
  }
}

const bookedAs = ({ affiliateId, campaignId, amount, mode, unverified, bookedAtMs, approvableAtMs }: Commission) => ({ affiliateId, campaignId, amount, mode, unverified, bookedAtMs, approvableAtMs })

const earnedAs = ({ affiliateId, campaignId, amount, unverified }: Earning, receipt: StoredReceipt, { mode }: ConversionRecord['order']): ReturnType<typeof bookedAs> =>
  ({ affiliateId, campaignId, amount, mode, unverified, ...bookingTimes(receipt, { campaignId, unverified }) })

/** A transfer takes over all commissions that stood before the credit; of several the last one counts. */
function checkTransfers({ order, commissions }: ConversionRecord, books: CommissionBook[], report: Report): void {
  for (const { commission, transactions } of books) {
    const stranger = transactions.find(({ factId }) => factId?.startsWith('transfer:') === true && !commissions.some(({ number, source, affiliateId }) => number > commission.number && source.kind === 'credit' && factId === `transfer:${affiliateId}`))
    if (stranger !== undefined) report(`ledger transaction ${stranger.id} transfers commission ${commission.id} to somebody who has no credit on ${order.id}`, commission)
  }
  const standing = commissions.filter(({ source }) => source.kind !== 'raise')
  standing.forEach((commission, index) => {
    const next = standing[index + 1]
    const may = next === undefined ? [null] : next.transferredTo !== null ? [next.transferredTo] : next.source.kind === 'credit' ? [null, next.affiliateId] : [null]
    if (!may.includes(commission.transferredTo)) report(`commission ${commission.id} of ${order.id} is transferred to ${commission.transferredTo ?? 'nobody'}, its credits say otherwise`, commission)
  })
}

/** A commission of any kind against its facts; gives what it put into payouts. */
export function checkCommission(book: CommissionBook, order: Parameters<typeof rebuild>[0]['order'], report: Report): Gross {
  const { commission, payouts, transactions } = book
  const { id, status, totalMinor, clawedMinor, amount } = commission
  const { gross, differences } = rebuild({ ...book, order })
  for (const difference of differences) report(difference, commission)
  for (const { id: transaction, postings } of transactions) if (postings.reduce((sum, { minor }) => sum + BigInt(minor), 0n) !== 0n) report(`ledger transaction ${transaction} does not sum to zero`, commission)
  if (amount.minor >= 0 && !(clawedMinor >= 0 && clawedMinor <= totalMinor)) report(`commission ${id}: ${clawedMinor} of ${totalMinor} was taken back`, commission)
  const held = status === 'IN_PAYOUT' || status === 'PAID'
  if (payouts.length !== (held ? 1 : 0)) report(`commission ${id} is ${status}, and in ${payouts.length} payouts that were not taken back`, commission)
  if (commission.source.kind === 'raise' || commission.conversionId === null) checkFree(book, report)
  return gross
}

/** A credit of no order, or a raise, waits for no time, has no parts and is nobody else's. */
function checkFree({ commission, parts }: CommissionBook, report: Report): void {
  if (parts.length > 0) report(`commission ${commission.id} has parts of an order, and was earned by none`, commission)
  if (commission.approvableAtMs !== null || commission.transferredTo !== null) report(`commission ${commission.id} is a credit, and waits for a time or was transferred`, commission)
  if (commission.unverified && commission.source.kind === 'credit') report(`commission ${commission.id} is a credit, and rests on a browser's word`, commission)
  if (commission.conversionId === null && commission.source.kind === 'order') report(`commission ${commission.id} is of no order`, commission)
}
