/** `npm run demo`: a collector with a month of history, and a shop that uses it. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import { loadConfig } from '../collector/config.ts'
import { openCollector } from '../collector/serve.ts'
import { DAY_MS } from '../shared/limits.ts'
import { makeHistory } from './history.ts'
import type { History } from './history.ts'
import type { AffiliateLink } from './pages.ts'
import { createShop } from './shop.ts'

const SEED = 1042
const PORT = portFrom('PORT', 8787)
const SHOP_PORT = portFrom('SHOP_PORT', 8788)
const SHOP_URL = `http://localhost:${SHOP_PORT}`

const AFFILIATES = [
  { name: 'Frühauf, der Podcast', email: 'post@fruehauf.example', code: 'fruehauf' },
  { name: 'Martas Mokkablog', email: 'marta@mokkablog.example', code: 'marta' },
  { name: 'Gleis 9 Pendlerbrief', email: 'redaktion@gleis9.example', code: 'gleis9' },
  { name: 'Kiosk & Kanne', email: 'hallo@kioskundkanne.example', code: 'kanne' },
]

interface Collector {
  url: string
  apiKey: string
  links: AffiliateLink[]
  setNow(ms: number | undefined): void
  close(): Promise<void>
}

/** A collector of its own, set up a month ago: its clock stands where `setNow` puts it, and runs when that is undefined. */
async function startCollector(directory: string, sinceMs: number): Promise<Collector> {
  let nowMs: number | undefined = sinceMs
  const url = `http://localhost:${PORT}`
  const collector = await openCollector({
    config: loadConfig({ DATABASE_URL: `sqlite:${join(directory, 'demo.db')}`, PORT: String(PORT), PUBLIC_URL: url, RATE_LIMIT: 'off' }),
    scriptFile: fileURLToPath(new URL('../dist/r.js', import.meta.url)),
    now: () => nowMs ?? Date.now(),
  })
  const { setup, campaigns, affiliates } = collector.services
  const { merchantId, campaignId, keys } = await setup.init({ merchant: 'Kaffee Nord', site: 'localhost', email: 'owner@shop.localhost', currency: 'EUR', timezone: 'Europe/Berlin' })
  // A first campaign leads to https on the site's own host; this shop has neither a certificate nor port 443.
  await campaigns.update(campaignId, { landingUrl: `${SHOP_URL}/` }, merchantId)
  const links: AffiliateLink[] = []
  for (const affiliate of AFFILIATES) {
    const { name, code, link } = await affiliates.create({ ...affiliate, campaign: campaignId }, merchantId)
    links.push({ name, code, link })
  }
  return { url, apiKey: keys.refcampaign, links, setNow: (ms) => { nowMs = ms }, close: () => collector.close() }
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'refledger-demo-'))
  const closing: (() => unknown)[] = [() => rmSync(directory, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).toReversed()) await close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().then(() => process.exit()))

  try {
    const untilMs = Date.now()
    const collector = await startCollector(directory, untilMs - 31 * DAY_MS)
    closing.push(() => collector.close())
    const shop = await listening(createShop({ collectorUrl: collector.url, apiKey: collector.apiKey, links: collector.links }))
    closing.push(() => closed(shop))

    const history = await makeHistory({ apiUrl: collector.url, apiKey: collector.apiKey, siteUrl: SHOP_URL, affiliates: AFFILIATES, seed: SEED, untilMs, setNow: collector.setNow })
    collector.setNow(undefined)
    console.log(welcome(collector, history, directory))
  } catch (error) {
    await stop()
    throw error
  }
}

function welcome({ url, apiKey, links }: Collector, history: History, directory: string): string {
  return `
  Kaffee Nord is open: ${SHOP_URL}

  Come in through an affiliate's link, buy something, and read below your order who earned what:
${links.map(({ name, link }) => `    ${link.padEnd(36)} ${name}`).join('\n')}
    ${`${SHOP_URL}/?ref=marta`.padEnd(36)} straight to the shop

  Collector  ${url}
  API key    ${apiKey}
  History    ${history.arrivals} arrivals and ${history.orders} orders in 30 days
  Database   ${directory} (new at each start, removed at the end)

  Why an order went to whom:
    curl -H 'Authorization: Bearer ${apiKey}' ${url}/api/v1/conversions/${history.conversionId ?? 'ID'}/receipt

  Ctrl+C closes the shop.
`
}

function listening(shop: Koa): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = shop.listen(SHOP_PORT, '127.0.0.1', () => { resolve(server) })
    server.once('error', reject)
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
}

function portFrom(name: string, fallback: number): number {
  const port = Number(process.env[name] ?? fallback)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  console.error(`${name}: expected a port, received ${process.env[name]}`)
  process.exit(2)
}

await main().catch((error: unknown) => {
  console.error(`The demo could not start: ${wordsFor(error)}`)
  process.exitCode = 1
})

function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') return `${error.message}. PORT and SHOP_PORT choose other ports.`
  return error.stack ?? error.message
}
