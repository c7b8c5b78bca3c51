import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { RefCampaign, RefCampaignError } from '../../shared/client/index.ts'
import { call, sharedCollector, startCollector, type TestCollector } from '../helpers/collector.ts'
import { rowCounts } from '../helpers/rows.ts'

/** The examples of RefCampaign's integration guide, with this client in place of theirs. */

const shared = sharedCollector()
const clientOf = ({ api, keys }: TestCollector): RefCampaign => new RefCampaign({ apiKey: keys.refcampaign, apiUrl: api })
const hashOf = (email: string): string => createHash('sha256').update(email.toLowerCase()).digest('hex')

let visitors = 0
/** A visitor who came through Ana's link. */
async function arrived(collector = shared()): Promise<string> {
  visitors += 1
  const session = `session-${visitors}`
  await call(collector, '/api/v1/track/click', { body: { tracking_url: 'https://www.shop.example/?ref=ana', session_id: session } })
  return session
}

/** An order of 100.00 that Ana won. */
async function ordered(externalId: string): Promise<void> {
  await clientOf(shared()).conversions.postback({ externalId, conversionType: 'SALE', amount: 10_000, currency: 'EUR', sessionId: await arrived() })
}
const refunds = (): number => rowCounts(shared())['refunds'] ?? 0

async function failureOf(calling: Promise<unknown>): Promise<RefCampaignError> {
  const error: unknown = await calling.then(() => undefined, (reason: unknown) => reason)
  if (error instanceof RefCampaignError) return error
  throw new Error(`expected a RefCampaignError, received ${String(error)}`)
}

describe('track', () => {
  test('by session', async () => {
    const sold = await clientOf(shared()).conversions.track({ sessionId: await arrived(), amount: 49.9, currency: 'EUR', metadata: { orderId: 'ord_42' } })
    expect(sold).toEqual({
      id: expect.any(String), amount: 49.9, currency: 'EUR', status: 'PENDING', createdAt: expect.stringMatching(/^2026-11-20T09/), attributed: true, affiliateId: shared().ana, commissionId: expect.any(String), shared: false,
    })
  })

  test('by the hash of the e-mail, once the session is identified', async () => {
    const refcampaign = clientOf(shared())
    const sessionId = await arrived()
    const customerEmailHash = hashOf('Kim@Customer.example')
    expect(await refcampaign.tracking.identify({ sessionId, customerEmailHash })).toEqual({ sessionId, identified: true, created: true })
    expect(await refcampaign.tracking.identify({ sessionId, customerEmailHash })).toEqual({ sessionId, identified: true, created: false })
    expect(await refcampaign.conversions.track({ customerEmailHash, amount: 49.9, currency: 'EUR' })).toMatchObject({ attributed: true, affiliateId: shared().ana })
  })

  test('from a route handler', async () => {
    const refcampaign = clientOf(shared())
    const POST = async (request: Request): Promise<Response> => {
      const { sessionId, amount, currency, orderId } = (await request.json()) as { sessionId: string; amount: number; currency: string; orderId: string }
      await refcampaign.conversions.track({ sessionId, amount, currency, metadata: { orderId } })
      return Response.json({ ok: true })
    }
    const checkout = { sessionId: await arrived(), amount: 12.5, currency: 'eur', orderId: 'ord_43' }
    const before = rowCounts(shared())['conversions'] ?? 0
    for (let time = 1; time <= 2; time++) expect(await (await POST(new Request('https://shop.example/api/checkout', { method: 'POST', body: JSON.stringify(checkout) }))).json()).toEqual({ ok: true })
    expect(rowCounts(shared())['conversions']).toBe(before + 1)
  })

  test('two calls that name no order are two conversions', async () => {
    const order = { sessionId: await arrived(), amount: 5, currency: 'EUR' }
    const [first, second] = [await clientOf(shared()).conversions.track(order), await clientOf(shared()).conversions.track(order)]
    expect(first.id).not.toBe(second.id)
  })

  test('an order that nobody won is an answer', async () => {
    expect(await clientOf(shared()).conversions.track({ sessionId: 'stranger', amount: 5, currency: 'EUR' })).toMatchObject({ attributed: false, affiliateId: null, commissionId: null })
  })
})

