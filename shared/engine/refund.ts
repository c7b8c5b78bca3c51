import type { Commission, Refund } from '../domain.ts'
import { basesOf, unitsOf, type Priced } from './base.ts'
import { allotMinor, proportion } from './split.ts'

/** What a merchant asks to take back: an amount, items of a SKU (without a quantity all that are left of it), or all that is left. */
export type RefundRequest = { kind: 'full' } | { kind: 'amount'; minor: number } | { kind: 'items'; items: { sku: string; quantity: number | null }[] }

/** What a refund takes, or why it cannot be. */
export type Taken = { taken: Pick<Refund, 'kind' | 'minor' | 'lines'> } | { refused: 'FULLY_REFUNDED' | 'BEYOND_TOTAL' | 'BEYOND_ORDER' | 'UNKNOWN_SKU' }

/** An order, as far as refunds ask, and what was given back of it. */
interface Refunded {
  order: Priced
  refunds: Pick<Refund, 'kind' | 'minor' | 'lines'>[]
}

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)

/** What refunds took of each line so far: of its base, and of its units. */
export function takenOf({ order, refunds }: Refunded): { minor: number; quantity: number }[] {
  return basesOf(order).map((_, line) => ({ minor: sum(refunds.map(({ lines }) => lines[line]?.minor ?? 0)), quantity: sum(refunds.map(({ lines }) => lines[line]?.quantity ?? 0)) }))
}

/** What is left of each line's base. */
export function leftOf(refunded: Refunded): number[] {
  const taken = takenOf(refunded)
  return basesOf(refunded.order).map((base, line) => base - (taken[line]?.minor ?? 0))
}

/**
 * What each refund took of the order's amount, in their order: the amount that it named, for items their base, and all
 * that was left, shipping and tax too, where nothing of the order is left after it; together never more than the amount.
 */
export function moneyTaken({ order, refunds }: Refunded): number[] {
  let left = order.amount.minor
  // None follows the refund that leaves nothing.
  const isOver = isFullyRefunded({ order, refunds })
  return refunds.map(({ kind, minor, lines }, index) => {
    const isLast = isOver && index === refunds.length - 1
    const taken = isLast || kind === 'full' ? left : Math.min(left, kind === 'amount' ? minor : sum(lines.map((line) => line.minor)))
    left -= taken
    return taken
  })
}

const askedFor = (refunds: Refunded['refunds']): number => sum(refunds.map(({ minor }) => minor))

/** True once nothing of an order is left; one that was worth nothing is given back by a full refund, or all of its units. */
export function isFullyRefunded({ order, refunds }: Refunded): boolean {
  if (refunds.length === 0) return false
  const base = sum(basesOf(order))
  if (base > 0) return sum(leftOf({ order, refunds })) === 0
  const units = takenOf({ order, refunds })
  const unitsGone = unitsOf(order).every(({ quantity }, line) => (units[line]?.quantity ?? 0) >= quantity)
  return refunds.some(({ kind }) => kind === 'full') || unitsGone || (order.amount.minor > 0 && askedFor(refunds) >= order.amount.minor)
}

/**
 * What a refund takes off each line (ENGINE section 4, rule 5). An amount stands for its part of the reported total, of
 * the base, cumulatively; a unit takes its part of its line; a full refund takes all that is left.
 */
export function takeRefund(refunded: Refunded, request: RefundRequest): Taken {
  if (isFullyRefunded(refunded)) return { refused: 'FULLY_REFUNDED' }
  if (request.kind === 'amount') return takeAmount(refunded, request.minor)
  if (request.kind === 'items') return takeItems(refunded, request.items)
  const { order, refunds } = refunded
  const taken = takenOf(refunded)
  const lines = leftOf(refunded).map((minor, line) => ({ minor, quantity: (unitsOf(order)[line]?.quantity ?? 0) - (taken[line]?.quantity ?? 0) }))
  return { taken: { kind: 'full', minor: Math.max(0, order.amount.minor - askedFor(refunds)), lines } }
}

