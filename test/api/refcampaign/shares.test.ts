import { describe, expect, test } from 'vitest'
import { BY, record, testKey, visited, type Shop } from '../../helpers/book.ts'
import { call, HOUR_MS, startCollector, type Answer } from '../../helpers/collector.ts'
import { rowCounts, rowsOf } from '../../helpers/rows.ts'

const CONVERSIONS = '/api/v1/conversions'
const track = (shop: Shop, body: object): Promise<Answer> => call(shop, `${CONVERSIONS}/track`, { key: shop.keys.refcampaign, body: { amount: 10, currency: 'EUR', orderId: 'o-1', ...body } })
const postback = (shop: Shop, body: object): Promise<Answer> => call(shop, `${CONVERSIONS}/postback`, { key: shop.keys.refcampaign, body: { externalId: 'o-1', conversionType: 'SALE', amount: 1000, currency: 'EUR', ...body } })

const refund = async (shop: Shop, key = shop.keys.refcampaign): Promise<number> => (await call(shop, `${CONVERSIONS}/refund`, { key, body: { externalId: 'o-1' } })).status

/** One session that came by Ben's link, then Ana's, then (if so) Ben's again. */
async function journey(model: string, codes = ['ben', 'ana']): Promise<Shop & { session: string }> {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { model: model as 'linear' })
  shop.clock.nowMs += HOUR_MS
  let session = ''
  for (const code of codes) {
    session = await visited(shop, { code, ...(session === '' ? {} : { session }) })
    shop.clock.nowMs += HOUR_MS
  }
  return { ...shop, session }
}

describe('a reply for one affiliate shows the largest share, of equal ones the earliest touch’s, and says that there are others', () => {
  test.each<[string, string, string[], 'ana' | 'ben', number]>([
    ['equal shares', 'linear', ['ben', 'ana'], 'ben', 500], ['equal shares, the other way round', 'linear', ['ana', 'ben'], 'ana', 500], ['the larger of two, though later', 'linear', ['ben', 'ana', 'ana'], 'ana', 667],
    ['two ends', 'position', ['ben', 'ana'], 'ben', 500], ['the middle is less', 'position', ['ana', 'ben', 'ana'], 'ana', 800],
  ])('%s', async (...[_what, model, codes, shown, minor]) => {
    const shop = await journey(model, codes)
    const tracked = await track(shop, { sessionId: shop.session, amount: 100 })
    expect(tracked.body.data).toMatchObject({ affiliateId: shop[shown], shared: true })
    const posted = await postback(shop, { externalId: 'o-2', sessionId: shop.session, amount: 10_000 })
    expect(posted.body.data).toMatchObject({ commissionAmount: minor, shared: true })
    const commissions = rowsOf<{ id: string; affiliate_id: string }>(shop, 'select id, affiliate_id from commissions order by number')
    expect(commissions.find(({ id }) => id === posted.body.data['commissionId'])?.affiliate_id).toBe(shop[shown])
    const old = await call(shop, '/api/conversions/track', { key: shop.keys.refcampaign, body: { sessionId: shop.session, amount: 10_000, currency: 'EUR', orderId: 'o-3' } })
    expect(old.body.data).toMatchObject({ affiliateId: shop[shown], shared: true })
  })

  test('alone, and where nobody won, it is not shared', async () => {
    const shop = await journey('last_click')
    expect((await track(shop, { sessionId: shop.session })).body.data).toMatchObject({ affiliateId: shop.ana, shared: false })
    expect((await track(shop, { sessionId: 'nobody', orderId: 'o-2' })).body.data).toMatchObject({ affiliateId: null, shared: false })
  })

  test('a raise of a paid commission is part of its share, and no other affiliate', async () => {
    const shop = await journey('last_click')
    const { body: { data } } = await postback(shop, { sessionId: shop.session })
    await shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY)
    await shop.services.payouts.change('pay', { merchantId: 1, payout: (await shop.services.payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY)).id }, BY)
    await shop.services.commissions.adjust({ merchantId: 1, commission: '1', type: 'BONUS', minor: () => 900 }, BY)
    expect((await postback(shop, { sessionId: shop.session })).body.data).toMatchObject({ commissionId: data['commissionId'], commissionAmount: 1000, shared: false })
  })

  test('of an order that was transferred, whose it is now', async () => {
    const shop = await journey('last_click')
    await postback(shop, { sessionId: shop.session })
    await shop.services.credits.creditOrder({ merchantId: 1, order: 'o-1', affiliate: 'ben', approved: true, transfer: true }, BY)
    const [, second] = rowsOf<{ id: string }>(shop, 'select id from commissions order by number')
    expect((await postback(shop, { sessionId: shop.session })).body.data).toMatchObject({ commissionId: second?.id, shared: false })
  })

  test('a refund takes from all of them, whatever the state that they are in', async () => {
    const shop = await journey('linear')
    await track(shop, { sessionId: shop.session, amount: 100 })
    await shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY)
    await call(shop, `${CONVERSIONS}/refund`, { key: shop.keys.refcampaign, body: { externalId: 'o-1', amount: 5000 } })
    const [row = {}] = (await call(shop, CONVERSIONS, { method: 'GET', key: shop.keys.refcampaign })).body.data as unknown as Record<string, unknown>[]
    expect((row['commissions'] as Record<string, unknown>[]).map(({ amount, refundedAmount, status }) => [amount, refundedAmount, status])).toEqual([[500, 250, 'APPROVED'], [500, 250, 'PENDING']])
    expect([row['status'], row['shared'], row['affiliateId']]).toEqual(['PENDING', true, shop.ben])
  })
})

