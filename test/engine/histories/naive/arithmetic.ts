/**
 * Sums by the book, a second time: slow, plain and on its own. Nothing here is shared with the engine, so that a mistake
 * would have to be made twice to pass.
 */

/** A fraction that is never shortened. */
export interface Fraction {
  n: bigint
  d: bigint
}

export const whole = (n: bigint | number): Fraction => ({ n: BigInt(n), d: 1n })
export const add = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d + b.n * a.d, d: a.d * b.d })
export const multiply = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.n, d: a.d * b.d })
export const divide = (a: Fraction, b: Fraction): Fraction => ({ n: a.n * b.d, d: a.d * b.n })
export const isMore = (a: Fraction, b: Fraction): boolean => a.n * b.d > b.n * a.d
export const isSame = (a: Fraction, b: Fraction): boolean => a.n * b.d === b.n * a.d
export const total = (items: Fraction[]): Fraction => items.reduce(add, whole(0))

/** The nearest whole number to a fraction of nothing or more, a half upwards. */
export function rounded({ n, d }: Fraction): bigint {
  const down = n / d
  return 2n * (n - down * d) >= d ? down + 1n : down
}

/** A sum handed out by shares: everybody gets what is theirs rounded down, and then a unit each, whoever misses most, the earlier first. */
export function handOut(sum: bigint, shares: Fraction[]): bigint[] {
  const all = total(shares)
  if (all.n === 0n) return shares.map((_, index) => (index === 0 ? sum : 0n))
  const quotas = shares.map((share) => divide(multiply(whole(sum), share), all))
  const parts = quotas.map(({ n, d }) => n / d)
  const missing = quotas.map((quota, index) => add(quota, whole(-(parts[index] ?? 0n))))
  for (let left = sum - parts.reduce((a, b) => a + b, 0n); left > 0n; left -= 1n) {
    const most = missing.reduce((best, one, index) => (isMore(one, missing[best]!) ? index : best), 0)
    parts[most] = (parts[most] ?? 0n) + 1n
    missing[most] = whole(-1)
  }
  return parts
}
