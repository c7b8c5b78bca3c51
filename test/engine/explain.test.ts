import * as fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Mark } from '../../shared/domain.ts'
import type { ContestOrder, ContestPolicy, Touch, Verdict } from '../../shared/engine/attribution.ts'
import { explain, explainMark, explainTouch, viewOf, type Names } from '../../shared/engine/explain.ts'
import { parseRational } from '../../shared/engine/money.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import { sumOf } from '../../shared/engine/split.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { holds } from './builders.ts'
import { AT_MS, anyReceipt, BASKET, clickOf, codeOf, couponOf, emailOf, explicitOf, flatOf, money, policyOf, receiptOf, renewalOf, secretsOf, skuOf, type Case } from './receipts.ts'

const NAMED: Record<string, string> = { aff_ana: 'Ana', aff_ben: 'Ben', aff_cleo: 'Cleo', aff_chris: 'Chris', cmp_main: 'Main', cmp_other: 'Other' }
const NAMES: Names = { affiliate: (id) => NAMED[id] ?? id, campaign: (id) => NAMED[id] ?? id }
const HOUR_MS = 3_600_000
const ana = (more: Partial<Touch> = {}): Touch => clickOf('ana', more)
const ben = (more: Partial<Touch> = {}): Touch => clickOf('ben', { occurredAtMs: AT_MS - DAY_MS, ...more })
const renewal: Case = { inputs: { kind: 'renewal', marks: ['RENEWAL'] } }
/** Ana was paid 7.77 by another system. */
const imported = (touches: Touch[]): Receipt => receiptOf(touches, { inputs: { kind: 'import', imported: { from: 'Rewardful', minor: 777, bookedAtMs: AT_MS, paid: true }, marks: ['IMPORTED'] } })
const OTHER = policyOf({ campaignId: 'cmp_other' })

