/** Median and quartiles: one slow round says nothing about the rest. */
export interface Spread {
  median: number
  low: number
  high: number
  /** How far the median itself may be off, about 19 times in 20. */
  error: number
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, median, high] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)]
  return { low, median, high, error: (1.57 * (high - low)) / Math.sqrt(sorted.length) }
}

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at % 1)
}
