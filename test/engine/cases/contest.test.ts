import { enrolment, MAIN, percent, START_MS, trigger } from '../builders.ts'
import { buy, campaignWith, click, DAYS, earned, identify, market, MS, people, why, type Step } from '../story.ts'
import { cases } from './table.ts'

const BEN10 = trigger('coupon', 'BEN10')
const CLEO5 = trigger('coupon', 'CLEO5', { affiliateId: 'aff_cleo' })
const MAIL = trigger('email', 'buyer', { affiliateId: 'aff_dan' })
const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const all = { triggers: [BEN10, CLEO5, MAIL] }

/** Who is believed: ENGINE section 3, rules 3 to 5. */
cases(why, [
  ['an affiliate named outright stands above a click id', market(), [click('ben', { id: 'c1' }), buy({ affiliate: 'aff_ana', click: 'c1' })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['also where coupons come first', market({ couponFirst: true }, all), [buy({ affiliate: 'aff_ana', coupons: ['BEN10'] })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['a click id stands above a later click of the session', market(), [click('ana', { id: 'c1', at: -9 * DAYS, session: 's9' }), click('ben'), buy({ click: 'c1' })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ben 1000 | ana LATER_TOUCH_WON, ben WON'],
  ['a session above a code', market(), [click('ana'), buy({ code: 'ben' })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['a code above a coupon', market({}, all), [buy({ code: 'ana', coupons: ['BEN10'] })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['a coupon above the customer\'s other sessions', market({}, all), [click('ana', { session: 's2' }), identify('me', { session: 's2' }), buy({ identity: 'me', coupons: ['BEN10'] })], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 1000 | ana WON, ben WEAKER_EVIDENCE'],
  ['the e-mail trigger above them too', market({}, all), [click('ana', { session: 's2' }), identify('buyer', { session: 's2' }), buy({ identity: 'buyer' })], 'dan 1000 | ana WEAKER_EVIDENCE, dan WON', 'ana 1000 | ana WON, dan WEAKER_EVIDENCE'],
  ['coupon first stands above the click id', market({ couponFirst: true }, all), [click('ana', { id: 'c1' }), buy({ click: 'c1', coupons: ['BEN10'] })], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 1000 | ana WON, ben WEAKER_EVIDENCE'],
  ['but the e-mail trigger does not move', market({ couponFirst: true }, all), [click('ana'), buy({ identity: 'buyer' })], 'ana 1000 | ana WON, dan WEAKER_EVIDENCE', 'dan 1000 | ana WEAKER_EVIDENCE, dan WON'],
  ['a coupon that nobody has is no touch', market({}, all), [buy({ session: null, coupons: ['NOPE', 'BEN10'] })], 'ben 1000 | ben WON', 'ben 1000 | NOPE UNKNOWN_CODE, ben WON'],
  ['of two coupons the one listed first', market({}, all), [buy({ coupons: ['CLEO5', 'BEN10'] })], 'cleo 1000 | ben WEAKER_EVIDENCE, cleo WON', 'ben 1000 | ben WON, cleo WEAKER_EVIDENCE'],
  ['coupons stand before the e-mail', market({}, all), [buy({ identity: 'buyer', coupons: ['CLEO5'] })], 'cleo 1000 | cleo WON, dan WEAKER_EVIDENCE', 'dan 1000 | cleo WEAKER_EVIDENCE, dan WON'],
  ['also where the first of them is nobody\'s', market({}, all), [buy({ identity: 'buyer', coupons: ['NOPE', 'BEN10'] })], 'ben 1000 | ben WON, dan WEAKER_EVIDENCE', 'dan 1000 | ben WEAKER_EVIDENCE, dan WON'],
  ['a shared model weighs all of them equally', market({ model: 'position' }, all), [buy({ identity: 'buyer', coupons: ['CLEO5', 'BEN10'], minor: 9000 })], 'ben 300, cleo 300, dan 300 | ben SHARED, cleo SHARED, dan SHARED', 'cleo 360, ben 180, dan 360 | ben SHARED, cleo SHARED, dan SHARED'],
  ['an inactive coupon leaves the order to the next', market({}, { ...all, affiliates: people({ cleo: { enrolments: [] } }) }), [buy({ coupons: ['CLEO5', 'BEN10'] })], 'ben 1000 | ben WON, cleo NOT_ENROLLED', 'nobody | ben WEAKER_EVIDENCE, cleo NOT_ENROLLED'],
  ['of two click ids the latest', market(), [click('ben', { id: 'c2', session: 's9' }), click('ana', { id: 'c1', at: -2 * DAYS }), buy({ clicks: ['c1', 'c2'] })], 'ben 1000 | ana LATER_TOUCH_WON, ben WON', 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['under first click the earliest', market({ model: 'first_click' }), [click('ben', { id: 'c2', session: 's9' }), click('ana', { id: 'c1', at: -2 * DAYS }), buy({ clicks: ['c2', 'c1'] })], 'ana 1000 | ana WON, ben EARLIER_TOUCH_WON', 'ben 1000 | ana EARLIER_TOUCH_WON, ben WON'],
  ['and one alone under a shared model', market({ model: 'linear' }), [click('ben', { id: 'c2', session: 's9' }), click('ana', { id: 'c1', at: -2 * DAYS }), buy({ clicks: ['c1', 'c2'] })], 'ben 1000 | ana LATER_TOUCH_WON, ben WON', 'ana 500, ben 500 | ana SHARED, ben SHARED'],
  ['in the same millisecond the smaller event id', market(), [click('ben', { id: 'b' }), click('ana', { id: 'c' }), click('cleo', { id: 'a' }), buy()], 'cleo 1000 | ana LATER_TOUCH_WON, ben LATER_TOUCH_WON, cleo WON', 'ben 1000 | ana LATER_TOUCH_WON, ben WON, cleo LATER_TOUCH_WON'],
  ['a millisecond later beats any id', market(), [click('ana', { id: 'a', at: -DAYS }), click('ben', { id: 'b', at: -DAYS + MS }), buy()], 'ben 1000 | ana LATER_TOUCH_WON, ben WON', 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['under first click the earliest wins', market({ model: 'first_click' }), [click('ana', { at: -2 * DAYS }), click('ben'), buy()], 'ana 1000 | ana WON, ben EARLIER_TOUCH_WON', 'ben 1000 | ana LATER_TOUCH_WON, ben WON'],
  ['whatever the ids', market({ model: 'first_click' }), [click('ben', { at: -2 * DAYS, id: 'b' }), click('ana', { id: 'a' }), buy()], 'ben 1000 | ana EARLIER_TOUCH_WON, ben WON', 'ana 1000 | ana WON, ben EARLIER_TOUCH_WON'],
  ['and of a tie still the smaller id', market({ model: 'first_click' }), [click('ben', { id: 'b' }), click('ana', { id: 'a' }), buy()], 'ana 1000 | ana WON, ben EARLIER_TOUCH_WON', 'ben 1000 | ana EARLIER_TOUCH_WON, ben WON'],
  ['a click id wins alone under a shared model', market({ model: 'linear' }), [click('ana', { id: 'c1' }), click('ben'), buy({ click: 'c1' })], 'ana 1000 | ana WON, ben WEAKER_EVIDENCE', 'ana 500, ben 500 | ana SHARED, ben SHARED'],
])

const TWO_MODELS = [campaignWith(MAIN, 1, { model: 'linear' }), campaignWith('cmp_b', 2, { model: 'linear', rate: percent('20') })]
const BEN_IN_B = people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } })
const both: Step[] = [click('ana', { at: -2 * DAYS }), click('ben'), buy()]

/** Whose rules: ENGINE section 3, rule 1. */
cases(why, [
  ['one campaign\'s model shares', market({ model: 'linear' }), both, 'ana 500, ben 500 | ana SHARED, ben SHARED', 'ben 1000 | ana LATER_TOUCH_WON, ben WON'],
  ['of two campaigns the merchant\'s default decides, whatever both of them say', market({}, { campaigns: TWO_MODELS, affiliates: BEN_IN_B }), both, 'ben 2000 | ana LATER_TOUCH_WON, ben WON', 'ana 500, ben 1000 | ana SHARED, ben SHARED'],
  ['the default may share, each at the rate of their own campaign', market({}, { campaigns: TWO_MODELS, affiliates: BEN_IN_B, terms: { model: 'linear' } }), both, 'ana 500, ben 1000 | ana SHARED, ben SHARED', 'ana 500, ben 500 | ana SHARED, ben SHARED'],
  ['a click that does not count has no say in it', market({}, { campaigns: TWO_MODELS, affiliates: BEN_IN_B }), [click('ben', { at: -31 * DAYS }), click('ana', { at: -2 * DAYS }), click('cleo'), buy()], 'ana 500, cleo 500 | ana SHARED, ben OUTSIDE_WINDOW, cleo SHARED', 'cleo 1000 | ana LATER_TOUCH_WON, ben OUTSIDE_WINDOW, cleo WON'],
  ['nor has the owner of a SKU', market({}, { campaigns: TWO_MODELS, affiliates: people({ dan: { enrolments: [enrolment('cmp_b', START_MS)] } }), triggers: [{ ...MUGS, affiliateId: 'aff_dan' }] }), [click('ana', { at: -2 * DAYS }), click('cleo'), buy({ lines: [['TEE', 1, 1000], ['MUG', 1, 1000]] })], 'ana 50, cleo 50, dan 200 | ana SHARED, cleo SHARED, dan WON', 'cleo 100, dan 200 | ana LATER_TOUCH_WON, cleo WON, dan WON'],
])

const four: Step[] = [click('ana', { at: -8 * DAYS }), click('ben', { at: -7 * DAYS }), click('cleo', { at: -DAYS }), click('dan', { at: -MS }), buy()]
const devices: Step[] = [click('ana', { at: -2 * DAYS, session: 's2' }), identify('buyer', { session: 's2' }), identify('buyer'), click('ben', { at: -3 * DAYS }), buy()]

/** How much: ENGINE section 3, rules 4 and 6. */
cases(why, [
  ['linear', market({ model: 'linear' }), four, 'ana 250, ben 250, cleo 250, dan 250 | ana SHARED, ben SHARED, cleo SHARED, dan SHARED', 'dan 1000 | ana LATER_TOUCH_WON, ben LATER_TOUCH_WON, cleo LATER_TOUCH_WON, dan WON'],
  ['position of four: 40, 10, 10, 40', market({ model: 'position' }), four, 'ana 400, ben 100, cleo 100, dan 400 | ana SHARED, ben SHARED, cleo SHARED, dan SHARED', 'ana 400, ben 200, cleo 200, dan 400 | ana SHARED, ben SHARED, cleo SHARED, dan SHARED'],
  ['position of three: 40, 20, 40', market({ model: 'position' }), [...four.slice(0, 3), buy()], 'ana 400, ben 200, cleo 400 | ana SHARED, ben SHARED, cleo SHARED', 'ana 333, ben 333, cleo 334 | ana SHARED, ben SHARED, cleo SHARED'],
  ['by time, and not by name', market({ model: 'position' }), [click('cleo', { at: -3 * DAYS }), click('ana', { at: -2 * DAYS }), click('ben'), buy()], 'cleo 400, ana 200, ben 400 | ana SHARED, ben SHARED, cleo SHARED', 'ana 400, ben 200, cleo 400 | ana SHARED, ben SHARED, cleo SHARED'],
  ['position of two: halves', market({ model: 'position' }), [...four.slice(0, 2), buy()], 'ana 500, ben 500 | ana SHARED, ben SHARED', 'ana 400, ben 400 | ana SHARED, ben SHARED'],
  ['position of one: all', market({ model: 'position' }), [click('ana'), buy()], 'ana 1000 | ana WON', 'ana 400 | ana WON'],
  ['time decay: a week is half of today, and a day less than eight is seven', market({ model: 'time_decay' }), [click('ana', { at: -8 * DAYS + MS }), click('ben', { at: -MS }), buy({ minor: 30_000 })], 'ana 1000, ben 2000 | ana SHARED, ben SHARED', 'ana 935, ben 2065 | ana SHARED, ben SHARED'],
  ['time decay of one day: 905723664 of 1905723664', market({ model: 'time_decay' }), [click('ana', { at: -DAYS }), click('ben', { at: 0 }), buy({ minor: 100_000_000 })], 'ana 4752650, ben 5247350 | ana SHARED, ben SHARED', 'ana 5000000, ben 5000000 | ana SHARED, ben SHARED'],
  ['time decay never comes to nothing', market({ model: 'time_decay', windowDays: 365, rate: percent('100') }), [click('ana', { at: -300 * DAYS }), click('ben', { at: 0 }), buy({ minor: 1_000_000_000_000 })], 'ana 1000, ben 999999999000 | ana SHARED, ben SHARED', 'ana 0, ben 1000000000000 | ana SHARED, ben SHARED'],
  ['several touches of one affiliate are added', market({ model: 'linear' }), [click('ana', { at: -3 * DAYS }), click('ben', { at: -2 * DAYS }), click('ana'), buy({ minor: 9000 })], 'ana 600, ben 300 | ana SHARED, ana SHARED, ben SHARED', 'ana 450, ben 450 | ana SHARED, ana SHARED, ben SHARED'],
  ['one affiliate alone, twice, shares with themselves', market({ model: 'linear' }), [click('ana', { at: -3 * DAYS }), click('ana'), buy()], 'ana 1000 | ana SHARED, ana SHARED', 'ana 1000 | ana LATER_TOUCH_WON, ana WON'],
  ['the session alone, where devices are apart', market(), devices, 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['devices are pooled', market({ poolDevices: true }), devices, 'ana 1000 | ana WON, ben LATER_TOUCH_WON', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['a shared model pools them by itself', market({ model: 'linear' }), devices, 'ben 500, ana 500 | ana SHARED, ben SHARED', 'ben 1000 | ana WEAKER_EVIDENCE, ben WON'],
  ['a code on the order ends the pool', market({ model: 'linear' }), [...devices.slice(0, 3), buy({ code: 'ben', identity: 'buyer' })], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 500, ben 500 | ana SHARED, ben SHARED'],
])

const TWO_LINES = [['TEE', 1, 4000], ['MUG', 2, 1500]] as [string, number, number][]

/** SKUs: ENGINE section 3, rule 7. */
cases(why, [
  ['a carve-out alone attributes the order', market({}, { triggers: [MUGS] }), [buy({ lines: TWO_LINES })], 'cleo 300 | cleo WON', 'nobody | cleo WON'],
  ['without items it matches nothing', market({}, { triggers: [MUGS] }), [click('ana'), buy({ minor: 7000 })], 'ana 700 | ana WON', 'ana 400, cleo 300 | ana WON, cleo WON'],
  ['each part is rounded on its own: 0.5 and 0.5 are two', market({}, { triggers: [MUGS] }), [click('cleo'), buy({ lines: [['TEE', 1, 5], ['MUG', 1, 5]] })], 'cleo 2 | cleo WON, cleo WON', 'cleo 1 | cleo WON, cleo WON'],
  ['one that does not count leaves its lines to the winner', market({}, { triggers: [MUGS], affiliates: people({ cleo: { enrolments: [] } }) }), [click('ana'), buy({ lines: TWO_LINES })], 'ana 700 | ana WON, cleo NOT_ENROLLED', 'ana 400 | ana WON, cleo NOT_ENROLLED'],
  ['all lines somebody\'s leave the winner nothing', market({}, { triggers: [MUGS] }), [click('ana'), buy({ lines: [['MUG', 1, 1000]] })], 'ana 0, cleo 100 | ana WON, cleo WON', 'ana 100, cleo 100 | ana WON, cleo WON'],
  ['of a lead, too', market({}, { triggers: [MUGS] }), [click('ana'), buy({ kind: 'lead', lines: [['MUG', 1, 1000]] })], 'ana 0, cleo 100 | ana WON, cleo WON', 'ana 100, cleo 100 | ana WON, cleo WON'],
])

/** Ana's click, and a hundred of Ben's after it: ENGINE section 1. */
const crowd: Step[] = [click('ana', { at: -2 * DAYS }), ...Array.from({ length: 100 }, (_, index) => click('ben', { at: -DAYS + index }))]
cases((told) => `${earned(told)}, and ${told.receipts.at(-1)?.inputs.more} more`, [
  ['a receipt holds the newest hundred clicks', market({ model: 'linear' }), [...crowd, buy()], 'ben 1000, and 1 more', 'ana 10, ben 990, and 0 more'],
  ['under first click the oldest', market({ model: 'first_click' }), [...crowd, buy()], 'ana 1000, and 1 more', 'ben 1000, and 1 more'],
  ['what the order names stays, however old', market({}, all), [...crowd, buy({ clicks: ['ana-172800000'], coupons: ['BEN10'] })], 'ana 1000, and 2 more', 'ben 1000, and 2 more'],
])
