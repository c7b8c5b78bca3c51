import { describe, expect, test } from 'vitest'
import type { Store } from '../../collector/store/store.ts'
import { BROWSER, HOUR_MS, NOON_MS, uuidAt } from '../helpers/collector.ts'
import { lookedAt } from '../helpers/end-state.ts'
import { adjust, approve, change, credit, first, order, payOut, refund, setCampaign, visit, type Operation } from '../helpers/operations.ts'
import { permutations } from '../helpers/schedules.ts'
import { memoryDir, templateIn, type Template } from '../helpers/world.ts'

const ANA = { code: 'ana' }
const [SESSION, LOST] = [uuidAt(NOON_MS), uuidAt(NOON_MS)]
const before = first(order('o-1', 10_000, ANA), order('o-2', 5_000, ANA), approve('1'))

/** What neighbours of a failing job do; each reads what others have written. */
const NEIGHBOURS: Operation[] = [refund('o-1', 3_000), payOut, order('o-3', 2_000, ANA), setCampaign({ percent: '20' }), visit(SESSION, 'ana', { id: uuidAt(NOON_MS), waitedMs: HOUR_MS })]

/** Jobs that fail in the middle of a group, when some of their rows are written, or none. */
const FAILING: Record<string, (store: Store) => Promise<unknown>> = {
  'a decision that throws': (store) => store.decide('nothing', {}, () => {
    throw new Error('a fault of ours')
  }),
  'a fact that cannot be read': (store) => store.decide('customer', { merchantId: 99, mode: 'live', sessions: [], identities: [], clicks: [], unsettledSinceMs: 0, sums: () => [] }, () => ({ entries: [], result: undefined })),
  'rows of which the last is refused by the database': (store) => store.decide('payable', { merchantId: 1, affiliateId: 'nobody', mode: 'live', currency: 'EUR' }, () => ({
    entries: [
      { kind: 'audit', audit: { merchantId: 1, mode: 'live', atMs: 1, actor: 'test', action: 'fail', subject: 'nothing', detail: {} } },
      { kind: 'transaction', transaction: { id: 'txn_1', merchantId: 1, mode: 'live', event: 'booked', commissionId: 'nobody', payoutId: null, factId: null, currency: 'EUR', atMs: 1, postings: [{ account: 'expense', affiliateId: null, minor: 1 }] } },
    ],
    result: undefined,
  })),
  'a visit whose orders cannot be settled, when it and the texts of its page are written': (store) => store.decide('arrival', {
    merchantId: 1, mode: 'live', sessions: [], identities: [], clicks: [], unsettledSinceMs: 0, sums: () => [],
    visit: {
      merchantId: 1, page: 'www.shop.example/', referrer: '', userAgent: BROWSER, urlHash: 1, handedOver: null, countedAs: () => ({ day: '2026-11-20', mode: 'live', campaignId: '', affiliateId: '' }),
      arrival: { id: LOST, clickId: LOST, session: SESSION, code: 'ana', campaign: null, host: 'www.shop.example', occurredAtMs: NOON_MS, receivedAtMs: NOON_MS, waited: true, clamped: false, adopted: false, mode: 'live', bot: false },
    },
  }, () => {
    throw new Error('a fault of ours')
  }),
  'settings that are taken back': (store) => store.decide('settings', {}, ({ directory }) => {
    const [campaign] = directory.merchants.get(1)?.campaigns.values() ?? []
    const latest = campaign?.versions.at(-1)
    if (campaign === undefined || latest === undefined) throw new Error('there is no campaign')
    return { entries: [
      { kind: 'campaign_version', merchantId: 1, id: campaign.id, version: latest.version + 1, validFromMs: 0, value: { ...latest.value, rate: { kind: 'percent', ppm: 1_000_000 } } },
      { kind: 'merchant', merchant: { id: 1, name: 'is there already', currency: 'EUR' }, createdAtMs: 1 },
    ], result: undefined }
  }),
}

describe.each(Object.entries(FAILING))('%s', (_name, fail) => {
  test.each(Array.from(NEIGHBOURS.keys()).concat(NEIGHBOURS.length))('leaves its neighbours what they were without it, when %i of them come before', { timeout: 30_000 }, async (place) => {
    const template = await templateIn(memoryDir(), before)
    const without = await ended(template, NEIGHBOURS)
    const failed: unknown[] = []
    const withIt = await ended(template, NEIGHBOURS.toSpliced(place, 0, async ({ store }) => {
      await fail(store).catch((error: unknown) => failed.push(error))
      return 'failed'
    }))

    expect(failed).toHaveLength(1)
    expect({ ...withIt, told: withIt.told.filter((word) => word !== 'failed') }).toEqual(without)
    expect(without.broken).toEqual([])
  })
})

test('of jobs that are refused, whatever their order, none leaves a row', { timeout: 30_000 }, async () => {
  const template = await templateIn(memoryDir(), before)
  const { state } = await ended(template, [])
  const refused = [refund('o-1', 10_001), approve('1'), change('pay', '1'), adjust('1', 'DEDUCTION', 1_001), credit('ana', '0')]
  for (const line of permutations(refused)) {
    const after = await ended(template, line)
    expect(after.told.filter((word) => !/^(INVALID|CONFLICT|NOT_FOUND)/.test(word))).toEqual([])
    expect(after).toMatchObject({ state, broken: [] })
  }
})

/** What stands after operations that were asked for in one turn. */
async function ended(template: Template, operations: Operation[]) {
  return template.copy(async ([world], file) => {
    if (world === undefined) throw new Error('there is no connection')
    const told = await Promise.all(operations.map((operation) => operation(world)))
    return { told, ...lookedAt(file) }
  })
}
