import type { Order, Refund } from '../../../../shared/domain.ts'
import { handOut, rounded, whole } from './arithmetic.ts'

type Priced = Pick<Order, 'amount' | 'lines' | 'discountMinor' | 'taxMinor' | 'pricesIncludeTax'>

const plus = (a: bigint, b: bigint): bigint => a + b

/** What each line counts for: discount off, and the tax where prices hold it (ENGINE section 4, rule 1). */
export function netLines({ amount, lines, discountMinor, taxMinor, pricesIncludeTax }: Priced): bigint[] {
  if (lines.length === 0) return [BigInt(amount.minor)]
  let left = lines.map(({ minor }) => BigInt(minor))
  for (const off of [discountMinor, pricesIncludeTax ? taxMinor : 0]) {
    const all = left.reduce(plus, 0n)
    const parts = handOut(BigInt(off) < all ? BigInt(off) : all, left.map(whole))
    left = left.map((minor, line) => minor - (parts[line] ?? 0n))
  }
  return left
}

/** What refunds took of each line. */
const takenOff = (refunds: Refund[], line: number): bigint => refunds.map(({ lines }) => BigInt(lines[line]?.minor ?? 0)).reduce(plus, 0n)
export const netLeft = (order: Priced, refunds: Refund[]): bigint[] => netLines(order).map((net, line) => net - takenOff(refunds, line))

/** True when nothing is left; of an order that was worth nothing, when it was asked for in full, or all its units came back. */
export function isGone(order: Priced, refunds: Refund[]): boolean {
  if (netLines(order).some((net) => net > 0n)) return netLeft(order, refunds).every((left) => left === 0n)
  const asked = refunds.map(({ minor }) => BigInt(minor)).reduce(plus, 0n)
  const units = order.lines.every(({ quantity }, line) => refunds.reduce((sum, { lines }) => sum + (lines[line]?.quantity ?? 0), 0) >= quantity)
  return refunds.some(({ kind }) => kind === 'full') || (order.lines.length > 0 && refunds.length > 0 && units) || (order.amount.minor > 0 && asked >= BigInt(order.amount.minor))
}

/** What the refunds so far leave an affiliate without (ENGINE section 4, rule 5). */
export function clawedBy(order: Priced, refunds: Refund[], { total, byLine }: { total: bigint; byLine: number[] }): bigint {
  if (isGone(order, refunds)) return total
  const net = netLines(order)
  const shares = byLine.some((minor) => minor > 0) ? byLine.map(whole) : net.map(whole)
  return handOut(total, shares).map((own, line) => {
    const units = order.lines[line]?.quantity ?? 1
    const back = refunds.reduce((sum, { lines }) => sum + (lines[line]?.quantity ?? 0), 0)
    return rounded((net[line] ?? 0n) > 0n ? { n: own * takenOff(refunds, line), d: net[line] ?? 1n } : { n: own * BigInt(back), d: BigInt(units) })
  }).reduce(plus, 0n)
}
