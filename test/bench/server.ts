/** One of the three servers that are compared, in a process of its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Router } from '@koa/router'
import Koa from 'koa'
import { getRawBody } from 'raw-body'
import { createApp } from '../../collector/app.ts'
import { loadConfig, type Config } from '../../collector/config.ts'
import { createLog } from '../../collector/http/log.ts'
import { loadAssets } from '../../collector/routes/script.ts'
import { loadSecrets } from '../../collector/secrets.ts'
import { openCollector, openData } from '../../collector/serve.ts'
import { systemRandom } from '../../collector/service/deps.ts'
import { createServices, type Services } from '../../collector/service/services.ts'
import { SCRIPT_BODY_BYTES } from '../../shared/limits.ts'
import { VisitBody } from '../../shared/wire/script.ts'
import { answerParent } from './child.ts'
import { CODES, COLLECTOR_HOST, SITE } from './visits.ts'

export type Kind = 'collector' | 'storeless' | 'bare'
/** Microseconds of CPU that the process has used so far. */
export interface State {
  port: number
  cpuUs: number
  /** Of the collector: what its orders are sent with. */
  key: string
}

const publicUrl = (): string => `https://${COLLECTOR_HOST}`
const SCRIPT_FILE = join(import.meta.dirname, '../../dist/r.js')
const [kind, directory] = process.argv.slice(2) as [Kind, string]
let key = ''
const port = start()

answerParent<object, State>(async () => {
  const { user, system } = process.cpuUsage()
  return { port: await port, cpuUs: user + system, key }
})

function start(): Promise<number> {
  if (kind === 'bare') return listen(bareKoa())
  const config = loadConfig({ DATABASE_URL: `sqlite:${join(directory, `${kind}.db`)}`, PORT: '0', PUBLIC_URL: publicUrl(), RATE_LIMIT: 'off' }, {})
  return kind === 'collector' ? startCollector(config) : startStoreless(config)
}

async function startCollector(config: Config): Promise<number> {
  const collector = await openCollector({ config, scriptFile: SCRIPT_FILE })
  key = await setUp(collector.services)
  return collector.port
}

/** The same collector with the same settings, but for a store that keeps nothing and answers at once. */
async function startStoreless(config: Config): Promise<number> {
  const { store, services } = await openData({ config })
  await setUp(services)
  const settings = store.directory()
  const idle = { ...store, append: async ({ arrival }: { arrival: { id: string } }) => ({ clickId: arrival.id, created: true }), directory: () => settings }
  const storeless = createServices({ store: idle, secrets: loadSecrets(config), now: Date.now, random: systemRandom }, publicUrl)
  return listen(createApp({ config, store: idle, services: storeless, assets: loadAssets(SCRIPT_FILE), publicUrl, now: Date.now, log: createLog(config.logLevel) }))
}

/** What nobody can do without who uses the same parts: read the body, check it with the same schema, answer. */
function bareKoa(): Koa {
  const router = new Router()
  router.post('/r/visit', async (ctx) => {
    const bytes = await getRawBody(ctx.req, { limit: SCRIPT_BODY_BYTES, length: ctx.req.headers['content-length'] ?? null })
    VisitBody.parse(JSON.parse(bytes.toString()))
    ctx.status = 204
  })
  const app = new Koa()
  app.use(router.routes())
  return app
}

async function setUp({ setup, affiliates }: Services): Promise<string> {
  const { merchantId, campaignId, keys } = await setup.init({ merchant: 'Bench', site: SITE, email: `owner@${SITE}`, currency: 'EUR', timezone: 'UTC' })
  for (const code of CODES) await affiliates.create({ campaign: campaignId, email: `${code}@partner.example`, name: code, code }, merchantId)
  return keys.refcampaign
}

function listen(app: Koa): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer(app.callback()).listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
