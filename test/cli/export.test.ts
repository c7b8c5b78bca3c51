import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { runCli } from '../../collector/cli.ts'
import { emailHash } from '../../collector/service/identity.ts'
import { verify } from '../../collector/service/verify.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, openTestCollector, startCollector } from '../helpers/collector.ts'
import { exported, filesOf, fullBook, imported, rowsIn, urlIn } from '../helpers/exports.ts'
import { bookKeeper } from '../helpers/rich-book.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'
import { memoryDir } from '../helpers/world.ts'

// Each test makes several databases.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 })

const ends: (() => void | Promise<void>)[] = []
const atEnd = (end: () => void | Promise<void>): unknown => ends.unshift(end)
let book: Awaited<ReturnType<typeof fullBook>>
let folder: string
beforeAll(async () => {
  book = await fullBook({ atEnd })
  folder = await exported(book, { atEnd }, '--merchant', '1')
})
afterAll(async () => {
  for (const end of ends) await end()
})

test('every table of a full book leaves with rows, and no row, name or address of another merchant', () => {
  const files = filesOf(folder)
  expect(Object.entries(files).filter(([, text]) => text === '').map(([name]) => name)).toEqual([])
  expect(Object.entries(files).filter(([, text]) => /stranger|zoe/i.test(text)).map(([name]) => name)).toEqual([])
  expect(Object.keys(files).filter((name) => name.endsWith('.jsonl') && name !== 'merchants.jsonl').flatMap((name) => rowsIn(folder, name.replace('.jsonl', ''))).filter((row) => row['merchant_id'] !== 1)).toEqual([])
  expect(JSON.parse(files['manifest.json'] ?? '')).toMatchObject({ format: 'refledger-export', version: 1, merchants: [1], tables: { merchants: { rows: 1 } } })
})

test('rows are written for people and other tools: texts in full, ids as hex, whole numbers', () => {
  const clicks = rowsIn(folder, 'clicks')
  expect(clicks.find(({ code }) => code === 'ana')).toMatchObject({ merchant_id: 1, id: expect.stringMatching(/^[0-9a-f]{32}$/), host: 'www.shop.example', page: 'www.shop.example/ana', mode: 0, bot: 0, occurred_at_ms: expect.any(Number) })
  expect(clicks.map(({ user_agent }) => user_agent)).toContain('Googlebot/2.1')
  expect(rowsIn(folder, 'receipts')[0]).not.toHaveProperty('n')
})

test('a folder that nobody else may read, and the same bytes every time', async () => {
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  for (const name of Object.keys(filesOf(folder))) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(filesOf(await exported(book, {}, '--merchant', '1'))).toEqual(filesOf(folder))
})

