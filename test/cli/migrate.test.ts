import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { migrateSafely } from '../../collector/backup/before-migration.ts'
import { loadConfig } from '../../collector/config.ts'
import { openCollector } from '../../collector/serve.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { NOON_MS, SCRIPT_FILE, startCollector, tempDir } from '../helpers/collector.ts'
import { spineDatabase } from '../store/spine-book.ts'

interface Migrated { dryRun: boolean; migrations: string[]; backup: string | null }

const DAY_MS = 86_400_000
const urlOf = (dir: string): string => `sqlite:${join(dir, 'test.db')}`
const today = (): string => new Date(Date.now()).toISOString().slice(0, 10)

/** A folder as the first version left it. */
function oldPlace(prepare: (db: Database.Database) => void = () => undefined): string {
  const dir = tempDir()
  const db = spineDatabase(join(dir, 'test.db'))
  prepare(db)
  db.pragma('wal_checkpoint(truncate)')
  db.close()
  for (const name of ['identity.key', 'secret.key']) writeFileSync(join(dir, name), `${hash('sha256', name)}\n`)
  return dir
}
/** The database of the first version with a table that a migration wants to make. */
const failing = (): string => oldPlace((db) => db.exec('create table carts (mine)'))

function migrationsOf(dir: string, file = 'test.db'): string[] {
  const db = new Database(join(dir, file), { readonly: true })
  try {
    return db.prepare<[], string>('select name from migrations order by rowid').pluck().all()
  } finally {
    db.close()
  }
}

const held = (dir: string): Record<string, string> => Object.fromEntries(readdirSync(dir).filter((name) => !/-(wal|shm)$/.test(name)).map((name) => [name, hash('sha256', readFileSync(join(dir, name)))]))

test('--dry-run says what would be done, after doing it on a copy; nothing is changed', async () => {
  const dir = oldPlace()
  const before = held(dir)
  const { code, json } = await cliJson<Migrated>(urlOf(dir), 'migrate', '--dry-run')
  expect([code, json]).toEqual([0, { dryRun: true, migrations: expect.arrayContaining(['2026-11-21-engine-book', '2026-11-21-key-ends']), backup: null }])
  expect((await cli(urlOf(dir), 'migrate', '--dry-run')).out).toMatch(/^\d+ migrations went well on a copy; nothing was changed:\n  2026-11-21-engine-book\n/)
  expect([held(dir), migrationsOf(dir)]).toEqual([before, ['2026-11-21-spine']])
})

test('migrate does it after a backup that can be restored, which the next run does not make again', async () => {
  const dir = oldPlace()
  const { code, json } = await cliJson<Migrated>(urlOf(dir), 'migrate')
  const backup = join(dir, `test.db.${today()}-before-development.backup`)
  expect([code, json]).toEqual([0, { dryRun: false, migrations: expect.arrayContaining(['2026-11-21-key-ends']), backup }])
  expect(statSync(backup).mode & 0o777).toBe(0o600)
  expect(migrationsOf(dir, basename(backup))).toEqual(['2026-11-21-spine'])
  expect((await cli(urlOf(dir), 'migrate')).out).toBe('nothing to do: the database is of this version\n')
  expect((await cliJson(urlOf(dir), 'migrate', '--dry-run')).json).toEqual({ dryRun: true, migrations: [], backup: null })
  expect((await cli(urlOf(dir), 'verify')).out).toContain('6 conversions')

  const to = join(tempDir(), 'new')
  const { json: restored } = await cliJson(urlOf(to), 'restore', backup)
  expect(restored).toMatchObject({ conversions: 6, migrations: json.migrations })
  expect(migrationsOf(to)).toEqual(migrationsOf(dir))
})

test('a migration that fails is found by --dry-run; by itself it leaves the database, and a backup of it', async () => {
  const dir = failing()
  const before = held(dir)
  expect(await cli(urlOf(dir), 'migrate', '--dry-run')).toMatchObject({ code: 1, err: 'error: migration 2026-11-21-carts failed, and the database was not changed: table carts already exists\n' })
  expect(held(dir)).toEqual(before)

  for (const command of [['migrate'], ['key', 'list'], ['migrate']]) expect(await cli(urlOf(dir), ...command)).toMatchObject({ code: 1, err: expect.stringContaining('2026-11-21-carts failed') })
  const backup = `test.db.${today()}-before-development.backup`
  expect(readdirSync(dir).filter((name) => !/-(wal|shm)$/.test(name)).toSorted()).toEqual([...Object.keys(before), backup].toSorted())
  expect([held(dir)['test.db'], migrationsOf(dir)]).toEqual([before['test.db'], ['2026-11-21-spine']])
  expect(migrationsOf(dir, backup)).toEqual(['2026-11-21-spine'])
})

