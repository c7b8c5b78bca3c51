import { z } from 'zod'
import { MODELS, TIER_PERIODS } from '../engine/terms.ts'
import { TRIGGER_CHARS } from '../limits.ts'
import { Email } from './email.ts'
import { AffiliateCode, idText, STORABLE, isStorable } from './text.ts'

/** What a person types to set a collector up; shared by the command line and the set-up page. */

const Name = idText(200).trim()
const Timezone = z.string('must be a string').refine((zone) => isTimezone(zone), 'must be an IANA time zone such as Europe/Berlin')

const Host = z.string('must be a string').trim().min(1, 'must not be empty').max(253, 'must be at most 253 characters')

export const InitInput = z.object({
  merchant: Name,
  site: Host,
  email: Email,
  currency: z.string().default('EUR'),
  timezone: Timezone.default('UTC'),
})
export type InitInput = z.infer<typeof InitInput>

const AMOUNT = String.raw`[^\s,:=]+(:[a-z]{3})?`
const textOf = (pattern: string, rule: string) => z.string(rule).trim().max(500, rule).regex(new RegExp(`^${pattern}$`, 'i'), rule)
/** `5.00`, or `5.00:USD` in another currency than the merchant's. */
const Amount = textOf(AMOUNT, 'must be an amount such as 20.00 or 20.00:EUR')
/** One amount a currency; an empty list clears. */
/** Most amounts, tiers, bounties. */
const MOST = 50
const severalOf = <S extends z.ZodType>(schema: S) => z.array(schema, 'must be a list').max(MOST, `must be at most ${MOST}`)
const Amounts = severalOf(Amount)
/** From which volume which rate counts: `1000.00=12.5`, or with several currencies `1000.00:EUR,1100.00:USD=5.00:EUR,5.50:USD`. */
const Tier = textOf(`${AMOUNT}(,${AMOUNT})*=${AMOUNT}(,${AMOUNT})*`, 'must be a volume and a rate such as 1000.00=12.5, or 1000.00:EUR=5.00:EUR for a fixed amount')
/** What an event that is no sale earns: `lead=5.00`. */
const Bounty = textOf(`[a-z]+=${AMOUNT}`, 'must be a kind and an amount such as lead=5.00')
const days = (least: number) => z.coerce.number('must be a number of days').int('must be whole days').min(least, `must be at least ${least}`).max(3650, 'must be at most 3650')
const RECURRING_RULE = 'must be first, life, or whole months from 1 to 600'
const Recurring = z.union([z.literal('first'), z.literal('life'), z.coerce.number(RECURRING_RULE).int(RECURRING_RULE).min(1, RECURRING_RULE).max(600, RECURRING_RULE)], RECURRING_RULE)
const Day = z.union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a day such as 2027-03-31, or an instant with its offset')

const RateInput = z.object({ percent: z.string().optional(), flat: Amounts.optional(), currency: z.string().optional() })
export type RateInput = z.infer<typeof RateInput>

/** How the merchant, or one campaign, decides who wins. */
const contestRules = {
  model: z.enum(MODELS, `must be one of: ${MODELS.join(', ')}`).optional(),
  couponFirst: z.boolean().optional(),
  poolDevices: z.boolean().optional(),
}

/** Decimals arrive as text and become exact numbers behind the edge. */
const campaignFields = {
  name: Name,
  landingUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2000, 'must be at most 2000 characters'),
  ...RateInput.shape,
  ...contestRules,
  windowDays: days(1).optional(),
  /** Null is approval by hand. */
  holdDays: days(0).nullable().optional(),
  minOrder: Amounts.optional(),
  capOrder: Amounts.optional(),
  capMonth: Amounts.optional(),
  tier: severalOf(Tier).optional(),
  tierPeriod: z.enum(TIER_PERIODS, `must be one of: ${TIER_PERIODS.join(', ')}`).optional(),
  bounty: severalOf(Bounty).optional(),
  recurring: Recurring.optional(),
  /** Null is the default: 90 days after the campaign was made. */
  adoptUntil: Day.nullable().optional(),
}
/** A change that changes nothing is a mistake. */
const saysSomething = (change: object): boolean => Object.values(change).some((value) => value !== undefined)

export const CampaignInput = z.object(campaignFields)
export type CampaignInput = z.infer<typeof CampaignInput>

export const CampaignChange = z.object({ ...campaignFields, archived: z.boolean().optional() }).partial().refine(saysSomething, 'give at least one thing to change')
export type CampaignChange = z.infer<typeof CampaignChange>

export const MerchantChange = z.object({ ...contestRules, timezone: Timezone.optional() }).refine(saysSomething, 'give at least one thing to change')
export type MerchantChange = z.infer<typeof MerchantChange>

const Code = AffiliateCode.regex(/^[\w.~-]*\w[\w.~-]*$/, 'may hold letters, digits and . _ ~ - only')
/** A coupon or a SKU; they are compared in capitals. */
const TriggerText = idText(TRIGGER_CHARS).trim()
const STATUSES = ['active', 'pending', 'denied', 'disabled'] as const
const Status = z.enum(STATUSES, `must be one of: ${STATUSES.join(', ')}`)
const Named = z.string('must be a string').trim().min(1, 'must not be empty')

