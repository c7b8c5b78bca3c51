import { expect, test } from 'vitest'
import { commissionsOf } from '../../helpers/book.ts'
import { call, startCollector, type TestCollector } from '../../helpers/collector.ts'
import { refusal } from '../../helpers/rows.ts'
import { headersOf, paid, pairOf } from './shop.ts'

const keysIn = ({ keys: { refersion } }: TestCollector) => ({ refersion_public_key: refersion.public, refersion_secret_key: refersion.secret })
const legacy = (shop: TestCollector, path: string, body: object = {}) => call(shop, `/api/${path}`, { body: { ...keysIn(shop), ...body } })
const MIRA = { first_name: 'Mira', last_name: 'Sol', email: 'mira@partners.example' }

test('keys stand in the body or in the headers; headers count first', async () => {
  const shop = await startCollector()
  expect((await legacy(shop, 'check_account')).text).toBe('[]')
  const headers = headersOf(shop.keys.refersion)
  expect((await call(shop, '/api/check_account', { headers, body: {} })).text).toBe('[]')
  expect((await call(shop, '/api/check_account', { headers })).text).toBe('[]')
  const scoped = await pairOf(shop, { scopes: ['tracking'] })
  expect((await call(shop, '/api/check_account', { headers: headersOf(scoped), body: {} })).status).toBe(200)
  expect(await call(shop, '/api/check_account', { headers: { 'Refersion-Public-Key': 'pub_0' }, body: keysIn(shop) })).toMatchObject({ status: 401, body: { error: 'Invalid API credentials (error 2).' } })
  expect((await call(shop, '/api/check_account', { body: { ...keysIn(shop), refersion_secret_key: 5 } })).status).toBe(401)
})

test('a shorter password will do, and no status is asked for', async () => {
  const shop = await startCollector()
  expect(await refusal(shop, () => legacy(shop, 'new_affiliate', { ...MIRA, password: 'abc12' }))).toMatchObject({ status: 422, body: { errors: ['password: must be at least 6 characters'] }, written: [] })
  expect((await legacy(shop, 'new_affiliate', { ...MIRA, password: 'abc123', status: 'ACTIVE' })).body).toEqual({ id: 'mirasol', link: expect.stringMatching(/\/c\/mirasol$/) })
  expect(shop.services.affiliates.find(1, 'mirasol')?.status).toBe('PENDING')
})

test.each<[string, string, object, object]>([
  ['an affiliate is found by code alone', 'get_affiliate', { id: 1 }, { error: 'Missing required field affiliate_code' }], ['one who is unknown', 'get_affiliate', { affiliate_code: '1' }, { errors: ['Affiliate not found.'] }],
  ['an edit of nobody', 'edit_affiliate', { id: 99, phone: '1' }, { errors: ['Affiliate not found.'] }], ['an edit to an address that is taken', 'edit_affiliate', { id: 1, email: 'ben@partner.example' }, { errors: ['The email you have entered is taken by another Affiliate.'] }],
  ['a trigger that is not there', 'delete_affiliate_trigger', { affiliate_id: 1, trigger: 'X', type: 'SKU' }, { errors: ['The following conversion trigger does not exist in our records: X.'] }],
  ['a credit of nothing', 'manual_credit_order_id', { id: 1 }, { errors: ['must name an order_id or a commission'] }], ['a credit without a status', 'manual_credit_order_id', { id: 1, commission: '5' }, { error: 'Missing required field status' }],
  ['a payment of nothing', 'process_manual_payment', { conversion_ids: [] }, { errors: ['conversion_ids: must name at least one'] }], ['a payment of what is not there', 'process_manual_payment', { conversion_ids: [99] }, { errors: ['There is no commission 99.'] }],
])('%s', async (_name, path, body, reply) => {
  const shop = await startCollector()
  expect(await refusal(shop, () => legacy(shop, path, body))).toMatchObject({ status: 'error' in reply ? 400 : 422, body: reply, written: [] })
})

test.each([[''], [' '], [null]])('an order_id of %j is none: the call credits a sum', async (order_id) => {
  const shop = await startCollector()
  expect(await legacy(shop, 'manual_credit_order_id', { id: 1, commission: 1, status: 'APPROVED', order_id })).toMatchObject({ status: 200 })
  expect(commissionsOf(shop)).toEqual([['APPROVED', 100, 0, 100]])
})

test('a payment approves what is pending, and is made once', async () => {
  const shop = await startCollector()
  for (const order of ['A', 'B']) await paid(shop, order)
  for (let n = 0; n < 2; n++) expect((await legacy(shop, 'process_manual_payment', { conversion_ids: [1, '2'], payment_method: 'MANUAL' })).body).toEqual({ response: 'success' })
  expect(commissionsOf(shop).map(([status]) => status)).toEqual(['PAID', 'PAID'])
  expect((await shop.services.payouts.page({ merchantId: 1, limit: 9, offset: 0 })).rows.map(({ method, commissionIds }) => [method, commissionIds.length])).toEqual([['MANUAL', 2]])
})
