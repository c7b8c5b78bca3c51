import { hash } from 'node:crypto'
import type { Commission, Conversion, ConversionKind, IdentifierKind, Money } from '../../../shared/domain.ts'
import { DomainError, invalid } from '../../../shared/errors.ts'
import { paidMinor } from '../../../shared/engine/payout.ts'
import { canonicalId } from '../../../shared/engine/ids.ts'
import { conversionStatus } from '../../../shared/engine/lifecycle.ts'
import { amountLeft } from '../../../shared/engine/refund.ts'
import { currencyOf, fromMajor, toMajor, toMinor } from '../../../shared/engine/money.ts'
import { seenBy } from '../../http/auth.ts'
import { kept, memberText, type JsonNumber } from '../../http/json.ts'
import { customerHash, emailHash, type IdentityOf } from '../../service/identity.ts'
import type { OrderReport } from '../../service/conversions.ts'
import { largestShare } from '../../service/largest-share.ts'
import { shownStatus } from '../../service/commission-view.ts'
import type { ApiKey } from '../../store/keys.ts'
import type { ListedCommission } from '../../store/pages.ts'
import type { PayoutView } from '../../service/payouts.ts'
import type { RefundInput, RefundView } from '../../service/refunds.ts'
import type { PostbackBody, RefundBody, TrackBody } from './schema.ts'

const KINDS: Record<PostbackBody['conversionType'], ConversionKind> = { SALE: 'sale', LEAD: 'lead', TRIAL: 'trial', CUSTOM: 'custom' }

interface Call<B> {
  key: ApiKey
  body: B
  text: string
  identityOf: IdentityOf
}

/** `track`: major units, as decimal text. */
export const fromTrack = (call: Call<TrackBody>): OrderReport => tracked(call, fromMajor(call.body.amount.source, currencyOf(call.body.currency)))

/** The unversioned `track`: minor units, as an integer. */
export const fromOldTrack = (call: Call<TrackBody>): OrderReport => tracked(call, { minor: minorOf(call.body.amount), currency: currencyOf(call.body.currency) })

/** A sale must have a value. */
function tracked({ key, body, text, identityOf }: Call<TrackBody>, amount: Money): OrderReport {
  if (amount.minor <= 0) throw invalid('amount', 'must be more than 0')
  return {
    ...ownerOf(key, body), kind: 'sale', amount, externalId: body.orderId ?? body.metadata?.orderId ?? null, subscriptionId: body.subscriptionId ?? null, metadata: memberText(text, 'metadata') ?? null,
    identifiers: identifiersOf({
      session: [body.sessionId], click: [body.clickId],
      identity: [body.customerEmailHash && identityOf(key.merchantId, body.customerEmailHash)],
    }),
  }
}

/** `postback`: minor units, as an integer; only a sale must have a value. */
export function fromPostback({ key, body, text, identityOf }: Call<PostbackBody>): OrderReport {
  const kind = KINDS[body.conversionType]
  const amount = { minor: minorOf(body.amount), currency: currencyOf(body.currency) }
  if (amount.minor < 0 || (amount.minor === 0 && kind === 'sale')) throw invalid('amount', kind === 'sale' ? 'must be more than 0' : 'must not be negative')
  const hashOfEmail = body.customerEmailHash ?? (body.customerEmail && emailHash(body.customerEmail))
  return {
    ...ownerOf(key, body), kind, amount, externalId: body.externalId, subscriptionId: body.subscriptionId ?? null, metadata: memberText(text, 'metadata') ?? null,
    identifiers: identifiersOf({
      session: [body.sessionId, body.rcsid], click: [body.clickId, body.cid], code: [body.affiliateCode?.toLowerCase()],
      identity: [hashOfEmail && identityOf(key.merchantId, hashOfEmail)], customer: [body.customerId && identityOf(key.merchantId, customerHash(body.customerId))],
    }),
  }
}

/** A whole number of minor units; anything with a decimal point is taken for major units sent by mistake, and refused. */
export function minorOf({ source }: JsonNumber): number {
  if (!/^-?\d+$/.test(source)) throw new DomainError('UNPROCESSABLE', `amount: must be a whole number of minor units, not ${source.slice(0, 40)}`, { issues: [{ path: ['amount'], message: 'must be a whole number of minor units' }] })
  return toMinor(BigInt(source))
}

const ownerOf = (key: ApiKey, { isSynthetic }: { isSynthetic: boolean }): Pick<OrderReport, 'merchantId' | 'mode'> => ({ merchantId: key.merchantId, mode: isSynthetic ? 'test' : key.mode })

function identifiersOf(named: Partial<Record<IdentifierKind, (string | undefined)[]>>): OrderReport['identifiers'] {
  return Object.entries(named).flatMap(([kind, values]) => [...new Set(values)].flatMap((value) => (value === undefined || value === '' ? [] : { kind: kind as IdentifierKind, value: canonicalId(value) })))
}