function takeAmount({ order, refunds }: Refunded, minor: number): Taken {
  const total = order.amount.minor
  const before = askedFor(refunds)
  // Of an order that was worth nothing no amount is a part, not even none.
  if (total === 0 || before + minor > total) return { refused: 'BEYOND_TOTAL' }
  const base = sum(basesOf(order))
  const stands = proportion(base, before + minor, total) - proportion(base, before, total)
  const left = leftOf({ order, refunds })
  if (stands > sum(left)) return { refused: 'BEYOND_ORDER' }
  return { taken: { kind: 'amount', minor, lines: allotMinor(stands, left).map((part) => ({ minor: part, quantity: 0 })) } }
}

function takeItems(refunded: Refunded, items: { sku: string; quantity: number | null }[]): Taken {
  const units = unitsOf(refunded.order)
  const bases = basesOf(refunded.order)
  const left = leftOf(refunded)
  const gone = takenOf(refunded).map(({ quantity }) => quantity)
  const lines = bases.map(() => ({ minor: 0, quantity: 0 }))
  for (const { sku, quantity } of items) {
    if (!units.some((unit) => unit.sku === sku)) return { refused: 'UNKNOWN_SKU' }
    const rest = sum(units.map((unit, index) => (unit.sku === sku ? unit.quantity - (gone[index] ?? 0) - (lines[index]?.quantity ?? 0) : 0)))
    // Where nothing is left, all of it is one too many.
    let wanted = quantity ?? Math.max(1, rest)
    units.forEach((unit, index) => {
      const line = lines[index]
      if (unit.sku !== sku || line === undefined) return
      const [base = 0, before = 0] = [bases[index], gone[index]]
      const returned = Math.min(wanted, unit.quantity - before - line.quantity)
      const from = before + line.quantity
      const worth = proportion(base, from + returned, unit.quantity) - proportion(base, from, unit.quantity)
      line.minor += Math.min(worth, (left[index] ?? 0) - line.minor)
      line.quantity += returned
      wanted -= returned
    })
    if (wanted > 0) return { refused: 'BEYOND_ORDER' }
  }
  return { taken: { kind: 'items', minor: 0, lines } }
}

/**
 * What the refunds so far leave an affiliate without, of a commission that stands at `totalMinor`: each line's part in
 * proportion, cumulatively, so that any parts sum to exactly the whole. `byLine` is how the commission was first allotted.
 */
export function clawTarget(refunded: Refunded, { totalMinor, byLine }: { totalMinor: number; byLine: number[] }): number {
  if (isFullyRefunded(refunded)) return totalMinor
  const bases = basesOf(refunded.order)
  const taken = takenOf(refunded)
  const units = unitsOf(refunded.order)
  const weights = sum(byLine) > 0 ? byLine : bases
  return sum(allotMinor(totalMinor, weights).map((minor, line) => {
    const [base = 0, { minor: minorTaken, quantity } = { minor: 0, quantity: 0 }] = [bases[line], taken[line]]
    // A line that was worth nothing and earned a flat sum is given back by its units.
    return base > 0 ? proportion(minor, minorTaken, base) : proportion(minor, quantity, units[line]?.quantity ?? 1)
  }))
}

/** What this refund still has to take from a commission; never less than nothing, where an adjustment left less than was clawed. */
export const clawOf = (refunded: Refunded, commission: Pick<Commission, 'totalMinor' | 'clawedMinor'>, byLine: number[]): number =>
  Math.max(0, clawTarget(refunded, { totalMinor: commission.totalMinor, byLine }) - commission.clawedMinor)

/** What is left of the amount that was reported; items that were given back are worth their base. */
export function amountLeft({ order, refunds }: Refunded): number {
  if (isFullyRefunded({ order, refunds })) return 0
  return Math.max(0, order.amount.minor - sum(refunds.map((refund) => (refund.kind === 'items' ? sum(refund.lines.map(({ minor }) => minor)) : refund.minor))))
}
