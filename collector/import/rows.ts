import type { Mode } from '../../shared/domain.ts'
import { invalid } from '../../shared/errors.ts'
import type { ImportedCommission, ImportedState } from '../../shared/engine/imported.ts'
import { currencyOf } from '../../shared/engine/money.ts'
import { ImportedClickRow, ImportedConversionRow, ImportedPayoutRow } from '../../shared/wire/import.ts'
import { AffiliateInput } from '../../shared/wire/settings.ts'
import { valid } from '../http/body.ts'
import { foreignKey, type AffiliateName } from '../service/import-names.ts'
import type { ToldAffiliate } from '../service/import-affiliates.ts'
import type { ToldClick, ToldConversion, ToldPayout } from '../service/imports.ts'
import { cellOf, type Layout } from './columns.ts'
import type { Row } from './row.ts'
import { affiliateState, commissionState, isYes, kindOf, payoutState } from './states.ts'
import { amountIn, endOf, timeIn, type DayOrder, type Told } from './values.ts'
import { columnKey, type Vendor } from './vendor.ts'

/** How a file's values are read. */
export interface Reading {
  vendor: Vendor
  layout: Layout
  /** The merchant's, where the file names none. */
  currency: string
  timezone: string
  nowMs: number
  days: DayOrder
  amounts: 'major' | 'minor'
  /** The campaign of all rows; undefined is what each row says, or the affiliate's own. */
  campaign: string | undefined
  /** What was paid is booked as paid at once. */
  paysAtOnce: boolean
}

/** The texts of a row by field; throws `INVALID` for a row that the vendor's map refuses. */
function textsOf({ vendor, layout }: Reading, row: Row): Record<string, string | undefined> {
  const only: Readonly<Record<string, { values: readonly string[]; why: string }>> = vendor.files[layout.noun]?.only ?? {}
  for (const [column, { values, why }] of Object.entries(only)) {
    const held = row.values.get(columnKey(column))?.trim().toLowerCase()
    if (held !== undefined && held !== '' && !values.includes(held)) throw invalid(column, why)
  }
  return Object.fromEntries([...layout.keys.keys()].map((field) => [field, cellOf(layout, row, field)?.text]))
}

function amountOf(reading: Reading, row: Row, { field, currency }: { field: string; currency: string }): number | undefined {
  const cell = cellOf(reading.layout, row, field)
  if (cell === undefined) return undefined
  const { vendor: { files }, layout: { noun } } = reading
  const isMinor = /(cents|minor)$/.test(cell.key) || (files[noun]?.minor?.some((column) => columnKey(column) === cell.key) ?? false)
  return amountIn(cell.text, { unit: isMinor ? 'minor' : reading.amounts, currency, field })
}

const timeOf = ({ timezone, nowMs, days }: Reading, text: string, field: string): Told => timeIn(text, { field, timezone, nowMs, days })

const modeOf = (test: string | undefined): Mode => (test !== undefined && isYes(test, 'test') ? 'test' : 'live')

const nameOf = ({ affiliate_id: id, affiliate_code: code, affiliate_email: email }: Pick<ImportedPayoutRow, 'affiliate_id' | 'affiliate_code' | 'affiliate_email'>): AffiliateName | null =>
  (id === undefined && code === undefined && email === undefined ? null : { id, code, email })

/** An affiliate, as the API would be told of them; throws `INVALID` with the field. */
export function affiliateIn(reading: Reading, row: Row): ToldAffiliate {
  const { id, state, campaign, first_name: firstName, last_name: lastName, company, phone, country, payout_email: payoutEmail, ...texts } = textsOf(reading, row)
  const profile = Object.fromEntries(Object.entries({ firstName, lastName, company, phone, country, customFields: id === undefined ? undefined : { [foreignKey(reading.vendor.name)]: id } }).filter(([, value]) => value !== undefined))
  const input = valid(AffiliateInput, { ...texts, payoutEmail, ...(state === undefined ? {} : { status: affiliateState(state) }), profile })
  return { id, campaign: reading.campaign ?? campaign, input }
}

export function clickIn(reading: Reading, row: Row): ToldClick {
  const { at, test, user_agent: userAgent, ...click } = valid(ImportedClickRow, textsOf(reading, row))
  return { ...click, userAgent, atMs: timeOf(reading, at, 'at').atMs, mode: modeOf(test) }
}

