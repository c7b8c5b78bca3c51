import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Mark, Money } from '../../shared/domain.ts'
import type { Rate } from '../../shared/engine/terms.ts'
import { earnedOn, price } from '../../shared/engine/commission.ts'
import { CURRENCIES, rationalText } from '../../shared/engine/money.ts'
import { contestOrder, contestPolicy, eur, flat, holds, MAIN, ORDER_MS, percent } from './builders.ts'

const LARGEST = Number.MAX_SAFE_INTEGER
const jpy = (minor: number): Money => ({ minor, currency: 'JPY' })

/** What one winner earns from an order without items at a campaign's rate. */
function commissionOn(base: Money, rate: Rate): { amount: Money; exact: string; marks: Mark[] } {
  const marks = new Set<Mark>()
  const claim = { affiliateId: 'aff_ana', campaignId: MAIN, weight: { n: 1, d: 1 }, occurredAtMs: ORDER_MS }
  const pricing = { order: contestOrder({ amount: base }), bases: [base.minor], policies: [contestPolicy({ rate })], usage: [] }
  const [part, ...more] = price({ claims: [claim], lines: [0], volume: [0], carved: false }, pricing, marks)
  if (part === undefined || more.length > 0) throw new Error('one winner earns one part')
  expect(part).toMatchObject({ affiliateId: 'aff_ana', campaignId: MAIN, byLine: [part.minor], weight: { n: 1, d: 1 }, lines: [0] })
  return { amount: { minor: part.minor, currency: base.currency }, exact: rationalText(part.exact), marks: [...marks] }
}

test.each<[name: string, base: Money, rate: Rate, minor: number, marks: Mark[]]>([
  ['ten percent of a hundred', eur(10_000), percent('10'), 1000, []],
  ['half a cent goes up', eur(5), percent('10'), 1, []],
  ['less than half a cent goes down', eur(4), percent('10'), 0, []],
  ['4990 at 10 % is exact', eur(4990), percent('10'), 499, []],
  ['a percentage with decimals is rounded once', eur(999), percent('12.5'), 125, []],
  ['all of it', eur(10_000), percent('100'), 10_000, []],
  ['nothing of it', eur(10_000), percent('0'), 0, []],
  ['nothing of nothing', eur(0), percent('10'), 0, []],
  ['the largest order is exact', eur(LARGEST), percent('100'), LARGEST, []],
  ['a third of the largest order is exact where a float is not', eur(LARGEST), percent('33.3333'), 3_002_396_749_180_579, []],
  ['a currency without decimals', jpy(1005), percent('10'), 101, []],
  ['a flat rate', eur(10_000), flat(500), 500, []],
  ['a flat rate as high as the order', eur(500), flat(500), 500, []],
  ['a flat rate is limited to the order', eur(499), flat(500), 499, ['CAPPED']],
  ['a flat rate on nothing', eur(0), flat(500), 0, ['CAPPED']],
  ['a flat rate in another currency is never converted', jpy(10_000), flat(500), 0, ['NO_RATE_FOR_CURRENCY']],
  ['a percentage has no currency', jpy(10_000), percent('10'), 1000, []],
])('%s', (_name, base, rate, ...expected) => {
  const { amount, marks } = commissionOn(base, rate)
  expect([amount.minor, marks]).toEqual(expected)
  expect(amount.currency).toBe(base.currency)
})

const amounts = fc.record({ minor: fc.oneof(fc.nat(1000), fc.maxSafeNat()), currency: fc.constantFrom(...CURRENCIES) })
const rates = fc.integer({ min: 0, max: 1_000_000 })

test('a percentage is the exact product, rounded once, and never more than the order', () => {
  holds(fc.property(amounts, rates, (base, ppm) => {
    const { amount, marks } = commissionOn(base, { kind: 'percent', ppm })
    // Half up of a product that is not negative: add half a unit, then cut.
    expect(BigInt(amount.minor)).toBe((BigInt(base.minor) * BigInt(ppm) + 500_000n) / 1_000_000n)
    expect(amount.minor).toBeLessThanOrEqual(base.minor)
    expect({ currency: amount.currency, marks }).toEqual({ currency: base.currency, marks: [] })
  }), 2000)
})

test('a flat rate is itself or the order, whichever is less, and says when it was limited', () => {
  holds(fc.property(fc.nat(2000), fc.nat(2000), (base, rate) => {
    expect(commissionOn(eur(base), flat(rate))).toMatchObject({ amount: eur(Math.min(base, rate)), marks: rate > base ? ['CAPPED'] : [] })
  }))
})

test('a flat rate in any other currency earns nothing', () => {
  holds(fc.property(amounts, amounts, (base, rate) => {
    fc.pre(base.currency !== rate.currency)
    expect(commissionOn(base, { kind: 'flat', amounts: [rate] })).toEqual({ amount: { minor: 0, currency: base.currency }, exact: '0/1', marks: ['NO_RATE_FOR_CURRENCY'] })
    expect(earnedOn({ base: base.minor, quantity: 1, currency: base.currency }, { rate: { kind: 'flat', amounts: [rate] }, perUnit: true })).toBeUndefined()
  }))
})

test('a flat rate pays in whichever of its currencies the order is', () => {
  const rate: Rate = { kind: 'flat', amounts: [eur(500), jpy(700)] }
  expect([commissionOn(eur(10_000), rate), commissionOn(jpy(10_000), rate)].map(({ amount, marks }) => [amount, marks])).toEqual([[eur(500), []], [jpy(700), []]])
})

test('the exact share is kept beside the rounded one, as the order limits it', () => {
  expect(commissionOn(eur(999), percent('12.5')).exact).toBe('999/8')
  expect(commissionOn(eur(499), flat(500)).exact).toBe('499/1')
})
