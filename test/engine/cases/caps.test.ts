import type { Tiers } from '../../../shared/engine/terms.ts'
import { campaign, campaignPolicy, enrolment, eur, flat, MAIN, percent, START_MS, trigger, versions } from '../builders.ts'
import { adjust, approve, buy, campaignWith, click, creditOrder, DAYS, earned, identify, market, MS, people, rateOf, refund, reject, tell, type Step, type Story } from '../story.ts'
import { cases } from './table.ts'
import { expect, test } from 'vitest'

const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const of = (id: string) => (told: Story): string => earned(told, id)
/** Ana's session, and the order that the case is about; A and B came before it. */
const X = (what: Parameters<typeof buy>[0] = {}): Step => buy({ id: 'X', ...what })

/** Caps: ENGINE section 4, rule 3. */
const LINEAR3: Step[] = [click('ana', { at: -3 * DAYS }), click('ben', { at: -2 * DAYS }), click('cleo')]
cases(of('X'), [
  ['a cap per order', market({ capPerOrder: [eur(600)] }), [click('ana'), X()], 'ana 600 [CAPPED]', 'ana 1000'],
  ['reached exactly it does not limit', market({ capPerOrder: [eur(1000)] }), [click('ana'), X()], 'ana 1000', 'ana 1000 [CAPPED]'],
  ['it limits the sum of its campaign, in proportion', market({ capPerOrder: [eur(600)], model: 'linear' }), [...LINEAR3, X()], 'ana 200, ben 200, cleo 200 [CAPPED]', 'ana 334, ben 333, cleo 333'],
  ['and not the other campaign\'s', market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1, { capPerOrder: [eur(100)] }), campaignWith('cmp_b', 2)], affiliates: people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } }) }), [...LINEAR3.slice(0, 2), X()], 'ana 100, ben 500 [CAPPED]', 'ana 50, ben 50 [CAPPED]'],
  ['a carve-out is capped on its own', market({ capPerOrder: [eur(200)] }, { triggers: [MUGS] }), [click('ana'), X({ lines: [['TEE', 1, 4000], ['MUG', 1, 3000]] })], 'ana 200, cleo 200 [CAPPED]', 'ana 114, cleo 86 [CAPPED]'],
  ['the cap comes after the base limit', market({ rate: flat(900), capPerOrder: [eur(450)], model: 'linear' }), [...LINEAR3, X({ minor: 300 })], 'ana 100, ben 100, cleo 100 [CAPPED]', 'ana 150, ben 150, cleo 150 [CAPPED]'],
  ['a cap per month takes what goes beyond', market({ capPerMonth: [eur(1500)] }), [click('ana'), buy({ id: 'A' }), X()], 'ana 500 [CAPPED]', 'ana 1000'],
  ['also where another campaign has none', market({}, { campaigns: [campaignWith(MAIN, 1, { capPerMonth: [eur(1500)] }), campaignWith('cmp_b', 2)] }), [click('ana'), buy({ id: 'A' }), X()], 'ana 500 [CAPPED]', 'ana 1000'],
  ['also where there was none at first', market({}, { campaigns: [campaign(MAIN, 1, versions([START_MS, campaignPolicy()], [START_MS + 1, campaignPolicy({ capPerMonth: [eur(1500)] })]))] }), [click('ana'), buy({ id: 'A' }), X()], 'ana 500 [CAPPED]', 'ana 1000'],
  ['a refund releases nothing', market({ capPerMonth: [eur(1500)] }), [click('ana'), buy({ id: 'A' }), refund('full', { of: 'A' }), X()], 'ana 500 [CAPPED]', 'ana 1000'],
  ['nor does a rejection', market({ capPerMonth: [eur(1000)] }), [click('ana'), buy({ id: 'A' }), reject('ana', { of: 'A' }), X()], 'ana 0 [CAPPED]', 'ana 1000'],
  ['an adjustment uses nothing', market({ capPerMonth: [eur(2000)] }), [click('ana'), buy({ id: 'A' }), adjust('ana', 'BONUS', 900, { of: 'A' }), X()], 'ana 1000', 'ana 100 [CAPPED]'],
  ['the month is the order\'s, in the merchant\'s zone', market({ capPerMonth: [eur(1500)] }, { terms: { timezone: 'Pacific/Kiritimati' } }), [click('ana', { at: 0 }), buy({ id: 'A', at: 10 * DAYS }), X({ at: 10 * DAYS + DAYS / 24 })], 'ana 1000', 'ana 500 [CAPPED]'],
  ['and by when it was booked: a late report of last month is last month\'s', market({ capPerMonth: [eur(1500)] }), [click('ana', { at: -29 * DAYS }), buy({ id: 'A', at: -21 * DAYS, received: 0 }), X({ received: MS })], 'ana 1000', 'ana 500 [CAPPED]'],
  ['what is booked first uses it, though it happened later', market({ capPerMonth: [eur(1500)] }), [click('ana', { at: -5 * DAYS }), buy({ id: 'A' }), X({ at: -DAYS, received: MS })], 'ana 500 [CAPPED]', 'ana 1000'],
  ['each affiliate has their own', market({ capPerMonth: [eur(1500)], model: 'linear' }), [click('ana'), buy({ id: 'A' }), click('ben'), X()], 'ana 500, ben 500', 'ana 250, ben 250 [CAPPED]'],
  ['the excess goes to nobody', market({ capPerMonth: [eur(1100)], model: 'linear' }), [click('ana'), buy({ id: 'A' }), click('ben'), X()], 'ana 100, ben 500 [CAPPED]', 'ana 100, ben 900 [CAPPED]'],
  ['the winner\'s own SKU comes out of the same month', market({ capPerMonth: [eur(500)] }, { triggers: [MUGS] }), [click('cleo'), X({ lines: [['TEE', 1, 4000], ['MUG', 1, 3000]] })], 'cleo 500 [CAPPED]', 'cleo 700'],
  ['a test order does not use it', market({ capPerMonth: [eur(1000)] }), [click('ana'), buy({ id: 'A', mode: 'test' }), X()], 'ana 1000', 'ana 0 [CAPPED]'],
  ['nor a live one that of the tests', market({ capPerMonth: [eur(1000)] }), [click('ana'), buy({ id: 'A' }), X({ mode: 'test' })], 'ana 1000', 'ana 0 [CAPPED]'],
  ['an order credited by hand uses it', market({ capPerMonth: [eur(1500)] }), [buy({ id: 'A' }), creditOrder('ana', { of: 'A' }), click('ana'), X()], 'ana 500 [CAPPED]', 'ana 1000'],
])

