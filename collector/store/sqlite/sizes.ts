import type { Database } from 'better-sqlite3'

/** Rows of a table in the book of a large merchant. */
const ROWS = 1_000_000
/** How many values such a book has in a column; one not named here has a value for nearly every row. */
const VALUES: Record<string, number> = {
  merchant_id: 1, mode: 1, site: 1, kind: 2, currency: 2, source: 2, joined: 2, use: 2, status: 3, campaign_id: 10, code: 1000, affiliate_id: 1000,
}
/** What a look-up by a column with a value for nearly every row finds. */
const FEW = 2

interface Size { tbl: string; idx: string; stat: string }
interface IndexRow { tbl: string; idx: string; isUnique: 0 | 1; columns: string }

/**
 * Tells SQLite's planner how large the tables grow and how few rows an id finds, in its own table sqlite_stat1. Untold, it takes
 * a merchant for ten rows and reads all of a merchant's orders to find one; asked to look itself (ANALYZE), it would
 * choose by what the tables hold that day. These figures are the same for every database, and so are the plans.
 */
export function tellSizes(db: Database): void {
  const wanted = sizesOf(db)
  const told = db.prepare<[], { n: number }>(`select count(*) as n from sqlite_schema where name = 'sqlite_stat1'`).get()?.n === 1 ? db.prepare<[], Size>('select tbl, idx, stat from sqlite_stat1 order by tbl, idx').all() : []
  if (JSON.stringify(told) === JSON.stringify(wanted)) return
  db.transaction(() => {
    // Makes the table where there is none, and reads no other.
    db.exec('analyze sqlite_schema')
    db.exec('delete from sqlite_stat1')
    const insert = db.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (:tbl, :idx, :stat)')
    for (const size of wanted) insert.run(size)
  }).immediate()
  db.exec('analyze sqlite_schema')
}

function sizesOf(db: Database): Size[] {
  return db.prepare<[], IndexRow>(`
    select t.name as tbl, iif(i.origin = 'pk' and t.wr, t.name, i.name) as idx, i."unique" as isUnique,
      (select group_concat(name, ' ' order by seqno) from pragma_index_info(i.name)) as columns
    from pragma_table_list t join pragma_index_list(t.name) i where t.schema = 'main' and t.name not like 'sqlite%' order by tbl, idx
  `).all().map(({ tbl, idx, isUnique, columns }) => ({ tbl, idx, stat: [ROWS, ...found(columns.split(' '), isUnique === 1), 'noskipscan'].join(' ') }))
}

/** How many rows each leading part of an index finds. */
function found(columns: string[], isUnique: boolean): number[] {
  let rows = ROWS
  return columns.map((column, position) => {
    rows = Math.max(FEW, Math.round(rows / (VALUES[column] ?? ROWS)))
    return isUnique && position === columns.length - 1 ? 1 : rows
  })
}
