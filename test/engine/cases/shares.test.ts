import { enrolment, flat, MAIN, percent, START_MS, trigger } from '../builders.ts'
import { buy, campaignWith, clawed, click, DAYS, earned, market, people, rateOf, refund, type Step, type Story } from '../story.ts'
import { cases } from './table.ts'

const LINEAR = market({ model: 'linear' })
const ALL = market({ model: 'linear', rate: percent('100') })
const three: Step[] = [click('cleo'), click('ben', { at: -2 * DAYS }), click('ana', { at: -3 * DAYS })]
const TWO_RATES = market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1), campaignWith('cmp_b', 2, { rate: percent('20') })], affiliates: people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } }) })

/** One total, rounded once, and split: ENGINE section 4, rule 3. */
cases(earned, [
  ['a cent that is over goes to the earliest', LINEAR, [...three, buy()], 'ana 334, ben 333, cleo 333', 'ana 333, ben 333, cleo 333'],
  ['and two to the two earliest', LINEAR, [...three, buy({ minor: 10_010 })], 'ana 334, ben 334, cleo 333', 'ana 334, ben 333, cleo 334'],
  ['parts that round to nothing still make the total', LINEAR, [...three, buy({ minor: 5 })], 'ana 1, ben 0, cleo 0', 'ana 0, ben 0, cleo 0'],
  ['rounded once, not each: 0.75 and 1.5 are two', TWO_RATES, [click('ben'), click('ana', { at: -2 * DAYS }), buy({ minor: 15 })], 'ana 1, ben 1', 'ana 1, ben 2'],
  ['halves and quarters are brought to one denominator', TWO_RATES, [click('ben'), click('ana', { at: -2 * DAYS }), buy({ minor: 1005 })], 'ana 50, ben 101', 'ana 38, ben 113'],
  ['at one instant the smaller affiliate, whatever the event', LINEAR, [click('ben', { id: 'a' }), click('ana', { id: 'b' }), buy({ minor: 50 })], 'ana 3, ben 2', 'ana 2, ben 3'],
  ['an affiliate\'s earliest touch counts in a tie', LINEAR, [click('ben', { at: -3 * DAYS }), click('ana', { at: -2 * DAYS, id: 'x' }), click('ana'), click('ben', { at: -DAYS / 2, id: 'y' }), buy({ minor: 50 })], 'ben 3, ana 2', 'ana 3, ben 2'],
  ['yen have no cents', LINEAR, [click('ben'), click('ana', { at: -2 * DAYS }), buy({ minor: 1005, currency: 'JPY' })], 'ana 51, ben 50', 'ana 50, ben 50'],
  ['dinars have three decimals', LINEAR, [...three, buy({ minor: 8165, currency: 'KWD' })], 'ana 273, ben 272, cleo 272', 'ana 272, ben 272, cleo 272'],
  ['the largest order is split to the last unit', ALL, [...three, buy({ minor: 9_007_199_254_740_991 })], 'ana 3002399751580331, ben 3002399751580330, cleo 3002399751580330', 'ana 3002399751580330, ben 3002399751580330, cleo 3002399751580330'],
  ['a part of the largest order is exact, too', market({ rate: percent('33.3333') }), [click('ana'), buy({ minor: 9_007_199_254_740_991 })], 'ana 3002396749180579', 'ana 3002396749180578'],
  ['each affiliate has their own rates', market({ model: 'linear' }, { special: [rateOf({ affiliateId: 'aff_ben' }, percent('20'))] }), [click('ben'), click('ana', { at: -2 * DAYS }), buy()], 'ana 500, ben 1000', 'ana 750, ben 750'],
  ['and may have one line that pays them more', market({ model: 'linear' }, { special: [rateOf({ affiliateId: 'aff_ben', sku: 'MUG' }, flat(300))] }), [click('ben'), click('ana', { at: -2 * DAYS }), buy({ lines: [['TEE', 1, 4000], ['MUG', 2, 1500]] })], 'ana 350, ben 500', 'ana 350, ben 350'],
  ['one affiliate in two campaigns has one commission', market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1), campaignWith('cmp_b', 2, { rate: percent('20') })], affiliates: people({ ana: { enrolments: [enrolment(MAIN, START_MS), enrolment('cmp_b', START_MS + 1)] } }) }), [click('ana', { at: -2 * DAYS }), click('ana', { campaign: '2' }), buy()], 'ana 1500', 'ana 500, ana 1000'],
])

const allotted = (told: Story): number[][] => told.receipts.at(-1)?.outcome.earnings.map(({ byLine }) => byLine) ?? []
cases(allotted, [
  ['a part is allotted to lines in the same way, ties to the lower line', market(), [click('ana'), buy({ lines: [['A', 1, 5], ['B', 1, 5], ['C', 1, 5]] })], [[1, 1, 0]], [[1, 1, 1]]],
  ['each affiliate\'s on its own', LINEAR, [click('ben'), click('ana', { at: -2 * DAYS }), buy({ lines: [['A', 1, 50], ['B', 1, 50]] })], [[3, 2], [3, 2]], [[3, 2], [2, 3]]],
  ['a carve-out\'s to its own lines', market({}, { triggers: [trigger('sku', 'B', { affiliateId: 'aff_cleo' })] }), [click('ana'), buy({ lines: [['A', 1, 50], ['B', 1, 50]] })], [[5, 0], [0, 5]], [[3, 2], [3, 2]]],
  ['nor does a sum that the call names go to carved-out lines', market({}, { triggers: [trigger('sku', 'B', { affiliateId: 'aff_cleo' })] }), [click('ana'), buy({ lines: [['A', 1, 50], ['B', 1, 50]], commission: 20 })], [[20, 0], [0, 5]], [[10, 10], [0, 5]]],
])

cases(clawed, [
  ['a refund takes from each in proportion', LINEAR, [click('ben'), click('ana', { at: -2 * DAYS }), buy(), refund(10)], [1, 1], [1]],
  ['and all of it returns what all of them had', LINEAR, [...three, buy({ minor: 5 }), refund(2), refund(3)], [1], [0, 1]],
])
