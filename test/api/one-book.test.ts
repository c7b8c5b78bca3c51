import { describe, expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { BY, visited, type Shop } from '../helpers/book.ts'
import { call, startCollector } from '../helpers/collector.ts'

type Row = Record<string, unknown>

/** What a call told; throws where it was refused. */
const told = async (answer: Promise<{ status: number; text: string; body: unknown }>): Promise<Row> => {
  const { status, text, body } = await answer
  if (status >= 300) throw new Error(`${status} ${text}`)
  return body as Row
}

/** The three vendors' clients of one merchant. */
function clients(shop: Shop) {
  const { keys } = shop
  const pair = { 'Refersion-Public-Key': keys.refersion.public, 'Refersion-Secret-Key': keys.refersion.secret }
  return {
    refcampaign: (method: string, path: string, body?: object) => told(call(shop, `/api/v1${path}`, { method, key: keys.refcampaign, ...(body === undefined ? {} : { body }) })),
    documented: (method: string, path: string, body?: object) => told(call(shop, `/v1${path}`, { method, key: keys.refgrow, ...(body === undefined ? {} : { body }) })),
    live: (method: string, path: string, body?: object) => told(call(shop, `/api/v1${path}`, { method, key: keys.refgrow, ...(body === undefined ? {} : { body }) })),
    refersion: (path: string, body: object) => told(call(shop, path, { body, headers: pair })),
  }
}

/** How one order looks through each API: amount, what is earned, its status, and whose it is, in one form. */
async function seen(shop: Shop, order: string): Promise<Record<string, Row | undefined>> {
  const { refcampaign, documented, live, refersion } = clients(shop)
  const numbers = new Map([...shop.services.affiliates.list(shop.merchantId)].map(({ id, number }) => [id, number]))
  const conversion = ((await refcampaign('GET', '/conversions'))['data'] as Row[]).find((row) => row['externalId'] === order)
  const earned = (conversion?.['commissions'] as Row[] | undefined)?.[0]
  const commission = ((await documented('GET', '/commissions'))['data'] as { commissions: Row[] }).commissions.find((row) => row['orderId'] === order)
  const row = ((await live('GET', '/conversions'))['data'] as Row[]).find(({ reference }) => reference === order)
  const affiliate = Number(row?.['affiliate_id'])
  const totals = async (status: string, more: object = {}): Promise<Row> => refersion('/v2/conversion/totals', { status: [status], affiliate_id: affiliate, ...more })
  const found = (await Promise.all(['PENDING', 'APPROVED', 'DENIED'].map(async (status) => ({ status, ...(await totals(status)) } as Row)))).filter((one) => Number(one['conversions_count']) > 0)
  const isPaid = Number((await totals('APPROVED', { payment_status: 'PAID' }))['conversions_count']) > 0
  return {
    refcampaign: earned && { amount: conversion?.['amount'], earned: (Number(earned['amount']) - Number(earned['refundedAmount'])) / 100, status: String(earned['status']).toLowerCase(), affiliate: numbers.get(String(earned['affiliateId'])) },
    documented: commission && { amount: commission['conversionAmount'], earned: commission['amount'], status: commission['status'], affiliate: Number(String(commission['affiliateId']).replace('aff_', '')) },
    live: row && { amount: row['base_value'], earned: row['value'], isPaid: row['paid'], affiliate },
    refersion: { found: found.map(({ status, commission_total: sum, order_total: total }) => ({ status, earned: sum, amount: total })), isPaid },
  }
}

const REPORTS: [string, (shop: Shop, session: string) => Promise<unknown>][] = [
  ["RefCampaign's track", (shop, sessionId) => clients(shop).refcampaign('POST', '/conversions/track', { sessionId, amount: 49.9, currency: 'EUR', metadata: { orderId: 'o-1' } })],
  ["RefCampaign's postback", (shop, sessionId) => clients(shop).refcampaign('POST', '/conversions/postback', { externalId: 'o-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId })],
  ["Refgrow's documented convert", (shop) => clients(shop).documented('POST', '/referrals/convert', { referralCode: 'ana', amount: 49.9, orderId: 'o-1' })],
  ["Refgrow's live conversion", (shop) => clients(shop).live('POST', '/conversions', { type: 'purchase', base_value: 49.9, referral_code: 'ana', reference: 'o-1' })],
  ["Refersion's order", (shop) => clients(shop).refersion('/tracker/orders/paid', { cart_id: 'c-1', order_id: 'o-1', currency_code: 'EUR', items: [{ sku: 'MUG', quantity: 2, price: '24.95' }], auto_credit_affiliate_id: '1' })],
]

describe.each(REPORTS)('an order told through %s', (_name, report) => {
  const book = async (): Promise<Shop> => {
    const shop = await startCollector()
    await report(shop, await visited(shop))
    return shop
  }

  test('is the same through all of them', async () => {
    const shop = await book()
    const same = { amount: 49.9, earned: 4.99, affiliate: 1 }
    expect(await seen(shop, 'o-1')).toEqual({ refcampaign: { ...same, status: 'pending' }, documented: { ...same, status: 'pending' }, live: { ...same, isPaid: false }, refersion: { found: [{ status: 'PENDING', earned: 4.99, amount: 49.9 }], isPaid: false } })
  })

  test('and is known to each of them when it is told again', async () => {
    const shop = await book()
    for (const [, again] of REPORTS) await again(shop, 'a-session')
    expect(((await clients(shop).refcampaign('GET', '/conversions')) as { meta: { pagination: Row } }).meta.pagination['total']).toBe(1)
    expect((await verify(shop)).problems).toEqual([])
  })

  test.each<[string, (shop: Shop) => Promise<unknown>, object]>([
    ['approved through RefCampaign', async (shop) => clients(shop).refcampaign('PUT', '/commissions/bulk-approve', { commissionIds: [await commissionId(shop)] }), { status: 'approved', isPaid: false, earned: 4.99 }],
    ['approved through Refgrow', (shop) => clients(shop).documented('PUT', '/commissions/comm_000001/status', { status: 'approved' }), { status: 'approved', isPaid: false, earned: 4.99 }],
    ['approved through Refersion', (shop) => clients(shop).refersion('/v2/conversion/status_change', { ids: [1], status: 'APPROVED' }), { status: 'approved', isPaid: false, earned: 4.99 }],
    ['paid through RefCampaign', async (shop) => {
      await clients(shop).refcampaign('PUT', '/commissions/bulk-approve', { commissionIds: [await commissionId(shop)] })
      const { data } = await clients(shop).refcampaign('POST', '/payouts', { affiliateId: shop.ana, method: 'PAYPAL' })
      await clients(shop).refcampaign('POST', '/payouts/batch-process', { payoutIds: [(data as Row)['id']] })
    }, { status: 'paid', isPaid: true, earned: 4.99 }],
    ['paid through Refgrow', (shop) => clients(shop).live('PUT', '/conversions/1', { paid: true }), { status: 'paid', isPaid: true, earned: 4.99 }],
    ['paid through Refersion', (shop) => clients(shop).refersion('/api/process_manual_payment', { conversion_ids: [1], payment_method: 'MANUAL' }), { status: 'paid', isPaid: true, earned: 4.99 }],
    ['adjusted through RefCampaign', async (shop) => clients(shop).refcampaign('PUT', `/commissions/${await commissionId(shop)}`, { type: 'BONUS', amount: 101, reason: 'thanks' }), { status: 'pending', isPaid: false, earned: 6 }],
    ['adjusted through Refgrow', (shop) => clients(shop).live('PUT', '/conversions/1', { value: 6 }), { status: 'pending', isPaid: false, earned: 6 }],
  ])('%s, it is so for all', async (_what, change, { status, isPaid, earned }: { status?: string; isPaid?: boolean; earned?: number }) => {
    const shop = await book()
    await change(shop)
    const found = await seen(shop, 'o-1')
    expect([found['refcampaign'], found['documented'], found['live'], found['refersion']]).toMatchObject([
      { status, earned }, { status, earned }, { isPaid, earned }, { found: [{ status: status === 'pending' ? 'PENDING' : 'APPROVED', earned }], isPaid },
    ])
  })

  test.each<[string, (shop: Shop) => Promise<unknown>]>([
    ['RefCampaign', (shop) => clients(shop).refcampaign('POST', '/conversions/refund', { externalId: 'o-1' })],
    ['Refgrow', (shop) => clients(shop).live('DELETE', '/conversions/1')],
  ])('given back through %s, nothing of it is left for any', async (_what, give) => {
    const shop = await book()
    await give(shop)
    const found = await seen(shop, 'o-1')
    expect([found['refcampaign'], found['documented'], found['live'], found['refersion']]).toMatchObject([{ status: 'rejected', earned: 0 }, { status: 'rejected', earned: 0 }, { earned: 0, amount: 0 }, { found: [{ status: 'DENIED', earned: 0, amount: 0 }] }])
    expect((await verify(shop)).problems).toEqual([])
  })
})

const commissionId = async (shop: Shop): Promise<string> => (await shop.services.conversions.find(shop.merchantId, 'o-1')).commissions[0]?.id ?? ''

test("a part given back through Refersion's cancel is gone for all", async () => {
  const shop = await startCollector()
  await clients(shop).refersion('/tracker/orders/paid', { cart_id: 'c-1', order_id: 'o-1', currency_code: 'EUR', items: [{ sku: 'MUG', quantity: 2, price: '24.95' }], auto_credit_affiliate_id: '1' })
  await clients(shop).refersion('/v2/conversion/cancel', { order_id: 'o-1', items: [{ sku: 'MUG', quantity: 1 }] })
  const found = await seen(shop, 'o-1')
  expect([found['refcampaign'], found['documented'], found['live'], found['refersion']]).toMatchObject([{ earned: 2.49 }, { earned: 2.49 }, { earned: 2.49, amount: 24.95 }, { found: [{ status: 'PENDING', earned: 2.49, amount: 24.95 }] }])
})

test('an order whose every unit was cancelled keeps no shipping and no tax for any', async () => {
  const shop = await startCollector()
  const items = [{ sku: 'MUG', quantity: 2, price: '24.95' }, { sku: 'LAMP', quantity: 1, price: 30 }]
  await clients(shop).refersion('/tracker/orders/paid', { cart_id: 'c-1', order_id: 'o-1', currency_code: 'EUR', items, shipping: '4.90', tax: '7.03', auto_credit_affiliate_id: '1' })
  await clients(shop).refersion('/v2/conversion/cancel', { order_id: 'o-1', items: [{ sku: 'MUG', quantity: 1 }, { sku: 'LAMP' }] })
  expect([(await seen(shop, 'o-1'))['live'], (await seen(shop, 'o-1'))['refersion']]).toMatchObject([{ earned: 2.49, amount: 36.88 }, { found: [{ status: 'PENDING', earned: 2.49, amount: 36.88 }] }])
  await clients(shop).refersion('/v2/conversion/cancel', { order_id: 'o-1', items: [{ sku: 'MUG' }] })
  const found = await seen(shop, 'o-1')
  expect([found['refcampaign'], found['documented'], found['live'], found['refersion']]).toMatchObject([{ status: 'rejected', earned: 0 }, { status: 'rejected', earned: 0 }, { earned: 0, amount: 0 }, { found: [{ status: 'DENIED', earned: 0, amount: 0 }] }])
  expect((await verify(shop)).problems).toEqual([])
})

describe('one affiliate has one record', () => {
  const MIRA = 'mira@partners.example'
  const MADE: [string, (shop: Shop) => Promise<unknown>][] = [
    ['RefCampaign', (shop) => clients(shop).refcampaign('POST', '/affiliates', { email: MIRA, firstName: 'Mira', lastName: 'Sol', code: 'MIRA7' })],
    ["Refgrow's documented API", (shop) => clients(shop).documented('POST', '/affiliates', { email: MIRA, name: 'Mira Sol', referralCode: 'MIRA7' })],
    ['Refersion', async (shop) => {
      const { id } = await clients(shop).refersion('/v2/affiliate/new', { email: MIRA, first_name: 'Mira', last_name: 'Sol', password: 'Secret-Tea-1', status: 'ACTIVE' })
      await shop.services.affiliates.update(String(id), { code: 'MIRA7' })
    }],
    ["Refgrow's live API", async (shop) => {
      await clients(shop).live('POST', '/affiliates', { email: MIRA, referral_code: 'MIRA7' })
      await shop.services.affiliates.update('MIRA7', { name: 'Mira Sol' })
    }],
  ]

  test.each(MADE)('made through %s', async (_name, make) => {
    const shop = await startCollector()
    await make(shop)
    const { refcampaign, documented, live, refersion } = clients(shop)
    expect(((await refcampaign('GET', '/affiliates'))['data'] as Row[]).find(({ email }) => email === MIRA)).toMatchObject({ firstName: 'Mira', lastName: 'Sol', code: 'MIRA7', status: 'ACTIVE' })
    expect((await documented('GET', '/affiliates/aff_000003'))['data']).toMatchObject({ affiliate: { email: MIRA, name: 'Mira Sol', referralCode: 'MIRA7', status: 'active' } })
    expect((await live('GET', `/affiliates/${encodeURIComponent(MIRA)}`))['data']).toMatchObject({ id: 3, user_email: MIRA, referral_code: 'MIRA7', status: 'active' })
    expect(await refersion('/v2/affiliate/get', { id: 3 })).toMatchObject({ id: 3, email: MIRA, first_name: 'Mira', last_name: 'Sol', status: 'ACTIVE', link: expect.stringMatching(/MIRA7$/) })
  })

  test.each(MADE)('a second one by the same address is refused by the others: %s', async (name, make) => {
    const shop = await startCollector()
    await make(shop)
    for (const [, again] of MADE.filter(([other]) => other !== name)) await expect(again(shop)).rejects.toThrow(/^(400|409|422) /)
    expect(shop.services.affiliates.list(shop.merchantId)).toHaveLength(3)
  })

  test('a status that one sets is told by all', async () => {
    const shop = await startCollector()
    const { refcampaign, documented, live, refersion } = clients(shop)
    await refersion('/v2/affiliate/status_change', { ids: [1], status: 'DISABLED' })
    expect([((await refcampaign('GET', `/affiliates/${shop.ana}`))['data'] as Row)['status'], ((await documented('GET', '/affiliates/aff_000001'))['data'] as { affiliate: Row }).affiliate['status'], ((await live('GET', '/affiliates/ana%40partner.example'))['data'] as Row)['status']]).toEqual(['DISABLED', 'blocked', 'inactive'])
    await live('PUT', '/affiliates/ana%40partner.example', { status: 'active' })
    expect((await refersion('/v2/affiliate/get', { id: 1 }))['status']).toBe('ACTIVE')
  })
})

test('a shared order shows its largest share where there is room for one', async () => {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { model: 'position' })
  const session = await visited(shop)
  for (const code of ['ben', 'ben', 'ben']) {
    shop.clock.nowMs += 3_600_000
    await visited(shop, { code, session, url: `https://shop.example/${shop.clock.nowMs}?ref=${code}` })
  }
  const { refcampaign, live } = clients(shop)
  const tracked = (await refcampaign('POST', '/conversions/track', { sessionId: session, amount: 100, currency: 'EUR', orderId: 'o-1' }))['data'] as Row
  const row = ((await live('GET', '/conversions/1'))['data'] as Row)
  expect([tracked['shared'], tracked['affiliateId'], row['shared'], row['affiliate_id'], row['value']]).toEqual([true, shop.ben, true, 2, 6])
})

const sharedOrder = async (): Promise<Shop> => {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { model: 'linear' })
  const session = await visited(shop)
  shop.clock.nowMs += 3_600_000
  await visited(shop, { code: 'ben', session, url: 'https://shop.example/b?ref=ben' })
  await clients(shop).refcampaign('POST', '/conversions/postback', { externalId: 'o-1', conversionType: 'SALE', amount: 10_001, currency: 'EUR', sessionId: session })
  return shop
}
const commissionOf = async (shop: Shop, affiliateId: string): Promise<string> => (await shop.services.conversions.find(shop.merchantId, 'o-1')).commissions.find((one) => one.affiliateId === affiliateId)?.id ?? ''

describe('of a shared order all dialects name the same affiliate and sum', () => {
  test.each<[string, (shop: Shop) => Promise<unknown>, 'ana' | 'ben', number]>([
    ['untouched', async () => undefined, 'ana', 500],
    ['one share rejected', async (shop) => shop.services.commissions.reject({ merchantId: 1, names: [await commissionOf(shop, shop.ana)], reason: 'denied' }, BY), 'ben', 500],
    ['one share corrected', async (shop) => shop.services.commissions.adjust({ merchantId: 1, commission: await commissionOf(shop, shop.ana), type: 'CORRECTION', minor: () => 100 }, BY), 'ben', 500],
    ['one share raised', async (shop) => shop.services.commissions.adjust({ merchantId: 1, commission: await commissionOf(shop, shop.ben), type: 'BONUS', minor: () => 100 }, BY), 'ben', 600],
    ['a part given back', (shop) => shop.services.refunds.refund({ merchantId: 1, order: 'o-1', request: () => ({ kind: 'amount', minor: 5000 }) }, BY), 'ana', 250],
  ])('%s', async (_what, change, whose, minor) => {
    const shop = await sharedOrder()
    await change(shop)
    const { refcampaign, documented, live } = clients(shop)
    const [row] = (await refcampaign('GET', '/conversions'))['data'] as Row[]
    const posted = (await refcampaign('POST', '/conversions/postback', { externalId: 'o-1', conversionType: 'SALE', amount: 10_001, currency: 'EUR', sessionId: 's' }))['data'] as Row
    const converted = (await documented('POST', '/referrals/convert', { referralCode: 'nobody', amount: 100.01, orderId: 'o-1' }))['data'] as Row
    const shown = ((await live('GET', '/conversions/1'))['data'] as Row)
    const number = whose === 'ana' ? 1 : 2
    expect([row?.['affiliateId'], row?.['shared'], posted['commissionAmount'], posted['shared']]).toEqual([shop[whose], true, minor, true])
    expect([converted['affiliateId'], converted['commission'], shown['affiliate_id'], shown['value']]).toEqual([`aff_00000${number}`, minor / 100, number, minor / 100])
  })
})

test('an order that nobody won is pending, and no error, for all', async () => {
  const shop = await startCollector()
  const { refcampaign, documented, live, refersion } = clients(shop)
  expect((await refcampaign('POST', '/conversions/track', { sessionId: 'nobody', amount: 10, currency: 'EUR', orderId: 'o-1' }))['data']).toMatchObject({ attributed: false, status: 'PENDING', affiliateId: null })
  expect((await documented('POST', '/referrals/convert', { referralCode: 'nobody', amount: 10, orderId: 'o-2' }))['data']).toMatchObject({ affiliateId: null, commission: 0, attributed: false })
  expect((await live('POST', '/conversions', { type: 'purchase', base_value: 10, referral_code: 'nobody', reference: 'o-3' }))['data']).toMatchObject({ affiliate_id: null })
  expect(await refersion('/tracker/orders/paid', { cart_id: 'c-9', order_id: 'o-4', currency_code: 'EUR', items: [{ sku: 'MUG', quantity: 1, price: 10 }] })).toMatchObject({ status: 'queued' })
  expect(((await live('GET', '/conversions'))['data'] as Row[]).map(({ reference, affiliate_id: affiliate }) => [reference, affiliate])).toEqual([['o-4', null], ['o-3', null], ['o-2', null], ['o-1', null]])
})
