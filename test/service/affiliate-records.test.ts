import { describe, expect, test } from 'vitest'
import type { AffiliateInput } from '../../shared/wire/settings.ts'
import { BY, record, shopOfThree, visited, type Shop } from '../helpers/book.ts'
import { refusedUse, rowsOf } from '../helpers/rows.ts'

const create = ({ services, merchantId }: Shop, input: Partial<AffiliateInput> = {}) => services.affiliates.create({ email: 'dan@partner.example', ...input }, merchantId)

describe('who an affiliate is', () => {
  test.each<[string, Partial<AffiliateInput>, { name: string; firstName: string; lastName: string; code: string }]>([
    ['nothing but an address', {}, { name: 'dan', firstName: 'dan', lastName: '', code: 'dan' }],
    ['a name', { name: ' Dan  de la Vega ' }, { name: 'Dan de la Vega', firstName: 'Dan', lastName: 'de la Vega', code: 'dandelavega' }],
    ['first and last name', { profile: { firstName: 'Dan', lastName: 'Sol' } }, { name: 'Dan Sol', firstName: 'Dan', lastName: 'Sol', code: 'dansol' }],
    ['a first name alone', { profile: { firstName: 'Dan' } }, { name: 'Dan', firstName: 'Dan', lastName: '', code: 'dan' }],
  ])('from %s', async (_name, input, { firstName, lastName, ...expected }) => {
    const shop = await shopOfThree()
    expect(await create(shop, input)).toMatchObject({ ...expected, profile: { firstName, lastName }, campaigns: [shop.campaignId] })
  })

  test('changes in versions, one field at a time; custom fields add up', async () => {
    const shop = await shopOfThree()
    await create(shop, { profile: { firstName: 'Dan', company: 'Sol', customFields: { blog: 'https://a.example', age: 7 } } })
    await shop.services.affiliates.update('dan', { profile: { lastName: 'Sol', company: '', customFields: { blog: null } } })
    await shop.services.affiliates.update('dan', { name: 'Dan  Sol' })
    expect(shop.services.affiliates.find(1, 'dan')).toMatchObject({ name: 'Dan Sol', profile: { firstName: 'Dan', lastName: 'Sol', company: '', customFields: { blog: null, age: 7 } } })
    expect(rowsOf(shop, "select version from affiliate_profiles where affiliate_id = (select affiliate_id from codes where code = 'dan') order by version")).toEqual([{ version: 1 }, { version: 2 }, { version: 3 }])
  })

  test('a new address is theirs from then on: for finding them, and for what they buy themselves', async () => {
    const shop = await shopOfThree()
    const session = await visited(shop)
    shop.clock.nowMs += 1000
    await shop.services.affiliates.update('ana', { email: 'New@ana.example' })
    expect(shop.services.affiliates.find(1, 'new@ANA.example', 'email')?.id).toBe(shop.ana)
    expect(shop.services.affiliates.find(1, 'ana@partner.example', 'email')).toBeUndefined()
    expect((await record(shop, { order: '1', session, email: 'new@ana.example' })).attributed).toBe(false)
    expect((await record(shop, { order: '2', session, email: 'ana@partner.example' })).attributed).toBe(false)
    expect((await create(shop, { email: 'ana@partner.example' })).id).not.toBe(shop.ana)
  })

  test('a password is kept stretched and salted, and shown nowhere', async () => {
    const shop = await shopOfThree()
    const views = await Promise.all([create(shop, { password: 'Secret-Tea-1' }), create(shop, { email: 'eve@partner.example', password: 'Secret-Tea-1' })])
    const hashes = rowsOf<{ hash: string }>(shop, 'select hash from passwords').map(({ hash }) => hash)
    expect(new Set(hashes).size).toBe(2)
    expect(hashes.join(' ')).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43} scrypt/)
    expect(JSON.stringify([views, hashes, shop.services.affiliates.list(1)])).not.toContain('Secret-Tea-1')
  })
})

