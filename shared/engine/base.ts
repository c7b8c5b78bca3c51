import type { Order } from '../domain.ts'
import { allotMinor } from './split.ts'

/** What a base depends on. */
export type Priced = Pick<Order, 'amount' | 'lines' | 'discountMinor' | 'taxMinor' | 'pricesIncludeTax'>

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)

/**
 * What each line of an order counts for, in minor units (ENGINE section 4, rule 1): the discount is spread over the line
 * totals by largest remainder, then the tax where prices include it, each capped at what there is; other tax and the
 * shipping stay out. Without items the one base is the amount as sent.
 */
export function basesOf({ amount, lines, discountMinor, taxMinor, pricesIncludeTax }: Priced): number[] {
  if (lines.length === 0) return [amount.minor]
  const discounted = less(lines.map(({ minor }) => minor), discountMinor)
  return pricesIncludeTax ? less(discounted, taxMinor) : discounted
}

/** An order's SKUs and quantities, one a base. */
export const unitsOf = ({ lines }: Pick<Order, 'lines'>): { sku: string | null; quantity: number }[] => (lines.length === 0 ? [{ sku: null, quantity: 1 }] : lines)

function less(minors: number[], taken: number): number[] {
  const total = sum(minors)
  const parts = allotMinor(Math.min(taken, total), minors)
  return minors.map((minor, index) => minor - (parts[index] ?? 0))
}

/** What an order with items comes to when the call names no amount (ENGINE section 4, rule 5); throws nothing, the edge checks the sum. */
export function totalOf({ lines, discountMinor, taxMinor, pricesIncludeTax, shippingMinor }: Pick<Order, 'lines' | 'discountMinor' | 'taxMinor' | 'pricesIncludeTax'> & { shippingMinor: number }): number {
  const goods = sum(lines.map(({ minor }) => minor))
  return goods - Math.min(discountMinor, goods) + shippingMinor + (pricesIncludeTax ? 0 : taxMinor)
}
