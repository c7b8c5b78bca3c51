import { expect, test } from 'vitest'
import { campaignPolicy, campaign, eur, MAIN, percent, START_MS, trigger, versions } from '../builders.ts'
import { adjust, approve, assign, atMs, balances, buy, clawed, click, credit, creditOrder, DAYS, earned, market, paid, paidOut, people, payout, rateOf, refund, reject, said, standing, tell, type Step, type Story } from '../story.ts'
import { cases } from './table.ts'

const M = market()
const book = (told: Story): string => `${standing(told)} | ${balances(told)}`
const pending: Step[] = [click('ana'), buy()]
const approved: Step[] = [...pending, approve('ana')]
const settled: Step[] = [...approved, paidOut('ana')]

/** Adjustments in each state: ENGINE section 4, rule 9, and section 6. */
cases(book, [
  ['a bonus on a pending commission', M, [...pending, adjust('ana', 'BONUS', 200)], 'ana PENDING 1200 of 1200 | expense 1200, pending ana -1200', 'ana PENDING 1000 of 1000, ana APPROVED 200 of 200 | expense 1200, payable ana -200, pending ana -1000'],
  ['on an approved one', M, [...approved, adjust('ana', 'BONUS', 200)], 'ana APPROVED 1200 of 1200 | expense 1200, payable ana -1200', 'ana APPROVED 1200 of 1200 | expense 1200, payable ana -1000, pending ana -200'],
  ['on one in a payout it is a credit of its own', M, [...approved, payout('ana'), adjust('ana', 'BONUS', 200)], 'ana IN_PAYOUT 1000 of 1000, ana APPROVED 200 of 200 | expense 1200, payable ana -200, settling ana -1000', 'ana IN_PAYOUT 1200 of 1200 | expense 1200, settling ana -1200'],
  ['on a paid one, too', M, [...settled, adjust('ana', 'BONUS', 200)], 'ana PAID 1000 of 1000, ana APPROVED 200 of 200 | cash -1000, expense 1200, payable ana -200', 'ana PAID 1200 of 1200 | cash -1000, expense 1200, payable ana -200'],
  ['which the next payout pays', M, [...settled, adjust('ana', 'BONUS', 200), paidOut('ana')], 'ana PAID 1000 of 1000, ana PAID 200 of 200 | cash -1200, expense 1200', 'ana PAID 1000 of 1000, ana APPROVED 200 of 200 | cash -1000, expense 1200, payable ana -200'],
  ['a deduction from a pending one', M, [...pending, adjust('ana', 'DEDUCTION', 300)], 'ana PENDING 700 of 700 | expense 700, pending ana -700', 'ana PENDING 700 of 700 | clawback ana 300, expense 700, pending ana -1000'],
  ['from an approved one', M, [...approved, adjust('ana', 'DEDUCTION', 300)], 'ana APPROVED 700 of 700 | expense 700, payable ana -700', 'ana APPROVED 700 of 700 | clawback ana 300, expense 700, payable ana -1000'],
  ['from a paid one it is owed', M, [...settled, adjust('ana', 'DEDUCTION', 300)], 'ana PAID 700 of 700 | cash -1000, clawback ana 300, expense 700', 'ana PAID 700 of 700 | cash -700, expense 700'],
  ['a correction sets the total before refunds', M, [...pending, refund(4000), adjust('ana', 'CORRECTION', 900)], 'ana PENDING 500 of 900 | expense 500, pending ana -500', 'ana PENDING 900 of 1300 | expense 900, pending ana -900'],
  ['down to what was clawed', M, [...pending, refund(4000), adjust('ana', 'CORRECTION', 400)], 'ana PENDING 0 of 400 | all zero', 'ana PENDING 600 of 1000 | expense 600, pending ana -600'],
  ['down to nothing it is still a commission', M, [...pending, adjust('ana', 'CORRECTION', 0)], 'ana PENDING 0 of 0 | all zero', 'ana denied 0 of 0 | all zero'],
  ['a correction of what was raised counts the raise', M, [...settled, adjust('ana', 'BONUS', 500), adjust('ana', 'CORRECTION', 1200)], 'ana PAID 700 of 700, ana APPROVED 500 of 500 | cash -1000, clawback ana 300, expense 1200, payable ana -500', 'ana PAID 1000 of 1000, ana APPROVED 500 of 500, ana APPROVED 200 of 200 | cash -1000, expense 1700, payable ana -700'],
  ['a bonus on what an order pays in yen is in yen', M, [click('ana'), buy({ minor: 1000, currency: 'JPY' }), adjust('ana', 'BONUS', 50)], 'ana PENDING 150 of 150 | expense JPY 150, pending ana JPY -150', 'ana PENDING 150 of 150 | expense 50, expense JPY 100, pending ana -50, pending ana JPY -100'],
])
cases(said, [
  ['not below what was clawed', M, [...pending, refund(4000), adjust('ana', 'CORRECTION', 399)], 'refunded, BELOW_CLAWED', 'refunded, adjusted'],
  ['nor below zero', M, [...pending, adjust('ana', 'DEDUCTION', 1001)], 'BELOW_CLAWED', 'adjusted'],
  ['a fully refunded one is not raised', M, [...pending, refund('full'), adjust('ana', 'BONUS', 1)], 'refunded, FULLY_REFUNDED', 'refunded, adjusted'],
  ['nor when it was paid', M, [...settled, refund('full'), adjust('ana', 'BONUS', 1)], 'approved, made, paid, refunded, FULLY_REFUNDED', 'approved, made, paid, refunded, adjusted'],
  ['a denied one is not adjusted', M, [...pending, reject('ana'), adjust('ana', 'BONUS', 1)], 'rejected, WRONG_STATE', 'rejected, adjusted'],
  ['a correction to what it is changes nothing', M, [...pending, adjust('ana', 'CORRECTION', 1000)], 'UNCHANGED', 'adjusted'],
  ['nor to what it is with its raise', M, [...settled, adjust('ana', 'BONUS', 500), adjust('ana', 'CORRECTION', 1500)], 'approved, made, paid, adjusted, UNCHANGED', 'approved, made, paid, adjusted, adjusted'],
])
cases(clawed, [
  ['refunds claw the adjusted total', M, [...pending, adjust('ana', 'BONUS', 200), refund(5000)], [600], [500]],
  ['and catch up with what was adjusted between them', M, [...pending, refund(5000), adjust('ana', 'BONUS', 200), refund(2500)], [500, 400], [500, 300]],
  ['what was clawed too much is not given back, and clawed first', M, [...pending, refund(4000), adjust('ana', 'CORRECTION', 600), refund(2000), refund('full')], [400, 200], [400, 120, 80]],
  ['the total is re-allotted in the old proportions', market({}, { special: [rateOf({ sku: 'MUG' }, percent('30'))] }), [click('ana'), buy({ lines: [['TEE', 1, 1000], ['MUG', 1, 1000]] }), adjust('ana', 'CORRECTION', 800), refund({ TEE: 1 })], [200], [400]],
  ['where nothing was earned, by what the lines are worth', market({ minimumOrder: [eur(9999)] }), [click('ana'), buy({ lines: [['TEE', 1, 1000], ['MUG', 1, 3000]] }), adjust('ana', 'BONUS', 100), refund({ TEE: 1 })], [25], [100]],
  ['where they are worth nothing, with the first', M, [click('ana'), buy({ lines: [['A', 1, 0], ['B', 1, 0]] }), adjust('ana', 'BONUS', 100), refund({ A: 1 })], [100], [50]],
  ['a raise is not refunded again with its order', M, [...settled, adjust('ana', 'BONUS', 200), refund('full')], [1000], [1000, 200]],
])

