import type { Commission } from '../domain.ts'
import { booksSame } from './fold.ts'
import { payoutPostings, PAYOUT_EVENTS, type Account, type NumberedTransaction, type PayoutEvent } from './ledger.ts'
import { debtOf } from './lifecycle.ts'
import { changePayout, paidMinor, type Payout } from './payout.ts'

const isPayoutEvent = (event: string): event is PayoutEvent => PAYOUT_EVENTS.some((one) => one === event)

/** Derives a payout from its amounts and its transactions, in the order of their numbers, and names what differs. */
export function rebuildPayout(row: Payout, transactions: NumberedTransaction[]): string[] {
  const differences: string[] = []
  const wrong = ({ id, event }: NumberedTransaction): unknown => differences.push(`ledger transaction ${id} does not book what "${event}" means for payout ${row.id}`)
  let payout: Payout = { ...row, status: 'OPEN', paidAtMs: null, endedAtMs: null }
  const [made, ...later] = transactions
  if (made === undefined) return [`payout ${row.id} is in no ledger transaction`]
  const { id, merchantId, mode, affiliateId, currency, madeAtMs } = row
  if (!booksSame(made, { id: made.id, merchantId, mode, event: 'payout_made', commissionId: null, payoutId: id, factId: null, currency, atMs: madeAtMs, postings: payoutPostings('payout_made', affiliateId, row) })) wrong(made)

  for (const transaction of later) {
    const { event, atMs } = transaction
    if (!isPayoutEvent(event) || event === 'payout_made') {
      wrong(transaction)
      continue
    }
    const { entries, result } = changePayout(event, { payout, commissions: [] }, { nowMs: atMs, newId: () => transaction.id })
    const [must] = entries.flatMap((entry) => (entry.kind === 'transaction' ? entry.transaction : []))
    if (!booksSame(transaction, must)) wrong(transaction)
    if (result.done) payout = result.payout
  }
  if (row.status !== payout.status) differences.push(`payout ${id} is ${row.status}, its ledger says: ${transactions.map(({ event }) => event).join(', ')}`)
  else if (row.paidAtMs !== payout.paidAtMs || row.endedAtMs !== payout.endedAtMs) differences.push(`payout ${id} was not paid or ended when its ledger says`)
  if (row.nettedMinor < 0 || paidMinor(row) <= 0) differences.push(`payout ${id} nets ${row.nettedMinor} of ${row.grossMinor}`)
  return differences
}

/** What stands in an account of the affiliate, or of the merchant; positive is debit. */
export interface Standing {
  account: Account
  minor: number
}

/** What a commission in its state leaves in the accounts (ENGINE section 6). */
export function standingOfCommission(commission: Commission): Standing[] {
  const { status, totalMinor, clawedMinor, openMinor } = commission
  if (status === 'REJECTED') return []
  return [
    { account: 'expense', minor: totalMinor - clawedMinor },
    { account: 'clawback', minor: debtOf(commission) },
    // What a payout took over is in its own accounts.
    ...(status === 'PENDING' || status === 'APPROVED' ? [{ account: status === 'PENDING' ? 'pending' : 'payable', minor: -openMinor } as const] : []),
  ]
}

/** What a payout in its state leaves in the accounts. */
export function standingOfPayout(payout: Payout): Standing[] {
  if (payout.status === 'CANCELLED' || payout.status === 'UNDONE') return []
  return [{ account: 'clawback', minor: -payout.nettedMinor }, { account: payout.status === 'OPEN' ? 'settling' : 'cash', minor: -paidMinor(payout) }]
}
