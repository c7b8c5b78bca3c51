import { basesOf } from '../../shared/engine/base.ts'
import { isJudged } from '../../shared/engine/receipt.ts'
import { moneyTaken } from '../../shared/engine/refund.ts'
import { wonBy } from '../../shared/engine/won-by.ts'
import type { OrderBook, Report } from './verify-order.ts'

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)

/** What totals are taken of, against what it was derived from: an order's base, what refunds took of it, and what commissions were won by. */
export function checkTotals({ record: { order, refunds, receipts, commissions }, summed }: OrderBook, report: Report): void {
  const base = sum(basesOf(order))
  if (summed.baseMinor !== base) report(`conversion ${order.id} counts a base of ${summed.baseMinor} in totals, its order comes to ${base}`)
  const took = moneyTaken({ order, refunds })
  refunds.forEach((refund, index) => {
    const kept = summed.refunds.find(({ id }) => id === refund.id)
    const isRight = kept !== undefined && kept.tookMinor === took[index] && kept.tookBaseMinor === sum(refund.lines.map(({ minor }) => minor))
    if (!isRight) report(`refund ${refund.id} of ${order.id} counts otherwise in totals than it took`)
    if (kept?.cancellationNumber === null) report(`refund ${refund.id} of ${order.id} has no number`)
  })
  for (const commission of commissions) {
    const { id, source, affiliateId } = commission
    const judged = source.kind === 'raise' ? [] : receipts.filter(({ inputs }) => isJudged(inputs) !== (source.kind === 'credit'))
    const won = judged.flatMap((receipt) => wonBy(receipt, affiliateId) ?? []).at(-1) ?? null
    const kept = summed.wonBy.find((one) => one.id === id)?.wonBy ?? null
    if (kept !== won) report(`commission ${id} counts as won by ${kept ?? 'nothing'} in totals, its receipt says ${won ?? 'nothing'}`, commission)
  }
}
