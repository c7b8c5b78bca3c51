import { z } from 'zod'
import { ADJUSTMENTS } from '../engine/adjust.ts'
import { ORDER_ID_CHARS } from '../limits.ts'
import { Email } from './email.ts'
import { AffiliateCode, idText, SessionId } from './text.ts'

/** What a person types to book by hand: orders, refunds, adjustments, credits, payouts. Decimals stay text. */

const Id = idText(ORDER_ID_CHARS)
const Text = idText(255).trim()
const Decimal = z.string('must be a decimal number').trim()
/** Most lines of one order. */
const LINES = 500
const KINDS = ['sale', 'lead', 'trial', 'custom'] as const
const REASONS = ['denied', 'unqualified'] as const

/** SKU, whole quantity, and unit price in major units. */
const Item = z.object({
  sku: Text.optional(),
  quantity: z.coerce.number('must be a whole number').int('must be a whole number').min(1, 'must be at least 1').max(1_000_000_000, 'must be at most 1000000000'),
  price: Decimal,
})

export const OrderInput = z.object({
  order: Id,
  kind: z.enum(KINDS, `must be one of: ${KINDS.join(', ')}`).default('sale'),
  amount: Decimal.optional(),
  currency: z.string().optional(),
  items: z.array(Item).max(LINES, `must be at most ${LINES}`).default([]),
  discount: Decimal.optional(),
  tax: Decimal.optional(),
  shipping: Decimal.optional(),
  pricesIncludeTax: z.boolean().default(false),
  session: SessionId.optional(),
  click: Id.optional(),
  codes: z.array(AffiliateCode).default([]),
  coupons: z.array(Text).max(50, 'must be at most 50').default([]),
  affiliate: Text.optional(),
  email: Email.optional(),
  customer: Id.optional(),
  subscription: Id.optional(),
  commission: Decimal.optional(),
  at: z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-20T09:00:00Z' }).optional(),
  test: z.boolean().default(false),
})
export type OrderInput = z.infer<typeof OrderInput>

export const RefundInput = z.object({
  order: Id,
  amount: Decimal.optional(),
  items: z.array(z.object({ sku: Text, quantity: Item.shape.quantity })).max(LINES, `must be at most ${LINES}`).default([]),
  id: Id.optional(),
  reason: Text.optional(),
}).refine(({ amount, items }) => amount === undefined || items.length === 0, { path: ['amount'], error: 'give either an amount or items' })
export type RefundInput = z.infer<typeof RefundInput>

export const AdjustInput = z.object({ commission: Id, type: z.enum(ADJUSTMENTS), amount: Decimal, reason: Text.optional() })
export type AdjustInput = z.infer<typeof AdjustInput>

export const CreditInput = z.object({
  affiliate: Text,
  amount: Decimal.optional(),
  currency: z.string().optional(),
  order: Id.optional(),
  transfer: z.boolean().default(false),
  pending: z.boolean().default(false),
  note: Text.optional(),
  test: z.boolean().default(false),
}).refine(({ amount, order }) => (amount === undefined) !== (order === undefined), { path: ['amount'], error: 'give either an amount or an order' })
  .refine(({ transfer, order }) => !transfer || order !== undefined, { path: ['transfer'], error: 'needs an order' })
export type CreditInput = z.infer<typeof CreditInput>

export const RejectInput = z.object({ names: z.array(Id, 'must be a list').min(1, 'must name at least one'), reason: z.enum(REASONS, `must be one of: ${REASONS.join(', ')}`).default('denied') })

export const PayoutInput = z.object({ affiliate: Text, currency: z.string().optional(), method: Text.optional(), note: Text.optional(), test: z.boolean().default(false) })
