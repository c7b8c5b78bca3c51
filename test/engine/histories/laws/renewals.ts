import type { Conversion, Order } from '../../../../shared/domain.ts'
import type { Receipt } from '../../../../shared/engine/receipt.ts'
import type { Book } from '../../book.ts'
import { add, isMore, total, whole } from '../naive/arithmetic.ts'
import type { Moment } from './moment.ts'
import { monthsArePast } from '../naive/calendar.ts'
import { must } from './must.ts'
import { inForceAt } from './settings.ts'

const isFirst = (order: Order, later: Order): boolean => order.id !== later.id && order.kind === 'sale' && order.amount.minor > 0 && order.mode === later.mode && order.subscriptionId !== null && order.subscriptionId === later.subscriptionId

/** A later payment follows a first one, under the terms of that time; and what follows one is contested by nobody (ENGINE section 4, rule 7). */
export function renewalsFollow(receipt: Receipt, kept: Book, before: Moment): void {
  const { conversionId, inputs } = receipt
  const { order } = kept.conversions.get(conversionId)!
  const firsts = [...kept.conversions.values()].filter((one) => one.attributed && isFirst(one.order, order))
  if (inputs.kind === 'contest') {
    const ids = [...kept.conversions.keys()]
    const missed = firsts.filter((one) => before.conversions.get(one.order.id)?.attributed === true && ids.indexOf(one.order.id) < ids.indexOf(order.id))
      // A payment that comes while the clock is set back may not know the one before it for a first.
      .filter(() => firsts.every((one) => one.order.receivedAtMs <= order.receivedAtMs))
    must(missed.length === 0, 'what follows a first payment is not contested', () => [order, missed])
  }
  if (inputs.kind !== 'renewal') return
  must(receipt.outcome.marks.includes('RENEWAL'), 'a renewal says so', () => receipt)
  must(firsts.some((first) => follows(receipt, first, kept) && endsWithIt(receipt, { first: first.order, order, kept })), 'a renewal follows its first payment', () => [receipt, firsts])
}

/** True when the renewal has the winners of this first payment, their weights, and the terms of its time. */
function follows({ inputs: { touches, policies }, outcome: { verdicts, weights } }: Receipt, first: Conversion, kept: Book): boolean {
  const receipts = kept.receipts.filter((one) => one.conversionId === first.order.id && one.outcome.attributed)
  const deciding = receipts.find(({ inputs }) => inputs.kind !== 'credit') ?? receipts[0]
  if (deciding === undefined) return false
  const heirs = new Map(first.commissions.flatMap(({ affiliateId, transferredTo }) => (transferredTo === null ? [] : [[affiliateId, transferredTo] as const])))
  const won = deciding.inputs.touches.flatMap((touch, index) => (deciding.outcome.weights[index] ? [{ by: touch.affiliateId ?? '', weight: deciding.outcome.weights[index] }] : [])).map(({ by, weight }) => ({ by: heirs.get(by) ?? by, weight }))
  const isDenied = (affiliateId: string | null): boolean => first.commissions.some((one) => one.affiliateId === affiliateId && one.source.kind !== 'raise' && (one.reason === 'denied' || one.reason === 'unqualified'))
  return policies.every(({ campaignId, version }) => inForceAt(kept.settings.campaigns.get(campaignId)!.versions, first.order.occurredAtMs).version === version)
    && touches.every(({ evidence, affiliateId, first: part, affiliateActive }, index) => {
      const own = won.filter(({ by }) => by === affiliateId).map(({ weight: { n, d } }) => ({ n: BigInt(n), d: BigInt(d) })).reduce(add, whole(0))
      const weight = { n: BigInt(part?.weight.n ?? 0), d: BigInt(part?.weight.d ?? 1) }
      const earns = verdicts[index] === 'WON' || verdicts[index] === 'SHARED'
      return (evidence === 'sku' || !isMore(weight, own)) && (!earns || (affiliateActive && !isDenied(affiliateId)))
    })
    && !isMore(total(weights.flatMap((weight) => (weight ? [{ n: BigInt(weight.n), d: BigInt(weight.d) }] : []))), whole(1))
}

/** True when each campaign pays for as long as it said at the first payment, and no longer. */
function endsWithIt({ inputs: { touches }, outcome: { verdicts } }: Receipt, { first, order, kept }: { first: Order; order: Order; kept: Book }): boolean {
  return touches.every(({ campaignId }, index) => {
    const { recurring } = inForceAt(kept.settings.campaigns.get(campaignId ?? '')!.versions, first.occurredAtMs).value
    const isOver = recurring === 'life' ? false : recurring === 'first_payment' ? true : monthsArePast(first, order, { months: recurring.months, settings: kept.settings })
    return isOver === undefined || isOver === (verdicts[index] === 'RENEWALS_ENDED')
  })
}
