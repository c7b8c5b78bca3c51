import { z } from 'zod'
import { ORDER_ID_CHARS, SESSION_CHARS } from '../../../shared/limits.ts'
import { idText } from '../../../shared/wire/script.ts'
import { membersOf, memberText, parseExact } from '../../http/json.ts'
import { Decimal, filled, OrderId } from './fields.ts'

/** Lines of one order. */
const LINES = 500
const MOST_UNITS = 1_000_000_000
const UNITS = `must be a whole number from 1 to ${MOST_UNITS}`
/** "2", 2 and "2.0" are two; a part of one is none. */
const Quantity = Decimal.transform(Number).refine((quantity) => Number.isInteger(quantity) && quantity >= 1 && quantity <= MOST_UNITS, UNITS)
const sku = z.union([z.literal(''), OrderId], 'must be a string').nullable().transform((text) => text || undefined)
const Item = z.object({ sku, quantity: Quantity, price: Decimal })

/** Shops send numbers or text, and nothing where there is nothing. */
const Amount = filled(Decimal)
const isTrue = z.unknown().optional().transform((value) => value === true || (typeof value === 'string' && /^(true|1|yes)$/i.test(value)))
const Coupons = z.union([z.string(), z.array(z.string()), z.null()], 'must be text').optional().transform((said) => [said ?? []].flat().flatMap((text) => text.split(',')).map((code) => code.trim()).filter((code) => code !== ''))
  .pipe(z.array(idText(255)).max(50, 'must be at most 50'))

/** An order as a shop's server reports it. */
export const PaidBody = z.object({
  cart_id: OrderId.pipe(idText(SESSION_CHARS)),
  order_id: OrderId,
  currency_code: z.string('must be a string'),
  items: z.array(Item, 'must be a list of items').min(1, 'must name at least one').max(LINES, `must be at most ${LINES}`),
  shipping: Amount,
  tax: Amount,
  discount: Amount,
  discount_code: Coupons,
  /** An empty list is what PHP makes of a customer of whom nothing is known. */
  customer: z.unknown().optional().transform((said) => (typeof said === 'object' && said !== null && 'email' in said && typeof said.email === 'string' ? said.email : undefined)),
  is_subscription: isTrue,
  subscription_id: filled(OrderId.pipe(idText(ORDER_ID_CHARS))),
  auto_credit_affiliate_id: filled(OrderId),
})
export type PaidBody = z.output<typeof PaidBody>

/** Items may come as an object keyed by the product's id; they keep the order in which they were written. */
export function itemsInOrder(members: Record<string, unknown>, text: string): unknown {
  const { items } = members
  if (typeof items !== 'object' || items === null || Array.isArray(items)) return members
  const written = new Map(membersOf(memberText(text, 'items') ?? '{}'))
  return { ...members, items: [...written.values()].map(parseExact) }
}