/** A line of text about somebody; empty takes it back. */
const Line = z.string('must be a string').trim().max(200, 'must be at most 200 characters').refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must be one line of well-formed Unicode')
/** Most fields of a merchant's own, and what they may come to as JSON. */
const [FIELDS, FIELDS_CHARS] = [50, 8_192]
const Json = z.custom<z.core.util.JSONType>((value) => z.json().safeParse(value).success, 'must be JSON')
const Fields = z.record(Line.min(1), Json, { error: ({ code }) => (code === 'invalid_key' ? 'a field needs a name: one line of at most 200 characters' : 'must be an object') })
  .refine((fields) => textsIn(fields).every(isStorable), STORABLE)
  .refine((fields) => Object.keys(fields).length <= FIELDS, `must be at most ${FIELDS} fields`)
  .refine((fields) => JSON.stringify(fields).length <= FIELDS_CHARS, `must be at most ${FIELDS_CHARS} characters as JSON`)

/** Who an affiliate is; what is not named stays as it was. */
export const ProfileInput = z.object({
  firstName: Line, lastName: Line, company: Line, address1: Line, address2: Line, city: Line, state: Line, zip: Line,
  country: Line.regex(/^([a-zA-Z]{2})?$/, 'must be a two-letter ISO 3166 code').toUpperCase(),
  phone: Line, payoutMethod: Line, partnerSlug: Line, merchantReference: Line, customFields: Fields,
}).partial()
export type ProfileInput = z.infer<typeof ProfileInput>

/** Refersion's rules for a password, which are also ours. */
const Password = z.string('must be a string')
  .min(9, 'should be at least 9 characters long').max(72, 'should not be longer than 72 characters')
  .refine((text) => [/\p{N}/u, /\p{Lu}/u, /\p{Ll}/u, /[^\p{L}\p{N}]/u].every((kind) => kind.test(text)), 'should have at least 1 number, 1 uppercase letter, 1 lowercase letter and 1 symbol')
  .refine((text) => !/(.)\1{3}/su.test(text), "can't have the same character repeated more than 3 times in a row")

export const AffiliateInput = z.object({
  /** Without one, the merchant's oldest that is open. */
  campaign: Named.optional(),
  /** Several at once, in place of one. */
  campaigns: z.array(Named, 'must be a list').min(1, 'must name at least one').optional(),
  email: Email,
  name: Name.optional(),
  code: Code.optional(),
  coupon: TriggerText.optional(),
  status: Status.optional(),
  payoutEmail: Email.optional(),
  profile: ProfileInput.optional(),
  password: Password.optional(),
  /** What becomes of one who is known by this address: another campaign for them, or a refusal. */
  known: z.enum(['enrol', 'refuse'], 'must be enrol or refuse').default('enrol'),
}).refine(({ email, password }) => password?.toLowerCase() !== email.toLowerCase(), { path: ['password'], error: "can't be the same as the e-mail" })
export type AffiliateInput = z.input<typeof AffiliateInput>

export const AffiliateChange = z.object({
  status: Status.optional(),
  /** Why, in words for the affiliate; with a status. */
  reason: Line.optional(),
  email: Email.optional(),
  /** First and last name in one. */
  name: Name.optional(),
  profile: ProfileInput.optional(),
  payoutEmail: Email.optional(),
  code: Code.optional(),
  /** Campaigns to join and to leave. */
  enrol: Named.optional(),
  leave: Named.optional(),
  /** The one campaign that they are in from now on. */
  move: Named.optional(),
  /** All that they are in from now on. */
  campaigns: z.array(Named, 'must be a list').optional(),
}).refine(saysSomething, 'give at least one thing to change')
export type AffiliateChange = z.infer<typeof AffiliateChange>

export const TriggerInput = z.object({
  coupon: TriggerText.optional(),
  sku: TriggerText.optional(),
  email: Email.optional(),
  affiliate: Named,
  campaign: Named.optional(),
})
export type TriggerInput = z.infer<typeof TriggerInput>

/** From when on an assignment is to have held. */
export const Since = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-01T00:00:00Z' })

/** Whose and what rate it is, in one campaign: an affiliate's, a SKU's, or an affiliate's for a SKU. */
export const RateScopeInput = z.object({ campaign: Named, affiliate: Named.optional(), sku: TriggerText.optional() })
export type RateScopeInput = z.infer<typeof RateScopeInput>

export const SpecialRateInput = z.object({ ...RateScopeInput.shape, ...RateInput.shape })
export type SpecialRateInput = z.infer<typeof SpecialRateInput>

export const SiteInput = z.object({ host: Host })
export type SiteInput = z.infer<typeof SiteInput>

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    // The constructor's only failure: it does not know the zone.
    return false
  }
}

/** Names and texts, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, held]) => [name, ...textsIn(held)]) : []
}
