import { campaign, campaignPolicy, enrolment, eur, MAIN, percent, START_MS, trigger, versions } from '../builders.ts'
import { approve, assign, atMs, buy, click, creditOrder, DAYS, earned, identify, market, MS, paidOut, people, rateOf, refund, reject, verdicts, type Step, type Story } from '../story.ts'
import { cases } from './table.ts'
import type { Affiliate, AffiliateStatus } from '../../../shared/domain.ts'
import type { CampaignPolicy } from '../../../shared/engine/terms.ts'

const HOUR = DAYS / 24
const LIFE = { recurring: 'life' } as const
const first = (what: Parameters<typeof buy>[0] = {}): Step => buy({ id: 'S1', subscription: 'sub', ...what })
const next = (what: Parameters<typeof buy>[0] = {}): Step => buy({ id: 'S2', subscription: 'sub', session: null, at: 30 * DAYS, ...what })
const renewed = (told: Story): string => `${earned(told, 'S2')} | ${verdicts(told, 'S2')}`
const since = (before: Partial<CampaignPolicy>, after: Partial<CampaignPolicy>) => [campaign(MAIN, 1, versions([START_MS, campaignPolicy(before)], [atMs(MS), campaignPolicy(after)]))]
const becomes = (status: AffiliateStatus): Partial<Affiliate> => ({ versions: versions([START_MS, { status: 'ACTIVE' }], [atMs(MS), { status }]) })
const NOTHING = 'attributed, nobody earns [RENEWAL]'
const PAID_AGAIN = 'ana 1000 [RENEWAL] | ana WON'
const ENDED = `${NOTHING} | ana RENEWALS_ENDED`

/** For how long: ENGINE section 4, rule 7. */
cases(renewed, [
  ['by default the first payment alone earns', market(), [click('ana'), first(), next()], ENDED, 'nobody | no touch'],
  ['for life', market(LIFE), [click('ana'), first(), next({ at: 3000 * DAYS })], PAID_AGAIN, ENDED],
  ['three months, to the last millisecond', market({ recurring: { months: 3 } }), [click('ana'), first(), next({ at: 92 * DAYS - MS })], PAID_AGAIN, ENDED],
  ['and not a millisecond longer', market({ recurring: { months: 3 } }), [click('ana'), first(), next({ at: 92 * DAYS })], ENDED, PAID_AGAIN],
  ['a month from 31 January ends on 28 February', market({ recurring: { months: 1 } }), [click('ana', { at: 71 * DAYS }), first({ at: 72 * DAYS }), next({ at: 100 * DAYS })], ENDED, PAID_AGAIN],
  ['and not before', market({ recurring: { months: 1 } }), [click('ana', { at: 71 * DAYS }), first({ at: 72 * DAYS }), next({ at: 100 * DAYS - MS })], PAID_AGAIN, ENDED],
  ['at the same local time, which summer time moves', market({ recurring: { months: 5 } }, { terms: { timezone: 'Europe/Berlin' } }), [click('ana'), first(), next({ at: 151 * DAYS - HOUR })], ENDED, PAID_AGAIN],
  ['a longer promise made later does not reach back', market({}, { campaigns: since({}, LIFE) }), [click('ana'), first(), next()], ENDED, PAID_AGAIN],
  ['nor does a shorter one', market({}, { campaigns: since(LIFE, {}) }), [click('ana'), first(), next()], PAID_AGAIN, ENDED],
])

