import { describe, expect, test } from 'vitest'
import { BY, earnedBy, record, testKey, visited, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

type Terms = Parameters<Shop['services']['campaigns']['update']>[1]
/** 10 %, and 20 % from a volume of 100.00 on. */
const TIERS: Terms = { percent: '10', tier: ['100.00=20'] }
const DAY_MS = 24 * HOUR_MS
const at = (text: string): string => new Date(text).toISOString()

async function shopWith(terms: Terms, { timezone, nowMs = NOON_MS }: { timezone?: string; nowMs?: number } = {}): Promise<Shop> {
  const shop = await startCollector({ clock: { nowMs } })
  if (timezone !== undefined) await shop.services.merchants.update({ timezone })
  await shop.services.campaigns.update(shop.campaignId, terms)
  shop.clock.nowMs += 1
  return shop
}
const order = async (shop: Shop, name: string, amount: string, more: Partial<Parameters<typeof record>[1]> = {}): Promise<number> => earnedBy(shop, await record(shop, { order: name, amount, affiliate: 'ana', ...more }))['ana'] ?? -1
const refund = ({ services, merchantId }: Shop, name: string, minor?: number) => services.refunds.refund({ merchantId, order: name, request: () => (minor === undefined ? { kind: 'full' } : { kind: 'amount', minor }) }, BY)
/** The volume that an order's receipt says it was priced by. */
const volumeOf = (shop: Shop, name: string): string | undefined => rowsOf<{ volume: string }>(shop, "select json_extract(r.inputs, '$.usage[0].volume') as volume from receipts r join conversions c on c.id = r.conversion_id where c.external_id = ? order by r.n desc", name)[0]?.volume

describe('tiers', () => {
  test('an order is priced wholly at the volume before it; reaching the threshold is enough', async () => {
    const shop = await shopWith(TIERS)
    expect([await order(shop, 'o-1', '99.99'), await order(shop, 'o-2', '0.01'), await order(shop, 'o-3', '50.00'), await order(shop, 'o-4', '1000.00')]).toEqual([1000, 0, 1000, 20_000])
    expect(['o-1', 'o-2', 'o-3', 'o-4'].map((name) => volumeOf(shop, name))).toEqual(['0/1', '9999/1', '10000/1', '15000/1'])
  })

  test.each<[string, (shop: Shop) => Promise<unknown>, number]>([
    ['nothing since', async () => undefined, 20],
    ['a refund', (shop) => refund(shop, 'o-1', 1), 10],
    ['a full refund', (shop) => refund(shop, 'o-1'), 10],
    ['a rejection', (shop) => shop.services.commissions.reject({ merchantId: 1, names: ['1'], reason: 'denied' }, BY), 10],
    ['an approval', (shop) => shop.services.commissions.approve({ merchantId: 1, names: ['1'] }, BY), 20],
    ['a deduction: volume is of orders', (shop) => shop.services.commissions.adjust({ merchantId: 1, commission: '1', type: 'CORRECTION', minor: () => 0 }, BY), 20],
    ['a transfer to another', (shop) => shop.services.credits.creditOrder({ merchantId: 1, order: 'o-1', affiliate: 'ben', approved: true, transfer: true }, BY), 10],
    ['a credit of no order', (shop) => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ana', amount: '500', approved: true }, BY), 20],
  ])('after an order of 100.00 and %s an order earns %s', async (_what, meanwhile, percent) => {
    const shop = await shopWith(TIERS)
    await order(shop, 'o-1', '100.00')
    await meanwhile(shop)
    expect(await order(shop, 'o-2', '10.00')).toBe(percent * 10)
  })

  test.each<[string, Partial<Parameters<typeof record>[1]>, number]>([
    ['an unattributed order', { affiliate: undefined }, 100],
    ["another affiliate's", { affiliate: 'ben' }, 100],
    ['another currency', { currency: 'USD' }, 100],
    ['a test order', { test: true }, 100],
    ['a lead with a value', { kind: 'lead' }, 200],
    ['an order of another month', { at: at('2026-10-31T23:59:59.999Z') }, 100],
    ['an order of this month', { at: at('2026-11-20T08:00:00Z') }, 200],
  ])('%s of 500.00 before', async (_what, more, earned) => {
    const shop = await shopWith(TIERS, { nowMs: Date.UTC(2026, 9, 1) })
    shop.clock.nowMs = NOON_MS
    await record(shop, { order: 'o-1', amount: '500.00', affiliate: 'ana', ...more })
    expect(await order(shop, 'o-2', '10.00')).toBe(earned)
  })

  test('only the net base of the lines counts, and only the share of it that was won', async () => {
    const shop = await shopWith({ ...TIERS, model: 'linear' })
    const session = await visited(shop, { code: 'ana' })
    shop.clock.nowMs += HOUR_MS
    await visited(shop, { code: 'ben', session })
    await record(shop, { order: 'o-1', session, items: [{ sku: 'A', quantity: 3, price: '70.00' }], discount: '10.01', tax: '40.00', shipping: '9.00' })
    await order(shop, 'o-2', '1.00')
    expect(volumeOf(shop, 'o-2')).toBe('19999/2')
    expect(rowsOf(shop, "select external_id as name, m.minor from commissions m join conversions c on c.id = m.conversion_id order by m.number")).toEqual([{ name: 'o-1', minor: 1000 }, { name: 'o-1', minor: 1000 }, { name: 'o-2', minor: 10 }])
  })

  test('the month begins at midnight of the merchant’s zone, and life has no months', async () => {
    for (const [period, expected] of [['month', [1000, 2000, 1000]], ['life', [1000, 2000, 2000]]] as const) {
      const shop = await shopWith({ ...TIERS, tierPeriod: period }, { timezone: 'America/New_York', nowMs: Date.UTC(2026, 9, 20) })
      shop.clock.nowMs = Date.UTC(2026, 10, 5)
      // New York is at UTC-4 until 1 November 2026, 06:00 UTC: its November begins at 04:00 UTC.
      const earned = [await order(shop, 'o-1', '100.00', { at: at('2026-10-31T12:00:00Z') }), await order(shop, 'o-2', '100.00', { at: at('2026-11-01T03:59:59.999Z') }), await order(shop, 'o-3', '100.00', { at: at('2026-11-01T04:00:00Z') })]
      expect([period, earned]).toEqual([period, expected])
      expect(rowsOf(shop, 'select month from commission_parts order by conversion_number')).toEqual([{ month: '2026-10' }, { month: '2026-10' }, { month: '2026-11' }])
    }
  })

  test('a live order looks at live volume, a test order at both', async () => {
    const shop = await shopWith(TIERS)
    await order(shop, 't-1', '60.00', { test: true })
    await order(shop, 'o-1', '40.00')
    expect([await order(shop, 'o-2', '1.00'), await order(shop, 't-2', '1.00', { test: true })]).toEqual([10, 20])
  })

  test('an order that is settled late counts only those that were recorded before it, as they stand now', async () => {
    const shop = await shopWith(TIERS)
    await order(shop, 'o-1', '100.00')
    await record(shop, { order: 'late', amount: '10.00' })
    await order(shop, 'o-3', '500.00')
    await refund(shop, 'o-1', 5000)
    expect(await order(shop, 'late', '10.00')).toBe(100)
    expect(volumeOf(shop, 'late')).toBe('5000/1')
    // Those that came after it count it, from now on.
    expect(await order(shop, 'o-4', '10.00')).toBe(200)
    expect(volumeOf(shop, 'o-4')).toBe('56000/1')
  })
})

describe('caps by the month', () => {
  const CAP: Terms = { percent: '10', capMonth: ['25.00'] }
  test('what is booked in a month ends at the cap; refunds, rejections and adjustments change nothing of it', async () => {
    const shop = await shopWith(CAP)
    expect([await order(shop, 'o-1', '100.00'), await order(shop, 'o-2', '100.00')]).toEqual([1000, 1000])
    await refund(shop, 'o-1')
    await shop.services.commissions.reject({ merchantId: 1, names: ['2'], reason: 'denied' }, BY)
    expect([await order(shop, 'o-3', '100.00'), await order(shop, 'o-4', '100.00')]).toEqual([500, 0])
    await shop.services.commissions.adjust({ merchantId: 1, commission: (await commissionsNamed(shop, 'o-3'))[0] ?? '', type: 'BONUS', minor: () => 700 }, BY)
    expect(await order(shop, 'o-5', '100.00')).toBe(0)
    expect(rowsOf(shop, "select external_id as name from conversions where instr(marks, 'CAPPED') > 0 order by number")).toEqual(['o-3', 'o-4', 'o-5'].map((name) => ({ name })))
  })

  test('each affiliate, month of the zone, currency and mode has its own', async () => {
    const shop = await shopWith({ percent: '10', capMonth: ['25.00', '30.00:USD'] }, { timezone: 'Asia/Tokyo', nowMs: Date.UTC(2026, 9, 1) })
    shop.clock.nowMs = NOON_MS
    // Tokyo's November begins on 31 October, 15:00 UTC.
    const rows: [string, Partial<Parameters<typeof record>[1]>, number][] = [
      ['o-1', { at: at('2026-10-31T14:59:59.999Z') }, 2500], ['o-2', { at: at('2026-10-31T15:00:00Z') }, 2500], ['o-3', {}, 0], ['o-4', { at: at('2026-10-15T00:00:00Z') }, 0],
      ['o-5', { currency: 'USD' }, 3000], ['o-6', { test: true }, 2500], ['o-7', { test: true }, 0],
    ]
    for (const [name, more, earned] of rows) expect([name, await order(shop, name, '500.00', more)]).toEqual([name, earned])
    expect(earnedBy(shop, await record(shop, { order: 'o-8', amount: '500.00', affiliate: 'ben' }))).toEqual({ ben: 2500 })
  })

  test('many at once, over the API: together they get the cap and not a cent more', async () => {
    const shop = await shopWith(CAP)
    const session = await visited(shop)
    await Promise.all(Array.from({ length: 20 }, (_, n) => call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId: `o-${n}`, conversionType: 'SALE', amount: 3000, currency: 'EUR', sessionId: session } })))
    expect(rowsOf(shop, 'select count(*) as orders, sum(minor) as minor from commissions')).toEqual([{ orders: 20, minor: 2500 }])
  })

  test('orders of a test key use up the test cap alone', async () => {
    const shop = await shopWith(CAP)
    const key = await testKey(shop)
    const session = await visited(shop)
    for (const externalId of ['t-1', 't-2']) await call(shop, '/api/v1/conversions/postback', { key, body: { externalId, conversionType: 'SALE', amount: 50_000, currency: 'EUR', sessionId: session } })
    expect(await order(shop, 'o-1', '100.00')).toBe(1000)
    expect(rowsOf(shop, 'select mode, sum(minor) as minor from commissions group by mode order by mode')).toEqual([{ mode: 'live', minor: 1000 }, { mode: 'test', minor: 2500 }])
  })
})

