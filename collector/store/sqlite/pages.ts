import type { Database } from 'better-sqlite3'
import type { CommissionPageFilter, ConversionPageFilter, ListedCommission, Page, PageFilter, PayoutPageFilter } from '../pages.ts'
import type { commissionStore, NumberedCommission } from './commissions.ts'
import type { conversionStore, NumberedConversion } from './conversions.ts'
import type { NumberedPayout, payoutStore } from './payouts.ts'

const whose = (condition: string): string => `exists (select 1 from commissions m where m.merchant_id = c.merchant_id and m.conversion_id = c.id and m.${condition})`

/** What a conversion's commissions make of it, as `conversionStatus` says it. */
const STATUS = `
  case
    when ${whose("status = 'PENDING'")} then 'PENDING'
    when ${whose("status in ('APPROVED', 'IN_PAYOUT')")} then 'APPROVED'
    when ${whose("status = 'PAID'")} then 'PAID'
    when c.attributed = 1 then 'REJECTED' else 'PENDING'
  end
`

/** A value as SQL is given it. */
const bound = (value: unknown): unknown => (Array.isArray(value) ? JSON.stringify(value) : typeof value === 'boolean' ? Number(value) : (value ?? null))

const filled = <T>({ rows, total }: Page<number>, read: (number: number) => T | undefined): Page<T> => ({ rows: rows.flatMap((number) => read(number) ?? []), total })

interface Tables {
  conversions: ReturnType<typeof conversionStore>
  commissions: ReturnType<typeof commissionStore>
  payouts: ReturnType<typeof payoutStore>
}

/** Pages of a merchant's lists, newest first, and how many rows there are in all. */
export function pageStore(db: Database, { conversions, commissions, payouts }: Tables) {
  /** The numbers of a page's rows, counted or not; what a condition compares with null does not matter. */
  function listing<F extends PageFilter>(from: string, conditions: string[], known: readonly Exclude<keyof F, keyof PageFilter>[]): { page: (filter: F) => Page<number>; numbers: (filter: F) => number[] } {
    // The number's condition stands alone: so the index begins there, and one who reads on does not start anew each time.
    const where = ['c.merchant_id = :merchantId', 'c.number < :beforeNumber', '(:mode is null or c.mode = :mode)', ...conditions].join(' and ')
    const numbers = db.prepare<[Record<string, unknown>], number>(`select c.number from ${from} c where ${where} order by c.number desc limit :limit offset :offset`).pluck()
    const count = db.prepare<[Record<string, unknown>], number>(`select count(*) from ${from} c where ${where}`).pluck()
    const absent = Object.fromEntries(['mode', 'affiliateId', 'campaignId', ...known].map((name) => [name, null]))
    const given = ({ beforeNumber = Number.MAX_SAFE_INTEGER, ...filter }: F): Record<string, unknown> => ({ ...Object.fromEntries(Object.entries({ ...absent, ...filter }).map(([name, value]) => [name, bound(value)])), beforeNumber })
    const rows = (filter: F): number[] => numbers.all(given(filter))
    return {
      numbers: rows,
      page(filter) {
        const { limit: _limit, offset: _offset, ...asked } = given(filter)
        return { rows: rows(filter), total: count.get(asked) ?? 0 }
      },
    }
  }

  const conversionPage = listing<ConversionPageFilter>('conversions', [
    `(:affiliateId is null or ${whose('affiliate_id = :affiliateId')})`, `(:campaignId is null or ${whose('campaign_id = :campaignId')})`, `(:status is null or ${STATUS} = :status)`,
    '(:kind is null or c.kind = :kind)', '(:kinds is null or c.kind in (select value from json_each(:kinds)))', `(:paid is null or (${STATUS} = 'PAID') = :paid)`, '(:fromMs is null or c.occurred_at_ms >= :fromMs)', '(:toMs is null or c.occurred_at_ms < :toMs)',
  ], ['status', 'kind', 'kinds', 'paid', 'fromMs', 'toMs'])
  const commissionPage = listing<CommissionPageFilter>('commissions', [
    '(:affiliateId is null or c.affiliate_id = :affiliateId)', '(:campaignId is null or c.campaign_id = :campaignId)', "(:status is null or iif(c.status = 'IN_PAYOUT', 'APPROVED', c.status) = :status)",
  ], ['status'])
  const payoutPage = listing<PayoutPageFilter>('payouts', ['(:affiliateId is null or c.affiliate_id = :affiliateId)', ':campaignId is null', "(:status is null or iif(c.status = 'UNDONE', 'CANCELLED', c.status) = :status)"], ['status'])
  const paidAt = db.prepare<[number, string], number | null>(`
    select max(p.paid_at_ms) from payout_commissions k join payouts p on p.merchant_id = k.merchant_id and p.id = k.payout_id where k.merchant_id = ? and k.commission_id = ? and p.status = 'PAID'
  `).pluck()

  const listed = (commission: NumberedCommission): ListedCommission => {
    const { merchantId, id, conversionId } = commission
    return { commission, order: conversionId === null ? null : conversions.orderOf(merchantId, conversionId), paidAtMs: paidAt.get(merchantId, id) ?? null }
  }

  return {
    listed,
    conversions: (filter: ConversionPageFilter): Page<NumberedConversion> => filled(conversionPage.page(filter), (number) => conversions.numbered(filter.merchantId, number)),
    conversionRows: (filter: ConversionPageFilter): NumberedConversion[] => conversionPage.numbers(filter).flatMap((number) => conversions.numbered(filter.merchantId, number) ?? []),
    commissions: (filter: CommissionPageFilter): Page<ListedCommission> => filled(commissionPage.page(filter), (number) => {
      const commission = commissions.named(filter.merchantId, String(number))
      return commission && listed(commission)
    }),
    payouts: (filter: PayoutPageFilter): Page<NumberedPayout> => filled(payoutPage.page(filter), (number) => payouts.named(filter.merchantId, String(number))),
  }
}
