/** The demo: a collector with a month of history, and a shop that uses it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Koa from 'koa'
import { loadConfig, type Config } from '../collector/config.ts'
import { openCollector } from '../collector/serve.ts'
import { DAY_MS } from '../shared/limits.ts'
import { makeHistory } from './history.ts'
import type { History } from './history.ts'
import type { AffiliateLink } from './pages.ts'
import { createShop } from './shop.ts'

const SEED = 1042

const AFFILIATES = [
  { name: 'Frühauf, der Podcast', email: 'post@fruehauf.example', code: 'fruehauf' },
  { name: 'Martas Mokkablog', email: 'marta@mokkablog.example', code: 'marta' },
  { name: 'Gleis 9 Pendlerbrief', email: 'redaktion@gleis9.example', code: 'gleis9' },
  { name: 'Kiosk & Kanne', email: 'hallo@kioskundkanne.example', code: 'kanne' },
]

export interface DemoOptions {
  /** Where the collector and the shop listen. */
  port: number
  shopPort: number
  /** Where the built script and the shop's styles lie. */
  assetsDir: string
  /** Ends a start that takes too long for somebody. */
  signal: AbortSignal
}

/** A shop that is open. */
export interface Demo {
  shopUrl: string
  collectorUrl: string
  apiKey: string
  links: AffiliateLink[]
  history: History
  /** Where its database is until it closes. */
  directory: string
  close: () => Promise<void>
}

/** Opens a collector and a shop, and plays a month of both; rejects, and leaves nothing behind, when that fails or `signal` ends it. */
export async function openDemo({ port, shopPort, assetsDir, signal }: DemoOptions): Promise<Demo> {
  const directory = newDirectory()
  const closing: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end()
  }
  try {
    const untilMs = Date.now()
    const [collectorUrl, shopUrl] = [`http://localhost:${port}`, `http://localhost:${shopPort}`]
    const config = configFor(directory, port, collectorUrl)
    const collector = await startCollector({ config, assetsDir, shopUrl, sinceMs: untilMs - 31 * DAY_MS })
    closing.push(collector.close)
    const { apiKey, links } = collector
    const shop = await listening(createShop({ collectorUrl, apiKey, links, publicDir: join(assetsDir, 'demo') }), shopPort, config.host)
    closing.push(() => closed(shop))

    const history = await makeHistory({ apiUrl: collectorUrl, apiKey, siteUrl: shopUrl, affiliates: AFFILIATES, seed: SEED, untilMs, setNow: collector.setNow, signal })
    collector.setNow(undefined)
    return { shopUrl, collectorUrl, apiKey, links, history, directory, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Among the temporary files, or beside the data where there is no place for such: on a hardened server nothing else can be written to. */
function newDirectory(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'refledger-demo-'))
  } catch {
    // Whatever was wrong there, the next line says what is wrong here.
    const { dataDir } = loadConfig()
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return mkdtempSync(join(dataDir, 'demo-'))
  }
}

/** Its own database and addresses, whatever the environment says of a real one. */
const configFor = (directory: string, port: number, url: string): Config => loadConfig({ DATABASE_URL: `sqlite:${join(directory, 'demo.db')}`, PORT: String(port), PUBLIC_URL: url, BASE_PATH: '', TRUST_PROXY: 'off', RATE_LIMIT: 'off' })

interface Collector {
  apiKey: string
  links: AffiliateLink[]
  setNow: (ms: number | undefined) => void
  close: () => Promise<void>
}

/** A collector of its own, set up a month ago: its clock stands where `setNow` puts it, and runs when that is undefined. */
async function startCollector({ config, assetsDir, shopUrl, sinceMs }: { config: Config; assetsDir: string; shopUrl: string; sinceMs: number }): Promise<Collector> {
  let nowMs: number | undefined = sinceMs
  const collector = await openCollector({ config, scriptFile: join(assetsDir, 'r.js'), now: () => nowMs ?? Date.now() })
  const { setup, campaigns, affiliates } = collector.services
  const { merchantId, campaignId, keys } = await setup.init({ merchant: 'Kaffee Nord', site: 'localhost', email: 'owner@shop.localhost', currency: 'EUR', timezone: 'Europe/Berlin' })
  // A first campaign leads to https on the site's own host; this shop has neither a certificate nor port 443.
  await campaigns.update(campaignId, { landingUrl: `${shopUrl}/` }, merchantId)
  const links: AffiliateLink[] = []
  for (const affiliate of AFFILIATES) {
    const { name, code, link } = await affiliates.create({ ...affiliate, campaign: campaignId }, merchantId)
    links.push({ name, code, link })
  }
  return { apiKey: keys.refcampaign, links, setNow: (ms) => { nowMs = ms }, close: () => collector.close() }
}

function listening(shop: Koa, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = shop.listen(port, host, () => { resolve(server) })
    server.once('error', reject)
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
}