test('imported into an empty collector it exports the same bytes, and the book adds up', async () => {
  const { code, json, ...place } = await imported(folder)
  expect({ code, json }).toMatchObject({ code: 0, json: { imported: true, merchants: [1], verified: { ok: true }, tables: { merchants: 1, sites: 1 } } })
  expect(filesOf(await exported(place))).toEqual(filesOf(folder))
  expect(await cliJson(urlIn(place), 'verify')).toMatchObject({ code: 0, json: { ok: true, problems: [] } })
  expect(statSync(join(place.dir, 'identity.key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(place.dir).toSorted()).toEqual(expect.arrayContaining(['identity.key', 'test.db']))
  expect(rowsOf(place, 'select 1 from journal')).toEqual([])
  expect(rowsOf(place, "select 1 from sqlite_schema where type = 'trigger'").length).toBe(rowsOf(book, "select 1 from sqlite_schema where type = 'trigger'").length)
})

const show = async (url: string): Promise<unknown> => (await cliJson(url, 'conversion', 'show', 'shared', '--merchant', '1')).json
test('every answer is what it was, and the same keys get them', async () => {
  const place = await imported(await exported(book, {}, '--all'))
  const moved = await openTestCollector({ dir: place.dir, clock: { ...book.clock } })
  const asked = [
    ...['conversions', 'commissions', 'payouts', 'campaigns', 'affiliates'].map((what) => ({ path: `/api/v1/${what}`, key: book.keys.refcampaign })),
    ...['affiliates', 'referrals', 'coupons'].map((what) => ({ path: `/api/v1/${what}`, key: book.keys.refgrow })),
    ...['affiliates', 'commissions'].map((what) => ({ path: `/v1/${what}`, key: book.keys.refgrow })),
    { path: '/api/v1/conversions', key: book.other.keys.refcampaign },
  ]
  for (const { path, key } of asked) {
    const [before, after] = await Promise.all([book, moved].map(async (collector) => {
      const { status, text } = await call(collector, path, { method: 'GET', key })
      return { path, status, text: text.replaceAll(String(collector.port), 'PORT') }
    }))
    expect(after).toEqual({ ...before, status: 200 })
  }
  expect(await show(urlIn(place))).toEqual(await show(urlIn(book)))
})

test('the book goes on: a renewal follows its first payment, a known customer is known, numbers go on', async () => {
  const place = await imported(folder)
  const moved = await openTestCollector({ dir: place.dir, clock: { ...book.clock } })
  const { services } = moved
  const keeper = bookKeeper({ ...moved, merchantId: 1 })
  const before = await services.conversions.find(1, 'first')
  await keeper.record({ externalId: 'renewed', subscriptionId: 'R' })
  const renewed = await services.conversions.find(1, 'renewed')
  expect(renewed.commissions.map(({ affiliateId }) => affiliateId)).toEqual(before.commissions.map(({ affiliateId }) => affiliateId))
  expect(renewed.commissions).not.toEqual([])
  await keeper.record({ externalId: 'again', identifiers: [{ kind: 'identity', value: services.identities.identityOf(1, emailHash('kim@customer.example')) }] })
  expect((await services.conversions.find(1, 'again')).commissions).not.toEqual([])
  const numbers = rowsIn(folder, 'conversions').map(({ number }) => Number(number))
  expect(renewed.number).toBe(Math.max(...numbers) + 1)
  // The cart of before is still the same session's, and its first word stands.
  expect(await services.carts.attach({ merchantId: 1, mode: 'live', cart: 'cart-1', session: 'another' })).toMatchObject({ attached: false })
  expect((await verify(moved)).problems).toEqual([])
})

test('imported again it is there already, and nothing is written; over another book it is refused', async () => {
  const place = await imported(folder)
  const before = rowCounts(place)
  expect(await imported(folder, place)).toMatchObject({ code: 0, json: { imported: false } })
  expect((await cli(urlIn(place), 'import', folder, '--format', 'refledger')).out).toContain('there already: nothing was written')
  expect(rowCounts(place)).toEqual(before)
  await cli(urlIn(place), 'merchant', 'update', '--model', 'linear')
  expect(await imported(folder, place)).toMatchObject({ code: 1, json: { error: { code: 'CONFLICT', message: expect.stringContaining('merchant_versions differs') } } })
  // The collector that it comes from has gone on, too, for another merchant alone.
  expect(await imported(folder, book)).toMatchObject({ code: 0, json: { imported: false } })
})

describe('where it goes', () => {
  test('into a collector that was started and has no merchant, whose key then makes way', async () => {
    const place = { dir: memoryDir() }
    const started = await openTestCollector(place)
    expect(await imported(folder, place)).toMatchObject({ code: 1, json: { error: { code: 'CONFLICT', message: expect.stringContaining('stop it first') } } })
    await started.close()
    const unused = readFileSync(join(place.dir, 'identity.key'), 'utf8')
    expect(await imported(folder, place)).toMatchObject({ code: 0, json: { imported: true } })
    expect(readFileSync(join(place.dir, 'identity.key.unused'), 'utf8')).toBe(unused)
    expect(filesOf(await exported(place))).toEqual(filesOf(folder))
  })

  test('not beside merchants whose customers are known by another key', async () => {
    const there = await startCollector({ dir: memoryDir() })
    await there.close()
    const before = { key: readFileSync(join(there.dir, 'identity.key'), 'utf8'), rows: rowCounts(there) }
    expect(await imported(folder, there)).toMatchObject({ code: 1, json: { error: { code: 'CONFLICT', message: expect.stringContaining('identity key') } } })
    expect({ key: readFileSync(join(there.dir, 'identity.key'), 'utf8'), rows: rowCounts(there) }).toEqual(before)
  })

  test('beside other merchants of the same key; all of them leave with --all', async () => {
    const place = await imported(folder)
    const strangers = await exported(book, {}, '--merchant', '2')
    expect(await imported(strangers, place)).toMatchObject({ code: 0, json: { imported: true, merchants: [2] } })
    const all = await exported(book, {}, '--all')
    expect(filesOf(await exported(place, {}, '--all'))).toEqual(filesOf(all))
    expect(filesOf(await exported(await imported(all), {}, '--all'))).toEqual(filesOf(all))
  })

  test('not into a folder with the key of a lost database', async () => {
    const dir = memoryDir()
    writeFileSync(join(dir, 'identity.key'), `${'ab'.repeat(32)}\n`)
    expect(await imported(folder, { dir })).toMatchObject({ code: 1, json: { error: { message: expect.stringContaining('identity.key of another collector') } } })
    expect([readFileSync(join(dir, 'identity.key'), 'utf8'), existsSync(join(dir, 'test.db'))]).toEqual([`${'ab'.repeat(32)}\n`, false])
  })
})

describe('what is refused of an export', () => {
  test.each([
    ['a folder that holds something', (dir: string) => writeFileSync(join(dir, 'x'), ''), '', /holds something already/],
    ['a file', (dir: string) => writeFileSync(join(dir, 'x'), ''), 'x', /is no folder/],
    ['a link', (dir: string) => { mkdirSync(join(dir, 'real')); symlinkSync('real', join(dir, 'x')) }, 'x', /is no folder/],
    ['a folder nowhere', () => undefined, 'not/here', /there is no folder/],
  ])('%s', async (_name, prepare, to, says) => {
    const dir = memoryDir()
    prepare(dir)
    const { code, err } = await cli(urlIn(book), 'export', join(dir, to), '--merchant', '1')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(says) })
  })

  test('several merchants and none named; one that is not there; both ways to say which', async () => {
    const to = join(memoryDir(), 'out')
    expect(await cliJson(urlIn(book), 'export', to)).toMatchObject({ code: 1, json: { error: { message: expect.stringContaining('--merchant') } } })
    expect(await cliJson(urlIn(book), 'export', to, '--merchant', '9')).toMatchObject({ code: 1, json: { error: { code: 'NOT_FOUND' } } })
    expect(await cliJson(urlIn(book), 'export', to, '--merchant', '1', '--all')).toMatchObject({ code: 2 })
    expect(existsSync(to)).toBe(false)
  })
})

test('it says what it holds, and into an empty folder it goes', async () => {
  const dir = memoryDir()
  const { code, out } = await cli(urlIn(book), 'export', dir, '--merchant', '1')
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^\d+ rows of merchant 1 in \d+ files: .*\nIt holds the key by which customers are known \(identity\.key\)/) })
  expect(filesOf(dir)).toEqual(filesOf(folder))
})

test('on a terminal a bar tells how far both are, and it is gone at the end', async () => {
  const dir = memoryDir()
  const said = { out: '', err: '' }
  const streams = { out: (text: string) => void (said.out += text), err: (text: string) => void (said.err += text), isTerminal: true }
  const run = (...args: string[]): Promise<number> => runCli(args, { version: '0.0.0', assetsDir: dir, streams })
  expect(await run('export', join(dir, 'out'), '--all', '--database-url', urlIn(book))).toBe(0)
  expect(await run('import', join(dir, 'out'), '--format', 'refledger', '--json', '--database-url', `sqlite:${join(dir, 'new', 'test.db')}`)).toBe(0)
  expect(said.err).toMatch(/\[#{20}\] rows: (\d+) of \1/)
  expect(said.err).toMatch(/\[#{20}\] bytes checked: (\d+) of \1[\s\S]*rows: [\s\S]*\[#{20}\] rows read back: (\d+) of \2[\s\S]*conversions verified: /)
  expect(said.err.endsWith('\r\u001B[K')).toBe(true)
  expect(said.out.split('\n').filter((line) => line.startsWith('{'))).toHaveLength(1)
})
