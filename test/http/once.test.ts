import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text as read } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { BY, record, shopOfThree, type Shop } from '../helpers/book.ts'
import { call, type Answer } from '../helpers/collector.ts'
import { refusal, rowCounts, rowsOf } from '../helpers/rows.ts'

const payout = (shop: Shop, key: string, body: object = { affiliateId: shop.ana }): Promise<Answer> => call(shop, '/api/v1/payouts', { key: shop.keys.refcampaign, body, headers: { 'Idempotency-Key': key } })

/** The same, whose body waits until the collector has begun to read: so that many arrive in one turn. */
function begun({ api, keys, ana }: Shop, key: string): { begun: Promise<unknown>; finish: () => Promise<{ status: number; text: string; retryAfter: string | undefined }> } {
  const body = JSON.stringify({ affiliateId: ana })
  const sent = request(`${api}/api/v1/payouts`, { method: 'POST', agent: false, headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body), Authorization: `Bearer ${keys.refcampaign}`, 'Idempotency-Key': key, Expect: '100-continue' } })
  sent.flushHeaders()
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  return {
    begun: once(sent, 'continue'),
    async finish() {
      sent.end(body)
      const [response] = await answered
      return { status: response.statusCode ?? 0, text: await read(response), retryAfter: response.headers['retry-after'] }
    },
  }
}

/** Ana has two approved commissions. */
async function owing(): Promise<Shop> {
  const shop = await shopOfThree()
  for (const order of ['1', '2']) await record(shop, { order, codes: ['ana'] })
  await shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY)
  return shop
}

describe('Idempotency-Key', () => {
  test('a repeat gets the stored answer, byte for byte, and does nothing', async () => {
    const shop = await owing()
    const first = await payout(shop, 'k-1')
    expect(first.status).toBe(201)
    await shop.services.commissions.approve({ merchantId: 1, names: ['2'] }, BY)
    shop.clock.nowMs += 60_000
    const rows = rowCounts(shop)
    const again = await payout(shop, 'k-1')
    expect([again.status, again.text, again.headers.get('content-type')]).toEqual([201, first.text, first.headers.get('content-type')])
    expect(rowCounts(shop)).toEqual(rows)
    expect((await payout(shop, 'k-2')).status).toBe(201)
  })

  test('another body under it is refused', async () => {
    const shop = await owing()
    await payout(shop, 'k-1')
    expect(await refusal(shop, () => payout(shop, 'k-1', { affiliateId: shop.ben }))).toMatchObject({ status: 422, written: [], body: { error: { message: expect.stringMatching(/another body/) } } })
  })

  test('a call that was refused uses it up for nothing', async () => {
    const shop = await owing()
    expect((await payout(shop, 'k-1', { affiliateId: shop.ben })).status).toBe(409)
    expect((await payout(shop, 'k-1')).status).toBe(201)
  })

  test('64 at once do it once', async () => {
    const shop = await owing()
    const calls = Array.from({ length: 64 }, () => begun(shop, 'k-1'))
    await Promise.all(calls.map((one) => one.begun))
    const answers = await Promise.all(calls.map(({ finish }) => finish()))
    const done = answers.filter(({ status }) => status === 201)
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    // Whoever came while the first ran is told to come again.
    const others = answers.filter(({ status }) => status !== 201)
    expect(others.length).toBeGreaterThan(0)
    expect(new Set(others.map(({ status, retryAfter }) => `${status} ${retryAfter}`))).toEqual(new Set(['409 1']))
    expect(rowsOf(shop, 'select count(*) as n from payouts')).toEqual([{ n: 1 }])
    expect((await payout(shop, 'k-1')).text).toBe(done[0]?.text)
  })

  test('keys of merchants, of modes and of paths are their own', async () => {
    const shop = await owing()
    await payout(shop, 'k-1')
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    const theirs = await call(shop, '/api/v1/payouts', { key: other.keys.refcampaign, body: { affiliateId: shop.ana }, headers: { 'Idempotency-Key': 'k-1' } })
    expect(theirs.status).toBe(404)
  })

  test('one of 256 characters is too long', async () => {
    const shop = await owing()
    expect(await refusal(shop, () => payout(shop, 'k'.repeat(256)))).toMatchObject({ status: 400, written: [] })
  })

  test('an answer that a crash took is not made up, and nothing is done twice', async () => {
    const shop = await owing()
    await payout(shop, 'k-1')
    await shop.services.commissions.approve({ merchantId: 1, names: ['2'] }, BY)
    const db = new Database(join(shop.dir, 'test.db'))
    db.exec("update answers set status = 0, body = ''")
    db.close()
    expect(await refusal(shop, () => payout(shop, 'k-1'))).toMatchObject({ status: 409, written: [], body: { error: { message: expect.stringMatching(/is being carried out/) } } })
  })
})
