import { describe, expect, test } from 'vitest'
import { call, sharedCollector, startCollector } from '../../helpers/collector.ts'
import { refusal } from '../../helpers/rows.ts'
import { headersOf, pairOf, v2 } from './shop.ts'

const shop = sharedCollector()
const OPERATIONS = ['/affiliate/new', '/affiliate/get', '/affiliate/edit', '/affiliate/list', '/affiliate/search', '/affiliate/status_change', '/affiliate/trigger', '/trigger/delete', '/conversion/cancel', '/conversion/totals',
  '/conversion/manual_credit', '/conversion/manual_credit_order_id', '/conversion/status_change', '/offer/new_sku_commission', '/reporting/link']
const INTAKE = ['/tracker/orders/paid', '/woocommerce/orders/paid', '/tracker/v3/webhook']
const ADDRESSES = [...OPERATIONS.map((path) => `/v2${path}`), ...INTAKE]

const keys = () => headersOf(shop().keys.refersion)

describe.each(ADDRESSES)('%s', (path) => {
  const send = (options: Parameters<typeof call>[2]) => refusal(shop(), () => call(shop(), path, options))
  const noKeys = { status: 401, body: { error: 'Invalid API credentials (error 2).' }, written: [] }

  test('keys come first: missing, swapped, half wrong, or of another dialect', async () => {
    const { public: publicId, secret } = shop().keys.refersion
    const rows = [{}, { 'Refersion-Public-Key': publicId }, { 'Refersion-Secret-Key': secret }, { 'Refersion-Public-Key': secret, 'Refersion-Secret-Key': publicId }, { 'Refersion-Public-Key': `${publicId}0`, 'Refersion-Secret-Key': secret }, { Authorization: `Bearer ${shop().keys.refcampaign}` }]
    for (const headers of rows) expect(await send({ headers })).toMatchObject(noKeys)
    for (const headers of rows) expect(await send({ headers, body: '{' })).toMatchObject(noKeys)
  })

  test('then the body: none, and none that is an object', async () => {
    expect(await send({ headers: keys() })).toMatchObject({ status: 404, body: { error: 'Bad request, no body' }, written: [] })
    for (const body of ['{', '[]', '1', 'null', '"x"']) expect(await send({ headers: keys(), body })).toMatchObject({ status: 400, body: { error: expect.stringMatching(/JSON/) }, written: [] })
  })

  test('a key without the scope', async () => {
    const pair = await pairOf(shop(), { scopes: ['tracking'] })
    expect(await send({ headers: headersOf(pair), body: {} })).toMatchObject({ status: 403, body: { error: expect.stringMatching(/no scope/) }, written: [] })
  })
})

test.each<[string, string, unknown]>([
  ['/affiliate/new', 'first_name', {}], ['/affiliate/new', 'password', { first_name: 'a', last_name: 'b', email: 'c@d.example', password: null, company: 5 }],
  ['/affiliate/edit', 'affiliates', {}], ['/affiliate/edit', 'id', { affiliates: [{ id: 1, phone: '1' }, { phone: '1' }] }],
  ['/affiliate/search', 'keyword', { page: '1' }], ['/affiliate/status_change', 'ids', { status: 'ACTIVE' }], ['/affiliate/status_change', 'status', { ids: [1] }],
  ['/affiliate/trigger', 'affiliate_code', {}], ['/affiliate/trigger', 'type', { affiliate_code: 'ana', trigger: 'x' }], ['/affiliate/trigger', 'trigger', { affiliate_code: 'ana', type: 'SKU' }],
  ['/trigger/delete', 'affiliates', {}], ['/trigger/delete', 'type', { affiliates: [{ id: 1, trigger: 'x' }] }],
  ['/conversion/cancel', 'order_id', { items: [] }], ['/conversion/cancel', 'items', { order_id: '1' }], ['/conversion/cancel', 'sku', { order_id: '1', items: [{ quantity: 1 }] }],
  ['/conversion/totals', 'status', {}], ['/conversion/manual_credit', 'id', {}], ['/conversion/manual_credit', 'commission', { id: 1, status: 'APPROVED' }], ['/conversion/manual_credit', 'status', { id: 1, commission: 5 }],
  ['/conversion/manual_credit_order_id', 'order_id', { id: 1 }], ['/conversion/status_change', 'status', { ids: [1] }],
  ['/offer/new_sku_commission', 'offer_id', { skus: [] }], ['/offer/new_sku_commission', 'commission_amount', { offer_id: '1', skus: [{ sku: 'A', commission_type: 'FLAT_RATE' }] }], ['/reporting/link', 'report_id', {}],
])('%s: a missing %s is named', async (path, field, body) => {
  expect(await refusal(shop(), () => v2(shop(), path, body))).toMatchObject({ status: 400, body: { error: `Missing required field ${field}` }, written: [] })
})

