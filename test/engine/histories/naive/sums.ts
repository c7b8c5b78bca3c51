import type { Order } from '../../../../shared/domain.ts'
import type { Receipt, UsageSnapshot } from '../../../../shared/engine/receipt.ts'
import type { Book } from '../../book.ts'
import { add, isSame, multiply, whole, type Fraction } from './arithmetic.ts'
import { netLeft } from './order.ts'
import type { Reckoning } from './reckoning.ts'
import { monthOf } from './calendar.ts'
import { must } from '../laws/must.ts'

/** What was booked of a receipt, and so counts. */
export interface Counted {
  conversionId: string
  affiliateId: string
  campaignId: string
  month: string
  minor: bigint
  weight: Fraction
  lines: number[]
}

export const countedOf = ({ conversionId, outcome }: Receipt, month: string): Counted[] => outcome.earnings.flatMap(({ affiliateId, parts }) => parts.map(({ campaignId, minor, weight, lines }): Counted =>
  ({ conversionId, affiliateId, campaignId, month, minor: BigInt(minor), weight: { n: BigInt(weight.n), d: BigInt(weight.d) }, lines })))

/** A receipt's sums are those of the book when it was decided (ENGINE section 4, rules 3 and 4). */
export function sumsAreRight({ conversionId, inputs: { policies, usage, touches }, outcome }: Receipt, { counted, reckoning, kept }: { counted: Counted[]; reckoning: Reckoning; kept: Book }): void {
  const { order } = kept.conversions.get(conversionId)!
  const month = monthOf(order, kept.settings)
  const winners = new Set(touches.flatMap(({ affiliateId, campaignId }, index) => (outcome.weights[index] || outcome.verdicts[index] === 'WON' ? [`${affiliateId} ${campaignId}`] : [])))
  for (const { campaignId, tiers, capPerMonth } of policies) {
    if (tiers === null && capPerMonth.length === 0) continue
    for (const winner of winners) must(!winner.endsWith(` ${campaignId}`) || usage.some((one) => `${one.affiliateId} ${one.campaignId}` === winner), 'who is limited by sums is judged by them', () => [order, winner, usage])
  }
  for (const one of usage) {
    const policy = policies.find(({ campaignId }) => campaignId === one.campaignId)
    const own = counted.filter(({ affiliateId, campaignId }) => affiliateId === one.affiliateId && campaignId === one.campaignId)
    must(one.month === month, 'a month is the merchant\'s, as of the order', () => [order, one, month])
    if (policy === undefined) continue
    monthIsRight(one, { own, order, kept })
    if (policy.tiers !== null) volumeIsRight(one, { own: own.filter((part) => policy.tiers?.period === 'life' || part.month === month), order, reckoning, kept })
  }
}

interface About {
  own: Counted[]
  order: Order
  kept: Book
}

function monthIsRight(one: UsageSnapshot, { own, order, kept }: About): void {
  const booked = own.filter(({ conversionId, month }) => {
    const other = kept.conversions.get(conversionId)!.order
    return month === one.month && other.mode === order.mode && other.amount.currency === order.amount.currency
  }).reduce((sum, { minor }) => sum + minor, 0n)
  must(BigInt(one.booked) === booked, 'the month\'s sum is what was first booked in it', () => [order, one, booked])
}

function volumeIsRight(one: UsageSnapshot, { own, order, reckoning, kept }: About & { reckoning: Reckoning }): void {
  const ids = [...kept.conversions.keys()]
  const volume = own.filter(({ conversionId, affiliateId }) => {
    const other = kept.conversions.get(conversionId)!.order
    const stands = [...reckoning.held.values()].some((held) => held.conversionId === conversionId && held.affiliateId === affiliateId && held.ofOrder && held.place !== 'gone')
    return ids.indexOf(conversionId) < ids.indexOf(order.id) && stands && other.amount.currency === order.amount.currency && (other.mode === 'live' || order.mode === 'test')
  }).map(({ conversionId, weight, lines }) => {
    const conversion = kept.conversions.get(conversionId)!
    const left = netLeft(conversion.order, conversion.refunds)
    return multiply(weight, whole(lines.reduce((sum, line) => sum + (left[line] ?? 0n), 0n)))
  }).reduce(add, whole(0))
  const [n = '0', d = '1'] = one.volume.split('/')
  must(isSame({ n: BigInt(n), d: BigInt(d) }, volume), 'volume is what was recorded before and still stands', () => [order, one, volume])
}
