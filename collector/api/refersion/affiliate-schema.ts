import { z } from 'zod'
import { Email } from '../../../shared/wire/email.ts'
import { ProfileInput } from '../../../shared/wire/settings.ts'
import { idText } from '../../../shared/wire/text.ts'
import { JsonNumber } from '../../http/json.ts'
import { Count, filled, Ids, maybe, Numeric, OfferId, atMost, Written } from './fields.ts'

const { company, address1, address2, city, zip, country, state, phone, firstName, lastName, merchantReference } = ProfileInput.shape
/** Elements of one call. */
const MOST = 50

const address = { company: maybe(company), paypal_email: filled(Email).describe('Where they are paid.'), address1: maybe(address1), address2: maybe(address2), city: maybe(city), zip: maybe(zip), country: maybe(country), state: maybe(state), phone: maybe(phone) }

/** The rules for a password, each in Refersion's words. */
function passwordFaults(password: string, email: string): string[] {
  const { length } = password
  return [
    length < 9 && `The password should be at least 9 characters long. Current password length is ${length}`,
    length > 72 && `The password should not be longer than 72 characters. Current password length is ${length}`,
    ![/\p{N}/u, /\p{Lu}/u, /\p{Ll}/u, /[^\p{L}\p{N}]/u].every((kind) => kind.test(password)) && 'The password should have at least 1 number, 1 uppercase letter, 1 lowercase letter and 1 symbol.',
    password.toLowerCase() === email.trim().toLowerCase() && "The password can't be the same as the e-mail",
    /(.)\1{3}/su.test(password) && "The password can't have the same character repeated more than 3 times in a row",
  ].filter((fault) => fault !== false)
}

const newAffiliate = {
  offer: filled(OfferId).describe('The campaign to join, by its number.'),
  first_name: firstName.unwrap().min(1, 'must not be empty'),
  last_name: lastName.unwrap(),
  email: Email,
  password: z.string('must be a string').describe('9 to 72 characters with a number, an upper-case and a lower-case letter and a symbol, none more than three times in a row; not the address itself.'),
  ...address,
  /** No mail is sent yet. */
  send_welcome: z.preprocess((value) => (typeof value === 'boolean' ? String(value).toUpperCase() : value), z.enum(['TRUE', 'FALSE']).meta({ type: ['string', 'boolean'], enum: ['TRUE', 'FALSE', true, false] }).nullish()),
  conversion_trigger_coupon: filled(idText(255).trim()).describe('A coupon of their own.'),
  unique_merchant_id: filled(merchantReference.unwrap().regex(/^[a-zA-Z\d]*$/, 'must be alphanumeric')).describe('What the merchant\'s own system calls them.'),
}

export const NewBody = z.object({ ...newAffiliate, status: z.enum(['ACTIVE', 'PENDING']).nullish().transform((status) => status ?? 'PENDING') }).superRefine(({ password, email }, ctx) => {
  for (const message of passwordFaults(password, email)) ctx.addIssue({ code: 'custom', message, params: { verbatim: true }, path: ['password'] })
})
export type NewBody = z.output<typeof NewBody>

/** The older call asks less of a password, and says nothing of a status. */
export const LegacyNewBody = z.object({ ...newAffiliate, password: newAffiliate.password.min(6, 'must be at least 6 characters').max(72, 'must be at most 72 characters').describe('6 to 72 characters.') }).transform((body) => ({ ...body, status: 'PENDING' as const }))

export const GetBody = z.object({ id: maybe(z.union([Numeric.transform(String), z.string()], 'must be an id')), affiliate_code: maybe(z.string('must be a string')) })
export const LegacyGetBody = z.object({ affiliate_code: z.string('must be a string') })

/** Objects keyed by a field's name; one of `label` and `value` is what a reply holds. */
const Fields = z.array(z.record(z.string(), z.unknown(), 'must be an object'), 'must be a list of objects')
  .transform((fields) => Object.assign({}, ...fields.map(fieldIn)) as Record<string, unknown>).pipe(ProfileInput.shape.customFields.unwrap())

function fieldIn(field: Record<string, unknown>): Record<string, unknown> {
  const { label, value, ...more } = plain(field) as Record<string, unknown>
  return typeof label === 'string' && value !== undefined && Object.keys(more).length === 0 ? { [label]: value } : plain(field) as Record<string, unknown>
}

/** Numbers as JSON has them; nothing is reckoned with these. */
function plain(value: unknown): unknown {
  if (value instanceof JsonNumber) return Number(value.source)
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, held]) => [name, plain(held)])) : value
}

const edited = { offer: filled(OfferId).describe('The campaign to move to, by its number.'), first_name: maybe(firstName.unwrap().min(1, 'must not be empty')), last_name: maybe(lastName), email: maybe(Email), ...address, custom_fields: maybe(Fields).describe('Each either names a field and its value, or has a `label` and a `value`.') }
const saysSomething = (change: object): boolean => Object.entries(change).some(([name, value]) => name !== 'id' && value !== undefined)

export const EditOne = z.object({ id: Numeric, ...edited }).refine(saysSomething, 'at least 1 field besides id must be provided')
export type EditOne = z.output<typeof EditOne>
export const EditBody = z.object({ affiliates: atMost(z.array(EditOne, 'must be a list of affiliates').min(1, 'must name at least one'), MOST) })

/** Rows of a page, and at most. */
const [ROWS, MOST_ROWS] = [3, 100]
const page = maybe(Count).transform((number) => number ?? 1).describe('From 1, which is also the default.')
export const ListBody = z.object({ limit: maybe(Count).transform((limit) => Math.min(limit ?? ROWS, MOST_ROWS)).describe('3 where it says nothing; more than 100 are 100.'), page })

const Name = maybe(z.string('must be a string').trim().max(200, 'must be at most 200 characters'))
const keyword = z.union([Written, z.string()], 'must be a string').pipe(z.string().trim().min(1, 'must not be empty').max(254, 'must be at most 254 characters'))
export const SearchBody = z.object({ keyword, first_name: Name, last_name: Name, page }).transform((body) => ({ ...body, limit: MOST_ROWS }))
export type SearchBody = z.output<typeof SearchBody>

export const StandingBody = z.object({ ids: atMost(Ids, MOST), status: z.enum(['ACTIVE', 'DENIED', 'DISABLED']) })
