import { setImmediate } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import type { ReplayFacts, ReplayQuery } from '../queries.ts'
import { replayCustomers } from './replay-customers.ts'
import { numbering } from './replay-numbering.ts'
import { replayOrders } from './replay-orders.ts'

/** Orders or customers that are read in one go; between, a collector in this process answers others. */
const PAGE = 200

/** Reads the facts of a replay into columns. */
export async function readReplay(db: Database, { progress = () => undefined, ...span }: ReplayQuery): Promise<ReplayFacts> {
  const { merchantId, mode, fromMs, toMs, most = Number.POSITIVE_INFINITY } = span
  const total = db.prepare<[number, string, number, number], number>('select count(*) from conversions where merchant_id = ? and mode = ? and occurred_at_ms >= ? and occurred_at_ms < ?').pluck().get(merchantId, mode, fromMs, toMs) ?? 0
  const ids = db.prepare<[number], string>('select id from affiliates where merchant_id = ? order by number').pluck().all(merchantId)
  const [affiliates, currencies, sessions, identities] = [numbering(ids), numbering(), numbering(), numbering()]
  const orders = replayOrders(db, span, { affiliates, currencies, sessions, identities })
  if (total <= most) {
    let last: number | undefined = 0
    for (let read = 0; last !== undefined; read += PAGE) {
      progress('reading orders', Math.min(read, total), total)
      last = orders.next(last, PAGE)
      await setImmediate()
    }
  }
  const customers = replayCustomers(db, merchantId, { sessions, identities })
  while (customers.next(PAGE)) {
    const { read, known } = customers.progress()
    progress('reading clicks', read, known)
    await setImmediate()
  }
  return { total, columns: { ...orders.columns(), ...customers.columns(), affiliates: affiliates.texts, currencies: currencies.texts } }
}
