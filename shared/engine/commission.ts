import type { Mark, Money, Rate } from '../domain.ts'
import { halfUp, rational, toMinor, type Rational } from './money.ts'

/** What a winner earns from an order, and what limited it. */
export interface Earned {
  amount: Money
  /** The exact share before rounding, as "n/d", so that a cent can be explained. */
  exact: string
  marks: Mark[]
}

/**
 * What one affiliate earns from a base, exact: rounding waits for the total.
 * Undefined when a flat rate is in another currency: it earns nothing rather than a converted guess
 * (ENGINE section 4, rule 2).
 */
export function earnedOn(base: Money, rate: Rate): Rational | undefined {
  if (rate.kind === 'percent') return rational(BigInt(base.minor) * BigInt(rate.ppm), 1_000_000n)
  return rate.amount.currency === base.currency ? rational(BigInt(rate.amount.minor)) : undefined
}

/** The commission on an order without items: limited to its base, then rounded half up, once (ENGINE section 4, rules 2 and 3). */
export function commissionOn(base: Money, rate: Rate): Earned {
  const exact = earnedOn(base, rate)
  if (exact === undefined) return { amount: { minor: 0, currency: base.currency }, exact: '0/1', marks: ['NO_RATE_FOR_CURRENCY'] }
  const limit = BigInt(base.minor)
  const capped = exact.n > limit * exact.d
  const limited = capped ? rational(limit) : exact
  return {
    amount: { minor: toMinor(halfUp(limited)), currency: base.currency },
    exact: `${exact.n}/${exact.d}`,
    marks: capped ? ['CAPPED'] : [],
  }
}
