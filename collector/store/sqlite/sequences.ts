import type { Database } from 'better-sqlite3'
import type { Numbers } from '../queries.ts'

export type Noun = 'campaign' | 'affiliate' | 'trigger' | 'conversion' | 'commission' | 'transaction' | 'payout' | 'audit' | 'referral'

/** The next number of a merchant's noun, from 1, without gaps: it is taken in the transaction that uses it. */
export function sequences(db: Database): (merchantId: number, noun: Noun) => number {
  const next = db.prepare<[number, Noun], number>('insert into sequences (merchant_id, noun, last) values (?, ?, 1) on conflict do update set last = last + 1 returning last').pluck()
  return (merchantId, noun) => next.get(merchantId, noun) ?? 1
}

/** Tables whose rows are numbered without gaps; commissions and cancellations share one sequence. */
const NUMBERED: Record<Numbers['noun'], string> = {
  campaign: 'campaigns', affiliate: 'affiliates', trigger: 'triggers', conversion: 'conversions',
  commission: '(select merchant_id, number from commissions union all select merchant_id, cancellation_number from refunds where cancellation_number is not null)',
  transaction: 'ledger_transactions', payout: 'payouts', audit: 'audit',
}
/** Gaps that are named one by one. */
const GAPS = 20

/** How far each noun's numbers have come, and what is missing of them. */
export function numbersOf(db: Database): (merchantId: number) => Numbers[] {
  const taken = db.prepare<[number, string], number>('select last from sequences where merchant_id = ? and noun = ?').pluck()
  const nouns = Object.entries(NUMBERED).map(([noun, table]) => ({
    noun: noun as Numbers['noun'],
    highest: db.prepare<[number], number>(`select coalesce(max(number), 0) from ${table} where merchant_id = ?`).pluck(),
    missing: db.prepare<[number, number], number>(`
      select number - 1 from ${table} t where merchant_id = ? and number > 1 and not exists (select 1 from ${table} p where p.merchant_id = t.merchant_id and p.number = t.number - 1) order by number limit ?
    `).pluck(),
  }))
  return (merchantId) => nouns.map(({ noun, highest, missing }) => ({ noun, taken: taken.get(merchantId, noun) ?? 0, highest: highest.get(merchantId) ?? 0, missing: missing.all(merchantId, GAPS) }))
}
