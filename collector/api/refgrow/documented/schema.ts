import { z } from 'zod'
import { URL_CHARS } from '../../../../shared/limits.ts'
import { AffiliateCode, idText, webUrl } from '../../../../shared/wire/text.ts'
import { AffiliateInput, ProfileInput } from '../../../../shared/wire/settings.ts'
import { JsonNumber, plain } from '../../../http/json.ts'
import { Email } from '../../../../shared/wire/email.ts'
import { Amount, Id, PAGE_ROWS, whole } from '../fields.ts'

const MOST_ROWS = 100
const LIMIT = `must be between 1 and ${MOST_ROWS}`
/** More than a page holds is refused, as less than a row is. */
const page = {
  limit: z.string().regex(/^\d{1,15}$/, LIMIT).transform(Number).refine((limit) => limit >= 1 && limit <= MOST_ROWS, LIMIT).meta({ type: 'integer', minimum: 1, maximum: MOST_ROWS }).default(PAGE_ROWS),
  offset: whole(0).default(0),
}
const word = <const W extends readonly [string, ...string[]]>(words: W) => z.enum(words, `must be one of: ${words.join(', ')}`)

export const AffiliateQuery = z.object({ ...page, status: word(['active', 'pending', 'blocked']).optional() })
export const CommissionQuery = z.object({ ...page, affiliateId: z.string().describe('Such as `aff_000031`; 404 for one that there is not.').optional(), status: word(['pending', 'approved', 'paid', 'rejected']).optional() })

export const AffiliateBody = z.object({
  email: AffiliateInput.shape.email,
  name: z.string('must be a string').pipe(AffiliateInput.shape.name.unwrap()),
  referralCode: AffiliateInput.shape.code,
  customFields: z.preprocess(plain, ProfileInput.shape.customFields).meta({ type: 'object', description: 'What the merchant wants to know of them, in fields of its own.' }),
})

export const TrackBody = z.object({
  referralCode: AffiliateCode,
  sourceUrl: webUrl(URL_CHARS).describe('Where the visitor was: on a page of the shop, or wherever the link stood.').optional(),
  userAgent: z.string('must be a string').describe('What the browser calls itself: what cannot be kept of it is left out.').transform((text) => text.toWellFormed().replaceAll('\0', '')).optional(),
  ipAddress: z.string('must be a string').describe('Taken, and kept nowhere.').optional(),
})

const CLICK = 'click_'
const CLICK_RULE = `must be a string beginning with '${CLICK}'`
/** One product as a line of the order. */
const Product = z.object({
  sku: idText(255).trim().optional(),
  quantity: z.instanceof(JsonNumber).transform(({ source }) => Number(source)).pipe(z.int().min(1).max(1_000_000_000)),
  price: Amount.refine((price) => !price.startsWith('-')),
})
export type Product = z.infer<typeof Product>
/** Details of products have no form that is documented: those that say price and quantity of each are lines, and any others say nothing. */
const Products = z.array(z.unknown().describe('A line of the order: `price` of one, `quantity`, and `sku` where it has one.'), 'must be an array').describe('Lines of the order, if all of them have that form; any others are taken and say nothing.').transform((products) => z.array(Product).max(500).safeParse(products).data)

export const ConvertBody = z.object({
  clickId: Id.refine((id) => id.startsWith(CLICK) && id.length > CLICK.length, CLICK_RULE).describe('As `track` answered it.').transform((id) => id.slice(CLICK.length)).optional(),
  referralCode: AffiliateCode.optional(),
  amount: Amount.describe('In major units of the merchant\'s currency.'),
  orderId: Id.describe('The shop\'s own: an order is recorded once.').optional(),
  // A number as it was written would pass for an object.
  customer: z.preprocess(plain, z.looseObject({ email: Email.nullish() }, 'must be an object')).optional(),
  products: Products.optional(),
}).refine(({ clickId, referralCode }) => (clickId ?? referralCode) !== undefined, { path: ['clickId'], error: 'either clickId or referralCode is required' })
export type ConvertBody = z.infer<typeof ConvertBody>

export const StatusBody = z.object({ status: word(['approved', 'paid', 'rejected']), reason: idText(500).describe('Why, for the audit.').optional() })
export type StatusBody = z.infer<typeof StatusBody>
