import type { Conversion, Money } from '../../../../shared/domain.ts'
import { invalid } from '../../../../shared/errors.ts'
import { conversionStatus } from '../../../../shared/engine/lifecycle.ts'
import { currencyOf, fromMajor, majorText, toMajor } from '../../../../shared/engine/money.ts'
import { amountLeft } from '../../../../shared/engine/refund.ts'
import { policyOf, termsOf, triggerValue, type Settings } from '../../../../shared/engine/settings.ts'
import { startOfDay } from '../../../../shared/engine/time.ts'
import { DAY_MS } from '../../../../shared/limits.ts'
import { affiliateNumbered } from '../../../service/affiliate-names.ts'
import type { AffiliateView } from '../../../service/affiliates.ts'
import type { OrderReport } from '../../../service/conversions.ts'
import type { CouponView } from '../../../service/coupons.ts'
import { emailHash, type IdentityOf } from '../../../service/identity.ts'
import { largestShare } from '../../../service/largest-share.ts'
import type { ApiKey } from '../../../store/keys.ts'
import type { AffiliateTotals } from '../../../store/totals.ts'
import type { ReferralRecord } from '../../../store/referrals.ts'
import { codeShown } from '../codes.ts'
import type { ConversionBody, ConversionQuery } from './schema.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()
const numberIn = (settings: Settings, affiliateId: string | null | undefined): number | null => (affiliateId ? (settings.affiliates.get(affiliateId)?.number ?? null) : null)
const codeIn = (settings: Settings, affiliateId: string | null): string | null => (affiliateId === null ? null : (settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? null))

/** What an affiliate earned, as texts; what is eligible and what is held only where a campaign holds commissions. */
export function toTotals(totals: AffiliateTotals | undefined, settings: Settings, nowMs: number): Record<string, unknown> {
  const { clicks = 0, leads = 0, sales = 0, pendingMinor = 0n, approvedMinor = 0n, paidMinor = 0n, nextApprovableAtMs = null } = totals ?? {}
  const money = (minor: bigint): string => majorText(minor, settings.merchant.currency)
  const isHeld = [...settings.campaigns.values()].some((campaign) => (policyOf(campaign, nowMs).value.holdDays ?? 0) > 0)
  const held = { eligible_earnings: money(approvedMinor), held_earnings: money(pendingMinor), next_release_date: nextApprovableAtMs === null ? null : iso(nextApprovableAtMs) }
  return { clicks, signups: leads, purchases: sales, unpaid_earnings: money(pendingMinor + approvedMinor), total_earnings: money(pendingMinor + approvedMinor + paidMinor), ...(isHeld ? held : {}) }
}

export const ACTIVITY_FILTER = { active: ['ACTIVE'], inactive: ['PENDING', 'DENIED', 'DISABLED'] } as const

/** An affiliate; all who are not active are inactive. */
export const toAffiliate = ({ number, email, code, createdAtMs, status, profile }: AffiliateView, totals: Record<string, unknown>): Record<string, unknown> =>
  ({ id: number, user_email: email, referral_code: code, created_at: iso(createdAtMs), status: status === 'ACTIVE' ? 'active' : 'inactive', ...totals, partner_slug: profile.partnerSlug || null })

/** A customer who was referred. */
export const toReferral = ({ number, email, status, convertedAtMs, createdAtMs, affiliateId }: ReferralRecord, settings: Settings): Record<string, unknown> => ({
  id: number, user_email: email, conversion_status: status, conversion_date: convertedAtMs === null ? null : iso(convertedAtMs), created_at: iso(createdAtMs),
  affiliate_id: numberIn(settings, affiliateId), affiliate_code: codeIn(settings, affiliateId),
})

/** A coupon, with whom it credits. */
export const toCoupon = ({ number, code, affiliateId, active, stripeCouponId, lemonsqueezyDiscountCode, createdAtMs }: CouponView, settings: Settings): Record<string, unknown> => ({
  id: number, project_id: settings.merchant.id, affiliate_id: numberIn(settings, affiliateId), coupon_code: code, stripe_coupon_id: stripeCouponId, lemonsqueezy_discount_code: lemonsqueezyDiscountCode,
  status: active ? 'active' : 'inactive', created_at: iso(createdAtMs), affiliate_email: settings.affiliates.get(affiliateId)?.email ?? null, affiliate_referral_code: codeIn(settings, affiliateId),
})

