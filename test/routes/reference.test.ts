import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { call, sharedCollector, startCollector } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'

const shared = sharedCollector({ PUBLIC_URL: 'https://track.shop.example/base', BASE_PATH: '/base' })
const get = (path: string) => call(shared(), path, { method: 'GET' })

describe.each(['/base/openapi.json', '/base/openapi/refcampaign.json', '/base/openapi/refgrow.json', '/base/openapi/refersion.json'])('%s', (path) => {
  test('is an OpenAPI 3.1 document of this collector, for any page', async () => {
    const { status, headers, body } = await get(path)
    expect([status, headers.get('Content-Type'), headers.get('Access-Control-Allow-Origin')]).toEqual([200, 'application/json; charset=utf-8', '*'])
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'https://track.shop.example/base' }] })
  })

  test('is not sent again to who has it', async () => {
    const { raw: { etag = '' } } = await rawCall(shared(), path, { method: 'GET' })
    const again = await rawCall(shared(), path, { method: 'GET', headers: { 'If-None-Match': etag } })
    expect([again.status, again.text]).toEqual([304, ''])
  })
})

test('a page whose request has headers of its own is allowed to ask, too', async () => {
  const { status, headers } = await call(shared(), '/base/openapi/refgrow.json', { method: 'OPTIONS', headers: { Origin: 'https://editor.example', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'content-type' } })
  expect([status, headers.get('Access-Control-Allow-Origin'), headers.get('Access-Control-Allow-Methods')]).toEqual([204, '*', 'GET'])
})

test('a dialect that nobody speaks has no document', async () => {
  const { status, body } = await get('/base/openapi/esperanto.json')
  expect([status, body]).toEqual([404, { code: 'NOT_FOUND', message: 'There is no document /base/openapi/esperanto.json here.' }])
})

test('the page allows nothing from elsewhere, and no other page around it', async () => {
  const { status, headers, text } = await get('/base/docs')
  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(headers.get('Content-Security-Policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'sha256-[\w+/=]+'; .*connect-src 'self'; .*frame-ancestors 'none'$/)
  // Relative, so that it holds on a proxied path as well.
  expect([...text.matchAll(/(?:href|src|data-document)="([^"]*)"/g)].map(([, address = '']) => address).filter((address) => /^\/|^https?:/.test(address))).toEqual([])
})

test('with a slash at its end the page is the same page', async () => {
  const { status, headers } = await get('/base/docs/')
  expect(new URL(headers.get('Location') ?? '', `${shared().api}/base/docs/`).pathname).toBe('/base/docs')
  expect(status).toBe(302)
})

test.each([['swagger-ui-bundle.js', 'text/javascript'], ['swagger-ui.css', 'text/css'], ['docs.js', 'text/javascript']])('%s is sent as gzip, and plain to who takes none', async (file, type) => {
  const collector = await startCollector()
  const asked = (encoding: string) => rawCall(collector, `/docs/${file}`, { method: 'GET', headers: { 'Accept-Encoding': encoding } })
  const [zipped, plain] = [await asked('gzip, br'), await asked('identity')]
  expect([zipped.raw['content-encoding'], plain.raw['content-encoding'], plain.raw['content-type']]).toEqual(['gzip', undefined, `${type}; charset=utf-8`])
  expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true)
})

test.each(['swagger-ui.css.gz', 'refledger.cjs', '..%2Frefledger.cjs', 'constructor', '__proto__'])('no other file is to be had: %s', async (file) => {
  expect((await get(`/base/docs/${file}`)).status).toBe(404)
})
