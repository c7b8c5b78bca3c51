import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { emailHash } from '../../collector/service/identity.ts'
import { triggerAt, triggerKey } from '../../shared/engine/settings.ts'
import type { TriggerInput } from '../../shared/wire/settings.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowCounts } from '../helpers/rows.ts'

/** Whose a coupon is at an instant, as the engine sees it. */
async function withCoupons() {
  const collector = await startCollector()
  const ownerAt = (coupon: string, atMs: number): string | undefined => {
    const settings = collector.store.directory().merchants.get(collector.merchantId)
    return settings && triggerAt(settings, triggerKey('coupon', coupon), atMs)?.affiliateId
  }
  return { ...collector, ownerAt }
}

test('a coupon counts from its assignment to its end, in capitals, and may then be another\'s', async () => {
  const { services, clock, ana, ben, ownerAt } = await withCoupons()
  const made = await services.triggers.assign({ coupon: ' ben10 ', affiliate: 'BEN' })
  expect(made).toEqual({
    id: expect.stringMatching(/^trg_[0-9A-Z]{26}$/), number: 1, merchantId: 1, kind: 'coupon', value: 'BEN10', identity: null, affiliateId: ben, affiliateCode: 'ben', campaignId: null,
    validFromMs: NOON_MS, recordedAtMs: NOON_MS, endedAtMs: null,
  })
  expect([ownerAt('BEN10', NOON_MS - 1), ownerAt('BEN10', NOON_MS), ownerAt('BEN1', NOON_MS)]).toEqual([undefined, ben, undefined])

  clock.nowMs += HOUR_MS
  expect(await services.triggers.end('1')).toMatchObject({ number: 1, endedAtMs: clock.nowMs })
  expect([ownerAt('BEN10', clock.nowMs - 1), ownerAt('BEN10', clock.nowMs)]).toEqual([ben, undefined])
  expect([services.triggers.list(), services.triggers.list({ all: true }).map(({ number }) => number)]).toEqual([[], [1]])

  expect(await services.triggers.assign({ coupon: 'Ben10', affiliate: ana, campaign: '1' })).toMatchObject({ number: 2, affiliateId: ana, campaignId: expect.stringMatching(/^cmp_/) })
  expect([ownerAt('BEN10', clock.nowMs - 1), ownerAt('BEN10', clock.nowMs)]).toEqual([ben, ana])
})

test('one that is ended in the millisecond of its assignment never counted', async () => {
  const { services, ownerAt } = await withCoupons()
  const { id } = await services.triggers.assign({ coupon: 'OOPS', affiliate: 'ana' })
  await services.triggers.end(id)
  expect([-1, 0, 1].map((ms) => ownerAt('OOPS', NOON_MS + ms))).toEqual([undefined, undefined, undefined])
})

test('a SKU, a coupon and an address of the same letters are different; an address is found by its identity alone', async () => {
  const { services, store, merchantId, ana, ben } = await withCoupons()
  await services.triggers.assign({ coupon: 'kim@customer.example', affiliate: 'ana' })
  await services.triggers.assign({ sku: 'kim@customer.example', affiliate: 'ana' })
  await services.triggers.assign({ email: 'Kim@Customer.example', affiliate: 'ben' })
  const settings = store.directory().merchants.get(merchantId)
  const order = services.identities.identityOf(merchantId, emailHash('kim@customer.example'))
  expect(settings && triggerAt(settings, triggerKey('email', order), NOON_MS)).toMatchObject({ affiliateId: ben, value: 'KIM@CUSTOMER.EXAMPLE' })
  expect(settings && triggerAt(settings, triggerKey('sku', 'KIM@CUSTOMER.EXAMPLE'), NOON_MS)).toMatchObject({ affiliateId: ana })
  expect([...(settings?.triggers.keys() ?? [])].filter((key) => key.startsWith('email:'))).toEqual([`email:${order}`])
})