describe('refusals', () => {
  test.each<[string, (shop: Shop) => Promise<unknown>, string, string[]]>([
    ['a known address, where one is not to be enrolled', async (shop) => {
      await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '5' })
      await create(shop, { campaign: '2', email: 'ANA@partner.example', known: 'refuse' })
    }, 'CONFLICT', ['email']],
    ["another's address", (shop) => shop.services.affiliates.update('ana', { email: 'ben@partner.example' }), 'CONFLICT', ['email']],
    ['a reason without a status', (shop) => shop.services.affiliates.update('ana', { reason: 'no' }), 'INVALID', ['reason']],
    ['no campaign that is open', async (shop) => {
      await shop.services.campaigns.update('1', { archived: true })
      await create(shop)
    }, 'INVALID', ['campaign']],
  ])('%s', async (_name, use, code, fields) => {
    const shop = await shopOfThree()
    expect(await refusedUse(shop, () => use(shop))).toMatchObject({ code, fields })
  })
})

const applied = async (): Promise<Shop & { dan: string; eve: string }> => {
  const shop = await shopOfThree()
  const [dan, eve] = [await create(shop, { status: 'pending' }), await create(shop, { email: 'eve@partner.example', status: 'pending' })]
  await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '5' })
  return { ...shop, dan: dan.id, eve: eve.id }
}
const decide = ({ services, merchantId }: Shop, names: string[], decision: Parameters<Shop['services']['affiliates']['decide']>[0]['decision']) => services.affiliates.decide({ merchantId, names, decision })

describe('applications', () => {
  test('are accepted into further campaigns, all or none', async () => {
    const shop = await applied()
    const views = await decide(shop, [shop.dan, shop.eve, shop.dan], { accepted: true, campaigns: ['2', '1'] })
    expect(views.map(({ status, campaigns }) => [status, campaigns.length])).toEqual([['ACTIVE', 2], ['ACTIVE', 2]])
    expect(await refusedUse(shop, () => decide(shop, [shop.dan], { accepted: false }))).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(/is active/), written: [] })
  })

  test('are rejected with a reason for them', async () => {
    const shop = await applied()
    expect((await decide(shop, [shop.dan], { accepted: false, reason: 'Not now' }))[0]).toMatchObject({ status: 'DENIED', reason: 'Not now' })
    expect((await shop.services.affiliates.update('dan', { status: 'active' })).reason).toBeNull()
  })

  test.each<[string, (shop: Shop & { dan: string; eve: string }) => string[], string[], string]>([
    ['a stranger', ({ dan }) => [dan, 'aff_0'], [], 'NOT_FOUND'], ['one who is in', ({ dan, ana }) => [dan, ana], [], 'CONFLICT'], ['an unknown campaign', ({ dan }) => [dan], ['9'], 'INVALID'],
  ])('with %s are not decided at all', async (...row) => {
    const [, names, campaigns, code] = row
    const shop = await applied()
    expect(await refusedUse(shop, () => decide(shop, names(shop), { accepted: true, campaigns }))).toMatchObject({ code, written: [] })
  })

  test('of one who left every campaign need one', async () => {
    const shop = await applied()
    await shop.services.affiliates.update(shop.dan, { leave: '1' })
    expect(await refusedUse(shop, () => decide(shop, [shop.dan], { accepted: true, campaigns: [] }))).toMatchObject({ code: 'INVALID', fields: ['campaignIds'], written: [] })
    expect((await decide(shop, [shop.dan], { accepted: true, campaigns: ['2'] }))[0]?.campaigns).toHaveLength(1)
  })
})