/** The sentence of the first touch; `more` are the touches beside it. */
const VERDICTS: Record<Verdict, [sentence: string, touches: Touch[], about?: Case][]> = {
  WON: [
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) won, and carries the whole order.', [ana()]],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order names this click) won, and carries the whole order.', [ana({ evidence: 'click_id' })]],
    ['Chris\' link of 18 November 2026, 09:00 UTC (another session of the same customer) won, and carries the whole order.', [clickOf('chris', { evidence: 'identity' })]],
    ['Ana\'s code ana on the order won, and carries the whole order.', [codeOf('ana')]],
    ['Ben\'s coupon BEN10 won, and carries the whole order.', [couponOf('ben', 'BEN10')]],
    ['Ben\'s e-mail trigger #7 won, and carries the whole order.', [emailOf('ben', 7)]],
    ['Ana\'s name on the order won, and carries the whole order.', [explicitOf('ana')]],
    ['Ana\'s cookie of another system of 18 November 2026, 09:00 UTC won, and carries the whole order.', [ana({ adopted: true })]],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) won, and carries the order but for the lines that are carved out.', [ana(), skuOf('cleo', 'MUG')], { order: BASKET }],
    ['MUG is Cleo\'s SKU: these lines, 27.00 EUR of the order, are Cleo\'s part of it.', [skuOf('cleo', 'MUG')], { order: BASKET }],
    ['Ana won the first payment of this subscription, and carries the whole of this one.', [renewalOf('ana', { n: 1, d: 1 })], renewal],
    ["Rewardful had decided that this order is Ana's; it was imported so, and not judged here.", [explicitOf('ana')], { inputs: { kind: 'import', imported: { from: 'Rewardful', minor: 777, bookedAtMs: AT_MS, paid: true } } }],
    ['Ana was credited with this order by hand.', [explicitOf('ana')], { inputs: { kind: 'credit' } }],
  ],
  SHARED: [
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) carries 50 % of the order under the linear model.', [ana(), ben()], { policy: { model: 'linear' } }],
    ['Ben\'s coupon B carries 33.33 % of the order under the position model.', [couponOf('ben', 'B'), couponOf('ana', 'A', 1), emailOf('cleo', 1)], { policy: { model: 'position' } }],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) carries 47.53 % of the order under the time decay model.', [ana(), ben()], { policy: { model: 'time_decay' } }],
    ['Ana won 40 % of the first payment of this subscription, and carries as much of this one.', [renewalOf('ana', { n: 2, d: 5 })], renewal],
  ],
  LATER_TOUCH_WON: [
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) lost to Ben\'s link of 19 November 2026, 09:00 UTC, because under last click the later one wins.', [ana(), ben()]],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order names this click) lost to Ben\'s link of 19 November 2026, 09:00 UTC, because of several that the order names the latest wins.', [ana({ evidence: 'click_id' }), ben({ evidence: 'click_id' })], { policy: { model: 'linear' } }],
    ['Ben\'s code ben on the order lost to Ana\'s code ana on the order, because both count from the same moment, and the tie goes by their ids.', [codeOf('ben'), codeOf('ana')]],
  ],
  EARLIER_TOUCH_WON: [
    ['Ben\'s link of 19 November 2026, 09:00 UTC (the order\'s own session) lost to Ana\'s link of 18 November 2026, 09:00 UTC, because under first click the earlier one wins.', [ben(), ana()], { policy: { model: 'first_click' } }],
    ['Ben\'s code ben on the order lost to Ana\'s code ana on the order, because both count from the same moment, and the tie goes by their ids.', [codeOf('ben'), codeOf('ana')], { policy: { model: 'first_click' } }],
  ],
  WEAKER_EVIDENCE: [
    ['Ben\'s coupon BEN10 lost to Ana\'s link of 18 November 2026, 09:00 UTC, because this campaign puts links first.', [couponOf('ben', 'BEN10'), ana()]],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) lost to Ben\'s coupon BEN10, because this campaign puts coupons first.', [ana(), couponOf('ben', 'BEN10')], { policy: { couponFirst: true } }],
    ['Ben\'s coupon BEN10 lost to Ana\'s link of 18 November 2026, 09:00 UTC, because the merchant\'s rules put links first.', [couponOf('ben', 'BEN10'), ana({ campaignId: 'cmp_other' })], { policies: [policyOf({ couponFirst: true }), OTHER] }],
    ['Ben\'s coupon BEN10 lost to Ana\'s link of 18 November 2026, 09:00 UTC and 1 more touch, because this campaign puts links first.', [couponOf('ben', 'BEN10'), ana(), ana({ eventId: 'z', occurredAtMs: AT_MS - 9 * DAY_MS })], { policy: { model: 'linear' } }],
    ['Ben\'s coupon BEN10 lost to Ana\'s code ana on the order, because a code on the order is stronger evidence than a coupon.', [couponOf('ben', 'BEN10'), codeOf('ana')]],
    ['Ben\'s coupon B lost to Ana\'s coupon A, because the order lists that coupon first.', [couponOf('ben', 'B', 1), couponOf('ana', 'A')]],
    ['Ben\'s e-mail trigger #7 lost to Ana\'s coupon A, because coupons stand above e-mail triggers.', [emailOf('ben', 7), couponOf('ana', 'A')]],
    ['Ben\'s e-mail trigger #7 lost to Ana\'s e-mail trigger #3, because one e-mail trigger is enough.', [emailOf('ben', 7), emailOf('ana', 3)]],
    ['Ben\'s e-mail trigger #7 lost to Ana\'s link of 18 November 2026, 09:00 UTC, because a click in the order\'s own session is stronger evidence than an e-mail trigger.', [emailOf('ben', 7), ana()]],
    ['Ben\'s link of 19 November 2026, 09:00 UTC (another session of the same customer) lost to Ana\'s link of 18 November 2026, 09:00 UTC, because a click in the order\'s own session is stronger evidence than a click in another session of the same customer.', [ben({ evidence: 'identity' }), ana()]],
    ['Ben\'s link of 19 November 2026, 09:00 UTC (the order\'s own session) lost to Ana\'s name on the order, because an affiliate whom the order names outright is stronger evidence than a click in the order\'s own session.', [ben(), explicitOf('ana')]],
    ['Ben\'s cookie of another system of 19 November 2026, 09:00 UTC lost to Ana\'s coupon A, because a cookie of another system counts only where there is nothing else.', [ben({ adopted: true }), couponOf('ana', 'A')]],
  ],
  UNKNOWN_CODE: [
    ['The link with the code "nemo" of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: no affiliate had this code when the order was placed.', [ana({ affiliateId: null, code: 'nemo' })]],
    ['The code "nemo" on the order does not count: no affiliate had this code when the order was placed.', [{ ...codeOf('nemo'), affiliateId: null }]],
    ['The code "(an e-mail address)" on the order does not count: no affiliate had this code when the order was placed.', [{ ...codeOf('jo@shopper.example'), affiliateId: null }]],
    ['The affiliate "aff_nemo" on the order does not count: no affiliate has this id.', [{ ...explicitOf('nemo'), code: 'aff_nemo', affiliateId: null }]],
  ],
  MODE_MISMATCH: [['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: it was a test, and the order is not.', [ana({ mode: 'test' })]]],
  BOT: [['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: a bot made it.', [ana({ bot: true })]]],
  AFTER_CONVERSION: [['Ana\'s link of 20 November 2026, 09:30 UTC (the order\'s own session) does not count: it came 30 minutes after the order.', [ana({ occurredAtMs: AT_MS + HOUR_MS / 2 })]]],
  OUTSIDE_WINDOW: [
    ['Ana\'s link of 12 November 2026, 06:00 UTC (the order\'s own session) does not count: the window of campaign "Main" is 7 days, and it was 1 day 3 hours too old.', [ana({ occurredAtMs: AT_MS - 8 * DAY_MS - 3 * HOUR_MS })], { policy: { windowDays: 7 } }],
    ['Ana\'s link of 19 November 2026, 08:59 UTC (the order\'s own session) does not count: the window of campaign "Main" is 1 day, and it was 1 millisecond too old.', [ana({ occurredAtMs: AT_MS - DAY_MS - 1 })], { policy: { windowDays: 1 } }],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: it became known on 21 December 2026, 09:00 UTC only, later than the 30 days of campaign "Main" after the order.', [ana({ knownAtMs: AT_MS + 31 * DAY_MS })]],
    ['Ana\'s cookie of another system of 18 November 2026, 09:00 UTC does not count: campaign "Main" counted cookies of other systems until 19 November 2026, 09:00 UTC only.', [ana({ adopted: true })], { policy: { adoptUntilMs: AT_MS - DAY_MS } }],
  ],
  AFFILIATE_INACTIVE: [
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: Ana was not active when the order was placed.', [ana({ affiliateActive: false })]],
    ['Ana\'s part in the first payment earns nothing: Ana was not active when the order was placed.', [renewalOf('ana', { n: 1, d: 1 }, { affiliateActive: false })], renewal],
    ['Cleo\'s SKU MUG does not count: Cleo was not active when the order was placed.', [{ ...skuOf('cleo', 'MUG'), affiliateActive: false }], { order: BASKET }],
  ],
  NOT_ENROLLED: [
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: Ana was not in campaign "Main" when the order was placed.', [ana({ enrolled: false })]],
    ['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: Ana was in no open campaign when the order was placed.', [ana({ campaignId: null, enrolled: false })]],
  ],
  CAMPAIGN_ARCHIVED: [['Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) does not count: campaign "Main" was archived when the order was placed.', [ana()], { policy: { archived: true } }]],
  SELF_REFERRAL: [['Ana\'s coupon A does not count: Ana is the buyer.', [{ ...couponOf('ana', 'A'), isBuyer: true }]]],
  RENEWALS_ENDED: [
    ['Ana\'s part in the first payment earns nothing: campaign "Main" paid renewals until 1 November 2026, 00:00 UTC.', [renewalOf('ana', { n: 1, d: 1 })], { ...renewal, policy: { renewalsEndAtMs: Date.UTC(2026, 10, 1) } }],
    ['Ana\'s part in the first payment earns nothing: campaign "Main" pays the first payment of a subscription only.', [renewalOf('ana', { n: 1, d: 1 })], { ...renewal, policy: { renewalsEndAtMs: 0 } }],
  ],
  FIRST_PAYMENT_REJECTED: [['Ana\'s part in the first payment earns nothing: the commission on the first payment was rejected.', [renewalOf('ana', { n: 1, d: 1 }, { first: { weight: { n: 1, d: 1 }, rejected: true } })], renewal]],
}

