import { afterEach, expect, test } from 'vitest'
import { RefCampaign, RefCampaignError } from '../../shared/client/index.ts'
import { waitMs } from '../../shared/client/send.ts'
import { collectorStub, data, refusal } from './collector-stub.ts'
import type { Answer, CollectorStub } from './collector-stub.ts'

const ORDER = { externalId: 'KF-1042', conversionType: 'SALE', amount: 4990, currency: 'EUR' } as const
const fullBucket = (headers: Record<string, string>): Answer => refusal(429, 'RATE_LIMIT_EXCEEDED', { headers })
const BOOKED = data(201, { success: true, conversionId: 'cnv_1', commissionId: null, commissionAmount: 0, attributed: false })

let stub: CollectorStub
afterEach(() => stub.close())

/** Waits are noted down instead of waited; the dice always show one half. */
async function clientFor(answers: [Answer, ...Answer[]], timeoutMs = 2000): Promise<{ client: RefCampaign; waits: number[] }> {
  stub = await collectorStub(...answers)
  const waits: number[] = []
  const delay = async (ms: number): Promise<void> => { waits.push(ms) }
  return { client: new RefCampaign({ apiKey: 'k', apiUrl: stub.url, timeoutMs, delay, random: () => 0.5 }), waits }
}

async function failureOf(call: Promise<unknown>): Promise<RefCampaignError> {
  const error: unknown = await call.then(() => undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(RefCampaignError)
  return error as RefCampaignError
}

test.each<[string, Answer]>([
  ['a fault', refusal(500, 'SERVER_ERROR')],
  ['a dependency that is down', refusal(503, 'SERVICE_UNAVAILABLE')],
  ['a full bucket', refusal(429, 'RATE_LIMIT_EXCEEDED')],
  ['a proxy\'s own page', { status: 502, body: '<h1>Bad gateway</h1>' }],
  ['a dropped connection', 'hang up'],
])('%s is tried again with the same key', async (_name, failure) => {
  const { client, waits } = await clientFor([failure, failure, BOOKED])

  await expect(client.conversions.postback(ORDER)).resolves.toMatchObject({ conversionId: 'cnv_1' })

  const keys = stub.calls.map((call) => call.headers['idempotency-key'])
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  expect(stub.calls.map((call) => call.body)).toEqual([ORDER, ORDER, ORDER])
  expect(waits).toEqual([150, 300])
})

test('two calls have two keys', async () => {
  const { client } = await clientFor([BOOKED])
  await client.conversions.postback(ORDER)
  await client.conversions.postback(ORDER)
  expect(new Set(stub.calls.map((call) => call.headers['idempotency-key'])).size).toBe(2)
})

test('three tries and no more, then the last refusal is thrown', async () => {
  const { client } = await clientFor([refusal(503, 'SERVICE_UNAVAILABLE')])
  const error = await failureOf(client.conversions.postback(ORDER))
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', status: 503 })
  expect(stub.calls).toHaveLength(3)
})

test.each([[400, 'VALIDATION_FAILED'], [401, 'UNAUTHORIZED'], [404, 'NOT_FOUND'], [409, 'CONFLICT'], [422, 'VALIDATION_FAILED']])('%d %s is not tried again', async (status, code) => {
  const { client, waits } = await clientFor([refusal(status, code)])
  expect(await failureOf(client.conversions.postback(ORDER))).toMatchObject({ status, code })
  expect(stub.calls).toHaveLength(1)
  expect(waits).toEqual([])
})

test('the error carries the API\'s code, words, details and request id', async () => {
  const details = [{ path: ['currency'], message: 'unknown currency XYZ' }]
  const { client } = await clientFor([refusal(400, 'VALIDATION_FAILED', { details })])
  const error = await failureOf(client.conversions.postback({ ...ORDER, currency: 'XYZ' }))
  expect(error).toMatchObject({
    name: 'RefCampaignError',
    code: 'VALIDATION_FAILED',
    status: 400,
    message: 'refused with VALIDATION_FAILED',
    details,
    requestId: 'req_7Qm2',
  })
})

test.each<[string, Answer]>([
  ['a page', { status: 200, body: '<!doctype html>' }],
  ['another program\'s JSON', { status: 200, body: { ok: true } }],
  ['a redirect', { status: 301, body: '', headers: { location: '/elsewhere' } }],
  ['a list', { status: 404, body: [] }],
])('%s where the API should be is named as such and not tried again', async (_name, answer) => {
  const { client } = await clientFor([answer])
  const error = await failureOf(client.conversions.postback(ORDER))
  expect(error).toMatchObject({ code: 'BAD_RESPONSE', requestId: null })
  expect(error.message).toContain('apiUrl')
  expect(stub.calls).toHaveLength(1)
})

test('silence is a timeout, tried again with the same key', async () => {
  const { client } = await clientFor(['silent', BOOKED], 100)
  await expect(client.conversions.postback(ORDER)).resolves.toMatchObject({ conversionId: 'cnv_1' })
  expect(new Set(stub.calls.map((call) => call.headers['idempotency-key'])).size).toBe(1)
})

test('lasting silence ends in TIMEOUT', async () => {
  const { client } = await clientFor(['silent'], 20)
  expect(await failureOf(client.conversions.postback(ORDER))).toMatchObject({ code: 'TIMEOUT', status: 0, message: 'no answer within 20 ms' })
})

test('nobody there ends in NETWORK_ERROR with its reason', async () => {
  const { client, waits } = await clientFor([BOOKED])
  await stub.close()
  const error = await failureOf(client.conversions.postback(ORDER))
  expect(error).toMatchObject({ code: 'NETWORK_ERROR', status: 0 })
  expect(error.message).toContain('ECONNREFUSED')
  expect(waits).toHaveLength(2)
})

test('Retry-After is honoured, in seconds or as a date', async () => {
  const { client, waits } = await clientFor([
    fullBucket({ 'retry-after': '2' }),
    fullBucket({ 'date': 'Fri, 20 Nov 2026 09:00:00 GMT', 'retry-after': 'Fri, 20 Nov 2026 09:00:04 GMT' }),
    BOOKED,
    fullBucket({ 'retry-after': '60' }),
    BOOKED,
  ])

  await client.conversions.postback(ORDER)
  await client.conversions.postback(ORDER)

  expect(waits).toEqual([2150, 4300, 60_150])
})

test('a longer wait than a caller has patience for ends the call at once, and says when to come again', async () => {
  const { client, waits } = await clientFor([fullBucket({ 'retry-after': '61' })])
  expect(await failureOf(client.conversions.postback(ORDER))).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', status: 429, retryAfterMs: 61_000 })
  expect([waits, stub.calls.length]).toEqual([[], 1])
})

test.each([[-1], [Number.NaN], [2 ** 31]])('a patience of %d is refused', (maxWaitMs) => {
  expect(() => new RefCampaign({ apiKey: 'k', maxWaitMs })).toThrow(/^maxWaitMs: /)
})

test('the wait is spread over its whole range', () => {
  expect([0, 0.5, 1].map((random) => waitMs({ attempt: 1, retryAfterMs: 0, backoffMs: 300 }, random))).toEqual([0, 150, 300])
  expect([0, 0.5, 1].map((random) => waitMs({ attempt: 2, retryAfterMs: 0, backoffMs: 300 }, random))).toEqual([0, 300, 600])
})
