import type { Commission, Conversion } from '../../../../shared/domain.ts'
import type { Payout } from '../../../../shared/engine/payout.ts'
import type { Receipt } from '../../../../shared/engine/receipt.ts'
import type { Transaction } from '../../../../shared/engine/ledger.ts'
import type { Book } from '../../book.ts'

/** A book as it stood: rows are replaced and never changed, so that holding them is enough. */
export interface Moment {
  transactions: number
  receipts: number
  bindings: number
  adjustments: number
  conversions: ReadonlyMap<string, Conversion>
  commissions: ReadonlyMap<string, Commission>
  payouts: ReadonlyMap<string, Payout>
}

export const momentOf = ({ transactions, receipts, bindings, adjustments, conversions, commissions, payouts }: Book): Moment => ({
  transactions: transactions.length, receipts: receipts.length, bindings: bindings.length, adjustments: adjustments.length,
  conversions: new Map(conversions), commissions: new Map(commissions), payouts: new Map(payouts),
})

/** What a step added. */
export interface Added {
  transactions: Transaction[]
  receipts: Receipt[]
}

export const since = (before: Moment, kept: Book): Added => ({ transactions: kept.transactions.slice(before.transactions), receipts: kept.receipts.slice(before.receipts) })

const sameRows = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean => a.size === b.size && [...a].every(([id, row]) => b.get(id) === row)

/** True when nothing at all was written. */
export const isUntouched = (before: Moment, kept: Book): boolean =>
  before.transactions === kept.transactions.length && before.receipts === kept.receipts.length && before.bindings === kept.bindings.length && before.adjustments === kept.adjustments.length
  && sameRows(before.conversions, kept.conversions) && sameRows(before.commissions, kept.commissions) && sameRows(before.payouts, kept.payouts)
