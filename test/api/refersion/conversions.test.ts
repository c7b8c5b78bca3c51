import { describe, expect, test } from 'vitest'
import { verify } from '../../../collector/service/verify.ts'
import { balancesOf, BY, commissionsOf } from '../../helpers/book.ts'
import { call, startCollector, visitBody, type TestCollector } from '../../helpers/collector.ts'
import { refusal, rowsOf } from '../../helpers/rows.ts'
import { headersOf, paid, v2 } from './shop.ts'

const cancel = (shop: TestCollector, order_id: string, ...items: object[]) => v2(shop, '/conversion/cancel', { order_id, items })
const status = (shop: TestCollector, ids: (number | string)[], to: string) => v2(shop, '/conversion/status_change', { ids, status: to })

describe('cancellations', () => {
  test('each call counts, up to what was ordered; numbers are of the conversions’ own sequence', async () => {
    const shop = await startCollector()
    await paid(shop, 'A-1')
    expect((await cancel(shop, 'A-1', { sku: 'lamp', quantity: '1', price: 30 })).body).toEqual({ conversion_id: '2' })
    expect((await cancel(shop, 'A-1', { sku: 'LAMP', quantity: 1 })).body).toEqual({ conversion_id: '3' })
    expect(await refusal(shop, () => cancel(shop, 'A-1', { sku: 'LAMP', quantity: 1 }))).toMatchObject({ status: 422, body: { errors: ['items: is more than is left of the order'] }, written: [] })
    expect(await refusal(shop, () => cancel(shop, 'A-1', { sku: 'LAMP' }))).toMatchObject({ status: 422, written: [] })
    expect(commissionsOf(shop)).toEqual([['PENDING', 700, 600, 100]])
    await paid(shop, 'A-2')
    expect((await v2(shop, '/conversion/manual_credit', { id: 1, commission: 1, status: 'PENDING' })).body).toEqual({ conversion_id: 5 })
    expect((await verify({ store: shop.store })).problems).toEqual([])
  })

  test.each<[unknown, string]>([['1.0', '10.00'], [1, '10.00'], ['2', '20.00']])('a quantity is written as an order has it: %j', async (quantity, total) => {
    const shop = await startCollector()
    await paid(shop, 'A-1', { items: [{ sku: 'A', quantity: '3.0', price: '10' }] })
    expect((await cancel(shop, 'A-1', { sku: 'A', quantity })).status).toBe(200)
    expect((await v2(shop, '/conversion/totals', { status: ['PENDING'] })).text).toContain(`"order_total":${(30 - Number(total)).toFixed(2)}`)
    for (const odd of ['0.5', 0, '', '1e10']) expect((await refusal(shop, () => cancel(shop, 'A-1', { sku: 'A', quantity: odd }))).status).toBe(422)
  })

  test('without a quantity all that is left of a SKU goes, and with the last of it the conversion', async () => {
    const shop = await startCollector()
    await paid(shop, 'A-1')
    await cancel(shop, 'A-1', { sku: 'LAMP', quantity: 1 })
    expect((await cancel(shop, 'A-1', { sku: 'LAMP' }, { sku: 'MUG', quantity: null })).status).toBe(200)
    expect(commissionsOf(shop)).toEqual([['REJECTED refunded', 700, 700, 0]])
    expect((await cancel(shop, 'A-1', { sku: 'MUG' })).body).toEqual({ errors: ['The order is fully refunded already.'] })
    await paid(shop, 'A-2')
    await cancel(shop, 'A-2', { sku: 'LAMP' })
    expect(commissionsOf(shop)[1]).toEqual(['PENDING', 700, 600, 100])
  })

  test.each([
    ['pending', [], [['PENDING', 700, 300, 400]], { expense: 400, pending: -400 }],
    ['approved', ['approve'], [['APPROVED', 700, 300, 400]], { expense: 400, payable: -400 }],
    ['in a payout', ['approve', 'payout'], [['IN_PAYOUT', 700, 300, 700]], { expense: 400, clawback: 300, settling: -700 }],
    ['paid', ['pay'], [['PAID', 700, 300, 700]], { cash: -700, clawback: 300, expense: 400 }],
  ] as const)('of a conversion that is %s', async (_name, steps, commissions, balances) => {
    const shop = await startCollector()
    await paid(shop, 'A-1')
    const does = { approve: () => status(shop, [1], 'APPROVED'), payout: () => shop.services.payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY), pay: () => call(shop, '/api/process_manual_payment', { headers: headersOf(shop.keys.refersion), body: { conversion_ids: ['1'], payment_method: 'MANUAL' } }) }
    for (const step of steps) await does[step]()
    expect((await cancel(shop, 'A-1', { sku: 'LAMP', quantity: 1 })).body).toEqual({ conversion_id: '2' })
    expect([commissionsOf(shop), balancesOf(shop)]).toEqual([commissions, balances])
  })

  test('what is no order of lines cannot be cancelled by them', async () => {
    const shop = await startCollector()
    await call(shop, '/api/v1/conversions/track', { key: shop.keys.refcampaign, body: { amount: 10, currency: 'EUR', sessionId: 's', metadata: { orderId: 'flat' } } })
    expect(await refusal(shop, () => cancel(shop, 'flat', { sku: 'LAMP' }))).toMatchObject({ status: 422, body: { errors: ['Invalid order ID (error 5)'] }, written: [] })
    await paid(shop, 'A-1')
    expect(await refusal(shop, () => cancel(shop, 'A-1', { sku: 'VASE' }))).toMatchObject({ status: 422, body: { errors: ['items: the order has no line with this SKU'] }, written: [] })
    // The number of a conversion is no order id.
    expect((await cancel(shop, '1', { sku: 'LAMP' })).status).toBe(422)
  })

  test('of an order that nobody won, too', async () => {
    const shop = await startCollector()
    await paid(shop, 'A-1', { auto_credit_affiliate_id: '' })
    expect((await cancel(shop, 'A-1', { sku: 'LAMP', quantity: 1 })).body).toEqual({ conversion_id: '1' })
  })

  test('with an Idempotency-Key a repeat is the same cancellation, also when its answer is forgotten', async () => {
    const shop = await startCollector()
    await paid(shop, 'A-1')
    const send = () => call(shop, '/v2/conversion/cancel', { headers: { ...headersOf(shop.keys.refersion), 'Idempotency-Key': 'c-1' }, body: { order_id: 'A-1', items: [{ sku: 'LAMP', quantity: 1 }] } })
    const first = (await send()).text
    shop.clock.nowMs += 8 * 86_400_000
    await shop.services.conversions.forgetAnswers()
    expect([first, (await send()).text]).toEqual(['{"conversion_id":"2"}', '{"conversion_id":"2"}'])
  })
})

