import type { Amounts, Rate } from '../../../shared/engine/terms.ts'
import { enrolment, eur, flat, MAIN, ORDER_MS, percent, START_MS, trigger, versions } from '../builders.ts'
import { buy, campaignWith, click, DAYS, earned, market, people, rateOf, refund, type Step } from '../story.ts'
import { cases } from './table.ts'

const jpy = (minor: number): Amounts[number] => ({ minor, currency: 'JPY' })
const MUGS = trigger('sku', 'MUG', { affiliateId: 'aff_cleo' })
const ana = (what: Parameters<typeof buy>[0] = {}): Step[] => [click('ana'), buy(what)]
const TEE_MUG = [['TEE', 1, 4000], ['MUG', 2, 1500]] as [string, number, number][]

/** The base: ENGINE section 4, rule 1. */
cases(earned, [
  ['a discount of 1.00 over three equal lines: 34, 33, 33', market({ rate: percent('100') }, { triggers: [MUGS] }), ana({ lines: [['TEE', 1, 1000], ['MUG', 1, 1000], ['CAP', 1, 1000]], discount: 100 }), 'ana 1933, cleo 967', 'ana 1934, cleo 966'],
  ['the remainder goes to the largest rest, not to the first', market({ rate: percent('100') }, { triggers: [MUGS] }), ana({ lines: [['TEE', 1, 100], ['MUG', 1, 200]], discount: 1 }), 'ana 100, cleo 199', 'ana 99, cleo 200'],
  ['a discount beyond the lines', market(), ana({ lines: [['TEE', 1, 1000]], discount: 5000, minor: 0 }), 'ana 0', 'ana -400'],
  ['shipping and tax stay out', market(), ana({ lines: [['TEE', 1, 10_000]], tax: 1900, shipping: 500 }), 'ana 1000', 'ana 1240'],
  ['tax that prices include is taken out', market(), ana({ lines: [['TEE', 1, 11_900]], tax: 1900, taxed: true }), 'ana 1000', 'ana 1190'],
  ['after the discount, over what it left', market({ rate: percent('100') }, { triggers: [MUGS] }), ana({ lines: [['TEE', 1, 3000], ['MUG', 1, 1000]], discount: 1000, tax: 300, taxed: true }), 'ana 2025, cleo 675', 'ana 2000, cleo 700'],
  ['one after the other, not both at once', market({ rate: percent('100') }, { triggers: [MUGS] }), ana({ lines: [['TEE', 1, 100], ['MUG', 1, 200]], discount: 1, tax: 1, taxed: true }), 'ana 100, cleo 198', 'ana 99, cleo 199'],
  ['without items the amount as sent', market(), ana({ minor: 10_000, tax: 1900, taxed: true, discount: 500 }), 'ana 1000', 'ana 760'],
  ['with items the amount as sent does not matter', market(), ana({ lines: [['TEE', 1, 10_000]], minor: 99_999 }), 'ana 1000', 'ana 10000'],
  ['rounded once, not line by line', market({ rate: percent('10') }), ana({ lines: [['A', 1, 5], ['B', 1, 5], ['C', 1, 5]] }), 'ana 2', 'ana 3'],
  ['half a cent goes up', market(), ana({ minor: 5 }), 'ana 1', 'ana 0'],
])

/** Minimum order: rule 1. */
const MIN = market({ minimumOrder: [eur(5000)] })
cases(earned, [
  ['the minimum order, reached exactly', MIN, ana({ minor: 5000 }), 'ana 500', 'ana 0 [MIN_ORDER]'],
  ['a cent below it the winner stands and earns nothing', MIN, ana({ minor: 4999 }), 'ana 0 [MIN_ORDER]', 'ana 500'],
  ['it is compared after the discount', MIN, ana({ lines: [['TEE', 1, 5500]], discount: 501 }), 'ana 0 [MIN_ORDER]', 'ana 500'],
  ['and with the whole order, not with the winner\'s part', market({ minimumOrder: [eur(5000)] }, { triggers: [MUGS] }), ana({ lines: TEE_MUG }), 'ana 400, cleo 300', 'ana 0, cleo 0 [MIN_ORDER]'],
  ['a refund later does not undo it', MIN, [...ana({ minor: 5000 }), refund(2500)], 'ana 500', 'ana 0 [MIN_ORDER]'],
])

/** Rates, most specific first, and flat ones: rule 2. */
const ladder = (...steps: [affiliateId: string | null, sku: string | null, rate: Rate][]) => ({ special: steps.map(([affiliateId, sku, rate]) => rateOf({ affiliateId, sku }, rate)) })
const LADDER: [string | null, string | null, Rate][] = [['aff_ana', 'TEE', percent('50')], [null, 'TEE', percent('40')], ['aff_ana', null, percent('30')]]
const TIERED = { tiers: { period: 'life' as const, steps: [{ threshold: [eur(0)], rate: percent('20') }] } }
const ONE_TEE = { lines: [['TEE', 1, 1000]] as [string, number, number][] }

