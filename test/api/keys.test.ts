import { afterAll, describe, expect, test } from 'vitest'
import type { Dialect as Spoken, Scope } from '../../collector/store/keys.ts'
import { SCOPES } from '../../collector/store/keys.ts'
import { BY, record, shopOfThree } from '../helpers/book.ts'
import { call, type Answer } from '../helpers/collector.ts'
import { routesOf } from '../helpers/routes.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'
import { bodyFor, pathFor, type Names, type Naming } from './requests.ts'

/** Calls that need no key: the page's, and what is for everybody. */
const PUBLIC = [
  'POST /api/v1/track/click', 'POST /api/v1/track/identify', 'POST /api/track/identify', 'POST /api/sdk/installed', 'POST /api/sdk/session-captured', 'GET /api/v1/campaigns/:id/public', 'POST /api/v1/affiliates/signup',
  'POST /tracker/v4/click', 'POST /tracker/v4/checkout', 'POST /tracker/v4/conversion', 'GET /api/reporting/download/:merchant/:report/:token',
]
/** Calls that any key of their dialect may make. */
const SCOPELESS = ['GET /api/v1/ping', 'POST /api/check_account']

/** What changes a commission through its order takes the scopes of both. */
const OF_TWO_SCOPES = ['PUT /api/v1/conversions/:id']

const ends: (() => void | Promise<void>)[] = []
afterAll(async () => {
  for (const end of ends) await end()
})
const shop = await shopOfThree({ atEnd: (end) => ends.unshift(end) })
const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
const names = await fill()

/** A book of the first merchant with one of everything that a path can name; the other merchant's is empty. */
async function fill(): Promise<Names> {
  const { services, merchantId } = shop
  const dan = await services.affiliates.create({ email: 'dan@partner.example', status: 'pending' }, merchantId)
  await record(shop, { order: 'order-1', codes: ['ana'], items: [{ sku: 'MUG', quantity: 2, price: '5.00' }], email: 'kim@customer.example' })
  await record(shop, { order: 'order-2', codes: ['ben'] })
  await services.commissions.approve({ merchantId, names: ['2'] }, BY)
  const payout = await services.payouts.make({ merchantId, affiliate: 'ben', mode: 'live' }, BY)
  await services.triggers.assign({ coupon: 'ANA10', affiliate: 'ana' }, merchantId)
  const { order: { id: conversion }, commissions: [commission] } = await services.conversions.find(merchantId, 'order-1')
  return { ana: shop.ana, dan: dan.id, campaign: shop.campaignId, conversion, commission: commission?.id ?? '', payout: payout.id }
}

interface Call { name: Name; route: string }
type Credentials = { headers: Record<string, string> }
type Name = keyof ReturnType<typeof routesOf>
const SPOKEN: Record<Name, Spoken> = { refcampaign: 'refcampaign', refgrowLive: 'refgrow', refgrowDocumented: 'refgrow', refersion: 'refersion' }

const NAMING: Record<Name, Naming> = { refcampaign: 'ids', refgrowLive: 'numbers', refgrowDocumented: 'prefixed', refersion: 'numbers' }

const bearer = (token: string): Credentials => ({ headers: { Authorization: `Bearer ${token}` } })
const pair = ({ public: publicKey, secret }: { public: string; secret: string }): Credentials => ({ headers: { 'Refersion-Public-Key': publicKey, 'Refersion-Secret-Key': secret } })
const shown = (keys: typeof shop.keys, dialect: Spoken): Credentials => (dialect === 'refersion' ? pair(keys.refersion) : bearer(keys[dialect]))
const WRONG: Record<Spoken, Credentials> = { refcampaign: bearer('rc_live_wrong'), refgrow: bearer('rgk_wrong'), refersion: pair({ public: shop.keys.refersion.public, secret: 'sec_wrong' }) }

async function made(dialect: Spoken, scopes: Scope[], merchantId: number): Promise<Credentials & { id: string }> {
  const key = await shop.services.keys.create({ dialect, mode: 'live', scopes }, merchantId)
  return { id: key.id, ...('token' in key ? bearer(key.token) : pair(key)) }
}
async function revoked(dialect: Spoken): Promise<Credentials> {
  const key = await made(dialect, [], shop.merchantId)
  await shop.services.keys.revoke(key.id, shop.merchantId)
  return key
}

