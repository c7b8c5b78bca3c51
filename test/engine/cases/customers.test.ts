import { expect, test } from 'vitest'
import { affiliate, enrolment, MAIN, ORDER_MS, START_MS, trigger } from '../builders.ts'
import { approve, atMs, balances, buy, campaignWith, cancelled, click, credit, DAYS, identify, market, MS, paid, paidOut, payout, people, refund, reject, said, standing, tell, undone, why, type Step, type Story } from '../story.ts'
import { cases } from './table.ts'

const M = market()
const HOUR = DAYS / 24
/** Ana's click in `s2`, the customer's other session. */
const elsewhere = click('ana', { session: 's2' })
const bound = (more: Parameters<typeof identify>[1] = {}, identity = 'buyer'): Step => identify(identity, { session: 's2', ...more })
/** The customer orders, without a session. */
const theyBuy = (more: Parameters<typeof buy>[0] = {}): Step => buy({ identity: 'buyer', session: null, ...more })
const WON = 'ana 1000 | ana WON'
const UNKNOWN = 'nobody | no touch'

/** Whose session it is: ENGINE section 2. */
cases(why, [
  ['an identify a day before its session\'s visit', M, [bound({ at: -2 * DAYS }), elsewhere, theyBuy()], WON, UNKNOWN],
  ['and a millisecond more', M, [bound({ at: -2 * DAYS - MS }), elsewhere, theyBuy()], UNKNOWN, WON],
  ['an identify any time after its visit', M, [click('ana', { session: 's2', at: -29 * DAYS }), bound({ at: 0 }), theyBuy()], WON, UNKNOWN],
  ['the first by occurrence stands', M, [elsewhere, bound({ at: -2 * HOUR }, 'other'), bound({ at: -HOUR }), theyBuy()], UNKNOWN, WON],
  ['whichever was told first', M, [elsewhere, bound({ at: -HOUR, occurredAtMs: atMs(-3 * HOUR) }), bound({ at: -2 * HOUR }, 'other'), theyBuy()], WON, UNKNOWN],
  ['in one millisecond the smaller hash', M, [elsewhere, bound({}, 'zoe'), bound(), theyBuy()], WON, UNKNOWN],
  ['a server replaces a browser', M, [elsewhere, bound({ source: 'browser', at: -9 * HOUR }, 'other'), bound(), theyBuy()], WON, UNKNOWN],
  ['a browser does not replace a server', M, [elsewhere, bound(), bound({ source: 'browser', at: -9 * HOUR }, 'other'), theyBuy()], WON, UNKNOWN],
  ['a conflict is remarked on, and joins nothing', M, [click('ben'), identify('buyer', { at: -2 * HOUR }), identify('other'), elsewhere, bound({}, 'other'), buy()], 'ben 1000 [IDENTITY_CONFLICT] | ben WON', 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['an order that names a session and a customer ties them', M, [elsewhere, buy({ id: 'A', session: 's2', identity: 'buyer' }), theyBuy()], WON, UNKNOWN],
  ['a customer\'s id ties like a hash', M, [elsewhere, identify('c-7', { session: 's2', kind: 'customer' }), buy({ session: null, customer: 'c-7' })], WON, UNKNOWN],
  ['but an id is no hash', M, [elsewhere, identify('c-7', { session: 's2', kind: 'customer' }), buy({ session: null, identity: 'c-8' })], UNKNOWN, WON],
  ['without a hash the order is its session\'s customer\'s', M, [elsewhere, bound(), click('nemo', { at: -40 * DAYS }), identify('buyer'), buy()], 'ana 1000 | ana WON, nemo UNKNOWN_CODE', 'nobody | nemo UNKNOWN_CODE'],
  ['with another hash it is not', M, [elsewhere, bound(), click('nemo', { at: -40 * DAYS }), identify('buyer'), buy({ identity: 'other' })], 'nobody [IDENTITY_CONFLICT] | nemo UNKNOWN_CODE', 'ana 1000 | ana WON, nemo UNKNOWN_CODE'],
  ['a live order believes no test', M, [elsewhere, bound({ mode: 'test' }), theyBuy()], UNKNOWN, WON],
  ['a test order believes both', M, [elsewhere, bound({ mode: 'test' }), theyBuy({ mode: 'test' })], WON, UNKNOWN],
])

/** What a browser says alone: ENGINE section 2. */
cases(why, [
  ['it wins, and is marked', M, [elsewhere, bound({ source: 'browser' }), theyBuy()], 'ana 1000 [UNVERIFIED_IDENTITY] | ana WON', WON],
  ['not where a server says the same', M, [elsewhere, bound({ source: 'browser', at: -2 * HOUR }), bound(), theyBuy()], WON, 'ana 1000 [UNVERIFIED_IDENTITY] | ana WON'],
  ['nor where it did not win', M, [elsewhere, bound({ source: 'browser' }), click('ben'), buy({ identity: 'buyer' })], 'ben 1000 | ana WEAKER_EVIDENCE, ben WON', 'ben 1000 [UNVERIFIED_IDENTITY] | ana WEAKER_EVIDENCE, ben WON'],
  ['nor where only a part of what is theirs rests on it', market({ model: 'linear' }), [elsewhere, bound({ source: 'browser' }), click('ana', { at: -2 * DAYS }), buy({ identity: 'buyer' })], 'ana 1000 | ana SHARED, ana SHARED', 'ana 1000 [UNVERIFIED_IDENTITY] | ana SHARED, ana SHARED'],
  ['but where all of one affiliate\'s does', market({ model: 'linear' }), [elsewhere, bound({ source: 'browser' }), click('ben', { at: -2 * DAYS }), buy({ identity: 'buyer' })], 'ben 500, ana 500 [UNVERIFIED_IDENTITY] | ana SHARED, ben SHARED', 'ben 500, ana 500 | ana SHARED, ben SHARED'],
  ['a browser\'s word about the order\'s session is one, too', M, [elsewhere, bound(), click('nemo', { at: -40 * DAYS }), identify('buyer', { source: 'browser' }), buy()], 'ana 1000 [UNVERIFIED_IDENTITY] | ana WON, nemo UNKNOWN_CODE', 'ana 1000 | ana WON, nemo UNKNOWN_CODE'],
  ['and by it an e-mail\'s affiliate wins no other way', market({}, { triggers: [trigger('email', 'buyer', { affiliateId: 'aff_dan' })] }), [click('nemo', { at: -40 * DAYS }), identify('buyer', { source: 'browser' }), buy()], 'dan 1000 [UNVERIFIED_IDENTITY] | dan WON, nemo UNKNOWN_CODE', 'dan 1000 | dan WON, nemo UNKNOWN_CODE'],
])

/** Their own purchase: ENGINE section 3, rule 10. */
const both: Step[] = [click('ben', { at: -2 * DAYS }), click('ana')]
const OWN = 'ben 1000 | ana SELF_REFERRAL, ben WON'
const twice = affiliate('ana').identities.concat({ identity: 'payout-ana', validFromMs: START_MS })
cases(why, [
  ['the next eligible touch wins', M, [...both, buy({ identity: 'identity-ana' })], OWN, 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['nobody, where there is none', M, [click('ana'), buy({ identity: 'identity-ana' })], 'nobody | ana SELF_REFERRAL', WON],
  ['by the address of their payouts', market({}, { affiliates: people({ ana: { identities: twice } }) }), [...both, buy({ identity: 'payout-ana' })], OWN, 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['an address that they took on after the order is not held against it', market({}, { affiliates: people({ ana: { identities: [{ identity: 'buyer', validFromMs: ORDER_MS + 1 }] } }) }), [...both, buy({ identity: 'buyer' })], 'ana 1000 | ana WON, ben LATER_TOUCH_WON', OWN],
  ['one of the order\'s own millisecond is', market({}, { affiliates: people({ ana: { identities: [{ identity: 'buyer', validFromMs: ORDER_MS }] } }) }), [...both, buy({ identity: 'buyer' })], OWN, 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['in a session that is bound to them', M, [...both, identify('identity-ana'), buy()], OWN, 'ana 1000 | ana WON, ben LATER_TOUCH_WON'],
  ['also when the order names another customer', M, [...both, identify('identity-ana'), buy({ identity: 'buyer' })], 'ben 1000 [IDENTITY_CONFLICT] | ana SELF_REFERRAL, ben WON', 'ana 1000 [IDENTITY_CONFLICT] | ana WON, ben LATER_TOUCH_WON'],
  ['their coupon is theirs, too', market({}, { triggers: [trigger('coupon', 'BEN10')] }), [buy({ coupons: ['BEN10'], identity: 'identity-ben' })], 'nobody | ben SELF_REFERRAL', 'ben 1000 | ben WON'],
  ['and their SKU', market({}, { triggers: [trigger('sku', 'MUG')] }), [click('ana'), buy({ lines: [['MUG', 1, 10_000]], identity: 'identity-ben' })], 'ana 1000 | ana WON, ben SELF_REFERRAL', 'ana 0, ben 1000 | ana WON, ben WON'],
  ['under a shared model the rest share', market({ model: 'linear' }), [...both, click('cleo'), buy({ identity: 'identity-ana' })], 'ben 500, cleo 500 | ana SELF_REFERRAL, ben SHARED, cleo SHARED', 'ben 333, cleo 333 | ana SELF_REFERRAL, ben SHARED, cleo SHARED'],
])

/** States and payouts: ENGINE sections 5 and 6. */
const one: Step[] = [click('ana'), buy()]
const done: Step[] = [...one, approve('ana')]
cases(said, [
  ['twice approved', M, [...done, approve('ana')], 'approved, WRONG_STATE', 'approved, approved'],
  ['rejected and approved', M, [...one, reject('ana'), approve('ana')], 'rejected, WRONG_STATE', 'rejected, approved'],
  ['rejected in a payout', M, [...done, payout('ana'), reject('ana')], 'approved, made, WRONG_STATE', 'approved, made, rejected'],
  ['rejected when it was paid', M, [...done, paidOut('ana'), reject('ana')], 'approved, made, paid, WRONG_STATE', 'approved, made, paid, rejected'],
  ['rejected while it owes', M, [...done, payout('ana'), refund(1), cancelled, refund(9), payout('ana'), refund(10), cancelled, reject('ana')], 'approved, made, refunded, cancelled, refunded, made, refunded, cancelled, OWES', 'approved, made, refunded, cancelled, refunded, made, refunded, cancelled, rejected'],
  ['nothing approved, nothing to pay', M, [...one, payout('ana')], 'NOTHING_TO_PAY', 'made'],
  ['no payout twice', M, [...done, payout('ana'), payout('ana')], 'approved, made, NOTHING_TO_PAY', 'approved, made, made'],
  ['paid twice', M, [...done, paidOut('ana'), paid], 'approved, made, paid, WRONG_STATE', 'approved, made, paid, paid'],
  ['cancelled when it was paid', M, [...done, paidOut('ana'), cancelled], 'approved, made, paid, WRONG_STATE', 'approved, made, paid, cancelled'],
  ['undone before it was paid', M, [...done, payout('ana'), undone], 'approved, made, WRONG_STATE', 'approved, made, undone'],
  ['paid after it was cancelled', M, [...done, payout('ana'), cancelled, paid], 'approved, made, cancelled, WRONG_STATE', 'approved, made, cancelled, paid'],
  ['a debt of just as much', M, [...done, credit('ana', -1000, { approved: true }), payout('ana')], 'approved, NOTHING_TO_PAY', 'approved, made'],
  ['a debt of a cent less', M, [...done, credit('ana', -999, { approved: true }), payout('ana')], 'approved, made', 'approved, NOTHING_TO_PAY'],
])
cases(standing, [
  ['a commission of nothing is paid with the next', M, [click('ana'), buy({ minor: 0 }), buy({ id: 'KF-2' }), approve('ana'), approve('ana', { of: 'KF-2' }), paidOut('ana')], 'ana PAID 0 of 0, ana PAID 1000 of 1000', 'ana APPROVED 0 of 0, ana PAID 1000 of 1000'],
])
const TWO_HOLDS = market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1, { holdDays: 14 }), campaignWith('cmp_b', 2, { holdDays: 30 })], affiliates: people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } }) })
const heldDays = (told: Story): string => [...told.commissions.values()].map(({ affiliateId, bookedAtMs, approvableAtMs }) => `${affiliateId} ${approvableAtMs === null ? 'a person' : (approvableAtMs - bookedAtMs) / DAYS}`).join(', ')
cases(heldDays, [
  ['each is held as long as its own campaign says', TWO_HOLDS, [click('ana', { at: -2 * DAYS }), click('ben'), buy()], 'aff_ana 14, aff_ben 30', 'aff_ana 14, aff_ben 14'],
  ['a late order from when it is booked', market({ holdDays: 14 }), [click('ana', { at: -3 * DAYS }), buy({ at: -2 * DAYS, received: 0 })], 'aff_ana 14', 'aff_ana 12'],
  ['none is approved by itself within the request', market({ holdDays: 0 }), [click('ana'), buy()], 'aff_ana 0', 'aff_ana a person'],
  ['a browser\'s word on time is held like any', market({ holdDays: 14 }), [elsewhere, bound({ source: 'browser' }), theyBuy()], 'aff_ana 14', 'aff_ana a person'],
  ['one that came late waits for a person', market({ holdDays: 14 }), [elsewhere, theyBuy(), bound({ source: 'browser', at: HOUR })], 'aff_ana a person', 'aff_ana 14'],
])
cases(balances, [
  ['a rejected approved one takes back what is left of it', M, [...one, refund(4000), approve('ana'), reject('ana')], 'all zero', 'expense -400, payable ana 400'],
  ['only what was chosen is paid', M, [...done, buy({ id: 'KF-2', minor: 5000 }), approve('ana', { of: 'KF-2' }), payout('ana', { only: ['KF-2'] }), paid], 'cash -500, expense 1500, payable ana -1000', 'cash -1500, expense 1500'],
  ['after a cancel the whole can be chosen again', M, [...done, payout('ana'), cancelled, paidOut('ana')], 'cash -1000, expense 1000', 'expense 1000, payable ana -1000'],
  ['an undone payment is payable again', M, [...done, paidOut('ana'), undone], 'expense 1000, payable ana -1000', 'cash -1000, expense 1000'],
  ['and can be paid again', M, [...done, paidOut('ana'), undone, paidOut('ana')], 'cash -1000, expense 1000', 'cash -2000, expense 1000, payable ana 1000'],
  ['an undone payment owes again what it had netted', M, [...done, credit('ana', -400, { approved: true }), paidOut('ana'), undone], 'clawback ana 400, expense 600, payable ana -1000', 'expense 600, payable ana -600'],
  ['a debt in euro is not netted with yen', M, [credit('ana', -400, { approved: true }), click('ana'), buy({ minor: 10_000, currency: 'JPY' }), approve('ana'), payout('ana', { currency: 'JPY' }), paid], 'cash JPY -1000, clawback ana 400, expense -400, expense JPY 1000', 'cash JPY -600, expense JPY 600'],
  ['nor with another affiliate\'s', M, [credit('ben', -400, { approved: true }), ...done, paidOut('ana')], 'cash -1000, clawback ben 400, expense 600', 'cash -600, expense 600'],
  ['test money is apart', M, [click('ana'), buy({ mode: 'test' })], 'expense (test) 1000, pending ana (test) -1000', 'expense 1000, pending ana -1000'],
])