describe('a touch', () => {
  test.each(Object.entries(VERDICTS).flatMap(([verdict, cases]) => cases.map(([sentence, touches, about]) => ({ verdict, sentence, touches, about }))))('$verdict: $sentence', ({ verdict, sentence, touches, about }) => {
    const receipt = receiptOf(touches, about)
    expect(receipt.outcome.verdicts[0]).toBe(verdict)
    expect(explainTouch(viewOf(receipt), 0, NAMES)).toBe(sentence)
    expect(explain(receipt, NAMES)).toContain(sentence)
  })

  test('every verdict has a case', () => {
    expect(Object.entries(VERDICTS).filter(([, cases]) => cases.length === 0)).toEqual([])
  })

  test('one that is not on the receipt has no sentence', () => {
    expect(explainTouch(viewOf(receiptOf([])), 0, NAMES)).toBe('')
  })
})

const used = (booked: string, volume: string): Case['inputs'] => ({ usage: [{ affiliateId: 'aff_ana', campaignId: 'cmp_main', month: '2026-11', booked, volume }] })
const TIERS: ContestPolicy['tiers'] = { period: 'month', steps: [{ threshold: [money(100_000)], rate: { kind: 'percent', ppm: 150_000 } }] }

describe('a commission', () => {
  test.each<[sentence: string, order: Partial<ContestOrder>, policy: Partial<ContestPolicy>, inputs?: Case['inputs']]>([
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR.', {}, {}],
    ['Ana: 10 % of 49.99 EUR (the rate of campaign "Main") is exactly 4.999 EUR, rounded to 5.00 EUR.', { amount: money(4999) }, {}],
    ['Ana: 10 % of 1005 JPY (the rate of campaign "Main") is exactly 100.5 JPY, rounded to 101 JPY.', { amount: money(1005, 'JPY') }, {}],
    ['Ana: 10 % of 63.00 EUR (the rate of campaign "Main") is 6.30 EUR.', BASKET, {}],
    ['Ana: 5.00 EUR flat (the rate of campaign "Main").', {}, { rate: flatOf(500) }],
    ['Ana: 500.00 EUR flat (the rate of campaign "Main"); no more than the value of the order is paid; booked: 100.00 EUR.', {}, { rate: flatOf(50_000) }],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR; campaign "Main" pays at most 4.00 EUR an order; booked: 4.00 EUR.', {}, { capPerOrder: [money(400)] }],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR; campaign "Main" pays at most 20.00 EUR a month, and 3.50 EUR of it was left in November 2026; booked: 3.50 EUR.', {}, { capPerMonth: [money(2000)] }, used('1650', '0/1')],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR; campaign "Main" pays at most 20.00 EUR a month, and 0.00 EUR of it was left in November 2026; booked: 0.00 EUR.', {}, { capPerMonth: [money(2000)] }, used('2100', '0/1')],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR.', {}, { capPerMonth: [money(2000)], capPerOrder: [money(5000)] }, used('0', '0/1')],
    ['Ana: 20 % of 100.00 EUR (the rate of Ana) is 20.00 EUR.', {}, { specialRates: [{ affiliateId: 'aff_ana', sku: null, rate: { kind: 'percent', ppm: 200_000 } }] }],
    ['Ana: 10 % of 36.00 EUR (the rate of campaign "Main") and 3.00 EUR for each of 2 units (the rate of SKU MUG) is 9.60 EUR.', BASKET, { specialRates: [{ affiliateId: null, sku: 'MUG', rate: flatOf(300) }] }],
    ['Ana: 10 % of 36.00 EUR (the rate of campaign "Main") and 50 % of 27.00 EUR (the rate of Ana for SKU MUG) is 17.10 EUR.', BASKET, { specialRates: [{ affiliateId: 'aff_ana', sku: 'MUG', rate: { kind: 'percent', ppm: 500_000 } }] }],
    ['Ana: 15 % of 100.00 EUR (the tier from 1000.00 EUR of campaign "Main", reached by a volume of 1234.56 EUR in November 2026) is 15.00 EUR.', {}, { tiers: TIERS }, used('0', '123456/1')],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main": a volume of 999.995 EUR of all time reaches no tier yet) is 10.00 EUR.', {}, { tiers: TIERS && { ...TIERS, period: 'life' } }, used('0', '199999/2')],
    ['Ana: nothing of 100.00 EUR (the tiers of campaign "Main" have no threshold in EUR).', {}, { tiers: { period: 'month', steps: [{ threshold: [money(1, 'USD')], rate: flatOf(1) }] } }],
    ['Ana: nothing of 100.00 EUR (its rate of 5.00 USD or 4.50 GBP is not given in EUR).', {}, { rate: { kind: 'flat', amounts: [money(500, 'USD'), money(450, 'GBP')] } }],
    ['Ana: nothing, because the cap per order of campaign "Main" is not given in EUR.', {}, { capPerOrder: [money(1, 'USD')] }],
    ['Ana: nothing, because the cap per month of campaign "Main" is not given in EUR.', {}, { capPerMonth: [money(1, 'USD')] }],
    ['Ana: nothing, because the minimum order of campaign "Main" is not given in EUR.', {}, { minimumOrder: [money(1, 'USD')] }],
    ['Ana: nothing, because the bounty of campaign "Main" is not given in EUR.', { kind: 'lead' }, { bounties: { lead: [money(1, 'USD')] } }],
    ['Ana: nothing, because campaign "Main" pays for orders from 200.00 EUR only.', {}, { minimumOrder: [money(20_000)] }],
    ['Ana: 5.00 EUR, the bounty of campaign "Main".', { kind: 'lead', amount: money(0) }, { bounties: { lead: [money(500)] } }],
    ['Ana: 7.77 EUR, which the call itself names for all winners.', { commissionMinor: 777 }, {}],
    ['Commissions are reckoned on 100.00 EUR, the amount of the order as it was sent.', {}, {}],
    ['Commissions are reckoned on 63.00 EUR: 2 lines of 70.00 EUR, less a discount of 7.00 EUR; shipping and tax stay out.', BASKET, {}],
    ['Commissions are reckoned on 60.00 EUR: 2 lines of 70.00 EUR, less a discount of 7.00 EUR and 3.00 EUR of tax that the prices include; shipping stays out.', { ...BASKET, taxMinor: 300, pricesIncludeTax: true }, {}],
  ])('%s', (sentence, order, policy, inputs = {}) => {
    expect(explain(receiptOf([ana()], { order, policy, inputs }), NAMES)).toContain(sentence)
  })

  test.each<[string, Touch[], Case]>([
    ['Cleo\'s SKU MUG: 10 % of 27.00 EUR (the rate of campaign "Main") is 2.70 EUR.', [ana(), skuOf('cleo', 'MUG')], { order: BASKET }],
    ['Ana: 10 % of 36.00 EUR (the rate of campaign "Main") is 3.60 EUR.', [ana(), skuOf('ana', 'MUG')], { order: BASKET }],
    ['Ana\'s SKU MUG: 10 % of 27.00 EUR (the rate of campaign "Main") is 2.70 EUR.', [ana(), skuOf('ana', 'MUG')], { order: BASKET }],
    ['Ana: 10 % of 1.00 EUR (the rate of campaign "Main"), and 33.33 % of that is exactly 0.033333… EUR, rounded to 0.04 EUR, so that all parts add up.', [ana(), ben(), clickOf('cleo', { occurredAtMs: AT_MS - 1 })], { order: { amount: money(100) }, policy: { model: 'linear' } }],
    ['Ana: 10 % of 100.00 EUR (the rate of campaign "Main"), and 50 % of that is 5.00 EUR; campaign "Main" pays at most 4.00 EUR an order, all its parts together; booked: 2.00 EUR.', [ana(), ben()], { policy: { model: 'linear', capPerOrder: [money(400)] } }],
    ['Ana: 300.00 EUR flat (the rate of campaign "Main"), and 50 % of that is 150.00 EUR; all parts together are no more than the value of the order; booked: 50.00 EUR.', [ana(), ben()], { policy: { model: 'linear', rate: flatOf(30_000) } }],
    ['Ana: 7.77 EUR, which the call itself names for all winners, and 50 % of that is exactly 3.885 EUR, rounded to 3.89 EUR, so that all parts add up.', [ana(), ben()], { order: { commissionMinor: 777 }, policy: { model: 'linear' } }],
  ])('%s', (sentence, touches, about) => {
    expect(explain(receiptOf(touches, about), NAMES)).toContain(sentence)
  })
})

