import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { actionsOf, balancesOf, earnedBy, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS, NOON_MS, startCollector, uuidAt, visitBody } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

const DAY_MS = 24 * HOUR_MS
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
interface Judged { touches: { evidence: string; verdict: string; code: string; clamped: boolean; adopted: boolean }[]; marks: string[] }
/** What the newest receipt of an order says. */
function judged(shop: Shop, order: string): Judged {
  const [row] = rowsOf<{ inputs: string; outcome: string }>(shop, 'select r.inputs, r.outcome from receipts r join conversions c on c.id = r.conversion_id where c.external_id = ? order by r.n desc', order)
  const { touches } = JSON.parse(row?.inputs ?? '{}') as { touches: Judged['touches'] }
  const { verdicts, marks } = JSON.parse(row?.outcome ?? '{}') as { verdicts: string[]; marks: string[] }
  return { touches: touches.map(({ evidence, code, clamped, adopted }, n) => ({ evidence, code, clamped, adopted, verdict: verdicts[n] ?? '' })), marks }
}
const earned = async (shop: Shop, input: Parameters<typeof record>[1]): Promise<Record<string, number>> => earnedBy(shop, await record(shop, input))

describe('link, coupon and SKU (ENGINE 7.4)', () => {
  const ORDER = { order: 'o-1', items: [{ sku: 'TEE', quantity: 1, price: '40.00' }, { sku: 'MUG', quantity: 2, price: '15.00' }], discount: '7.00', coupons: ['BEN10'] }
  test.each<[string, { couponFirst?: boolean; code?: string; couponLate?: boolean }, Record<string, number>]>([
    ['link first', {}, { ana: 360, cleo: 270 }],
    ['coupon first', { couponFirst: true }, { ben: 360, cleo: 270 }],
    ['the clicker has the SKU, too', { code: 'cleo' }, { cleo: 630 }],
    ['a coupon assigned the day after', { couponFirst: true, couponLate: true }, { ana: 360, cleo: 270 }],
  ])('%s', async (_what, { couponFirst = false, code = 'ana', couponLate = false }, expected) => {
    const shop = await shopOfThree()
    await shop.services.campaigns.update(shop.campaignId, { couponFirst })
    await shop.services.triggers.assign({ sku: 'mug', affiliate: 'cleo' })
    if (!couponLate) await shop.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
    const session = await visited(shop, { code })
    shop.clock.nowMs += 2 * DAY_MS
    expect(await earned(shop, { ...ORDER, session })).toEqual(expected)
    shop.clock.nowMs += DAY_MS
    if (couponLate) await shop.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
    expect(await earned(shop, { ...ORDER, session })).toEqual(expected)
    expect(balancesOf(shop)).toEqual({ pending: -630, expense: 630 })
  })

  test.each<[string, Partial<Parameters<typeof record>[1]>, number, number]>([
    ['a price in thirds of a cent', { items: [{ sku: 'A', quantity: 3, price: '0.335' }] }, 101, 10],
    ['a discount beyond the lines', { items: [{ sku: 'A', quantity: 1, price: '5.00' }], discount: '9.00' }, 0, 0],
    ['tax inside the prices', { items: [{ sku: 'A', quantity: 1, price: '119.00' }], tax: '19.00', pricesIncludeTax: true }, 11_900, 1000],
    ['tax and shipping on top', { items: [{ sku: 'A', quantity: 1, price: '100.00' }], tax: '19.00', shipping: '5.00' }, 12_400, 1000],
    ['an amount of its own beside lines', { amount: '80.00', items: [{ sku: 'A', quantity: 1, price: '100.00' }] }, 8000, 1000],
    ['no lines', { amount: '80.00', tax: '19.00' }, 8000, 800],
  ])('the base of %s', async (_what, order, total, minor) => {
    const shop = await startCollector()
    const { order: { amount }, commissions } = await record(shop, { order: 'o-1', affiliate: 'ana', ...order, coupons: ['X'] })
    expect([amount.minor, commissions[0]?.totalMinor]).toEqual([total, minor])
  })
})

