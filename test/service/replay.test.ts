import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MODELS } from '../../shared/engine/terms.ts'
import { clawTarget } from '../../shared/engine/refund.ts'
import { decidingReceipt, judge } from '../../shared/engine/receipt.ts'
import { changedInputs, rejudge } from '../../shared/engine/rejudge.ts'
import { replay } from '../../shared/engine/replay.ts'
import type { PolicyChange } from '../../shared/engine/replay-policy.ts'
import type { ReplayReport } from '../../collector/service/replay.ts'
import type { ConversionRecord } from '../../collector/store/queries.ts'
import { tempDir } from '../helpers/collector.ts'
import { templateIn, type Template, type World } from '../helpers/world.ts'
import { live, plain, wild, type Step } from './replay-histories.ts'

const SEED = 20_261_121
const RUNS = 15
const ALWAYS = { from: '2020-01-01', to: '2030-01-01', mode: 'live' } as const

/** A merchant with a second campaign, a third affiliate, triggers and special rates; `terms` are the first campaign's. */
const merchantWith = (terms: Record<string, unknown>): Promise<Template> => templateIn(tempDir(), async ({ services, merchantId, campaignId }) => {
  await services.campaigns.create({ name: 'Second', landingUrl: 'https://www.shop.example/', flat: ['5.00'], windowDays: 7 }, merchantId)
  await services.affiliates.create({ campaign: campaignId, email: 'cleo@partner.example', name: 'Cleo', code: 'cleo' }, merchantId)
  await services.affiliates.update('cleo', { enrol: '2' }, merchantId)
  await services.affiliates.update('ana', { enrol: '2' }, merchantId)
  await services.rates.set({ campaign: '1', affiliate: 'ben', percent: '12.5' }, merchantId)
  await services.triggers.assign({ coupon: 'ANA10', affiliate: 'ana' }, merchantId)
  await services.triggers.assign({ sku: 'MUG', affiliate: 'cleo' }, merchantId)
  await services.triggers.assign({ email: 'mia@customer.example', affiliate: 'ben' }, merchantId)
  await services.campaigns.update('1', terms, merchantId)
})

const changes = fc.record({ model: fc.option(fc.constantFrom(...MODELS), { nil: undefined }), windowDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }), couponFirst: fc.option(fc.boolean(), { nil: undefined }) })

async function ordersOf({ store, merchantId }: World): Promise<ConversionRecord[]> {
  const { conversions } = await store.snapshot((book) => book.read('book', { merchantId, afterNumber: 0, limit: 1000 })) as { conversions: { record: ConversionRecord }[] }
  return conversions.map(({ record }) => record).filter(({ order }) => order.mode === 'live')
}

/** What the engine finds on the receipts' own touches, an entry an affiliate and currency: orders that stand apart are left out. */
function judged(orders: ConversionRecord[], change: PolicyChange): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const order of orders.filter((one) => rejudge(one, change).apart === null)) {
    const receipt = decidingReceipt(order.receipts) ?? order.receipts.at(-1)
    if (receipt === undefined) throw new Error('an order has no receipt')
    for (const { affiliateId, amount: { minor, currency }, byLine } of judge(changedInputs(receipt.inputs, change)).earnings) {
      const net = minor - clawTarget(order, { totalMinor: minor, byLine })
      sums.set(`${affiliateId} ${currency}`, (sums.get(`${affiliateId} ${currency}`) ?? 0n) + BigInt(net))
    }
  }
  return new Map([...sums].filter(([, minor]) => minor !== 0n))
}

const wouldOf = ({ rows }: ReplayReport): Map<string, bigint> => new Map(rows.flatMap(({ affiliateId, currency, wouldMinor }) => (wouldMinor === null || wouldMinor === 0n ? [] : [[`${affiliateId} ${currency}`, wouldMinor] as const])))
const sorted = (sums: Map<string, bigint>): [string, bigint][] => [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1))

/** How many orders the columns had to leave to the engine. */
async function leftOf({ store, merchantId }: World, change: PolicyChange): Promise<number> {
  const settings = store.directory().merchants.get(merchantId)
  if (settings === undefined) throw new Error('there is no merchant')
  const { columns } = await store.read('replay', { merchantId, mode: 'live', fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })
  return replay(columns, settings, change).left.length
}

describe.each<[string, { terms: Record<string, unknown>; histories: fc.Arbitrary<Step[]>; mostLeft: number }]>([
  ['of every day', { terms: {}, histories: plain, mostLeft: 0.5 }],
  ['in which anything happens', { terms: {}, histories: wild, mostLeft: 0.8 }],
  ['with a minimum and a cap an order', { terms: { minOrder: ['20.00'], capOrder: ['9.00'] }, histories: wild, mostLeft: 0.8 }],
  ['with tiers', { terms: { tier: ['100.00=20'] }, histories: wild, mostLeft: 0.9 }],
  ['with a cap a month', { terms: { capMonth: ['30.00'] }, histories: wild, mostLeft: 0.9 }],
])('random histories %s', (_name, { terms, histories, mostLeft }) => {
  test('the same policy finds what stands booked, another one what the engine finds on the same touches', { timeout: 120_000 }, async () => {
    const template = await merchantWith(terms)
    const seen = { orders: 0, left: 0 }
    await fc.assert(fc.asyncProperty(histories, changes, (steps, change) => template.copy(async ([world]) => {
      if (world === undefined) return
      await live(world, steps)
      const { services, merchantId } = world
      const same = await services.replay.run(ALWAYS, merchantId)
      for (const { bookedMinor, wouldMinor } of [...same.rows, ...same.apart.flatMap((one) => one.rows)]) expect(wouldMinor ?? bookedMinor).toBe(bookedMinor)

      const orders = await ordersOf(world)
      const other = await services.replay.run({ ...ALWAYS, ...change }, merchantId)
      expect(other.orders).toBe(orders.length)
      expect(sorted(wouldOf(other))).toEqual(sorted(judged(orders, change)))
      seen.orders += orders.length
      seen.left += await leftOf(world, change)
    })), { seed: SEED, numRuns: RUNS })
    // Else the law would be about nothing but the engine.
    expect(seen.left / seen.orders).toBeLessThan(mostLeft)
  })
})
