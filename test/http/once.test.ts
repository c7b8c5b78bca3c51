import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { text as read } from 'node:stream/consumers'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { BY, record, shopOfThree, type Shop } from '../helpers/book.ts'
import { call, openTestCollector, type Answer } from '../helpers/collector.ts'
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

  test('64 at once do it once, and all get its answer', async () => {
    const shop = await owing()
    const calls = Array.from({ length: 64 }, () => begun(shop, 'k-1'))
    await Promise.all(calls.map((one) => one.begun))
    const answers = await Promise.all(calls.map(({ finish }) => finish()))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(201)
    expect(rowsOf(shop, 'select count(*) as n from payouts')).toEqual([{ n: 1 }])
  })

  test('64 that are refused are refused each by itself', async () => {
    const shop = await shopOfThree()
    const answers = await Promise.all(Array.from({ length: 64 }, () => payout(shop, 'k-1')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([409]))
    expect(rowsOf(shop, 'select count(*) as n from answers')).toEqual([{ n: 0 }])
  })

  test('two collectors on one database do it once: whoever comes meanwhile is told to come again', async () => {
    const shop = await owing()
    const other = { ...shop, ...(await openTestCollector({ dir: shop.dir, clock: shop.clock })) }
    const calls = Array.from({ length: 64 }, (_, n) => begun(n % 2 === 0 ? shop : other, 'k-1'))
    await Promise.all(calls.map((one) => one.begun))
    const answers = await Promise.all(calls.map(({ finish }) => finish()))
    const done = answers.filter(({ status }) => status === 201)
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    expect(answers.filter(({ status }) => status !== 201).every(({ status, retryAfter }) => status === 409 && retryAfter === '1')).toBe(true)
    expect(rowsOf(shop, 'select count(*) as n from payouts')).toEqual([{ n: 1 }])
  })

  test('two dialects with one path have their own answers, and a slash behind a path makes no other', async () => {
    const shop = await shopOfThree()
    const make = (key: string, path: string, body: object): Promise<Answer> => call(shop, path, { key, body, headers: { 'Idempotency-Key': 'k-1' } })
    const theirs = await make(shop.keys.refcampaign, '/api/v1/affiliates', { email: 'x@partner.example', firstName: 'X' })
    expect([theirs.status, (await make(shop.keys.refgrow, '/api/v1/affiliates', { email: 'x@partner.example', firstName: 'X' })).status]).toEqual([201, 409])
    const [first, again] = [await make(shop.keys.refgrow, '/v1/referrals/convert', { referralCode: 'ana', amount: 10 }), await make(shop.keys.refgrow, '/v1/referrals/convert/', { referralCode: 'ana', amount: 10 })]
    expect([again.status, again.text]).toEqual([first.status, first.text])
    expect(rowsOf(shop, 'select count(*) as n from conversions')).toEqual([{ n: 1 }])
  })

  test('a body that says that it is a test is another body', async () => {
    const shop = await shopOfThree()
    const order = (isSynthetic: boolean): Promise<Answer> => call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId: 'o-1', conversionType: 'SALE', amount: 100, currency: 'EUR', affiliateCode: 'ana', isSynthetic }, headers: { 'Idempotency-Key': 'k-1' } })
    expect((await order(true)).status).toBe(201)
    expect(await refusal(shop, () => order(false))).toMatchObject({ status: 422, written: [] })
  })

  test('keys of merchants, of modes and of paths are their own', async () => {
    const shop = await owing()
    await payout(shop, 'k-1')
    const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
    const theirs = await call(shop, '/api/v1/payouts', { key: other.keys.refcampaign, body: { affiliateId: shop.ana }, headers: { 'Idempotency-Key': 'k-1' } })
    expect(theirs.status).toBe(404)
  })

  test('on a GET it means nothing, however long it is', async () => {
    const shop = await owing()
    const { status } = await call(shop, '/api/v1/payouts', { method: 'GET', key: shop.keys.refcampaign, headers: { 'Idempotency-Key': 'x'.repeat(256) } })
    expect(status).toBe(200)
    const single = await call(shop, '/api/v1/payouts/nothing', { method: 'GET', key: shop.keys.refcampaign, headers: { 'Idempotency-Key': 'x'.repeat(256) } })
    expect(single.status).toBe(404)
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
