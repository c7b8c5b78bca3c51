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

/** Which account is debited and which credited by each event of a commission (ENGINE section 6, the posting table). */
const LEGS = {
  booked: { debit: 'expense', credit: 'pending' },
  approved: { debit: 'pending', credit: 'payable' },
  rejected_pending: { debit: 'pending', credit: 'expense' },
  rejected_approved: { debit: 'payable', credit: 'expense' },
  refunded_pending: { debit: 'pending', credit: 'expense' },
  refunded_approved: { debit: 'payable', credit: 'expense' },
  refunded_settled: { debit: 'clawback', credit: 'expense' },
  raised_pending: { debit: 'expense', credit: 'pending' },
  raised_approved: { debit: 'expense', credit: 'payable' },
  lowered_pending: { debit: 'pending', credit: 'expense' },
  lowered_approved: { debit: 'payable', credit: 'expense' },
  lowered_settled: { debit: 'clawback', credit: 'expense' },
  credited: { debit: 'expense', credit: 'payable' },
  debited_pending: { debit: 'pending', credit: 'expense' },
  debit_rejected: { debit: 'expense', credit: 'pending' },
  debit_approved: { debit: 'clawback', credit: 'pending' },
  debited: { debit: 'clawback', credit: 'expense' },
} as const satisfies Record<string, { debit: Account; credit: Account }>

export type CommissionEvent = keyof typeof LEGS
export const PAYOUT_EVENTS = ['payout_made', 'payout_paid', 'payout_cancelled', 'payout_undone'] as const
export type PayoutEvent = (typeof PAYOUT_EVENTS)[number]
export type LedgerEvent = CommissionEvent | PayoutEvent

/** What is written once and never changed: its postings sum to zero. */
export interface Transaction {
  id: string
  merchantId: number
  mode: Mode
  event: LedgerEvent
  /** Exactly one of the two is named. */
  commissionId: string | null
  payoutId: string | null
  /** The refund or adjustment that it books. */
  factId: string | null
  currency: string
  atMs: number
  postings: Posting[]
}

/** With its place in the order in which transactions were written. */
export type NumberedTransaction = Transaction & { number: number }

const isMerchants = (account: Account): boolean => account === 'expense' || account === 'cash'
const leg = (account: Account, affiliateId: string, minor: number): Posting => ({ account, affiliateId: isMerchants(account) ? null : affiliateId, minor })

/** The two postings of a commission's event over an amount above zero. */
export function postingsOf(event: CommissionEvent, affiliateId: string, minor: number): Posting[] {
  const { debit, credit } = LEGS[event]
  return [leg(debit, affiliateId, minor), leg(credit, affiliateId, -minor)]
}

/** What is paid out: gross of the commissions, netted against the affiliate's debt, and the rest. */
export interface PayoutAmounts {
  grossMinor: number
  nettedMinor: number
}

/** The postings of a payout's event; legs of nothing are left out. */
export function payoutPostings(event: PayoutEvent, affiliateId: string, { grossMinor, nettedMinor }: PayoutAmounts): Posting[] {
  const paid = grossMinor - nettedMinor
  const made: [Account, number][] = [['payable', grossMinor], ['clawback', -nettedMinor], ['settling', -paid]]
  const legs: Record<PayoutEvent, [Account, number][]> = {
    payout_made: made,
    payout_paid: [['settling', paid], ['cash', -paid]],
    payout_cancelled: made.map(([account, minor]) => [account, -minor]),
    payout_undone: [['payable', -grossMinor], ['clawback', nettedMinor], ['cash', paid]],
  }
  return legs[event].flatMap(([account, minor]) => (minor === 0 ? [] : leg(account, affiliateId, minor)))
}

/** How a transaction is told apart: its own id, when, and what fact it books. */
export interface Booking {
  id: string
  atMs: number
  minor: number
  factId?: string | undefined
}

/**
 * The transaction that books an event of a commission, or none where the amount is zero: nothing moves, so nothing is
 * written.
 */
export function transactionOf(event: CommissionEvent, commission: Commission, { id, atMs, minor, factId }: Booking): Transaction[] {
  if (minor === 0) return []
  const { merchantId, mode, affiliateId, amount } = commission
  return [{ id, merchantId, mode, event, commissionId: commission.id, payoutId: null, factId: factId ?? null, currency: amount.currency, atMs, postings: postingsOf(event, affiliateId, minor) }]
}
