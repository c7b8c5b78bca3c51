import { z } from 'zod'
import { ORDER_ID_CHARS, SESSION_CHARS } from '../../../shared/limits.ts'
import { idText } from '../../../shared/wire/text.ts'
import { JsonNumber, membersOf, memberText, parseExact } from '../../http/json.ts'
import { Decimal, filled, OrderId, UNITS, unitsFrom, Written } from './fields.ts'

/** Lines of one order. */
const LINES = 500
const sku = z.union([z.literal(''), OrderId], 'must be a string').nullable().transform((text) => text || undefined)
/** Shops list a gift that was taken out again as none of it, for nothing. */
export const Item = z.object({ sku, quantity: unitsFrom(0), price: Decimal.describe('Of one unit, in major units.') }).refine(({ quantity, price }) => quantity > 0 || isNothing(price), { path: ['quantity'], error: UNITS })
const NONE = 'must name at least one'
const Items = z.array(Item, 'must be a list of items').min(1, NONE).max(LINES, `must be at most ${LINES}`)
  .transform((items) => items.filter(({ quantity }) => quantity > 0)).refine((items) => items.length > 0, NONE)

/** Shops send numbers or text, and nothing where there is nothing. */
const Amount = filled(Decimal)
/** A shop that has no such flag, and says which subscription it is, means one. */
const isSubscription = z.unknown().optional().transform((said) => (said ?? null) === null || said === true || /^(true|1|yes)$/i.test(said instanceof JsonNumber ? said.source : typeof said === 'string' ? said.trim() : ''))
/** A code of digits is sent as a number by some. */
const Coupon = z.union([z.string(), Written])
const Coupons = z.union([Coupon, z.array(Coupon), z.null()], 'must be text').optional().transform((said) => [said ?? []].flat().flatMap((text) => text.split(',')).map((code) => code.trim()).filter((code) => code !== ''))
  .pipe(z.array(idText(255)).max(50, 'must be at most 50'))

/** An order as a shop's server reports it. */
export const PaidBody = z.object({
  cart_id: OrderId.pipe(idText(SESSION_CHARS)).describe('The cart that the page named; by it the visitor is found.'),
  order_id: OrderId,
  currency_code: z.string('must be a string').describe('ISO 4217 code.'),
  items: Items,
  shipping: Amount,
  tax: Amount,
  discount: Amount,
  discount_code: Coupons.describe('One coupon or several, in a list or with commas between them.'),
  /** An empty list is what PHP makes of a customer of whom nothing is known. */
  customer: z.unknown().optional().transform((said) => (typeof said === 'object' && said !== null && 'email' in said && typeof said.email === 'string' ? said.email : undefined))
    .describe('Who bought: an object, of which only `email` is read.'),
  is_subscription: isSubscription.describe('Whether the order is of a subscription: true, 1 or yes. Where it is missing, a `subscription_id` says so.'),
  subscription_id: filled(OrderId.pipe(idText(ORDER_ID_CHARS))).describe('By it, later orders of a subscription are known as its renewals.'),
  auto_credit_affiliate_id: filled(OrderId).describe('The affiliate whom the shop says to credit: a number, or a code.'),
})
export type PaidBody = z.output<typeof PaidBody>

/** Items may come as an object keyed by the product's id; they keep the order in which they were written. */
export function itemsInOrder(members: Record<string, unknown>, text: string): unknown {
  const { items } = members
  if (typeof items !== 'object' || items === null || Array.isArray(items)) return members
  const written = new Map(membersOf(memberText(text, 'items') ?? '{}'))
  return { ...members, items: [...written.values()].map(parseExact) }
}

/** Zero, however it is written. */
const isNothing = (decimal: string): boolean => !/[1-9]/.test(decimal.split(/e/i)[0] ?? '')
