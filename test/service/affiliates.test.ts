import { describe, expect, test } from 'vitest'
import { emailHash } from '../../collector/service/identity.ts'
import { affiliateByCode, campaignOf, isOwn, statusOf, triggerAt, triggerKey } from '../../shared/engine/settings.ts'
import type { AffiliateChange } from '../../shared/wire/settings.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowCounts } from '../helpers/rows.ts'

/** A collector with a second campaign, and Ana as the engine sees her. */
async function withAna() {
  const collector = await startCollector()
  const { id: second } = await collector.services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/', percent: '20' })
  const settings = () => {
    const held = collector.store.directory().merchants.get(collector.merchantId)
    const ana = held?.affiliates.get(collector.ana)
    if (held === undefined || ana === undefined) throw new Error('Ana is not there')
    return { held, ana }
  }
  return { ...collector, second, settings }
}

describe('create', () => {
  test('with a coupon of the campaign and a status, in one go', async () => {
    const { services, second, settings } = await withAna()
    const cleo = await services.affiliates.create({ campaign: second, email: 'Cleo@Partner.example', coupon: 'cleo10', status: 'pending' })
    expect(cleo).toMatchObject({ number: 3, code: 'cleo', status: 'PENDING', coupons: ['CLEO10'], campaigns: [second], payoutEmail: null })
    const { held } = settings()
    expect(triggerAt(held, triggerKey('coupon', 'CLEO10'), NOON_MS)).toMatchObject({ affiliateId: cleo.id, campaignId: second })
    const made = held.affiliates.get(cleo.id)
    expect(made && isOwn(made, services.identities.identityOf(1, emailHash('cleo@partner.example')), NOON_MS)).toBe(true)
  })

  test.each([
    ['a coupon that is taken', { coupon: 'ANA10' }, { code: 'CONFLICT', fields: ['coupon'] }],
    ['a code that is taken', { code: 'ANA' }, { code: 'CONFLICT', fields: ['code'] }],
    ['the status of one who is known', { email: 'ben@partner.example', status: 'pending' as const }, { code: 'INVALID', fields: ['status'] }],
  ])('%s is refused, and nobody is made', async (_what, more, refusal) => {
    const collector = await withAna()
    await collector.services.triggers.assign({ coupon: 'ana10', affiliate: 'ana' })
    expect(await refusedUse(collector, () => collector.services.affiliates.create({ campaign: collector.second, email: 'new@partner.example', ...more }))).toMatchObject({ ...refusal, written: [] })
  })
})

test('a status counts from its own millisecond; the same again writes nothing', async () => {
  const { services, clock, settings, ...collector } = await withAna()
  clock.nowMs += HOUR_MS
  expect(await services.affiliates.update('ana', { status: 'disabled' })).toMatchObject({ status: 'DISABLED' })
  expect([-1, 0].map((ms) => statusOf(settings().ana, clock.nowMs + ms))).toEqual(['ACTIVE', 'DISABLED'])
  const before = rowCounts(collector)
  await services.affiliates.update('ana', { status: 'disabled' })
  expect(rowCounts(collector)).toEqual(before)
  clock.nowMs += HOUR_MS
  for (const status of ['denied', 'pending', 'active'] as const) expect(await services.affiliates.update('1', { status })).toMatchObject({ status: status.toUpperCase() })
  expect(settings().ana.versions.map(({ version, value }) => [version, value.status])).toEqual([[1, 'ACTIVE'], [2, 'DISABLED'], [3, 'DENIED'], [4, 'PENDING'], [5, 'ACTIVE']])
})

