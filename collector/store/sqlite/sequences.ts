import type { Database } from 'better-sqlite3'

export type Noun = 'campaign' | 'affiliate' | 'conversion' | 'commission' | 'transaction'

/** The next number of a merchant's noun, from 1, without gaps: it is taken in the transaction that uses it. */
export function sequences(db: Database): (merchantId: number, noun: Noun) => number {
  const next = db.prepare<[number, Noun], number>('insert into sequences (merchant_id, noun, last) values (?, ?, 1) on conflict do update set last = last + 1 returning last').pluck()
  return (merchantId, noun) => next.get(merchantId, noun) ?? 1
}
