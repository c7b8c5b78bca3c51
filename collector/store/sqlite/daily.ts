import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { ClickDay, ClickQuarter, DailyClicks } from '../queries.ts'

/** How many clicks of a day wait to be written. */
interface Counted { merchantId: number; clicks: number }

interface DailyRow { day: string; mode: Mode; campaign_id: string; affiliate_id: string; clicks: number }

/** Counted clicks by day, campaign and affiliate, so that no page has to scan clicks. They are kept in the transaction that keeps the clicks. */
export function dailyStore(db: Database) {
  const add = db.prepare(`
    insert into daily_clicks (merchant_id, day, mode, campaign_id, affiliate_id, clicks) values (:merchantId, :day, :mode, :campaignId, :affiliateId, :clicks)
    on conflict do update set clicks = clicks + excluded.clicks
  `)
  const all = db.prepare<[number], DailyRow>('select day, mode, campaign_id, affiliate_id, clicks from daily_clicks where merchant_id = ? order by day, mode, campaign_id, affiliate_id')
  const quarters = db.prepare<[number], { quarter: number; mode: number; code: string; clicks: number }>(`
    select occurred_at_ms / 900000 as quarter, mode, code, count(*) as clicks from clicks where merchant_id = ? and joined is null and bot = 0 and adopted = 0 group by 1, 2, 3
  `)
  const waiting = new Map<ClickDay, Counted>()

  return {
    /** Counts one now, for a job that may be taken back alone; or takes one off. */
    count(merchantId: number, of: ClickDay, clicks: 1 | -1): void {
      add.run({ merchantId, ...of, clicks })
    },
    /**
     * Counts one with the others of the commit that were given the same object, so that a flood of clicks costs a row
     * a day, campaign and affiliate.
     */
    countLater(merchantId: number, of: ClickDay, clicks: 1 | -1): void {
      const held = waiting.get(of)
      if (held === undefined) waiting.set(of, { merchantId, clicks })
      else held.clicks += clicks
    },
    /** Writes what waits, before the commit. */
    flush(): void {
      if (waiting.size === 0) return
      for (const [of, counted] of waiting) add.run({ ...of, ...counted })
      waiting.clear()
    },
    /** The commit failed, and its clicks with it. */
    forget(): void {
      waiting.clear()
    },
    quarters: (merchantId: number): ClickQuarter[] => quarters.all(merchantId).map(({ mode, ...row }) => ({ ...row, mode: mode === 1 ? 'test' : 'live' })),
    all: (merchantId: number): DailyClicks[] => all.all(merchantId).map(({ campaign_id, affiliate_id, ...row }) => ({ ...row, campaignId: campaign_id, affiliateId: affiliate_id })),
  }
}
