import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../collector/config.ts'
import type { Log } from '../../collector/http/log.ts'
import { openCollector, type Collector } from '../../collector/serve.ts'
import { SCRIPT_FILE, sharedCollector, startCollector, tempDir } from '../helpers/collector.ts'
import { rawCall, type RawAnswer } from '../helpers/raw-call.ts'
import { watched } from '../helpers/replies.ts'

const built = readFileSync(SCRIPT_FILE)
const nameOf = (bytes: Buffer | string): string => `r.${hash('sha256', bytes).slice(0, 20)}.js`
const NAME = nameOf(built)
const shared = sharedCollector()
const get = (collector: { port: number }, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> => rawCall(collector, path, { method: 'GET', headers })

/** A collector over a folder that may hold builds already, and all that it logged. */
async function collectorOver(dir: string, script: Buffer | string = built): Promise<Collector & { said: string[] }> {
  const said: string[] = []
  const say = (level: string) => (what: unknown, text: string): void => void said.push(`${level}: ${text} ${String((what as { file?: string }).file ?? '')}`.trim())
  const log = { info: say('info'), debug: say('debug'), warn: say('warn'), error: say('error') } as unknown as Log
  const scriptFile = join(tempDir(), 'r.js')
  writeFileSync(scriptFile, script)
  const config = loadConfig({ DATABASE_URL: `sqlite:${join(dir, 'test.db')}`, PORT: '0' }, {})
  const collector = watched(await openCollector({ config, scriptFile, log }), config)
  onTestFinished(collector.close)
  return { ...collector, said }
}

/** A folder of a collector's data with these files among its builds. */
function dataWith(files: Record<string, string | Buffer>): { dir: string; folder: string } {
  const dir = tempDir()
  const folder = join(dir, 'scripts')
  mkdirSync(folder)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return { dir, folder }
}

test('the build is kept for its owner alone, whole and once', async () => {
  const folder = join(shared().dir, 'scripts')
  expect(readdirSync(folder)).toEqual([NAME])
  expect(readFileSync(join(folder, NAME)).equals(built)).toBe(true)
  expect([statSync(folder).mode & 0o777, statSync(join(folder, NAME)).mode & 0o777]).toEqual([0o700, 0o600])
})

test.each([[undefined, undefined], ['br', 'br'], ['gzip', 'gzip'], ['gzip, deflate, br, zstd', 'br'], ['br;q=0, gzip;q=0', undefined]])('by its hash, to a browser that accepts %s, it is sent as %s and kept for ever', async (accepts, encoding) => {
  const { status, headers, bytes } = await get(shared(), `/${NAME}`, accepts === undefined ? {} : { 'Accept-Encoding': accepts })
  const plain = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
  expect([status, headers.get('Content-Encoding') ?? undefined, headers.get('Content-Length'), plain.equals(built)]).toEqual([200, encoding, String(bytes.length), true])
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'vary': 'Accept-Encoding',
    'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'x-content-type-options': 'nosniff',
  })
  expect(headers.has('Access-Control-Allow-Credentials')).toBe(false)
})

test('it is not sent again to a browser that has it', async () => {
  const etag = (await get(shared(), `/${NAME}`)).headers.get('ETag') ?? ''
  expect(etag).toBe(`W/"${NAME.slice(2, 22)}"`)
  const again = await get(shared(), `/${NAME}`, { 'If-None-Match': etag })
  expect([again.status, again.bytes.length]).toEqual([304, 0])
})

test.each(['', '/track'])('/r.js under "%s" names its build, with what a tag must say of it', async (base) => {
  const collector = base === '' ? shared() : await startCollector({ BASE_PATH: base })
  const { headers } = await get(collector, `${base}/r.js`)
  const [, name = '', integrity] = /^<([^>]+)>; rel="alternate"; integrity="([^"]+)"$/.exec(headers.get('Link') ?? '') ?? []
  const { status, bytes } = await get(collector, new URL(name, `http://collector${base}/r.js`).pathname)
  expect([status, `sha384-${hash('sha384', bytes, 'base64')}`]).toEqual([200, integrity])
})

test.each([
  `/r.${'0'.repeat(20)}.js`, '/r..js', '/r.%2e%2e%2ftest.db.js', '/r...%2f..%2fsecret.key.js', '/r.%2e%2e/secret.key.js', '/r.%00.js', '/r.%zz.js', '/r.__proto__.js', '/r.constructor.js',
  `/${NAME.toUpperCase()}`, `/${NAME}%00`, `/${NAME.slice(0, -3)}`, `/scripts/${NAME}`, `/x/../scripts/${NAME}`,
])('%s is not there', async (path) => {
  const { status, headers, bytes } = await get(shared(), path)
  expect([status, bytes.includes('SQLite'), headers.get('Cache-Control') ?? 'no-store']).toEqual([404, false, 'no-store'])
})