/** Credits by hand: ENGINE section 6. */
cases(book, [
  ['a credit waits', M, [credit('ana', 300)], 'ana PENDING 300 of 300 | expense 300, pending ana -300', 'ana APPROVED 300 of 300 | expense 300, payable ana -300'],
  ['or is approved at once', M, [credit('ana', 300, { approved: true })], 'ana APPROVED 300 of 300 | expense 300, payable ana -300', 'ana PENDING 300 of 300 | expense 300, pending ana -300'],
  ['and is paid', M, [credit('ana', 300), approve('ana', { of: '' }), paidOut('ana')], 'ana PAID 300 of 300 | cash -300, expense 300', 'ana APPROVED 300 of 300 | expense 300, payable ana -300'],
  ['a debit waits', M, [credit('ana', -300)], 'ana PENDING -300 of -300 | expense -300, pending ana 300', 'ana PENDING -300 of -300 | clawback ana 300, expense -300'],
  ['and is owed when it is approved', M, [credit('ana', -300), approve('ana', { of: '' })], 'ana APPROVED -300 of -300 | clawback ana 300, expense -300', 'ana APPROVED -300 of -300 | expense -300, payable ana 300'],
  ['or at once', M, [credit('ana', -300, { approved: true })], 'ana APPROVED -300 of -300 | clawback ana 300, expense -300', 'ana APPROVED -300 of -300 | expense -300, payable ana 300'],
  ['rejected it is gone', M, [credit('ana', -300), reject('ana', { of: '' })], 'ana denied -300 of -300 | all zero', 'ana denied -300 of -300 | expense 300, payable ana -300'],
  ['a payout is net of it, and it is in none itself', M, [...approved, credit('ana', -400, { approved: true }), paidOut('ana')], 'ana PAID 1000 of 1000, ana APPROVED -400 of -400 | cash -600, expense 600', 'ana PAID 1000 of 1000, ana PAID -400 of -400 | cash -600, expense 600'],
])
cases(said, [
  ['an approved debit is not rejected', M, [credit('ana', -300, { approved: true }), reject('ana', { of: '' })], 'WRONG_STATE', 'rejected'],
  ['nor adjusted', M, [credit('ana', -300, { approved: true }), adjust('ana', 'BONUS', 1, { of: '' })], 'WRONG_STATE', 'adjusted'],
  ['a debit beyond what is approved leaves nothing to pay', M, [...approved, credit('ana', -1000, { approved: true }), payout('ana')], 'approved, NOTHING_TO_PAY', 'approved, made'],
])

