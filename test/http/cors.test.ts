import { describe, expect, test } from 'vitest'
import { call, sharedCollector, uuidAt, NOON_MS, visitBody } from '../helpers/collector.ts'
import { rawCall } from '../helpers/raw-call.ts'

const shared = sharedCollector()
const PUBLIC = ['/r/visit', '/r/identify', '/api/v1/track/click', '/api/v1/track/identify', '/api/track/identify']
const KNOWN = ['https://shop.example', 'https://www.shop.example', 'http://shop.example', 'https://shop.example:8443', 'https://deep.www.shop.example']
const STRANGERS = ['https://evil.example', 'https://shop.example.evil.example', 'https://notshop.example', 'https://example', 'null', '*', 'nonsense', 'https://evil.example/?shop.example', 'https://evil.example#.shop.example']

const bodyFor = (path: string): Record<string, unknown> => ({
  '/r/visit': visitBody(shared()),
  '/r/identify': { session: uuidAt(NOON_MS), emailHash: 'a'.repeat(64), url: 'https://shop.example/' },
  '/api/v1/track/click': { tracking_url: 'https://shop.example/?ref=ana', session_id: 's-1' },
}[path] ?? { session_id: 's-1', customer_email_hash: 'a'.repeat(64) })

describe.each(PUBLIC)('%s', (path) => {
  test.each(KNOWN)('lets the page of %s read the answer, with cookies', async (origin) => {
    const { status, headers } = await call(shared(), path, { body: bodyFor(path), headers: { Origin: origin } })
    expect(status).toBeLessThan(300)
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(headers.get('Vary')).toMatch(/\bOrigin\b/)
  })

  test.each(KNOWN)('answers the preflight of %s', async (origin) => {
    const { status, headers, text } = await rawCall(shared(), path, { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' } })
    expect([status, text]).toEqual([204, ''])
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origin)
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true')
    expect(headers.get('Access-Control-Allow-Methods')).toBe('POST')
    expect(headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(', ')).toEqual(expect.arrayContaining(['content-type', 'authorization', 'idempotency-key']))
    expect(headers.get('Access-Control-Max-Age')).toBe('86400')
    expect(headers.get('Vary')).toMatch(/\bOrigin\b/)
  })

  test.each(STRANGERS)('tells the page of %s nothing', async (origin) => {
    for (const method of ['POST', 'OPTIONS']) {
      const { status, headers } = await call(shared(), path, { method, headers: { Origin: origin }, ...(method === 'POST' ? { body: bodyFor(path) } : {}) })
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
      expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
      expect(headers.get('Vary')).toMatch(/\bOrigin\b/)
      expect(status).toBe(method === 'OPTIONS' ? 204 : path.endsWith('track/identify') ? 404 : 403)
    }
  })

  test('a refusal can be read by the page too', async () => {
    const { status, headers } = await call(shared(), path, { body: '{', headers: { Origin: 'https://shop.example' } })
    expect(status).toBe(400)
    expect(headers.get('Access-Control-Allow-Origin')).toBe('https://shop.example')
  })

  test('a caller that is no page gets no such header', async () => {
    const { headers } = await call(shared(), path, { body: bodyFor(path) })
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(headers.get('Vary')).toMatch(/\bOrigin\b/)
  })
})

test.each(['/api/v1/conversions/track', '/api/v1/conversions/postback', '/healthz', '/go/ana'])('no page may read %s', async (path) => {
  for (const method of ['OPTIONS', 'GET', 'POST']) {
    const { headers } = await call(shared(), path, { method, key: shared().keys.refcampaign, headers: { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' } })
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
  }
})
