import { afterEach, describe, expect, test, vi } from 'vitest'
import { RefCampaignServer, type ConversionData, type RefCampaignServerConfig, type RefundConversionData } from '../../shared/client/index.ts'
import { call, sharedCollector } from '../helpers/collector.ts'
import { collectorStub, data, refusal, type Answer, type CollectorStub } from './collector-stub.ts'

const KEY = 'rc_live_0123456789'
const ORDER: ConversionData = { orderId: 'KF-1042', amount: 4990, currency: 'EUR', sessionId: 'sess_demo_01' }
const BOOKED = { success: true, conversionId: 'cnv_1', commissionId: 'cmm_1', commissionAmount: 499 }

let stub: CollectorStub | undefined
afterEach(() => stub?.close())
const seen = () => stub?.calls ?? []

async function serverFor(answers: [Answer, ...Answer[]], config: RefCampaignServerConfig = {}): Promise<RefCampaignServer> {
  stub = await collectorStub(...answers)
  return new RefCampaignServer(KEY, { apiUrl: stub.url, retry: { baseDelayMs: 0 }, ...config })
}

describe('trackConversion', () => {
  test('reports to postback; the order\'s id is the external one', async () => {
    const server = await serverFor([data(201, BOOKED)])
    expect(await server.trackConversion({ ...ORDER, affiliateCode: '', metadata: { plan: 'pro' } })).toEqual(BOOKED)
    expect(seen()).toHaveLength(1)
    expect(seen()[0]).toMatchObject({ method: 'POST', url: '/api/v1/conversions/postback', headers: { authorization: `Bearer ${KEY}` } })
    expect(seen()[0]?.body).toEqual({ externalId: 'KF-1042', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: 'sess_demo_01', metadata: { plan: 'pro' } })
  })

  test.each<[string, Partial<Record<keyof ConversionData, unknown>>, RegExp]>([
    ['no order', { orderId: undefined }, /^orderId:/],
    ['an empty order', { orderId: '' }, /^orderId:/],
    ['an amount of nothing', { amount: 0 }, /^amount:/],
    ['major units', { amount: 49.9 }, /^amount:/],
    ['an amount as text', { amount: '4990' }, /^amount:/],
    ['a currency in small letters', { currency: 'eur' }, /^currency:/],
    ['a symbol', { currency: '€' }, /^currency:/],
    ['nobody that it could belong to', { sessionId: '' }, /sessionId, affiliateCode, customerEmailHash/],
  ])('%s is refused before any call', async (_name, changed, message) => {
    const server = await serverFor([data(201, BOOKED)])
    await expect(server.trackConversion({ ...ORDER, ...changed } as ConversionData)).rejects.toThrow(message)
    expect(seen()).toEqual([])
  })

  test.each(['affiliateCode', 'customerEmailHash'] as const)('%s is enough', async (name) => {
    const server = await serverFor([data(201, BOOKED)])
    expect(await server.trackConversion({ ...ORDER, sessionId: undefined, [name]: 'abc' })).toMatchObject({ success: true })
    expect(seen()[0]?.body).toMatchObject({ [name]: 'abc' })
  })
})

describe('refundConversion', () => {
  test('sends no key, so that a repeat is the same refund', async () => {
    const server = await serverFor([data(200, { success: true, conversionId: 'cnv_1', alreadyRefunded: false })])
    expect(await server.refundConversion({ orderId: 'KF-1', amount: 100, reason: 'torn' })).toEqual({ success: true, conversionId: 'cnv_1', alreadyRefunded: false })
    expect(seen()[0]).toMatchObject({ url: '/api/v1/conversions/refund', body: { externalId: 'KF-1', amount: 100, reason: 'torn' } })
    expect(seen()[0]?.headers).not.toHaveProperty('idempotency-key')
  })

  test.each<Partial<Record<keyof RefundConversionData, unknown>>>([{}, { orderId: 'KF-1', amount: 0 }, { orderId: 'KF-1', amount: 1.5 }])('%j is refused before any call', async (wrong) => {
    const server = await serverFor([data(200, {})])
    await expect(server.refundConversion(wrong as unknown as RefundConversionData)).rejects.toThrow(TypeError)
    expect(seen()).toEqual([])
  })
})

