import { percent, campaign, campaignPolicy, enrolment, MAIN, ORDER_MS, START_MS, versions } from '../builders.ts'
import { buy, campaignWith, click, DAYS, identify, market, MS, people, refund, why, assign, earned, standing, atMs } from '../story.ts'
import { cases } from './table.ts'
import { trigger } from '../builders.ts'

const HOUR = DAYS / 24
const inBoth = { enrolments: [enrolment(MAIN, START_MS), enrolment('cmp_week', START_MS + 1)] }
const TWO = [campaignWith(MAIN, 1), campaignWith('cmp_week', 2, { windowDays: 7, rate: percent('20'), landingUrl: 'https://week.example/' })]
const changedAt = (offset: number, before: Parameters<typeof campaignPolicy>[0], after: Parameters<typeof campaignPolicy>[0]) => [campaign(MAIN, 1, versions([START_MS, campaignPolicy(before)], [atMs(offset), campaignPolicy(after)]))]

/** What counts at all: ENGINE sections 1 to 3, rule 2. */
cases(why, [
  ['thirty days are no calendar days: across the end of summer time an hour is missing', market({}, { terms: { timezone: 'Europe/Berlin' } }), [click('ana', { at: -30 * DAYS - HOUR }), buy()], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 | ana WON'],
  ['a click after the order, told with it', market(), [click('ana', { at: -DAYS }), buy({ at: -2 * DAYS, received: 0 })], 'nobody | ana AFTER_CONVERSION', 'ana 1000 | ana WON'],
  ['an order told late is judged as of its own time', market(), [click('ana', { at: -20 * DAYS }), buy({ at: 0, received: 31 * DAYS })], 'ana 1000 | ana WON', 'nobody | ana OUTSIDE_WINDOW'],
  ['the window is that of the click\'s campaign', market({}, { campaigns: TWO, affiliates: people({ ana: inBoth }) }), [click('ana', { at: -8 * DAYS, campaign: '2' }), click('ben', { at: -9 * DAYS }), buy()], 'ben 1000 | ana OUTSIDE_WINDOW, ben WON', 'ana 2000 | ana WON, ben LATER_TOUCH_WON'],
  ['and so is the rate', market({}, { campaigns: TWO, affiliates: people({ ana: inBoth }) }), [click('ana', { campaign: '2' }), buy()], 'ana 2000 | ana WON', 'ana 1000 | ana WON'],
  ['the campaign that lands on the visited host', market({}, { campaigns: TWO, affiliates: people({ ana: inBoth }) }), [click('ana', { host: 'www.week.example' }), buy()], 'ana 2000 | ana WON', 'ana 1000 | ana WON'],
  ['on no campaign\'s host the oldest enrolment counts', market({}, { campaigns: TWO, affiliates: people({ ana: { enrolments: [enrolment('cmp_week', START_MS), enrolment(MAIN, START_MS + 1)] } }) }), [click('ana', { host: 'blog.example' }), buy()], 'ana 2000 | ana WON', 'ana 1000 | ana WON'],
  ['an archived campaign is passed over', market({}, { campaigns: [campaignWith(MAIN, 1, { status: 'ARCHIVED' }), ...TWO.slice(1)], affiliates: people({ ana: inBoth }) }), [click('ana'), buy()], 'ana 2000 | ana WON', 'nobody | ana CAMPAIGN_ARCHIVED'],
  ['unless the link names it', market({ status: 'ARCHIVED' }), [click('ana', { campaign: MAIN }), buy()], 'nobody | ana CAMPAIGN_ARCHIVED', 'ana 1000 | ana WON'],
  ['a link to a campaign that the affiliate is not in', market({}, { campaigns: TWO }), [click('ana', { campaign: '2' }), buy()], 'nobody | ana NOT_ENROLLED', 'ana 1000 | ana WON'],
  ['without a campaign even a click of last year is only not enrolled', market({}, { affiliates: people({ ana: { enrolments: [] } }) }), [click('ana', { at: -300 * DAYS }), buy()], 'nobody | ana NOT_ENROLLED', 'nobody | ana OUTSIDE_WINDOW'],
  ['pending at the click and active at the order', market({}, { affiliates: people({ ana: { versions: versions([START_MS, { status: 'PENDING' }], [ORDER_MS, { status: 'ACTIVE' }]) } }) }), [click('ana'), buy()], 'ana 1000 | ana WON', 'nobody | ana AFFILIATE_INACTIVE'],
  ['active at the click and disabled at the order', market({}, { affiliates: people({ ana: { versions: versions([START_MS, { status: 'ACTIVE' }], [ORDER_MS, { status: 'DISABLED' }]) } }) }), [click('ana'), buy()], 'nobody | ana AFFILIATE_INACTIVE', 'ana 1000 | ana WON'],
  ['the rate in force at the order, not at the click', market({}, { campaigns: changedAt(0, {}, { rate: percent('20') }) }), [click('ana'), buy()], 'ana 2000 | ana WON', 'ana 1000 | ana WON'],
  ['nor the one of the next millisecond', market({}, { campaigns: changedAt(MS, {}, { rate: percent('20') }) }), [click('ana'), buy()], 'ana 1000 | ana WON', 'ana 2000 | ana WON'],
  ['an old code stays, in any case', market({}, { affiliates: people({ ana: { codes: [{ code: 'ana', validFromMs: START_MS }, { code: 'anna', validFromMs: START_MS + 1 }] } }) }), [click('ANA'), buy()], 'ana 1000 | ana WON', 'nobody | ANA UNKNOWN_CODE'],
  ['a code that is nobody\'s', market(), [click('nemo'), buy()], 'nobody | nemo UNKNOWN_CODE', 'nobody | no touch'],
  ['a bot\'s click', market(), [click('ana', { bot: true }), buy()], 'nobody | ana BOT', 'ana 1000 | ana WON'],
  ['a test click and a live order', market(), [click('ana', { mode: 'test' }), buy()], 'nobody | ana MODE_MISMATCH', 'ana 1000 | ana WON'],
  ['a live click and a test order', market(), [click('ana'), buy({ mode: 'test' })], 'ana 1000 | ana WON', 'nobody | ana MODE_MISMATCH'],
  ['an unknown code speaks before a test', market(), [click('nemo', { mode: 'test', bot: true }), buy()], 'nobody | nemo UNKNOWN_CODE', 'nobody | nemo MODE_MISMATCH'],
])

/** Cookies of another system: ENGINE section 2. */
const adopted = (at: number) => click('ana', { at, adopted: true, id: `adopted${at}` })
cases(why, [
  ['an adopted cookie counts where nothing of ours does', market({ adoptUntilMs: ORDER_MS }), [adopted(-DAYS), buy()], 'ana 1000 [ADOPTED] | ana WON', 'nobody | ana OUTSIDE_WINDOW'],
  ['until its last millisecond', market({ adoptUntilMs: ORDER_MS - 1 }), [adopted(-DAYS), buy()], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 [ADOPTED] | ana WON'],
  ['ninety days after the campaign was made, unless it says otherwise', market(), [adopted(-DAYS), buy()], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 [ADOPTED] | ana WON'],
  ['and to the millisecond', market(), [adopted(-276 * DAYS), buy({ at: -275 * DAYS })], 'ana 1000 [ADOPTED] | ana WON', 'nobody | ana OUTSIDE_WINDOW'],
  ['and no longer', market(), [adopted(-276 * DAYS), buy({ at: -275 * DAYS + MS })], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 [ADOPTED] | ana WON'],
  ['the weakest of ours stands above it', market({ adoptUntilMs: ORDER_MS }, { triggers: [trigger('coupon', 'BEN10')] }), [adopted(-DAYS), buy({ coupons: ['BEN10'] })], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 1000 [ADOPTED] | ana WON, ben WEAKER_EVIDENCE'],
  ['but not one of ours that does not count', market({ adoptUntilMs: ORDER_MS }), [adopted(-DAYS), click('ben', { at: -31 * DAYS }), buy()], 'ana 1000 [ADOPTED] | ana WON, ben OUTSIDE_WINDOW', 'nobody | ana WEAKER_EVIDENCE, ben OUTSIDE_WINDOW'],
  ['it shares with nobody', market({ model: 'linear', adoptUntilMs: ORDER_MS }), [adopted(-DAYS), click('ben'), buy()], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ana 500, ben 500 [ADOPTED] | ana SHARED, ben SHARED'],
])

const waitedVisit = (received: number, age: number, more = {}) => click('ana', { at: received, age, ...more })

/** What comes late: ENGINE section 3, rules 8 and 9. */
cases(why, [
  ['a visit that waited longer than is believed', market(), [waitedVisit(-DAYS, 3 * DAYS, { clamped: true }), buy()], 'ana 1000 [AGE_CLAMPED] | ana WON', 'ana 1000 | ana WON'],
  ['a visit of the session that is told late and did not wait', market(), [buy(), click('ana', { at: HOUR })], 'nobody | no touch', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
  ['the last millisecond of the window\'s length after the order', market(), [buy(), waitedVisit(30 * DAYS, 30 * DAYS + MS)], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['and one later', market(), [buy(), waitedVisit(30 * DAYS + MS, 30 * DAYS + 2)], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
  ['late evidence does not touch what is attributed', market(), [click('ben', { at: -2 * DAYS }), buy(), waitedVisit(HOUR, 2 * HOUR)], 'ben 1000 | ben WON', 'ana 1000 [LATE_ARRIVAL] | ana WON, ben LATER_TOUCH_WON'],
  ['a late visit of a session bound to the customer before the order', market(), [identify('buyer', { session: 's2' }), buy({ identity: 'buyer', session: null }), waitedVisit(HOUR, 2 * HOUR, { session: 's2' })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['of one bound after it', market(), [buy({ identity: 'buyer', session: null }), identify('buyer', { session: 's2', at: MS }), waitedVisit(HOUR, 2 * HOUR, { session: 's2' })], 'nobody | no touch', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
  ['a late visit whose click the order names', market(), [buy({ click: 'c9', session: null }), waitedVisit(HOUR, 2 * HOUR, { id: 'c9', session: 's9' })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['an identify a day after the order to the millisecond', market(), [click('ana'), buy({ identity: 'buyer', session: null }), identify('buyer', { at: DAYS })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['and one later', market(), [click('ana'), buy({ identity: 'buyer', session: null }), identify('buyer', { at: DAYS + MS })], 'nobody | no touch', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
  ['a repeat that brings a coupon', market({}, { triggers: [trigger('coupon', 'BEN10')] }), [buy({ session: null }), buy({ session: null, coupons: ['BEN10'], at: 30 * DAYS })], 'ben 1000 [LATE_ARRIVAL] | ben WON', 'nobody | no touch'],
  ['a repeat that brings a click', market(), [click('ana', { id: 'c1', session: 's9' }), buy(), buy({ click: 'c1', at: DAYS })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['a repeat that brings an affiliate outright', market(), [buy(), buy({ affiliate: 'aff_ana', at: DAYS })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | no touch'],
  ['a coupon of a day after the order is not in time', market(), [buy({ coupons: ['BEN10'] }), assign(trigger('coupon', 'BEN10', { validFromMs: atMs(DAYS), recordedAtMs: atMs(DAYS) }), DAYS)], 'nobody | no touch', 'ben 1000 [LATE_ARRIVAL] | ben WON'],
  ['one assigned for the past by command is', market(), [buy({ coupons: ['BEN10'] }), assign(trigger('coupon', 'BEN10', { recordedAtMs: atMs(DAYS) }), DAYS)], 'ben 1000 [LATE_ARRIVAL] | ben WON', 'nobody | no touch'],
  ['a coupon that ended in the order\'s millisecond', market({}, { triggers: [trigger('coupon', 'BEN10', { endedAtMs: ORDER_MS })] }), [buy({ coupons: ['BEN10'] })], 'nobody | no touch', 'ben 1000 | ben WON'],
  ['a coupon that began in it', market({}, { triggers: [trigger('coupon', 'BEN10', { validFromMs: ORDER_MS })] }), [buy({ coupons: ['BEN10'] })], 'ben 1000 | ben WON', 'nobody | no touch'],
  ['a coupon that was given to somebody else', market({}, { triggers: [trigger('coupon', 'BEN10'), trigger('coupon', 'BEN10', { affiliateId: 'aff_ana', validFromMs: START_MS + 1 })] }), [buy({ coupons: ['BEN10'] })], 'ana 1000 | ana WON', 'ben 1000 | ben WON'],
  ['what is settled late is priced as of the order', market({}, { campaigns: changedAt(MS, {}, { rate: percent('50'), status: 'ARCHIVED' }) }), [buy(), waitedVisit(HOUR, 2 * HOUR)], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'ana 5000 [LATE_ARRIVAL] | ana WON'],
  ['a fully refunded order is not settled', market(), [buy(), refund('full'), waitedVisit(HOUR, 2 * HOUR)], 'nobody | no touch', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
])

cases(standing, [
  ['an order settled after a refund is booked whole and clawed at once', market(), [buy(), refund(4000, { at: MS }), waitedVisit(HOUR, 2 * HOUR)], 'ana PENDING 600 of 1000', 'ana PENDING 1000 of 1000'],
])
cases(earned, [
  ['and says what it booked', market(), [buy(), refund(4000, { at: MS }), waitedVisit(HOUR, 2 * HOUR)], 'ana 1000 [LATE_ARRIVAL]', 'ana 600 [LATE_ARRIVAL]'],
])
