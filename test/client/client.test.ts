import { afterEach, expect, test } from 'vitest'
import { RefCampaign } from '../../shared/client/index.ts'
import type { RefCampaignOptions } from '../../shared/client/index.ts'
import { collectorStub, data } from './collector-stub.ts'
import type { Answer, CollectorStub } from './collector-stub.ts'

let stub: CollectorStub
afterEach(() => stub.close())

async function clientFor(answer: Answer, options: Partial<RefCampaignOptions> = {}): Promise<RefCampaign> {
  stub = await collectorStub(answer)
  return new RefCampaign({ apiKey: 'rc_test_key', apiUrl: stub.url, ...options })
}

const BOOKED = { success: true, conversionId: 'cnv_1', commissionId: 'cmm_1', commissionAmount: 499, attributed: true }

test('postback sends what it was given and unwraps the data', async () => {
  const client = await clientFor(data(201, BOOKED))
  const order = { externalId: 'KF-1042', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 's-1', metadata: { roast: 'lotse' } } as const

  await expect(client.conversions.postback(order)).resolves.toEqual(BOOKED)

  expect(stub.calls).toHaveLength(1)
  expect(stub.calls[0]).toMatchObject({
    method: 'POST',
    url: '/api/v1/conversions/postback',
    headers: { authorization: 'Bearer rc_test_key', 'content-type': 'application/json' },
    body: order,
  })
})

test('track keeps the amount in major units', async () => {
  const conversion = { id: 'cnv_1', amount: 49.9, currency: 'EUR', status: 'PENDING', createdAt: '2026-11-20T09:00:00.000Z', attributed: false }
  const client = await clientFor(data(201, conversion))

  await expect(client.conversions.track({ sessionId: 's-1', amount: 49.9, currency: 'EUR', orderId: 'KF-1', isSynthetic: true })).resolves.toEqual(conversion)

  expect(stub.calls[0]).toMatchObject({ url: '/api/v1/conversions/track', body: { amount: 49.9, orderId: 'KF-1', isSynthetic: true } })
})

test('an identifier that is undefined is left out, not sent as null', async () => {
  const client = await clientFor(data(201, BOOKED))
  await client.conversions.postback({ externalId: 'KF-1', conversionType: 'SALE', amount: 1, currency: 'EUR', sessionId: undefined, customerEmailHash: 'ab' })
  expect(stub.calls[0]?.body).toEqual({ externalId: 'KF-1', conversionType: 'SALE', amount: 1, currency: 'EUR', customerEmailHash: 'ab' })
})

test('identify speaks the API\'s spelling', async () => {
  const client = await clientFor(data(200, { sessionId: 's-1', identified: true }))
  await expect(client.tracking.identify({ sessionId: 's-1', customerEmailHash: 'ab' })).resolves.toEqual({ sessionId: 's-1', identified: true })
  expect(stub.calls[0]).toMatchObject({ method: 'POST', url: '/api/v1/track/identify', body: { session_id: 's-1', customer_email_hash: 'ab' } })
})

test.each<[string, { amount?: number; refundId?: string }, string | undefined]>([['no key', { amount: 300 }, undefined], ['the shop\'s own id as its key', { refundId: 're_1' }, 're_1']])('refund sends %s', async (_name, more, key) => {
  const client = await clientFor(data(200, { success: true, conversionId: 'cnv_1', alreadyRefunded: false }))
  await client.conversions.refund({ externalId: 'KF-1', ...more })
  const { refundId: _sent, ...body } = more
  expect(stub.calls[0]).toMatchObject({ method: 'POST', url: '/api/v1/conversions/refund' })
  expect([stub.calls[0]?.body, stub.calls[0]?.headers['idempotency-key']]).toEqual([{ externalId: 'KF-1', ...body }, key])
})

test('receipt reads, so it has neither a body nor a key of its own', async () => {
  const client = await clientFor(data(200, { conversionId: 'a/b', touches: [] }))
  await expect(client.conversions.receipt('a/b')).resolves.toMatchObject({ conversionId: 'a/b' })
  expect(stub.calls[0]).toMatchObject({ method: 'GET', url: '/api/v1/conversions/a%2Fb/receipt', body: undefined })
  expect(stub.calls[0]?.headers).not.toHaveProperty('idempotency-key')
})

test.each([['/', ''], ['//', ''], ['/tracking', '/tracking'], ['/tracking/', '/tracking']])('an address that ends in %s works', async (ending, path) => {
  stub = await collectorStub(data(201, BOOKED))
  const client = new RefCampaign({ apiKey: 'k', apiUrl: stub.url + ending })
  await client.conversions.postback({ externalId: 'KF-1', conversionType: 'LEAD', amount: 0, currency: 'EUR' })
  expect(stub.calls[0]?.url).toBe(`${path}/api/v1/conversions/postback`)
})

test('without an address it calls the collector of this machine', async () => {
  stub = await collectorStub(data(200, BOOKED))
  const urls: string[] = []
  const client = new RefCampaign({ apiKey: 'k', fetch: (url, init) => { urls.push(url); return fetch(url.replace('http://localhost:8787', stub.url), init) } })
  await client.conversions.receipt('cnv_1')
  expect(urls).toEqual(['http://localhost:8787/api/v1/conversions/cnv_1/receipt'])
})

test('a fetch of the caller\'s own is used', async () => {
  const urls: string[] = []
  const client = await clientFor(data(200, BOOKED), { fetch: (url, init) => { urls.push(url); return fetch(url, init) } })
  await client.conversions.receipt('cnv_1')
  expect(urls).toEqual([`${stub.url}/api/v1/conversions/cnv_1/receipt`])
})

test.each([
  ['an address that is none', { apiKey: 'k', apiUrl: 'localhost:8787' }, /^apiUrl: .*localhost:8787/],
  ['a time limit that is none', { apiKey: 'k', apiUrl: 'http://localhost:8787', timeoutMs: Number.NaN }, /^timeoutMs: .*NaN/],
  ['no key', { apiKey: ' ', apiUrl: 'http://localhost:8787' }, /^apiKey: /],
])('%s is refused before any call', async (_name, options, message) => {
  stub = await collectorStub('silent')
  expect(() => new RefCampaign(options)).toThrow(message)
})

test('a key that no header can carry is refused without being printed', async () => {
  stub = await collectorStub('silent')
  expect(() => new RefCampaign({ apiKey: 'rc_live_secret\nx', apiUrl: stub.url })).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }))
})