describe('statuses', () => {
  test('several: each by itself', async () => {
    const shop = await startCollector()
    for (const order of ['A', 'B', 'C']) await paid(shop, order)
    expect((await status(shop, [1, '2', 99], 'APPROVED')).body).toEqual({ ids_changed: [1, 2], ids_not_changed: [99] })
    expect((await status(shop, [1, 3, 3], 'APPROVED')).body).toEqual({ ids_changed: [3], ids_not_changed: [1] })
    expect((await status(shop, [1, 2], 'DENIED')).body).toEqual({ ids_changed: [1, 2], ids_not_changed: [] })
    expect((await status(shop, [1, 2], 'UNQUALIFIED')).body).toEqual({ ids_changed: [], ids_not_changed: [1, 2] })
    expect(commissionsOf(shop).map(([shown]) => shown)).toEqual(['REJECTED denied', 'REJECTED denied', 'APPROVED'])
  })

  test('one: why not is said', async () => {
    const shop = await startCollector()
    for (const order of ['A', 'B']) await paid(shop, order)
    await status(shop, [1], 'UNQUALIFIED')
    await status(shop, [2], 'APPROVED')
    await shop.services.payouts.make({ merchantId: 1, affiliate: 'ana', mode: 'live' }, BY)
    const why = async (id: number, to: string): Promise<unknown> => (await refusal(shop, () => status(shop, [id], to))).body
    expect(await why(1, 'APPROVED')).toEqual({ errors: ['Cannot approve a denied conversion'] })
    expect(await why(2, 'DENIED')).toEqual({ errors: ['Cannot deny an approved conversion'] })
    for (const [id, to] of [[1, 'DENIED'], [2, 'APPROVED'], [2, 'UNQUALIFIED'], [9, 'APPROVED']] as const) expect(await why(id, to)).toEqual({ errors: ['The conversion cannot have this status'] })
  })
})