/** Tiers: ENGINE section 4, rule 4. */
const tiers = (period: Tiers['period']) => ({ tiers: { period, steps: [{ threshold: [eur(10_000)], rate: percent('20') }, { threshold: [eur(30_000)], rate: percent('30') }] } })
const LIFE = market(tiers('life'))
const MONTH = tiers('month')
cases(of('X'), [
  ['the order itself does not count', LIFE, [click('ana'), X({ minor: 50_000 })], 'ana 5000', 'ana 15000'],
  ['a threshold is reached exactly', LIFE, [click('ana'), buy({ id: 'A' }), X()], 'ana 2000', 'ana 1000'],
  ['a cent less does not reach it', LIFE, [click('ana'), buy({ id: 'A', minor: 9999 }), X()], 'ana 1000', 'ana 2000'],
  ['an order is priced wholly at its tier', LIFE, [click('ana'), buy({ id: 'A', minor: 29_999 }), X()], 'ana 2000', 'ana 3000'],
  ['a refund reduces the volume', LIFE, [click('ana'), buy({ id: 'A' }), refund(1, { of: 'A' }), X()], 'ana 1000', 'ana 2000'],
  ['a rejected order is none', LIFE, [click('ana'), buy({ id: 'A' }), reject('ana', { of: 'A' }), X()], 'ana 1000', 'ana 2000'],
  ['an order that nobody won is none', LIFE, [buy({ id: 'A' }), click('ana', { at: 0 }), X({ at: MS })], 'ana 1000', 'ana 2000'],
  ['a share of an order is a share of its volume', market({ ...tiers('life'), model: 'linear' }), [click('ben'), click('ana'), buy({ id: 'A', minor: 19_999, session: 's1' }), click('ana', { at: 0, session: 's2', id: 'c2' }), X({ session: 's2' })], 'ana 1000', 'ana 2000'],
  ['by month it begins anew', market(MONTH), [click('ana', { at: -25 * DAYS }), buy({ id: 'A', at: -20 * DAYS }), X()], 'ana 1000', 'ana 2000'],
  ['for life it does not', LIFE, [click('ana', { at: -25 * DAYS }), buy({ id: 'A', at: -20 * DAYS }), X()], 'ana 2000', 'ana 1000'],
  ['the month is the merchant\'s', market(MONTH, { terms: { timezone: 'Pacific/Kiritimati' } }), [click('ana', { at: 0 }), buy({ id: 'A', at: 10 * DAYS }), X({ at: 10 * DAYS + DAYS / 24 })], 'ana 1000', 'ana 2000'],
  ['a carved-out line is its owner\'s volume, not the winner\'s', market(tiers('life'), { triggers: [MUGS] }), [click('ana'), buy({ id: 'A', lines: [['TEE', 1, 9999], ['MUG', 1, 10_000]] }), X({ lines: [['TEE', 1, 1000], ['MUG', 1, 1000]] })], 'ana 100, cleo 200', 'ana 200, cleo 100'],
  ['a live order counts live ones alone', LIFE, [click('ana'), buy({ id: 'A', mode: 'test' }), X()], 'ana 1000', 'ana 2000'],
  ['a test order counts both', LIFE, [click('ana'), buy({ id: 'A' }), X({ mode: 'test' })], 'ana 2000', 'ana 1000'],
  ['another currency is another volume', market({ tiers: { period: 'life', steps: [{ threshold: [eur(10_000), { minor: 10_000, currency: 'JPY' }], rate: percent('20') }] } }), [click('ana'), buy({ id: 'A', currency: 'JPY' }), X()], 'ana 1000', 'ana 2000'],
])

