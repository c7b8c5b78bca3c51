import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { actionsOf } from '../../helpers/book.ts'
import { startCollector } from '../../helpers/collector.ts'
import { refusal, rowsOf } from '../../helpers/rows.ts'
import { call } from '../../helpers/collector.ts'
import { headersOf, pairOf, paid, v2 } from './shop.ts'

const MIRA = { first_name: 'Mira', last_name: 'Sol', email: 'mira@partners.example', password: 'Harbour!lamp7' }

test('whoever is made here is one record with all that was said', async () => {
  const shop = await startCollector()
  await v2(shop, '/affiliate/new', { ...MIRA, status: 'ACTIVE', company: 'Sol', paypal_email: 'pay@partners.example', country: 'de', unique_merchant_id: 'crm7', conversion_trigger_coupon: ' mira10 ' })
  const view = shop.services.affiliates.find(1, 'mira@partners.example', 'email')
  expect(view).toMatchObject({ number: 3, status: 'ACTIVE', payoutEmail: 'pay@partners.example', coupons: ['MIRA10'], profile: { company: 'Sol', country: 'DE', payoutMethod: 'paypal', merchantReference: 'crm7' } })
  expect(rowsOf<{ hash: string }>(shop, 'select hash from passwords')).toEqual([{ hash: expect.stringMatching(/^scrypt\$/) }])
})

test.each([['a coupon that is taken', { conversion_trigger_coupon: 'TAKEN' }, /Conversion trigger already exists/], ['an address that is known', { email: 'ANA@partner.example' }, /taken by another Affiliate/]])('%s: nothing is made', async (_name, more, says) => {
  const shop = await startCollector()
  await shop.services.triggers.assign({ coupon: 'taken', affiliate: 'ben' }, 1)
  expect(await refusal(shop, () => v2(shop, '/affiliate/new', { ...MIRA, ...more }))).toMatchObject({ status: 422, body: { errors: [expect.stringMatching(says)] }, written: [] })
})

test('a number and a code made of digits are two things', async () => {
  const shop = await startCollector()
  await shop.services.affiliates.update('ben', { code: '1' }, 1)
  const of = async (body: object): Promise<unknown> => (await v2(shop, '/affiliate/get', body)).body['id']
  expect([await of({ id: 1 }), await of({ id: '1' }), await of({ affiliate_code: '1' }), await of({ id: 'BEN' }), await of({ affiliate_code: 'ana', id: 2 })]).toEqual([1, 1, 2, 2, 2])
})

test('editing moves into an offer, merges fields, and leaves what was not named', async () => {
  const shop = await startCollector()
  const second = await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/2', percent: '5' }, 1)
  const edit = (one: object) => v2(shop, '/affiliate/edit', { affiliates: [one] })
  await edit({ id: 1, custom_fields: [{ a: 1, b: 'x' }] })
  await edit({ id: '1', offer: second.number, custom_fields: [{ b: 'y' }, { label: 'c', value: [2] }], city: 'Bremen' })
  expect((await v2(shop, '/affiliate/get', { id: 1 })).body).toMatchObject({ offer_id: '2', first_name: 'Ana', custom_fields: [{ label: 'a', value: '1' }, { label: 'b', value: 'y' }, { label: 'c', value: '[2]' }] })
  expect(shop.services.affiliates.find(1, 'ana')?.campaigns).toEqual([second.id])
  expect((await edit({ id: 1, offer: 99, phone: '5' })).body).toEqual({ ids_changed: [], ids_not_changed: [1] })
  expect(shop.services.affiliates.find(1, 'ana')?.profile.phone).toBe('')
})

test('one wrong value in a list of edits changes nobody', async () => {
  const shop = await startCollector()
  expect(await refusal(shop, () => v2(shop, '/affiliate/edit', { affiliates: [{ id: 1, phone: '1' }, { id: 2, email: 'x' }] }))).toMatchObject({ status: 422, body: { errors: ['affiliates.1.email: must be an e-mail address'] }, written: [] })
})

test('lists are cut at a hundred, and go on page by page', async () => {
  const shop = await startCollector()
  for (let n = 0; n < 101; n++) await shop.services.affiliates.create({ email: `p${n}@partner.example`, code: `p${n}` }, 1)
  const list = async (body: object) => (await v2(shop, '/affiliate/list', body)).body as unknown as { total: number; results: { id: string }[] }
  const [all, rest, past] = [await list({ limit: 1000 }), await list({ limit: '100', page: '2' }), await list({ limit: 5, page: 50 })]
  expect([all.total, all.results.length, rest.results.map(({ id }) => id), past.results]).toEqual([103, 100, ['p98', 'p99', 'p100'], []])
  const found = (await v2(shop, '/affiliate/search', { keyword: 'P9' })).body as unknown as typeof all
  expect(found.results.map(({ id }) => id)).toEqual(['p9', 'p90', 'p91', 'p92', 'p93', 'p94', 'p95', 'p96', 'p97', 'p98', 'p99'])
})

const one = (type: string, text: string, id = 1) => ({ id, type, trigger: text })

