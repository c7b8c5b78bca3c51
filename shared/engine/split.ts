import { halfUp, rational, type Rational } from './money.ts'

/**
 * Divides a whole among shares by largest remainder: what is left after rounding down goes, a unit each, to the
 * largest remainders, of equal ones to the earlier share. The parts always sum to the whole. Where all shares are
 * zero the first takes everything, and without shares there are no parts.
 */
export function allot(whole: bigint, shares: readonly bigint[]): bigint[] {
  const sum = shares.reduce((total, share) => total + share, 0n)
  if (sum === 0n) return shares.map((_, index) => (index === 0 ? whole : 0n))
  const parts = shares.map((share) => (whole * share) / sum)
  const left = Number(whole - parts.reduce((total, part) => total + part, 0n))
  const byRemainder = shares.map((share, index) => ({ index, rest: (whole * share) % sum })).toSorted((a, b) => Number(b.rest > a.rest) - Number(b.rest < a.rest) || a.index - b.index)
  for (const { index } of byRemainder.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n
  return parts
}

/** `allot` over safe integers, as amounts are kept. */
export const allotMinor = (whole: number, shares: readonly number[]): number[] => allot(BigInt(whole), shares.map(BigInt)).map(Number)

/** `allot` over exact fractions. */
export const allotExact = (whole: bigint, shares: readonly Rational[]): bigint[] => allot(whole, toIntegers(shares))

/** Fractions as integers in the same proportions. */
function toIntegers(shares: readonly Rational[]): bigint[] {
  const common = shares.reduce((lcm, { d }) => (lcm / gcd(lcm, d)) * d, 1n)
  return shares.map(({ n, d }) => n * (common / d))
}

export const ZERO: Rational = rational(0n)

/** In lowest terms, so that long sums stay short. */
export function reduced({ n, d }: Rational): Rational {
  const common = gcd(n < 0n ? -n : n, d)
  return common <= 1n ? { n, d } : { n: n / common, d: d / common }
}

export const plus = (a: Rational, b: Rational): Rational => (a.d === b.d ? rational(a.n + b.n, a.d) : reduced(rational(a.n * b.d + b.n * a.d, a.d * b.d)))
export const times = (a: Rational, b: Rational): Rational => reduced(rational(a.n * b.n, a.d * b.d))
export const sumOf = (items: readonly Rational[]): Rational => items.reduce(plus, ZERO)
/** True when a is more than b. */
export const exceeds = (a: Rational, b: Rational): boolean => a.n * b.d > b.n * a.d

/** The part of `whole` that `taken` of `of` stands for, rounded half up: cumulative, so that any steps sum to the whole. */
export const proportion = (whole: number, taken: number, of: number): number => Number(halfUp(rational(BigInt(whole) * BigInt(taken), BigInt(of))))

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
