import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { hash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { runCli } from '../../collector/cli.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, HOUR_MS, openTestCollector, startCollector, tempDir, visitBody } from '../helpers/collector.ts'
import { richBook } from '../helpers/rich-book.ts'
import { rowsOf } from '../helpers/rows.ts'

interface Made { file: string; bytes: number; conversions: number; clicks: number; entries: number; files: number; secretKey: string }
interface Restored { database: string; conversions: number; clicks: number; entries: number; files: string[]; migrations: string[]; verify: { ok: boolean; problems: unknown[] } }

const urlOf = (dir: string): string => `sqlite:${join(dir, 'test.db')}`
const HASH = hash('sha256', 'kim@customer.example')
/** An older build of the script, as a shop may have pinned it. */
const OLD_BUILD = Buffer.from('/* an older build */')
const OLD_NAME = `r.${hash('sha256', OLD_BUILD).slice(0, 20)}.js`

/** A collector that was set up, and stopped. */
async function stopped(options: Record<string, unknown> = {}): Promise<{ dir: string; url: string }> {
  const { dir, close } = await startCollector(options)
  await close()
  return { dir, url: urlOf(dir) }
}

test('taken while orders arrive and restored elsewhere: the book is as it must be, keys open, customers are known, old builds are served', { timeout: 60_000 }, async () => {
  const collector = await richBook()
  const { dir, keys, clock } = collector
  mkdirSync(join(dir, 'scripts'), { recursive: true })
  writeFileSync(join(dir, 'scripts', OLD_NAME), OLD_BUILD)
  clock.nowMs += HOUR_MS
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  await call(collector, '/r/identify', { body: { session: visit['session'], emailHash: HASH, url: 'https://www.shop.example/' } })
  enlarge(join(dir, 'test.db'))
  const report = async (orderId: string): Promise<string> => {
    expect((await call(collector, '/api/v1/conversions/track', { key: keys.refcampaign, body: { sessionId: visit['session'], amount: 10, currency: 'EUR', orderId } })).status).toBe(201)
    return orderId
  }
  const before = await report('before')

  const file = join(tempDir(), 'book.backup')
  const state = { isDone: false }
  const backup = cliJson<Made>(urlOf(dir), 'backup', file).finally(() => { state.isDone = true })
  const meanwhile: string[] = []
  for (let order = 1; !state.isDone; order++) meanwhile.push(await report(`meanwhile-${order}`))
  const { code, json: made } = await backup
  expect([code, made]).toEqual([0, { file, bytes: statSync(file).size, conversions: expect.any(Number), clicks: expect.any(Number), entries: expect.any(Number), files: 4, secretKey: 'file' }])
  expect(meanwhile.length).toBeGreaterThan(1)
  expect([statSync(file).mode & 0o777, readdirSync(join(file, '..'))]).toEqual([0o600, ['book.backup']])
  const last = await report('after')

  const to = join(tempDir(), 'new', 'place')
  const { code: restoredCode, json: restored } = await cliJson<Restored>(urlOf(to), 'restore', file)
  expect([restoredCode, restored]).toMatchObject([0, { database: join(to, 'test.db'), conversions: made.conversions, clicks: made.clicks, entries: made.entries, migrations: [], verify: { ok: true, problems: [] } }])
  expect(restored.files.toSorted()).toEqual(['identity.key', 'secret.key', ...readdirSync(join(dir, 'scripts')).map((name) => `scripts/${name}`)].toSorted())
  expect((await cliJson(urlOf(to), 'verify')).json).toMatchObject({ ok: true, conversions: made.conversions, entries: made.entries })
  expect((await cliJson(urlOf(to), 'conversion', 'show', before)).json).toMatchObject({ externalId: 'before', attributed: true })
  expect((await cli(urlOf(to), 'conversion', 'show', last)).code).toBe(1)

  const again = await openTestCollector({ dir: to, clock })
  clock.nowMs += HOUR_MS
  const { status, body } = await call(again, '/api/v1/conversions/track', { key: keys.refcampaign, body: { customerEmailHash: HASH, amount: 20, currency: 'EUR', orderId: 'known' } })
  expect([status, body.data]).toMatchObject([201, { attributed: true }])
  expect((await cliJson(urlOf(to), 'conversion', 'show', 'known')).json).toMatchObject({ commissions: [{ affiliateCode: 'ana' }] })
  expect((await call(again, `/${OLD_NAME}`, { method: 'GET' })).status).toBe(200)
})

/** More than what is copied in one step, so that others have their turn between. */
function enlarge(file: string): void {
  const db = new Database(file)
  db.exec('create table filler (bytes blob not null)')
  for (let megabyte = 0; megabyte < 24; megabyte++) db.prepare('insert into filler values (?)').run(randomBytes(1 << 20))
  db.close()
}

test('nothing of the keys stays in the restored database; theirs are for their owner alone', async () => {
  const { dir, url } = await stopped()
  const file = join(tempDir(), 'b')
  await cli(url, 'backup', file)
  const key = readFileSync(join(dir, 'identity.key'), 'utf8').trim()
  expect(readFileSync(file).includes(key)).toBe(true)
  const to = join(tempDir(), 'new')
  await cli(urlOf(to), 'restore', file)
  expect(readFileSync(join(to, 'test.db')).includes(key)).toBe(false)
  expect(readFileSync(join(to, 'identity.key'), 'utf8').trim()).toBe(key)
  expect(['', 'identity.key', 'secret.key', 'test.db'].map((name) => statSync(join(to, name)).mode & 0o777)).toEqual([0o700, 0o600, 0o600, 0o600])
  expect(rowsOf({ dir: to }, "select name from sqlite_schema where name like 'backup%'")).toEqual([])
})

test('it says what it made, and what it could not take along', async () => {
  const { dir, url } = await stopped()
  const file = join(dir, 'b')
  expect((await cli(url, 'backup', file)).out).toMatch(/b: 0 conversions, 0 clicks, 0 ledger entries, \d files of the data folder; \d+ bytes\n$/)
  process.env['SECRET_KEY'] = 'from-the-environment-0123456789abcdef'
  try {
    expect((await cli(url, 'backup', file, '--force')).out).toContain('SECRET_KEY comes from the environment, and so is not in it: keep it as well.')
    expect((await cli(urlOf(tempDir()), 'restore', file)).out).not.toContain('SECRET_KEY')
  } finally {
    delete process.env['SECRET_KEY']
  }
  const { out } = await cli(urlOf(tempDir()), 'restore', file)
  expect(out).toMatch(/as of \d{4}-.*: 0 conversions, 0 clicks, 0 ledger entries, \d files beside it\nSECRET_KEY came from the environment.*\nThe book was verified: all as it must be\.\n$/)
})

test('a bar on a terminal for each part of the work', async () => {
  const { dir, url } = await stopped()
  expect((await drawn('backup', join(dir, 'b'), '--database-url', url)).slice(-2)).toEqual([expect.stringMatching(/^\[#{20}\] pages copied: (\d+) of \1$/), ''])
  expect((await drawn('restore', join(dir, 'b'), '--database-url', urlOf(join(dir, 'new')))).slice(-4)).toEqual([expect.stringMatching(/pages copied: (\d+) of \1$/), '', expect.stringContaining('conversions checked: 0 of 0'), ''])
})

/** What a terminal showed one after the other in the line of the bar. */
async function drawn(...args: string[]): Promise<string[]> {
  let err = ''
  expect(await runCli(args, { version: '0', assetsDir: '', streams: { out: () => undefined, err: (text) => void (err += text), isTerminal: true } })).toBe(0)
  return err.split('\r\u001B[K')
}

test('a file that is there is not replaced but by --force, and what the backup is of never', async () => {
  const { dir, url } = await stopped()
  const file = join(dir, 'mine.txt')
  writeFileSync(file, 'mine')
  expect(await cli(url, 'backup', file)).toMatchObject({ code: 1, out: '', err: `error: ${file} is there already: name another file, or replace it with --force.\n` })
  expect(readFileSync(file, 'utf8')).toBe('mine')
  expect((await cli(url, 'backup', file, '--force')).code).toBe(0)
  expect((await cli(urlOf(tempDir()), 'restore', file)).code).toBe(0)
  for (const own of ['test.db', 'identity.key', 'secret.key']) {
    const held = readFileSync(join(dir, own))
    expect(await cli(url, 'backup', join(dir, own), '--force')).toMatchObject({ code: 1, err: expect.stringContaining('is what the backup is of') })
    expect(readFileSync(join(dir, own)).equals(held)).toBe(true)
  }
  expect(await cli(url, 'backup', dir, '--force')).toMatchObject({ code: 1, err: expect.stringContaining('is a folder: name a file in it') })
  const pipe = join(dir, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect(await cli(url, 'backup', pipe, '--force')).toMatchObject({ code: 1, err: expect.stringContaining('is no plain file') })
  expect(await cli(url, 'backup', join(dir, 'none', 'b'))).toMatchObject({ code: 1, err: `error: There is no folder ${join(dir, 'none')}: make it first.\n` })
  expect(await cli(url, 'backup')).toMatchObject({ code: 2 })
})

test('a backup without the identity key is none, and one of a damaged database neither; what was there before stays', async () => {
  const { dir, url } = await stopped()
  const file = join(dir, 'b')
  await cli(url, 'backup', file)
  const good = readFileSync(file)
  damageIndex(join(dir, 'test.db'))
  expect(await cli(url, 'backup', file, '--force')).toMatchObject({ code: 1, err: expect.stringMatching(/test\.db is damaged, and no backup was made: .*Tree \d+/) })
  expect([readFileSync(file).equals(good), readdirSync(dir).filter((name) => name.includes('draft'))]).toEqual([true, []])

  renameSync(join(dir, 'identity.key'), join(dir, 'moved.key'))
  expect(await cli(url, 'backup', join(dir, 'c'))).toMatchObject({ code: 1, err: expect.stringContaining('identity.key is missing') })
  expect(existsSync(join(dir, 'c'))).toBe(false)
})

/** Breaks a page that no plain reading of rows would meet. */
function damageIndex(file: string): void {
  const db = new Database(file)
  const page = db.prepare<[], number>("select rootpage from sqlite_schema where name = 'clicks_by_session'").pluck().get() ?? 0
  const bytes = Number(db.pragma('page_size', { simple: true }))
  db.close()
  const held = readFileSync(file)
  held.fill(0, (page - 1) * bytes, page * bytes)
  writeFileSync(file, held)
}

test('what was ended by force leaves nothing for good: the next backup takes the remains away', async () => {
  const { dir, url } = await stopped()
  for (const left of ['.b.draft-0123456789ab', '.b.draft-0123456789ab-journal']) writeFileSync(join(dir, left), 'half')
  expect((await cli(url, 'backup', join(dir, 'b'))).code).toBe(0)
  expect(readdirSync(dir).filter((name) => name.includes('draft'))).toEqual([])
})

test('ended from outside it takes its draft away', { timeout: 30_000 }, async () => {
  const { dir } = await stopped()
  enlarge(join(dir, 'test.db'))
  enlargeMore(join(dir, 'test.db'))
  const out = tempDir()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../dist/refledger.cjs'), 'backup', join(out, 'b')], { env: { ...process.env, DATABASE_URL: urlOf(dir) }, stdio: 'ignore' })
  while (!readdirSync(out).some((name) => name.startsWith('.b.draft-'))) await setImmediate()
  child.kill('SIGTERM')
  expect([await once(child, 'exit'), readdirSync(out)]).toEqual([[143, null], []])
})

const enlargeMore = (file: string): void => {
  const db = new Database(file)
  db.exec('insert into filler select bytes from filler; insert into filler select bytes from filler')
  db.close()
}

test('a folder that cannot be written to is said', async () => {
  if (process.getuid?.() === 0) return
  const { dir, url } = await stopped()
  const closed = join(dir, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o500)
  expect(await cli(url, 'backup', join(closed, 'b'))).toMatchObject({ code: 1, err: expect.stringContaining('EACCES') })
})
