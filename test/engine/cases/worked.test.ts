import { expect, test } from 'vitest'
import { fromMajor } from '../../../shared/engine/money.ts'
import { eur, percent, trigger } from '../builders.ts'
import { approve, assign, balances, buy, cancelled, clawed, click, DAYS, earned, market, MS, paid, paidOut, payout, refund, said, tell, why, type Step } from '../story.ts'
import { cases } from './table.ts'

const HOUR = DAYS / 24

/** ENGINE section 7, figure by figure. */
cases(clawed, [
  ['7.1 refunds of 333, 333 and 334 take the fifty back', market({ rate: percent('5') }), [click('ana'), buy({ minor: 1000 }), refund(333), refund(333), refund(334)], [17, 16, 17], [17, 17, 17]],
  ['7.1 a refund of a capped commission is prorated', market({ capPerOrder: [eur(5000)] }), [click('ana'), buy({ minor: 200_000 }), refund(50_000), refund('full')], [1250, 3750], [5000]],
])

cases(why, [
  ['7.2 thirty days to the millisecond', market(), [click('ana', { at: -2_592_000_000 }), buy()], 'ana 1000 | ana WON', 'nobody | ana OUTSIDE_WINDOW'],
  ['7.2 a millisecond older', market(), [click('ana', { at: -2_592_000_001 }), buy()], 'nobody | ana OUTSIDE_WINDOW', 'ana 1000 | ana WON'],
  ['7.2 in the order\'s own millisecond', market(), [click('ana', { at: 0 }), buy()], 'ana 1000 | ana WON', 'nobody | ana AFTER_CONVERSION'],
  ['7.2 a visit reported an hour later that had waited two', market(), [buy(), click('ana', { at: HOUR, age: 2 * HOUR })], 'ana 1000 [LATE_ARRIVAL] | ana WON', 'nobody | ana AFTER_CONVERSION'],
  ['7.2 one that had waited half an hour', market(), [buy(), click('ana', { at: HOUR, age: HOUR / 2 })], 'nobody | ana AFTER_CONVERSION', 'ana 1000 [LATE_ARRIVAL] | ana WON'],
])

/** Three commissions of Ana's, their payouts, and the refunds between. */
const PAYOUTS: Step[] = [
  click('ana'), buy({ id: 'C1' }), approve('ana', { of: 'C1' }), paidOut('ana'), refund(4000, { of: 'C1' }),
  buy({ id: 'C2', minor: 2500 }), approve('ana', { of: 'C2' }), payout('ana'),
  buy({ id: 'C3', minor: 5000 }), approve('ana', { of: 'C3' }), payout('ana'),
  refund('full', { of: 'C2' }), cancelled,
  payout('ana'), paid,
]

cases(balances, [
  ['7.3 a refund of what is paid is owed', market(), PAYOUTS.slice(0, 5), 'cash -1000, clawback ana 400, expense 600', 'cash -600, expense 600'],
  ['7.3 a payout below the debt is not made', market(), PAYOUTS.slice(0, 8), 'cash -1000, clawback ana 400, expense 850, payable ana -250', 'cash -1000, clawback ana 150, expense 850'],
  ['7.3 a payout is net of the debt', market(), PAYOUTS.slice(0, 11), 'cash -1000, expense 1350, settling ana -350', 'cash -1000, clawback ana 400, expense 1350, settling ana -750'],
  ['7.3 a refund while it is open is owed anew, and a cancel undoes exactly the making', market(), PAYOUTS.slice(0, 13), 'cash -1000, clawback ana 650, expense 1100, payable ana -750', 'cash -1000, clawback ana 400, expense 1100, payable ana -500'],
  ['7.3 the last payout leaves nothing open', market(), PAYOUTS, 'cash -1100, expense 1100', 'cash -1350, expense 1350'],
])
cases(said, [
  ['7.3 in words', market(), PAYOUTS, 'approved, made, paid, refunded, approved, NOTHING_TO_PAY, approved, made, refunded, cancelled, made, paid', 'approved, made, paid, refunded, approved, made, approved, made, refunded, cancelled, made, paid'],
])

