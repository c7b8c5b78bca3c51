import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { expect, test } from 'vitest'
import { engineSettings } from '../../collector/store/migrations/2026-11-21-engine-settings.ts'
import { spine } from '../../collector/store/migrations/2026-11-21-spine.ts'
import { migrate } from '../../collector/store/migrate.ts'
import { directoryStore } from '../../collector/store/sqlite/directory.ts'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { inForce, isOwn } from '../../shared/engine/settings.ts'
import { tempDir } from '../helpers/collector.ts'

const MADE_MS = Date.UTC(2026, 10, 1)
const OLD_TERMS = { name: 'Old', landingUrl: 'https://shop.example/', windowDays: 45, model: 'last_click', holdDays: null, status: 'ACTIVE' }
const UNSET = { couponFirst: false, poolDevices: false, adoptUntilMs: null, minimumOrder: [], capPerOrder: [], capPerMonth: [], tiers: null, bounties: {}, recurring: 'first_payment' }

/** A database as the first version made it, with a merchant in it. */
function oldDatabase(): Database {
  const db = openDatabase(join(tempDir(), 'old.db'))
  db.exec(spine)
  db.exec("create table migrations (name text primary key, applied_at text not null default current_timestamp) strict; insert into migrations (name) values ('2026-11-21-spine')")
  db.prepare("insert into merchants values (1, 'Shop', 'EUR', 'Europe/Berlin', ?)").run(MADE_MS)
  db.prepare("insert into sites values ('shop.example', 1, ?)").run(MADE_MS)
  db.prepare("insert into campaigns values (1, 'cmp_a', 1, ?)").run(MADE_MS)
  const version = db.prepare("insert into campaign_versions values (1, 'cmp_a', ?, ?, ?)")
  version.run(1, MADE_MS, JSON.stringify({ ...OLD_TERMS, rate: { kind: 'percent', ppm: 125_000 } }))
  version.run(2, MADE_MS + 1, JSON.stringify({ ...OLD_TERMS, rate: { kind: 'flat', amount: { minor: 500, currency: 'USD' } }, holdDays: 0, status: 'ARCHIVED' }))
  db.prepare("insert into affiliates values (1, 'aff_a', 1, 'Ana', 'ana@blog.example', x'00112233445566778899aabbccddeeff', ?)").run(MADE_MS)
  db.prepare("insert into affiliate_versions values (1, 'aff_a', 1, ?, '{\"status\":\"ACTIVE\"}')").run(MADE_MS)
  db.prepare("insert into codes values (1, 'ana', 'aff_a', ?)").run(MADE_MS)
  db.prepare("insert into enrolments values (1, 'aff_a', 'cmp_a', ?)").run(MADE_MS + 5)
  return db
}

function migrated(): Database {
  const db = oldDatabase()
  migrate(db)
  return db
}

test('an older database keeps all that it says, in the new form', () => {
  const directory = directoryStore(migrated()).current()
  const settings = directory.merchants.get(1)
  expect(settings?.merchant).toEqual({ id: 1, name: 'Shop', currency: 'EUR' })
  expect(settings?.terms).toEqual([{ version: 1, validFromMs: MADE_MS, value: { timezone: 'Europe/Berlin', model: 'last_click', couponFirst: false, poolDevices: false } }])
  expect(directory.claims).toEqual([{ merchantId: 1, host: 'shop.example', createdAtMs: MADE_MS, provedAtMs: MADE_MS }])
  expect([...directory.sites]).toEqual([['shop.example', 1]])
  expect(settings?.campaigns.get('cmp_a')?.versions).toEqual([
    { version: 1, validFromMs: MADE_MS, value: { ...OLD_TERMS, ...UNSET, rate: { kind: 'percent', ppm: 125_000 } } },
    { version: 2, validFromMs: MADE_MS + 1, value: { ...OLD_TERMS, ...UNSET, rate: { kind: 'flat', amounts: [{ minor: 500, currency: 'USD' }] }, holdDays: 0, status: 'ARCHIVED' } },
  ])
  const ana = settings?.affiliates.get('aff_a')
  expect(ana).toMatchObject({
    email: 'ana@blog.example', identities: [{ identity: '00112233445566778899aabbccddeeff', validFromMs: MADE_MS }], codes: [{ code: 'ana', validFromMs: MADE_MS }],
    enrolments: [{ campaignId: 'cmp_a', enrolledAtMs: MADE_MS + 5, leftAtMs: null }],
  })
  expect(ana && [MADE_MS - 1, MADE_MS].map((atMs) => isOwn(ana, '00112233445566778899aabbccddeeff', atMs))).toEqual([false, true])
  expect(settings && inForce(settings.terms, 0).value.timezone).toBe('Europe/Berlin')
})

