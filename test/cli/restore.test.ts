import { hash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreBackup } from '../../collector/backup/restore.ts'
import { seal } from '../../collector/backup/seal.ts'
import { loadConfig } from '../../collector/config.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { startCollector, tempDir } from '../helpers/collector.ts'

const urlOf = (dir: string): string => `sqlite:${join(dir, 'test.db')}`

/** A backup, and the folder that it is of, with its collector still running. */
let backup: string
let origin: string
const ends: (() => void | Promise<void>)[] = []
const atEnd = (end: () => void | Promise<void>): void => void ends.unshift(end)
beforeAll(async () => {
  const { dir } = await startCollector({ atEnd })
  origin = dir
  backup = join(tempDir(atEnd), 'good.backup')
  await cli(urlOf(dir), 'backup', backup)
})
afterAll(async () => {
  for (const end of ends) await end()
})

/** The backup, changed by hand; `reseal` hides that from the checksum, as whoever writes a wrong backup could. */
async function changed(change: (file: string) => void, { reseal = false } = {}): Promise<string> {
  const file = join(tempDir(), 'changed.backup')
  copyFileSync(backup, file)
  change(file)
  if (reseal) await seal(file)
  return file
}

function sql(file: string, text: string): void {
  const db = new Database(file)
  db.exec(text)
  db.close()
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(file, bytes)
}

const DAMAGED = /is damaged: it was changed or cut off after it was made/
const NONE = /is no backup of "refledger backup"/

describe('what is no whole backup is refused, and nothing is written', () => {
  test.each<[string, () => Promise<string> | string, RegExp]>([
    ['a truncated file', () => changed((file) => truncateSync(file, readFileSync(file).length - 4096)), DAMAGED],
    ['half of the first page', () => changed((file) => truncateSync(file, 2000)), DAMAGED],
    ['a few bytes', () => changed((file) => truncateSync(file, 40)), NONE],
    ['an empty file', () => changed((file) => truncateSync(file, 0)), NONE],
    ['more bytes at the end', () => changed((file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from('x')]))), DAMAGED],
    ['a file that is no database', () => changed((file) => writeFileSync(file, 'id,amount\n1,5.00\n'.repeat(100))), NONE],
    ['a plain SQLite database', () => changed((file) => {
      rmSync(file)
      sql(file, 'create table a (b); insert into a values (1)')
    }), /is a database, but no backup/],
    ["a collector's database", () => join(origin, 'test.db'), /is a database, but no backup/],
    ['a folder', () => tempDir(), /There is no file/],
    ['nothing', () => join(tempDir(), 'gone'), /There is no file/],
    ['tables that a backup has not', () => changed((file) => sql(file, 'drop table backup_about'), { reseal: true }), /no such table/],
    ['no identity key', () => changed((file) => sql(file, "delete from backup_files where path = 'identity.key'"), { reseal: true }), /lacks identity\.key/],
    ['a key that is none', () => changed((file) => sql(file, "update backup_files set content = x'00' where path = 'secret.key'"), { reseal: true }), /holds "secret\.key", which does not hold a key of 64 hex characters/],
    ['a backup of another kind', () => changed((file) => sql(file, 'update backup_about set format = 2'), { reseal: true }), /was made by a newer version: restore it with that one/],
    ['a database of a newer version', () => changed((file) => sql(file, "insert into migrations (name) values ('2031-01-01-later')"), { reseal: true }), /was written by a newer version \(migration 2031-01-01-later\)/],
  ])('%s', async (_name, make, message) => {
    const to = join(tempDir(), 'new')
    const file = await make()
    const { code, json } = await cliJson<{ error: { message: string } }>(urlOf(to), 'restore', file)
    expect([code, json.error.message]).toEqual([1, expect.stringMatching(message)])
    expect(json.error.message).toContain(file)
    expect(existsSync(to)).toBe(false)
  })

  test('one flipped bit, wherever it is', async () => {
    const size = readFileSync(backup).length
    for (let at = 0; at < size; at += Math.floor(size / 40)) {
      const to = join(tempDir(), 'new')
      expect(await cli(urlOf(to), 'restore', await changed((file) => flip(file, at)))).toMatchObject({ code: 1, out: '' })
      expect(existsSync(to)).toBe(false)
    }
    expect((await cli(urlOf(join(tempDir(), 'new')), 'restore', await changed((file) => flip(file, 60)))).err).toMatch(DAMAGED)
  })

  test.each(['../evil', '/tmp/evil', 'scripts/../../evil', 'scripts/r.js', 'scripts/r.0123456789abcdef0123.js/../x', 'test.db', 'SCRIPTS/r.0123456789abcdef0123.js', 'identity.key\n', 'scripts\\r.0123456789abcdef0123.js', ''])('a file %j that no backup holds', async (path) => {
    const file = await changed((changing) => {
      const db = new Database(changing)
      db.prepare("insert into backup_files values (?, x'00')").run(path)
      db.close()
    }, { reseal: true })
    const to = join(tempDir(), 'new')
    expect(await cli(urlOf(to), 'restore', file)).toMatchObject({ code: 1, err: expect.stringContaining(`holds ${JSON.stringify(path)}, which is no file that a backup holds`) })
    expect(readdirSync(dirname(to))).toEqual([])
  })
})

