import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { fromBlob, toBlob } from '../../collector/store/sqlite/blobs.ts'
import { verify } from '../../collector/service/verify.ts'
import { call, openTestCollector, startCollector, tempDir, visitBody, type TestCollector } from '../helpers/collector.ts'

/** A collector with one booked order, and its file opened by a stranger. */
async function booked(): Promise<{ collector: TestCollector; db: Database.Database }> {
  const collector = await startCollector()
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: 'order-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: visit['session'] } })
  await collector.close()
  const db = new Database(join(collector.dir, 'test.db'))
  db.pragma('foreign_keys = on')
  return { collector, db }
}

describe('the ledger refuses, in the database itself', () => {
  test.each([
    ['an update of an entry', "update ledger_entries set minor = minor + 1", /append only/],
    ['an update of a transaction', "update ledger_transactions set currency = 'USD'", /append only/],
    ['a delete of an entry', 'delete from ledger_entries', /append only/],
    ['a delete of a transaction', 'delete from ledger_transactions', /append only/],
    ['a replacing insert of an entry', 'insert or replace into ledger_entries select merchant_id, transaction_id, line, account, affiliate_id, minor + 1 from ledger_entries', /takes no more entries/],
    ['a replacing insert of a transaction', "insert or replace into ledger_transactions select merchant_id, id, mode, event, commission_id, payout_id, fact_id, 'USD', at_ms, number + 1 from ledger_transactions", /written once/],
    ['one more entry of a written transaction', "insert into ledger_entries select merchant_id, transaction_id, 9, 'cash', null, 5 from ledger_entries limit 1", /takes no more entries/],
    ['a transaction without entries', "insert into ledger_transactions select merchant_id, 'txn_empty', mode, 'approved', commission_id, payout_id, fact_id, currency, at_ms, number + 1 from ledger_transactions", /sum to zero/],
    ['a second booking of a commission', "insert into ledger_transactions select merchant_id, 'txn_twice', mode, event, commission_id, payout_id, fact_id, currency, at_ms, number + 1 from ledger_transactions", /sum to zero|written once/],
    ['another amount on an order', 'update conversions set minor = 1', /never rewritten/],
    ['an order that is no longer attributed', 'update conversions set attributed = 0', /stays attributed/],
    ['an order that disappears', 'delete from conversions', /nothing booked disappears/],
    ['another amount on a commission', 'update commissions set minor = 1', /a correction is a new entry/],
    ['other lines on an order', "update conversions set lines = '[1]'", /never rewritten/],
    ['a receipt that is edited', "update receipts set outcome = '{}'", /append only/],
    ['a transaction of a commission and a payout', "begin; insert into ledger_entries values (1, 'txn_x', 0, 'expense', null, 5), (1, 'txn_x', 1, 'pending', 'aff', -5); insert into ledger_transactions select merchant_id, 'txn_x', mode, 'approved', commission_id, 'pay_x', null, currency, at_ms, number + 1 from ledger_transactions", /CHECK/],
  ])('%s', async (_what, sql, message) => {
    const { db } = await booked()
    expect(() => db.exec(sql)).toThrow(message)
    db.close()
  })

  test('a transaction whose entries do not sum to zero', async () => {
    const { db } = await booked()
    const write = db.transaction(() => {
      db.exec("insert into ledger_entries values (1, 'txn_x', 0, 'expense', null, 5), (1, 'txn_x', 1, 'pending', 'aff', -4)")
      db.exec("insert into ledger_transactions select merchant_id, 'txn_x', mode, 'approved', commission_id, payout_id, fact_id, currency, at_ms, number + 1 from ledger_transactions")
    })
    expect(write).toThrow(/sum to zero/)
    db.close()
  })

  test('entries that no transaction seals', async () => {
    const { db } = await booked()
    expect(() => db.exec("insert into ledger_entries values (1, 'txn_x', 0, 'expense', null, 5), (1, 'txn_x', 1, 'pending', 'aff', -5)")).toThrow(/FOREIGN KEY/)
    db.close()
  })
})

test('an order id is unique in the database, not only in the code', async () => {
  const { db } = await booked()
  expect(() => db.exec("insert into conversions (merchant_id, id, number, mode, kind, site, external_id, minor, currency, attributed, considered, marks, occurred_at_ms, received_at_ms, changed_at_ms) select merchant_id, 'cnv_other', 99, mode, kind, site, external_id, minor, currency, attributed, considered, marks, occurred_at_ms, received_at_ms, changed_at_ms from conversions")).toThrow(/UNIQUE/)
  db.close()
})