test.each<[string, TriggerInput, { code: string; fields: string[]; message: RegExp }]>([
  ['taken by another', { coupon: 'taken', affiliate: 'ben' }, { code: 'CONFLICT', fields: ['coupon'], message: /coupon TAKEN is trigger 1 already, of another affiliate/ }],
  ['theirs already', { coupon: 'TAKEN ', affiliate: 'ana' }, { code: 'CONFLICT', fields: ['coupon'], message: /of the same affiliate/ }],
  ['an address that is taken', { email: 'KIM@customer.example', affiliate: 'ben' }, { code: 'CONFLICT', fields: ['email'], message: /of another affiliate/ }],
  ['nobody\'s', { coupon: 'NEW', affiliate: 'cleo' }, { code: 'INVALID', fields: ['affiliate'], message: /there is no affiliate cleo/ }],
  ['in no campaign', { coupon: 'NEW', affiliate: 'ana', campaign: '9' }, { code: 'INVALID', fields: ['campaign'], message: /there is no campaign 9/ }],
  ['of nothing', { affiliate: 'ana' }, { code: 'INVALID', fields: ['coupon'], message: /one of coupon, sku and email/ }],
  ['of two things', { coupon: 'A', sku: 'B', affiliate: 'ana' }, { code: 'INVALID', fields: ['sku'], message: /one of coupon, sku and email/ }],
])('a trigger is refused that is %s', async (_what, input, { message, ...refusal }) => {
  const collector = await withCoupons()
  await collector.services.triggers.assign({ coupon: 'TAKEN', affiliate: 'ana' })
  await collector.services.triggers.assign({ email: 'kim@customer.example', affiliate: 'ana' })
  expect(await refusedUse(collector, () => collector.services.triggers.assign(input))).toEqual({ ...refusal, message: expect.stringMatching(message), written: [] })
})

test('what is not there, or has ended, is not ended', async () => {
  const collector = await withCoupons()
  await collector.services.triggers.assign({ coupon: 'A', affiliate: 'ana' })
  await collector.services.triggers.end('1')
  const [again, unknown] = [await refusedUse(collector, () => collector.services.triggers.end('1')), await refusedUse(collector, () => collector.services.triggers.end('7'))]
  expect([again, unknown]).toEqual([
    { code: 'NOT_FOUND', fields: [], message: 'Trigger 1 has ended already.', written: [] },
    { code: 'NOT_FOUND', fields: [], message: 'There is no trigger 7.', written: [] },
  ])
})

test('of two who assign a coupon at the same time one gets it', async () => {
  const collector = await withCoupons()
  const both = await Promise.allSettled(['ana', 'ben'].map((affiliate) => collector.services.triggers.assign({ coupon: 'RACE', affiliate })))
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(rowCounts(collector)['triggers']).toBe(1)
})

test('merchants have their own triggers', async () => {
  const { services, ana } = await withCoupons()
  const other = await services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
  await services.affiliates.create({ campaign: other.campaignId, email: 'dan@partner.example', code: 'dan' }, other.merchantId)
  await services.triggers.assign({ coupon: 'SAME', affiliate: 'ana' }, 1)
  expect(await services.triggers.assign({ coupon: 'SAME', affiliate: 'dan' }, 2)).toMatchObject({ number: 1, merchantId: 2 })
  await expect(services.triggers.assign({ coupon: 'ELSE', affiliate: ana }, 2)).rejects.toMatchObject({ code: 'INVALID' })
  await expect(services.triggers.end('2', 2)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(services.triggers.list({}, 1).map(({ affiliateId }) => affiliateId)).toEqual([ana])
})

test('whatever is assigned and ended in whatever order, a coupon is at most one affiliate\'s at any time', async () => {
  const { services, clock, ana, ben, ownerAt } = await withCoupons()
  const owners = { ana, ben }
  const step = fc.record({ end: fc.boolean(), affiliate: fc.constantFrom('ana' as const, 'ben' as const), waitMs: fc.constantFrom(0, 1, 5) })
  let runs = 0
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
    runs += 1
    const coupon = `C${runs}`
    let owner: string | undefined
    const expected: { atMs: number; owner: string | undefined }[] = []
    for (const { end, affiliate, waitMs } of steps) {
      for (let ms = 0; ms < waitMs; ms++) expected.push({ atMs: clock.nowMs + ms, owner })
      clock.nowMs += waitMs
      const held = services.triggers.list().find(({ value }) => value === coupon)
      await (end ? services.triggers.end(held?.id ?? 'none') : services.triggers.assign({ coupon, affiliate })).catch(() => undefined)
      if (end) owner = undefined
      else owner ??= owners[affiliate]
    }
    expect(expected.map(({ atMs }) => ownerAt(coupon, atMs))).toEqual(expected.map((then) => then.owner))
  }), { seed: 20_261_121, numRuns: 25 })
})