const ANA = { first_name: 'a', last_name: 'b', email: 'new@d.example', password: 'Harbour!lamp7' }
const fifty = (one: unknown, most = 50): unknown[] => Array.from({ length: most + 1 }, () => one)
test.each<[string, unknown, RegExp]>([
  ['/affiliate/new', { ...ANA, email: 'nobody' }, /^email: must be an e-mail address$/], ['/affiliate/new', { ...ANA, first_name: '' }, /^first_name: must not be empty$/], ['/affiliate/new', { ...ANA, first_name: 5 }, /^first_name: must be a string$/],
  ['/affiliate/new', { ...ANA, offer: '99' }, /^Offer ID does not exist$/], ['/affiliate/new', { ...ANA, send_welcome: 'maybe' }, /^maybe is not a allowed value for field send_welcome$/],
  ['/affiliate/new', { ...ANA, unique_merchant_id: 'a b' }, /alphanumeric/], ['/affiliate/new', { ...ANA, password: 'New@d.Example', email: 'new@d.example' }, /^The password can't be the same as the e-mail$/],
  ['/affiliate/new', { ...ANA, password: 'Aa1!'.repeat(19) }, /^The password should not be longer than 72 characters. Current password length is 76$/],
  ['/affiliate/get', { id: {} }, /^id: must be an id$/], ['/affiliate/edit', { affiliates: [] }, /at least one/], ['/affiliate/edit', { affiliates: 'x' }, /list/], ['/affiliate/edit', { affiliates: [{ id: 1 }] }, /at least 1 field besides id/],
  ['/affiliate/edit', { affiliates: fifty({ id: 1, phone: '1' }) }, /^Max number of elements on attribute \(50\) reached.$/], ['/affiliate/edit', { affiliates: [{ id: 1, custom_fields: [5] }] }, /custom_fields/],
  ['/affiliate/list', { limit: '0' }, /^limit: must be at least 1$/], ['/affiliate/list', { page: 0 }, /^page: must be at least 1$/], ['/affiliate/list', { page: '-1' }, /whole number/], ['/affiliate/list', { limit: 1.5 }, /whole number/], ['/affiliate/list', { limit: [] }, /whole number/],
  ['/affiliate/search', { keyword: '' }, /^keyword: must not be empty$/], ['/affiliate/search', { keyword: 'a', page: 'x' }, /whole number/],
  ['/affiliate/status_change', { ids: [], status: 'ACTIVE' }, /at least one/], ['/affiliate/status_change', { ids: ['x'], status: 'ACTIVE' }, /whole number/], ['/affiliate/status_change', { ids: fifty(1), status: 'ACTIVE' }, /\(50\) reached/],
  ['/affiliate/status_change', { ids: [1], status: 'PENDING' }, /^PENDING is not a allowed value for field status$/],
  ['/affiliate/trigger', { affiliate_code: 'nobody', type: 'SKU', trigger: 'x' }, /^Affiliate not found.$/], ['/affiliate/trigger', { affiliate_code: 'ana', type: 'LINK', trigger: 'x' }, /^LINK is not a allowed value for field type$/],
  ['/affiliate/trigger', { affiliate_code: 'ana', type: 'EMAIL', trigger: 'x' }, /^trigger: must be an e-mail address$/], ['/affiliate/trigger', { affiliate_code: 'ana', type: 'SKU', trigger: 'x'.repeat(256) }, /^Value exceed the char limit$/],
  ['/trigger/delete', { affiliates: [] }, /at least one/], ['/conversion/cancel', { order_id: '1', items: [] }, /at least one/], ['/conversion/cancel', { order_id: '1', items: [{ sku: 'A', quantity: 0 }] }, /^items.0.quantity: must be a whole number from 1 to 1000000000$/],
  ['/conversion/totals', { status: [] }, /at least one/], ['/conversion/totals', { status: ['PAID'] }, /^PAID is not a allowed value for field status.0$/], ['/conversion/totals', { status: ['PENDING'], type: ['X'] }, /^X is not a allowed value/],
  ['/conversion/totals', { status: ['PENDING'], created_from: '2026-13-01 00:00:00' }, /^created_from: must be a UTC time/], ['/conversion/totals', { status: ['PENDING'], created_to: 'now' }, /^created_to: must be a UTC time/],
  ['/conversion/totals', { status: ['PENDING'], created_from: '2026-02-30 00:00:00' }, /^created_from/], ['/conversion/totals', { status: ['PENDING'], affiliate_id: 99 }, /^Affiliate not found.$/], ['/conversion/totals', { status: ['PENDING'], offer_id: 99 }, /^Offer ID does not exist$/],
  ['/conversion/manual_credit', { id: 1, commission: 'x', status: 'PENDING' }, /^commission: must be a number$/], ['/conversion/manual_credit', { id: 1, commission: 0, status: 'PENDING' }, /^commission: must not be 0$/],
  ['/conversion/manual_credit', { id: 1, commission: 1e300, status: 'PENDING' }, /^commission: is beyond/], ['/conversion/manual_credit', { id: 1, commission: 1, status: 'DENIED' }, /^DENIED is not a allowed value/],
  ['/conversion/manual_credit_order_id', { id: 1, order_id: 'nowhere' }, /^Invalid order ID \(error 5\)$/], ['/conversion/manual_credit_order_id', { id: 99, order_id: 'x' }, /^Invalid affiliate ID/],
  ['/conversion/status_change', { ids: [], status: 'DENIED' }, /at least one/], ['/conversion/status_change', { ids: fifty(1, 500), status: 'DENIED' }, /\(500\) reached/],
  ['/offer/new_sku_commission', { offer_id: '1', skus: [] }, /at least one/], ['/offer/new_sku_commission', { offer_id: '1', skus: [{ sku: 'A', commission_type: 'PERCENT_OF_SALE', commission_amount: '101' }] }, /^commission_amount: must be from 0 to 100$/],
  ['/offer/new_sku_commission', { offer_id: '1', skus: [{ sku: 'A', commission_type: 'FLAT_RATE', commission_amount: '-1' }] }, /^commission_amount: must not be negative$/], ['/reporting/link', { report_id: 'x' }, /whole number/],
])('%s %j is refused, and says why', async (path, body, says) => {
  expect(await refusal(shop(), () => v2(shop(), path, body))).toMatchObject({ status: 422, body: { errors: expect.arrayContaining([expect.stringMatching(says)]) }, text: expect.not.stringMatching(/JsonNumber|undefined|Invalid input|\.ts/), written: [] })
})

test('fifty elements are no more than there may be', async () => {
  const collector = await startCollector()
  const ids = Array.from({ length: 50 }, (_, n) => n + 1)
  expect((await v2(collector, '/affiliate/status_change', { ids, status: 'DISABLED' })).body).toEqual({ ids_changed: [1, 2], ids_not_changed: ids.slice(2) })
  expect((await v2(collector, '/affiliate/edit', { affiliates: ids.map((id) => ({ id, phone: '1' })) })).body).toEqual({ ids_changed: [1, 2], ids_not_changed: ids.slice(2) })
  const skus = ids.map((n) => ({ sku: `S${n}`, commission_type: 'FLAT_RATE', commission_amount: '1' }))
  expect((await v2(collector, '/offer/new_sku_commission', { offer_id: '1', skus })).body).toEqual({ duplicate_not_added: [], added: skus.map(({ sku }) => sku) })
})

test('another content type is refused on version 2, and taken where older clients call', async () => {
  const headers = { ...headersOf(shop().keys.refersion), 'Content-Type': 'application/x-www-form-urlencoded' }
  expect(await call(shop(), '/v2/affiliate/list', { headers, body: '{}' })).toMatchObject({ status: 400, body: { error: 'The content type must be application/json.' } })
  expect(await call(shop(), '/api/list_affiliates', { headers, body: '{}' })).toMatchObject({ status: 200 })
})

test('what is unknown here is a 404, and RefCampaign has the rest of /api', async () => {
  const headers = headersOf(shop().keys.refersion)
  for (const path of ['/v2/conversion', '/v2/affiliate/new/x', '/api/reporting/nothing']) expect(await call(shop(), path, { headers, body: {} })).toMatchObject({ status: 404, body: { error: expect.stringMatching(/There is no POST/) } })
  expect(await call(shop(), '/v2/affiliate/list', { headers, method: 'GET' })).toMatchObject({ status: 404, body: { error: expect.any(String) } })
  expect(await call(shop(), '/api/v1/conversions/track', { body: {} })).toMatchObject({ status: 401, body: { success: false } })
  expect(await call(shop(), '/api/nothing', { body: {} })).toMatchObject({ status: 404, body: { success: false } })
})

test('too many calls: by key, with the time to wait', async () => {
  const collector = await startCollector({ RATE_LIMIT: 'keyed=2' })
  for (let n = 0; n < 2; n++) expect((await v2(collector, '/affiliate/list', {})).status).toBe(200)
  const third = await v2(collector, '/affiliate/list', {})
  expect([third.status, third.body]).toEqual([429, { error: 'Too many requests' }])
  expect(Number(third.headers.get('Retry-After'))).toBeGreaterThan(0)
})

test('a body that is too large is refused', async () => {
  expect(await v2(shop(), '/affiliate/list', { x: 'x'.repeat(70_000) })).toMatchObject({ status: 413, body: { error: expect.stringMatching(/larger/) } })
})
