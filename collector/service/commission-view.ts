import type { Commission, CommissionStatus } from '../../shared/domain.ts'
import { viewOf, type Names, type Reader } from '../../shared/engine/explain.ts'
import type { Story } from '../../shared/engine/explain.ts'
import { earningsOfAll } from '../../shared/engine/receipt.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { rateText, withoutEmails } from '../../shared/engine/words.ts'
import { historyOf, remainsOf, type ConversionBook } from './commission-history.ts'

/** A commission as it is shown outside. */
export type CommissionView = ReturnType<typeof toCommission>

interface Showing {
  record: Pick<ConversionBook, 'receipts' | 'refunds' | 'books'>
  names: Names
  settings: Settings
  reader: Reader
}

/** A commission with the reckoning behind it; one that was credited as a free sum, or by a raise, has none. */
export function toCommission(commission: Commission & { number: number }, { record: { receipts, refunds, books }, names, settings, reader }: Showing) {
  const { id, number, affiliateId, campaignId, amount, totalMinor, clawedMinor, status, reason, source, transferredTo, unverified, bookedAtMs, approvableAtMs } = commission
  const earning = source.kind === 'raise' ? undefined : earningsOfAll(receipts).get(affiliateId)
  const receipt = receipts.find(({ outcome }) => earning !== undefined && outcome.earnings.includes(earning))
  const policy = receipt?.inputs.policies.find((one) => one.campaignId === campaignId)
  const stories = receipt === undefined ? [] : viewOf(receipt, reader).stories.filter((story) => story.affiliateId === affiliateId)
  const book = books.find((one) => one.commission.id === id)
  const isMerchant = reader === 'merchant'
  return {
    id, number, affiliateId, affiliateCode: codeOf(settings, affiliateId), affiliateName: withoutEmails(names.affiliate(affiliateId)),
    campaignId, campaignName: campaignId === null ? null : names.campaign(campaignId), campaignVersion: policy?.version ?? null,
    amountMinor: amount.minor, currency: amount.currency, totalMinor, clawedMinor, remainsMinor: remainsOf(commission), status: shownStatus(status), reason,
    // Of a shared order the fraction itself tells what the others weigh; the sentences give enough of its decimals.
    rate: ratesOf(stories), exact: isMerchant || stories.every(({ weight }) => weight.n === weight.d) ? (earning?.exact ?? null) : null,
    // By line only where the lines are the reader's own, too: else the zeros would tell of others' SKUs.
    byLine: isMerchant ? (earning?.byLine ?? null) : null,
    source: source.kind, raiseOf: source.kind === 'raise' ? source.commissionId : null,
    // A merchant's own words may name anybody.
    ...(isMerchant ? { note: source.kind === 'credit' ? source.note : null, transferredTo, transferredToName: transferredTo === null ? null : withoutEmails(names.affiliate(transferredTo)) } : {}), transferred: transferredTo !== null,
    unverified, bookedAt: iso(bookedAtMs), approvableAt: approvableAtMs === null ? null : iso(approvableAtMs),
    history: book === undefined ? [] : historyOf(book, { refunds, reader }),
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** What is in a payout that is not paid yet is approved, for everybody outside (ENGINE section 5). */
export const shownStatus = (status: CommissionStatus): Exclude<CommissionStatus, 'IN_PAYOUT'> => (status === 'IN_PAYOUT' ? 'APPROVED' : status)

/** The rates that were used, as a person writes them; null where a sum was named instead, or nothing was priced. */
function ratesOf(stories: Story[]): string | null {
  const rates = new Set(stories.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'rate' || (step.kind === 'no_currency' && step.rate !== null) ? [step.rate] : []))).flatMap((rate) => (rate === null ? [] : rateText(rate))))
  return rates.size === 0 ? null : [...rates].join(', ')
}

/** The code that an affiliate hands out today. */
export const codeOf = (settings: Settings, affiliateId: string): string | null => settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? null
