import type { Commission } from '../../shared/domain.ts'
import { remainsOf } from './commission-history.ts'

/** What one affiliate has of an order. */
export interface Share<C extends Commission> {
  affiliateId: string
  /** That of the contest, or of the credit; raises of it are counted in. */
  commission: C
  /** What remains after refunds; nothing of what was rejected. */
  minor: number
  /** Others have a share, too. */
  isShared: boolean
}

/** The share that an answer for one affiliate shows: the largest, of equal ones that of the earliest touch (ENGINE section 5). */
export function largestShare<C extends Commission>(commissions: C[]): Share<C> | undefined {
  const kept = commissions.filter(({ transferredTo }) => transferredTo === null)
  const byAffiliate = Map.groupBy(kept.length > 0 ? kept : commissions, ({ affiliateId }) => affiliateId)
  // They are booked in the order of their touches, and the sort is stable.
  const [largest] = [...byAffiliate].flatMap(([affiliateId, own]) => {
    const commission = own.find(({ source }) => source.kind !== 'raise')
    return commission === undefined ? [] : { affiliateId, commission, minor: sum(own.map(remainsOf)), totalMinor: sum(own.map(({ totalMinor }) => totalMinor)) }
  }).toSorted((a, b) => b.minor - a.minor || b.totalMinor - a.totalMinor)
  return largest && { affiliateId: largest.affiliateId, commission: largest.commission, minor: largest.minor, isShared: byAffiliate.size > 1 }
}

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)