describe('credits', () => {
  test('a sum, of any currency, also below zero', async () => {
    const shop = await startCollector()
    const credit = (body: object) => v2(shop, '/conversion/manual_credit', { id: 1, status: 'APPROVED', ...body })
    expect((await credit({ commission: '1000.5', currency: 'jpy', notes: 'fair' })).body).toEqual({ conversion_id: 1 })
    expect((await credit({ commission: -3.335 })).body).toEqual({ conversion_id: 2 })
    expect(rowsOf(shop, 'select currency, minor, note from commissions order by number')).toEqual([{ currency: 'JPY', minor: 1001, note: 'fair' }, { currency: 'EUR', minor: -334, note: null }])
  })

  test('an order: at the own rate, the first commission stands and is told of', async () => {
    const shop = await startCollector()
    await shop.services.rates.set({ campaign: shop.campaignId, affiliate: 'ben', percent: '20' }, 1)
    await paid(shop, 'A-1')
    const credit = (body: object) => v2(shop, '/conversion/manual_credit_order_id', body)
    expect((await credit({ id: 2, order_id: 'A-1' })).body).toMatchObject({ warning: 'Order ID is already credited to affiliate 1' })
    expect(commissionsOf(shop)).toEqual([['PENDING', 700, 0, 700], ['APPROVED', 1400, 0, 1400]])
    expect((await credit({ id: 1, order_id: 'A-1' })).body).toEqual({ errors: [expect.stringMatching(/\(Error 6\)$/)] })
  })

  test('an affiliate in no campaign has no rate', async () => {
    const shop = await startCollector()
    await paid(shop, 'A-1')
    await shop.services.affiliates.update('ben', { leave: shop.campaignId }, 1)
    expect(await refusal(shop, () => v2(shop, '/conversion/manual_credit_order_id', { id: 2, order_id: 'A-1' }))).toMatchObject({ status: 422, body: { errors: ['affiliate: is in no campaign'] }, written: [] })
  })
})

test('rates of SKUs count for orders from then on', async () => {
  const shop = await startCollector()
  await v2(shop, '/offer/new_sku_commission', { offer_id: 1, skus: [{ sku: 'lamp', commission_type: 'PERCENT_OF_SALE', commission_amount: '50' }, { sku: 'MUG', commission_type: 'FLAT_RATE', commission_amount: 2 }] })
  await paid(shop, 'A-1')
  expect(commissionsOf(shop)).toEqual([['PENDING', 3200, 0, 3200]])
})

const order = (shop: TestCollector): Record<string, unknown> => rowsOf<Record<string, unknown>>(shop, 'select minor, currency, lines, discount_minor, tax_minor, subscription_id, external_id, attributed from conversions order by number desc limit 1')[0] ?? {}