describe('what is told is what was decided', () => {
  test('each exact amount, each booked one, and each limit', () => {
    holds(fc.property(anyReceipt, (receipt) => {
      const { stories, marks } = viewOf(receipt)
      for (const { affiliateId, amount, exact } of receipt.outcome.earnings) {
        const own = stories.filter((story) => story.affiliateId === affiliateId)
        const [told, found] = [sumOf(own.map((story) => story.exact)), parseRational(exact)]
        expect(told.n * found.d).toBe(found.n * told.d)
        expect(own.reduce((sum, { minor }) => sum + minor, 0)).toBe(amount.minor)
      }
      expect(stories.some(({ limits }) => limits.length > 0)).toBe(marks.includes('CAPPED'))
    }), 1000)
  })
})

describe('the whole', () => {
  test('the result comes first, then each touch, what was left out, the reckoning, and remarks', () => {
    expect(explain(receiptOf([ana(), couponOf('ben', 'BEN10'), skuOf('cleo', 'MUG')], { order: BASKET, inputs: { more: 12, marks: ['LATE_ARRIVAL'] } }), NAMES)).toEqual([
      'Ana earns 3.60 EUR in campaign "Main".',
      'Cleo earns 2.70 EUR in campaign "Main".',
      'Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) won, and carries the order but for the lines that are carved out.',
      'Ben\'s coupon BEN10 lost to Ana\'s link of 18 November 2026, 09:00 UTC, because this campaign puts links first.',
      'MUG is Cleo\'s SKU: these lines, 27.00 EUR of the order, are Cleo\'s part of it.',
      '12 more touches were known and not judged: a receipt holds the ones that could matter most.',
      'Commissions are reckoned on 63.00 EUR: 2 lines of 70.00 EUR, less a discount of 7.00 EUR; shipping and tax stay out.',
      'Ana: 10 % of 36.00 EUR (the rate of campaign "Main") is 3.60 EUR.',
      'Cleo\'s SKU MUG: 10 % of 27.00 EUR (the rate of campaign "Main") is 2.70 EUR.',
      'The evidence came after the order; it was judged as of the order, and settled it then.',
    ])
  })

  test.each<[string, Receipt, string]>([
    ['no touch', receiptOf([]), 'Nobody earns from this order: no affiliate link, code or known customer leads to it.'],
    ['touches that do not count', receiptOf([ana({ bot: true })]), 'Nobody earns from this order: none of the touches below counts.'],
    ['a renewal that pays nobody', receiptOf([renewalOf('ana', { n: 1, d: 1 })], { ...renewal, policy: { renewalsEndAtMs: 0 } }), 'Nobody earns from this renewal: none of those who won the first payment earns any more.'],
    ['what another system had decided', imported([explicitOf('ana')]), 'Ana earns 7.77 EUR in campaign "Main".'],
    ['what another system gave nobody', imported([]), 'Nobody earns from this order: so it was imported from Rewardful.'],
    ['two campaigns of one affiliate', receiptOf([ana(), ana({ eventId: 'b', campaignId: 'cmp_other' })], { policies: [policyOf(), OTHER], inputs: { fallback: { model: 'linear', couponFirst: false, poolDevices: false } } }), 'Ana earns 10.00 EUR in campaigns "Main" and "Other".'],
  ])('the result with %s', (_name, receipt, sentence) => {
    expect(explain(receipt, NAMES)[0]).toBe(sentence)
  })
})