test('serve and every command do it by themselves, and say where the backup is', async () => {
  const dir = oldPlace()
  const said: { level: string; about: unknown; text: unknown }[] = []
  const say = (level: string) => (about: unknown, text: unknown): void => void said.push({ level, about, text })
  const log = { info: say('info'), warn: say('warn'), error: say('error'), debug: say('debug') }
  const collector = await openCollector({ config: loadConfig({ DATABASE_URL: urlOf(dir), PORT: '0' }, {}), scriptFile: SCRIPT_FILE, now: () => NOON_MS, log: log as never })
  await collector.close()
  const backup = join(dir, 'test.db.2026-11-20-before-development.backup')
  expect(said).toContainEqual({ level: 'warn', about: { migrations: expect.arrayContaining(['2026-11-21-key-ends']), backup }, text: 'the database was brought to this version; as it was before, it is in the backup' })
  expect(statSync(backup).isFile()).toBe(true)

  const other = oldPlace()
  const { code, out, err } = await cli(urlOf(other), 'key', 'list', '--json')
  expect([code, JSON.parse(out)]).toEqual([0, expect.any(Array)])
  expect(err.replace(/\d+ migrations/, 'N migrations')).toBe(`the database was brought to this version (N migrations); as it was before, it is in ${join(other, `test.db.${today()}-before-development.backup`)}\n`)
})

test('a new database is not backed up', async () => {
  const { dir } = await startCollector()
  expect(readdirSync(dir).filter((name) => name.includes('backup'))).toEqual([])
})

test('the newest three of those backups stay, by their day; other files and other databases are left alone', async () => {
  const dir = oldPlace()
  mkdirSync(join(dir, 'test.db.2020-01-01-before-0.1.0.folder'))
  const others = ['test.db.mine.backup', 'other.db.2020-01-01-before-0.1.0.backup']
  for (const name of [...others, ...['2026-01-01-before-0.9.0', '2026-02-01-before-0.10.0', '2026-03-01-before-0.11.0'].map((date) => `test.db.${date}.backup`)]) writeFileSync(join(dir, name), 'x')
  const config = loadConfig({ DATABASE_URL: urlOf(dir) }, {})
  expect(await migrateSafely(config, NOON_MS + DAY_MS)).toMatchObject({ backup: join(dir, 'test.db.2026-11-21-before-development.backup') })
  expect(readdirSync(dir).filter((name) => name.includes('.backup')).toSorted()).toEqual([...others, 'test.db.2026-02-01-before-0.10.0.backup', 'test.db.2026-03-01-before-0.11.0.backup', 'test.db.2026-11-21-before-development.backup'].toSorted())
})

test('while another process writes to an old database, nothing is migrated over it', { timeout: 20_000 }, async () => {
  const dir = oldPlace()
  const writer = new Database(join(dir, 'test.db'))
  writer.exec('begin immediate')
  const { code, err } = await cli(urlOf(dir), 'migrate')
  writer.exec('rollback')
  writer.close()
  expect([code, err]).toEqual([1, expect.stringContaining('another process is writing to it: stop that one')])
  expect(migrationsOf(dir)).toEqual(['2026-11-21-spine'])
})

test.each(['verify', 'key list', 'migrate', 'migrate --dry-run', 'backup b'])('%s refuses a database of a newer version', async (words) => {
  const { dir, close } = await startCollector()
  await close()
  const db = new Database(join(dir, 'test.db'))
  db.exec("insert into migrations (name) values ('2031-01-01-later')")
  db.close()
  const { code, json } = await cliJson<{ error: { code: string; message: string } }>(urlOf(dir), ...words.replace('backup b', `backup ${join(dir, 'b')}`).split(' '))
  expect([code, json.error.code, json.error.message]).toEqual([1, 'CONFLICT', expect.stringMatching(/was written by a newer version \(migration 2031-01-01-later\); use that version, or a backup of this one's/)])
  expect(readdirSync(dir).filter((name) => /backup|^b$|draft/.test(name))).toEqual([])
})