test('triggers that are deleted are ended together, or none of them', async () => {
  const shop = await startCollector()
  const trigger = (type: string, text: string) => v2(shop, '/affiliate/trigger', { affiliate_code: 'ana', type, trigger: text })
  for (const [type, text] of [['COUPON', 'A'], ['SKU', 'A'], ['EMAIL', 'Kim@customer.example']] as const) await trigger(type, text)
  expect(await refusal(shop, () => v2(shop, '/trigger/delete', { affiliates: [one('COUPON', 'A'), one('SKU', 'A', 2)] }))).toMatchObject({ status: 422, written: [] })
  expect(shop.services.triggers.list({}, 1)).toHaveLength(3)
  expect((await v2(shop, '/trigger/delete', { affiliates: [one('COUPON', 'a'), one('EMAIL', 'kim@CUSTOMER.example'), one('COUPON', 'A')] })).body).toEqual([1, 3])
  expect(shop.services.triggers.list({}, 1).map(({ number }) => number)).toEqual([2])
  expect(actionsOf(shop)).toEqual(['trigger end', 'trigger end'])
  expect((await trigger('COUPON', 'A')).body).toEqual({ trigger_id: 4, trigger: 'A' })
})

test('while the first call with an Idempotency-Key runs, another is to wait', async () => {
  const shop = await startCollector()
  const send = () => call(shop, '/v2/conversion/manual_credit', { headers: { ...headersOf(shop.keys.refersion), 'Idempotency-Key': 'k-1' }, body: { id: 1, commission: 5, status: 'APPROVED' } })
  expect((await send()).status).toBe(200)
  // As it stands while its answer is not told yet.
  const db = new Database(join(shop.dir, 'test.db'))
  db.exec("update answers set status = 0, body = ''")
  db.close()
  const waiting = await refusal(shop, send)
  expect(waiting).toMatchObject({ status: 409, body: { error: expect.stringMatching(/being carried out/) }, written: [] })
  expect([waiting.headers.get('retry-after'), 'errors' in waiting.body]).toEqual(['1', false])
})

test('an Idempotency-Key makes a repeated call one', async () => {
  const shop = await startCollector()
  const headers = { ...headersOf(shop.keys.refersion), 'Idempotency-Key': 'k-1' }
  const send = (body: object) => call(shop, '/v2/conversion/manual_credit', { headers, body })
  const credit = { id: 1, commission: 5, status: 'APPROVED' }
  expect([(await send(credit)).text, (await send(credit)).text]).toEqual(['{"conversion_id":1}', '{"conversion_id":1}'])
  expect(await send({ ...credit, commission: 6 })).toMatchObject({ status: 422, body: { errors: ['This Idempotency-Key was used with another body.'] } })
  expect((await v2(shop, '/conversion/manual_credit', credit)).body).toEqual({ conversion_id: 2 })
})

test("another merchant's affiliates, orders, conversions and reports are not there", async () => {
  const shop = await startCollector()
  const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'USD', timezone: 'UTC' })
  await paid(shop, 'A-1')
  await v2(shop, '/affiliate/trigger', { affiliate_code: 'ana', type: 'COUPON', trigger: 'ANA10' })
  const theirs = async (path: string, body: object) => {
    const { status, body: reply } = await v2(shop, path, body, other.keys.refersion)
    return [status, reply]
  }
  expect(await theirs('/affiliate/get', { id: 1 })).toEqual([422, { errors: ['Affiliate not found.'] }])
  expect(await theirs('/affiliate/get', { affiliate_code: 'ana' })).toEqual([422, { errors: ['Affiliate not found.'] }])
  expect(await theirs('/affiliate/list', {})).toEqual([200, { total: 0, results: [] }])
  expect(await theirs('/affiliate/edit', { affiliates: [{ id: 1, phone: '1' }] })).toEqual([200, { ids_changed: [], ids_not_changed: [1] }])
  expect(await theirs('/affiliate/status_change', { ids: [1], status: 'DENIED' })).toEqual([200, { ids_changed: [], ids_not_changed: [1] }])
  expect((await theirs('/trigger/delete', { affiliates: [{ id: 1, type: 'COUPON', trigger: 'ANA10' }] }))[0]).toBe(422)
  expect(await theirs('/conversion/cancel', { order_id: 'A-1', items: [{ sku: 'LAMP' }] })).toEqual([422, { errors: ['Invalid order ID (error 5)'] }])
  expect(await theirs('/conversion/status_change', { ids: [1, 2], status: 'DENIED' })).toEqual([200, { ids_changed: [], ids_not_changed: [1, 2] }])
  expect(await theirs('/conversion/totals', { status: ['PENDING'] })).toEqual([200, { conversions_count: 0, commission_total: 0, order_total: 0, commissionable_order_total: 0, currency: 'USD' }])
  // With several merchants only the longer link tells whose it is.
  expect((await v2(shop, '/affiliate/get', { id: 1 })).body['link']).toMatch(/\/go\/1\/ana$/)
})

test('a test key sees tests alone', async () => {
  const shop = await startCollector()
  const pair = await pairOf(shop, { mode: 'test' })
  await paid(shop, 'A-1')
  await paid(shop, 'T-1', {}, pair)
  expect((await v2(shop, '/conversion/cancel', { order_id: 'A-1', items: [{ sku: 'LAMP' }] }, pair)).status).toBe(422)
  expect((await v2(shop, '/conversion/status_change', { ids: [1, 2], status: 'APPROVED' }, pair)).body).toEqual({ ids_changed: [2], ids_not_changed: [1] })
  expect((await v2(shop, '/conversion/cancel', { order_id: 'T-1', items: [{ sku: 'LAMP' }] })).status).toBe(422)
})
