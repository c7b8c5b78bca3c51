import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { exported, filesOf, fullBook, imported, retold, rewritten, withRows } from '../helpers/exports.ts'
import { memoryDir } from '../helpers/world.ts'

// Each test makes several databases.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const ends: (() => void | Promise<void>)[] = []
const atEnd = (end: () => void | Promise<void>): unknown => ends.unshift(end)
let source: string
beforeAll(async () => {
  source = await exported(await fullBook({ atEnd }), { atEnd }, '--merchant', '1')
})
afterAll(async () => {
  for (const end of ends) await end()
})

type Row = Record<string, unknown>
/** A copy of the export that something was done to. */
function hostile(change: (folder: string) => unknown): string {
  const folder = join(memoryDir(), 'export')
  cpSync(source, folder, { recursive: true })
  change(folder)
  return folder
}
/** One row of a table, changed; hashes and counts are right. */
const row = (table: string, at: number, change: (row: Row) => Row) => (folder: string) => withRows(folder, table, (rows) => rows.map((one, index) => (index === at ? change(one) : one)))
const line = (table: string, change: (text: string) => string | Buffer) => (folder: string) => rewritten(folder, table, change)
const manifest = (change: Parameters<typeof retold>[1]) => (folder: string) => retold(folder, change)
const replaced = (file: string, by: (path: string) => void) => (folder: string) => {
  rmSync(join(folder, file))
  by(join(folder, file))
}