/** Receipts that bear a mark; the last one comes by repeats, and is borne by the conversion alone. */
const MARKED: Record<Exclude<Mark, 'REPEAT_DIFFERS'>, Receipt> = {
  LATE_ARRIVAL: receiptOf([ana()], { inputs: { marks: ['LATE_ARRIVAL'] } }),
  IDENTITY_CONFLICT: receiptOf([ana()], { inputs: { marks: ['IDENTITY_CONFLICT'] } }),
  TOLD_BY_BROWSER: receiptOf([ana()], { inputs: { marks: ['TOLD_BY_BROWSER'] } }),
  RENEWAL: receiptOf([renewalOf('ana', { n: 1, d: 1 })], renewal),
  CAPPED: receiptOf([ana()], { policy: { capPerOrder: [money(1)] } }),
  NO_RATE_FOR_CURRENCY: receiptOf([ana()], { policy: { rate: flatOf(500, 'USD') } }),
  MIN_ORDER: receiptOf([ana()], { policy: { minimumOrder: [money(10_001)] } }),
  ADOPTED: receiptOf([ana({ adopted: true })]),
  AGE_CLAMPED: receiptOf([ana({ clamped: true })]),
  UNVERIFIED_IDENTITY: receiptOf([ana({ evidence: 'identity', unverified: true })]),
  IMPORTED: imported([explicitOf('ana')]),
}

