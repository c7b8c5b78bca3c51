import { expect, test } from 'vitest'
import { specialRate } from '../../shared/engine/settings.ts'
import type { SpecialRateInput } from '../../shared/wire/settings.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowCounts } from '../helpers/rows.ts'

/** A collector, and the special rate of a scope at an instant, as the engine sees it. */
async function withRates() {
  const collector = await startCollector()
  const rateAt = (scope: { affiliateId?: string; sku?: string }, atMs: number) => {
    const campaign = collector.store.directory().merchants.get(collector.merchantId)?.campaigns.get(collector.campaignId)
    return campaign && specialRate(campaign, { affiliateId: scope.affiliateId ?? null, sku: scope.sku ?? null }, atMs)
  }
  return { ...collector, rateAt }
}

const percent = (ppm: number) => ({ kind: 'percent', ppm })

test('a special rate counts from its own millisecond, and not from when it is taken back', async () => {
  const { services, clock, ana, campaignId, rateAt } = await withRates()
  const made = await services.rates.set({ campaign: '1', affiliate: 'ana', percent: '15' })
  expect(made).toEqual({ campaignId, campaignNumber: 1, affiliateId: ana, affiliateCode: 'ana', sku: null, rate: percent(150_000), validFromMs: NOON_MS })
  clock.nowMs += HOUR_MS
  await services.rates.set({ campaign: '1', affiliate: 'ana', flat: ['5', '6:USD'] })
  clock.nowMs += HOUR_MS
  expect(await services.rates.remove({ campaign: '1', affiliate: 'ana' })).toMatchObject({ affiliateCode: 'ana', rate: { kind: 'flat' } })
  clock.nowMs += HOUR_MS
  await services.rates.set({ campaign: '1', affiliate: 'ana', percent: '0' })

  const flat = { kind: 'flat', amounts: [{ minor: 500, currency: 'EUR' }, { minor: 600, currency: 'USD' }] }
  expect([-1, 0, HOUR_MS - 1, HOUR_MS, 2 * HOUR_MS - 1, 2 * HOUR_MS, 3 * HOUR_MS - 1, 3 * HOUR_MS].map((ms) => rateAt({ affiliateId: ana }, NOON_MS + ms)))
    .toEqual([undefined, percent(150_000), percent(150_000), flat, flat, undefined, undefined, percent(0)])
})

test('an affiliate\'s, a SKU\'s and an affiliate\'s for a SKU are three; a SKU is known in any case and may hold a slash', async () => {
  const { services, ana, rateAt } = await withRates()
  await services.rates.set({ campaign: '1', affiliate: 'ana', percent: '11' })
  await services.rates.set({ campaign: '1', sku: ' mug/red ', percent: '12' })
  await services.rates.set({ campaign: '1', affiliate: ana, sku: 'MUG/RED', percent: '13' })
  expect([rateAt({ affiliateId: ana }, NOON_MS), rateAt({ sku: 'MUG/RED' }, NOON_MS), rateAt({ affiliateId: ana, sku: 'MUG/RED' }, NOON_MS), rateAt({ sku: 'MUG' }, NOON_MS)])
    .toEqual([percent(110_000), percent(120_000), percent(130_000), undefined])
  expect(services.rates.list().map(({ affiliateCode, sku, rate }) => [affiliateCode, sku, rate])).toEqual([[null, 'MUG/RED', percent(120_000)], ['ana', null, percent(110_000)], ['ana', 'MUG/RED', percent(130_000)]])

  await services.rates.remove({ campaign: '1', sku: 'Mug/Red' })
  expect(services.rates.list().map(({ affiliateCode, sku }) => [affiliateCode, sku])).toEqual([['ana', null], ['ana', 'MUG/RED']])
})

test('what is set again in the same millisecond counts as it was set last', async () => {
  const { services, ana, rateAt, ...collector } = await withRates()
  await services.rates.set({ campaign: '1', affiliate: 'ana', percent: '11' })
  await services.rates.set({ campaign: '1', affiliate: 'ana', percent: '12' })
  expect(rateAt({ affiliateId: ana }, NOON_MS)).toEqual(percent(120_000))
  expect(rowCounts(collector)['special_rates']).toBe(2)
})

test.each<[string, SpecialRateInput, string, RegExp]>([
  ['nobody\'s and nothing\'s', { campaign: '1', percent: '5' }, 'affiliate', /name an affiliate, a SKU or both/],
  ['a stranger\'s', { campaign: '1', affiliate: 'cleo', percent: '5' }, 'affiliate', /there is no affiliate cleo/],
  ['in no campaign', { campaign: '7', sku: 'A', percent: '5' }, 'campaign', /there is no campaign 7/],
  ['neither percent nor flat', { campaign: '1', sku: 'A' }, 'percent', /give either percent or flat/],
  ['both', { campaign: '1', sku: 'A', percent: '5', flat: ['1'] }, 'percent', /not both/],
  ['more than everything', { campaign: '1', sku: 'A', percent: '100.0001' }, 'percent', /0 to 100/],
  ['in one currency twice', { campaign: '1', sku: 'A', flat: ['1', '2'] }, 'flat', /EUR twice/],
])('a rate is refused that is %s', async (_what, input, field, says) => {
  const collector = await withRates()
  expect(await refusedUse(collector, () => collector.services.rates.set(input))).toEqual({ code: 'INVALID', fields: [field], message: expect.stringMatching(says), written: [] })
})

test('what was never set, or was taken back, is not taken back', async () => {
  const collector = await withRates()
  const remove = () => refusedUse(collector, () => collector.services.rates.remove({ campaign: '1', sku: 'A' }))
  const refusal = { code: 'NOT_FOUND', fields: [], message: 'There is no such special rate.', written: [] }
  expect(await remove()).toEqual(refusal)
  await collector.services.rates.set({ campaign: '1', sku: 'A', percent: '5' })
  await collector.services.rates.remove({ campaign: '1', sku: 'A' })
  expect(await remove()).toEqual(refusal)
})
