import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { buildScript } from '../../browser/build.ts'
import { buildBinary } from '../../collector/build-binary.ts'
import { addonFile, buildCollector } from '../../collector/build.ts'
import { freePort } from '../helpers/ports.ts'
import { readImage } from '../install/image.ts'

const INIT = ['init', '--merchant', 'Kaffee Nord', '--site', 'shop.example', '--email', 'owner@shop.example', '--json']
const BROWSER = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0' }
/** Whom the program runs as where root runs the tests: nobody. */
const NOBODY = 65_534
/** Root's file system read-only but for one directory, seen by nobody, with no environment. */
const SANDBOX = `mount --bind / /mnt && mount -o remount,ro,bind /mnt && mount --bind "$1" "/mnt$1" && cd "$1" && home=$1 && shift &&
  exec chroot --userspec=${NOBODY}:${NOBODY} /mnt /usr/bin/env -i -C "$home" "$@"`
const canSandbox = process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'sh', '-c', 'mount --bind / /mnt && chroot --userspec=65534:65534 /mnt /usr/bin/env -i true']).status === 0
if (!canSandbox) console.warn('the single executable is not tried on a read-only root as another user: that takes root, unshare and chroot')

// Each start reads a large file.
vi.setConfig({ testTimeout: 60_000 })
let folder: string
let binary: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'refledger-binary-'))
  await Promise.all([buildScript(join(folder, 'r.js')), buildCollector(join(folder, 'refledger.cjs'))])
  binary = join(folder, 'refledger')
  buildBinary(binary, folder)
  chmodSync(folder, 0o755)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A directory that holds the executable and nothing else. */
function alone(): string {
  const home = mkdtempSync(join(folder, 'home-'))
  copyFileSync(binary, join(home, 'refledger'))
  give(home)
  return home
}
const commandOf = (home: string, args: string[], env: string[] = []): [string, string[]] =>
  (canSandbox ? ['unshare', ['--mount', 'sh', '-c', SANDBOX, 'sh', home, ...env, './refledger', ...args]] : ['/usr/bin/env', ['-i', '-C', home, ...env, './refledger', ...args]])