const BASKET = { lines: [['TEE', 1, 4000], ['MUG', 2, 1500]] as [string, number, number][], discount: 700, coupons: ['BEN10'] }
const BEN10 = trigger('coupon', 'BEN10')
const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })

cases(why, [
  ['7.4 link first', market({}, { triggers: [BEN10, MUGS] }), [click('ana', { at: -2 * DAYS }), buy(BASKET)], 'ana 360, cleo 270 | ana WON, ben WEAKER_EVIDENCE, cleo WON', 'ana 630 | ana WON, ben WEAKER_EVIDENCE, cleo WON'],
  ['7.4 coupon first', market({ couponFirst: true }, { triggers: [BEN10, MUGS] }), [click('ana', { at: -2 * DAYS }), buy(BASKET)], 'ben 360, cleo 270 | ana WEAKER_EVIDENCE, ben WON, cleo WON', 'ana 360, cleo 270 | ana WON, ben WEAKER_EVIDENCE, cleo WON'],
  ['7.4 the winner\'s own SKU is one commission', market({}, { triggers: [BEN10, MUGS] }), [click('cleo', { at: -2 * DAYS }), buy(BASKET)], 'cleo 630 | ben WEAKER_EVIDENCE, cleo WON, cleo WON', 'cleo 360, cleo 270 | ben WEAKER_EVIDENCE, cleo WON, cleo WON'],
  [
    '7.4 a coupon assigned the day after the order', market({ couponFirst: true }, { triggers: [MUGS] }), [click('ana', { at: -2 * DAYS }), buy(BASKET), assign({ ...BEN10, validFromMs: Date.UTC(2026, 10, 21, 9) }, DAYS)],
    'ana 360, cleo 270 | ana WON, cleo WON', 'ben 360, cleo 270 | ana WEAKER_EVIDENCE, ben WON, cleo WON',
  ],
])

cases((told) => earned(told, '7'), [
  ['7.5 a repeat brings the session and another amount', market(), [click('ana'), buy({ id: '7', minor: 4990, session: null }), buy({ id: '7', minor: 5990, at: DAYS })], 'ana 499 [REPEAT_DIFFERS LATE_ARRIVAL]', 'ana 599 [LATE_ARRIVAL]'],
])

/** An order as `track` reads it, at a rate of 100 %. */
const track = (text: string, currency: string): Step[] => [click('ana'), buy(fromMajor(text, currency))]
const ALL = market({ rate: percent('100') })

cases(earned, [
  ['7.5 EUR 1.005', ALL, track('1.005', 'EUR'), 'ana 101', 'ana 100'],
  ['7.5 JPY 1000.5', ALL, track('1000.5', 'JPY'), 'ana 1001', 'ana 100050'],
  ['7.5 KWD 8.165', ALL, track('8.165', 'KWD'), 'ana 8165', 'ana 817'],
  ['7.5 the largest amount', ALL, track('90071992547409.91', 'EUR'), 'ana 9007199254740991', 'ana 9007199254740992'],
])

test('7.5 a cent more is refused, and a half goes away from zero below it too', () => {
  expect(() => track('90071992547409.92', 'EUR')).toThrow('is beyond 9007199254740991 minor units')
  expect(fromMajor('-1.005', 'EUR')).toEqual(eur(-101))
  expect(fromMajor('-1.005', 'EUR')).not.toEqual(eur(-100))
})

test('7.5 one conversion, however often it is reported', () => {
  const told = tell(market(), [click('ana'), buy({ id: '7', session: null }), buy({ id: '7', at: DAYS }), buy({ id: '7', at: DAYS + MS })])
  expect([told.conversions.size, said(told)]).toEqual([1, 'known, known'])
})
