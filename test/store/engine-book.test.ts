import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { migrate } from '../../collector/store/migrate.ts'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { balancesOf, BY, commissionsOf } from '../helpers/book.ts'
import { openTestCollector, startCollector, tempDir } from '../helpers/collector.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'
import { MIDNIGHT_MS, ORDERS, spineDatabase } from './spine-book.ts'

/** A folder with an old database in it, as the file was left. */
function oldPlace(): { dir: string; file: string } {
  const dir = tempDir()
  const file = join(dir, 'test.db')
  spineDatabase(file).close()
  return { dir, file }
}

/** The same, brought to this version. */
function migrated(): { dir: string; file: string; db: Database.Database } {
  const place = oldPlace()
  const db = openDatabase(place.file)
  migrate(db)
  return { ...place, db }
}

/** Every row of every table, by its columns. */
function allRows(place: { dir: string }): Record<string, Record<string, unknown>[]> {
  return Object.fromEntries(Object.keys(rowCounts(place)).map((table) => [table, rowsOf<Record<string, unknown>>(place, `select * from "${table}"`)]))
}

test('whatever stood in a table stands there still, column by column', () => {
  const place = oldPlace()
  const before = allRows(place)
  const db = openDatabase(place.file)
  migrate(db)
  const after = allRows(place)
  // Columns that moved to versions of their own, terms in their new form, and what counts migrations: see engine-settings.test.ts.
  const moved: Record<string, string[]> = { merchants: ['timezone'], affiliates: ['identity', 'name', 'email'], keys: ['scopes'], campaign_versions: ['value'] }
  for (const [table, rows] of Object.entries(before)) {
    if (table === 'migrations') continue
    expect([table, after[table]?.length]).toEqual([table, rows.length])
    for (const row of rows) {
      const kept = Object.fromEntries(Object.entries(row).filter(([column]) => !(moved[table] ?? []).includes(column)))
      expect(after[table]).toContainEqual(expect.objectContaining(kept))
    }
  }
  expect(before['commissions']).toHaveLength(5)
})

test('commissions say what is left of them, parts what sums are taken of, in the month of the merchant’s zone', () => {
  const place = migrated()
  expect(commissionsOf(place)).toEqual([['PENDING', 1000, 0, 1000], ['APPROVED', 1000, 0, 1000], ['REJECTED unqualified', 1000, 0, 0], ['PENDING', 1000, 0, 1000], ['PENDING', 1000, 0, 1000]])
  expect(rowsOf(place, 'select unverified, source, note, raises, transferred_to from commissions order by number')).toEqual(ORDERS.slice(0, 5).map(({ id }) => ({ unverified: id === 'e' ? 1 : 0, source: 'order', note: null, raises: null, transferred_to: null })))
  expect(rowsOf(place, "select conversion_number as n, affiliate_id as whom, campaign_id as campaign, mode, month, weight_n || '/' || weight_d as weight, minor, left_minor as base from commission_parts order by conversion_number")).toEqual(
    ORDERS.slice(0, 5).map(({ affiliate, mode, atMs }, index) => ({ n: index + 1, whom: affiliate, campaign: 'cmp_main', mode, month: atMs < MIDNIGHT_MS ? '2026-10' : '2026-11', weight: '1/1', minor: 1000, base: 10_000 })),
  )
})

test('balances are what the ledger adds up to', () => {
  const place = migrated()
  expect([balancesOf(place), balancesOf(place, { affiliate: 'aff_ana' }), balancesOf(place, { mode: 'test' })]).toEqual([{ expense: 3000, pending: -2000, payable: -1000 }, { expense: 3000, pending: -1000, payable: -1000 }, { expense: 1000, pending: -1000 }])
  expect(rowsOf(place, 'select count(*) as n from ledger_transactions where payout_id is null and fact_id is null')).toEqual([{ n: 7 }])
})

