import type { Commission, Mode } from '../domain.ts'

/** Accounts of an affiliate, and of the merchant, each per currency and mode (ENGINE section 6). */
export type AffiliateAccount = 'pending' | 'payable' | 'settling' | 'clawback'
export type MerchantAccount = 'expense' | 'cash'
export type Account = AffiliateAccount | MerchantAccount

/** One leg of a transaction; positive is debit. */
export interface Posting {
  account: Account
  /** Null for the merchant's own accounts. */
  affiliateId: string | null
  minor: number
}

export type LedgerEvent = 'booked' | 'approved' | 'rejected_pending' | 'rejected_approved'

/** What is written once and never changed: its postings sum to zero. */
export interface Transaction {
  id: string
  merchantId: number
  mode: Mode
  event: LedgerEvent
  commissionId: string
  currency: string
  atMs: number
  postings: Posting[]
}

/** Which account is debited and which credited by each event (ENGINE section 6, the posting table). */
const LEGS: Record<LedgerEvent, { debit: Account; credit: Account }> = {
  booked: { debit: 'expense', credit: 'pending' },
  approved: { debit: 'pending', credit: 'payable' },
  rejected_pending: { debit: 'pending', credit: 'expense' },
  rejected_approved: { debit: 'payable', credit: 'expense' },
}

const isMerchants = (account: Account): boolean => account === 'expense' || account === 'cash'

/** The two postings of an event over an amount above zero. */
export function postingsOf(event: LedgerEvent, affiliateId: string, minor: number): Posting[] {
  const leg = (account: Account, signed: number): Posting => ({ account, affiliateId: isMerchants(account) ? null : affiliateId, minor: signed })
  const { debit, credit } = LEGS[event]
  return [leg(debit, minor), leg(credit, -minor)]
}

/**
 * The transaction that books an event of a commission over its whole amount, or none where the amount is zero:
 * nothing moves, so nothing is written.
 */
export function transactionOf(event: LedgerEvent, commission: Commission, { id, atMs }: { id: string; atMs: number }): Transaction[] {
  if (commission.amount.minor === 0) return []
  const { merchantId, mode, affiliateId, amount } = commission
  return [{ id, merchantId, mode, event, commissionId: commission.id, currency: amount.currency, atMs, postings: postingsOf(event, affiliateId, amount.minor) }]
}
