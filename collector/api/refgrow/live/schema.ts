import { z } from 'zod'
import { TRIGGER_CHARS } from '../../../../shared/limits.ts'
import { AffiliateCode, idText } from '../../../../shared/wire/text.ts'
import { AffiliateChange, AffiliateInput, ProfileInput } from '../../../../shared/wire/settings.ts'
import { JsonNumber } from '../../../http/json.ts'
import { REFERRAL_STATUSES } from '../../../service/referrals.ts'
import { Email } from '../../../../shared/wire/email.ts'
import { Amount, Id, PAGE_ROWS, whole } from '../fields.ts'

const MOST_ROWS = 500
/** More than a page holds is brought down to it, not refused. */
const page = { limit: whole(1).describe(`Rows of a page; more than ${MOST_ROWS} is brought down to it.`).transform((limit) => Math.min(limit, MOST_ROWS)).default(PAGE_ROWS), offset: whole(0).default(0) }
const word = <const W extends readonly [string, ...string[]]>(words: W) => z.enum(words, `must be one of: ${words.join(', ')}`)
const Activity = word(['active', 'inactive'])
const Type = word(['signup', 'purchase'])
const Truth = z.boolean('must be true or false')
/** A change that changes nothing is a mistake. */
const saysSomething = (change: object): boolean => Object.values(change).some((value) => value !== undefined)
const SAYS_NOTHING = 'give at least one thing to change'

const NUMBER_RULE = 'must be a whole number'
const Numbered = z.instanceof(JsonNumber, { error: NUMBER_RULE }).meta({ type: 'integer', minimum: 0 }).transform(({ source }): string => source).pipe(z.string().regex(/^\d{1,15}$/, NUMBER_RULE)).transform(Number)

export const AffiliateQuery = z.object({ ...page, status: Activity.optional() })
const Slug = ProfileInput.shape.partnerSlug.unwrap()

export const AffiliateBody = z.object({ email: AffiliateInput.shape.email, referral_code: AffiliateInput.shape.code, partner_slug: Slug.nullish() })
export const AffiliateUpdate = z.object({
  email: AffiliateChange.shape.email, referral_code: AffiliateChange.shape.code, status: Activity.optional(), partner_slug: Slug.nullish(),
  payout_method: ProfileInput.shape.payoutMethod, paypal_email: AffiliateChange.shape.payoutEmail.describe('Where payouts go to.'),
}).refine(saysSomething, SAYS_NOTHING)
export type AffiliateUpdate = z.infer<typeof AffiliateUpdate>

const ReferralStatus = word(REFERRAL_STATUSES)
export const ReferralQuery = z.object({ ...page, affiliate_id: whole(0).optional(), status: ReferralStatus.optional() })
export const ReferralBody = z.object({ email: Email, affiliate_id: Numbered.nullish(), status: ReferralStatus.optional() })

/** A day, or an instant. */
const Time = z.union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a date such as 2026-01-01, or an instant with its offset')
export const ConversionQuery = z.object({ ...page, type: Type.optional(), affiliate_id: whole(0).optional(), paid: word(['true', 'false']).optional(), from: Time.optional(), to: Time.optional() })
export type ConversionQuery = z.infer<typeof ConversionQuery>

const Coupon = idText(TRIGGER_CHARS)
const Currency = z.string('must be a 3-letter ISO 4217 code such as EUR')
export const ConversionBody = z.object({
  type: Type,
  value: Amount.nullish().describe('What the winners earn, in major units, where the shop itself says so.'),
  base_value: Amount.nullish().describe('What was paid, in major units.'),
  base_value_currency: Currency.nullish().describe('ISO 4217 code; the merchant\'s own without one.'),
  affiliate_id: Numbered.nullish(), referral_code: AffiliateCode.nullish().describe('Counts where there is no `affiliate_id`.'),
  referred_user_id: Numbered.nullish().describe('The customer\'s referral, by its number.'), email: Email.nullish().describe('The customer\'s.'),
  paid: Truth.default(false), reference: Id.nullish().describe('The shop\'s id of the order: it is recorded once.'), coupon_code_used: Coupon.nullish(),
})
export type ConversionBody = z.infer<typeof ConversionBody>

export const ConversionUpdate = z.object({
  value: Amount.optional().describe('What the affiliate of the largest share keeps, in major units.'), base_value: Amount.nullish().describe('What is left of the order, in major units: never more than before.'),
  type: Type.optional(), paid: Truth.optional(), reference: Id.nullish(), coupon_code_used: Coupon.nullish(), base_value_currency: Currency.nullish(),
}).refine(saysSomething, SAYS_NOTHING)
export type ConversionUpdate = z.infer<typeof ConversionUpdate>

const COUPON_RULE = 'must be 3 or more letters, digits, - and _'
const CouponCode = z.string(COUPON_RULE).max(TRIGGER_CHARS, `must be at most ${TRIGGER_CHARS} characters`).regex(/^[\w-]{3,}$/, COUPON_RULE)
const elsewhere = { stripe_coupon_id: Id.nullish(), lemonsqueezy_discount_code: Id.nullish() }
export const CouponQuery = z.object({ ...page, status: Activity.optional(), affiliate_id: whole(0).optional(), coupon_code: Coupon.optional().describe('A part of the code is enough.') })
export const CouponBody = z.object({ coupon_code: CouponCode, affiliate_id: Numbered, status: Activity.optional(), ...elsewhere })
export const CouponUpdate = z.object({ coupon_code: CouponCode.optional(), affiliate_id: Numbered.optional(), status: Activity.optional(), ...elsewhere }).refine(saysSomething, SAYS_NOTHING)
export type CouponUpdate = z.infer<typeof CouponUpdate>
