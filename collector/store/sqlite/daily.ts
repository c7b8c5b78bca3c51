import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { ClickQuarter, DailyClicks } from '../queries.ts'

/** Whose clicks of which day are counted together. */
export type ClickDay = Omit<DailyClicks, 'clicks'> & { merchantId: number }

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
  let waiting = new Map<string, ClickDay & { clicks: number }>()

  return {
    /** Counts one now, for a job that may be taken back alone. */
    count: (of: ClickDay) => add.run({ ...of, clicks: 1 }),
    /** Counts one with all others of the commit: a flood of clicks costs a row a day, campaign and affiliate. */
    countLater(of: ClickDay): void {
      const key = `${of.merchantId} ${of.day} ${of.mode} ${of.campaignId} ${of.affiliateId}`
      const held = waiting.get(key)
      if (held === undefined) waiting.set(key, { ...of, clicks: 1 })
      else held.clicks += 1
    },
    /** Writes what waits, before the commit. */
    flush(): void {
      if (waiting.size === 0) return
      for (const counted of waiting.values()) add.run(counted)
      waiting = new Map()
    },
    /** The commit failed, and its clicks with it. */
    forget(): void {
      waiting = new Map()
    },
    quarters: (merchantId: number): ClickQuarter[] => quarters.all(merchantId).map(({ mode, ...row }) => ({ ...row, mode: mode === 1 ? 'test' : 'live' })),
    all: (merchantId: number): DailyClicks[] => all.all(merchantId).map(({ campaign_id, affiliate_id, ...row }) => ({ ...row, campaignId: campaign_id, affiliateId: affiliate_id })),
  }
}