/** What an order is called here. */
const KIND = { purchase: 'sale', signup: 'lead' } as const
/** What is no sale is a signup to this API. */
export const KINDS = { purchase: ['sale'], signup: ['lead', 'trial', 'custom'] } as const

interface Telling {
  key: ApiKey
  body: ConversionBody
  settings: Settings
  identityOf: IdentityOf
  /** The customer that the call names by number. */
  referred: ReferralRecord | undefined
}

/** An order: `base_value` is what was paid, `value` what is earned of it where the call says so itself. */
export function fromConversion({ key: { merchantId, mode }, body, settings, identityOf, referred }: Telling): OrderReport {
  const currency = currencyOf(body.base_value_currency ?? settings.merchant.currency, 'base_value_currency')
  const amountIn = (text: string, field: 'base_value' | 'value'): Money => {
    const amount = fromMajor(text, currency, field)
    if (amount.minor < 0) throw invalid(field, 'must not be negative')
    return amount
  }
  const amount = amountIn(body.base_value ?? '0', 'base_value')
  const commissionMinor = body.value === undefined || body.value === null ? null : amountIn(body.value, 'value').minor
  const affiliate = body.affiliate_id === undefined || body.affiliate_id === null ? undefined : affiliateNumbered(settings, body.affiliate_id)
  return {
    merchantId, mode, kind: KIND[body.type], externalId: body.reference ?? null, amount, metadata: null, commissionMinor,
    identifiers: [
      ...(affiliate === undefined ? [] : [{ kind: 'affiliate', value: affiliate.id } as const]),
      ...(affiliate === undefined && body.referral_code ? [{ kind: 'code', value: body.referral_code.toLowerCase() } as const] : []),
      ...(body.coupon_code_used ? [{ kind: 'coupon', value: triggerValue(body.coupon_code_used) } as const] : []),
      ...[...new Set([...(referred === undefined ? [] : [referred.identity]), ...(body.email ? [identityOf(merchantId, emailHash(body.email))] : [])])].map((value) => ({ kind: 'identity', value }) as const),
    ],
  }
}

const isDay = (text: string): boolean => text.length === 10
const dayAfter = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10)

/** Which conversions a list is of: a bare date is that whole day in the merchant's zone. */
export function filterOf({ type, affiliate_id: affiliate, paid, from, to, limit, offset }: ConversionQuery, settings: Settings, nowMs: number) {
  const { timezone } = termsOf(settings, nowMs).value
  return {
    limit, offset, kinds: type && [...KINDS[type]], paid: paid === undefined ? undefined : paid === 'true', affiliateId: affiliate === undefined ? undefined : affiliateNumbered(settings, affiliate).id,
    fromMs: from === undefined ? undefined : isDay(from) ? startOfDay(from, timezone) : Date.parse(from),
    toMs: to === undefined ? undefined : isDay(to) ? startOfDay(dayAfter(to), timezone) : Date.parse(to) + 1,
  }
}

/** By what the customer of an order is known. */
export const identitiesOf = ({ identifiers }: Conversion): string[] => identifiers.filter(({ kind }) => kind === 'identity').map(({ value }) => value)

/** A conversion as it stands, its amounts after refunds; an order of no amount has no base. */
export function toConversion(conversion: Conversion & { number: number }, settings: Settings, referred: ReadonlyMap<string, number>): Record<string, unknown> {
  const { number, order: { kind, amount: { minor, currency }, externalId, receivedAtMs }, identifiers, attributed, commissions } = conversion
  const share = largestShare(commissions)
  const money = (left: number): unknown => JSON.rawJSON(toMajor({ minor: left, currency }))
  const [customer = null] = identitiesOf(conversion).flatMap((identity) => referred.get(identity) ?? [])
  return {
    id: number, project_id: settings.merchant.id, type: kind === 'sale' ? 'purchase' : 'signup',
    value: money(share?.minor ?? 0), base_value: minor === 0 ? null : money(amountLeft(conversion)), base_value_currency: currency,
    affiliate_id: numberIn(settings, share?.affiliateId), referral_code: codeShown(settings, share?.affiliateId, identifiers), referred_user_id: customer,
    paid: conversionStatus(commissions, attributed) === 'PAID', reference: externalId, coupon_code_used: identifiers.find((identifier) => identifier.kind === 'coupon')?.value ?? null,
    url: null, created_at: iso(receivedAtMs),
    ...(share?.isShared ? { shared: true } : {}),
  }
}