describe('a refund of what was reported as synthetic', () => {

  test('works with the live key that reported it, and with a test key', async () => {
    for (const by of ['live', 'test']) {
      const shop = await startCollector()
      await postback(shop, { affiliateCode: 'ana', isSynthetic: true })
      expect(await refund(shop, by === 'live' ? shop.keys.refcampaign : await testKey(shop))).toBe(200)
      expect(rowsOf(shop, 'select mode, status, reason from commissions')).toEqual([{ mode: 'test', status: 'REJECTED', reason: 'refunded' }])
    }
  })

  test('takes the key’s own order where both have this id, and a test key never a live one', async () => {
    const shop = await startCollector()
    await postback(shop, { affiliateCode: 'ana', isSynthetic: true })
    await postback(shop, { affiliateCode: 'ana' })
    const rejected = (): unknown => rowsOf(shop, "select mode from commissions where status = 'REJECTED' order by mode")
    expect([await refund(shop), rejected()]).toEqual([200, [{ mode: 'live' }]])
    expect([await refund(shop, await testKey(shop)), rejected()]).toEqual([200, [{ mode: 'live' }, { mode: 'test' }]])
    const another = await startCollector()
    await postback(another, { affiliateCode: 'ana' })
    const key = await testKey(another)
    const before = rowCounts(another)
    expect([await refund(another, key), rowCounts(another)]).toEqual([404, before])
  })
})

describe('metadata', () => {
  test.each<[string, string]>([
    ['an object with exact numbers', '{"orderId":"o-1","n":1.10,"big":12345678901234567890,"deep":{"list":[1,null,true,"x"]}}'], ['an empty one', '{}'], ['with escapes', '{"orderId":"o-1","text":"\\ud83d\\ude00 \\"quoted\\""}'],
  ])('is shown as it was sent: %s', async (_what, metadata) => {
    const shop = await startCollector()
    const { status } = await call(shop, `${CONVERSIONS}/track`, { key: shop.keys.refcampaign, body: `{"sessionId":"s-1","amount":10,"currency":"EUR","metadata":${metadata}}` })
    const { text, body } = await call(shop, CONVERSIONS, { method: 'GET', key: shop.keys.refcampaign })
    expect([status, (body.data as unknown as Record<string, unknown>[])[0]?.['metadata']]).toEqual([201, JSON.parse(metadata)])
    // Numbers to the digit; how a character is escaped does not matter.
    expect(text).toContain(metadata.replace('\\ud83d\\ude00', '\u{1F600}'))
  })

  test('that is nested as deeply as is taken is also shown', async () => {
    const shop = await startCollector()
    for (const depth of [100, 500, 1000, 1500, 2000, 2500, 3000, 4000, 6000, 10_000]) {
      const metadata = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
      await call(shop, `${CONVERSIONS}/track`, { key: shop.keys.refcampaign, body: `{"sessionId":"s-1","amount":10,"currency":"EUR","metadata":${metadata}}` })
    }
    expect((await call(shop, CONVERSIONS, { method: 'GET', key: shop.keys.refcampaign })).status).toBe(200)
  })
})

test('an order recorded by hand and one of the API are one list', async () => {
  const shop = await startCollector()
  await record(shop, { order: 'o-0', affiliate: 'ben' })
  await postback(shop, { affiliateCode: 'ana' })
  const rows = (await call(shop, CONVERSIONS, { method: 'GET', key: shop.keys.refcampaign })).body.data as unknown as Record<string, unknown>[]
  expect(rows.map(({ externalId, affiliateId, shared }) => [externalId, affiliateId, shared])).toEqual([['o-1', shop.ana, false], ['o-0', shop.ben, false]])
})