describe('an export that was tampered with is refused by name, and nothing is there afterwards', () => {
  test.each<[what: string, change: (folder: string) => unknown, says: RegExp]>([
    ['one byte of a file', (folder) => writeFileSync(join(folder, 'clicks.jsonl'), readFileSync(join(folder, 'clicks.jsonl'), 'utf8').replace('"mode":0', '"mode":1')), /^clicks\.jsonl: is not what the manifest says/],
    ['a file that was cut off', (folder) => writeFileSync(join(folder, 'audit.jsonl'), readFileSync(join(folder, 'audit.jsonl')).subarray(0, -10)), /^audit\.jsonl: is not what the manifest says/],
    ['a missing file', (folder) => rmSync(join(folder, 'refunds.jsonl')), /^refunds\.jsonl: is missing/],
    ['no manifest', (folder) => rmSync(join(folder, 'manifest.json')), /^manifest\.json: is missing/],
    ['another key', (folder) => writeFileSync(join(folder, 'identity.key'), 'ab'.repeat(32)), /^identity\.key: is not the key/],
    ['no key', (folder) => rmSync(join(folder, 'identity.key')), /^identity\.key: is missing/],
    ['a link for a file', replaced('clicks.jsonl', (path) => symlinkSync('/etc/passwd', path)), /^clicks\.jsonl: is no plain file/],
    ['a link for the manifest', (folder) => { renameSync(join(folder, 'manifest.json'), join(folder, 'm')); symlinkSync('m', join(folder, 'manifest.json')) }, /^manifest\.json: is no plain file/],
    ['a link for the key', replaced('identity.key', (path) => symlinkSync('/etc/passwd', path)), /^identity\.key: is no plain file/],
    ['a folder for a file', replaced('codes.jsonl', (path) => mkdirSync(path)), /^codes\.jsonl: is no plain file/],
    ['a path as a table', manifest(({ tables }) => { tables['../../etc/passwd'] = { rows: 0, sha256: '0'.repeat(64) } }), /^manifest\.json, tables\.\.\.\/\.\.\/etc\/passwd: /],
    ['a table of another kind', (folder) => { writeFileSync(join(folder, 'migrations.jsonl'), ''); retold(folder, ({ tables }) => { tables['migrations'] = { rows: 0, sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' } }) }, /^manifest\.json, tables\.migrations: must name the tables of schema/],
    ['a table that it does not name', manifest(({ tables }) => { delete tables['refunds'] }), /^manifest\.json, tables\.refunds: must name the tables/],
    ['a wrong count', manifest(({ tables }) => { if (tables['clicks']) tables['clicks'].rows += 1 }), /^manifest\.json, tables\.clicks\.rows: /],
    ['another format', manifest((told) => { told['format'] = 'tarball' }), /^manifest\.json, format: this version of Refledger takes/],
    ['a schema that nobody knows', manifest((told) => { told['schema'] = '2099-01-01-future' }), /2099-01-01-future, which this version does not know/],
    ['a member of its own', manifest((told) => { told['extra'] = 1 }), /^manifest\.json, extra: /],
    ['no merchant', manifest((told) => { told['merchants'] = [] }), /^manifest\.json, merchants: must name a merchant/],
    ['a merchant twice', manifest((told) => { told['merchants'] = [1, 1] }), /^manifest\.json, merchants: must be in order/],
    ['a merchant who is not in it', manifest((told) => { told['merchants'] = [1, 7] }), /^manifest\.json, merchants: names merchant 7/],

    ['a row of another merchant', row('users', 0, (one) => ({ ...one, merchant_id: 2 })), /^users\.jsonl, line 1, merchant_id: must be a merchant of the manifest/],
    ['an unknown column', row('keys', 1, (one) => ({ ...one, admin: 1 })), /^keys\.jsonl, line 2, admin: is no column/],
    ['a missing column', row('codes', 0, (one) => ({ ...one, code: undefined })), /^codes\.jsonl, line 1, code: /],
    ['a number for a text', row('codes', 0, (one) => ({ ...one, code: 7 })), /^codes\.jsonl, line 1, code: must be a string/],
    ['a fraction', row('commissions', 2, (one) => ({ ...one, minor: 1.5 })), /^commissions\.jsonl, line 3, minor: must be a whole number/],
    ['a number of 65 bits', line('commissions', (text) => text.replace(/"minor":\d+/, '"minor":18446744073709551616')), /^commissions\.jsonl, line 1, minor: must be a whole number/],
    ['null where there must be something', row('clicks', 0, (one) => ({ ...one, code: null })), /^clicks\.jsonl, line 1, code: /],
    ['bytes that are no hex', row('clicks', 0, (one) => ({ ...one, id: 'xyz' })), /^clicks\.jsonl, line 1, id: must be bytes in lower-case hex/],
    ['a mode of its own', row('conversions', 0, (one) => ({ ...one, mode: 'both' })), /^conversions\.jsonl, line 1, mode: must be one of: live, test/],
    ['a text that should be JSON', row('campaign_versions', 0, (one) => ({ ...one, value: '{' })), /^campaign_versions\.jsonl, line 1, value: must be JSON/],
    ['half a character', row('codes', 0, (one) => ({ ...one, code: '\ud800' })), /^codes\.jsonl, line 1, code: must be well-formed/],
    ['a member twice', line('codes', (text) => text.replace('{', '{"merchant_id":1,')), /^codes\.jsonl, line 1: is not written as an export writes it/],
    ['a prototype', line('codes', (text) => text.replace('{', '{"__proto__":{},')), /^codes\.jsonl, line 1, __proto__: is no column/],
    ['an empty line', line('codes', (text) => `\n${text}`), /^codes\.jsonl, line 1: is no JSON/],
    ['bytes that are no text', line('codes', () => Buffer.from([0x7b, 0xff, 0x7d, 0x0a])), /^codes\.jsonl, line 1: is no UTF-8/],
    ['a last line without an end', line('codes', (text) => text.slice(0, -1)), /^codes\.jsonl, line 5: has no end/],
    ['a line of 100 MB', line('audit', () => Buffer.alloc(100_000_000, 0x20)), /^audit\.jsonl, line 1: is longer than any row is, 32 MB/],

    ['a ledger entry that does not balance', row('ledger_entries', 0, (one) => ({ ...one, minor: Number(one['minor']) + 1 })), /^ledger_transactions\.jsonl, line 1: the database refuses this row: ledger: the entries of a transaction must sum to zero/],
    ['a row twice', line('codes', (text) => text.replace(/^(.*\n)/, '$1$1')), /^codes\.jsonl, line 2: the database refuses this row: UNIQUE/],
    ['a code of nobody', row('codes', 0, (one) => ({ ...one, affiliate_id: 'aff_nobody' })), /^codes\.jsonl, line 1: the database refuses this row: FOREIGN KEY/],
    ['rows in another order', line('clicks', (text) => `${text.trimEnd().split('\n').toReversed().join('\n')}\n`), /^clicks\.jsonl: does not read back/],
    ['a balance that nobody booked', row('balances', 0, (one) => ({ ...one, minor: '1' })), /does not add up/],
    ['a commission that is worth more', row('commissions', 0, (one) => ({ ...one, open_minor: 999_999 })), /does not add up/],
    ['clicks that nobody made', row('daily_clicks', 0, (one) => ({ ...one, clicks: 1000 })), /does not add up[\s\S]*are counted/],
    ['an audit row that says something else', row('audit', 0, (one) => ({ ...one, actor: 'nobody' })), /does not add up[\s\S]*audit row 1/],
    ['an order that was taken out', (folder) => withRows(folder, 'sequences', (rows) => rows.map((one) => (one['noun'] === 'conversion' ? { ...one, last: Number(one['last']) + 1 } : one))), /does not add up[\s\S]*conversion number \d+ is missing/],
  ])('%s', async (_what, change, says) => {
    const { dir, code, json } = await imported(hostile(change))
    expect({ code, json }).toEqual({ code: 1, json: { error: expect.objectContaining({ code: expect.stringMatching(/^(INVALID|CONFLICT)$/), message: expect.stringMatching(says) }) } })
    expect(readdirSync(dir)).toEqual([])
  })

  test('into a collector that has a merchant of the same key, nothing of it stays either', async () => {
    const place = await imported(source)
    const strangers = hostile((folder) => {
      for (const table of Object.keys(filesOf(folder)).filter((name) => name.endsWith('.jsonl'))) rewritten(folder, table.replace('.jsonl', ''), (text) => text.replaceAll('"merchant_id":1,', '"merchant_id":3,').replace('{"id":1,', '{"id":3,'))
      retold(folder, (told) => { told['merchants'] = [3] })
    })
    const before = filesOf(await exported(place, {}, '--all'))
    expect(await imported(strangers, place)).toMatchObject({ code: 1, json: { error: { message: expect.stringMatching(/^sites\.jsonl, line 1: the database refuses this row: UNIQUE/) } } })
    expect(filesOf(await exported(place, {}, '--all'))).toEqual(before)
  })
})

test('numbers beyond what is exact in JavaScript stay exact', async () => {
  const exact = hostile(row('bindings', 0, (one) => one))
  rewritten(exact, 'bindings', (text) => text.replace(/"received_at_ms":\d+/, '"received_at_ms":9007199254740993'))
  const place = await imported(exact)
  expect(place).toMatchObject({ code: 0 })
  expect(filesOf(await exported(place))['bindings.jsonl']).toContain('"received_at_ms":9007199254740993')
})

test('without its key it goes where the same key is', async () => {
  const place = { dir: memoryDir() }
  cpSync(join(source, 'identity.key'), join(place.dir, 'identity.key'))
  expect(await imported(hostile((folder) => rmSync(join(folder, 'identity.key'))), place)).toMatchObject({ code: 0 })
  expect(existsSync(join(place.dir, 'test.db'))).toBe(true)
})
