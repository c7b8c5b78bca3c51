import { invalid } from '../../../shared/errors.ts'
import { ppmToPercent, toMajor } from '../../../shared/engine/money.ts'
import type { Bucket } from '../../../shared/engine/buckets.ts'
import type { CampaignPolicy, Rate, Recurring } from '../../../shared/engine/terms.ts'
import type { CampaignChange, CampaignInput } from '../../../shared/wire/settings.ts'
import type { CampaignView } from '../../service/campaigns.ts'
import type { CampaignTotals, TimelineRow } from '../../store/campaign-totals.ts'
import type { CampaignBody, CampaignChangeBody } from './campaign-schema.ts'

/** RefCampaign's window where none is named: the life of its session cookie. */
const WINDOW_DAYS = 90

/** Our fields by RefCampaign's names for them. */
export const CAMPAIGN_FIELDS = { percent: 'commissionRate', flat: 'commissionRate', recurring: 'recurringMonthsLimit', windowDays: 'attributionWindowDays', holdDays: 'autoApproveDays' }

type Type = CampaignBody['commissionType']
const typeOf = ({ kind }: Rate): Type => (kind === 'percent' ? 'PERCENTAGE' : 'FIXED')
const rateIn = (type: Type, text: string): Pick<CampaignInput, 'percent' | 'flat'> => (type === 'PERCENTAGE' ? { percent: text } : { flat: [text] })

/** A new campaign in our words. */
export function fromCampaign(body: CampaignBody): CampaignInput {
  return {
    name: body.name, landingUrl: body.landingUrl, ...rateIn(body.commissionType, body.commissionRate.source),
    recurring: recurringIn(body, 'first_payment'), windowDays: body.attributionWindowDays ?? WINDOW_DAYS, holdDays: body.autoApproveDays,
  }
}

/** A change in our words; what it does not name stays, and what it names in part is completed from what holds. */
export function fromCampaignChange(body: CampaignChangeBody, held: CampaignPolicy): CampaignChange {
  const { commissionType: type = typeOf(held.rate), commissionRate: rate } = body
  if (rate === undefined && type !== typeOf(held.rate)) throw invalid('commissionRate', 'is needed where commissionType changes')
  return {
    name: body.name, landingUrl: body.landingUrl, ...(rate === undefined ? {} : rateIn(type, rate.source)),
    recurring: recurringIn(body, held.recurring), windowDays: body.attributionWindowDays, holdDays: body.autoApproveDays,
    archived: body.status === undefined ? undefined : body.status === 'ARCHIVED',
  }
}

/** False pays the first payment; true for life, or for so many months. */
function recurringIn({ commissionRecurring, recurringMonthsLimit: months }: Pick<CampaignChangeBody, 'commissionRecurring' | 'recurringMonthsLimit'>, held: Recurring): CampaignChange['recurring'] {
  if (commissionRecurring === undefined && months === undefined) return undefined
  if (!(commissionRecurring ?? held !== 'first_payment')) {
    if (typeof months === 'number') throw invalid('recurringMonthsLimit', 'goes with commissionRecurring')
    return 'first'
  }
  if (months === null) return 'life'
  return months ?? (typeof held === 'object' ? held.months : 'life')
}

/** What anybody may know of a campaign: what it is, and what it pays. */
export function toPublicCampaign({ id, name, landingUrl, rate, recurring, windowDays }: CampaignView, currency: string): Record<string, unknown> {
  return {
    id, name, landingUrl, ...toRate(rate, currency), commissionType: typeOf(rate), commissionRecurring: recurring !== 'first_payment',
    recurringMonthsLimit: typeof recurring === 'object' ? recurring.months : null, attributionWindowDays: windowDays,
  }
}

/** A fixed rate is shown in the merchant's currency, or the first that it names. */
function toRate(rate: Rate, currency: string): Record<string, unknown> {
  if (rate.kind === 'percent') return { commissionRate: JSON.rawJSON(ppmToPercent(rate.ppm)), currency }
  const amount = rate.amounts.find((one) => one.currency === currency) ?? rate.amounts[0] ?? { minor: 0, currency }
  return { commissionRate: JSON.rawJSON(toMajor(amount)), currency: amount.currency }
}

/** A campaign as its merchant sees it. */
export const toCampaign = (campaign: CampaignView, currency: string): Record<string, unknown> =>
  ({ ...toPublicCampaign(campaign, currency), autoApproveDays: campaign.holdDays, status: campaign.status, createdAt: new Date(campaign.createdAtMs).toISOString() })

const exactly = (minor: bigint): unknown => JSON.rawJSON(String(minor))

/** Sums of the merchant's currency by themselves, and of any others beside them: nothing is ever converted. */
function bySums<S extends { currency: string }>(sums: S[], currency: string, to: (sum: S | undefined) => Record<string, unknown>): Record<string, unknown> {
  return { ...to(sums.find((sum) => sum.currency === currency)), otherCurrencies: sums.filter((sum) => sum.currency !== currency).map((sum) => ({ currency: sum.currency, ...to(sum) })) }
}

/** Totals of a campaign; amounts are in minor units, revenue as reported and commissions after refunds. */
export function toStats({ clicks, conversions, affiliates, sums }: CampaignTotals & { affiliates: number }, { id, currency }: { id: string; currency: string }): Record<string, unknown> {
  return {
    campaignId: id, currency, clicks, conversions, affiliates,
    ...bySums(sums, currency, (sum) => ({ revenue: exactly(sum?.revenueMinor ?? 0n), pendingAmount: exactly(sum?.pendingMinor ?? 0n), approvedAmount: exactly(sum?.approvedMinor ?? 0n), paidAmount: exactly(sum?.paidMinor ?? 0n) })),
  }
}

/** One bucket of a timeline, in minor units. */
export function toBucket({ fromMs, toMs, clicks, conversions, sums }: TimelineRow & Bucket, currency: string): Record<string, unknown> {
  return {
    from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), clicks, conversions,
    ...bySums(sums, currency, (sum) => ({ revenue: exactly(sum?.revenueMinor ?? 0n), commission: exactly(sum?.earnedMinor ?? 0n) })),
  }
}
