import { describe, expect, test } from 'vitest'
import { call, sharedCollector, startCollector } from '../../helpers/collector.ts'

const V = '/api/v1'
/** Every keyed row of the API's index; the path is one of nothing that is there. */
const KEYED: [string, string][] = [
  ['POST', `${V}/conversions/track`], ['POST', '/api/conversions/track'], ['POST', `${V}/conversions/postback`], ['POST', `${V}/conversions/refund`], ['GET', `${V}/conversions`], ['GET', `${V}/conversions/cnv_0`], ['GET', `${V}/conversions/export/csv`], ['GET', `${V}/conversions/export/xlsx`],
  ['GET', `${V}/campaigns`], ['POST', `${V}/campaigns`], ['GET', `${V}/campaigns/cmp_0`], ['PUT', `${V}/campaigns/cmp_0`], ['DELETE', `${V}/campaigns/cmp_0`], ['GET', `${V}/campaigns/cmp_0/stats`], ['GET', `${V}/campaigns/cmp_0/analytics/conversions-timeline`],
  ['GET', `${V}/affiliates`], ['POST', `${V}/affiliates`], ['GET', `${V}/affiliates/aff_0`], ['PUT', `${V}/affiliates/aff_0`], ['PUT', `${V}/affiliates/aff_0/campaigns`],
  ['GET', `${V}/applications`], ['GET', `${V}/applications/aff_0`], ['PUT', `${V}/applications/aff_0/accept`], ['PUT', `${V}/applications/aff_0/reject`], ['PUT', `${V}/applications/bulk-accept`], ['PUT', `${V}/applications/bulk-reject`],
  ['GET', `${V}/commissions`], ['PUT', `${V}/commissions/cmm_0`], ['PUT', `${V}/commissions/bulk-approve`], ['PUT', `${V}/commissions/bulk-reject`],
  ['GET', `${V}/payouts`], ['POST', `${V}/payouts`], ['GET', `${V}/payouts/pay_0`], ['POST', `${V}/payouts/batch-process`], ['PUT', `${V}/payouts/pay_0/cancel`], ['PUT', `${V}/payouts/pay_0/mark-paid`], ['GET', `${V}/ping`],
]
const PUBLIC: [string, string][] = [['POST', `${V}/track/click`], ['POST', `${V}/track/identify`], ['POST', '/api/track/identify'], ['POST', '/api/sdk/installed'], ['POST', '/api/sdk/session-captured'], ['POST', `${V}/affiliates/signup`], ['GET', `${V}/campaigns/cmp_0/public`]]
const shared = sharedCollector()
const body = (method: string) => (method === 'GET' || method === 'DELETE' ? {} : { body: {} })

describe.each(KEYED)('%s %s', (method, path) => {
  test('needs a key, and says so in the envelope', async () => {
    const answer = await call(shared(), path, { method, ...body(method) })
    const { meta } = answer.body as unknown as { meta: { requestId: string } }
    expect([answer.status, answer.body.error.code, answer.headers.get('X-Request-Id')]).toEqual([401, 'UNAUTHORIZED', meta.requestId])
  })

  test('is there, never fails, and is limited by key', async () => {
    const collector = await startCollector({ RATE_LIMIT: 'keyed=1' })
    const send = () => call(collector, path, { method, key: collector.keys.refcampaign, ...body(method) })
    const [first, second] = [await send(), await send()]
    expect(first.status).toBeLessThan(500)
    expect(first.text).not.toContain('There is no GET /')
    expect([first.headers.get('X-RateLimit-Limit'), first.headers.get('X-RateLimit-Remaining'), first.headers.get('X-RateLimit-Reset')]).toEqual(['1', '0', expect.stringMatching(/^\d+$/)])
    expect([second.status, second.body.error.code, second.headers.get('Retry-After')]).toEqual([429, 'RATE_LIMIT_EXCEEDED', expect.stringMatching(/^[1-9]\d?$/)])
  })
})

test.each(PUBLIC)('%s %s may be asked for by a page, and needs no key', async (method, path) => {
  const preflight = await call(shared(), path, { method: 'OPTIONS', headers: { Origin: 'https://www.shop.example', 'Access-Control-Request-Method': method } })
  expect([preflight.status, preflight.headers.get('Access-Control-Allow-Methods')]).toEqual([204, method])
  expect(['*', 'https://www.shop.example']).toContain(preflight.headers.get('Access-Control-Allow-Origin'))
  expect((await call(shared(), path, { method, ...body(method) })).status).not.toBe(401)
})