cases(earned, [
  ['affiliate and SKU', market(TIERED, ladder(...LADDER)), ana(ONE_TEE), 'ana 500', 'ana 400'],
  ['SKU', market(TIERED, ladder(...LADDER.slice(1))), ana(ONE_TEE), 'ana 400', 'ana 300'],
  ['affiliate', market(TIERED, ladder(...LADDER.slice(2))), ana(ONE_TEE), 'ana 300', 'ana 200'],
  ['tier', market(TIERED), ana(ONE_TEE), 'ana 200', 'ana 100'],
  ['another affiliate\'s rate is not theirs', market({}, ladder(['aff_ben', 'TEE', percent('50')], ['aff_ben', null, percent('30')])), ana(ONE_TEE), 'ana 100', 'ana 500'],
  ['a special rate counts from its own millisecond', market({}, { special: [rateOf({ affiliateId: 'aff_ana' }, percent('30'), ORDER_MS)] }), ana(), 'ana 3000', 'ana 1000'],
  ['and not before', market({}, { special: [rateOf({ affiliateId: 'aff_ana' }, percent('30'), ORDER_MS + 1)] }), ana(), 'ana 1000', 'ana 3000'],
  ['the newest of them', market({}, { special: [['aff_ana/', versions<Rate | null>([START_MS, percent('30')], [START_MS + 1, percent('40')])]] }), ana(), 'ana 4000', 'ana 3000'],
  ['until it is taken back', market({}, { special: [['aff_ana/', versions<Rate | null>([START_MS, percent('30')], [ORDER_MS, null])]] }), ana(), 'ana 1000', 'ana 3000'],
  ['each line by its own', market({}, ladder([null, 'TEE', percent('50')])), ana({ lines: TEE_MUG }), 'ana 2300', 'ana 3500'],
  ['a flat rate of a SKU is per unit', market({}, ladder([null, 'MUG', flat(100)])), ana({ lines: TEE_MUG }), 'ana 600', 'ana 500'],
  ['any other flat rate is once an order, whatever its lines', market({ rate: flat(500) }), ana({ lines: TEE_MUG }), 'ana 500', 'ana 1500'],
  ['an affiliate\'s, too', market({}, ladder(['aff_ana', null, flat(500)])), ana({ lines: TEE_MUG }), 'ana 500', 'ana 1500'],
  ['and a tier\'s', market({ tiers: { period: 'life', steps: [{ threshold: [eur(0)], rate: flat(500) }] } }), ana({ lines: TEE_MUG }), 'ana 500', 'ana 1500'],
  ['beside a SKU that has its own', market({ rate: flat(500) }, ladder([null, 'MUG', percent('10')])), ana({ lines: TEE_MUG }), 'ana 800', 'ana 586'],
  ['once to the winners together', market({ rate: flat(500), model: 'linear' }), [click('ben'), ...ana({ lines: TEE_MUG })], 'ana 250, ben 250', 'ana 500, ben 500'],
  ['and once to each carve-out', market({ rate: flat(500) }, { triggers: [MUGS] }), ana({ lines: TEE_MUG }), 'ana 500, cleo 500', 'ana 286, cleo 214'],
  ['no commission exceeds its base', market({ rate: flat(500) }), ana({ minor: 499 }), 'ana 499 [CAPPED]', 'ana 500'],
  ['a carve-out is limited by its own lines', market({ rate: flat(5000) }, { triggers: [MUGS] }), ana({ lines: TEE_MUG }), 'ana 4000, cleo 3000 [CAPPED]', 'ana 5000, cleo 5000'],
  ['one line may earn more than itself, the winners not more than all', market({}, ladder([null, 'MUG', flat(1600)])), ana({ lines: TEE_MUG }), 'ana 3600', 'ana 3400 [CAPPED]'],
])