test.each(Object.entries(MARKED))('the mark %s is explained last, and to its affiliate', (mark, receipt) => {
  expect(receipt.outcome.marks).toEqual([mark])
  const said = explainMark(mark as Mark)
  expect(said).toMatch(/^[A-Z].*\.$/)
  expect(explain(receipt, NAMES).at(-1)).toBe(said)
  expect(explain(receipt, NAMES, { affiliateId: 'aff_ana' }).includes(said)).toBe(mark !== 'IDENTITY_CONFLICT')
  expect(explain(receipt, NAMES, { affiliateId: 'aff_ben' })).toEqual(['Nothing that is known ties Ben to this order.'])
})

test('a repeat that differs has its sentence', () => {
  expect(explainMark('REPEAT_DIFFERS')).toBe('The order was reported again and differently; what was reported first stands.')
})

describe('an affiliate reads', () => {
  const receipt = receiptOf([ana(), couponOf('ben', 'BEN10'), skuOf('cleo', 'MUG')], { order: BASKET, inputs: { more: 3 } })
  test.each<[string, string[]]>([
    ['aff_ana', ['Ana earns 3.60 EUR in campaign "Main".', 'Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) won, and carries the order but for the lines that are carved out.', 'Ana: 10 % of 36.00 EUR (the rate of campaign "Main") is 3.60 EUR.']],
    ['aff_ben', ['Ben earns nothing from this order.', 'Ben\'s coupon BEN10 lost to another affiliate\'s link, because this campaign puts links first.']],
    ['aff_cleo', ['Cleo earns 2.70 EUR in campaign "Main".', 'MUG is Cleo\'s SKU: these lines, 27.00 EUR of the order, are Cleo\'s part of it.', 'Cleo\'s SKU MUG: 10 % of 27.00 EUR (the rate of campaign "Main") is 2.70 EUR.']],
    ['aff_chris', ['Nothing that is known ties Chris to this order.']],
  ])('%s: their own part', (affiliateId, text) => {
    expect(explain(receipt, NAMES, { affiliateId })).toEqual(text)
  })

  test.each<[string, Touch[], Case]>([
    ['Ben\'s link of 19 November 2026, 09:00 UTC (the order\'s own session) lost to another affiliate\'s link, because under first click the earlier one wins.', [ana(), ben()], { policy: { model: 'first_click' } }],
    ['Ben\'s link of 19 November 2026, 09:00 UTC (the order\'s own session) lost to another affiliate\'s coupon, because this campaign puts coupons first.', [couponOf('ana', 'A'), ben()], { policy: { couponFirst: true } }],
    ['Ben: the sum that the merchant named for this order, and 50 % of that is exactly 3.885 EUR, rounded to 3.88 EUR, so that all parts add up.', [ana(), ben()], { policy: { model: 'linear' }, order: { commissionMinor: 777 } }],
    ['Ben: the bounty of campaign "Main", and 50 % of that is 2.50 EUR.', [ana(), ben()], { policy: { model: 'linear', bounties: { lead: [money(500)] } }, order: { kind: 'lead' } }],
    ['Ben: a share of what this order pays; campaign "Main" pays at most its cap an order, all its parts together; booked: 2.00 EUR.', [ana(), ben()], { policy: { model: 'linear', capPerOrder: [money(400)] } }],
    ['Ben: a share of what this order pays; all parts together are no more than the value of the order; booked: 50.00 EUR.', [ana(), ben()], { policy: { model: 'linear', rate: flatOf(30_000) } }],
    ['Ben: a share of what this order pays; all parts together are no more than the value of the order; campaign "Main" pays at most 40.00 EUR a month, and 7.00 EUR of it was left in November 2026; booked: 7.00 EUR.', [ana(), ben()], { policy: { model: 'linear', rate: flatOf(30_000), capPerMonth: [money(4000)] }, inputs: { usage: ['ana', 'ben'].map((name) => ({ affiliateId: `aff_${name}`, campaignId: 'cmp_main', month: '2026-11', booked: '3300', volume: '0/1' })) } }],
    ['Ben won a part of the first payment of this subscription, and carries as much of this one.', [renewalOf('ana', { n: 1, d: 2 }), renewalOf('ben', { n: 1, d: 2 })], { ...renewal, policy: { capPerOrder: [money(400)] } }],
    ['Ben: 10 % of 100.00 EUR (the rate of campaign "Main") is 10.00 EUR; campaign "Main" pays at most 4.00 EUR an order; booked: 4.00 EUR.', [ben()], { policy: { capPerOrder: [money(400)] } }],
    ['Ben: 10 % of 100.00 EUR (the rate of campaign "Main"), and 50 % of that is 5.00 EUR; campaign "Main" pays at most 2.00 EUR an order, all its parts together; booked: 2.00 EUR.', [ben(), ben({ eventId: 'z', campaignId: 'cmp_other' })], { policies: [policyOf({ capPerOrder: [money(200)] }), OTHER], inputs: { fallback: { model: 'linear', couponFirst: false, poolDevices: false } } }],
  ])('%s', (sentence, touches, about) => {
    expect(explain(receiptOf(touches, about), NAMES, { affiliateId: 'aff_ben' })).toContain(sentence)
  })

  test('nothing from which the others\' rate follows where all were limited together: Ben\'s flat 90.00 of an order of 50.00', () => {
    const limited = receiptOf([ana(), ben()], { order: { amount: money(5000) }, policy: { model: 'linear', specialRates: [['ana', 4000], ['ben', 9000]].map(([name, minor]) => ({ affiliateId: `aff_${name}`, sku: null, rate: flatOf(Number(minor)) })) } })
    expect(limited.outcome.earnings.map(({ amount }) => amount.minor)).toEqual([1538, 3462])
    expect(explain(limited, NAMES, { affiliateId: 'aff_ana' }).filter((one) => /\d\.\d\d EUR/.test(one))).toEqual(['Ana earns 15.38 EUR in campaign "Main".', 'Ana: a share of what this order pays; all parts together are no more than the value of the order; booked: 15.38 EUR.'])
    expect(explain(limited, NAMES, { affiliateId: 'aff_ana' })).toContain('Ana\'s link of 18 November 2026, 09:00 UTC (the order\'s own session) carries a part of the order under the linear model.')
    expect(viewOf(limited, { affiliateId: 'aff_ana' }).touches).toMatchObject([{ verdict: 'SHARED', weight: null }])
    expect(viewOf(limited, { affiliateId: 'aff_ana' }).stories).toMatchObject([{ steps: [], unlimited: { n: 0n }, exact: { n: 0n } }])
  })

  test('nothing of anybody else, whatever happened', () => {
    holds(fc.property(anyReceipt, fc.constantFrom('ana', 'ben', 'cleo'), (made, name) => {
      const text = explain(made, { affiliate: (id) => `Name-${id}`, campaign: (id) => id }, { affiliateId: `aff_${name}` }).join('\n')
      expect(secretsOf(made, `aff_${name}`).filter((secret) => text.includes(secret))).toEqual([])
    }), 1000)
  })
})

