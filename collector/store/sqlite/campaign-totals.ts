import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { CampaignSums, CampaignTotals, TimelineQuery, TimelineRow } from '../campaign-totals.ts'
import { halves, halvesOf, inner, whole, type Halves } from './exact-sum.ts'

interface Of { merchantId: number; mode: Mode; campaignId: string }
type BroughtRow = { currency: string; conversions: number } & Halves<'revenue'>
type EarnedRow = { currency: string; status: 'PENDING' | 'APPROVED' | 'PAID' } & Halves<'earned'>
type BucketRow = BroughtRow & Halves<'earned'>

/** What campaigns brought and cost. */
export function campaignTotalsStore(db: Database) {
  const OF = 'm.merchant_id = :merchantId and m.campaign_id = :campaignId and m.mode = :mode'
  const clicks = db.prepare<[Of], number>('select coalesce(sum(clicks), 0) from daily_clicks where merchant_id = :merchantId and campaign_id = :campaignId and mode = :mode').pluck()
  const clicksOfDays = db.prepare<[Of & { from: string; to: string }], number>(`
    select coalesce(sum(clicks), 0) from daily_clicks where merchant_id = :merchantId and campaign_id = :campaignId and mode = :mode and day >= :from and day < :to
  `).pluck()
  const brought = db.prepare<[Of], BroughtRow>(`
    select c.currency, count(*) as conversions, ${halves('revenue', 'c.minor')} from conversions c
    where c.merchant_id = :merchantId and c.id in (select m.conversion_id from commissions m where ${OF} and m.status <> 'REJECTED' and m.conversion_id is not null) group by 1
  `)
  const earned = db.prepare<[Of], EarnedRow>(`
    select m.currency, iif(m.status = 'IN_PAYOUT', 'APPROVED', m.status) as status, ${halves('earned', 'm.total_minor - m.clawed_minor')}
    from commissions m where ${OF} and m.status <> 'REJECTED' group by 1, 2
  `)
  // From the orders of the time to their commissions (`cross join` keeps that direction): a campaign may be large, a bucket is not.
  const inTime = db.prepare<[Of & { fromMs: number; toMs: number }], BucketRow>(`
    select currency, count(*) as conversions, ${halves('revenue', 'minor')}, ${halvesOf('earned')} from (
      select c.currency, c.minor, ${inner('earned', 'm.total_minor - m.clawed_minor')}
      from conversions c cross join commissions m on m.merchant_id = c.merchant_id and m.conversion_id = c.id
      where c.merchant_id = :merchantId and c.mode = :mode and c.occurred_at_ms >= :fromMs and c.occurred_at_ms < :toMs and m.campaign_id = :campaignId and m.status <> 'REJECTED'
      group by c.id
    ) group by 1 order by 1
  `)

  return {
    totals(of: Of): CampaignTotals {
      const orders = brought.all(of)
      const rows = earned.all(of)
      const currencies = [...new Set([...orders, ...rows].map(({ currency }) => currency))].toSorted()
      return {
        clicks: clicks.get(of) ?? 0,
        conversions: orders.reduce((sum, { conversions }) => sum + conversions, 0),
        sums: currencies.map((currency): CampaignSums => {
          const minorIn = (status: EarnedRow['status']): bigint => sumOf(rows.find((row) => row.currency === currency && row.status === status), 'earned')
          return { currency, revenueMinor: sumOf(orders.find((row) => row.currency === currency), 'revenue'), pendingMinor: minorIn('PENDING'), approvedMinor: minorIn('APPROVED'), paidMinor: minorIn('PAID') }
        }),
      }
    },

    timeline({ buckets, ...of }: TimelineQuery): TimelineRow[] {
      return buckets.map(({ fromMs, toMs, days }) => {
        const rows = inTime.all({ ...of, fromMs, toMs })
        return {
          clicks: days === null ? null : clicksOfDays.get({ ...of, ...days }) ?? 0,
          conversions: rows.reduce((sum, { conversions }) => sum + conversions, 0),
          sums: rows.map((row) => ({ currency: row.currency, revenueMinor: whole(row, 'revenue'), earnedMinor: whole(row, 'earned') })),
        }
      })
    },
  }
}

const sumOf = <Name extends string>(row: Halves<Name> | undefined, name: Name): bigint => (row === undefined ? 0n : whole(row, name))
