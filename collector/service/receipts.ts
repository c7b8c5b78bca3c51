import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { explain, explainTouch, type Names } from '../../shared/engine/explain.ts'
import { ppmToPercent, toMajor } from '../../shared/engine/money.ts'
import { inForce, type Settings } from '../../shared/engine/settings.ts'
import type { Rate } from '../../shared/domain.ts'
import type { ConversionRecord } from '../store/store.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** Names of today for the ids on a receipt. */
export function namesIn(settings: Settings): Names {
  return {
    affiliate: (id) => settings.affiliates.get(id)?.name ?? id,
    campaign: (id) => {
      const campaign = settings.campaigns.get(id)
      return campaign === undefined ? id : `"${inForce(campaign.versions, Number.MAX_SAFE_INTEGER).value.name}"`
    },
  }
}

/** A conversion with what it earned and why, complete for its merchant: every touch with its verdict, and the same in sentences. */
export function toReceipt(record: ConversionRecord, settings: Settings): Record<string, unknown> {
  const { order, attributed, marks, commissions, number } = record
  const names = namesIn(settings)
  const receipt = record.receipts.findLast(({ outcome }) => outcome.attributed) ?? record.receipts.at(-1)
  return {
    conversionId: order.id, number, externalId: order.externalId, amountMinor: order.amount.minor, currency: order.amount.currency, kind: order.kind, mode: order.mode,
    occurredAt: iso(order.occurredAtMs), status: conversionStatus(commissions), attributed, marks,
    touches: receipt?.inputs.touches.map((touch, index) => ({
      eventId: touch.eventId, evidence: touch.evidence, code: touch.code,
      affiliateId: touch.affiliateId, affiliateName: touch.affiliateId && names.affiliate(touch.affiliateId), campaignId: touch.campaignId, campaignName: touch.campaignId && names.campaign(touch.campaignId),
      occurredAt: iso(touch.occurredAtMs), verdict: receipt.outcome.verdicts[index], text: explainTouch(receipt, index, names),
    })) ?? [],
    moreTouches: receipt?.inputs.more ?? 0,
    commissions: commissions.map((commission) => {
      const earning = receipt?.outcome.earnings.find(({ affiliateId }) => affiliateId === commission.affiliateId)
      const policy = receipt?.inputs.policies.find(({ campaignId }) => campaignId === commission.campaignId)
      return {
        id: commission.id, affiliateId: commission.affiliateId, affiliateCode: codeOf(settings, commission.affiliateId), affiliateName: names.affiliate(commission.affiliateId),
        campaignId: commission.campaignId, campaignName: names.campaign(commission.campaignId), campaignVersion: policy?.version ?? null,
        amountMinor: commission.amount.minor, currency: commission.amount.currency, status: commission.status === 'IN_PAYOUT' ? 'APPROVED' : commission.status,
        rate: policy === undefined ? null : rateText(policy.rate), exact: earning?.exact ?? null,
      }
    }),
    engine: receipt?.engine ?? null,
    text: receipt === undefined ? [] : explain(receipt, names),
  }
}

/** The code that an affiliate hands out today. */
export const codeOf = (settings: Settings, affiliateId: string): string | null => settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? null

/** A rate as a person writes it: "12.5 %" or "5.00 EUR". */
export const rateText = (rate: Rate): string => (rate.kind === 'percent' ? `${ppmToPercent(rate.ppm)} %` : `${toMajor(rate.amount)} ${rate.amount.currency}`)
