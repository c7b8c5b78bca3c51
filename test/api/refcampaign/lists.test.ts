import { describe, expect, test } from 'vitest'
import { BY, record, testKey, type Shop } from '../../helpers/book.ts'
import { call, HOUR_MS, NOON_MS, startCollector, type Answer } from '../../helpers/collector.ts'
import { rowCounts } from '../../helpers/rows.ts'

const CONVERSIONS = '/api/v1/conversions'
const COMMISSIONS = '/api/v1/commissions'
const PAYOUTS = '/api/v1/payouts'
const LISTS = [CONVERSIONS, COMMISSIONS, PAYOUTS]

type Row = Record<string, unknown>
const get = (shop: Shop, path: string, key = shop.keys.refcampaign): Promise<Answer> => call(shop, path, { method: 'GET', key })
const rowsIn = async (shop: Shop, path: string, key?: string): Promise<Row[]> => (await get(shop, path, key)).body.data as unknown as Row[]
const ordersIn = async (shop: Shop, query: string): Promise<unknown[]> => (await rowsIn(shop, `${CONVERSIONS}?${query}`)).map(({ externalId }) => externalId)

/** Five orders, an hour apart: two of Ana's, of which one is paid, one of Ben's that is approved, one given back, one that is nobody's. */
async function told(): Promise<Shop> {
  const shop = await startCollector()
  const order = async (name: string, more: Parameters<typeof record>[1] | object): Promise<void> => {
    shop.clock.nowMs += HOUR_MS
    await record(shop, { order: name, ...more })
  }
  await order('o-1', { affiliate: 'ana' })
  await order('o-2', { affiliate: 'ben', amount: '20.005' })
  await order('o-3', { affiliate: 'ana' })
  await order('o-4', { affiliate: 'ben' })
  await order('o-5', {})
  const { merchantId, services } = shop
  await services.commissions.approve({ merchantId, names: ['1', '2'] }, BY)
  await services.payouts.change('pay', { merchantId, payout: (await services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY)).id }, BY)
  await services.refunds.refund({ merchantId, order: 'o-4', request: () => ({ kind: 'full' }) }, BY)
  return shop
}

test('conversions are listed newest first, as track answers them, with who earns', async () => {
  const shop = await told()
  const { status, body } = await get(shop, CONVERSIONS)
  const rows = body.data as unknown as Row[]
  expect([status, (body as unknown as { meta: unknown }).meta]).toEqual([200, { timestamp: new Date(NOON_MS + 5 * HOUR_MS).toISOString(), pagination: { limit: 20, offset: 0, total: 5 } }])
  expect(rows.map(({ externalId, status: shown, attributed }) => [externalId, shown, attributed])).toEqual([['o-5', 'PENDING', false], ['o-4', 'REJECTED', true], ['o-3', 'PENDING', true], ['o-2', 'APPROVED', true], ['o-1', 'PAID', true]])
  expect(rows[3]).toEqual({
    id: expect.stringMatching(/^cnv_/), amount: 20.01, currency: 'EUR', status: 'APPROVED', createdAt: new Date(NOON_MS + 2 * HOUR_MS).toISOString(), attributed: true, affiliateId: shop.ben, commissionId: expect.stringMatching(/^cmm_/), shared: false,
    externalId: 'o-2', conversionType: 'SALE', amountMinor: 2001, refundedAmountMinor: 0, isSynthetic: false, occurredAt: new Date(NOON_MS + 2 * HOUR_MS).toISOString(), metadata: null,
    commissions: [{ id: rows[3]?.['commissionId'], affiliateId: shop.ben, campaignId: expect.stringMatching(/^cmp_/), conversionId: rows[3]?.['id'], amount: 200, refundedAmount: 0, currency: 'EUR', status: 'APPROVED', reason: null, createdAt: new Date(NOON_MS + 2 * HOUR_MS).toISOString() }],
  })
})

test('one conversion is told alone by its id', async () => {
  const shop = await told()
  const [row] = await rowsIn(shop, `${CONVERSIONS}?limit=1`)
  const one = await get(shop, `${CONVERSIONS}/${String(row?.['id'])}`)
  expect([one.status, one.body.data]).toEqual([200, row])
  expect((await get(shop, `${CONVERSIONS}/cnv_nothing`)).status).toBe(404)
})

test.each([
  ['limit=2', ['o-5', 'o-4']], ['limit=2&offset=2', ['o-3', 'o-2']], ['offset=5', []], ['offset=999999999999999', []], ['limit=1000', ['o-5', 'o-4', 'o-3', 'o-2', 'o-1']],
  ['status=PENDING', ['o-5', 'o-3']], ['status=approved', ['o-2']], ['status=PAID', ['o-1']], ['status=REJECTED', ['o-4']],
  ['affiliateId=ANA', ['o-3', 'o-1']], ['affiliateId=aff_nobody', []], ['campaignId=MAIN', ['o-4', 'o-3', 'o-2', 'o-1']], ['campaignId=cmp_none', []],
  ['from=2026-11-20T11:00:00Z', ['o-5', 'o-4', 'o-3', 'o-2']], ['to=2026-11-20T11:00:00Z', ['o-1']], ['from=2026-11-20T12:00:00%2B01:00&to=2026-11-20T12:00:00Z', ['o-2']],
  ['affiliateId=ANA&status=PENDING&unknown=field', ['o-3']],
])('conversions?%s', async (query, expected) => {
  const shop = await told()
  const [main] = shop.store.directory().merchants.get(shop.merchantId)?.campaigns.keys() ?? []
  expect(await ordersIn(shop, query.replace('ANA', shop.ana).replace('MAIN', main ?? ''))).toEqual(expected)
})

