/**
 * Tries the README's snippets, for a path on the shop's own host and for a host of its own, without https.
 *
 * nginx and Caddy are taken from PATH, Next.js from the folder that NEXT_FOLDER names (one where `npm install next react
 * react-dom` ran). Each is started with its snippet in front of a real collector; what is not installed is said.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freePort } from '../helpers/ports.ts'
import { snippets } from '../helpers/readme.ts'
import { checksOf } from './checks.ts'
import { runProgram, started, type Running } from './programs.ts'

const ROOT = join(import.meta.dirname, '../..')
const SHOP = 'www.shop.localhost'
const TRACK = 'track.shop.localhost'
const OWN_HOST = 'On a host of its own'
const SHOPS_HOST = "On the shop's own host"
const nextFolder = process.env['NEXT_FOLDER'] ?? ''
const nextProgram = join(nextFolder, 'node_modules/next/dist/bin/next')

interface Proxy {
  name: string
  /** True when the collector has a host of its own behind it, and no path of the shop's. */
  ownHost?: boolean
  snippet: string | undefined
  /** What says its version, and how to get it. */
  version: string[]
  install: string
  /** True when it hands `X-Forwarded-For` on as it came, so that only a proxy in front of it knows the visitor. */
  needsProxyInFront?: boolean
  /** Writes its configuration around the snippet; says how it is started. */
  start: (given: { dir: string; port: number; snippet: string }) => { command: string[]; env?: Record<string, string> }
}

type Started = ReturnType<Proxy['start']>

function nginx(dir: string, servers: string): Started {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${join(dir, what)};`).join(' ')
  writeFileSync(join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${join(dir, 'pid')}; error_log stderr;\nevents {}\nhttp {\n${folders} access_log off;\n${servers}\n}\n`)
  return { command: ['nginx', '-p', dir, '-c', join(dir, 'nginx.conf')] }
}

function caddy(dir: string, sites: string): Started {
  writeFileSync(join(dir, 'Caddyfile'), `{\n\tadmin off\n\tauto_https off\n}\n${sites}\n`)
  return { command: ['caddy', 'run', '--config', join(dir, 'Caddyfile'), '--adapter', 'caddyfile'], env: { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir } }
}

/** The snippet for a free port and a host that needs no name server; throws when it says something else than is changed. */
function changed(snippet: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`the snippet does not say "${from}" once`)
    return text.replace(from, to)
  }, snippet)
}

const PROXIES: Proxy[] = [
  {
    name: 'nginx', snippet: snippets(SHOPS_HOST, 'nginx')[0], version: ['nginx', '-v'], install: 'apt-get install nginx',
    start: ({ dir, port, snippet }) => nginx(dir, `server {\nlisten 127.0.0.1:${port}; server_name ${SHOP};\n${snippet}\n}`),
  },
  {
    name: 'nginx, a host of its own', ownHost: true, snippet: snippets(OWN_HOST, 'nginx')[0], version: ['nginx', '-v'], install: 'apt-get install nginx',
    start: ({ dir, port, snippet }) => nginx(dir, changed(snippet, { 'listen 80;': `listen 127.0.0.1:${port};`, 'track.yourshop.com': TRACK })),
  },
  {
    name: 'Caddy', snippet: snippets(SHOPS_HOST, 'caddyfile')[0], version: ['caddy', 'version'], install: 'apt-get install caddy',
    start: ({ dir, port, snippet }) => caddy(dir, `http://${SHOP}:${port} {\n\tbind 127.0.0.1\n${snippet}\n}`),
  },
  {
    name: 'Caddy, a host of its own', ownHost: true, snippet: snippets(OWN_HOST, 'caddyfile')[0], version: ['caddy', 'version'], install: 'apt-get install caddy',
    start: ({ dir, port, snippet }) => caddy(dir, changed(snippet, { 'track.yourshop.com {': `http://${TRACK}:${port} {\n\tbind 127.0.0.1` })),
  },
  {
    name: 'Next.js', snippet: snippets(SHOPS_HOST, 'js')[0], version: [process.execPath, nextProgram, '--version'], install: 'npm install next react react-dom, in a folder that NEXT_FOLDER names', needsProxyInFront: true,
    start({ dir, port, snippet }) {
      mkdirSync(join(dir, 'pages'))
      writeFileSync(join(dir, 'package.json'), '{ "private": true }\n')
      writeFileSync(join(dir, 'pages/index.js'), 'export default function Shop() { return "the shop" }\n')
      writeFileSync(join(dir, 'next.config.js'), snippet)
      const env = { NEXT_TELEMETRY_DISABLED: '1' }
      runProgram([process.execPath, nextProgram, 'build', dir], { env })
      return { command: [process.execPath, nextProgram, 'start', dir, '--hostname', '127.0.0.1', '--port', String(port)], env }
    },
  },
]

const isThere = ([program = '', ...args]: string[]): boolean => spawnSync(program, args).status === 0

const refledger = (...args: string[]): string[] => [process.execPath, join(ROOT, 'collector/main.ts'), ...args]

/** A collector with one shop and Ana, reached from outside by the proxied address. */
async function collectorBehind(publicUrl: string, dir: string): Promise<Running & { port: number }> {
  const port = await freePort()
  const env = { DATABASE_URL: `sqlite:${join(dir, 'shop.db')}`, PORT: String(port), PUBLIC_URL: publicUrl, TRUST_PROXY: '1', RATE_LIMIT: 'script=100', LOG_LEVEL: 'error' }
  runProgram(refledger('init', '--merchant', 'Shop', '--site', 'shop.localhost', '--email', 'owner@shop.example', '--json'), { env })
  runProgram(refledger('affiliate', 'create', '--campaign', '1', '--email', 'ana@partner.example', '--code', 'ana', '--json'), { env })
  return { ...await started(refledger('serve'), { env, port }), port }
}

/** Starts a proxy with its snippet and tells what did not hold. */
async function tried({ start, needsProxyInFront = false, ownHost = false }: Proxy, snippet: string): Promise<string[]> {
  // Next.js looks for its packages in the folders above.
  const dir = mkdtempSync(join(snippet.includes('next.config.js') ? nextFolder : tmpdir(), 'refledger-proxy-'))
  const running: Running[] = []
  try {
    const port = await freePort()
    const [host, path] = ownHost ? [TRACK, ''] : [SHOP, '/rl']
    const collector = await collectorBehind(`http://${host}:${port}${path}`, dir)
    running.push(collector)
    const { command, env = {} } = start({ dir, port, snippet: snippet.replaceAll('127.0.0.1:8787', `127.0.0.1:${collector.port}`) })
    running.push(await started(command, { env, port }))
    return await checksOf({ host, port, path, domain: 'shop.localhost', collectorPort: collector.port, needsProxyInFront })
  } finally {
    for (const { stop } of running.toReversed()) await stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

for (const proxy of PROXIES) {
  const isInstalled = isThere(proxy.version)
  if (!isInstalled) console.warn(`NOT TESTED: ${proxy.name} is not installed (${proxy.install})`)
  test.skipIf(!isInstalled)(`behind ${proxy.name}, as the README prints it, all is as it must be`, { timeout: 180_000 }, async () => {
    expect(await tried(proxy, proxy.snippet ?? '')).toEqual([])
  })
}
