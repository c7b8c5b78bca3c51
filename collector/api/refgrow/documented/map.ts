import type { Commission, Conversion } from '../../../../shared/domain.ts'
import { DomainError, invalid } from '../../../../shared/errors.ts'
import { canonicalId } from '../../../../shared/engine/ids.ts'
import { fromMajor, halfUp, majorText, rational, toMajor } from '../../../../shared/engine/money.ts'
import type { Settings } from '../../../../shared/engine/settings.ts'
import { affiliateNumbered } from '../../../service/affiliate-names.ts'
import type { AffiliateView } from '../../../service/affiliates.ts'
import { shownStatus } from '../../../service/commission-view.ts'
import type { OrderReport } from '../../../service/conversions.ts'
import { emailHash, type IdentityOf } from '../../../service/identity.ts'
import { largestShare } from '../../../service/largest-share.ts'
import { itemsWithin } from '../../../service/orders.ts'
import type { ApiKey } from '../../../store/keys.ts'
import type { AffiliateTotals } from '../../../store/totals.ts'
import { codeShown } from '../codes.ts'
import type { ConvertBody } from './schema.ts'

const ID_DIGITS = 6
const idOf = (prefix: string, number: number): string => `${prefix}_${String(number).padStart(ID_DIGITS, '0')}`
/** A click's id, outside. */
export const clickIdOf = (id: string): string => `click_${id}`

/** The number in an id of a kind; undefined for one that we never gave. */
export function numberIn(prefix: string, id: string): number | undefined {
  const digits = id.startsWith(`${prefix}_`) ? id.slice(prefix.length + 1) : ''
  return /^\d{1,15}$/.test(digits) && idOf(prefix, Number(digits)) === id ? Number(digits) : undefined
}

/** The affiliate of an id, by our own; throws `INVALID` for what is no such id and `NOT_FOUND` for an unknown one. */
export function affiliateIn(settings: Settings, id: string): string {
  if (!id.startsWith('aff_')) throw new DomainError('INVALID', 'Invalid affiliate ID format', { issues: [{ path: ['affiliateId'], message: "must be a string beginning with 'aff_'" }] })
  return affiliateNumbered(settings, numberIn('aff', id) ?? 0).id
}

/** An affiliate's id, outside. */
export const affiliateIdOf = (settings: Settings, affiliateId: string): string => idOf('aff', settings.affiliates.get(affiliateId)?.number ?? 0)

/** To the second, as the documents have it. */
export const instantOf = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19)}Z`

const STATUS = { ACTIVE: 'active', PENDING: 'pending', DENIED: 'blocked', DISABLED: 'blocked' } as const
export const STATUS_FILTER = { active: ['ACTIVE'], pending: ['PENDING'], blocked: ['DENIED', 'DISABLED'] } as const

/** What every answer about an affiliate says of them. */
export const toCreated = ({ number, email, name, status, createdAtMs }: AffiliateView): Record<string, unknown> => ({ id: idOf('aff', number), email, name, status: STATUS[status], createdAt: instantOf(createdAtMs) })

/** An affiliate with what they earned in the merchant's currency: pending is all that is not paid yet. */
export function toListed(view: AffiliateView, totals: AffiliateTotals | undefined, currency: string): Record<string, unknown> {
  const { clicks, sales, leads, others, pendingMinor, approvedMinor, paidMinor } = totals ?? NOTHING
  const money = (minor: bigint): unknown => JSON.rawJSON(majorText(minor, currency))
  const conversions = sales + leads + others
  return {
    ...toCreated(view), totalEarnings: money(pendingMinor + approvedMinor + paidMinor), pendingEarnings: money(pendingMinor + approvedMinor), paidEarnings: money(paidMinor),
    conversionRate: clicks === 0 ? 0 : Number(halfUp(rational(BigInt(conversions) * 100n, BigInt(clicks)))) / 100, clickCount: clicks, conversionCount: conversions,
  }
}
const NOTHING: Omit<AffiliateTotals, 'nextApprovableAtMs'> = { clicks: 0, sales: 0, leads: 0, others: 0, pendingMinor: 0n, approvedMinor: 0n, paidMinor: 0n }

/** The same with their code, and how they want to be paid. */
export const toDetailed = (view: AffiliateView, totals: AffiliateTotals | undefined, currency: string): Record<string, unknown> =>
  ({ ...toListed(view, totals, currency), referralCode: view.code, paymentMethod: view.profile.payoutMethod || null, paymentDetails: view.payoutEmail })

/** A sale in the merchant's currency, which this API never names. */
export function fromConvert({ key: { merchantId, mode }, body, currency, identityOf }: { key: ApiKey; body: ConvertBody; currency: string; identityOf: IdentityOf }): OrderReport {
  const { clickId, referralCode, amount: text, orderId, customer, products } = body
  const amount = fromMajor(text, currency)
  if (amount.minor < 0) throw invalid('amount', 'must not be negative')
  return {
    merchantId, mode, kind: 'sale', externalId: orderId ?? null, amount, metadata: null, ...(products === undefined ? {} : itemsWithin(products, amount)),
    identifiers: [
      ...(clickId === undefined ? [] : [{ kind: 'click', value: canonicalId(clickId) } as const]),
      ...(referralCode === undefined ? [] : [{ kind: 'code', value: referralCode.toLowerCase() } as const]),
      ...(customer?.email ? [{ kind: 'identity', value: identityOf(merchantId, emailHash(customer.email)) } as const] : []),
    ],
  }
}

/** The conversion as it stands, so that a repeat is answered equally; that nobody or several won it is said where it is so. */
export function toConverted({ order, attributed, identifiers, commissions, number }: Conversion & { number: number }, settings: Settings): Record<string, unknown> {
  const share = largestShare(commissions)
  return {
    conversionId: idOf('conv', number), affiliateId: share === undefined ? null : affiliateIdOf(settings, share.affiliateId), referralCode: codeShown(settings, share?.affiliateId, identifiers),
    amount: JSON.rawJSON(toMajor(order.amount)), commission: JSON.rawJSON(toMajor({ minor: share?.minor ?? 0, currency: order.amount.currency })), orderId: order.externalId, timestamp: instantOf(order.receivedAtMs),
    ...(attributed ? {} : { attributed }), ...(share?.isShared ? { shared: true } : {}),
  }
}

export interface ShownCommission {
  commission: Commission & { number: number }
  order: Conversion['order'] | null
  paidAtMs: number | null
  /** Only an update tells when it was. */
  updatedAtMs?: number
}

/** A commission; its amount is what refunds have left of it. */
export const toCommission = ({ commission, order, paidAtMs, updatedAtMs }: ShownCommission, settings: Settings): Record<string, unknown> => ({
  id: idOf('comm', commission.number), affiliateId: affiliateIdOf(settings, commission.affiliateId), orderId: order?.externalId ?? null,
  amount: JSON.rawJSON(toMajor({ minor: commission.totalMinor - commission.clawedMinor, currency: commission.amount.currency })), status: shownStatus(commission.status).toLowerCase(), createdAt: instantOf(commission.bookedAtMs),
  ...(updatedAtMs === undefined ? {} : { updatedAt: instantOf(updatedAtMs) }), paidAt: paidAtMs === null ? null : instantOf(paidAtMs), conversionAmount: order === null ? null : JSON.rawJSON(toMajor(order.amount)),
})
