import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { PLAIN_TERMS } from '../../shared/engine/terms.ts'
import { CURRENCIES, toMajor } from '../../shared/engine/money.ts'
import { policyOf } from '../../shared/engine/settings.ts'
import type { CampaignChange, CampaignInput } from '../../shared/wire/settings.ts'
import { amountsOf } from '../../collector/service/amounts.ts'
import { HOUR_MS, NOON_MS, startCollector } from '../helpers/collector.ts'
import { refusedUse, rowsOf } from '../helpers/rows.ts'

const eur = (minor: number) => ({ minor, currency: 'EUR' })
const usd = (minor: number) => ({ minor, currency: 'USD' })

test('a campaign that says little has the plain terms', async () => {
  const { services } = await startCollector()
  const made = await services.campaigns.create({ name: 'Plain', landingUrl: 'https://shop.example/', percent: '10' })
  expect(made).toEqual({ ...PLAIN_TERMS, id: expect.stringMatching(/^cmp_/), number: 2, createdAtMs: NOON_MS, name: 'Plain', landingUrl: 'https://shop.example/', rate: { kind: 'percent', ppm: 100_000 }, windowDays: 30, holdDays: null })
})

const FULL = {
  flat: ['5.00', '5.50:usd'], model: 'linear', couponFirst: true, poolDevices: true, minOrder: ['20.00'], capOrder: ['50', '55:USD'], capMonth: ['500.005'],
  tier: ['5000=15', '1000.00=12.5'], tierPeriod: 'life', bounty: ['lead=5.00', 'lead=5.50:USD', 'trial=0'], recurring: 12, adoptUntil: '2027-03-31',
} satisfies CampaignChange
const FULL_TERMS = {
  rate: { kind: 'flat', amounts: [eur(500), usd(550)] }, model: 'linear', couponFirst: true, poolDevices: true, minimumOrder: [eur(2000)], capPerOrder: [eur(5000), usd(5500)], capPerMonth: [eur(50_001)],
  tiers: { period: 'life', steps: [{ threshold: [eur(100_000)], rate: { kind: 'percent', ppm: 125_000 } }, { threshold: [eur(500_000)], rate: { kind: 'percent', ppm: 150_000 } }] },
  bounties: { lead: [eur(500), usd(550)], trial: [eur(0)] }, recurring: { months: 12 }, adoptUntilMs: Date.UTC(2027, 2, 31, 23, 59, 59, 999),
}

test('all terms are read exactly, kept, and read back as they are', async () => {
  const { services, store, merchantId, ...collector } = await startCollector()
  const made = await services.campaigns.create({ name: 'Full', landingUrl: 'https://shop.example/', ...FULL })
  expect(made).toMatchObject(FULL_TERMS)
  expect(store.directory().merchants.get(merchantId)?.campaigns.get(made.id)?.versions.map(({ value }) => value)).toEqual([expect.objectContaining(FULL_TERMS)])
  expect(rowsOf(collector, 'select version from campaign_versions where campaign_id = ?', made.id)).toEqual([{ version: 1 }])
})

test('a change leaves the rest, counts from its own millisecond, and clears what it says', async () => {
  const { services, store, clock, merchantId } = await startCollector()
  const { id } = await services.campaigns.create({ name: 'Full', landingUrl: 'https://shop.example/', ...FULL })
  clock.nowMs += HOUR_MS
  expect(await services.campaigns.update(id, { percent: '7.5' })).toMatchObject({ ...FULL_TERMS, rate: { kind: 'percent', ppm: 75_000 } })
  clock.nowMs += HOUR_MS
  await services.campaigns.update(id, { minOrder: [], capOrder: [], capMonth: [], tier: [], bounty: [], adoptUntil: null, recurring: 'life', couponFirst: false, tierPeriod: undefined })
  const campaign = store.directory().merchants.get(merchantId)?.campaigns.get(id)
  if (campaign === undefined) throw new Error('no campaign')
  const at = (ms: number) => policyOf(campaign, NOON_MS + ms).value
  expect([at(0).rate, at(HOUR_MS - 1).rate, at(HOUR_MS).rate]).toEqual([FULL_TERMS.rate, FULL_TERMS.rate, { kind: 'percent', ppm: 75_000 }])
  expect(at(2 * HOUR_MS - 1)).toMatchObject({ minimumOrder: [eur(2000)], recurring: { months: 12 } })
  expect(at(2 * HOUR_MS)).toMatchObject({ minimumOrder: [], capPerOrder: [], capPerMonth: [], tiers: null, bounties: {}, adoptUntilMs: null, recurring: 'life', couponFirst: false, poolDevices: true })
})

