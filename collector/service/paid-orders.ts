import { DomainError } from '../../shared/errors.ts'
import type { Decision, Recorded } from '../../shared/engine/record.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { PayingFacts } from '../store/needs.ts'
import type { Entry } from '../store/store.ts'
import type { Doing } from './acting.ts'
import { owedBy } from './order-standing.ts'
import { payAll } from './settlements.ts'

/** Pays what a new order earned as it is recorded, where anything is to be paid; what cannot be paid stays as it is. */
export function paidAtOnce({ entries, result }: Decision<Recorded, Entry>, { buyers, owed, settings }: PayingFacts & { settings: Settings }, { method, ...doing }: Doing & { method: string }): Decision<Recorded, Entry> {
  const { conversion, created } = result
  if (!created || conversion.commissions.length === 0) return { entries, result }
  const more = owedBy(entries)
  try {
    const paid = payAll(conversion.commissions.map((commission) => ({ commission, buyers, settings, owed: (owed.get(commission.affiliateId) ?? 0n) + more(commission.affiliateId), payout: undefined })), { method }, doing)
    return { entries: [...entries, ...paid.entries], result: { ...result, conversion: { ...conversion, commissions: paid.result } } }
  } catch (error) {
    // An order is recorded whatever becomes of its payment: the answer shows it unpaid.
    if (!(error instanceof DomainError) || error.code !== 'CONFLICT') throw error
    return { entries, result }
  }
}