/** Who earns, and who not. */
cases(renewed, [
  ['a renewal is not contested', market(LIFE), [click('ana'), first(), click('ben', { at: 29 * DAYS }), next({ session: 's1' })], PAID_AGAIN, 'ben 1000 [RENEWAL] | ana LATER_TOUCH_WON, ben WON'],
  ['not even by a coupon', market({ ...LIFE, couponFirst: true }, { triggers: [trigger('coupon', 'BEN10')] }), [click('ana'), first(), next({ coupons: ['BEN10'] })], PAID_AGAIN, 'ben 1000 | ben WON'],
  ['beyond the window', market({ ...LIFE, windowDays: 1 }), [click('ana'), first(), next()], PAID_AGAIN, 'nobody | ana OUTSIDE_WINDOW'],
  ['the winners share as they shared', market({ ...LIFE, model: 'position' }), [click('cleo', { at: -3 * DAYS }), click('ben', { at: -2 * DAYS }), click('ana'), first(), next()], 'cleo 400, ben 200, ana 400 [RENEWAL] | ana SHARED, ben SHARED, cleo SHARED', 'cleo 333, ben 333, ana 334 [RENEWAL] | ana SHARED, ben SHARED, cleo SHARED'],
  ['an inactive one\'s share goes to nobody', market({ ...LIFE, model: 'linear' }, { affiliates: people({ ana: becomes('DISABLED') }) }), [click('ana', { at: -2 * DAYS }), click('ben'), first(), next()], 'ben 500 [RENEWAL] | ana AFFILIATE_INACTIVE, ben SHARED', 'ben 1000 [RENEWAL] | ana AFFILIATE_INACTIVE, ben WON'],
  ['one who left the campaign still earns', market(LIFE, { affiliates: people({ ana: { enrolments: [enrolment(MAIN, START_MS, atMs(MS))] } }) }), [click('ana'), first(), next()], PAID_AGAIN, `${NOTHING} | ana NOT_ENROLLED`],
  ['an archived campaign pays renewals', market({}, { campaigns: since(LIFE, { ...LIFE, status: 'ARCHIVED' }) }), [click('ana'), first(), next()], PAID_AGAIN, `${NOTHING} | ana CAMPAIGN_ARCHIVED`],
  ['a first payment that was denied', market(LIFE), [click('ana'), first(), reject('ana', { of: 'S1' }), next()], `${NOTHING} | ana FIRST_PAYMENT_REJECTED`, PAID_AGAIN],
  ['one that was unqualified', market(LIFE), [click('ana'), first(), reject('ana', { of: 'S1', reason: 'unqualified' }), next()], `${NOTHING} | ana FIRST_PAYMENT_REJECTED`, PAID_AGAIN],
  ['one that was refunded still earns', market(LIFE), [click('ana'), first(), refund('full', { of: 'S1', at: DAYS }), next()], PAID_AGAIN, `${NOTHING} | ana FIRST_PAYMENT_REJECTED`],
  ['the end is named before the denial', market(), [click('ana'), first(), reject('ana', { of: 'S1' }), next()], ENDED, `${NOTHING} | ana FIRST_PAYMENT_REJECTED`],
  ['the denial before the absence', market(LIFE, { affiliates: people({ ana: becomes('DISABLED') }) }), [click('ana'), first(), reject('ana', { of: 'S1' }), next()], `${NOTHING} | ana FIRST_PAYMENT_REJECTED`, `${NOTHING} | ana AFFILIATE_INACTIVE`],
  ['a denied one of two leaves the other their half', market({ ...LIFE, model: 'linear' }), [click('ana', { at: -2 * DAYS }), click('ben'), first(), reject('ana', { of: 'S1' }), next()], 'ben 500 [RENEWAL] | ana FIRST_PAYMENT_REJECTED, ben SHARED', 'ben 1000 [RENEWAL] | ana FIRST_PAYMENT_REJECTED, ben WON'],
  ['after a transfer the second affiliate is the winner', market(LIFE), [click('ana'), first(), creditOrder('ben', { of: 'S1', transfer: true, at: DAYS }), next()], 'ben 1000 [RENEWAL] | ben WON', PAID_AGAIN],
  ['also when the first was paid', market(LIFE), [click('ana'), first(), approve('ana', { of: 'S1' }), paidOut('ana'), creditOrder('ben', { of: 'S1', transfer: true }), next()], 'ben 1000 [RENEWAL] | ben WON', PAID_AGAIN],
  ['after a credit beside the first it is not', market(LIFE), [click('ana'), first(), creditOrder('ben', { of: 'S1', at: DAYS }), next()], PAID_AGAIN, 'ana 500, ben 500 [RENEWAL] | ana SHARED, ben SHARED'],
  ['a credit of what nobody had won makes its affiliate the winner', market(LIFE), [first(), creditOrder('ben', { of: 'S1', at: DAYS }), next()], 'ben 1000 [RENEWAL] | ben WON', 'nobody | no touch'],
])

