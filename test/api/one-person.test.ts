import { describe, expect, test } from 'vitest'
import { valid } from '../../collector/http/body.ts'
import { OrderInput } from '../../shared/wire/book.ts'
import { AffiliateChange, AffiliateInput, InitInput } from '../../shared/wire/settings.ts'
import { call, startCollector, type Answer, type TestCollector } from '../helpers/collector.ts'
import { refusal, rowsOf } from '../helpers/rows.ts'
import { headersOf } from './refersion/shop.ts'

interface Person { email: string; name?: string; fields?: unknown }

/** A person as each vendor's clients tell of one, and what it calls them. */
const MAKERS: [string, (shop: TestCollector, person: Person) => Promise<Answer>][] = [
  ['RefCampaign', (shop, { email, name = 'Mira' }) => call(shop, '/api/v1/affiliates', { key: shop.keys.refcampaign, body: { email, firstName: name } })],
  ["Refgrow's documented API", (shop, { email, name = 'Mira', fields }) => call(shop, '/v1/affiliates', { key: shop.keys.refgrow, body: { email, name, ...(fields === undefined ? {} : { customFields: fields }) } })],
  ["Refgrow's live API", (shop, { email }) => call(shop, '/api/v1/affiliates', { key: shop.keys.refgrow, body: { email } })],
  ['Refersion', (shop, { email, name = 'Mira' }) => call(shop, '/v2/affiliate/new', { headers: headersOf(shop.keys.refersion), body: { email, first_name: name, last_name: 'Sol', password: 'Harbour!lamp7' } })],
]
const BAD = ['mira', 'mira@', '@x.example', 'mi ra@x.example', '', ' ', 'mira@x.example\0', 'mi\ud800ra@x.example', `${'x'.repeat(250)}@x.example`]

describe.each(MAKERS)('%s', (name, make) => {
  test.each([[' mira@partners.example ', 'mira@partners.example'], ['jörg@bücher.example', 'jörg@bücher.example'], ['用户@例子.广告', '用户@例子.广告']])('takes the address %j', async (email, kept) => {
    const shop = await startCollector()
    expect((await make(shop, { email })).status).toBeLessThan(300)
    expect(shop.services.affiliates.list(shop.merchantId).map((one) => one.email)).toContain(kept)
  })

  test.each(BAD.map((email) => [email]))('refuses the address %j', async (email) => {
    const shop = await startCollector()
    expect(await refusal(shop, () => make(shop, { email }))).toMatchObject({ text: expect.stringMatching(/email/), written: [] })
  })

  test.runIf(!name.includes('live')).each([['Mi\0ra'], ['Mi\ud800ra'], ['x'.repeat(201)]])('refuses the name %j', async (text) => {
    const shop = await startCollector()
    const { status, text: told, written } = await refusal(shop, () => make(shop, { email: 'mira@partners.example', name: text }))
    expect([status, written, /name/i.test(told)]).toEqual([name === 'Refersion' ? 422 : 400, [], true])
  })
})

test.each<[unknown]>([[{ note: 'a\0' }], [{ deep: [{ note: 'a\ud800' }] }], [{ deep: { 'a\0': 1 } }], [{ '': 1 }], [{ 'a\ud800': 1 }]])('fields of their own are refused with the field named: %j', async (fields) => {
  const shop = await startCollector()
  const made = await refusal(shop, () => call(shop, '/v1/affiliates', { key: shop.keys.refgrow, body: { email: 'mira@partners.example', name: 'Mira', customFields: fields } }))
  expect(made).toMatchObject({ status: 400, text: expect.stringMatching(/customFields/), written: [] })
})

test("what cannot be kept of a browser's name is left out of it", async () => {
  const shop = await startCollector()
  expect((await call(shop, '/v1/referrals/track', { key: shop.keys.refgrow, body: { referralCode: 'ana', userAgent: 'Mozilla/5.0\0 (\ud800)' } })).status).toBeLessThan(300)
  expect(rowsOf(shop, "select text from texts where text like 'Mozilla%'")).toEqual([{ text: 'Mozilla/5.0 (\ufffd)' }])
})

test.each(BAD.map((email) => [email]))('a person who types %j is told of it, too', (email) => {
  expect(() => valid(AffiliateInput, { email })).toThrow(/email: must/)
  expect(() => valid(AffiliateChange, { payoutEmail: email })).toThrow(/payoutEmail: must/)
  expect(() => valid(InitInput, { merchant: 'Shop', site: 'shop.example', email })).toThrow(/email: must/)
  expect(() => valid(OrderInput, { order: '1', email })).toThrow(/email: must/)
})