const shape = (of: Database): unknown[] => of.prepare('select type, name, sql from sqlite_schema order by type, name').all()

test('it happens once, and a migrated database is the same as a new one', () => {
  const db = migrated()
  migrate(db)
  const fresh = openDatabase(join(tempDir(), 'new.db'))
  migrate(fresh)
  expect(shape(db)).toEqual(shape(fresh))
  expect(db.pragma('foreign_key_check')).toEqual([])
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
})

test('a migration that fails leaves the database as it was', () => {
  const db = oldDatabase()
  db.exec("create table special_rates (x)")
  expect(() => migrate(db)).toThrow('already exists')
  expect(db.prepare('select host from sites').pluck().all()).toEqual(['shop.example'])
  expect(db.prepare("select timezone from merchants").pluck().get()).toBe('Europe/Berlin')
  expect(engineSettings).toContain('create table special_rates')
})

test.each([
  ['terms', "update merchant_versions set value = '{}'"], ['terms, deleted', 'delete from merchant_versions'], ['terms, replaced', "insert or replace into merchant_versions values (1, 1, 0, '{}')"],
  ['a campaign\'s terms', "update campaign_versions set value = '{}'"],
  ['a special rate', "update special_rates set value = null"], ['a special rate, deleted', 'delete from special_rates'], ['a special rate, replaced', "insert or replace into special_rates values (1, 'cmp_a', 'aff_a', null, 1, 0, null)"],
  ['an address', "update affiliate_addresses set address = 'x'"], ['an address, deleted', 'delete from affiliate_addresses'],
  ['whom a trigger credits', "update triggers set affiliate_id = 'aff_b'"], ['since when', 'update triggers set valid_from_ms = 0'], ['an end, moved', 'update triggers set ended_at_ms = 9'], ['an end, taken back', 'update triggers set ended_at_ms = null'],
  ['a trigger, deleted', 'delete from triggers'], ['an enrolment', 'update enrolments set enrolled_at_ms = 0'], ['an enrolment, deleted', 'delete from enrolments'], ['an enrolment that has ended', 'update enrolments set left_at_ms = null'],
  ['a proof, taken back', 'update sites set proved_at_ms = null'], ['a site, handed on', 'update sites set merchant_id = 2'], ['a site, deleted', 'delete from sites'],
])('the database refuses to change %s', (_what, sql) => {
  const db = migrated()
  db.exec(`
    insert into special_rates values (1, 'cmp_a', 'aff_a', null, 1, 5, '{"kind":"percent","ppm":1}');
    insert into triggers values (1, 'trg_a', 1, 'coupon', 'ANA10', null, 'aff_a', null, 5, 5, null);
    update triggers set ended_at_ms = 7;
    update enrolments set left_at_ms = 7;
  `)
  expect(() => db.exec(sql)).toThrow(/append only|written once|erased or stays/)
})

test('nor does it take a second one in force of what there may be one of', () => {
  const db = migrated()
  db.exec("insert into merchants values (2, 'Other', 'EUR', 0); insert into triggers values (1, 'trg_a', 1, 'sku', 'MUG', null, 'aff_a', null, 5, 5, null)")
  expect(() => db.exec("insert into triggers values (1, 'trg_b', 2, 'sku', 'MUG', null, 'aff_a', null, 5, 5, null)")).toThrow(/UNIQUE/)
  expect(() => db.exec("insert into enrolments values (1, 'aff_a', 'cmp_a', 2, 9, null)")).toThrow(/UNIQUE/)
  expect(() => db.exec("insert into sites values (2, 'shop.example', 0, 5)")).toThrow(/UNIQUE/)
  db.exec("insert into sites values (2, 'shop.example', 0, null)")
})