function run(home: string, args: string[], env: string[] = []): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(...commandOf(home, args, env), { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

async function serving(home: string): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(...commandOf(home, ['serve', '--port', '0', '--log-level', 'silent']), { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk)
    const url = /listening on (\S+)/.exec(said)?.[1]
    if (url !== undefined) return { url, child }
  }
  throw new Error(`it did not listen: ${said}`)
}

describe('alone in an empty directory, as nobody, with no environment', () => {
  test('it is set up, serves the script, takes a visit and an order, and its book is as it must be, restored from its backup, too', { timeout: 30_000 }, async () => {
    const home = alone()
    const made = run(home, INIT)
    expect([made.code, made.err]).toEqual([0, ''])
    const { campaignId, keys } = JSON.parse(made.out) as { campaignId: string; keys: { refcampaign: string } }
    expect(run(home, ['affiliate', 'create', '--campaign', campaignId, '--email', 'ana@partner.example', '--code', 'ana']).code).toBe(0)

    const { url, child } = await serving(home)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect(run(home, ['health', '--port', new URL(url).port])).toEqual({ code: 0, out: `http://127.0.0.1:${new URL(url).port}/readyz: ready\n`, err: '' })
    expect(await (await fetch(`${url}/r.js`)).text()).toContain('refledger')
    for (const path of ['docs', 'docs/swagger-ui-bundle.js', 'docs/swagger-ui.css', 'docs/docs.js', 'openapi.json', 'openapi/refcampaign.json']) expect([path, (await fetch(`${url}/${path}`)).status]).toEqual([path, 200])
    const session = crypto.randomUUID()
    const visit = await fetch(`${url}/r/visit`, { method: 'POST', headers: BROWSER, body: JSON.stringify({ id: crypto.randomUUID(), session, ref: 'ana', url: 'https://www.shop.example/?ref=ana' }) })
    expect(visit.status).toBe(200)
    const order = await fetch(`${url}/api/v1/conversions/postback`, { method: 'POST', headers: { Authorization: `Bearer ${keys.refcampaign}`, 'Content-Type': 'application/json' }, body: JSON.stringify({ externalId: 'A-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: session }) })
    expect(await order.json()).toMatchObject({ data: { attributed: true } })
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])

    const book = run(home, ['verify', '--json'])
    expect([book.code, JSON.parse(book.out)]).toMatchObject([0, { ok: true, conversions: 1, problems: [] }])
    expect(run(home, ['backup', 'data/book.backup'])).toMatchObject({ code: 0, err: '' })
    const restored = run(home, ['restore', 'data/book.backup', '--database-url', 'sqlite:data/again/refledger.db', '--json'])
    expect([restored.code, JSON.parse(restored.out)]).toMatchObject([0, { conversions: 1, clicks: 1, entries: 2, verify: { ok: true } }])
    expect(readdirSync(home).toSorted()).toEqual(['data', 'refledger'])
  })

  test('the demo opens its shop, takes an order there and tells who earned what, and leaves nothing behind', async () => {
    const home = alone()
    const [port, shopPort] = [String(await freePort()), String(await freePort())]
    const child = spawn(...commandOf(home, ['demo', '--port', port, '--shop-port', shopPort, '--json']), { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const { value } = await child.stdout[Symbol.asyncIterator]().next() as { value: Buffer }
    const { shopUrl, collectorUrl, orders, directory } = JSON.parse(String(value)) as { shopUrl: string; collectorUrl: string; orders: number; directory: string }
    expect(orders).toBeGreaterThan(50)
    expect(directory.startsWith(canSandbox ? join(home, 'data') : tmpdir())).toBe(true)

    const front = await fetch(shopUrl)
    const text = await front.text()
    expect([front.status, text]).toEqual([200, expect.stringContaining(`src="${collectorUrl}/r.js"`)])
    const assets = ['/shop.css', '/receipt.css', '/stub.js', '/checkout.js', '/favicon.svg']
    expect(await Promise.all(assets.map(async (path) => (await fetch(shopUrl + path)).text()))).toEqual(assets.map((path) => readFileSync(join(import.meta.dirname, '../../demo/public', path), 'utf8')))

    const landing = (await fetch(`${collectorUrl}/go/marta`, { redirect: 'manual', headers: BROWSER })).headers.get('location') ?? ''
    const session = crypto.randomUUID()
    const visit = await fetch(`${collectorUrl}/r/visit`, { method: 'POST', headers: BROWSER, body: JSON.stringify({ id: crypto.randomUUID(), session, ref: 'marta', url: landing }) })
    expect(visit.status).toBe(200)
    const [, roast = ''] = /href="\/roasts\/([\w-]+)"/.exec(text) ?? []
    const bought = await fetch(`${shopUrl}/order`, { method: 'POST', body: new URLSearchParams({ roast, quantity: '1', name: 'Kim', email: 'kim@customer.example', session, attempt: crypto.randomUUID() }) })
    expect([bought.status, await bought.text()]).toEqual([200, expect.stringMatching(/Martas Mokkablog[\s\S]*Won|Won[\s\S]*Martas Mokkablog/)])

    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(existsSync(directory)).toBe(false)
  })

  test('it prints the licences of all that is inside, its own Node included', () => {
    const { code, out } = run(alone(), ['licenses'])
    expect([code, out]).toEqual([0, expect.stringMatching(/\nbetter-sqlite3 \d[\s\S]*\nNode\.js\n/)])
  })

  test('it says what it can do, and what was wrong', () => {
    const home = alone()
    expect(run(home, ['--help']).out).toMatch(/^Usage: refledger/)
    expect(run(home, ['serv'])).toMatchObject({ code: 2, err: expect.stringContaining('serve') })
    expect(readdirSync(home)).toEqual(['refledger'])
  })

  test('nothing in it tells where it was built', () => {
    expect(readFileSync(binary).includes(`${folder}/`)).toBe(false)
  })

  test('no signal opens a debugger', async () => {
    const home = alone()
    const { url, child } = await serving(home)
    onTestFinished(() => void child.kill('SIGKILL'))
    child.kill('SIGUSR1')
    for (let call = 0; call < 20; call++) expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await expect(fetch('http://127.0.0.1:9229/json/version')).rejects.toThrow('fetch failed')
  })

  test.each([['NODE_OPTIONS=--no-such-option'], ['NODE_OPTIONS=--require=/nowhere.js'], ['NODE_EXTRA_CA_CERTS=/nowhere']])('%s changes nothing', (variable) => {
    expect(run(alone(), ['--version'], [variable])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

const give = (path: string): void => {
  if (canSandbox) chownSync(path, NOBODY, NOBODY)
}
const addonIn = (home: string): string => join(home, 'data/addon', readdirSync(join(home, 'data/addon'))[0] ?? '')

describe('the addon that it takes out of itself', () => {
  test('lies in a folder of its owner alone, and is written anew when it was damaged', () => {
    const home = alone()
    run(home, INIT)
    expect(statSync(join(home, 'data/addon')).mode & 0o777).toBe(0o700)
    const [file, { size }] = [addonIn(home), statSync(addonIn(home))]
    appendFileSync(file, 'x')
    expect(run(home, ['verify']).code).toBe(0)
    expect([readdirSync(join(home, 'data/addon')).length, statSync(file).size]).toEqual([1, size])
  })

  test('is not loaded from a folder that others may write to', () => {
    const home = alone()
    mkdirSync(join(home, 'data/addon'), { recursive: true })
    for (const path of ['data', 'data/addon']) give(join(home, path))
    chmodSync(join(home, 'data/addon'), 0o777)
    expect(run(home, INIT)).toMatchObject({ code: 1, out: expect.stringContaining('ADDON_DIR') })
    expect(readdirSync(join(home, 'data/addon'))).toEqual([])
    // Nor from one that others may put another in the place of.
    chmodSync(join(home, 'data/addon'), 0o700)
    chmodSync(join(home, 'data'), 0o777)
    expect(run(home, INIT)).toMatchObject({ code: 1, out: expect.stringContaining('ADDON_DIR') })
  })

  test('may lie elsewhere, where programs may not be run beside the data', () => {
    const home = alone()
    expect(run(home, INIT, [`ADDON_DIR=${home}/programs`]).code).toBe(0)
    expect(readdirSync(home).toSorted()).toEqual(['data', 'programs', 'refledger'])
    expect(readdirSync(join(home, 'data'))).not.toContain('addon')
  })
})

/** What the image's base brings: the libraries of C and C++, and nothing that runs. */
const LIBRARIES = /^(ld-linux[\w-]*|libc|libm|libdl|libpthread|libstdc\+\+|libgcc_s)\.so\.\d$/
const image = readImage()

/** The root directory of the image: its files, and the libraries of this machine in place of its base's. */
function imageRoot(): string {
  const root = mkdtempSync(join(folder, 'image-'))
  chmodSync(root, 0o755)
  for (const [path, { from, owner }] of Object.entries(image.files)) {
    const to = join(root, path)
    mkdirSync(dirname(to), { recursive: true })
    if (path.endsWith('/')) mkdirSync(to)
    else if (from.endsWith('/dist/refledger')) copyFileSync(binary, to)
    if (owner !== undefined) chownSync(to, ...(owner.split(':').map(Number) as [number, number]))
  }
  const libraries = [binary, addonFile()].flatMap((file) => [...spawnSync('ldd', [file], { encoding: 'utf8' }).stdout.matchAll(/(\/\S+) \(/g)].map(([, path = '']) => path))
  expect(libraries.filter((path) => !LIBRARIES.test(basename(path)))).toEqual([])
  for (const path of libraries) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(path, join(root, path))
  }
  return root
}
const inImage = (root: string, command: string[], env: Record<string, string> = {}): [string, string[], { env: Record<string, string> }] => ['/usr/sbin/chroot', [`--userspec=${image.user}`, root, ...command], { env: { ...image.env, ...env } }]

test.skipIf(!canSandbox)('it runs as the Dockerfile says, in a root that holds nothing but its files and libraries (Docker itself is not run)', async () => {
  const [root, port] = [imageRoot(), String(await freePort())]
  const health = (): { status: number | null; out: string } => {
    const { status, stdout } = spawnSync(...inImage(root, image.health, { PORT: port }))
    return { status, out: String(stdout) }
  }
  const child = spawn(...inImage(root, image.command, { PORT: port, PUBLIC_URL: 'https://track.shop.example' }))
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    if (said.includes('listening on')) break
  }
  expect(said).toContain('set up once at https://track.shop.example/')
  expect(health()).toEqual({ status: 0, out: `http://127.0.0.1:${port}/readyz: ready\n` })
  const verified = spawnSync(...inImage(root, ['/usr/local/bin/refledger', 'verify']))
  expect([verified.status, String(verified.stdout)]).toEqual([0, expect.stringContaining('all as it must be')])
  expect(readdirSync(join(root, 'data')).toSorted()).toEqual(expect.arrayContaining(['addon', 'identity.key', 'refledger.db', 'secret.key']))

  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(health()).toEqual({ status: 1, out: expect.stringContaining('no answer') })
})

test('no symbols are left in it', () => {
  const symbols = spawnSync('readelf', ['--sections', '--wide', binary], { encoding: 'utf8' })
  if (symbols.error !== undefined) return console.warn('readelf is not installed: symbols are not looked for')
  expect(symbols.stdout).not.toContain('.symtab')
})