/** A second affiliate for an order: rule 9. */
const dear = { special: [rateOf({ affiliateId: 'aff_ben' }, percent('20'))] }
cases(book, [
  ['the first stands', market({}, dear), [...pending, creditOrder('ben')], 'ana PENDING 1000 of 1000, ben PENDING 2000 of 2000 | expense 3000, pending ana -1000, pending ben -2000', 'ben PENDING 2000 of 2000 | expense 2000, pending ben -2000'],
  ['approved at once', M, [...pending, creditOrder('ben', { approved: true })], 'ana PENDING 1000 of 1000, ben APPROVED 1000 of 1000 | expense 2000, payable ben -1000, pending ana -1000', 'ana PENDING 1000 of 1000, ben PENDING 1000 of 1000 | expense 2000, pending ana -1000, pending ben -1000'],
  ['with a transfer what is left of the first is taken back', M, [...pending, refund(4000), creditOrder('ben', { transfer: true })], 'ana refunded 0 of 1000, ben PENDING 600 of 1000 | expense 600, pending ben -600', 'ana PENDING 600 of 1000, ben PENDING 600 of 1000 | expense 1200, pending ana -600, pending ben -600'],
  ['of an approved one', M, [...approved, creditOrder('ben', { transfer: true })], 'ana refunded 0 of 1000, ben PENDING 1000 of 1000 | expense 1000, pending ben -1000', 'ana APPROVED 1000 of 1000, ben PENDING 1000 of 1000 | expense 2000, payable ana -1000, pending ben -1000'],
  ['a paid one stays paid, and owes', M, [...settled, creditOrder('ben', { transfer: true })], 'ana PAID 0 of 1000, ben PENDING 1000 of 1000 | cash -1000, clawback ana 1000, expense 1000, pending ben -1000', 'ana refunded 0 of 1000, ben PENDING 1000 of 1000 | cash -1000, expense 2000, pending ben -1000'],
  ['a refund after a transfer takes from the second alone', M, [...pending, creditOrder('ben', { transfer: true }), refund(5000)], 'ana refunded 0 of 1000, ben PENDING 500 of 1000 | expense 500, pending ben -500', 'ana refunded 500 of 1000, ben PENDING 1000 of 1000 | expense 1000, pending ben -1000'],
  ['a refund after a credit takes from both', M, [...pending, creditOrder('ben'), refund(5000)], 'ana PENDING 500 of 1000, ben PENDING 500 of 1000 | expense 1000, pending ana -500, pending ben -500', 'ana PENDING 500 of 1000, ben PENDING 1000 of 1000 | expense 1500, pending ana -500, pending ben -1000'],
])
cases(said, [
  ['an affiliate who has one already', M, [...pending, creditOrder('ana')], 'HAS_ONE', 'credited'],
  ['also when theirs was denied', M, [...pending, reject('ana'), creditOrder('ana')], 'rejected, HAS_ONE', 'rejected, credited'],
  ['twice the same', M, [...pending, creditOrder('ben'), creditOrder('ben')], 'credited, HAS_ONE', 'credited, credited'],
  ['an order that was given back', M, [...pending, refund('full'), creditOrder('ben')], 'refunded, FULLY_REFUNDED', 'refunded, credited'],
  ['one who is in no campaign', market({}, { affiliates: people({ ben: { enrolments: [] } }) }), [...pending, creditOrder('ben')], 'NO_CAMPAIGN', 'credited'],
])
cases(earned, [
  ['an order that nobody won is theirs, for good', M, [buy(), creditOrder('ben', { at: 1 }), click('ana', { at: 2, age: DAYS })], 'ben 1000', 'ana 1000, ben 1000 [LATE_ARRIVAL]'],
  ['a carved-out line is in it: the credit is for the order', market({}, { triggers: [trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })] }), [click('ana'), buy({ lines: [['TEE', 1, 4000], ['MUG', 2, 1500]] }), creditOrder('ben')], 'ana 400, cleo 300, ben 700', 'ana 400, cleo 300, ben 400'],
  ['at the rate of the order\'s time', market({}, { campaigns: [campaign(MAIN, 1, versions([START_MS, campaignPolicy()], [atMs(DAYS), campaignPolicy({ rate: percent('50') })]))] }), [...pending, creditOrder('ben')], 'ana 1000, ben 1000', 'ana 1000, ben 5000'],
  ['what the call said the winners earn is not theirs', M, [click('ana'), buy({ commission: 9000 }), creditOrder('ben')], 'ana 9000, ben 1000', 'ana 9000, ben 9000'],
  ['the caps hold', market({ capPerOrder: [eur(600)] }), [...pending, creditOrder('ben')], 'ana 600, ben 600 [CAPPED]', 'ana 600, ben 1000 [CAPPED]'],
])

test('who had the order is told that it was taken over, and by whom', () => {
  const told = tell(M, [...settled, creditOrder('ben', { transfer: true }), assign(trigger('coupon', 'X'), DAYS)])
  expect([...told.commissions.values()].map(({ affiliateId, transferredTo }) => [affiliateId, transferredTo])).toEqual([['aff_ana', 'aff_ben'], ['aff_ben', null]])
  expect(said(tell(M, [...settled, paid]))).toBe('approved, made, paid, WRONG_STATE')
})