/** Numbers do not tell: refunds take some, too. */
const commissionsNamed = async (shop: Shop, name: string): Promise<string[]> => (await shop.services.conversions.find(1, name)).commissions.map(({ id }) => id)

test('a long history: what every receipt says of volume is the sum done by hand', async () => {
  const shop = await shopWith({ ...TIERS, capMonth: ['200.00'] }, { timezone: 'Europe/Berlin', nowMs: Date.UTC(2026, 9, 25) })
  const held: { minor: number; month: number; rejected: boolean }[] = []
  let booked: Record<number, number> = {}
  for (let n = 0; n < 24; n++) {
    shop.clock.nowMs += DAY_MS / 2 + 1
    // Berlin's month, by hand: winter time is UTC+1 after 25 October 2026, 01:00 UTC.
    const month = new Date(shop.clock.nowMs + HOUR_MS).getUTCMonth()
    const minor = 700 + ((n * 7919) % 4000)
    const volume = held.filter((one) => one.month === month && !one.rejected).reduce((sum, one) => sum + one.minor, 0)
    const rate = volume >= 10_000 ? 20 : 10
    const expected = Math.min(Math.floor((minor * rate + 50) / 100), 20_000 - (booked[month] ?? 0))
    expect([n, await order(shop, `o-${n}`, (minor / 100).toFixed(2)), volumeOf(shop, `o-${n}`)]).toEqual([n, expected, `${volume}/1`])
    booked = { ...booked, [month]: (booked[month] ?? 0) + expected }
    held.push({ minor, month, rejected: false })
    const before = held[n - 2]
    if (n % 5 === 4 && before !== undefined) {
      await refund(shop, `o-${n - 2}`, 300)
      before.minor -= 300
    }
    if (n % 7 === 6 && before !== undefined) {
      await shop.services.commissions.reject({ merchantId: 1, names: await commissionsNamed(shop, `o-${n - 2}`), reason: 'denied' }, BY)
      before.rejected = true
    }
  }
})