/** Under which terms. */
const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const TEE_MUG = { lines: [['TEE', 1, 4000], ['MUG', 2, 1500]] as [string, number, number][] }
cases((told) => earned(told, 'S2'), [
  ['the version of the first payment, whatever was set since', market({}, { campaigns: since(LIFE, { ...LIFE, rate: percent('20') }) }), [click('ana'), first(), next()], 'ana 1000 [RENEWAL]', 'ana 2000 [RENEWAL]'],
  ['its caps, too', market({}, { campaigns: since({ ...LIFE, capPerOrder: [eur(100)] }, LIFE) }), [click('ana'), first(), next()], 'ana 100 [RENEWAL CAPPED]', 'ana 1000 [RENEWAL]'],
  ['a SKU\'s rate that is new since does not count', market(LIFE, { special: [rateOf({ sku: 'TEE' }, percent('50'), atMs(MS))] }), [click('ana'), first(), next(TEE_MUG)], 'ana 700 [RENEWAL]', 'ana 2300 [RENEWAL]'],
  ['one that is older does, though the first payment had none of it', market(LIFE, { special: [rateOf({ sku: 'TEE' }, percent('50'))] }), [click('ana'), first(), next(TEE_MUG)], 'ana 2300 [RENEWAL]', 'ana 700 [RENEWAL]'],
  ['volume is taken anew', market({ ...LIFE, tiers: { period: 'life', steps: [{ threshold: [eur(10_000)], rate: percent('20') }] } }), [click('ana'), first(), next()], 'ana 2000 [RENEWAL]', 'ana 1000 [RENEWAL]'],
  ['SKUs are carved out again', market(LIFE, { triggers: [MUGS] }), [click('ana'), first(TEE_MUG), next(TEE_MUG)], 'ana 400, cleo 300 [RENEWAL]', 'ana 700 [RENEWAL]'],
  ['without their SKU nothing is', market(LIFE, { triggers: [MUGS] }), [click('ana'), first(TEE_MUG), next()], 'ana 1000 [RENEWAL]', 'ana 1000, cleo 0 [RENEWAL]'],
  ['nor with other SKUs alone', market(LIFE, { triggers: [MUGS] }), [click('ana'), first(TEE_MUG), next({ lines: [['TEE', 1, 1000]] })], 'ana 100 [RENEWAL]', 'ana 100, cleo 0 [RENEWAL]'],
  ['a tie goes to whoever came first to the first payment', market({ ...LIFE, model: 'linear' }), [click('ben', { at: -3 * DAYS }), click('ana', { at: -2 * DAYS, id: 'x' }), click('ana'), click('ben', { at: -DAYS / 2, id: 'y' }), first(), next({ minor: 50 })], 'ben 3, ana 2 [RENEWAL]', 'ana 3, ben 2 [RENEWAL]'],
  ['what was won by a browser\'s word is renewed by it', market(LIFE), [click('ana', { session: 's2' }), identify('buyer', { session: 's2', source: 'browser' }), first({ session: null, identity: 'buyer' }), next()], 'ana 1000 [RENEWAL UNVERIFIED_IDENTITY]', 'ana 1000 [RENEWAL]'],
  ['also in the millisecond of the first payment', market(LIFE), [click('ana'), first(), next({ at: 0 })], 'ana 1000 [RENEWAL]', 'nobody'],
  ['of two that are settled at once the one that nobody won is no first payment', market(LIFE), [click('ana', { session: 's9', at: HOUR }), first({ session: null, identity: 'buyer' }), next({ identity: 'buyer', at: 2 * HOUR }), identify('buyer', { session: 's9', at: 3 * HOUR })], 'ana 1000 [LATE_ARRIVAL]', 'nobody'],
  ['a SKU that was nobody\'s at the first payment is nobody\'s', market(LIFE), [click('ana'), first(TEE_MUG), assign({ ...MUGS, validFromMs: atMs(DAYS) }, DAYS), next(TEE_MUG)], 'ana 700 [RENEWAL]', 'ana 400, cleo 300 [RENEWAL]'],
  ['the share of a SKU\'s affiliate who is inactive goes to nobody', market(LIFE, { triggers: [MUGS], affiliates: people({ cleo: becomes('DISABLED') }) }), [click('ana'), first(TEE_MUG), next(TEE_MUG)], 'ana 400 [RENEWAL]', 'ana 700 [RENEWAL]'],
  ['the share of a winner who is inactive leaves the SKU\'s alone', market(LIFE, { triggers: [MUGS], affiliates: people({ ana: becomes('DISABLED') }) }), [click('ana'), first(TEE_MUG), next(TEE_MUG)], 'cleo 300 [RENEWAL]', 'cleo 700 [RENEWAL]'],
  ['a carve-out alone renews alone', market(LIFE, { triggers: [MUGS] }), [first(TEE_MUG), next(TEE_MUG)], 'cleo 300 [RENEWAL]', 'cleo 700 [RENEWAL]'],
  ['an explicit commission is shared as the first payment was', market({ ...LIFE, model: 'linear' }), [click('ana', { at: -2 * DAYS }), click('ben'), first(), next({ commission: 301 })], 'ana 151, ben 150 [RENEWAL]', 'ana 301 [RENEWAL]'],
])