/** What `track` answers: the conversion as it stands, its amount in major units as an exact number. */
export function toTracked(conversion: Conversion): Record<string, unknown> {
  const { order, attributed } = conversion
  const share = largestShare(conversion.commissions)
  return {
    id: order.id, amount: JSON.rawJSON(toMajor(order.amount)), currency: order.amount.currency, status: conversionStatus(conversion.commissions, attributed), createdAt: new Date(order.receivedAtMs).toISOString(),
    attributed, affiliateId: share?.affiliateId ?? null, commissionId: share?.commission.id ?? null, shared: share?.isShared ?? false,
  }
}

/** The same with the amount in minor units, as the call sent it. */
export const toOldTracked = (conversion: Conversion): Record<string, unknown> => ({ ...toTracked(conversion), amount: conversion.order.amount.minor })

/** A conversion in a list: as `track` answers it, with all who earn from it; `…Minor` and commissions are in minor units. */
export function toListed(conversion: Conversion & { commissions: (Commission & { number: number })[] }): Record<string, unknown> {
  const { order, commissions } = conversion
  return {
    ...toTracked(conversion), externalId: order.externalId, conversionType: order.kind.toUpperCase(), amountMinor: order.amount.minor, refundedAmountMinor: order.amount.minor - amountLeft(conversion), isSynthetic: order.mode === 'test',
    occurredAt: new Date(order.occurredAtMs).toISOString(), metadata: order.metadata === null ? null : kept(order.metadata), commissions: commissions.map(toCommission),
  }
}

/** A commission; amounts are in minor units, `amount` as it stands before refunds. */
export function toCommission({ id, affiliateId, campaignId, conversionId, totalMinor, clawedMinor, amount: { currency }, status, reason, bookedAtMs }: Commission): Record<string, unknown> {
  return { id, affiliateId, campaignId, conversionId, amount: totalMinor, refundedAmount: clawedMinor, currency, status: shownStatus(status), reason, createdAt: new Date(bookedAtMs).toISOString() }
}

/** A commission as it was adjusted, with the credit that a raise of one became that a payout held already. */
export const toAdjusted = ({ commission, raise }: { commission: Commission; raise: Commission | undefined }): Record<string, unknown> => ({ ...toCommission(commission), raise: raise === undefined ? null : toCommission(raise) })

/** The same in a list of its own, with the order that it is of. */
export const toListedCommission = ({ commission, order, paidAtMs }: ListedCommission): Record<string, unknown> =>
  ({ ...toCommission(commission), externalId: order?.externalId ?? null, paidAt: paidAtMs === null ? null : new Date(paidAtMs).toISOString() })

/** What `postback` answers; `commissionAmount` is what remains of the largest share, in minor units. */
export function toPostedBack(conversion: Conversion): Record<string, unknown> {
  const share = largestShare(conversion.commissions)
  return {
    success: true, conversionId: conversion.order.id, commissionId: share?.commission.id ?? null, commissionAmount: share?.minor ?? 0,
    attributed: conversion.attributed, status: conversionStatus(conversion.commissions, conversion.attributed), shared: share?.isShared ?? false,
  }
}

/** `refund`: minor units; an equal repeat is the same refund (ENGINE section 4, rule 6). */
export function fromRefund(key: ApiKey, { externalId, amount, reason }: RefundBody, idempotencyKey: string): RefundInput {
  const minor = amount === undefined ? undefined : minorOf(amount)
  if (minor !== undefined && minor <= 0) throw invalid('amount', 'must be more than 0')
  return {
    // Of two orders with this id the key's own is meant.
    merchantId: key.merchantId, mode: seenBy(key), order: externalId, by: 'externalId', reason,
    key: idempotencyKey === '' ? `refcampaign:${hash('sha256', JSON.stringify([externalId, minor ?? null, reason ?? null]))}` : `key:${idempotencyKey}`,
    request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }),
  }
}

export function toRefunded({ conversion, created }: RefundView): Record<string, unknown> {
  return { success: true, conversionId: conversion.order.id, alreadyRefunded: !created, ...(created ? {} : { message: 'Conversion already refunded' }) }
}

const PAYOUT_STATUS = { OPEN: 'PENDING', PAID: 'PAID', CANCELLED: 'CANCELLED', UNDONE: 'CANCELLED' } as const
/** The other way: an undone payment is a cancelled payout, outside. */
export const PAYOUT_FILTER = { PENDING: 'OPEN', PAID: 'PAID', CANCELLED: 'CANCELLED' } as const

/** A payout; amounts are in minor units. */
export function toPayout({ id, affiliateId, currency, method, status, grossMinor, nettedMinor, commissionIds, madeAtMs, paidAtMs }: PayoutView): Record<string, unknown> {
  return {
    id, affiliateId, amount: paidMinor({ grossMinor, nettedMinor }), grossAmount: grossMinor, debtAmount: nettedMinor, currency, method, status: PAYOUT_STATUS[status], commissionIds,
    createdAt: new Date(madeAtMs).toISOString(), paidAt: paidAtMs === null ? null : new Date(paidAtMs).toISOString(),
  }
}