describe('errors', () => {
  test('a field that is wrong is named', async () => {
    const error = await failureOf(clientOf(shared()).conversions.track({ sessionId: 's', amount: 49.9, currency: 'euros' }))
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, details: [{ path: ['currency'], message: expect.any(String) }], requestId: expect.stringMatching(/^req_/) })
  })

  test('a key that is unknown', async () => {
    const stranger = new RefCampaign({ apiKey: 'rc_live_nobody', apiUrl: shared().api })
    expect(await failureOf(stranger.conversions.track({ sessionId: 's', amount: 1, currency: 'EUR' }))).toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
  })

  test('too many calls, after as many seconds as the collector asked for', async () => {
    const collector = await startCollector({ RATE_LIMIT: 'keyed=1' })
    const waits: number[] = []
    const delay = async (ms: number): Promise<void> => { waits.push(ms) }
    const refcampaign = new RefCampaign({ apiKey: collector.keys.refcampaign, apiUrl: collector.api, delay, random: () => 0 })
    await refcampaign.conversions.track({ sessionId: 's', amount: 1, currency: 'EUR' })
    expect(await failureOf(refcampaign.conversions.track({ sessionId: 's', amount: 1, currency: 'EUR' }))).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', status: 429 })
    expect(waits).toEqual([60_000, 60_000])
  })
})

describe('postback and receipt', () => {
  test('say who earned what and why', async () => {
    const { conversions } = clientOf(shared())
    const order = { externalId: 'p-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: await arrived() } as const
    const booked = await conversions.postback(order)
    expect(booked).toEqual({ success: true, conversionId: expect.any(String), commissionId: expect.any(String), commissionAmount: 499, attributed: true, status: 'PENDING', shared: false })
    expect(await conversions.postback(order)).toEqual(booked)
    expect(await conversions.receipt(booked.conversionId)).toMatchObject({ externalId: 'p-1', commissions: [{ affiliateCode: 'ana', amountMinor: 499 }] })
  })
})

describe('refund', () => {
  test.each<[string, { amount?: number; reason?: string; refundId?: string }]>([
    ['of all', {}], ['of an amount', { amount: 300 }], ['with a reason', { amount: 300, reason: 'torn' }], ['with an id', { amount: 300, refundId: 're_1' }],
  ])('an equal repeat %s takes nothing back', async (name, more) => {
    const externalId = `repeat ${name}`
    await ordered(externalId)
    const before = refunds()
    const first = await clientOf(shared()).conversions.refund({ externalId, ...more })
    expect(first).toEqual({ success: true, conversionId: expect.any(String), alreadyRefunded: false })
    // A shop that calls anew, from another process.
    expect(await clientOf(shared()).conversions.refund({ externalId, ...more })).toEqual({ ...first, alreadyRefunded: true, message: 'Conversion already refunded' })
    expect(refunds()).toBe(before + 1)
  })

  test('ids tell refunds of the same amount apart', async () => {
    await ordered('apart')
    const answers = []
    for (const refundId of ['re_1', 're_2', 're_1']) answers.push((await clientOf(shared()).conversions.refund({ externalId: 'apart', amount: 300, refundId })).alreadyRefunded)
    expect(answers).toEqual([false, false, true])
  })

  test('whose answer got lost counts once', async () => {
    await ordered('lost')
    const before = refunds()
    let calls = 0
    const losing = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await fetch(url, init)
      calls += 1
      if (calls === 1) throw new TypeError('the line broke')
      return response
    }
    const refcampaign = new RefCampaign({ apiKey: shared().keys.refcampaign, apiUrl: shared().api, fetch: losing, delay: async () => undefined })
    expect(await refcampaign.conversions.refund({ externalId: 'lost', amount: 300 })).toMatchObject({ success: true, alreadyRefunded: true })
    expect([calls, refunds()]).toEqual([2, before + 1])
  })

  test('of an unknown order is refused', async () => {
    expect(await failureOf(clientOf(shared()).conversions.refund({ externalId: 'never' }))).toMatchObject({ code: 'NOT_FOUND', status: 404 })
  })

  test.each(['', 'with space', 'ümlaut', 'x'.repeat(256)])('the id %j is refused before any call', async (refundId) => {
    await expect(clientOf(shared()).conversions.refund({ externalId: 'never', refundId })).rejects.toThrow(/^refundId:/)
  })
})
