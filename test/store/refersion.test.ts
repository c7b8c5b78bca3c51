import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrate } from '../../collector/store/migrate.ts'
import { appendOnly } from '../../collector/store/migrations/append-only.ts'
import { openSqlite } from '../../collector/store/sqlite/sqlite.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import { wonBy } from '../../shared/engine/won-by.ts'
import { verify } from '../../collector/service/verify.ts'
import { bookKeeper, richBook } from '../helpers/rich-book.ts'
import { rowsOf } from '../helpers/rows.ts'

const KEPT = { commissions: 'select id, won_by from commissions order by id', orders: 'select id, base_minor from conversions order by id', refunds: 'select id, took_minor, took_base_minor from refunds order by id' }

test('a book of before gets the columns that it would have had, and its refunds numbers behind those that were taken', async () => {
  const book = await richBook()
  // An order whose last unit took its shipping with it.
  const keeper = bookKeeper(book)
  await keeper.order('shipped', 'ana', { amount: { minor: 2490, currency: 'EUR' }, lines: [{ sku: 'MUG', quantity: 2, minor: 2000 }] })
  for (const quantity of [1, null]) await keeper.refund('shipped', { kind: 'items', items: [{ sku: 'MUG', quantity }] })
  expect(rowsOf<{ took_minor: number }>(book, "select took_minor from refunds where conversion_id = (select id from conversions where external_id = 'shipped') order by number").map((row) => row.took_minor)).toEqual([1000, 1490])
  await book.close()
  const before = Object.values(KEPT).map((sql) => rowsOf(book, sql))
  // As the migration before this one left it.
  const db = new Database(join(book.dir, 'test.db'))
  for (const guard of db.prepare<[], string>("select name from sqlite_schema where type = 'trigger' and tbl_name = 'refunds'").pluck().all()) db.exec(`drop trigger ${guard}`)
  db.exec(appendOnly('refunds'))
  db.exec(`
    drop index refunds_by_cancellation; drop index commissions_taken_over;
    alter table refunds drop column cancellation_number; alter table refunds drop column took_minor; alter table refunds drop column took_base_minor;
    alter table commissions drop column won_by; alter table conversions drop column base_minor;
    delete from migrations where name = '2026-11-21-refersion';
  `)
  const taken = Number(db.prepare("select last from sequences where noun = 'commission'").pluck().get())
  migrate(db)
  expect(Object.values(KEPT).map((sql) => rowsOf(book, sql))).toEqual(before)
  const refunds = Number(db.prepare('select count(*) from refunds').pluck().get())
  expect(rowsOf<{ n: number }>(book, 'select cancellation_number as n from refunds order by received_at_ms').map(({ n }) => n)).toEqual(Array.from({ length: refunds }, (_, n) => taken + n + 1))
  expect(db.prepare("select last from sequences where noun = 'commission'").pluck().get()).toBe(taken + refunds)
  expect(() => db.exec('update refunds set took_minor = 0')).toThrow(/append only/)
  db.close()
  const store = openSqlite(join(book.dir, 'test.db'))
  // The numbers that this book's cancellations had before are gaps now; a book of before has none.
  expect((await verify({ store })).problems.filter(({ what }) => !/^commission or cancellation number \d+ is missing$/.test(what))).toEqual([])
  await store.close()
}, 60_000)

test('receipts of the first engine say what won, too', () => {
  const { inputs, outcome } = JSON.parse(readFileSync(join(import.meta.dirname, '../engine/golden/v1-every-verdict.json'), 'utf8')) as Pick<Receipt, 'inputs' | 'outcome'>
  const winner = inputs.touches[outcome.verdicts.indexOf('WON')]
  expect(winner?.evidence).toMatch(/^(session|identity|click_id|affiliate_code)$/)
  expect(wonBy({ inputs, outcome }, winner?.affiliateId ?? '')).toBe(winner?.evidence)
  expect(wonBy({ inputs, outcome }, 'aff_nobody')).toBeUndefined()
})