test('no e-mail address is told, also where one is a name or a coupon', () => {
  const names: Names = { affiliate: () => 'ana@partner.example', campaign: () => 'for jo@shop.example' }
  for (const reader of ['merchant', { affiliateId: 'aff_ana' }] as const) {
    expect(explain(receiptOf([couponOf('ana', 'A@B.EXAMPLE'), ben(), { ...codeOf('x@y.example'), affiliateId: null }]), names, reader).join('\n')).not.toContain('@')
  }
})

const GOLDEN = join(import.meta.dirname, 'golden')

test.each(readdirSync(GOLDEN))('%s is explained to its merchant and to its affiliates', (file) => {
  const receipt = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as Receipt
  const text = explain(receipt, NAMES)
  expect(text.every((one) => /^\S.*\.$/.test(one) && !/undefined|null|NaN|\[object/.test(one))).toBe(true)
  for (const { affiliateId, amount } of receipt.outcome.earnings) {
    const earns = new RegExp(`^${NAMES.affiliate(affiliateId)} earns .* ${amount.currency} in campaign`)
    expect(text.filter((one) => earns.test(one))).toHaveLength(1)
    expect(explain(receipt, NAMES, { affiliateId })[0]).toMatch(earns)
  }
  expect(text.length).toBeGreaterThanOrEqual(receipt.inputs.touches.length + 1)
})

test('a receipt of engine 1 tells its reckoning', () => {
  const receipt = JSON.parse(readFileSync(join(GOLDEN, 'v1-flat-capped.json'), 'utf8')) as Receipt
  expect(explain(receipt, NAMES)).toEqual([
    'Ana earns 4.99 EUR in campaign "Main".',
    'Ana\'s link of 19 November 2026, 09:00 UTC (the order names this click) won, and carries the whole order.',
    '3 more touches were known and not judged: a receipt holds the ones that could matter most.',
    'Commissions are reckoned on 4.99 EUR, the amount of the order as it was sent.',
    'Ana: 5.00 EUR flat (the rate of campaign "Main"); no more than the value of the order is paid; booked: 4.99 EUR.',
    'A commission was limited, by the order\'s value or by a cap.',
  ])
})
