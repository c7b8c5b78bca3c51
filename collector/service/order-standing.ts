import type { Commission, Conversion } from '../../shared/domain.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import type { Entry } from '../store/store.ts'
import type { Settling } from './settlements.ts'

/** An order as it stands in the middle of a decision, with what the settlement of each commission rests on. */
export interface Standing {
  conversion: Conversion & { number: number; receipts: Receipt[] }
  /** One each of its commissions, in the same order. */
  earned: Settling[]
}

/** How an order stands once these entries are written: its refunds, its commissions, and what their affiliates owe. */
export function standingAfter({ conversion, earned }: Standing, entries: Entry[]): Standing {
  const now = new Map<string, Commission>()
  const standing = [...earned]
  const refunds = [...conversion.refunds]
  const owed = owedBy(entries)
  for (const entry of entries) {
    if (entry.kind === 'refund') refunds.push(entry.refund)
    if (entry.kind === 'commission_change') now.set(entry.commission.id, entry.commission)
    if (entry.kind === 'commission') standing.push(...raiseOf(entry.commission, earned))
  }
  const after = standing.map((one): Settling => ({ ...one, commission: now.get(one.commission.id) ?? one.commission, owed: one.owed + owed(one.commission.affiliateId) }))
  return { conversion: { ...conversion, refunds, commissions: after.map(({ commission }) => commission) }, earned: after }
}

/** What an affiliate owes more, or less, by these entries; in minor units. */
export function owedBy(entries: Entry[]): (affiliateId: string) => bigint {
  const postings = entries.flatMap((entry) => (entry.kind === 'transaction' ? entry.transaction.postings : [])).filter(({ account }) => account === 'clawback')
  return (affiliateId) => postings.filter((posting) => posting.affiliateId === affiliateId).reduce((sum, { minor }) => sum + BigInt(minor), 0n)
}

/** What is known of the commission that it raises holds for a raise, but no payout has it. */
function raiseOf(raise: Commission, earned: Settling[]): Settling[] {
  const { source } = raise
  const raised = source.kind === 'raise' ? earned.find(({ commission }) => commission.id === source.commissionId) : undefined
  return raised === undefined ? [] : [{ ...raised, commission: raise, payout: undefined }]
}
