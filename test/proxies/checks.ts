import { hash, randomBytes } from 'node:crypto'
import { request, type IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** A shop whose host proxies one path to a collector. */
export interface Shop {
  host: string
  port: number
  path: string
  /** Where the session's cookie belongs. */
  domain: string
  /** Where the collector itself listens. */
  collectorPort: number
  /** True when the visitor's address is written by another proxy in front of this one. */
  needsProxyInFront: boolean
}

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
}

/** What does not hold of the proxied path; empty when all is as it must be. */
export async function checksOf(shop: Shop): Promise<string[]> {
  const wrong: string[] = []
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  }

  const { bytes: script } = await call({ ...shop, port: shop.collectorPort, path: '' }, '/r.js')
  for (const encoding of [undefined, 'gzip', 'br']) {
    const { status, headers, bytes } = await call(shop, '/r.js', { headers: encoding === undefined ? {} : { 'accept-encoding': encoding } })
    expect(`GET /r.js as ${encoding ?? 'it is'}`, [status, headers['content-encoding'], plain({ headers, bytes }).equals(script)], [200, encoding, true])
  }

  const { link = '' } = (await call(shop, '/r.js')).headers
  const [, name = '', integrity] = /^<([^>]+)>.*integrity="([^"]+)"/.exec([link].flat().join()) ?? []
  const pinned = await call(shop, `/${name}`)
  expect(`GET /${name}`, [pinned.status, pinned.headers['cache-control'], `sha384-${hash('sha384', pinned.bytes, 'base64')}`], [200, 'public, max-age=31536000, immutable', integrity])

  const page = `http://${shop.host}:${shop.port}/mugs?ref=ana`
  const session = uuidV7()
  const visit = await call(shop, '/r/visit', { body: JSON.stringify({ id: uuidV7(), session, ref: 'ana', url: page }), headers: { origin: new URL(page).origin, 'content-type': 'text/plain' } })
  const cookie = visit.headers['set-cookie']?.[0] ?? ''
  expect('POST /r/visit', [visit.status, answerOf(visit)?.cookie], [200, true])
  expect('its cookie', [/^_rl=([^;]+)/.exec(cookie)?.[1], /Domain=([^;]+)/.exec(cookie)?.[1], /Path=([^;]+)/.exec(cookie)?.[1]], [session, shop.domain, '/'])

  const image = await call(shop, '/r/noscript', { headers: { referer: page } })
  expect('GET /r/noscript', [image.status, image.headers['content-type'], image.headers['set-cookie']?.length], [200, 'image/gif', 1])

  const { status, headers: { location = '' } } = await call(shop, '/go/ana')
  expect('GET /go/ana', [status, location.replace(/rlid=.*/, 'rlid=')], [302, `https://${shop.domain}/?ref=ana&rlid=`])

  expect('addresses that visitors make up, and no limit holds', await escapes(shop), false)
  return wrong
}

/** Whether a visitor who names another address in each call gets past the limit of 100 a minute. */
async function escapes(shop: Shop): Promise<boolean> {
  for (let n = 0; n < 120; n += 1) {
    const { headers } = await call(shop, '/go/ana', { headers: { 'x-forwarded-for': `192.0.2.${n}${shop.needsProxyInFront ? ', 198.51.100.1' : ''}` } })
    if (headers.location?.includes('rlid=') !== true) return false
  }
  return true
}

function answerOf({ headers, bytes }: Answer): { cookie?: boolean } | undefined {
  return headers['content-type']?.includes('json') === true ? JSON.parse(bytes.toString()) as { cookie?: boolean } : undefined
}

function plain({ headers, bytes }: Pick<Answer, 'headers' | 'bytes'>): Buffer {
  const { 'content-encoding': encoding } = headers
  return encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
}

/** An id as the script makes it. */
function uuidV7(): string {
  const digits = Date.now().toString(16).padStart(12, '0') + randomBytes(10).toString('hex')
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-7$3-8$4-$5')
}

/** One call as a browser would send it to the shop's host, which this machine need not know by name. */
function call({ host, port, path }: Shop, below: string, { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: path + below, method: body === undefined ? 'GET' : 'POST', agent: false, headers: { 'host': `${host}:${port}`, 'user-agent': 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