describe('orders that shops report', () => {

  test('numbers may be text, items an object, which keeps its order', async () => {
    const shop = await startCollector()
    const body = '{"cart_id":"c","order_id":77,"currency_code":"eur","items":{"9":{"sku":"B","quantity":"2.0","price":"1.005"},"2":{"sku":"A","quantity":1,"price":3},"x":{"sku":null,"quantity":1,"price":0}},"shipping":"1.50","tax":0.5,"discount":"1","is_subscription":"true","subscription_id":5}'
    expect(await call(shop, '/woocommerce/orders/paid', { headers: headersOf(shop.keys.refersion), body })).toMatchObject({ status: 200, text: '{"status":"queued","cart_id":"c"}' })
    expect(order(shop)).toEqual({ minor: 601, currency: 'EUR', discount_minor: 100, tax_minor: 50, subscription_id: '5', external_id: '77', attributed: 0, lines: '[{"sku":"B","quantity":2,"minor":201},{"sku":"A","quantity":1,"minor":300},{"sku":null,"quantity":1,"minor":0}]' })
  })

  test.each<[string, Record<string, unknown>, string | null]>([
    ['the affiliate by number', { auto_credit_affiliate_id: 2 }, 'ben'], ['by number as text', { auto_credit_affiliate_id: '2' }, 'ben'], ['by the landing parameter', { auto_credit_affiliate_id: '2.ben' }, 'ben'], ['by code', { auto_credit_affiliate_id: 'Ben' }, 'ben'],
    ['none where it is empty', { auto_credit_affiliate_id: '' }, null], ['none who is unknown', { auto_credit_affiliate_id: 99 }, null], ['the first coupon that is somebody’s', { auto_credit_affiliate_id: '', discount_code: 'WELCOME,ben10, ana10' }, 'ben'],
    ['the e-mail', { auto_credit_affiliate_id: null, customer: { email: ' VIP@customer.example' } }, 'ana'], ['nobody of what is no e-mail', { auto_credit_affiliate_id: null, customer: { email: 'vip' } }, null],
    ['the named one before a coupon', { auto_credit_affiliate_id: 1, discount_code: 'ben10' }, 'ana'],
  ])('%s', async (_name, more, code) => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ coupon: 'ben10', affiliate: 'ben' }, 1)
    await shop.services.triggers.assign({ coupon: 'ana10', affiliate: 'ana' }, 1)
    await shop.services.triggers.assign({ email: 'vip@customer.example', affiliate: 'ana' }, 1)
    expect((await paid(shop, 'A-1', more)).body).toEqual({ status: 'queued', cart_id: 'cart-A-1' })
    const { commissions } = await shop.services.conversions.find(1, 'A-1')
    expect(commissions.map(({ affiliateId }) => (affiliateId === shop.ana ? 'ana' : 'ben'))).toEqual(code === null ? [] : [code])
  })

  test('a cart is found by the name that the browser gave it', async () => {
    const shop = await startCollector()
    const body = visitBody(shop, { code: 'ben' })
    await call(shop, '/r/visit', { body })
    await call(shop, '/r/cart', { body: { session: body['session'], cart: 'C-77', url: 'https://shop.example/cart' } })
    await paid(shop, 'A-1', { auto_credit_affiliate_id: '', cart_id: 'C-77' })
    expect((await shop.services.conversions.find(1, 'A-1')).commissions.map(({ affiliateId }) => affiliateId)).toEqual([shop.ben])
  })

  test.each<[unknown, string | null]>([
    [undefined, 's-1'], [null, 's-1'], [1, 's-1'], ['1', 's-1'], [true, 's-1'], ['true', 's-1'], ['TRUE', 's-1'], ['yes', 's-1'],
    [0, null], ['0', null], [false, null], ['false', null], ['no', null], ['', null], [2, null], [[], null],
  ])('with an is_subscription of %j the subscription is %s', async (is_subscription, subscription_id) => {
    const shop = await startCollector()
    expect((await paid(shop, 'A-1', { is_subscription, subscription_id: 's-1' })).status).toBe(200)
    expect(order(shop)).toMatchObject({ subscription_id })
  })

  test.each<[unknown]>([[2024], ['2024'], [[2024]], [['WELCOME', 2024]], ['WELCOME, 2024']])('a coupon of digits may be a number: %j', async (discount_code) => {
    const shop = await startCollector()
    await shop.services.triggers.assign({ coupon: '2024', affiliate: 'ben' }, 1)
    expect((await paid(shop, 'A-1', { auto_credit_affiliate_id: '', discount_code })).status).toBe(200)
    expect((await shop.services.conversions.find(1, 'A-1')).commissions.map(({ affiliateId }) => affiliateId)).toEqual([shop.ben])
  })

  test.each([[0, 0], ['0', '0.00'], ['0.0', '-0']])('none of what is free is no line: quantity %j, price %j', async (quantity, price) => {
    const shop = await startCollector()
    expect((await paid(shop, 'A-1', { items: [{ sku: 'GIFT', quantity, price }, { sku: 'A', quantity: 1, price: 10 }] })).status).toBe(200)
    expect(order(shop)).toMatchObject({ minor: 1000, lines: '[{"sku":"A","quantity":1,"minor":1000}]' })
  })

  test('a repeat is answered alike, and changes nothing', async () => {
    const shop = await startCollector()
    const first = await paid(shop, 'A-1')
    const again = await paid(shop, 'A-1', { items: [{ sku: 'LAMP', quantity: 9, price: 9 }] })
    expect([again.status, again.text]).toEqual([200, first.text])
    expect(commissionsOf(shop)).toEqual([['PENDING', 700, 0, 700]])
    expect(rowsOf(shop, 'select marks from conversions')).toEqual([{ marks: '["REPEAT_DIFFERS"]' }])
  })

  test('keys may stand in the body, and no others of it are kept', async () => {
    const shop = await startCollector()
    const { public: refersion_public_key, secret: refersion_secret_key } = shop.keys.refersion
    const body = { refersion_public_key, refersion_secret_key, cart_id: 'c', order_id: 'A-1', currency_code: 'EUR', items: [{ sku: 'A', quantity: 1, price: 10 }], customer: { ip_address: '192.0.2.7', first_name: 'Kim' } }
    for (const path of ['/tracker/v3/webhook', '/tracker/orders/paid']) expect((await call(shop, path, { body })).status).toBe(200)
    expect(JSON.stringify(rowsOf(shop, 'select * from conversions'))).not.toMatch(/192\.0|Kim|sec_/)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no items', { items: [] }, /^items: must name at least one$/], ['a part of a unit', { items: [{ sku: 'A', quantity: 1.5, price: 1 }] }, /^items.0.quantity: must be a whole number/], ['a price below zero', { items: [{ sku: 'A', quantity: 1, price: -1 }] }, /^items: a price must not be negative$/],
    ['no price', { items: [{ sku: 'A', quantity: 1, price: 'x' }] }, /^items.0.price: must be a number$/], ['an unknown currency', { currency_code: 'ZZZ' }, /^currency_code: must be a 3-letter/], ['a discount below zero', { discount: -1 }, /^discount: must not be negative$/],
    ['too many lines', { items: Array.from({ length: 501 }, () => ({ sku: 'A', quantity: 1, price: 1 })) }, /^items: must be at most 500$/], ['a cart id that is too long', { cart_id: 'x'.repeat(256) }, /^Value exceed the char limit$/],
    ['none of what costs something', { items: [{ sku: 'A', quantity: 0, price: '0.01' }] }, /^items.0.quantity: must be a whole number from 1/], ['nothing but none of what is free', { items: [{ sku: 'A', quantity: 0, price: 0 }] }, /^items: must name at least one$/],
    ['an empty price', { items: [{ sku: 'A', quantity: 1, price: '' }] }, /^items.0.price: must be a number$/], ['a fee below zero', { items: [{ sku: 'A', quantity: 1, price: 10 }, { sku: 'FEE', quantity: 1, price: '-2.50' }] }, /^items: a price must not be negative$/],
    ['more than can be counted', { items: [{ sku: 'A', quantity: 1e9, price: '1e9' }, { sku: 'B', quantity: 1e9, price: '1e9' }] }, /is beyond/],
  ])('%s: refused, and nothing is written', async (_name, more, says) => {
    const shop = await startCollector()
    expect(await refusal(shop, () => paid(shop, 'A-1', more))).toMatchObject({ status: 422, body: { errors: expect.arrayContaining([expect.stringMatching(says)]) }, written: [] })
  })

  test('a missing field of an item is named', async () => {
    const shop = await startCollector()
    expect(await refusal(shop, () => paid(shop, 'A-1', { items: { 5: { sku: 'A', price: 1 } } }))).toMatchObject({ status: 400, body: { error: 'Missing required field quantity' }, written: [] })
  })
})
