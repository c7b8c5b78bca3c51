import { hash } from 'node:crypto'
import { copyFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Arrival } from '../../shared/domain.ts'
import { loadConfig } from '../../collector/config.ts'
import { loadSecrets, type Secrets } from '../../collector/secrets.ts'
import { systemRandom } from '../../collector/service/deps.ts'
import { createServices, type Services } from '../../collector/service/services.ts'
import { openSqlite } from '../../collector/store/sqlite/sqlite.ts'
import type { Store } from '../../collector/store/store.ts'
import { HOUR_MS, NOON_MS, tempDir, uuidAt, type Clock } from './collector.ts'

/** All use cases over one connection, with what tests name in them; nobody listens. */
export interface World {
  services: Services
  store: Store
  merchantId: number
  campaignId: string
  clock: Clock
}

/** A merchant with Ana and Ben in one campaign of 10 %, as a file that is copied for every run. */
export interface Template {
  /** Opens connections to a fresh copy, runs `use`, and closes them. `between` may stand between services and store. */
  copy<R>(use: (worlds: World[], file: string) => Promise<R>, options?: { connections?: number; between?: (store: Store) => Store }): Promise<R>
}

/** Where a system offers memory as a folder. */
const MEMORY = '/dev/shm'
/** A folder in memory, where there is any: what is on disk is not in question, and thousands of files are made. */
export const memoryDir = (atEnd?: Parameters<typeof tempDir>[0]): string => tempDir(atEnd, existsSync(MEMORY) ? MEMORY : undefined)

const MERCHANT = 1
/** When everything in a template happened; a copy starts an hour later. */
const MADE_MS = NOON_MS

/** Prepares a template in a folder; `prepare` says what stands in it beside merchant and affiliates. */
export async function templateIn(dir: string, prepare: (world: World) => Promise<unknown>): Promise<Template> {
  const file = join(dir, 'template.db')
  const secrets = secretsOf(dir)
  let campaignId = ''
  let copies = 0
  let drawn = 0
  /** Looks random, and is the same in every run of the tests. */
  const random = (): Uint8Array => {
    drawn += 1
    return hash('sha256', String(drawn), 'buffer')
  }
  const worldOver = (store: Store, { clock, between = (same) => same }: { clock: Clock; between?: ((store: Store) => Store) | undefined }): World =>
    ({ services: servicesOver(between(store), { secrets, clock, random }), store, merchantId: MERCHANT, campaignId, clock })

  const store = openSqlite(file)
  const world = worldOver(store, { clock: { nowMs: MADE_MS } })
  campaignId = (await world.services.setup.init({ merchant: 'Shop', site: 'shop.example', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })).campaignId
  for (const name of ['Ana', 'Ben']) await world.services.affiliates.create({ campaign: campaignId, email: `${name.toLowerCase()}@partner.example`, name, code: name.toLowerCase() }, MERCHANT)
  await prepare({ ...world, campaignId })
  await store.close()

  return {
    async copy(use, { connections = 1, between } = {}) {
      copies += 1
      const own = join(dir, `copy-${copies}.db`)
      copyFileSync(file, own)
      const stores = Array.from({ length: connections }, () => openSqlite(own))
      const clock = { nowMs: MADE_MS + HOUR_MS }
      // Each knows the settings already, as processes do that have been running: what another writes is news to it.
      for (const one of stores) one.directory()
      try {
        return await use(stores.map((one) => worldOver(one, { clock, between })), own)
      } finally {
        for (const one of stores) await one.close()
      }
    },
  }
}

const servicesOver = (store: Store, { secrets, clock, random }: { secrets: Secrets; clock: Clock; random: () => Uint8Array }): Services =>
  createServices({ store, secrets, now: () => clock.nowMs, random }, () => 'http://localhost')

const secretsOf = (dir: string): Secrets => loadSecrets(loadConfig({ DATABASE_URL: `sqlite:${join(dir, 'template.db')}`, LOG_LEVEL: 'silent' }, {}))

/** A connection to a copy from another process, with its own randomness. */
export function openWorld(file: string, { campaignId, clock }: Pick<World, 'campaignId' | 'clock'>): World {
  const store = openSqlite(file)
  return { services: servicesOver(store, { secrets: secretsOf(dirname(file)), clock, random: systemRandom }), store, merchantId: MERCHANT, campaignId, clock }
}

/** Keeps a click of a session, as a visit would. */
export async function click({ store, merchantId, clock }: World, { session, code, waitedMs = 0 }: { session: string; code: string; waitedMs?: number }): Promise<void> {
  const id = uuidAt(clock.nowMs)
  const arrival: Arrival = { id, clickId: id, session, code, campaign: null, host: 'www.shop.example', occurredAtMs: clock.nowMs - waitedMs, receivedAtMs: clock.nowMs, waited: waitedMs > 0, clamped: false, adopted: false, mode: 'live', bot: false }
  await store.append({ merchantId, arrival, page: '', referrer: '', userAgent: '', urlHash: 0, handedOver: null, countedAs: ({ mode }) => ({ day: '2026-11-20', mode, campaignId: '', affiliateId: '' }) })
}