test('counted clicks are counted by the day of the merchant’s zone', () => {
  const place = migrated()
  expect(rowsOf(place, 'select day, mode, campaign_id as campaign, affiliate_id as whom, clicks from daily_clicks order by 1, 2, 4')).toEqual([
    { day: '2026-10-31', mode: 'live', campaign: '', whom: 'aff_ana', clicks: 1 }, { day: '2026-11-01', mode: 'live', campaign: '', whom: 'aff_ana', clicks: 2 }, { day: '2026-11-01', mode: 'test', campaign: '', whom: 'aff_ben', clicks: 1 },
  ])
})

test('it happens once; references hold; and the schema is that of a new database', () => {
  const { db, dir } = migrated()
  const [before, schema] = [allRows({ dir }), db.prepare('select type, name, sql from sqlite_schema order by type, name').all()]
  migrate(db)
  expect(allRows({ dir })).toEqual(before)
  expect([db.pragma('foreign_key_check'), db.pragma('integrity_check', { simple: true }), db.pragma('foreign_keys', { simple: true })]).toEqual([[], 'ok', 1])
  const fresh = openDatabase(join(tempDir(), 'new.db'))
  migrate(fresh)
  expect(schema).toEqual(fresh.prepare('select type, name, sql from sqlite_schema order by type, name').all())
})

test('one that fails leaves the database as it was', () => {
  const { dir, file } = oldPlace()
  const db = openDatabase(file)
  db.exec("pragma foreign_keys = off; insert into identifiers values (1, 'session', x'00', 'cnv_lost', 0)")
  const before = allRows({ dir })
  expect(() => migrate(db)).toThrow(/1 rows that refer to nothing; the database was not changed/)
  expect(allRows({ dir })).toEqual(before)
})

describe('the triggers are back', () => {
  const FILL = `
    insert into refunds values (1, 'cnv_a', 1, 'rfn_a', 'k', 'full', 10000, '[]', null, 5, 90, 10000, 10000); insert into adjustments values (1, 'cmm_a', 1, 'adj_a', 'BONUS', 5, 5, null, null, 5);
    insert into payouts values (1, 'pay_a', 1, 'live', 'aff_ana', 'EUR', 1000, 0, 'OPEN', null, null, 5, null, null); insert into payout_commissions values (1, 'pay_a', 'cmm_b');
    insert into audit values (1, 1, 'live', 5, 'cli', 'approve', 'cmm_b', '{}', '', 'd');
  `
  const tables = ['refunds', 'adjustments', 'payout_commissions', 'audit', 'ledger_transactions', 'ledger_entries', 'receipts', 'commissions', 'payouts', 'conversions']
  test.each<[string, string]>([
    ...tables.map((table): [string, string] => [`${table}: taken away`, `delete from ${table}`]),
    ['refunds: changed', 'update refunds set minor = 1'], ['refunds: replaced', "insert or replace into refunds values (1, 'cnv_a', 1, 'rfn_a', 'k', 'full', 1, '[]', null, 5, 90, 1, 1)"], ['adjustments: changed', 'update adjustments set delta_minor = 1'],
    ['payout_commissions: changed', "update payout_commissions set commission_id = 'cmm_a'"], ['audit: changed', "update audit set detail = 'x'"], ['audit: replaced', "insert or replace into audit values (1, 1, 'live', 5, 'x', '', '', '', '', '')"],
    ['a transaction: changed', "update ledger_transactions set event = 'x'"], ['an entry: changed', 'update ledger_entries set minor = 1'], ['an entry: added', "insert into ledger_entries values (1, 'txn_a_booked', 9, 'cash', null, 5)"],
    ['a transaction: crooked', "insert into ledger_entries values (1, 'txn_x', 0, 'cash', null, 5); insert into ledger_transactions values (1, 'txn_x', 'live', 'approved', 'cmm_a', null, null, 'EUR', 5, 99)"],
    ['a transaction: of no entries', "insert into ledger_transactions values (1, 'txn_x', 'live', 'approved', 'cmm_a', null, null, 'EUR', 5, 99)"],
    ['a booking: twice', "insert into ledger_entries values (1, 'txn_x', 0, 'pending', 'aff_ana', 0); insert into ledger_transactions values (1, 'txn_x', 'live', 'booked', 'cmm_a', null, null, 'EUR', 5, 99)"],
    ['a payout: its amount', 'update payouts set gross_minor = 5'], ['a payout: its debt', 'update payouts set netted_minor = 5'], ['a payout: its affiliate', "update payouts set affiliate_id = 'aff_ben'"],
    ['a commission: its amount', 'update commissions set minor = 5'], ['a commission: its affiliate', "update commissions set affiliate_id = 'aff_ben'"], ['a commission: where it comes from', "update commissions set source = 'credit'"],
    ['an order: its amount', 'update conversions set minor = 5'], ['an order: its lines', "update conversions set lines = '[1]'"], ['an order: its discount', 'update conversions set discount_minor = 5'], ['an order: unattributed again', 'update conversions set attributed = 0 where attributed = 1'],
  ])('%s is refused', (_what, sql) => {
    const { db } = migrated()
    db.exec(FILL)
    // In a transaction, as the entries come before what seals them.
    expect(() => db.exec(`begin; ${sql}`)).toThrow(/append only|nothing booked disappears|correction is a new entry|amount is fixed|never rewritten|stays attributed|sum to zero|written once|takes no more entries/)
  })

  test('what may change, changes: a state, what is left, a payout’s end', () => {
    const { db } = migrated()
    expect(() => db.exec(`${FILL} update commissions set status = 'IN_PAYOUT', open_minor = 5, clawed_minor = 5, total_minor = 5 where id = 'cmm_b'; update payouts set status = 'PAID', paid_at_ms = 9; update conversions set marks = '[]'`)).not.toThrow()
  })
})