test('nobody joins an archived campaign; who is in it may stay', async () => {
  const shop = await shopOfThree()
  await create(shop, { status: 'pending' })
  await shop.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '5' })
  await shop.services.affiliates.update('ana', { enrol: '2' })
  await shop.services.campaigns.update('2', { archived: true })
  const { affiliates } = shop.services
  const dan = affiliates.find(1, 'dan')?.id ?? ''
  for (const [field, use] of [
    ['campaign', () => create(shop, { email: 'eve@partner.example', campaign: '2' })], ['enrol', () => affiliates.update('ben', { enrol: '2' })], ['move', () => affiliates.update('ben', { move: '2' })],
    ['campaigns', () => affiliates.update('ben', { campaigns: ['1', '2'] })], ['campaignIds', () => affiliates.decide({ merchantId: 1, names: [dan], decision: { accepted: true, campaigns: ['2'] } })],
  ] as const) expect(await refusedUse(shop, use)).toMatchObject({ code: 'INVALID', fields: [field], message: expect.stringMatching(/is archived/), written: [] })
  expect((await affiliates.update('ana', { campaigns: ['1', '2'] })).campaigns).toHaveLength(2)
})

test('moving leaves every campaign but one', async () => {
  const shop = await shopOfThree()
  for (const name of ['Second', 'Third']) await shop.services.campaigns.create({ name, landingUrl: 'https://shop.example/', percent: '5' })
  await shop.services.affiliates.update('ana', { enrol: '2' })
  const [second, third] = shop.services.campaigns.list(1).slice(1).map(({ id }) => id)
  expect((await shop.services.affiliates.update('ana', { move: '2' })).campaigns).toEqual([second])
  expect((await shop.services.affiliates.update('ana', { move: '3' })).campaigns).toEqual([third])
})

test('totals: clicks, orders and sums by state, after refunds and without what was rejected, by mode', async () => {
  const shop = await shopOfThree()
  const session = await visited(shop)
  await visited(shop, { code: 'ben' })
  for (const order of ['1', '2', '3', '4']) await record(shop, { order, session })
  await record(shop, { order: '5', session, kind: 'lead' })
  await record(shop, { order: '6', session, test: true })
  await record(shop, { order: '7', session, currency: 'USD' })
  await shop.services.commissions.approve({ merchantId: 1, names: ['2'] }, BY)
  await shop.services.settlements.pay({ merchantId: 1, names: ['3'], method: 'bank' }, BY)
  await shop.services.commissions.reject({ merchantId: 1, names: ['4'], reason: 'denied' }, BY)
  await shop.services.refunds.refund({ merchantId: 1, order: '3', request: () => ({ kind: 'amount', minor: 250 }) }, BY)
  const totals = await shop.services.affiliates.totals(1, 'live', [shop.ana, shop.ben, 'aff_0'])
  expect(totals.get(shop.ana)).toEqual({ clicks: 1, sales: 4, leads: 1, others: 0, pendingMinor: 200n, approvedMinor: 100n, paidMinor: 75n, nextApprovableAtMs: null })
  expect(totals.get(shop.ben)).toEqual({ clicks: 1, sales: 0, leads: 0, others: 0, pendingMinor: 0n, approvedMinor: 0n, paidMinor: 0n, nextApprovableAtMs: null })
  expect((await shop.services.affiliates.totals(1, 'test', [shop.ana])).get(shop.ana)).toMatchObject({ clicks: 0, sales: 1, pendingMinor: 100n })
  expect((await shop.services.affiliates.totals(2, 'live', [shop.ana]).catch((error: unknown) => error))).toMatchObject({ code: 'NOT_FOUND' })
})

test('a page: by status and campaign, the first made first, with how many there are', async () => {
  const shop = await shopOfThree()
  await create(shop, { status: 'pending' })
  await shop.services.affiliates.update('ben', { leave: '1' })
  const page = (filter: object) => shop.services.affiliates.page(1, { limit: 2, offset: 0, ...filter })
  expect([page({}).total, page({}).rows.map(({ code }) => code), page({ offset: 3 }).rows.map(({ code }) => code), page({ offset: 9 }).rows]).toEqual([4, ['ana', 'ben'], ['dan'], []])
  expect(page({ status: ['PENDING', 'DENIED'] })).toMatchObject({ total: 1, rows: [{ code: 'dan' }] })
  expect(page({ campaignId: shop.campaignId }).total).toBe(3)
})