describe('a customer across sessions', () => {
  test("by the merchant's own id: a click on one device wins the order on another", async () => {
    const shop = await startCollector()
    const phone = await visited(shop, { code: 'ana' })
    await record(shop, { order: 'o-1', session: phone, customer: 'c-77' })
    shop.clock.nowMs += HOUR_MS
    const laptop = uuidAt(shop.clock.nowMs)
    expect(await earned(shop, { order: 'o-2', session: laptop, customer: 'c-77' })).toEqual({ ana: 100 })
    expect(judged(shop, 'o-2').touches).toMatchObject([{ evidence: 'identity', code: 'ana', verdict: 'WON' }])
    expect(await earned(shop, { order: 'o-3', customer: 'c-78' })).toEqual({})
    // An id and an address of the same letters are two customers.
    expect(await earned(shop, { order: 'o-4', email: 'c-77@customer.example' })).toEqual({})
  })

  test('over the API, and no table keeps the id', async () => {
    const shop = await startCollector()
    const session = await visited(shop)
    const post = (externalId: string, who: object) => call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body: { externalId, conversionType: 'SALE', amount: 1000, currency: 'EUR', customerId: 'customer-4711', ...who } })
    await post('o-1', { sessionId: session })
    expect((await post('o-2', { sessionId: 'another' })).body.data).toMatchObject({ attributed: true, commissionAmount: 100 })
    const kept = rowsOf<{ text: string }>(shop, "select group_concat(hex(value)) as text from identifiers union all select group_concat(hex(identity)) from bindings union all select group_concat(inputs) from receipts")
    expect(JSON.stringify(kept)).not.toMatch(new RegExp(`4711|${Buffer.from('customer-4711').toString('hex')}`, 'i'))
  })
})

describe('an e-mail trigger', () => {
  test('is weaker than a click and stronger than the customer’s other sessions; its receipt names no address', async () => {
    const shop = await shopOfThree()
    await shop.services.triggers.assign({ email: 'Kim@Customer.example', affiliate: 'ben' })
    shop.clock.nowMs += 1
    const phone = await visited(shop, { code: 'cleo' })
    await record(shop, { order: 'o-1', session: phone, email: 'kim@customer.example', amount: '1.00' })
    expect(await earned(shop, { order: 'o-2', email: ' KIM@customer.EXAMPLE'.trim() })).toEqual({ ben: 100 })
    expect(judged(shop, 'o-2').touches.map(({ evidence, verdict }) => [evidence, verdict])).toEqual(expect.arrayContaining([['trigger', 'WON'], ['identity', 'WEAKER_EVIDENCE']]))
    expect(await earned(shop, { order: 'o-3', email: 'kim@customer.example', session: await visited(shop, { code: 'ana' }) })).toEqual({ ana: 100 })
    expect(JSON.stringify(rowsOf(shop, 'select inputs, outcome from receipts')).toLowerCase()).not.toContain('kim')
  })

  test('gives its owner nothing for their own purchase', async () => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ email: 'ana@partner.example', affiliate: 'ana' })
    shop.clock.nowMs += 1
    expect(await earned(shop, { order: 'o-1', email: 'ana@partner.example' })).toEqual({})
    expect(judged(shop, 'o-1').touches).toMatchObject([{ verdict: 'SELF_REFERRAL' }])
  })
})

describe("another system's cookie, taken over", () => {
  test('counts where no click of ours does, with its mark, and in no daily count', async () => {
    const shop = await startCollector()
    const session = await visited(shop, { adopted: true })
    shop.clock.nowMs += HOUR_MS
    expect(await earned(shop, { order: 'o-1', session })).toEqual({ ana: 100 })
    expect(judged(shop, 'o-1')).toEqual({ touches: [{ evidence: 'session', code: 'ana', adopted: true, clamped: false, verdict: 'WON' }], marks: ['ADOPTED'] })
    expect(rowsOf(shop, 'select * from daily_clicks')).toEqual([])
    await visited(shop, { code: 'ben', session })
    shop.clock.nowMs += HOUR_MS
    expect(await earned(shop, { order: 'o-2', session })).toEqual({ ben: 100 })
    expect(judged(shop, 'o-2').marks).toEqual([])
  })

  test.each([['to the last millisecond', 0, { ana: 100 }], ['and not one longer', 1, {}]])('until the campaign’s own day, %s', async (_what, lateMs, expected) => {
    const shop = await startCollector()
    await shop.services.campaigns.update(shop.campaignId, { adoptUntil: '2026-11-25T00:00:00Z' })
    shop.clock.nowMs += 1
    const session = await visited(shop, { adopted: true })
    shop.clock.nowMs = Date.UTC(2026, 10, 25) + lateMs
    expect(await earned(shop, { order: 'o-1', session })).toEqual(expected)
    expect(judged(shop, 'o-1').touches).toMatchObject([{ verdict: lateMs > 0 ? 'OUTSIDE_WINDOW' : 'WON' }])
  })

  test('is no earlier click that a real one would join', async () => {
    const shop = await startCollector()
    const session = await visited(shop, { adopted: true })
    await visited(shop, { session })
    expect(rowsOf(shop, 'select adopted, joined is null as counted from clicks order by adopted')).toEqual([{ adopted: 0, counted: 1 }, { adopted: 1, counted: 1 }])
    expect(rowsOf(shop, 'select clicks from daily_clicks')).toEqual([{ clicks: 1 }])
  })
})

