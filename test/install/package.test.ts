import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { bundledPackages } from '../../collector/bundled.ts'
import { tempDir } from '../helpers/collector.ts'
import { snippets } from '../helpers/readme.ts'

const ROOT = join(import.meta.dirname, '../..')
const PLATFORMS = readdirSync(join(ROOT, 'node_modules/better-sqlite3/prebuilds'))
/** The commands of the README, one a line. */
const README = snippets("From npm's package", 'sh', 2).flatMap((block) => block.trim().split('\n'))
const OUTSIDE = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
/** This Node first, and nothing of this project. */
const env = { ...process.env, PATH: [join(ROOT, 'node_modules/node/bin'), ...OUTSIDE].join(delimiter) }

// npx and an older Node take their time.
vi.setConfig({ testTimeout: 30_000 })
const ends: (() => void | Promise<void>)[] = []
let folder: string
let tarball: string
let files: string[]

const run = (command: string, options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8', ...options })
  return { code: status, out: stdout, err: stderr }
}

/** The package as `npm pack` makes it of what is built, in a folder where it is all that was installed. */
beforeAll(() => {
  folder = tempDir((end) => ends.push(end))
  // Building is left to who runs the tests: others of them read what is built, at the same time.
  const packed = run(`npm pack --ignore-scripts --json --pack-destination ${folder}`, { cwd: ROOT })
  const [{ filename, files: packedFiles }] = JSON.parse(packed.out) as [{ filename: string; files: { path: string }[] }]
  tarball = join(folder, filename)
  files = packedFiles.map(({ path }) => path)
  // An empty cache and no network: there is nothing else to fetch.
  const installed = run(`${README[1]} --offline --cache ${join(folder, 'cache')}`)
  if (installed.code !== 0) throw new Error(installed.err)
}, 60_000)
afterAll(async () => {
  for (const end of ends) await end()
})

test('the README says how it is made, installed and run', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  expect(README).toEqual(['npm ci && npm pack', `npm install ./refledger-${version}.tgz`, 'npx refledger serve'])
})

test('publint has nothing to say of it', async () => {
  const { messages, pkg } = await publint({ pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer }, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
})

test('it holds what runs, for every system, and nothing else', () => {
  const needed = ['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', 'dist/refledger.cjs', 'dist/r.js', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/demo/shop.css', 'dist/docs/docs.js.gz', 'dist/docs/swagger-ui.css.gz', 'dist/docs/swagger-ui-bundle.js.gz', ...PLATFORMS.map((name) => `dist/prebuilds/${name}`)]
  expect(needed.filter((name) => !files.includes(name))).toEqual([])
  expect(PLATFORMS).toHaveLength(8)
  expect(files.filter((name) => /(?<!\.d)\.c?ts$|\.map$|\.db|\.key$|node_modules|^dist\/(refledger|bench-.*|\.binary.*)$/.test(name))).toEqual([])
})

test('it brings nothing else along', () => {
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['refledger'])
})

describe('npx refledger', () => {
  test('serve works in a folder that holds nothing else', async () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    const child = spawn('sh', ['-c', `exec ${README[2]} --port 0 --log-level silent`], { cwd: folder, env: { ...env, npm_config_offline: 'true', DATABASE_URL: `sqlite:${home}/refledger.db` }, stdio: ['ignore', 'ignore', 'pipe'], detached: true })
    onTestFinished(() => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
    let said = ''
    for await (const chunk of child.stderr) {
      said += String(chunk)
      if (said.includes('listening on')) break
    }
    const [, url = ''] = /listening on (\S+)/.exec(said) ?? []
    expect(said).toContain('set up once at')
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${url}/r.js`)).text()).toBe(readFileSync(join(ROOT, 'dist/r.js'), 'utf8'))
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    await once(child, 'exit')
    expect(readdirSync(home)).toContain('refledger.db')
  })

  test('licenses prints the notice of each package that is inside', async () => {
    const { code, out } = run('npx refledger licenses')
    const missing = (await bundledPackages()).filter(({ name, version }) => !out.includes(`\n${name} ${version} (`))
    expect([code, missing]).toEqual([0, []])
    expect(out).toContain('Copyright (c) 2019 Koa contributors')
    expect(out.match(/holds no text of it/g)).toHaveLength(1)
  })
})

const CLIENT = `const client = new RefCampaign({ apiKey: 'rc_live_1', apiUrl: 'http://127.0.0.1:1' })
client.conversions.refund({ externalId: 'o' }).catch((error) => console.log(error instanceof RefCampaignError, error.code))
console.log(verifyWebhookSignature({ secret: 's', payload: 'p', header: 't=1,v1=0' }))
`
const PROGRAMS = { 'shop.mjs': `import { RefCampaign, RefCampaignError, verifyWebhookSignature } from 'refledger/client'\n${CLIENT}`, 'shop.cjs': `const { RefCampaign, RefCampaignError, verifyWebhookSignature } = require('refledger/client')\n${CLIENT}` }
/** Another Node than this project's, such as the system's own. */
const older = OUTSIDE.map((path) => join(path, 'node')).find((node) => /^v(20|21|22\.(\d|1[0-3])\.)/.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? ''))
if (older === undefined) console.warn('the package is not tried on a Node older than 22.14: none is installed')

describe.each(["this project's Node", ...(older === undefined ? [] : ['an older Node'])])('on %s', (name) => {
  const node = name === 'an older Node' ? older : join(ROOT, 'node_modules/node/bin/node')
  test.each(Object.entries(PROGRAMS))('refledger/client runs in %s', (file, program) => {
    writeFileSync(join(folder, file), program)
    expect(run(`${node} ${file}`)).toEqual({ code: 0, out: 'false\ntrue NETWORK_ERROR\n', err: '' })
  })
})

test.skipIf(older === undefined)('the collector says which Node it needs, where that is older', () => {
  expect(run(`${older} node_modules/refledger/dist/refledger.cjs serve`)).toMatchObject({ code: 1, err: expect.stringContaining('refledger needs Node.js 22.14 or newer; this is') })
})
