import type { Database } from 'better-sqlite3'
import type { ConversionKind } from '../../../shared/domain.ts'
import type { AffiliateTotals, TotalsQuery } from '../totals.ts'
import { halves, whole, type Halves } from './exact-sum.ts'

type EarnedRow = { status: 'PENDING' | 'APPROVED' | 'PAID'; next: number | null } & Halves<'earned'>

/** What affiliates brought and earned. */
export function totalsStore(db: Database) {
  type Of = [Omit<TotalsQuery, 'affiliateIds'> & { affiliateId: string }]
  const clicks = db.prepare<Of, number>('select coalesce(sum(clicks), 0) from daily_clicks where merchant_id = :merchantId and affiliate_id = :affiliateId and mode = :mode').pluck()
  const earned = db.prepare<Of, EarnedRow>(`
    select iif(status = 'IN_PAYOUT', 'APPROVED', status) as status, ${halves('earned', 'total_minor - clawed_minor')}, min(approvable_at_ms) as next from commissions
    where merchant_id = :merchantId and affiliate_id = :affiliateId and mode = :mode and currency = :currency and status <> 'REJECTED' group by 1
  `)
  const brought = db.prepare<Of, { kind: ConversionKind; count: number }>(`
    select c.kind, count(distinct c.id) as count from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id
    where m.merchant_id = :merchantId and m.affiliate_id = :affiliateId and m.mode = :mode and m.status <> 'REJECTED' group by 1
  `)

  return {
    affiliates({ affiliateIds, ...about }: TotalsQuery): ReadonlyMap<string, AffiliateTotals> {
      return new Map(affiliateIds.map((affiliateId) => {
        const of = { ...about, affiliateId }
        const rows = earned.all(of)
        const minorIn = (status: EarnedRow['status']): bigint => rows.filter((row) => row.status === status).reduce((sum, row) => sum + whole(row, 'earned'), 0n)
        const kinds = brought.all(of)
        const countOf = (...named: ConversionKind[]): number => kinds.filter(({ kind }) => named.includes(kind)).reduce((sum, { count }) => sum + count, 0)
        return [affiliateId, {
          clicks: clicks.get(of) ?? 0, sales: countOf('sale'), leads: countOf('lead', 'trial'), others: countOf('custom'),
          pendingMinor: minorIn('PENDING'), approvedMinor: minorIn('APPROVED'), paidMinor: minorIn('PAID'), nextApprovableAtMs: rows.find(({ status }) => status === 'PENDING')?.next ?? null,
        }]
      }))
    },
  }
}
