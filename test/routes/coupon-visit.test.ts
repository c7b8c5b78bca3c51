import { describe, expect, test } from 'vitest'
import { call, HOUR_MS, startCollector, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { plainlyRefused, refusal, rowsOf } from '../helpers/rows.ts'

type Shop = TestCollector & { ana: string; ben: string }
const SALE = 'https://www.shop.example/sale?discount=ANA10'
/** A shop whose coupon `ANA10` is Ana's. */
async function shopWithCoupon(): Promise<Shop> {
  const shop = await startCollector()
  await shop.services.triggers.assign({ coupon: 'ANA10', affiliate: 'ana' })
  return shop
}
const arrival = (shop: Shop, more: Record<string, unknown>): Record<string, unknown> => ({ ...visitBody(shop, { url: SALE }), ref: undefined, ...more })
const visit = (shop: Shop, body: Record<string, unknown>): Promise<Answer> => call(shop, '/r/visit', { body })
const winnerOf = async (shop: Shop, sessionId: unknown): Promise<unknown> =>
  (await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { sessionId, amount: 10, currency: 'EUR' } })).body.data['affiliateId']
const codes = (shop: Shop): unknown[] => rowsOf<{ code: string }>(shop, 'select code from clicks').map(({ code }) => code)

describe('a link with a coupon', () => {
  test.each(['ANA10', 'ana10', ' Ana10 '])('%s is a click of its affiliate, who earns by the session', async (coupon) => {
    const shop = await shopWithCoupon()
    const body = arrival(shop, { coupon })
    const answer = await visit(shop, body)
    expect([answer.status, answer.body['click'], answer.body['session']]).toEqual([200, body['id'], body['session']])
    expect(codes(shop)).toEqual(['ana'])
    expect(await winnerOf(shop, body['session'])).toBe(shop.ana)
  })

  test('and a code is of the code', async () => {
    const shop = await shopWithCoupon()
    const body = arrival(shop, { coupon: 'ANA10', ref: 'ben' })
    expect((await visit(shop, body)).status).toBe(200)
    expect(codes(shop)).toEqual(['ben'])
    expect(await winnerOf(shop, body['session'])).toBe(shop.ben)
  })

  test('and a code of nobody is of the coupon', async () => {
    const shop = await shopWithCoupon()
    expect((await visit(shop, arrival(shop, { coupon: 'ANA10', ref: 'nobody' }))).status).toBe(200)
    expect(codes(shop)).toEqual(['ana'])
  })

  test('that names a campaign is of that campaign', async () => {
    const shop = await startCollector()
    const { id } = await shop.services.campaigns.create({ name: 'Tees', landingUrl: 'https://tees.shop.example/', percent: '20' })
    await shop.services.affiliates.create({ campaign: id, email: 'ana@partner.example' })
    await shop.services.triggers.assign({ coupon: 'ANA10', affiliate: 'ana', campaign: id })
    const body = arrival(shop, { coupon: 'ANA10' })
    await visit(shop, body)
    const order = await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId: 'A', conversionType: 'SALE', amount: 10_000, currency: 'EUR', sessionId: body['session'] } })
    expect(order.body.data).toMatchObject({ attributed: true, commissionAmount: 2000 })
  })

  test('is one click with a reload', async () => {
    const shop = await shopWithCoupon()
    const first = arrival(shop, { coupon: 'ANA10' })
    await visit(shop, first)
    expect((await visit(shop, arrival(shop, { coupon: 'ANA10', session: first['session'] }))).body['click']).toBe(first['id'])
  })
})

const unknown = (says: RegExp): object => plainlyRefused({ status: 404, code: 'NOT_FOUND', says })

describe('is refused', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a coupon of nobody', { coupon: 'BEN10' }, /No affiliate has this coupon/],
    ['a coupon of blanks', { coupon: ' ' }, /No affiliate has this coupon/],
    ['a coupon of nobody beside a code of nobody', { coupon: 'BEN10', ref: 'nobody' }, /No affiliate has the code "nobody"/],
  ])('%s', async (_name, more, says) => {
    const shop = await shopWithCoupon()
    expect(await refusal(shop, () => visit(shop, arrival(shop, more)))).toMatchObject(unknown(says))
  })

  test('a coupon that was taken from its affiliate', async () => {
    const shop = await shopWithCoupon()
    shop.clock.nowMs += HOUR_MS
    await shop.services.triggers.end('1')
    expect(await refusal(shop, () => visit(shop, arrival(shop, { coupon: 'ANA10' })))).toMatchObject(unknown(/No affiliate has this coupon/))
  })

  test('a coupon of another merchant', async () => {
    const shop = await startCollector()
    const { campaignId, merchantId } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
    await shop.services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', code: 'dan' }, merchantId)
    await shop.services.triggers.assign({ coupon: 'DAN10', affiliate: 'dan' }, merchantId)
    expect(await refusal(shop, () => visit(shop, arrival(shop, { coupon: 'DAN10' })))).toMatchObject(unknown(/No affiliate has this coupon/))
  })
})
