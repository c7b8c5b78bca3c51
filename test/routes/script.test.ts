import { readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { loadAssets } from '../../collector/routes/script.ts'
import { SCRIPT_FILE, sharedCollector, startCollector } from '../helpers/collector.ts'
import { rawCall, type RawAnswer } from '../helpers/raw-call.ts'

const built = readFileSync(SCRIPT_FILE)
const shared = sharedCollector()
const script = (headers: Record<string, string> = {}, method = 'GET'): Promise<RawAnswer> => rawCall(shared(), '/r.js', { method, headers })

test.each([
  [undefined, undefined], ['identity', undefined], ['deflate', undefined], ['br', 'br'], ['gzip', 'gzip'], ['gzip, deflate, br, zstd', 'br'], ['gzip, br', 'br'], ['br;q=0, gzip', 'gzip'], ['br;q=0, gzip;q=0', undefined], ['*', 'br'],
])('to a browser that accepts %s is sent as %s, and is the built script', async (accepts, encoding) => {
  const { status, headers, bytes } = await script(accepts === undefined ? {} : { 'Accept-Encoding': accepts })
  expect(status).toBe(200)
  expect(headers.get('Content-Encoding') ?? undefined).toBe(encoding)
  expect(headers.get('Content-Length')).toBe(String(bytes.length))
  const plain = encoding === 'br' ? brotliDecompressSync(bytes) : encoding === 'gzip' ? gunzipSync(bytes) : bytes
  expect(plain.equals(built)).toBe(true)
})

test('may be loaded by every page and kept for ten minutes', async () => {
  const { headers } = await script()
  expect(headers.get('Content-Type')).toBe('text/javascript; charset=utf-8')
  expect(headers.get('Cache-Control')).toBe('public, max-age=600')
  expect(headers.get('Vary')).toBe('Accept-Encoding')
  expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
  expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
  expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin')
  expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
})

test('is not sent again to a browser that has it', async () => {
  const etag = (await script()).headers.get('ETag') ?? ''
  expect(etag).toMatch(/^W\/"[0-9a-f]{20}"$/)
  for (const held of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await script({ 'If-None-Match': held, 'Accept-Encoding': 'br' })
    expect([again.status, again.bytes.length, again.headers.get('ETag')]).toEqual([304, 0, etag])
  }
  expect((await script({ 'If-None-Match': '"other"' })).status).toBe(200)
  expect((await script({ 'If-None-Match': etag, 'Cache-Control': 'no-cache' })).status).toBe(200)
})

test('HEAD tells its size and sends nothing', async () => {
  const { status, headers, bytes } = await script({}, 'HEAD')
  expect([status, headers.get('Content-Length'), bytes.length]).toEqual([200, String(built.length), 0])
})

test('stands under BASE_PATH', async () => {
  const collector = await startCollector({ BASE_PATH: '/track/' })
  expect((await rawCall(collector, '/track/r.js', { method: 'GET' })).status).toBe(200)
  expect((await rawCall(collector, '/r.js', { method: 'GET' })).status).toBe(404)
})

test('that was not built is missed with a sentence that says what to do', () => {
  expect(() => loadAssets(`${SCRIPT_FILE}.nowhere`)).toThrow(/r\.js\.nowhere\): run "npm run build"/)
})
