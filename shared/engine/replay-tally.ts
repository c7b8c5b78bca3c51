/** What a replay found for one affiliate in one currency, in minor units. */
export interface Tallied {
  affiliate: number
  currency: number
  bookedMinor: bigint
  wouldMinor: bigint
}

export type Tally = ReturnType<typeof tally>

/** A number that is spilled before a sum with another amount could pass 2^53. */
const SPILL = 2 ** 51

/** Exact sums by affiliate and currency, which cost a plain addition as long as amounts are of this world. */
export function tally(affiliates: number, currencies: number) {
  const booked = exactSums(affiliates * currencies)
  const would = exactSums(affiliates * currencies)

  return {
    addBooked: (currency: number, affiliate: number, minor: number): void => booked.add(currency * affiliates + affiliate, minor),
    addWould: (currency: number, affiliate: number, minor: number): void => would.add(currency * affiliates + affiliate, minor),
    /** All that is not zero on both sides. */
    rows(): Tallied[] {
      return Array.from({ length: affiliates * currencies }, (_, index) => ({
        affiliate: index % affiliates, currency: Math.floor(index / affiliates), bookedMinor: booked.sum(index), wouldMinor: would.sum(index),
      })).filter(({ bookedMinor, wouldMinor }) => bookedMinor !== 0n || wouldMinor !== 0n)
    },
  }
}

function exactSums(length: number) {
  const low = new Float64Array(length)
  const high = new Map<number, bigint>()
  return {
    add(index: number, minor: number): void {
      const held = low[index] as number
      if (Math.abs(held) < SPILL && Math.abs(minor) < SPILL) {
        low[index] = held + minor
        return
      }
      high.set(index, (high.get(index) ?? 0n) + BigInt(held) + BigInt(minor))
      low[index] = 0
    },
    sum: (index: number): bigint => BigInt(low[index] ?? 0) + (high.get(index) ?? 0n),
  }
}
