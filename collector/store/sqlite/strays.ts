import type { Database } from 'better-sqlite3'
import type { Stray } from '../queries.ts'

/** Rows that name another which is not there: [table, its column, the other table, that one's column, what it is called, what can be looked at]. */
const REFERENCES: [from: string, column: string, to: string, key: string, what: string, shown?: NonNullable<Stray['noun']>][] = [
  ['ledger_entries', 'transaction_id', 'ledger_transactions', 'id', "'ledger entry of unknown transaction ' || f.transaction_id"],
  ['ledger_transactions', 'commission_id', 'commissions', 'id', "'ledger transaction ' || f.id || ' of unknown commission ' || f.commission_id"],
  ['ledger_transactions', 'payout_id', 'payouts', 'id', "'ledger transaction ' || f.id || ' of unknown payout ' || f.payout_id"],
  ['commissions', 'conversion_id', 'conversions', 'id', "'commission ' || f.id || ' of unknown conversion ' || f.conversion_id", 'commission'],
  ['commissions', 'raises', 'commissions', 'id', "'commission ' || f.id || ' raises unknown commission ' || f.raises", 'commission'],
  ['commissions', 'affiliate_id', 'affiliates', 'id', "'commission ' || f.id || ' of unknown affiliate ' || f.affiliate_id", 'commission'],
  ['commissions', 'campaign_id', 'campaigns', 'id', "'commission ' || f.id || ' of unknown campaign ' || f.campaign_id", 'commission'],
  ['commission_parts', 'commission_id', 'commissions', 'id', "'part of unknown commission ' || f.commission_id"],
  ['adjustments', 'commission_id', 'commissions', 'id', "'adjustment ' || f.id || ' of unknown commission ' || f.commission_id"],
  ['refunds', 'conversion_id', 'conversions', 'id', "'refund ' || f.id || ' of unknown conversion ' || f.conversion_id"],
  ['receipts', 'conversion_id', 'conversions', 'id', "'receipt ' || f.id || ' of unknown conversion ' || f.conversion_id"],
  ['payouts', 'affiliate_id', 'affiliates', 'id', "'payout ' || f.id || ' of unknown affiliate ' || f.affiliate_id", 'payout'],
  ['payout_commissions', 'payout_id', 'payouts', 'id', "'commission ' || f.commission_id || ' in unknown payout ' || f.payout_id"],
  ['payout_commissions', 'commission_id', 'commissions', 'id', "'payout ' || f.payout_id || ' holds unknown commission ' || f.commission_id"],
]

/** Rows of which there may be one a key, and words that no row may bear: a stranger with the file can drop what refuses them. */
const REFUSED = [
  "select 'commission ' || id || ' is of unknown source ' || source as what, 'commission' as noun, id from commissions where merchant_id = :merchantId and source not in ('order', 'credit', 'raise')",
  "select 'order ' || external_id || ' stands ' || count(*) || ' times as ' || mode || ' ' || kind as what, 'conversion' as noun, max(id) as id from conversions where merchant_id = :merchantId and external_id is not null group by mode, kind, site, external_id having count(*) > 1",
  "select 'refund ' || key || ' stands ' || count(*) || ' times on conversion ' || conversion_id as what, null as noun, null as id from refunds where merchant_id = :merchantId group by conversion_id, key having count(*) > 1",
  // By their addresses a purchase of their own is known.
  "select 'affiliate ' || id || ' has no address' as what, null as noun, null as id from affiliates a where merchant_id = :merchantId and not exists (select 1 from affiliate_addresses d where d.merchant_id = a.merchant_id and d.affiliate_id = a.id and d.use = 'login')",
  "select 'an address of affiliate ' || affiliate_id || ' is missing: ' || use || ' has ' || count(*) || ' of ' || max(version) as what, null as noun, null as id from affiliate_addresses where merchant_id = :merchantId group by affiliate_id, use having count(*) <> max(version)",
]

/** Rows that belong to nothing, or stand where only one may. */
export function strayRows(db: Database): (merchantId: number) => Stray[] {
  const references = REFERENCES.map(([from, column, to, key, what, shown]) => `
    select ${what} as what, ${shown === undefined ? 'null' : `'${shown}'`} as noun, ${shown === undefined ? 'null' : 'f.id'} as id from ${from} f
    where f.merchant_id = :merchantId and f.${column} is not null and not exists (select 1 from ${to} t where t.merchant_id = f.merchant_id and t.${key} = f.${column})`)
  const queries = [...references, ...REFUSED].map((sql) => db.prepare<[{ merchantId: number }], Stray>(sql))
  return (merchantId) => queries.flatMap((query) => query.all({ merchantId }))
}

/** Merchants whose own row is gone, while what they sold is there. */
export function unknownMerchants(db: Database): () => number[] {
  const found = ['conversions', 'commissions', 'ledger_transactions', 'ledger_entries', 'payouts'].map((table) => db.prepare<[], number>(`select distinct merchant_id from ${table} where merchant_id not in (select id from merchants)`).pluck())
  return () => [...new Set(found.flatMap((query) => query.all()))]
}
