import { z } from 'zod'
import type { Origin, TotalsState } from '../../store/totals.ts'
import { idText } from '../../../shared/wire/text.ts'
import { TRIGGER_CHARS } from '../../../shared/limits.ts'
import { triggerValue } from '../../../shared/engine/settings.ts'
import { Decimal, Ids, maybe, Numeric, OfferId, OrderId, atMost, unitsFrom } from './fields.ts'

/** Lines of one cancellation. */
const LINES = 500
/** The price that a client sends is the order's own already. */
const Item = z.object({ sku: OrderId.pipe(idText(TRIGGER_CHARS)).transform(triggerValue), quantity: maybe(unitsFrom(1)).describe('All that is left, where it says nothing.') })
  .transform(({ sku, quantity }) => ({ sku, quantity: quantity ?? null }))
export const CancelBody = z.object({ order_id: OrderId, items: z.array(Item, 'must be a list of items').min(1, 'must name at least one').max(LINES, `must be at most ${LINES}`) })

const STATES = ['PENDING', 'APPROVED', 'UNQUALIFIED', 'DENIED'] as const satisfies TotalsState[]
/** What Refersion calls the ways in which a commission comes about. */
const TYPES = {
  AFFILIATE_SITE_CONVERSION: 'site', MANUAL_CREDIT_BY_CLIENT: 'credit', CONVERSION_TRIGGER_SKU: 'sku', CONVERSION_TRIGGER_COUPON: 'coupon', CONVERSION_TRIGGER_EMAIL: 'email', AUTO_CREDIT_AFFILIATE_ID: 'named',
} as const satisfies Record<string, Origin>
const CANCELLATION = 'CANCELLATION_'
type Type = keyof typeof TYPES
const Type = z.enum([...Object.keys(TYPES), ...Object.keys(TYPES).map((type) => CANCELLATION + type)] as [string, ...string[]])

const DAY = /^\d{4}-\d\d-\d\d$/
const RULE = 'must be a UTC time such as 2026-11-01 00:00:00'
/** A second, or a whole day; the instant at which it begins or, for the end of a range, after it. */
const instant = (isEnd: boolean) => z.string(RULE).trim().transform((text) => (DAY.test(text) ? `${text} ${isEnd ? '23:59:59' : '00:00:00'}` : text))
  .pipe(z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, RULE))
  .transform((text) => `${text.replace(' ', 'T')}Z`).refine((text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text.slice(0, 19)), RULE)
  .transform((text) => Date.parse(text) + (isEnd ? 1000 : 0))

export const TotalsBody = z.object({
  created_from: maybe(instant(false)).describe('UTC: `2026-11-01 00:00:00`, or a day.'),
  created_to: maybe(instant(true)).describe('UTC: `2026-11-30 23:59:59`, or a day; it counts, too.'),
  offer_id: maybe(OfferId).describe('The campaign\'s number.'),
  affiliate_id: maybe(Numeric).describe('The affiliate\'s number.'),
  status: z.array(z.enum(STATES), 'must be a list of statuses').min(1, 'must name at least one'),
  payment_status: maybe(z.enum(['PAID', 'UNPAID'])),
  type: maybe(z.array(Type, 'must be a list of types')).describe('How they came about; none are all of them.'),
  is_test_conversion: maybe(z.boolean('must be true or false')),
}).transform(({ type, ...body }) => ({ ...body, ...originsIn(type) }))

const named = (types: string[]): Origin[] => types.map((type) => TYPES[type as Type])

/** Which conversions and which cancellations; no types at all mean every one. */
function originsIn(types: string[] | undefined): { booked: Origin[] | undefined; cancelled: Origin[] | undefined } {
  if (types === undefined || types.length === 0) return { booked: undefined, cancelled: undefined }
  const cancelled = types.filter((type) => type.startsWith(CANCELLATION))
  return { booked: named(types.filter((type) => !cancelled.includes(type))), cancelled: named(cancelled.map((type) => type.slice(CANCELLATION.length))) }
}

const Notes = maybe(z.string('must be a string').trim().max(500, 'must be at most 500 characters').refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be well-formed Unicode without NUL characters'))
const Approval = z.enum(['APPROVED', 'PENDING'])

const AffiliateId = Numeric.describe('The affiliate\'s number.')
export const CreditBody = z.object({ id: AffiliateId, commission: Decimal.describe('In major units; it may be negative.'), status: Approval, currency: maybe(z.string('must be a string').trim()).describe('ISO 4217 code; the merchant\'s where it says nothing.'), notes: Notes })
export const OrderCreditBody = z.object({ id: AffiliateId, order_id: OrderId, status: maybe(Approval), notes: Notes })
/** The older address takes plain credits, too. */
export const LegacyCreditBody = z.union([z.object({ order_id: OrderId }).loose(), z.object({ commission: Decimal }).loose()], 'must name an order_id or a commission')

/** Conversions of one call. */
const MOST = 500
export const StatusBody = z.object({ ids: atMost(Ids, MOST), status: z.enum(['APPROVED', 'UNQUALIFIED', 'DENIED']) })
export type StatusBody = z.output<typeof StatusBody>

export const PayBody = z.object({ conversion_ids: atMost(Ids, MOST), payment_method: maybe(z.string('must be a string').trim().min(1, 'must not be empty').max(40, 'must be at most 40 characters')) })
