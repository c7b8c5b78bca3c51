import { beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { BY, earnedBy, record, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS, startCollector, type Answer } from '../helpers/collector.ts'
import { sharedEnds } from '../helpers/ends.ts'
import { rowsOf } from '../helpers/rows.ts'

/** The most that one amount may be; of 1,100 the sum is beyond 2^63. */
const MOST = '90071992547409.91'
const [MINOR, COUNT] = [9_007_199_254_740_991n, 1100]
const SUM = MINOR * BigInt(COUNT)
const inFull = (minor: bigint): string => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`

const ends = sharedEnds()
const numbered = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe('sums beyond what the database can add up', () => {
  let shop: Shop
  beforeAll(async () => {
    shop = await startCollector({ atEnd: ends })
    await shop.services.campaigns.update(shop.campaignId, { percent: '100' })
    shop.clock.nowMs += 1
    await Promise.all(numbered(COUNT).map((n) => record(shop, { order: `o-${n}`, amount: MOST, affiliate: 'ana' })))
    await Promise.all(numbered(COUNT).map(() => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ben', amount: MOST, approved: true }, BY)))
  }, 30_000)

  const refcampaign = (path: string): Promise<Answer> => call(shop, `/api/v1${path}`, { method: 'GET', key: shop.keys.refcampaign })
  const totalled = async (type: string, status: string): Promise<string> =>
    (await call(shop, '/v2/conversion/totals', { body: { status: [status], type: [type] }, headers: { 'Refersion-Public-Key': shop.keys.refersion.public, 'Refersion-Secret-Key': shop.keys.refersion.secret } })).text

  test("a campaign's totals and its timeline", async () => {
    const stats = await shop.services.campaigns.stats(1, shop.campaignId, 'live')
    expect(stats.sums).toEqual([{ currency: 'EUR', revenueMinor: SUM, pendingMinor: SUM, approvedMinor: 0n, paidMinor: 0n }])
    const { rows } = await shop.services.campaigns.timeline(1, shop.campaignId, { mode: 'live', fromMs: shop.clock.nowMs - 24 * HOUR_MS, toMs: shop.clock.nowMs + HOUR_MS })
    expect(rows.flatMap(({ sums }) => sums).find(({ currency }) => currency === 'EUR')).toEqual({ currency: 'EUR', revenueMinor: SUM, earnedMinor: SUM })
    expect((await refcampaign(`/campaigns/${shop.campaignId}/stats`)).text).toContain(`"revenue":${SUM},`)
    expect((await refcampaign(`/campaigns/${shop.campaignId}/analytics/conversions-timeline`)).status).toBe(200)
  })

  test("an affiliate's totals, and lists that show them", async () => {
    const totals = await shop.services.affiliates.totals(1, 'live', [shop.ana, shop.ben])
    expect([totals.get(shop.ana)?.pendingMinor, totals.get(shop.ben)?.approvedMinor]).toEqual([SUM, SUM])
    expect((await refcampaign('/affiliates')).status).toBe(200)
    const live = await Promise.all(['/affiliates', '/affiliates/1/stats', '/conversions'].map((path) => call(shop, `/api/v1${path}`, { method: 'GET', key: shop.keys.refgrow })))
    expect(live.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await call(shop, '/v1/affiliates', { method: 'GET', key: shop.keys.refgrow })).status).toBe(200)
  })

  test("Refersion's totals of orders and of credits, and its report of affiliates", async () => {
    expect(await totalled('AUTO_CREDIT_AFFILIATE_ID', 'PENDING')).toBe(`{"conversions_count":${COUNT},"commission_total":${inFull(SUM)},"order_total":${inFull(SUM)},"commissionable_order_total":${inFull(SUM)},"currency":"EUR"}`)
    expect(await totalled('MANUAL_CREDIT_BY_CLIENT', 'APPROVED')).toBe(`{"conversions_count":${COUNT},"commission_total":${inFull(SUM)},"order_total":0.00,"commissionable_order_total":0.00,"currency":"EUR"}`)
    const link = shop.services.reports.link({ merchantId: 1, mode: 'live', number: 2 })
    const file = shop.services.reports.open({ merchantId: 1, number: 2, token: link?.token ?? '' })
    const rows: unknown[] = []
    for await (const page of file?.pages() ?? []) rows.push(...page)
    expect(JSON.stringify(rows)).toContain(inFull(SUM))
  })

  test('a tier and a cap are decided by all that was booked, and say so', async () => {
    await shop.services.campaigns.update(shop.campaignId, { percent: '100', tier: [`${MOST}=50`], capMonth: [MOST] })
    shop.clock.nowMs += 1
    const next = await record(shop, { order: 'o-next', amount: '10.00', affiliate: 'ana' })
    const [usage] = rowsOf<{ volume: string; booked: string }>(shop, "select json_extract(inputs, '$.usage[0].volume') as volume, json_extract(inputs, '$.usage[0].booked') as booked from receipts where conversion_id = ?", next.order.id)
    expect([earnedBy(shop, next), usage]).toEqual([{ ana: 0 }, { volume: `${SUM}/1`, booked: String(SUM) }])
  })

  test('verify finds the book as it must be', async () => {
    expect((await verify(shop)).problems).toEqual([])
  }, 30_000)
})