describe('a failure', () => {
  const failures: unknown[][] = []
  const onError: RefCampaignServerConfig['onError'] = (error, context) => { failures.push([error.message, context]) }
  afterEach(() => void failures.splice(0))

  test('resolves, and is told with the status and what was said', async () => {
    const server = await serverFor([refusal(404, 'NOT_FOUND')], { onError })
    const result = await server.refundConversion({ orderId: 'KF-9' })
    expect(result).toEqual({ success: false, error: expect.stringMatching(/^API request failed: 404 Not Found - \{"success":false,.*NOT_FOUND/) })
    expect(failures).toEqual([[result.error, { orderId: 'KF-9', attempts: 1, operation: 'refund' }]])
  })

  test.each<[string, Answer]>([['a fault', refusal(503, 'SERVICE_UNAVAILABLE')], ['a full bucket', refusal(429, 'RATE_LIMIT_EXCEEDED')], ['a dropped connection', 'hang up']])('%s is tried three times', async (_name, answer) => {
    const server = await serverFor([answer], { onError })
    expect(await server.trackConversion(ORDER)).toMatchObject({ success: false })
    expect(seen()).toHaveLength(3)
    expect(new Set(seen().map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(failures).toEqual([[expect.any(String), { orderId: 'KF-1042', attempts: 3, operation: 'track' }]])
  })

  test('that heals is none', async () => {
    const server = await serverFor([refusal(500, 'SERVER_ERROR'), data(201, BOOKED)], { onError })
    expect(await server.trackConversion(ORDER)).toEqual(BOOKED)
    expect(failures).toEqual([])
  })

  test.each([[5, 5], [1, 1], [0, 1], [-1, 1], [Number.NaN, 1]])('%d attempts are %d', async (attempts, calls) => {
    const server = await serverFor([refusal(500, 'SERVER_ERROR')], { retry: { attempts, baseDelayMs: 0 } })
    await server.trackConversion(ORDER)
    expect(seen()).toHaveLength(calls)
  })

  test('silence ends at the time limit', async () => {
    const server = await serverFor(['silent'], { timeoutMs: 20, retry: { attempts: 1 } })
    expect(await server.trackConversion(ORDER)).toEqual({ success: false, error: 'no answer within 20 ms' })
  })

  test('an answer that is not the API\'s is one', async () => {
    const server = await serverFor([{ status: 200, body: '<!doctype html>' }], { onError })
    expect(await server.trackConversion(ORDER)).toMatchObject({ success: false, error: expect.stringContaining('apiUrl') })
    expect(failures).toHaveLength(1)
  })

  test('an alarm that is broken breaks nothing', async () => {
    const server = await serverFor([refusal(404, 'NOT_FOUND')], { onError: () => { throw new Error('no alarm today') } })
    expect(await server.trackConversion(ORDER)).toMatchObject({ success: false })
  })
})

describe('verify', () => {
  test('tells what the collector knows', async () => {
    const account = { merchant: 'Acme', activeCampaigns: 3, stripe: { connected: false, mode: 'unknown' } }
    const server = await serverFor([data(200, account)])
    expect(await server.verify()).toEqual({ valid: true, ...account })
    expect(seen()[0]).toMatchObject({ method: 'GET', url: '/api/v1/ping', headers: { authorization: `Bearer ${KEY}` } })
  })

  test('says why not, and asks once', async () => {
    const server = await serverFor([refusal(503, 'SERVICE_UNAVAILABLE')])
    expect(await server.verify()).toEqual({ valid: false, reason: '503 Service Unavailable' })
    expect(seen()).toHaveLength(1)
    await stub?.close()
    expect(await server.verify()).toEqual({ valid: false, reason: expect.stringContaining('ECONNREFUSED') })
  })
})

test.each(['rc_live_012', 'rc_test_012'])('the key %s is taken', (key) => {
  expect(() => new RefCampaignServer(key)).not.toThrow()
})

test.each(['rc_live_01', 'sk_live_0123456789', 'xrc_live_0123456789', ''])('the key %j is refused', (key) => {
  expect(() => new RefCampaignServer(key)).toThrow(/rc_live_ or rc_test_/)
})

test.each<[string | null | undefined, object]>([
  ['0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b', { refcampaign_session: '0199a0b1-c2d3-7e4f-8a5b-6c7d8e9f0a1b' }],
  ['sess_demo_01', { refcampaign_session: 'sess_demo_01' }], ['short', {}], ['with spaces in it', {}], ['', {}], [null, {}], [undefined, {}],
])('Stripe metadata of %j', (session, metadata) => {
  expect(new RefCampaignServer(KEY).getStripeMetadata(session)).toEqual(metadata)
})

test('debugging tells the console what fails, and never the key', async () => {
  const log = vi.spyOn(console, 'log').mockReturnValue()
  try {
    const server = await serverFor([refusal(404, 'NOT_FOUND')], { debug: true })
    await server.trackConversion(ORDER)
    expect(log.mock.calls.join('\n')).toContain('track KF-1042: API request failed: 404')
    expect(log.mock.calls.join('\n')).not.toContain(KEY)
  } finally {
    log.mockRestore()
  }
})

describe('with a collector', () => {
  const shared = sharedCollector()
  const server = (): RefCampaignServer => new RefCampaignServer(shared().keys.refcampaign, { apiUrl: shared().api })

  test('an order and its refund count once each', async () => {
    await call(shared(), '/api/v1/track/click', { body: { tracking_url: 'https://www.shop.example/?ref=ana', session_id: 'sess_old_sdk' } })
    const order: ConversionData = { orderId: 'old-1', amount: 4990, currency: 'EUR', sessionId: 'sess_old_sdk' }
    const first = await server().trackConversion(order)
    expect(first).toMatchObject({ success: true, commissionAmount: 499, conversionId: expect.any(String) })
    expect(await server().trackConversion(order)).toEqual(first)

    const refund = { orderId: 'old-1', amount: 1000, reason: 'torn' }
    expect(await server().refundConversion(refund)).toEqual({ success: true, conversionId: first.conversionId, alreadyRefunded: false })
    expect(await server().refundConversion(refund)).toEqual({ success: true, conversionId: first.conversionId, alreadyRefunded: true, message: 'Conversion already refunded' })
  })

  test('an unknown order cannot be refunded', async () => {
    expect(await server().refundConversion({ orderId: 'never' })).toMatchObject({ success: false, error: expect.stringMatching(/^API request failed: 404 Not Found/) })
  })
})