test('a collector goes on with it: an old commission is refunded, approved, adjusted and paid', async () => {
  const place = oldPlace()
  const keys = await startCollector()
  for (const name of ['identity.key', 'secret.key']) copyFileSync(join(keys.dir, name), join(place.dir, name))
  const { services } = await openTestCollector({ dir: place.dir })
  await services.refunds.refund({ merchantId: 1, order: 'order-a', request: () => ({ kind: 'amount', minor: 2500 }) }, BY)
  await services.refunds.refund({ merchantId: 1, order: 'order-b', request: () => ({ kind: 'amount', minor: 5000 }) }, BY)
  await services.commissions.approve({ merchantId: 1, names: ['1'] }, BY)
  await services.commissions.adjust({ merchantId: 1, commission: '2', type: 'BONUS', minor: () => 50 }, BY)
  expect(await services.payouts.make({ merchantId: 1, affiliate: 'aff_ana', mode: 'live' }, BY)).toMatchObject({ grossMinor: 1300 })
  expect(commissionsOf(place).slice(0, 2)).toEqual([['IN_PAYOUT', 1000, 250, 750], ['IN_PAYOUT', 1050, 500, 550]])
  expect(rowsOf(place, 'select left_minor as base from commission_parts order by conversion_number limit 2')).toEqual([{ base: 7500 }, { base: 5000 }])
  expect(balancesOf(place)).toEqual({ expense: 2300, pending: -1000, settling: -1300 })
  await services.refunds.refund({ merchantId: 1, order: 'order-b', request: () => ({ kind: 'full' }) }, BY)
  const { commission } = await services.credits.creditOrder({ merchantId: 1, order: 'order-e', affiliate: 'aff_ana', approved: true, transfer: true }, BY)
  expect(commission.totalMinor).toBe(1000)
  expect((await services.conversions.find(1, 'order-b')).commissions).toMatchObject([{ clawedMinor: 1050 }])
  expect(services.campaigns.list(1)).toMatchObject([{ name: 'Old' }])
})
