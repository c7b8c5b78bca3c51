import type { Commission, Conversion } from '../../../shared/domain.ts'
import { conversionStatus } from '../../../shared/engine/lifecycle.ts'
import { majorText, toMajor } from '../../../shared/engine/money.ts'
import type { Settings } from '../../../shared/engine/settings.ts'
import type { Cell } from '../../http/cells.ts'
import { largestShare } from '../../service/largest-share.ts'

/** Columns of an export; amounts are in major units, and `affiliateId` is who has the largest share. */
export const EXPORT_COLUMNS = [
  'id', 'externalId', 'conversionType', 'status', 'amount', 'currency', 'attributed', 'affiliateId', 'affiliateCode', 'affiliateEmail', 'campaignId', 'shared',
  'commissionAmount', 'commissionRefunded', 'isSynthetic', 'occurredAt', 'createdAt', 'metadata',
]

/** A conversion as a row; its commissions are summed up over all who earn. */
export function toCells({ order, attributed, commissions }: Conversion, settings: Settings): Cell[] {
  const { id, externalId, kind, amount, mode, metadata } = order
  const shown = largestShare(commissions)
  const affiliate = shown && settings.affiliates.get(shown.affiliateId)
  const sum = (of: (commission: Commission) => number): Cell => ({ number: majorText(commissions.reduce((total, one) => total + BigInt(of(one)), 0n), amount.currency) })
  return [
    id, externalId ?? '', kind.toUpperCase(), conversionStatus(commissions, attributed), { number: toMajor(amount) }, amount.currency, attributed,
    shown?.affiliateId ?? '', affiliate?.codes.at(-1)?.code ?? '', affiliate?.email ?? '', shown?.commission.campaignId ?? '', shown?.isShared ?? false,
    sum(({ totalMinor }) => totalMinor), sum(({ clawedMinor }) => clawedMinor), mode === 'test', iso(order.occurredAtMs), iso(order.receivedAtMs), metadata ?? '',
  ]
}

const iso = (atMs: number): string => new Date(atMs).toISOString()
