import type { Commission, Conversion, Refund } from '../domain.ts'
import { clawBack, type At } from './lifecycle.ts'
import type { Earning } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import { leftOf, moneyTaken, takeRefund, type RefundRequest, type Taken } from './refund.ts'
import { partsOf } from './settle.ts'

/** A refund of an order, or the one that its key names already. */
export type Refunded =
  | { refunded: true; refund: Refund; commissions: Commission[]; created: boolean }
  | { refunded: false; refused: Extract<Taken, { refused: string }>['refused'] }

export interface RefundFacts {
  conversion: Conversion
  /** What each commission of the order was found to have earned, by its affiliate. */
  earnings: ReadonlyMap<string, Earning>
}

export interface RefundReport {
  id: string
  /** Its identity within the order (ENGINE section 4, rule 6). */
  key: string
  request: RefundRequest
  reason: string | null
}

/**
 * Records a refund once and takes its part back from every commission of the order (ENGINE section 4, rules 5 and 6).
 * A repeat of its key changes nothing, whatever amount it names; a refused refund uses up no key.
 */
export function recordRefund({ conversion, earnings }: RefundFacts, { id, key, request, reason }: RefundReport, at: At): Decision<Refunded> {
  const known = conversion.refunds.find((refund) => refund.key === key)
  if (known !== undefined) return { entries: [], result: { refunded: true, refund: known, commissions: conversion.commissions, created: false } }
  const found = takeRefund(conversion, request)
  if ('refused' in found) return { entries: [], result: { refunded: false, refused: found.refused } }

  const { order } = conversion
  const refund: Refund = { id, merchantId: order.merchantId, conversionId: order.id, key, reason, receivedAtMs: at.nowMs, ...found.taken }
  const after = { order, refunds: [...conversion.refunds, refund] }
  const left = leftOf(after)
  const entries: Entry[] = [{ kind: 'refund', refund, tookMinor: moneyTaken(after).at(-1) ?? 0 }]
  const commissions = conversion.commissions.map((commission) => {
    const earning = commission.source.kind === 'raise' ? undefined : earnings.get(commission.affiliateId)
    if (earning === undefined) return commission
    const clawed = clawBack(commission, { conversion: after, refund, byLine: earning.byLine, at })
    entries.push(...clawed.entries, { kind: 'parts_left', merchantId: order.merchantId, commissionId: commission.id, leftMinors: partsOf(earning, { month: '', left }).map(({ leftMinor }) => leftMinor) })
    return clawed.commission
  })
  return { entries, result: { refunded: true, refund, commissions, created: true } }
}
