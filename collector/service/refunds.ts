import type { Commission, Conversion, Mode, Refund } from '../../shared/domain.ts'
import { DomainError, unfit } from '../../shared/errors.ts'
import { earningsOfAll, type Receipt } from '../../shared/engine/receipt.ts'
import type { Decision } from '../../shared/engine/record.ts'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import { recordRefund, type Refunded } from '../../shared/engine/refunding.ts'
import type { ConversionRecord } from '../store/queries.ts'
import type { Entry } from '../store/store.ts'
import { at, auditOf, type Acting, type Doing } from './acting.ts'
import { orderFacts, type OrderName } from './conversion-names.ts'
import type { Deps } from './deps.ts'

export interface RefundInput {
  merchantId: number
  /** The order, by its id, its number, or the shop's order id. */
  order: string
  /** What a key's calls see; the command line sees both. */
  mode?: Mode | undefined
  by?: OrderName['by']
  /** What is taken back of the order as it stands; amounts are read in its currency. */
  request: (currency: string, conversion: ConversionRecord) => RefundRequest
  /** The refund's identity within the order; one is made where the caller has none. */
  key?: string | undefined
  reason?: string | undefined
}

/** A refund as it stands, the order with it, and what it left of the commissions. */
export interface RefundView {
  refund: Refund
  /** The cancellation's number, one of the commissions' sequence. */
  number: number
  conversion: ConversionRecord
  commissions: Commission[]
  /** False when the key was known: nothing was done again. */
  created: boolean
}

/** Refunds: what customers get back, affiliates give back in proportion (ENGINE section 4, rules 5 and 6). */
export function refundService(deps: Deps) {
  return {
    /**
     * Takes a refund back from an order once; resolves when it is on disk. Throws `NOT_FOUND` for an unknown order,
     * `CONFLICT` when it is fully refunded, `INVALID` beyond what was ordered.
     */
    async refund(input: RefundInput, acting: Acting): Promise<RefundView> {
      const now = at(deps)
      const done = await orderFacts(deps, input, ({ conversion }) => {
        const { entries, result } = giveBack(conversion, { ...input, request: input.request(conversion.order.amount.currency, conversion) }, { now, acting })
        return { entries, result: { ...result, conversion: { ...conversion, refunds: result.created ? [...conversion.refunds, result.refund] : conversion.refunds } } }
      })
      const number = await deps.store.read('cancellationNumber', { merchantId: input.merchantId, refundId: done.refund.id })
      if (number === undefined) throw new Error('the refund that was just written is not there')
      return { ...done, number }
    },
  }
}

/** Takes a refund back from an order as it stands, with its audit; throws what `refund` throws. */
export function giveBack(conversion: Conversion & { receipts: Receipt[] }, { request, key, reason }: { request: RefundRequest } & Pick<RefundInput, 'key' | 'reason'>, { now, acting }: Doing): Decision<Extract<Refunded, { refunded: true }>, Entry> {
  const id = now.newId('rfn')
  const { entries, result } = recordRefund({ conversion, earnings: earningsOfAll(conversion.receipts) }, { id, key: key ?? id, request, reason: reason ?? null }, now)
  if (!result.refunded) throw refusal(result.refused, request)
  const audit = result.created ? [auditOf(acting, { now, about: conversion.order, action: 'refund', subject: conversion.order.id, detail: { refund: id, ...request } })] : []
  return { entries: [...entries, ...audit], result }
}

const REFUSALS: Record<Extract<Refunded, { refunded: false }>['refused'], (request: RefundRequest) => DomainError> = {
  FULLY_REFUNDED: () => new DomainError('CONFLICT', 'The order is fully refunded already.'),
  BEYOND_TOTAL: () => unfit('amount', 'is more than is left of the order'),
  // An amount within the total may still stand for more than is left once units were taken back.
  BEYOND_ORDER: ({ kind }) => unfit(kind === 'items' ? 'items' : 'amount', 'is more than is left of the order'),
  UNKNOWN_SKU: () => unfit('items', 'the order has no line with this SKU'),
}
const refusal = (refused: keyof typeof REFUSALS, request: RefundRequest): DomainError => REFUSALS[refused](request)