describe('a visit that waited', () => {
  test.each<[string, number, number, boolean]>([
    ['72 hours are believed', 72 * HOUR_MS, 72 * HOUR_MS, false], ['more are clamped and flagged', 72 * HOUR_MS + 1, 72 * HOUR_MS, true], ['a year, too', 365 * DAY_MS, 72 * HOUR_MS, true],
  ])('%s', async (_what, ageMs, believedMs, clamped) => {
    const shop = await startCollector({ clock: { nowMs: NOON_MS - 10 * DAY_MS } })
    shop.clock.nowMs = NOON_MS
    const session = await visited(shop, { ageMs })
    expect(rowsOf(shop, 'select received_at_ms - occurred_at_ms as ageMs, waited, clamped from clicks')).toEqual([{ ageMs: believedMs, waited: 1, clamped: clamped ? 1 : 0 }])
    expect(await earned(shop, { order: 'o-1', session })).toEqual({ ana: 100 })
    expect(judged(shop, 'o-1')).toMatchObject({ touches: [{ clamped }], marks: clamped ? ['AGE_CLAMPED'] : [] })
  })

  test.each<[string, number, Record<string, number>, string]>([['two hours settles it (ENGINE 7.2)', 2 * HOUR_MS, { ana: 100 }, 'WON'], ['half an hour does not', HOUR_MS / 2, {}, 'AFTER_CONVERSION']])('after the order: %s', async (_what, ageMs, expected, verdict) => {
    const shop = await startCollector()
    const session = uuidAt(NOON_MS)
    await record(shop, { order: 'o-1', session })
    shop.clock.nowMs += HOUR_MS
    await call(shop, '/r/visit', { body: visitBody(shop, { session, ageMs }) })
    expect([await earned(shop, { order: 'o-1', session }), judged(shop, 'o-1').touches]).toMatchObject([expected, [{ verdict }]])
    expect(judged(shop, 'o-1').marks).toEqual(verdict === 'WON' ? ['LATE_ARRIVAL'] : [])
  })
})

describe('repeats', () => {
  test('coupons of a repeat are evidence while nobody has won, and none after', async () => {
    const shop = await shopOfThree()
    await shop.services.triggers.assign({ coupon: 'BEN10', affiliate: 'ben' })
    await shop.services.triggers.assign({ coupon: 'CLEO10', affiliate: 'cleo' })
    shop.clock.nowMs += 1
    expect(await earned(shop, { order: 'o-1', coupons: ['NOBODYS'] })).toEqual({})
    expect(await earned(shop, { order: 'o-1', coupons: ['ben10', 'cleo10'] })).toEqual({ ben: 100 })
    const before = rowsOf(shop, 'select * from identifiers')
    expect(await earned(shop, { order: 'o-1', coupons: ['CLEO10'], affiliate: 'ana' })).toEqual({ ben: 100 })
    expect(rowsOf(shop, 'select * from identifiers')).toEqual(before)
    expect([balancesOf(shop), actionsOf(shop)]).toEqual([{ pending: -100, expense: 100 }, []])
  })

  test.each<[string, Partial<Parameters<typeof record>[1]>, boolean]>([
    ['the same', {}, false], ['another amount', { items: [{ sku: 'A', quantity: 1, price: '9.00' }] }, true], ['another SKU', { items: [{ sku: 'B', quantity: 1, price: '8.00' }] }, true],
    ['another quantity', { items: [{ sku: 'A', quantity: 2, price: '4.00' }] }, true], ['a discount', { amount: '8.00', discount: '1.00' }, true], ['another currency', { currency: 'USD' }, true], ['a subscription', { subscription: 's' }, true],
  ])('%s changes nothing of the order, and is marked where it differs', async (_what, more, differs) => {
    const shop = await startCollector()
    const first = { order: 'o-1', items: [{ sku: 'A', quantity: 1, price: '8.00' }] }
    const { order } = await record(shop, first)
    shop.clock.nowMs += HOUR_MS
    const again = await record(shop, { ...first, ...more, affiliate: 'ana' })
    expect([again.order, again.commissions[0]?.totalMinor]).toEqual([order, 80])
    expect(again.marks).toEqual(differs ? ['REPEAT_DIFFERS', 'LATE_ARRIVAL'] : ['LATE_ARRIVAL'])
  })

  test('an identify within a day after the order settles it, and a person looks at it; a minute later is too late', async () => {
    for (const [afterMs, attributed] of [[DAY_MS, true], [DAY_MS + 1, false]] as const) {
      const shop = await startCollector()
      await shop.services.campaigns.update(shop.campaignId, { holdDays: 0 })
      const session = await visited(shop)
      shop.clock.nowMs += 1
      await record(shop, { order: 'o-1', email: 'kim@customer.example' })
      shop.clock.nowMs += afterMs
      await call(shop, '/r/identify', { body: { session, emailHash: sha256('kim@customer.example'), url: 'https://shop.example/' } })
      expect([afterMs, rowsOf(shop, 'select approvable_at_ms as at, unverified from commissions')]).toEqual([afterMs, attributed ? [{ at: null, unverified: 1 }] : []])
    }
  })
})