describe('a place that is not free is left as it is', () => {
  test('a database, with its collector running on it or not', async () => {
    const held = readFileSync(join(origin, 'test.db'))
    const { code, err } = await cli(urlOf(origin), 'restore', backup)
    expect([code, err]).toEqual([1, expect.stringMatching(/test\.db and .*test\.db-wal and .*test\.db-shm are there already: restore to another place \(DATABASE_URL\), or stop the collector and move what is in .* away first/)])
    expect(readFileSync(join(origin, 'test.db')).equals(held)).toBe(true)
  })

  test('what SQLite left of a database, or a collector is still writing', async () => {
    const to = tempDir()
    writeFileSync(join(to, 'test.db-wal'), 'x')
    expect(await cli(urlOf(to), 'restore', backup)).toMatchObject({ code: 1, err: expect.stringContaining('test.db-wal is there already') })
    expect(readdirSync(to)).toEqual(['test.db-wal'])
  })

  test('a link that leads nowhere: what it should lead to is not there yet', async () => {
    const to = tempDir()
    symlinkSync(join(to, 'nowhere.db'), join(to, 'test.db'))
    expect(await cli(urlOf(to), 'restore', backup)).toMatchObject({ code: 1, err: expect.stringContaining('test.db is there already') })
    expect(readdirSync(to)).toEqual(['test.db'])
  })

  test.each(['identity.key', 'secret.key'])('another %s', async (name) => {
    const to = tempDir()
    const other = hash('sha256', 'other')
    writeFileSync(join(to, name), `${other}\n`)
    expect(await cli(urlOf(to), 'restore', backup)).toMatchObject({ code: 1, err: expect.stringContaining(`${join(to, name)} holds another key than the backup`) })
    expect([readdirSync(to), readFileSync(join(to, name), 'utf8')]).toEqual([[name], `${other}\n`])
  })
})

test.each<[string, string, RegExp]>([['a database', 'test.db', /test\.db is there already/], ['another key', 'identity.key', /identity\.key holds another key/]])('%s that appears meanwhile stays, and is said', async (_what, name, message) => {
  const to = tempDir()
  const config = loadConfig({ DATABASE_URL: urlOf(to) }, {})
  await expect(restoreBackup(config, backup, () => writeFileSync(join(to, name), 'somebody else'))).rejects.toThrow(message)
  expect(readFileSync(join(to, name), 'utf8')).toBe('somebody else')
  expect([existsSync(join(to, 'test.db')), readdirSync(to).filter((left) => left.includes('draft'))]).toEqual([name === 'test.db', []])
})

test('what was interrupted is run again: the same keys and drafts may lie there', async () => {
  const to = tempDir()
  for (const name of ['identity.key', 'secret.key']) copyFileSync(join(origin, name), join(to, name))
  mkdirSync(join(to, 'scripts'))
  const [build = ''] = readdirSync(join(origin, 'scripts'))
  writeFileSync(join(to, 'scripts', build), 'half of it')
  writeFileSync(join(to, '.test.db.draft-0123456789ab'), 'half of it')
  expect((await cli(urlOf(to), 'restore', backup)).code).toBe(0)
  expect(readdirSync(to).toSorted()).toEqual(['identity.key', 'scripts', 'secret.key', 'test.db'])
  expect(readFileSync(join(to, 'scripts', build)).equals(readFileSync(join(origin, 'scripts', build)))).toBe(true)
  expect((await cli(urlOf(to), 'restore', backup)).code).toBe(1)
})

test('a book that does not add up is restored, and said to be wrong', async () => {
  const file = await changed((changing) => sql(changing, "update sequences set last = last + 1 where noun = 'affiliate'"), { reseal: true })
  const to = join(tempDir(), 'new')
  const { code, json } = await cliJson<{ verify: unknown }>(urlOf(to), 'restore', file)
  expect([code, json.verify]).toEqual([1, { ok: false, problems: [expect.objectContaining({ what: expect.stringContaining('affiliate number') })] }])
  expect((await cli(urlOf(to), 'affiliate', 'list')).code).toBe(0)
})
