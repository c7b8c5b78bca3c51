import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { migrateSafely, type Migrated } from './backup/before-migration.ts'
import type { Config } from './config.ts'
import { createLog, type Log } from './http/log.ts'
import { startJobs } from './jobs/scheduler.ts'
import { loadAssets } from './routes/script.ts'
import { SCRIPTS } from './script-builds.ts'
import { loadSecrets } from './secrets.ts'
import { systemRandom } from './service/deps.ts'
import { createServices, type Services } from './service/services.ts'
import { openSqlite } from './store/sqlite/sqlite.ts'
import { keysInUse } from './store/keys-in-use.ts'
import type { Store } from './store/store.ts'

/** How often held commissions are looked at. */
const APPROVE_EVERY_MS = 60_000
/** How often the oldest events are let go of. */
const TRIM_EVERY_MS = 60_000
/** How often stored answers are looked through. */
const RETAIN_EVERY_MS = 3_600_000
/** How long open requests may take to end once the collector is asked to stop. */
const DRAIN_MS = 10_000

/** The database, the secrets and all use cases, without a listener: what a command needs. */
export interface Opened {
  store: Store
  services: Services
  now: () => number
  close: () => Promise<void>
}

export interface OpenOptions {
  config: Config
  now?: () => number
  random?: () => Uint8Array
  publicUrl?: () => string
  /** Told when the database was of an older version and is of this one now. */
  onMigrated?: (migrated: Migrated) => void
}

/** Opens the collector's data, brought to this version after a backup; throws when it cannot be opened or was written by a newer version. */
export async function openData({ config, now = systemClock, random = systemRandom, publicUrl = () => publicUrlOf(config), onMigrated = () => undefined }: OpenOptions): Promise<Opened> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const secrets = loadSecrets(config)
  const migrated = await migrateSafely(config, now())
  if (migrated !== undefined) onMigrated(migrated)
  const store = keysInUse(openSqlite(config.databaseFile, config.addonDir), now)
  const services = createServices({ store, secrets, now, random }, publicUrl)
  return { store, services, now, close: () => store.close() }
}

/** How far a clock may be set back before that is believed. */
const STEP_MS = 60_000

/**
 * A clock that stands still while the machine's is set back a little, as time servers do: else an order could come
 * before the click that led to it. A larger step is followed, because the clock was wrong before.
 */
export function steadyClock(clock: () => number): () => number {
  let lastMs = -Infinity
  return () => {
    const nowMs = clock()
    lastMs = nowMs < lastMs && lastMs - nowMs <= STEP_MS ? lastMs : nowMs
    return lastMs
  }
}

/** The machine's clock, steadied. */
export const systemClock = steadyClock(Date.now)

/** Where the collector is reached, as far as the configuration tells. */
export function publicUrlOf({ publicUrl, host, port, basePath }: Config): string {
  const name = ['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host) ? 'localhost' : host
  return publicUrl ?? `http://${name}:${port}${basePath}`
}

/** A collector that listens. */
export interface Collector extends Opened {
  /** Where it is reached from outside. */
  url: string
  /** The port that it listens on, which the configuration may have left open. */
  port: number
}

/** Opens the data and listens; `close` drains open requests, then lets go of the database. */
export async function openCollector({ scriptFile, log, ...options }: OpenOptions & { scriptFile: string; log?: Log }): Promise<Collector> {
  const { config, now = systemClock } = options
  const logger = log ?? createLog(config.logLevel)
  const assets = loadAssets(scriptFile, { folder: join(config.dataDir, SCRIPTS), log: logger })
  let listening = config
  const publicUrl = options.publicUrl ?? (() => publicUrlOf(listening))
  const { store, services } = await openData({
    ...options, now, publicUrl,
    onMigrated: (migrated) => logger.warn(migrated, 'the database was brought to this version; as it was before, it is in the backup'),
  })

  const app = createApp({ config, store, services, assets, publicUrl, now, log: logger })
  const server = createServer(app.callback())
  // Clients that keep their connection would keep a stopping collector, too.
  let stopping = false
  server.prependListener('request', (_request, response) => {
    if (stopping) response.setHeader('Connection', 'close')
  })
  try {
    await listen(server, config)
  } catch (error) {
    await store.close()
    throw error
  }
  listening = { ...config, port: (server.address() as AddressInfo).port }
  const stopJobs = startJobs([
    { name: 'approve', everyMs: APPROVE_EVERY_MS, run: () => services.commissions.approveDue() },
    { name: 'trim', everyMs: TRIM_EVERY_MS, run: () => services.events.trim() },
    { name: 'retain', everyMs: RETAIN_EVERY_MS, run: () => services.conversions.forgetAnswers() },
  ], logger)

  return {
    store, services, now, url: publicUrl(), port: listening.port,
    async close() {
      stopping = true
      await stopJobs()
      await drain(server)
      await store.close()
    },
  }
}

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Lets open requests end, and ends those that do not in time. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
