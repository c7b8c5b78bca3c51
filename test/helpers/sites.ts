import { once } from 'node:events'
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Installed } from '../../collector/service/setup.ts'
import { openTestCollector, type Clock } from './collector.ts'

/** What a page of the shop's is made of; by default the stub, the tag, and nothing else. */
export interface ShopPage {
  /** `data-*` of the tag, without the prefix. */
  data?: Record<string, string>
  head?: string
  body?: string
  headers?: Record<string, string>
  status?: number
  /** Where the tag loads the script from, when not from the collector. */
  src?: string
  /** A page without the tag. */
  untagged?: true
}

/** What stands between the browsers and the collector. */
export interface Gate {
  /** Calls that came to it, in order, those that were not let through as well. */
  calls: { path: string; body: string }[]
  /** What becomes of a call: it goes on when this resolves, and its connection breaks when it rejects. */
  pass: (path: string) => Promise<void>
}

/** A merchant's sites, all served by one listener, and a collector behind a gate. Its clock stands still. */
export interface Sites {
  /** An address on one of the sites. */
  at: (host: string, path?: string) => string
  /** The pages, by path; any other path is a page of its own like them. */
  pages: Record<string, ShopPage>
  gate: Gate
  collectorUrl: string
  api: string
  key: string
  keys: Installed['keys']
  campaignId: string
  merchantId: number
  clock: Clock
  databaseFile: string
  services: Awaited<ReturnType<typeof openTestCollector>>['services']
}

const STUB = 'window.refledger = window.refledger || function () { var args = arguments; return new Promise(function (resolve) { (refledger.q = refledger.q || []).push([args, resolve]) }) }'
export const openGate = async (): Promise<void> => {}

/**
 * Starts them: `track.shop.localhost` is same-site to `www.shop.localhost`, `track.localhost` is a stranger to it, and
 * `''` is a path of the shop's own host, `/rl`. Ana's code is `ana`, her coupon `ANA10`; Ben's code is `ben`.
 */
export async function startSites(collectorHost: string, { site = 'shop.localhost', others = [] as string[], data = {} as Record<string, string> } = {}): Promise<Sites> {
  const gate: Gate = { calls: [], pass: openGate }
  const clock: Clock = { nowMs: Date.now() }
  let collectorPort = 0
  const pages: Record<string, ShopPage> = {}
  const shop = await listening(createServer((request, response) => {
    if (request.url?.startsWith('/rl/')) return void forward(request, response, request.url.slice(3))
    const { headers = {}, status = 200, ...page } = pages[pathOf(request)] ?? {}
    response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(htmlOf(page))
  }))
  const front = await listening(createServer((request, response) => void forward(request, response, request.url ?? '/')))
  const collectorUrl = collectorHost === '' ? '/rl' : `http://${collectorHost}:${front}`

  const collector = await openTestCollector({ clock, PUBLIC_URL: collectorHost === '' ? `http://www.${site}:${shop}/rl` : collectorUrl })
  collectorPort = collector.port
  const { setup, affiliates, triggers, sites } = collector.services
  const { merchantId, campaignId, keys } = await setup.init({ merchant: 'Kaffee Nord', site, email: 'owner@shop.example', currency: 'EUR', timezone: 'UTC' })
  for (const other of others) await sites.add({ host: other }, merchantId)
  for (const name of ['ana', 'ben']) await affiliates.create({ campaign: campaignId, email: `${name}@partner.example`, name, code: name }, merchantId)
  await triggers.assign({ coupon: 'ANA10', affiliate: 'ana' }, merchantId)
  return {
    at: (host, path = '/') => `http://${host}:${shop}${path}`, pages, gate, collectorUrl, api: collector.api, key: keys.refcampaign, keys, campaignId, merchantId, clock,
    databaseFile: `${collector.dir}/test.db`, services: collector.services,
  }

  function htmlOf({ data: own = {}, head = '', body = '', src = `${collectorUrl}/r.js`, untagged }: ShopPage): string {
    const attributes = Object.entries({ ...data, ...own }).map(([name, value]) => ` data-${name}="${value}"`).join('')
    const tag = untagged ? '' : `<script>${STUB}</script><script async src="${src}"${attributes}></script>`
    return `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,">${head}${tag}</head><body>${body}</body></html>`
  }

  async function forward(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    gate.calls.push({ path, body: body.toString() })
    try {
      await gate.pass(path)
    } catch {
      return void response.destroy()
    }
    const onward = ask({ port: collectorPort, host: '127.0.0.1', method: request.method, path, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end(body)
  }
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?')[0] ?? '/'

/** Lets a server listen on a free port of this machine until the test ends; resolves to the port. */
export async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