test('a payout is answered as it then stands, and a refused one as it stood', () => {
  const told = tell(M, [...done, credit('ana', -400, { approved: true })])
  const made = told.pay('aff_ana', atMs(DAYS))
  expect(made).toMatchObject({ done: true, payout: { grossMinor: 1000, nettedMinor: 400, status: 'OPEN', madeAtMs: atMs(DAYS), paidAtMs: null, endedAtMs: null } })
  expect(told.pay('aff_ana', atMs(DAYS))).toEqual({ done: false, refused: 'NOTHING_TO_PAY', payout: undefined })
  const [open] = told.payouts.values()
  if (open === undefined) throw new Error('no payout was made')
  const settled = told.changePayout('payout_paid', open, atMs(2 * DAYS))
  expect(settled).toMatchObject({ done: true, payout: { status: 'PAID', paidAtMs: atMs(2 * DAYS), endedAtMs: null } })
  const [held] = told.payouts.values()
  if (held === undefined) throw new Error('the payout is gone')
  expect(told.changePayout('payout_cancelled', held, atMs(3 * DAYS))).toEqual({ done: false, refused: 'WRONG_STATE', payout: held })
  expect(told.changePayout('payout_undone', held, atMs(3 * DAYS))).toMatchObject({ done: true, payout: { status: 'UNDONE', paidAtMs: atMs(2 * DAYS), endedAtMs: atMs(3 * DAYS) } })
})
