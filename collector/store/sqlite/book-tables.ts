import type { Database } from 'better-sqlite3'
import type { BookColumn, BookTable } from '../book-rows.ts'

/** A table of the book, and how its rows leave. */
interface Listed {
  name: string
  /** Texts that are JSON. */
  json?: string[]
  /** Integers that stand for a text of `texts`, which is spelled out instead. */
  interned?: string[]
  /** Columns that only order the rows: their order says the same. */
  without?: string[]
  /** Where there is no primary key. */
  orderBy?: string
}

/** In an order in which rows can be written. A table that is made later is added here, or to those that are left out. */
export const LISTED: Listed[] = [
  { name: 'merchants' }, { name: 'nameless' }, { name: 'merchant_versions', json: ['value'] }, { name: 'sites' }, { name: 'users' }, { name: 'keys', json: ['scopes'] },
  { name: 'campaigns' }, { name: 'campaign_versions', json: ['value'] },
  { name: 'affiliates' }, { name: 'affiliate_versions', json: ['value'] }, { name: 'affiliate_profiles', json: ['value'] }, { name: 'passwords' }, { name: 'affiliate_addresses' }, { name: 'codes' }, { name: 'enrolments' },
  { name: 'special_rates', json: ['value'], orderBy: 'campaign_id, affiliate_id, sku, version' }, { name: 'triggers' }, { name: 'coupon_triggers' }, { name: 'coupon_versions', json: ['value'] }, { name: 'referrals' },
  { name: 'clicks', interned: ['page', 'referrer', 'user_agent'] }, { name: 'daily_clicks' }, { name: 'bindings' }, { name: 'carts' },
  { name: 'conversions', json: ['metadata', 'marks', 'lines'] }, { name: 'identifiers' }, { name: 'receipts', json: ['inputs', 'outcome'], without: ['n'] }, { name: 'refunds', json: ['lines'] },
  { name: 'commissions' }, { name: 'commission_parts' }, { name: 'adjustments' }, { name: 'payouts' }, { name: 'payout_commissions' },
  // A transaction's own row seals its entries.
  { name: 'ledger_entries' }, { name: 'ledger_transactions' }, { name: 'balances' }, { name: 'audit', json: ['detail'] }, { name: 'sequences' },
]

/** Tables that no export holds, each with its reason. */
export const LEFT_OUT: Record<string, string> = {
  migrations: 'the schema is named in the manifest',
  texts: 'spelled out in the clicks',
  setup_links: 'one-time links, which end with their collector',
  answers: 'answers to repeated calls, kept for a week',
  journal: 'what happened lately, which begins anew in each collector: it numbers receipts as this database does',
}

interface ColumnRow { name: string; type: string; notnull: 0 | 1; pk: number }

/** A table with the statements' parts that its rows are read and written by. */
export interface ReadTable extends BookTable {
  /** What is selected, column by column. */
  selected: string[]
  /** Positions of the columns whose texts are interned. */
  interned: number[]
  orderBy: string
}

/** The book's tables as they are in this database, which may be of an older version. */
export function bookTables(db: Database): ReadTable[] {
  const columnsOf = db.prepare<[string], ColumnRow>(`select name, type, "notnull", pk from pragma_table_info(?, 'main') order by cid`)
  return LISTED.flatMap(({ name, json = [], interned = [], without = [], orderBy }) => {
    const all = columnsOf.all(name)
    const kept = all.filter((column) => !without.includes(column.name))
    if (kept.length === 0) return []
    const columns = kept.map((column): BookColumn => ({ name: column.name, kind: kindOf(column, { json, interned }), isNullable: column.notnull === 0 && column.pk === 0 }))
    return [{
      name, columns, merchantColumn: name === 'merchants' ? 'id' : 'merchant_id',
      selected: kept.map((column) => (interned.includes(column.name) ? `(select text from texts where texts.id = t.${column.name})` : `t.${column.name}`)),
      interned: columns.flatMap((column, at) => (interned.includes(column.name) ? at : [])),
      orderBy: orderBy ?? all.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk).map((column) => column.name).join(', '),
    }]
  })
}

function kindOf({ name, type }: ColumnRow, { json, interned }: { json: string[]; interned: string[] }): BookColumn['kind'] {
  if (json.includes(name)) return 'json'
  if (interned.includes(name) || type === 'TEXT') return 'text'
  return type === 'BLOB' ? 'blob' : 'integer'
}