/** An order with what its affiliate earned; throws `INVALID` with the field. */
export function conversionIn(reading: Reading, row: Row): ToldConversion {
  const texts = valid(ImportedConversionRow, textsOf(reading, row))
  const currency = currencyOf(texts.currency ?? reading.currency)
  const amount = (field: string): number | undefined => amountOf(reading, row, { field, currency })
  const time = (text: string | undefined, field: string): number | undefined => (text === undefined ? undefined : timeOf(reading, text, field).atMs)
  if (texts.commission_currency !== undefined && currencyOf(texts.commission_currency, 'commission_currency') !== currency) throw invalid('commission_currency', `is not the order's ${currency}: nothing is converted`)

  const occurredAtMs = timeOf(reading, texts.at, 'at').atMs
  const kind = kindOf(texts.kind ?? 'sale')
  const state = stateOf(texts, reading)
  const affiliate = nameOf(texts)
  const told = amount('commission')
  const total = amount('amount')
  const refunded = amount('refunded')
  const { minor, isAllTaken } = leftOf(told, { taken: amount('commission_refunded') ?? 0, refunded: refunded ?? 0, total: total ?? 0 })
  if (affiliate !== null && minor === undefined) throw invalid('commission', 'is needed where there is an affiliate')
  if (affiliate === null && (told ?? 0) > 0) throw invalid('affiliate_email', 'is needed where there is a commission')
  if (total === undefined && kind === 'sale') throw invalid('amount', 'is needed for a sale')
  const isRefunded = state === 'refunded' || (isAllTaken && state !== 'denied' && state !== 'unqualified')
  const refundedAtMs = time(texts.refunded_at, 'refunded_at') ?? null
  const paidAtMs = time(timeText(texts.paid_at), 'paid_at') ?? null
  return {
    order: texts.order ?? texts.id ?? '', kind, mode: modeOf(texts.test), amount: { minor: total ?? 0, currency }, occurredAtMs, bookedAtMs: time(texts.booked_at, 'booked_at') ?? occurredAtMs,
    subscription: texts.subscription ?? null, email: texts.email, customer: texts.customer,
    refundedMinor: isRefunded ? null : refunded ?? 0, refundedAtMs,
    affiliate, campaign: reading.campaign ?? texts.campaign,
    commission: minor === undefined ? null : { id: texts.id ?? null, minor, payout: texts.payout ?? null, ...paymentOf(state, { paidAtMs, refundedAtMs, occurredAtMs, gaveBack: isRefunded || (refunded ?? 0) > 0 }, reading) },
  }
}

/**
 * What of a commission a file says was taken back was taken: it counts as it stands, and all of it as a refund of the order.
 * Where the order's refund is told too, that takes it: then both must say the same, but for rounding.
 */
function leftOf(told: number | undefined, { taken, refunded, total }: { taken: number; refunded: number; total: number }): { minor: number | undefined; isAllTaken: boolean } {
  if (told === undefined || taken === 0) return { minor: told, isAllTaken: false }
  if (taken > told) throw invalid('commission_refunded', 'is more than the commission')
  if (refunded > 0 && taken !== told) {
    const apart = BigInt(taken) * BigInt(total) - BigInt(told) * BigInt(refunded)
    if (apart >= BigInt(total) || -apart >= BigInt(total)) throw invalid('commission_refunded', 'is not the part of the commission that "refunded" is of the amount: leave one of them out')
    return { minor: told, isAllTaken: false }
  }
  return taken === told ? { minor: told, isAllTaken: true } : { minor: told - taken, isAllTaken: false }
}

/** How a commission stands, and when it was paid: what was paid before something was given back was paid in full. */
function paymentOf(state: ImportedState | 'refunded', { paidAtMs, refundedAtMs, occurredAtMs, gaveBack }: { paidAtMs: number | null; refundedAtMs: number | null; occurredAtMs: number; gaveBack: boolean }, { paysAtOnce }: Reading): Pick<ImportedCommission, 'state' | 'paidAtMs' | 'waits'> {
  if (state === 'paid' && gaveBack && refundedAtMs !== null && paidAtMs === null) throw invalid('paid_at', 'is needed beside refunded_at: it tells whether what was given back was paid before')
  const isPaidBefore = gaveBack && paidAtMs !== null && refundedAtMs !== null && refundedAtMs > paidAtMs
  if (state === 'refunded') return { state: isPaidBefore ? 'paid' : 'pending', paidAtMs, waits: isPaidBefore && !paysAtOnce }
  return { state, paidAtMs: paidAtMs ?? (paysAtOnce ? occurredAtMs : null), waits: state === 'paid' && !paysAtOnce }
}

/** A state with what columns of their own say of payment, and of why it was rejected. */
function stateOf({ state, reason, paid, paid_at: paidAt }: ImportedConversionRow, { vendor }: Reading): ImportedState | 'refunded' {
  // Where nothing is said, nobody is to be paid before a person has looked.
  const said = state === undefined ? 'pending' : commissionState(state, vendor)
  if (said === 'denied' || said === 'unqualified') return reason !== undefined && /^refund/i.test(reason) ? 'refunded' : reason !== undefined && /^unqualified/i.test(reason) ? 'unqualified' : said
  const isPaid = said !== 'refunded' && ((paid !== undefined && isYes(paid, 'paid')) || timeText(paidAt) !== undefined)
  return isPaid ? 'paid' : said
}

/** Some files write a zero or a dash where there is no time. */
const timeText = (text: string | undefined): string | undefined => (text === undefined || /^(0|-|null|none|n\/a)$/i.test(text) ? undefined : text)

/** A payment; undefined for one that was not made yet. Throws `INVALID` with the field. */
export function payoutIn(reading: Reading, row: Row): ToldPayout | undefined {
  const texts = valid(ImportedPayoutRow, textsOf(reading, row))
  if (payoutState(texts.state ?? 'paid') === 'open') return undefined
  const affiliate = nameOf(texts)
  if (affiliate === null) throw invalid('affiliate_email', 'is needed')
  if (texts.at === undefined) throw invalid('at', 'is needed')
  const currency = currencyOf(texts.currency ?? reading.currency)
  const minor = amountOf(reading, row, { field: 'amount', currency }) ?? 0
  if (minor === 0) throw invalid('amount', 'must not be 0')
  const at = timeOf(reading, texts.at, 'at')
  return { name: texts.id, affiliate, mode: modeOf(texts.test), currency, minor, paidAtMs: at.atMs, untilMs: endOf(at), method: texts.method ?? null }
}
