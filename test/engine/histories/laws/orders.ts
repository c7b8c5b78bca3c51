import type { Conversion } from '../../../../shared/domain.ts'
import type { Book } from '../../book.ts'
import { clawedBy, isGone, netLines } from '../naive/order.ts'
import type { Added, Moment } from './moment.ts'
import { must } from './must.ts'

const won = ({ commissions }: Conversion): Conversion['commissions'] => commissions.filter(({ source }) => source.kind === 'order')

/** An order is as it was first reported; once somebody has it, later evidence gives it to nobody else. */
export function ordersStand(before: Moment, kept: Book): void {
  for (const [id, was] of before.conversions) {
    const is = kept.conversions.get(id)
    must(is !== undefined && is.order === was.order, 'an order is never changed', () => [was.order, is?.order])
    if (is === was) continue
    must(was.refunds.every((refund, index) => is.refunds[index] === refund), 'a refund is never changed', () => [was.refunds, is.refunds])
    must(was.marks.every((mark) => is.marks.includes(mark)) && new Set(is.marks).size === is.marks.length, 'a mark stays, and is made once', () => [was.marks, is.marks])
    if (!was.attributed) continue
    must(is.attributed, 'what somebody won stays won', () => is)
    must(won(is).length === won(was).length && won(is).every(({ id: same }, index) => same === won(was)[index]?.id), 'only what nobody has may gain a winner', () => [was, is])
    must(is.identifiers.length === was.identifiers.length, 'what is attributed takes no more evidence', () => [was.identifiers, is.identifiers])
  }
  if (kept.conversions.size === before.conversions.size) return
  const names = [...kept.conversions.values()].flatMap(({ order: { externalId, mode, kind } }) => (externalId === null ? [] : `${mode} ${kind} ${externalId}`))
  must(new Set(names).size === names.length, 'an order id is one order', () => names)
}

/** What each order has paid and taken back, and to whom. */
export function ordersAreSound(kept: Book): void {
  for (const conversion of kept.conversions.values()) {
    const { order, attributed, commissions } = conversion
    const own = commissions.filter(({ source }) => source.kind !== 'raise')
    must(new Set(own.map(({ affiliateId }) => affiliateId)).size === own.length, 'no order is paid twice to one affiliate', () => commissions)
    must(attributed || commissions.length === 0, 'what nobody won earns nobody anything', () => conversion)
    must(commissions.every(({ mode, amount, conversionId }) => mode === order.mode && amount.currency === order.amount.currency && conversionId === order.id), 'a commission is in its order\'s mode and currency', () => conversion)
    refundsAreSound(conversion)
  }
  const inPayouts = [...kept.payouts.values()].filter(({ status }) => status === 'OPEN' || status === 'PAID').flatMap(({ commissionIds }) => commissionIds)
  must(new Set(inPayouts).size === inPayouts.length, 'a commission is in one payout that stands', () => inPayouts)
  const held = [...kept.commissions.values()].filter(({ status }) => status === 'IN_PAYOUT' || status === 'PAID')
  must(held.length === inPayouts.length && held.every(({ id }) => inPayouts.includes(id)), 'what is in a payout is in one that stands', () => [held, inPayouts])
  for (const payout of kept.payouts.values()) {
    const own = payout.commissionIds.map((id) => kept.commissions.get(id)!)
    must(own.every(({ affiliateId, mode, amount }) => affiliateId === payout.affiliateId && mode === payout.mode && amount.currency === payout.currency), 'a payout is one affiliate\'s, in one currency and mode', () => [payout, own])
  }
}

function refundsAreSound({ order, refunds, commissions }: Conversion): void {
  if (refunds.length === 0) return
  const net = netLines(order)
  must(new Set(refunds.map(({ key }) => key)).size === refunds.length, 'a refund\'s key is used once', () => refunds)
  must(refunds.every(({ lines }) => lines.length === net.length && lines.every(({ minor, quantity }) => minor >= 0 && quantity >= 0)), 'a refund takes no less than nothing', () => refunds)
  net.forEach((base, line) => {
    must(refunds.reduce((sum, { lines }) => sum + BigInt(lines[line]?.minor ?? 0), 0n) <= base, 'no refund takes more than its line', () => [order, refunds])
    const quantity = order.lines[line]?.quantity ?? 1
    must(refunds.reduce((sum, { lines }) => sum + (lines[line]?.quantity ?? 0), 0) <= quantity, 'no refund takes more than was ordered', () => [order, refunds])
  })
  must(refunds.reduce((sum, { minor }) => sum + BigInt(minor), 0n) <= BigInt(order.amount.minor), 'refunds ask for no more than the order came to', () => [order, refunds])
  if (!isGone(order, refunds)) return
  for (const one of commissions) {
    if (one.source.kind === 'raise' || (one.status === 'REJECTED' && one.reason !== 'refunded')) continue
    must(one.clawedMinor === one.totalMinor, 'a full refund in any parts takes back exactly what was booked', () => [order, refunds, one])
  }
}

/** What refunds have to take of a commission that nobody touched beside them. */
export function refundsTakeTheirPart({ receipts }: Pick<Added, 'receipts'>, kept: Book): void {
  for (const { conversionId, outcome } of receipts) {
    const { order, refunds, commissions } = kept.conversions.get(conversionId)!
    if (refunds.length === 0) continue
    for (const { affiliateId, amount, byLine } of outcome.earnings) {
      const row = commissions.find((one) => one.affiliateId === affiliateId && one.source.kind !== 'raise')!
      if (row.totalMinor !== amount.minor || row.transferredTo !== null || (row.status === 'REJECTED' && row.reason !== 'refunded')) continue
      const target = clawedBy(order, refunds, { total: BigInt(amount.minor), byLine })
      // What an adjustment had left in between may have been clawed beyond it.
      if (!kept.adjustments.some(({ commissionId }) => commissionId === row.id)) must(BigInt(row.clawedMinor) === target, 'refunds take their part of each line, rounded once', () => [order, refunds, row])
    }
  }
}