test('a page is never longer than 100 rows, and says so', async () => {
  const shop = await startCollector()
  for (let n = 0; n < 101; n++) await record(shop, { order: `o-${n}`, affiliate: 'ana' })
  const { body } = await get(shop, `${CONVERSIONS}?limit=1000`)
  expect([(body.data as unknown as Row[]).length, (body as unknown as { meta: Row }).meta['pagination']]).toEqual([100, { limit: 100, offset: 0, total: 101 }])
})

test('commissions are listed with their order and when they were paid', async () => {
  const shop = await told()
  const rows = await rowsIn(shop, COMMISSIONS)
  expect(rows.map(({ externalId, amount, refundedAmount, status, reason, paidAt }) => [externalId, amount, refundedAmount, status, reason, paidAt])).toEqual([
    ['o-4', 100, 100, 'REJECTED', 'refunded', null], ['o-3', 100, 0, 'PENDING', null, null], ['o-2', 200, 0, 'APPROVED', null, null], ['o-1', 100, 0, 'PAID', null, new Date(NOON_MS + 5 * HOUR_MS).toISOString()],
  ])
  expect((await rowsIn(shop, `${COMMISSIONS}?status=paid&affiliateId=${shop.ana}`)).map(({ externalId }) => externalId)).toEqual(['o-1'])
  expect(await rowsIn(shop, `${COMMISSIONS}?status=paid&affiliateId=${shop.ben}`)).toEqual([])
})

test('payouts are listed, and told alone', async () => {
  const shop = await told()
  const { merchantId, services } = shop
  await services.payouts.change('cancel', { merchantId, payout: (await services.payouts.make({ merchantId, affiliate: 'ben', mode: 'live' }, BY)).id }, BY)
  const rows = await rowsIn(shop, PAYOUTS)
  expect(rows.map(({ affiliateId, amount, status }) => [affiliateId, amount, status])).toEqual([[shop.ben, 200, 'CANCELLED'], [shop.ana, 100, 'PAID']])
  expect((await rowsIn(shop, `${PAYOUTS}?status=PAID`)).map(({ affiliateId }) => affiliateId)).toEqual([shop.ana])
  expect((await get(shop, `${PAYOUTS}/${String(rows[0]?.['id'])}`)).body.data).toEqual(rows[0])
  await services.payouts.change('undo', { merchantId, payout: '1' }, BY)
  expect((await rowsIn(shop, `${PAYOUTS}?status=CANCELLED`)).map(({ affiliateId }) => affiliateId)).toEqual([shop.ben, shop.ana])
})

describe.each(LISTS)('%s', (path) => {
  test.each([
    ['limit=0', 'limit'], ['limit=-1', 'limit'], ['limit=1.5', 'limit'], ['limit=', 'limit'], ['limit=ten', 'limit'], ['limit=1e3', 'limit'], ['limit=9999999999999999', 'limit'], ['offset=-1', 'offset'], ['offset=x', 'offset'],
    ['status=UNKNOWN', 'status'], ['status=', 'status'], ['affiliateId=', 'affiliateId'], [`affiliateId=${'a'.repeat(256)}`, 'affiliateId'],
  ])('refuses %s', async (query, field) => {
    const shop = await startCollector()
    const before = rowCounts(shop)
    const { status, body } = await get(shop, `${path}?${query}`)
    expect([status, body]).toMatchObject([400, { success: false, error: { code: 'VALIDATION_FAILED', details: [{ path: [field] }] } }])
    expect(rowCounts(shop)).toEqual(before)
  })

  test('is empty for another merchant, and for a test key', async () => {
    const shop = await told()
    const tried = await testKey(shop)
    const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'USD', timezone: 'UTC' })
    expect([await rowsIn(shop, path, keys.refcampaign), await rowsIn(shop, path, tried)]).toEqual([[], []])
    expect((await rowsIn(shop, path)).length).toBeGreaterThan(0)
  })

  test('needs a key with its scope', async () => {
    const shop = await startCollector()
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['tracking'] })
    expect([(await call(shop, path, { method: 'GET' })).status, (await get(shop, path, 'token' in made ? made.token : '')).status, (await get(shop, path, shop.keys.refersion.secret)).status]).toEqual([401, 403, 401])
  })
})

test('neither a conversion nor a payout is told to another merchant or to a test key', async () => {
  const shop = await told()
  const tried = await testKey(shop)
  const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'USD', timezone: 'UTC' })
  for (const path of [`${CONVERSIONS}/o-1`, `${CONVERSIONS}/1`, `${PAYOUTS}/1`]) {
    const statuses = await Promise.all([shop.keys.refcampaign, keys.refcampaign, tried].map(async (key) => (await get(shop, path, key)).status))
    expect({ path, statuses }).toEqual({ path, statuses: [200, 404, 404] })
  }
})
