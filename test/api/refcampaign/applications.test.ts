import { describe, expect, test } from 'vitest'
import { record, type Shop } from '../../helpers/book.ts'
import { call, NOON_MS, startCollector, type Answer } from '../../helpers/collector.ts'
import { refusal, refused } from '../../helpers/rows.ts'

const APPLICATIONS = '/api/v1/applications'
type Row = Record<string, unknown>
type Applied = Shop & { cleo: string; dora: string }

/** Cleo and Dora have applied, Cleo for no campaign. */
async function applied(): Promise<Applied> {
  const shop = await startCollector()
  const apply = async (name: string): Promise<string> => (await shop.services.affiliates.create({ email: `${name}@partner.example`, name, code: name, status: 'pending' })).id
  const [cleo, dora] = [await apply('cleo'), await apply('dora')]
  await shop.services.affiliates.update(cleo, { campaigns: [] })
  shop.clock.nowMs += 1000
  return { ...shop, cleo, dora }
}
const put = (shop: Shop, path: string, body?: unknown, key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${APPLICATIONS}/${path}`, { method: 'PUT', key, ...(body === undefined ? {} : { body }) })
const get = (shop: Shop, path = '', key = shop.keys.refcampaign): Promise<Answer> => call(shop, `${APPLICATIONS}${path}`, { method: 'GET', key })
const listed = async (shop: Shop, query = ''): Promise<unknown[]> => ((await get(shop, query)).body.data as unknown as Row[]).map(({ firstName }) => firstName)

test('are those who began as pending, by what was decided', async () => {
  const shop = await applied()
  expect([await listed(shop), await listed(shop, '?status=PENDING'), await listed(shop, '?status=approved')]).toEqual([['cleo', 'dora'], ['cleo', 'dora'], []])
  await put(shop, `${shop.dora}/accept`)
  await put(shop, `${shop.cleo}/reject`, { reason: 'No audience' })
  expect([await listed(shop, '?status=PENDING'), await listed(shop, '?status=approved'), await listed(shop, '?status=rejected'), await listed(shop, '?status=withdrawn')]).toEqual([[], ['dora'], ['cleo'], []])
  await shop.services.affiliates.update(shop.dora, { status: 'disabled' })
  expect(await listed(shop, '?status=approved')).toEqual(['dora'])
})

test('an accepted one refers from then on; a rejected one does not, and knows why', async () => {
  const shop = await applied()
  const accepted = await put(shop, `${shop.cleo}/accept`, { campaignIds: [shop.campaignId] })
  expect(accepted.body.data).toEqual({
    id: shop.cleo, email: 'cleo@partner.example', firstName: 'cleo', lastName: '', company: '', status: 'APPROVED', reason: null, campaignIds: [shop.campaignId], affiliateId: shop.cleo,
    createdAt: new Date(NOON_MS).toISOString(), decidedAt: new Date(NOON_MS + 1000).toISOString(),
  })
  const rejected = await put(shop, `${shop.dora}/reject`, { reason: 'No audience' })
  expect(rejected.body.data).toMatchObject({ status: 'REJECTED', reason: 'No audience', affiliateId: null })
  expect((await get(shop, `/${shop.dora}`)).body.data).toEqual(rejected.body.data)
  expect([(await record(shop, { order: 'o-1', codes: ['cleo'] })).attributed, (await record(shop, { order: 'o-2', codes: ['dora'] })).attributed]).toEqual([true, false])
})

test('in bulk, all or none', async () => {
  const shop = await applied()
  const both = { applicationIds: [shop.dora, shop.cleo] }
  expect(await refusal(shop, () => put(shop, 'bulk-accept', both))).toMatchObject(refused({ status: 400, code: 'VALIDATION_FAILED', field: 'campaignIds', says: /in no campaign/ }))
  const accepted = await put(shop, 'bulk-accept', { ...both, campaignIds: [shop.campaignId] })
  expect([accepted.status, accepted.body.data]).toEqual([200, { updated: 2, ids: [shop.dora, shop.cleo] }])
  expect(await refusal(shop, () => put(shop, 'bulk-reject', both))).toMatchObject(refused({ status: 409, code: 'CONFLICT', field: null, says: /decided already/ }))
})

describe('refuses', () => {
  test.each<[string, string, unknown, number, string, string | null, RegExp]>([
    ['an unknown one', 'aff_0/accept', {}, 404, 'NOT_FOUND', null, /no application aff_0/], ['one who never applied', 'ANA/accept', {}, 404, 'NOT_FOUND', null, /no application/], ['one who never applied', 'ANA/reject', {}, 404, 'NOT_FOUND', null, /no application/],
    ['one for no campaign', 'CLEO/accept', undefined, 400, 'VALIDATION_FAILED', 'campaignIds', /at least one/], ['an unknown campaign', 'CLEO/accept', { campaignIds: ['cmp_0'] }, 404, 'NOT_FOUND', 'campaignIds', /no campaign cmp_0/], ['a list of none', 'CLEO/accept', { campaignIds: 'x' }, 400, 'VALIDATION_FAILED', 'campaignIds', /must be a list/],
    ['a long reason', 'CLEO/reject', { reason: 'x'.repeat(201) }, 400, 'VALIDATION_FAILED', 'reason', /at most 200/], ['a reason that is none', 'CLEO/reject', { reason: 5 }, 400, 'VALIDATION_FAILED', 'reason', /must be a string/],
    ['nobody', 'bulk-accept', { applicationIds: [] }, 400, 'VALIDATION_FAILED', 'applicationIds', /at least one/], ['too many', 'bulk-reject', { applicationIds: Array.from({ length: 501 }, () => 'x') }, 400, 'VALIDATION_FAILED', 'applicationIds', /at most 500/],
    ['one who is unknown among others', 'bulk-reject', { applicationIds: ['CLEO', 'aff_0'] }, 404, 'NOT_FOUND', null, /no application aff_0/], ['no list', 'bulk-accept', {}, 400, 'VALIDATION_FAILED', 'applicationIds', /must be a list/],
  ])('%s: %s', async (...[_what, path, body, status, code, field, says]) => {
    const shop = await applied()
    const named = (text: string): string => text.replace('ANA', shop.ana).replace('CLEO', shop.cleo)
    expect(await refusal(shop, () => put(shop, named(path), body === undefined ? undefined : named(JSON.stringify(body))))).toMatchObject(refused({ status, code, field, says }))
  })

  test('to list what it does not know', async () => {
    const shop = await applied()
    for (const query of ['?status=LOST', '?limit=0', '?offset=x']) expect((await get(shop, query)).status).toBe(400)
    expect((await get(shop, `/${shop.ana}`)).status).toBe(404)
  })

  test('another merchant, and keys without the scope', async () => {
    const shop = await applied()
    const { keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'USD', timezone: 'UTC' })
    const made = await shop.services.keys.create({ dialect: 'refcampaign', mode: 'live', scopes: ['campaigns'] }, shop.merchantId)
    for (const [key, status] of [[keys.refcampaign, 404], ['token' in made ? made.token : '', 403], ['rc_live_guessed', 401]] as const) {
      const answers = [await get(shop, `/${shop.cleo}`, key), await put(shop, `${shop.cleo}/accept`, { campaignIds: [] }, key), await put(shop, `${shop.cleo}/reject`, {}, key), await put(shop, 'bulk-accept', { applicationIds: [shop.cleo] }, key), await put(shop, 'bulk-reject', { applicationIds: [shop.cleo] }, key)]
      expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status))
    }
    expect((await get(shop, '', keys.refcampaign)).body.data).toEqual([])
    expect(await listed(shop, '?status=pending')).toEqual(['cleo', 'dora'])
  })
})