/** What a refusal looks like, whatever it says. */
const refusedAs = (name: Name, status: 401 | 403): object => ({
  refcampaign: { success: false, error: { code: status === 401 ? 'UNAUTHORIZED' : 'PERMISSION_DENIED', message: expect.any(String), details: null }, meta: { timestamp: expect.any(String), requestId: expect.stringMatching(/^req_/) } },
  refgrowLive: { success: false, error: expect.any(String), code: status === 401 ? 'authentication_error' : 'permission_denied' },
  refgrowDocumented: { success: false, error: { code: status === 401 ? 'authentication_error' : 'permission_denied', message: expect.any(String) } },
  refersion: { error: status === 401 ? 'Invalid API credentials (error 2).' : expect.any(String) },
})[name]

const send = ({ name, route }: Call, { headers }: Credentials): Promise<Answer> => {
  const [method = ''] = route.split(' ')
  const body = bodyFor(route, names, NAMING[name])
  return call(shop, pathFor(route, names, NAMING[name]), { method, headers, ...(body === undefined ? {} : { body }) })
}

/** Everything that stands of the first merchant, but for what counts calls. */
const bookOf = (): string => JSON.stringify(Object.keys(rowCounts(shop)).filter((table) => !['migrations', 'answers'].includes(table)).map((table) => {
  const columns = rowsOf<{ name: string }>(shop, `select name from pragma_table_info('${table}')`).map(({ name }) => name)
  return [table, rowsOf(shop, `select * from "${table}"${columns.includes('merchant_id') ? ' where merchant_id = 1' : ''}`)]
}))

const keyed = Object.entries(routesOf(shop)).flatMap(([name, routes]) => routes.filter((route) => !PUBLIC.includes(route)).map((route) => ({ name: name as Name, route })))
const [revokedKeys, otherScopes] = [
  { refcampaign: await revoked('refcampaign'), refgrow: await revoked('refgrow'), refersion: await revoked('refersion') },
  await Promise.all(SCOPES.map(async (scope) => ({ scope, refcampaign: await made('refcampaign', [scope], other.merchantId), refgrow: await made('refgrow', [scope], other.merchantId), refersion: await made('refersion', [scope], other.merchantId) }))),
]
const before = bookOf()

test('there are routes of every dialect', () => {
  expect(new Set(keyed.map(({ name }) => name)).size).toBe(4)
})

describe.each(keyed)('$name: $route', ({ name, route }) => {
  const dialect = SPOKEN[name]
  // Under one path two dialects are told apart by the key alone: one that is no Refgrow key is RefCampaign's to refuse.
  const stranger: Name = name === 'refgrowLive' ? 'refcampaign' : name
  const isShared = name !== 'refgrowLive' || routesOf(shop).refcampaign.includes(route.replace(':email', ':id'))

  test('no key, and one of another dialect', async () => {
    const foreign = { refcampaign: shown(shop.keys, 'refersion'), refgrow: shown(shop.keys, 'refersion'), refersion: bearer(shop.keys.refcampaign) }[dialect]
    const asBearer = dialect === 'refersion' ? foreign : bearer(shop.keys.refersion.secret)
    for (const credentials of [{ headers: {} }, foreign, asBearer]) {
      const { status, body } = await send({ name, route }, credentials)
      expect({ status, body }).toMatchObject(isShared ? { status: 401, body: refusedAs(stranger, 401) } : { status: 404 })
    }
  })

  test('a wrong key, and one that was revoked', async () => {
    for (const credentials of [WRONG[dialect], revokedKeys[dialect]]) {
      const { status, body } = await send({ name, route }, credentials)
      expect({ status, body }).toEqual({ status: 401, body: refusedAs(name, 401) })
    }
  })

  test.skipIf(SCOPELESS.includes(route))('a key without the scope', async () => {
    const answers = await Promise.all(otherScopes.map(async ({ scope, [dialect]: key }) => ({ scope, ...(await send({ name, route }, key)) })))
    const refused = answers.filter(({ status }) => status === 403)
    expect(refused).toHaveLength(OF_TWO_SCOPES.includes(route) ? SCOPES.length : SCOPES.length - 1)
    for (const { body } of refused) expect(body).toEqual(refusedAs(name, 403))
  })

  test("another merchant's key finds and changes nothing of this one's", async () => {
    const { status, text } = await send({ name, route }, shown(other.keys, dialect))
    expect(status).toBeLessThan(500)
    const sent = JSON.stringify([decodeURIComponent(pathFor(route, names, NAMING[name])), bodyFor(route, names, NAMING[name]) ?? null])
    const told = [...Object.values(names), 'ana@partner.example', 'dan@partner.example', 'kim@customer.example', 'order-1', 'order-2', 'ANA10'].filter((mark) => text.includes(mark) && !sent.includes(mark))
    expect(told).toEqual([])
  })
})

test('nothing of the first merchant was changed', () => {
  expect(bookOf()).toBe(before)
})