/** What is a first payment at all. */
cases(renewed, [
  ['without a known subscription every order is attributed afresh', market(LIFE), [click('ana'), buy({ id: 'S1' }), next()], 'nobody | no touch', PAID_AGAIN],
  ['a trial is none: the sale after it is contested', market(LIFE), [click('ana'), first({ kind: 'trial', minor: 0 }), click('ben', { at: 0 }), next({ session: 's1', at: DAYS })], 'ben 1000 | ana LATER_TOUCH_WON, ben WON', PAID_AGAIN],
  ['nor is a sale of nothing', market(LIFE), [click('ana'), first({ minor: 0 }), click('ben', { at: 0 }), next({ session: 's1', at: DAYS })], 'ben 1000 | ana LATER_TOUCH_WON, ben WON', PAID_AGAIN],
  ['where nobody won the first, the second is contested', market(LIFE), [first(), click('ana', { at: 29 * DAYS }), next({ session: 's1' })], 'ana 1000 | ana WON', NOTHING],
  ['a test subscription is another', market(LIFE), [click('ana'), first({ mode: 'test' }), next()], 'nobody | no touch', PAID_AGAIN],
])
cases((told) => earned(told, 'S3'), [
  ['and the third follows the second', market(LIFE), [first(), click('ana', { at: 29 * DAYS }), next({ session: 's1' }), click('ben', { at: 59 * DAYS }), buy({ id: 'S3', subscription: 'sub', at: 60 * DAYS })], 'ana 1000 [RENEWAL]', 'ben 1000'],
  ['one whose customer is another follows it all the same, within the month\'s cap', market({ ...LIFE, capPerMonth: [eur(1500)] }), [click('ana', { session: 's9', at: 0 }), buy({ id: 'S2', subscription: 'sub', session: null, identity: 'buyer', at: HOUR }), buy({ id: 'S3', subscription: 'sub', session: null, identity: 'other', at: 2 * HOUR }), identify('buyer', { session: 's9', at: 3 * HOUR })], 'ana 500 [LATE_ARRIVAL RENEWAL CAPPED]', 'ana 1000 [LATE_ARRIVAL RENEWAL]'],
  ['what an identify explains at once is a first payment and its renewal', market(LIFE), [click('ana', { session: 's9', at: 0 }), buy({ id: 'S2', subscription: 'sub', session: null, identity: 'buyer', at: HOUR }), buy({ id: 'S3', subscription: 'sub', session: null, identity: 'buyer', at: 2 * HOUR }), identify('buyer', { session: 's9', at: 3 * HOUR })], 'ana 1000 [LATE_ARRIVAL RENEWAL]', 'ana 1000 [LATE_ARRIVAL]'],
])