test('a purchase by the payout address is their own from then on, and the address before stays their own', async () => {
  const { services, clock, settings } = await withAna()
  const own = (email: string, atMs: number) => isOwn(settings().ana, services.identities.identityOf(1, emailHash(email)), atMs)
  clock.nowMs += HOUR_MS
  await services.affiliates.update('ana', { payoutEmail: 'Pay@ana.example' })
  clock.nowMs += HOUR_MS
  expect(await services.affiliates.update('ana', { payoutEmail: 'bank@ana.example' })).toMatchObject({ payoutEmail: 'bank@ana.example', email: 'ana@partner.example' })
  expect([NOON_MS, NOON_MS + HOUR_MS - 1, NOON_MS + HOUR_MS, clock.nowMs].map((atMs) => own('pay@ana.example', atMs))).toEqual([false, false, true, true])
  expect([clock.nowMs - 1, clock.nowMs].map((atMs) => own('bank@ana.example', atMs))).toEqual([false, true])
  expect(own('ana@partner.example', NOON_MS)).toBe(true)
})

test('a further code is in the link, also in the same millisecond, and the old one still names them', async () => {
  const { services, settings, ana } = await withAna()
  expect(await services.affiliates.update('ana', { code: 'AAA' })).toMatchObject({ code: 'AAA', link: expect.stringMatching(/\/go\/AAA$/) })
  expect(['ana', 'aaa'].map((code) => affiliateByCode(settings().held, code, NOON_MS)?.id)).toEqual([ana, ana])
  expect(services.affiliates.list().map(({ code }) => code)).toEqual(['AAA', 'ben'])
})

test('whoever leaves a campaign is in it until then, and from when they come back', async () => {
  const { services, clock, settings, campaignId, second } = await withAna()
  const inIt = (atMs: number) => campaignOf(settings().held, settings().ana, { campaign: campaignId, host: null }, atMs)?.enrolled
  clock.nowMs += HOUR_MS
  expect(await services.affiliates.update('ana', { leave: '1', enrol: second })).toMatchObject({ campaigns: [second] })
  clock.nowMs += HOUR_MS
  expect(await services.affiliates.update('ana', { enrol: '1' })).toMatchObject({ campaigns: [second, campaignId] })
  expect([0, HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS - 1, 2 * HOUR_MS].map((ms) => inIt(NOON_MS + ms))).toEqual([true, true, false, false, true])

  await services.affiliates.update('ana', { leave: '1' })
  expect(inIt(clock.nowMs)).toBe(false)
  expect(await services.affiliates.create({ campaign: '1', email: 'ANA@partner.example' })).toMatchObject({ number: 1, campaigns: [second, campaignId] })
  expect(inIt(clock.nowMs)).toBe(true)
})

test.each<[string, AffiliateChange, { code: string; fields: string[]; message: RegExp }]>([
  ["another's code", { code: 'BEN' }, { code: 'CONFLICT', fields: ['code'], message: /belongs to another/ }],
  ['a code that is theirs', { code: 'Ana' }, { code: 'CONFLICT', fields: ['code'], message: /is a code of this affiliate already/ }],
  ['a campaign that they are in', { enrol: '1' }, { code: 'CONFLICT', fields: ['enrol'], message: /in this campaign already/ }],
  ['a campaign that they are not in', { leave: '2' }, { code: 'CONFLICT', fields: ['leave'], message: /not in this campaign/ }],
  ['no campaign to join', { enrol: '9' }, { code: 'INVALID', fields: ['enrol'], message: /no campaign 9/ }],
  ['no campaign to leave', { leave: '9' }, { code: 'INVALID', fields: ['leave'], message: /no campaign 9/ }],
])('%s is refused, and nothing else of the change is written', async (_what, change, { message, ...refusal }) => {
  const collector = await withAna()
  expect(await refusedUse(collector, () => collector.services.affiliates.update('ana', { status: 'denied', payoutEmail: 'x@y.example', ...change }))).toEqual({ ...refusal, message: expect.stringMatching(message), written: [] })
})

test('an affiliate who is not there is not changed', async () => {
  const collector = await withAna()
  expect(await refusedUse(collector, () => collector.services.affiliates.update('cleo', { status: 'denied' }))).toMatchObject({ code: 'INVALID', fields: ['affiliate'], written: [] })
})
