import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { openDatabase, openSqlite } from '../../collector/store/sqlite/sqlite.ts'
import { tempDir } from '../helpers/collector.ts'

/** What may read all that a merchant has in a table, and why. */
const READS_ALL: [RegExp, string][] = [
  [/^select (coalesce\(m(ax|in)\((number)\), 0\)|digest) from |^insert into journal /, 'looks at the end of an index'],
  [/^select ('|number - 1|coalesce\(sum\(n\), 0\) as count)/, 'a check of verify, or a total over the book'],
  [/^select occurred_at_ms \/ 900000 as quarter/, "verify's count of clicks"],
  [/from (daily_clicks|balances) where merchant_id = \? order by/, 'what was added up, all of it'],
  [/^select (\*|count\(\*\)) from \(select r\.\*/, 'the list of referrals'],
  [/^insert into codes /, "an affiliate's codes, of a merchant's few"],
  [/ answers (set .* )?where .* instr\(|^select mode, cart, session, |^select page, referrer, user_agent from clicks .* exists|^update payouts set note = null/, 'erasing a person, wherever named'],
]

/** Every statement that the store keeps ready, with the steps by which SQLite would run it. */
async function plans(): Promise<{ sql: string; steps: string[] }[]> {
  const file = join(tempDir(), 'plans.db')
  const prepare = vi.spyOn(Database.prototype, 'prepare')
  const store = openSqlite(file)
  const statements = new Set(prepare.mock.calls.map(([sql]) => sql).filter((sql) => /merchant_id = (\?|:merchantId)/.test(sql)))
  prepare.mockRestore()
  const db = openDatabase(file)
  const planned = [...statements].map((sql) => {
    const named = Object.fromEntries([...sql.matchAll(/:([a-zA-Z]+)/g)].map(([, name]) => [name, null]))
    const explain = db.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
    return { sql: sql.replaceAll(/\s+/g, ' ').trim(), steps: explain.all(...(Object.keys(named).length > 0 ? [named] : Array.from(sql.matchAll(/\?/g), () => null))).map(({ detail }) => detail) }
  })
  db.close()
  await store.close()
  return planned
}

const readsAll = (step: string): boolean => /\(merchant_id=\?\)|ANY\(merchant_id\)|^SCAN \w+( USING .*)?$/.test(step)

test('no statement reads all of a merchant to find a few rows', async () => {
  const all = await plans()
  expect(all.length).toBeGreaterThan(100)
  const found = all.filter(({ sql, steps }) => steps.some(readsAll) && !READS_ALL.some(([allowed]) => allowed.test(sql)))
  expect(found).toEqual([])
  expect(READS_ALL.filter(([allowed]) => !all.some(({ sql }) => allowed.test(sql))).map(([, why]) => why)).toEqual([])
})

const sizes = (db: Database.Database): unknown[] => db.prepare('select tbl, idx, stat from sqlite_stat1 order by tbl, idx').all()

test('the sizes stand in the file once; another start writes nothing, and takes back what ANALYZE found', async () => {
  const file = join(tempDir(), 'sizes.db')
  await openSqlite(file).close()
  const watcher = new Database(file)
  const told = sizes(watcher)
  expect(told).toContainEqual({ tbl: 'conversions', idx: 'conversions_by_external_id', stat: '1000000 1000000 2 noskipscan' })
  const before = watcher.pragma('data_version')
  await openSqlite(file).close()
  expect(watcher.pragma('data_version')).toEqual(before)
  watcher.exec('analyze')
  expect(sizes(watcher)).not.toEqual(told)
  await openSqlite(file).close()
  expect(sizes(watcher)).toEqual(told)
  watcher.close()
})
