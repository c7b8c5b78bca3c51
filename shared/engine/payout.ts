import type { Commission, Mode } from '../domain.ts'
import { toMinor } from './money.ts'
import { payoutPostings, type PayoutEvent, type Transaction } from './ledger.ts'
import type { At } from './lifecycle.ts'
import type { Decision, Entry } from './record.ts'

export type PayoutStatus = 'OPEN' | 'PAID' | 'CANCELLED' | 'UNDONE'

/** A payment to one affiliate, in one currency and mode; its amount is fixed when it is made. */
export interface Payout {
  id: string
  merchantId: number
  mode: Mode
  affiliateId: string
  currency: string
  /** What its commissions come to, and what of it went against the affiliate's debt; the rest is paid. */
  grossMinor: number
  nettedMinor: number
  status: PayoutStatus
  commissionIds: string[]
  method: string | null
  note: string | null
  madeAtMs: number
  paidAtMs: number | null
  endedAtMs: number | null
}

/** What is paid, in minor units. */
export const paidMinor = ({ grossMinor, nettedMinor }: Pick<Payout, 'grossMinor' | 'nettedMinor'>): number => grossMinor - nettedMinor

export type PayoutResult = { done: true; payout: Payout } | { done: false; refused: 'NOTHING_TO_PAY' | 'WRONG_STATE'; payout: Payout | undefined }

export interface PayoutFacts {
  /** The affiliate's approved commissions in this currency and mode. */
  commissions: Commission[]
  /** Balance of `clawback`: what they owe, in minor units. */
  owed: bigint
}

/**
 * Bundles approved commissions into a payout, net of what the affiliate owes (ENGINE section 6). Where nothing would be
 * left to pay it is refused, the commissions stay approved and the debt is carried.
 */
export function makePayout({ commissions, owed }: PayoutFacts, about: Pick<Payout, 'merchantId' | 'mode' | 'affiliateId' | 'currency' | 'method' | 'note'>, at: At): Decision<PayoutResult> {
  const chosen = commissions.filter(({ status, amount, openMinor }) => status === 'APPROVED' && amount.minor >= 0 && openMinor >= 0)
  const gross = chosen.reduce((sum, { openMinor }) => sum + BigInt(openMinor), 0n)
  const netted = gross < owed ? gross : owed
  if (gross <= netted) return { entries: [], result: { done: false, refused: 'NOTHING_TO_PAY', payout: undefined } }
  const payout: Payout = {
    ...about, id: at.newId('pay'), grossMinor: toMinor(gross, 'payout'), nettedMinor: Number(netted), status: 'OPEN', commissionIds: chosen.map(({ id }) => id),
    madeAtMs: at.nowMs, paidAtMs: null, endedAtMs: null,
  }
  return {
    entries: [
      { kind: 'payout', payout },
      ...chosen.map((commission): Entry => ({ kind: 'commission_change', commission: { ...commission, status: 'IN_PAYOUT' }, atMs: at.nowMs })),
      booking('payout_made', payout, at),
    ],
    result: { done: true, payout },
  }
}

/** What each event asks of a payout, and makes of it and of its commissions. */
const CHANGES = {
  payout_paid: { from: 'OPEN', to: 'PAID', commissions: 'PAID' },
  payout_cancelled: { from: 'OPEN', to: 'CANCELLED', commissions: 'APPROVED' },
  payout_undone: { from: 'PAID', to: 'UNDONE', commissions: 'APPROVED' },
} as const

/** Pays or cancels an open payout, or undoes a paid one: then its commissions are approved again. */
export function changePayout(event: keyof typeof CHANGES, { payout, commissions }: { payout: Payout; commissions: Commission[] }, at: At): Decision<PayoutResult> {
  const change = CHANGES[event]
  if (payout.status !== change.from) return { entries: [], result: { done: false, refused: 'WRONG_STATE', payout } }
  const changed: Payout = { ...payout, status: change.to, ...(event === 'payout_paid' ? { paidAtMs: at.nowMs } : { endedAtMs: at.nowMs }) }
  return {
    entries: [
      { kind: 'payout_change', payout: changed },
      ...commissions.map((commission): Entry => ({ kind: 'commission_change', commission: { ...commission, status: change.commissions }, atMs: at.nowMs })),
      booking(event, changed, at),
    ],
    result: { done: true, payout: changed },
  }
}

function booking(event: PayoutEvent, payout: Payout, { nowMs, newId }: At): Entry {
  const transaction: Transaction = {
    id: newId('txn'), merchantId: payout.merchantId, mode: payout.mode, event, commissionId: null, payoutId: payout.id, factId: null, currency: payout.currency, atMs: nowMs,
    postings: payoutPostings(event, payout.affiliateId, payout),
  }
  return { kind: 'transaction', transaction }
}
