import * as fc from 'fast-check'
import { MODELS, type Model } from '../../../shared/engine/terms.ts'
import { ENGINE_VERSION, judge, type ReceiptInputs } from '../../../shared/engine/receipt.ts'
import { DAY_MS } from '../../../shared/limits.ts'
import { contestOrder, contestPolicy, MAIN, ORDER_MS, touch } from '../builders.ts'
import { isFairlyJudged, isFairlyPriced } from './laws/receipts.ts'
import { must } from './laws/must.ts'

/** An order of up to 2^53-1 minor units that several affiliates share. */
export interface Split {
  model: Model
  currency: string
  minors: number[]
  ppm: number
  /** Whose touch, and how many days before. */
  touches: { by: number; days: number }[]
}

const amounts = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.maxSafeNat(), fc.integer({ min: Number.MAX_SAFE_INTEGER - 50, max: Number.MAX_SAFE_INTEGER }))

export const splits: fc.Arbitrary<Split> = fc.record({
  model: fc.constantFrom(...MODELS), currency: fc.constantFrom('JPY', 'EUR', 'KWD'), ppm: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom(333_333, 50_000, 1_000_000, 1)),
  // Lines that together are no more than can be written.
  minors: fc.tuple(amounts, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 })).map(([sum, cuts]) => cuts.reduce(([rest = 0, ...done], cut) => [rest - Math.floor(rest / (cut + 1)), Math.floor(rest / (cut + 1)), ...done], [sum])),
  touches: fc.array(fc.record({ by: fc.nat(4), days: fc.nat(30) }), { minLength: 1, maxLength: 9 }),
})

/** Whatever the model, the parts sum to the rounded total, to the last unit; so do the lines. */
export function splitsAreExact({ model, currency, minors, ppm, touches }: Split): void {
  const lines = minors.length === 1 ? [] : minors.map((minor) => ({ sku: null, quantity: 1, minor }))
  const sum = minors.reduce((all, minor) => all + BigInt(minor), 0n)
  const inputs: ReceiptInputs = {
    kind: 'contest', more: 0, fallback: { model, couponFirst: false, poolDevices: false }, usage: [], marks: [],
    order: contestOrder({ amount: { minor: Number(sum), currency }, lines }), policies: [contestPolicy({ model, rate: { kind: 'percent', ppm } })],
    touches: touches.map(({ by, days }, index) => touch({ eventId: `click-${index}`, affiliateId: `aff_${by}`, campaignId: MAIN, occurredAtMs: ORDER_MS - days * DAY_MS })),
  }
  const outcome = judge(inputs)
  const receipt = { id: 'rcp', conversionId: 'cnv', engine: ENGINE_VERSION, decidedAtMs: ORDER_MS, inputs, outcome }
  const booked = outcome.earnings.reduce((all, { amount }) => all + BigInt(amount.minor), 0n)
  must(booked === (2n * sum * BigInt(ppm) + 1_000_000n) / 2_000_000n, 'the parts sum to the total, rounded once', () => [sum, outcome.earnings])
  must(outcome.earnings.every(({ amount: { minor } }) => Number.isSafeInteger(minor) && minor >= 0), 'each part is whole', () => outcome.earnings)
  isFairlyJudged(receipt)
  isFairlyPriced(receipt)
}
