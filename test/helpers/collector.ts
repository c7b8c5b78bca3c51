import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { loadConfig } from '../../collector/config.ts'
import { openCollector, type Collector } from '../../collector/serve.ts'
import type { Installed } from '../../collector/service/setup.ts'
import { watched } from './replies.ts'

export const SCRIPT_FILE = join(import.meta.dirname, '../../dist/r.js')
/** A browser that isbot takes for a person. */
export const BROWSER = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36'
/** 20 November 2026, 09:00 UTC. */
export const NOON_MS = Date.UTC(2026, 10, 20, 9)
export const HOUR_MS = 3_600_000

/** A clock that stands until it is moved. */
export interface Clock {
  nowMs: number
}

/** A collector on a free port with a database file of its own, and one merchant on `shop.example`. */
export interface TestCollector extends Collector, Installed {
  clock: Clock
  dir: string
  /** Address of the listener itself, whatever the collector calls itself outside. */
  api: string
}

/** Where to say what must be done at the end: by default, of the test. */
type AtEnd = (end: () => void | Promise<void>) => void

/** A folder that goes with the test. */
export function tempDir(atEnd: AtEnd = onTestFinished, below = tmpdir()): string {
  const dir = mkdtempSync(join(below, 'refledger-test-'))
  atEnd(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Starts a collector over a folder's database and stops it with the test; the folder may hold one already. */
export async function openTestCollector({ atEnd = onTestFinished, dir = tempDir(atEnd), clock = { nowMs: NOON_MS }, ...flags }: { atEnd?: AtEnd; dir?: string; clock?: Clock } & Record<string, unknown> = {}): Promise<Collector & { clock: Clock; dir: string; api: string }> {
  const config = loadConfig({ DATABASE_URL: `sqlite:${join(dir, 'test.db')}`, PORT: '0', LOG_LEVEL: 'silent', RATE_LIMIT: 'off', ...flags }, {})
  const collector = watched(await openCollector({ config, scriptFile: SCRIPT_FILE, now: () => clock.nowMs }), config)
  let open = true
  const close = async (): Promise<void> => {
    if (!open) return
    open = false
    await collector.close()
  }
  atEnd(close)
  return { ...collector, close, clock, dir, api: `http://127.0.0.1:${collector.port}` }
}

/** A collector that is set up: Ana's code is `ana`, Ben's `ben`, in one campaign of 10 % and 30 days. */
export async function startCollector(options: { atEnd?: AtEnd; dir?: string; clock?: Clock } & Record<string, unknown> = {}): Promise<TestCollector & { ana: string; ben: string }> {
  const collector = await openTestCollector(options)
  const installed = await collector.services.setup.init({ merchant: 'Shop', site: 'shop.example', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  const affiliate = async (name: string): Promise<string> => (await collector.services.affiliates.create({ campaign: installed.campaignId, email: `${name.toLowerCase()}@partner.example`, name, code: name.toLowerCase() }, installed.merchantId)).id
  return { ...collector, ...installed, ana: await affiliate('Ana'), ben: await affiliate('Ben') }
}

/** One collector for all tests of a file or group that leave it as they found it. */
export function sharedCollector(options: Record<string, unknown> = {}): () => Awaited<ReturnType<typeof startCollector>> {
  const ends: (() => void | Promise<void>)[] = []
  let collector: Awaited<ReturnType<typeof startCollector>> | undefined
  beforeAll(async () => {
    collector = await startCollector({ ...options, atEnd: (end) => ends.unshift(end) })
  })
  afterAll(async () => {
    for (const end of ends) await end()
  })
  return () => {
    if (collector === undefined) throw new Error('the shared collector runs only inside tests')
    return collector
  }
}

/** An answer, read whole. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  body: Record<string, unknown> & { data: Record<string, unknown>; error: { code: string; message: string; details: { path: string[]; message: string }[] | null } }
}

/** Calls the collector over its port. A body that is no string goes out as JSON. */
export async function call({ api }: { api: string }, path: string, { key, body, headers = {}, method = 'POST' }: { key?: string; body?: unknown; headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
  const response = await fetch(`${api}${path}`, {
    method, redirect: 'manual',
    headers: { 'Content-Type': 'application/json', 'User-Agent': BROWSER, ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('Content-Type')?.includes('json') ?? false
  return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : {}) as Answer['body'] }
}

let made = 0
/** A UUIDv7 of an instant; different every time, the same in every run. */
export function uuidAt(atMs: number): string {
  made += 1
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${made.toString(16).padStart(12, '0')}`
}

/** The body of a visit through an affiliate's link. */
export function visitBody({ clock }: { clock: Clock }, { code = 'ana', ...more }: { code?: string; session?: string; id?: string; ageMs?: number; url?: string } = {}): Record<string, unknown> {
  return { id: uuidAt(clock.nowMs), session: uuidAt(clock.nowMs), ref: code, url: `https://www.shop.example/?ref=${code}`, ...more }
}
