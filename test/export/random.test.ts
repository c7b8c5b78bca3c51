import * as fc from 'fast-check'
import { basename, dirname } from 'node:path'
import { expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { exported, filesOf, imported } from '../helpers/exports.ts'
import { memoryDir, templateIn } from '../helpers/world.ts'
import { live, wild } from '../service/replay-histories.ts'

const SEED = 20_261_122
const RUNS = 15

test('whatever happened to a book, it leaves and comes back as the same bytes', { timeout: 60_000 }, async () => {
  const template = await templateIn(memoryDir(), async ({ services, merchantId, campaignId }) => {
    await services.campaigns.create({ name: 'Second', landingUrl: 'https://www.shop.example/', flat: ['5.00'], windowDays: 7 }, merchantId)
    await services.affiliates.create({ campaign: campaignId, email: 'cleo@partner.example', name: 'Cleo', code: 'cleo' }, merchantId)
    await services.triggers.assign({ coupon: 'ANA10', affiliate: 'ana' }, merchantId)
  })
  await fc.assert(fc.asyncProperty(wild, (steps) => template.copy(async ([world], file) => {
    if (world === undefined) throw new Error('there is no world')
    await live(world, steps)
    expect((await verify(world)).problems).toEqual([])
    const folder = await exported({ dir: dirname(file), file: basename(file) })
    expect(filesOf(await exported(await imported(folder)))).toEqual(filesOf(folder))
  })), { seed: SEED, numRuns: RUNS })
})
