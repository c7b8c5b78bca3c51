/**
 * Receipts that are kept for good: `node test/engine/golden.ts` tells these stories and writes the receipts that are not
 * there yet. What is there stays as it is, whatever the engine has become; receipt.test.ts reads them.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Order } from '../../shared/domain.ts'
import type { CampaignPolicy } from '../../shared/engine/terms.ts'
import { importOrder } from '../../shared/engine/import-order.ts'
import type { ImportedOrder } from '../../shared/engine/imported.ts'
import { ENGINE_VERSION, type Receipt } from '../../shared/engine/receipt.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { enrolment, eur, flat, MAIN, ORDER_MS, percent, START_MS, trigger, versions } from './builders.ts'
import { atMs, buy, campaignWith, click, creditOrder, DAYS, identify, market, MS, people, rateOf, refund, reject, tell, type Step } from './story.ts'

const four: Step[] = [click('ana', { at: -9 * DAYS }), click('ben', { at: -7 * DAYS }), click('cleo', { at: -DAYS }), click('dan', { at: -MS })]
const shared = (model: CampaignPolicy['model']): [Settings, Step[]] => [market({ model }), [...four, buy({ minor: 4_567_891 })]]
const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const BASKET = [['TEE', 1, 4000], ['MUG', 3, 1500], [null, 1, 333]] as [string | null, number, number][]
const subscribed = (more: Parameters<typeof buy>[0] = {}) => buy({ subscription: 'sub', ...more })
const renewal = (more: Parameters<typeof buy>[0] = {}) => subscribed({ id: 'KF-2', session: null, at: 30 * DAYS, ...more })

const ODD = market({}, {
  campaigns: [campaignWith(MAIN, 1), campaignWith('cmp_old', 2, { status: 'ARCHIVED' }), campaignWith('cmp_week', 3, { windowDays: 7 })],
  affiliates: people({
    ben: { versions: versions([START_MS, { status: 'PENDING' }]) }, cleo: { enrolments: [enrolment(MAIN, START_MS), enrolment('cmp_old', START_MS)] },
    dan: { identities: [{ identity: 'buyer', validFromMs: START_MS }] },
  }),
  triggers: [trigger('coupon', 'CLEO5', { affiliateId: 'aff_cleo' })],
})
const EVERY_REFUSAL: Step[] = [
  click('nemo'), click('ana', { mode: 'test', id: 'a-test' }), click('ana', { bot: true, id: 'a-bot' }), click('ana', { at: MS, id: 'a-late' }), click('ana', { at: -31 * DAYS, id: 'a-old' }), click('ben'),
  click('ana', { campaign: '3', id: 'a-week' }), click('cleo', { campaign: '2' }), click('dan'), click('ana', { at: -3 * DAYS, id: 'a-won' }), click('ana', { at: -4 * DAYS, id: 'a-before' }),
  buy({ identity: 'buyer', coupons: ['CLEO5'], received: DAYS }),
]
const TIERS = { period: 'month' as const, steps: [{ threshold: [eur(10_000)], rate: percent('12.5') }, { threshold: [eur(30_000)], rate: percent('15') }] }

/** The receipt that is kept is the last one. */
const STORIES: Record<string, [Settings, Step[]]> = {
  'every-refusal': [ODD, EVERY_REFUSAL],
  'last-click': shared('last_click'), 'first-click': shared('first_click'), 'linear': shared('linear'), 'position': shared('position'), 'time-decay': shared('time_decay'),
  'pooled-devices': [market({ poolDevices: true }), [click('ana', { session: 's2' }), identify('buyer', { session: 's2' }), identify('buyer'), click('ben', { at: -3 * DAYS }), buy()]],
  'two-campaigns': [market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1), campaignWith('cmp_b', 2, { rate: percent('20') })], affiliates: people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } }) }), [click('ben'), click('ana', { at: -2 * DAYS }), buy({ minor: 15 })]],
  'carve-out-tax-discount': [market({ couponFirst: true }, { triggers: [MUGS, trigger('coupon', 'BEN10')] }), [click('ana'), buy({ lines: BASKET, discount: 701, tax: 999, taxed: true, shipping: 490, coupons: ['BEN10'] })]],
  'special-rates': [market({}, { special: [rateOf({ affiliateId: 'aff_ana', sku: 'TEE' }, percent('50')), rateOf({ sku: 'MUG' }, flat(120)), rateOf({ affiliateId: 'aff_ana' }, flat(77))] }), [click('ana'), buy({ lines: BASKET })]],
  'tier': [market({ tiers: TIERS }), [click('ana', { at: -2 * DAYS }), buy({ id: 'A', minor: 40_000 }), refund(15_001, { of: 'A' }), buy()]],
  'caps': [market({ capPerOrder: [eur(900)], capPerMonth: [eur(1200)], model: 'linear' }), [click('ana'), buy({ id: 'A' }), click('ben'), buy({ id: 'B' }), buy()]],
  'base-limit': [market({ rate: flat(500) }), [click('ana'), buy({ minor: 499 })]],
  'minimum-order': [market({ minimumOrder: [eur(5000)] }), [click('ana'), buy({ minor: 4999 })]],
  'no-rate': [market({ rate: flat(500) }), [click('ana'), buy({ minor: 10_000, currency: 'JPY' })]],
  'bounty': [market({ bounties: { trial: [eur(250)] }, model: 'linear' }), [...four, buy({ kind: 'trial', minor: 0 })]],
  'explicit-commission': [market({}, { triggers: [MUGS] }), [buy({ affiliate: 'aff_ana', lines: BASKET, commission: 777 })]],
  'triggers': [market({ model: 'position' }, { triggers: [trigger('coupon', 'BEN10'), trigger('coupon', 'CLEO5', { affiliateId: 'aff_cleo' }), trigger('email', 'buyer', { affiliateId: 'aff_dan' })] }), [buy({ identity: 'buyer', coupons: ['CLEO5', 'BEN10'] })]],
  'largest-split': [market({ rate: percent('100'), model: 'linear' }), [...four.slice(0, 3), buy({ minor: Number.MAX_SAFE_INTEGER })]],
  'late-arrival': [market(), [buy(), click('ana', { at: DAYS, age: 3 * DAYS, clamped: true })]],
  'adopted': [market({ adoptUntilMs: ORDER_MS }), [click('ana', { adopted: true }), buy()]],
  'browser-binding': [market(), [click('ana', { session: 's2' }), identify('buyer', { session: 's2', source: 'browser' }), click('nemo'), identify('buyer', { source: 'browser' }), identify('other', { source: 'browser', at: -MS }), buy()]],
  'test-order': [market(), [click('ana', { mode: 'test' }), click('ben', { at: -2 * DAYS }), buy({ mode: 'test' })]],
  'nobody': [market(), [buy()]],
  'renewal': [market({ recurring: 'life', model: 'position' }, { triggers: [MUGS], affiliates: people({ ben: { versions: versions([START_MS, { status: 'ACTIVE' }], [atMs(MS), { status: 'DISABLED' }]) } }) }), [...four.slice(0, 2), click('dan'), subscribed({ lines: BASKET }), reject('dan', { at: DAYS }), renewal({ lines: BASKET })]],
  'renewals-ended': [market({ recurring: { months: 1 } }), [click('ana'), subscribed(), renewal()]],
  'credit': [market({}, { special: [rateOf({ affiliateId: 'aff_ben' }, percent('20'))] }), [click('ana'), buy({ lines: BASKET }), creditOrder('ben', { transfer: true })]],
}

