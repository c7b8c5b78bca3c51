import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../collector/config.ts'
import { openCollector } from '../../collector/serve.ts'
import { createShop } from '../../demo/shop.ts'
import { SCRIPT_FILE, tempDir } from './collector.ts'
import { watched } from './replies.ts'
import { listening } from './sites.ts'

/** A shop on `www.shop.localhost` and its collector on a host of its own, both for real. */
export interface RunningShop {
  shopUrl: string
  collectorUrl: string
  /** The collector's listener, for calls from here. */
  api: string
  key: string
  databaseUrl: string
  /** Ana's and Ben's links through the collector. */
  links: Record<'ana' | 'ben', string>
}

/** Starts both; `track.shop.localhost` is same-site to the shop, `track.localhost` is a stranger to it. */
export async function startShop(collectorHost: 'track.shop.localhost' | 'track.localhost'): Promise<RunningShop> {
  const databaseUrl = `sqlite:${join(tempDir(), 'shop.db')}`
  let port = 0
  const collectorUrl = (): string => `http://${collectorHost}:${port}`
  const config = loadConfig({ DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent', RATE_LIMIT: 'off' }, {})
  const collector = watched(await openCollector({ config, scriptFile: SCRIPT_FILE, publicUrl: collectorUrl }), config)
  port = collector.port
  onTestFinished(() => collector.close())

  const { setup, affiliates, campaigns } = collector.services
  const { merchantId, campaignId, keys } = await setup.init({ merchant: 'Kaffee Nord', site: 'shop.localhost', email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  const linkOf = async (name: string): Promise<string> => (await affiliates.create({ campaign: campaignId, email: `${name}@partner.example`, name, code: name }, merchantId)).link
  const links = { ana: await linkOf('ana'), ben: await linkOf('ben') }

  const api = `http://127.0.0.1:${port}`
  const shop = createServer(createShop({ collectorUrl: collectorUrl(), apiUrl: api, apiKey: keys.refcampaign, links: [], publicDir: join(import.meta.dirname, '../../demo/public') }).callback())
  const shopUrl = `http://www.shop.localhost:${await listening(shop)}`
  await campaigns.update(campaignId, { landingUrl: `${shopUrl}/` }, merchantId)
  return { shopUrl, collectorUrl: collectorUrl(), api, key: keys.refcampaign, databaseUrl, links }
}

/** Buys one pack of the first roast, as a person does, and returns the order page's address. */
export async function buy(page: Page, email: string): Promise<string> {
  await page.locator('a[href^="/roasts/"]').first().click()
  await page.locator('form button').click()
  await page.getByLabel('Name').fill('Kim Buyer')
  await page.getByLabel('E-mail').fill(email)
  await page.getByRole('button', { name: 'Place the order' }).click()
  await page.waitForURL('**/order/*')
  return page.url()
}