cases(of('A'), [
  ['an order is never priced anew', LIFE, [click('ana'), buy({ id: 'A' }), X(), refund('full', { of: 'X' })], 'ana 1000', 'ana 2000'],
  ['one that is settled late counts what was recorded before it', LIFE, [buy({ id: 'A', session: 's2' }), click('ana'), X({ minor: 50_000 }), click('ana', { at: 1, age: DAYS, session: 's2', id: 'c2' })], 'ana 1000 [LATE_ARRIVAL]', 'ana 3000 [LATE_ARRIVAL]'],
])

/** A and X, which nobody had won, until one identify explains both. */
const atOnce = (a: Parameters<typeof buy>[0] = {}, x: Parameters<typeof buy>[0] = {}, ...between: Step[]): Step[] => [
  click('ana', { session: 's9', at: 0 }), buy({ id: 'A', session: null, identity: 'buyer', at: DAYS / 24, ...a }), ...between, X({ session: null, identity: 'buyer', at: DAYS / 12, ...x }), identify('buyer', { session: 's9', at: DAYS / 8 }),
]
const CAPPED = market({ capPerMonth: [eur(1500)] })
cases(of('X'), [
  ['orders that are settled together share the month', CAPPED, atOnce(), 'ana 500 [LATE_ARRIVAL CAPPED]', 'ana 1000 [LATE_ARRIVAL]'],
  ['each affiliate their own', market({ capPerMonth: [eur(1200)], model: 'linear' }, { special: [rateOf({ affiliateId: 'aff_ben' }, percent('20'))] }), [click('ben', { session: 's9' }), ...atOnce()], 'ben 200, ana 500 [LATE_ARRIVAL CAPPED]', 'ben 700, ana 0 [LATE_ARRIVAL CAPPED]'],
  ['in each campaign', market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1, { capPerMonth: [eur(1200)] }), campaignWith('cmp_b', 2, { rate: percent('20'), capPerMonth: [eur(1200)] })], affiliates: people({ ana: { enrolments: [enrolment(MAIN, START_MS), enrolment('cmp_b', START_MS + 1)] } }) }), [click('ana', { session: 's9', campaign: '2' }), ...atOnce()], 'ana 700 [LATE_ARRIVAL CAPPED]', 'ana 0 [LATE_ARRIVAL CAPPED]'],
  ['unless one is a test', CAPPED, atOnce({ mode: 'test' }), 'ana 1000 [LATE_ARRIVAL]', 'ana 500 [LATE_ARRIVAL CAPPED]'],
  ['or in another currency', market({ capPerMonth: [eur(1500), { minor: 1500, currency: 'JPY' }] }), atOnce({ currency: 'JPY' }), 'ana 1000 [LATE_ARRIVAL]', 'ana 500 [LATE_ARRIVAL CAPPED]'],
  ['also with the order that explains them', CAPPED, [click('ana', { session: 's9' }), buy({ id: 'A', session: null, identity: 'buyer' }), X({ session: 's9', identity: 'buyer', at: MS })], 'ana 500 [CAPPED]', 'ana 1000'],
  ['and are its volume', LIFE, [click('ana', { session: 's9' }), buy({ id: 'A', session: null, identity: 'buyer' }), X({ session: 's9', identity: 'buyer', at: MS })], 'ana 2000', 'ana 1000'],
  ['or of last month', CAPPED, [click('ana', { session: 's9', at: 9 * DAYS }), buy({ id: 'A', session: null, identity: 'buyer', at: 10.5 * DAYS }), X({ session: null, identity: 'buyer', at: 11 * DAYS }), identify('buyer', { session: 's9', at: 11.2 * DAYS })], 'ana 1000 [LATE_ARRIVAL]', 'ana 500 [LATE_ARRIVAL CAPPED]'],
  ['the earlier is volume of the later', LIFE, atOnce(), 'ana 2000 [LATE_ARRIVAL]', 'ana 1000 [LATE_ARRIVAL]'],
  ['less what was refunded of it before', LIFE, atOnce({}, {}, refund(1, { of: 'A', at: DAYS / 20 })), 'ana 1000 [LATE_ARRIVAL]', 'ana 2000 [LATE_ARRIVAL]'],
  ['a live one of a test', LIFE, atOnce({}, { mode: 'test' }), 'ana 2000 [LATE_ARRIVAL]', 'ana 1000 [LATE_ARRIVAL]'],
  ['a test of no live one', LIFE, atOnce({ mode: 'test' }), 'ana 1000 [LATE_ARRIVAL]', 'ana 2000 [LATE_ARRIVAL]'],
  ['of last month for life', LIFE, [click('ana', { session: 's9', at: 9 * DAYS }), buy({ id: 'A', session: null, identity: 'buyer', at: 10.5 * DAYS }), X({ session: null, identity: 'buyer', at: 11 * DAYS }), identify('buyer', { session: 's9', at: 11.2 * DAYS })], 'ana 2000 [LATE_ARRIVAL]', 'ana 1000 [LATE_ARRIVAL]'],
  ['but not by month', market(MONTH), [click('ana', { session: 's9', at: 9 * DAYS }), buy({ id: 'A', session: null, identity: 'buyer', at: 10.5 * DAYS }), X({ session: null, identity: 'buyer', at: 11 * DAYS }), identify('buyer', { session: 's9', at: 11.2 * DAYS })], 'ana 1000 [LATE_ARRIVAL]', 'ana 2000 [LATE_ARRIVAL]'],
])
const SAME = { at: DAYS / 24 }
cases(of('X'), [
  ['of one millisecond the one that was recorded first', LIFE, atOnce(SAME, SAME), 'ana 2000 [LATE_ARRIVAL]', 'ana 1000 [LATE_ARRIVAL]'],
])
cases(of('A'), [
  ['and not the other way round', LIFE, atOnce(SAME, SAME), 'ana 1000 [LATE_ARRIVAL]', 'ana 2000 [LATE_ARRIVAL]'],
  ['the later is no volume of the earlier', LIFE, atOnce(), 'ana 1000 [LATE_ARRIVAL]', 'ana 2000 [LATE_ARRIVAL]'],
])

test('the receipt keeps the volume and what the month had used', () => {
  const told = tell(market({ ...MONTH, capPerMonth: [eur(1500)] }), [click('ana'), buy({ id: 'A' }), approve('ana', { of: 'A' }), X()])
  expect(told.receipts.at(-1)?.inputs.usage).toEqual([{ affiliateId: 'aff_ana', campaignId: MAIN, month: '2026-11', booked: '1000', volume: '10000/1' }])
})