/** What another system had decided, and was told years later. */
function imported(): Receipt | undefined {
  const order: Order = {
    id: 'cnv_1', merchantId: 1, mode: 'live', kind: 'sale', site: '', externalId: 'KF-1', amount: eur(9_990), lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, subscriptionId: null, commissionMinor: null,
    occurredAtMs: ORDER_MS, receivedAtMs: ORDER_MS + 700 * DAYS, metadata: null,
  }
  const told: ImportedOrder = { order, identifiers: [], from: 'Rewardful', refundedMinor: 0, bookedAtMs: ORDER_MS + DAYS, refundedAtMs: null, commission: { affiliateId: 'aff_ana', campaign: null, minor: 777, state: 'paid', payout: 'po_1', paidAtMs: null, waits: true, id: null } }
  let made = 0
  const { entries } = importOrder({ settings: market({ capPerOrder: [eur(100)] }), conversion: undefined, owed: 0n }, told, { nowMs: order.receivedAtMs, newId: (prefix) => `${prefix}_${made += 1}` })
  return entries.flatMap((entry) => (entry.kind === 'receipt' ? entry.receipt : []))[0]
}

const KEPT: [string, () => Receipt | undefined][] = [...Object.entries(STORIES).map(([name, [settings, steps]]): [string, () => Receipt | undefined] => [name, () => tell(settings, steps).receipts.at(-1)]), ['import', imported]]
for (const [name, receipt] of KEPT) {
  const file = join(import.meta.dirname, 'golden', `v${ENGINE_VERSION}-${name}.json`)
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(receipt(), null, 2)}\n`)
}