test('a commit means on disk: WAL and synchronous=FULL', () => {
  const db = openDatabase(join(tempDir(), 'x.db'))
  expect([db.pragma('journal_mode', { simple: true }), db.pragma('synchronous', { simple: true }), db.pragma('foreign_keys', { simple: true })]).toEqual(['wal', 2, 1])
  db.close()
})

/** Rows as a thief with the file could change them: triggers dropped first. */
function tamper(db: Database.Database, sql: string): void {
  for (const { name } of db.prepare("select name from sqlite_master where type = 'trigger'").all() as { name: string }[]) db.exec(`drop trigger ${name}`)
  db.pragma('foreign_keys = off')
  db.exec(sql)
  db.close()
}

describe('verify names what was tampered with', () => {
  test.each([
    ['an entry', 'update ledger_entries set minor = 500 where minor = 499', /does not sum to zero/],
    ['both entries', 'update ledger_entries set minor = minor * 2', /does not book what "booked" means/],
    ['a commission', 'update commissions set minor = 1', /differ from its receipt/],
    ['whose commission', "update commissions set affiliate_id = (select affiliate_id from affiliate_profiles where json_extract(value, '$.firstName') = 'Ben')", /differ from its receipt/],
    ['a status', "update commissions set status = 'APPROVED'", /is APPROVED, its ledger says: booked/],
    ['a receipt', "update receipts set outcome = replace(outcome, '499', '999')", /does not follow from what it was decided on/],
    ['an order', 'update conversions set minor = 100', /is about another order/],
    ['an attribution', 'update conversions set attributed = 0', /marked attributed, its receipts say otherwise/],
    ['a lost transaction', 'delete from ledger_transactions', /entry of unknown transaction/],
    ['a lost receipt', 'delete from receipts', /has no receipt/],
    ['a lost commission', 'delete from commissions', /of unknown commission/],
    ['a receipt that is no JSON any more', "update receipts set inputs = '{'", /conversion number 1 or what belongs to it cannot be read/],
    ['the engine of a receipt', 'update receipts set engine = 9', /cannot be judged again: Error: engine version 9/],
    ['the mode of a booking', "update ledger_transactions set mode = 'test'", /does not book what/],
  ])('%s', async (_what, sql, problem) => {
    const { collector, db } = await booked()
    tamper(db, sql)
    const result = await verify(await openTestCollector({ dir: collector.dir }))
    expect(result.ok).toBe(false)
    expect(result.problems.map(({ what }) => what).join('\n')).toMatch(problem)
    expect(result.problems[0]?.look).toMatch(/^refledger /)
  })
})

test('a decision whose second row is refused leaves nothing of its first, and its neighbours stay whole', async () => {
  const { store, merchantId } = await startCollector()
  const site = (...hosts: string[]) => store.decide('settings', {}, () => ({ entries: hosts.map((host) => ({ kind: 'site', merchantId, host, createdAtMs: 0, provedAtMs: 0 })), result: hosts.length }))
  const results = await Promise.allSettled([site('one.example'), site('two.example', 'shop.example'), site('three.example')])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect([...store.directory().sites.keys()].toSorted()).toEqual(['one.example', 'shop.example', 'three.example'])
})

test('verify ends, and names each row, also where none of several conversions can be read', async () => {
  const { collector, db } = await booked()
  const again = await openTestCollector({ dir: collector.dir })
  for (const id of ['order-2', 'order-3']) await call(again, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: id, conversionType: 'SALE', amount: 100, currency: 'EUR', sessionId: 's-1' } })
  await again.close()
  tamper(db, "update conversions set marks = '{'")
  const { ok, problems } = await verify(await openTestCollector({ dir: collector.dir }))
  expect([ok, problems.filter(({ what }) => what.includes('cannot be read'))]).toMatchObject([false, [1, 2, 3].map((number) => ({ what: expect.stringMatching(`^conversion number ${number} or`), look: 'refledger verify --json' }))])
})

test.each([
  ['a UUID', '01932f2c-7a10-7000-8000-0123456789ab', 16],
  ['a short name', 'test-session-001', 17],
  ['a name as long as a UUID is in bytes, less one', 'abcdefghijklmno', 17],
  ['letters beyond ASCII', 'séance-ünï-☂', 18],
  ['a UUID in capitals is a text of its own', '01932F2C-7A10-7000-8000-0123456789AB', 37],
])('a session is stored and read back: %s', (_what, session, bytes) => {
  expect(toBlob(session)).toHaveLength(bytes)
  expect(fromBlob(toBlob(session))).toBe(session)
})

test('a database of a newer version is refused with a sentence', async () => {
  const { collector, db } = await booked()
  db.exec("insert into migrations (name) values ('2099-01-01-future')")
  db.close()
  await expect(openTestCollector({ dir: collector.dir })).rejects.toThrow(/written by a newer version/)
})