/** No currency is converted: rule 2. */
const YEN = { minor: 10_000, currency: 'JPY' }
cases(earned, [
  ['a percentage knows no currency', market(), ana(YEN), 'ana 1000', 'ana 0 [NO_RATE_FOR_CURRENCY]'],
  ['a flat rate in euro and an order in yen', market({ rate: flat(500) }), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 500'],
  ['a flat rate with an entry of its own', market({ rate: { kind: 'flat', amounts: [eur(500), jpy(700)] } }), ana(YEN), 'ana 700', 'ana 500'],
  ['a special rate without the currency does not fall back', market({}, ladder(['aff_ana', null, flat(500)])), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['a SKU\'s rate without it costs its own line only', market({}, ladder([null, 'MUG', flat(100)])), ana({ lines: TEE_MUG, currency: 'JPY' }), 'ana 400 [NO_RATE_FOR_CURRENCY]', 'ana 0 [NO_RATE_FOR_CURRENCY]'],
  ['a cap per order without it costs everything', market({ capPerOrder: [eur(1)] }), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['a cap in several currencies holds in its own', market({ capPerOrder: [eur(600), jpy(1)] }), ana(), 'ana 600 [CAPPED]', 'ana 0 [NO_RATE_FOR_CURRENCY]'],
  ['so does a cap per month', market({ capPerMonth: [eur(1)] }), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['and a minimum order', market({ minimumOrder: [eur(1)] }), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['and a tier that is asked', market(TIERED), ana(YEN), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['but not one that is not', market(TIERED, ladder(['aff_ana', null, percent('30')])), ana(YEN), 'ana 3000', 'ana 0 [NO_RATE_FOR_CURRENCY]'],
  ['only the winner whose campaign lacks it', market({}, { terms: { model: 'linear' }, campaigns: [campaignWith(MAIN, 1), campaignWith('cmp_b', 2, { rate: flat(500) })], affiliates: people({ ben: { enrolments: [enrolment('cmp_b', START_MS)] } }) }), [click('ben'), ...ana(YEN)], 'ana 500, ben 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000 [NO_RATE_FOR_CURRENCY]'],
])

/** Bounties: rule 2. */
const BOUNTY_ALONE = { bounties: { lead: [eur(250)] } }
const BOUNTY = { bounties: { lead: [eur(250)], trial: [eur(100)] }, minimumOrder: [eur(5000)] }
cases(earned, [
  ['a lead of nothing earns its bounty', market(BOUNTY), ana({ kind: 'lead', minor: 0 }), 'ana 250', 'ana 0 [CAPPED]'],
  ['a trial earns its own, beyond its value and below any minimum', market(BOUNTY), ana({ kind: 'trial', minor: 50 }), 'ana 100', 'ana 0 [MIN_ORDER]'],
  ['a custom event without one earns the rate', market({ bounties: { lead: [eur(250)] } }), ana({ kind: 'custom', minor: 1000 }), 'ana 100', 'ana 250'],
  ['a flat rate is then limited to the value', market({ rate: flat(500) }), ana({ kind: 'lead', minor: 0 }), 'ana 0 [CAPPED]', 'ana 500'],
  ['a bounty in another currency', market(BOUNTY), ana({ kind: 'lead', ...YEN }), 'ana 0 [NO_RATE_FOR_CURRENCY]', 'ana 1000'],
  ['a cap holds for bounties, too', market({ ...BOUNTY, capPerOrder: [eur(200)] }), ana({ kind: 'lead', minor: 0 }), 'ana 200 [CAPPED]', 'ana 250'],
  ['a bounty is shared', market({ ...BOUNTY, model: 'linear' }), [click('ben'), ...ana({ kind: 'lead', minor: 0 })], 'ana 125, ben 125', 'ana 250, ben 250'],
  ['a carved-out line earns its rate, and no bounty', market(BOUNTY_ALONE, { triggers: [MUGS] }), ana({ kind: 'lead', lines: TEE_MUG }), 'ana 250, cleo 300', 'ana 250, cleo 250'],
  ['and takes nothing from one', market(BOUNTY_ALONE, { triggers: [MUGS] }), ana({ kind: 'lead', lines: [['MUG', 1, 1000]] }), 'ana 250, cleo 100', 'ana 0, cleo 100'],
  ['a sale earns no bounty', market({ bounties: BOUNTY.bounties }), ana(), 'ana 1000', 'ana 250'],
])

/** What a call says itself: rule 9. */
cases(earned, [
  ['an explicit commission', market(), ana({ commission: 1234 }), 'ana 1234', 'ana 1000'],
  ['below the minimum and beyond the order', market({ minimumOrder: [eur(99_999)] }), ana({ minor: 100, commission: 300 }), 'ana 300', 'ana 0 [MIN_ORDER]'],
  ['the caps still hold', market({ capPerOrder: [eur(200)] }), ana({ commission: 300 }), 'ana 200 [CAPPED]', 'ana 300'],
  ['it is what the winners earn together', market({ model: 'linear' }), [click('ben', { at: -2 * DAYS }), ...ana({ commission: 301 })], 'ben 151, ana 150', 'ben 301, ana 301'],
  ['carve-outs earn besides', market({}, { triggers: [MUGS] }), ana({ lines: TEE_MUG, commission: 500 }), 'ana 500, cleo 300', 'ana 200, cleo 300'],
  ['also where every line is one', market({}, { triggers: [MUGS] }), ana({ lines: [['MUG', 1, 1000]], commission: 500 }), 'ana 500, cleo 100', 'ana 0, cleo 100'],
  ['of nothing is nothing', market(), ana({ commission: 0 }), 'ana 0', 'ana 1000'],
  ['without a winner it is nobody\'s', market(), [buy({ commission: 500 })], 'nobody', 'ana 500'],
])