test('the period of tiers is changed by itself; tiers in several currencies rise in each', async () => {
  const { services } = await startCollector()
  const tiers = async (change: CampaignChange) => (await services.campaigns.update('1', change)).tiers
  expect(await tiers({ tier: ['1000:EUR,1100:USD=12', '2000:USD,1900:EUR=6:EUR,7:USD'] })).toEqual({ period: 'month', steps: [
    { threshold: [eur(100_000), usd(110_000)], rate: { kind: 'percent', ppm: 120_000 } }, { threshold: [usd(200_000), eur(190_000)], rate: { kind: 'flat', amounts: [eur(600), usd(700)] } },
  ] })
  expect(await tiers({ tierPeriod: 'life' })).toMatchObject({ period: 'life', steps: [{}, {}] })
  expect(await tiers({ tier: ['10=1'] })).toMatchObject({ period: 'life', steps: [{ threshold: [eur(1000)] }] })
})

test('amounts that name no currency are in the one that is named for all, else in the merchant\'s', async () => {
  const { services } = await startCollector()
  expect(await services.campaigns.update('1', { capOrder: ['5', '6:JPY'], currency: 'kwd' })).toMatchObject({ capPerOrder: [{ minor: 5000, currency: 'KWD' }, { minor: 6, currency: 'JPY' }] })
  expect(await services.campaigns.update('1', { capOrder: ['5'] })).toMatchObject({ capPerOrder: [eur(500)] })
})

test.each<[string, CampaignChange, string, RegExp]>([
  ['both kinds of rate', { percent: '1', flat: ['2'] }, 'percent', /not both/], ['no amount', { flat: [] }, 'flat', /must be an amount/], ['a negative rate', { flat: ['-1'] }, 'flat', /not be negative/],
  ['a currency twice', { flat: ['1', '2:eur'] }, 'flat', /names EUR twice/], ['an unknown currency', { capOrder: ['1:XYZ'] }, 'capOrder', /ISO 4217/], ['an unknown currency for all', { capOrder: ['1'], currency: 'XYZ' }, 'currency', /ISO 4217/],
  ['a limit of nothing', { capMonth: ['0'] }, 'capMonth', /above 0/], ['a limit that rounds to nothing', { minOrder: ['0.004'] }, 'minOrder', /above 0/], ['a word', { minOrder: ['much'] }, 'minOrder', /decimal/],
  ['more than can be counted', { capOrder: ['90071992547409.92'] }, 'capOrder', /9007199254740991/],
  ['a tier of nothing', { tier: ['0=5'] }, 'tier', /above 0/], ['two tiers from the same volume', { tier: ['10=5', '10.00=6'] }, 'tier', /must rise/], ['tiers that cross', { tier: ['10:EUR,30:USD=5', '20:EUR,20:USD=6'] }, 'tier', /must rise/],
  ['tiers of different currencies', { tier: ['10:EUR=5', '20:USD=6'] }, 'tier', /same currencies/], ['a tier of more than everything', { tier: ['10=101'] }, 'tier', /0 to 100/], ['a fixed tier without its currency', { tier: ['10=5:EUR,6'] }, 'tier', /currency of each/],
  ['a period of no tiers', { tierPeriod: 'life' }, 'tierPeriod', /no tiers/], ['a bounty of a sale', { bounty: ['sale=5'] }, 'bounty', /lead, trial, custom/], ['a bounty below nothing', { bounty: ['lead=-5'] }, 'bounty', /negative/],
  ['a bounty twice', { bounty: ['lead=5', 'lead=6'] }, 'bounty', /EUR twice/], ["a stranger's page", { landingUrl: 'https://evil.example/' }, 'landingUrl', /not on a site/],
])('%s is refused, and nothing is written', async (_what, change, field, says) => {
  const collector = await startCollector()
  const update = await refusedUse(collector, () => collector.services.campaigns.update('1', change))
  expect(update).toEqual({ code: 'INVALID', fields: [field], message: expect.stringMatching(says), written: [] })
  const rate = change.flat === undefined && change.percent === undefined ? { percent: '1' } : {}
  expect(await refusedUse(collector, () => collector.services.campaigns.create({ landingUrl: 'https://shop.example/', ...rate, ...change, name: 'X' } as CampaignInput))).toEqual(update)
})

test('any list of amounts is read back to the minor unit', () => {
  const amounts = fc.uniqueArray(fc.record({ minor: fc.maxSafeNat(), currency: fc.constantFrom(...CURRENCIES) }), { selector: ({ currency }) => currency, maxLength: 10 })
  fc.assert(fc.property(amounts, (list) => {
    expect(amountsOf(list.map((amount) => `${toMajor(amount)}:${amount.currency}`), { field: 'flat', currency: 'EUR' })).toEqual(list)
  }), { seed: 20_261_121, numRuns: 300 })
})