test('a miss is kept by no cache', async () => {
  const missed = await get(shared(), `/r.${'0'.repeat(20)}.js`)
  expect([missed.headers.get('Cache-Control'), missed.headers.get('ETag'), missed.body]).toEqual(['no-store', null, { code: 'NOT_FOUND', message: `There is no build /r.${'0'.repeat(20)}.js here.` }])
})

test('every build that was ever served is there after an update', async () => {
  const dir = tempDir()
  const builds = ['first()', 'second()', 'third()']
  for (const script of builds.slice(0, 2)) await (await collectorOver(dir, script)).close()
  const collector = await collectorOver(dir, 'third()')
  expect((await get(collector, '/r.js')).text).toBe('third()')
  for (const script of builds) expect((await get(collector, `/${nameOf(script)}`)).text).toBe(script)
  const older = await get(collector, `/${nameOf('first()')}`, { 'Accept-Encoding': 'br' })
  expect([older.headers.get('Content-Encoding'), brotliDecompressSync(older.bytes).toString()]).toEqual(['br', 'first()'])
  expect(collector.said).toEqual([])
})

describe('what was kept badly', () => {
  test('bytes that are not those of their name are said and never served', async () => {
    const { dir, folder } = dataWith({ [nameOf('first()')]: 'stolen()', [nameOf('half()')]: 'hal', [nameOf('second()')]: 'second()' })
    const collector = await collectorOver(dir)
    expect(await Promise.all(['first()', 'half()', 'second()'].map(async (script) => (await get(collector, `/${nameOf(script)}`)).status))).toEqual([404, 404, 200])
    expect(collector.said.toSorted()).toEqual(['first()', 'half()'].map((script) => `error: a kept build of the script is damaged and not served ${join(folder, nameOf(script))}`).toSorted())
  })

  test('the present build is mended', async () => {
    const { dir, folder } = dataWith({ [NAME]: 'stolen()' })
    const collector = await collectorOver(dir)
    expect((await get(collector, `/${NAME}`)).bytes.equals(built)).toBe(true)
    expect(readFileSync(join(folder, NAME)).equals(built)).toBe(true)
    expect(collector.said).toEqual([`error: the kept build of the script was damaged and is written anew ${join(folder, NAME)}`])
  })

  test('what is no build of ours is left alone', async () => {
    const files = { 'r.js': 'x', '.r.0.js.half': 'x', 'notes.txt': 'x', [`${nameOf('first()')}.map`]: 'x' }
    const { dir, folder } = dataWith(files)
    mkdirSync(join(folder, nameOf('folder()')))
    symlinkSync('/dev/zero', join(folder, nameOf('endless()')))
    const collector = await collectorOver(dir)
    expect(collector.said).toEqual([])
    expect(readdirSync(folder).toSorted()).toEqual([...Object.keys(files), NAME, nameOf('folder()'), nameOf('endless()')].toSorted())
  })
})

test('a folder that cannot be written stops nothing: the present build is served, and the log says so', async () => {
  const dir = tempDir()
  writeFileSync(join(dir, 'scripts'), 'in the way, also of root')
  const collector = await collectorOver(dir)
  for (const path of ['/r.js', `/${NAME}`]) expect((await get(collector, path)).bytes.equals(built)).toBe(true)
  expect(collector.said).toEqual([
    'warn: the script is served and was not kept: pages that name this build will miss it after the next',
    'warn: older builds of the script cannot be read; only the present one is served',
  ])
})

test('several collectors may keep it at once', async () => {
  const folder = join(tempDir(), 'scripts')
  const program = `import { keepBuilds, loadBuild } from ${JSON.stringify(join(import.meta.dirname, '../../collector/script-builds.ts'))}
    const said = (_what, text) => console.error(text)
    console.log([...keepBuilds(loadBuild(${JSON.stringify(SCRIPT_FILE)}), ${JSON.stringify(folder)}, { warn: said, error: said }).keys()].join())`
  const runs = await Promise.all(Array.from({ length: 6 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])))
  expect(runs).toEqual(runs.map(() => ({ stdout: `${NAME.slice(2, 22)}\n`, stderr: '' })))
  expect(readdirSync(folder)).toEqual([NAME])
  expect(readFileSync(join(folder, NAME)).equals(built)).toBe(true)
})
