import type { Commission } from '../domain.ts'
import { failed, importedNote, type ImportOutcome } from './imported.ts'
import { approve, type At } from './lifecycle.ts'
import { changePayout, makePayout, paidMinor, type Payout } from './payout.ts'
import type { Decision, Entry } from './record.ts'

/** A payment of another system, to one affiliate and in one currency. */
export interface ImportedPayout {
  /** The system's name, and its own id of the payout. */
  from: string
  name: string
  /** What was paid, in minor units. */
  minor: number
  paidAtMs: number
  /** Commissions up to then may be what it paid: the end of the day where only that is told. */
  untilMs: number
  method: string | null
}

export interface ImportedPayoutFacts {
  /** The affiliate's commissions of orders that are neither paid nor rejected, in the payout's currency. */
  commissions: Commission[]
  /** What they owe, in minor units. */
  owed: bigint
  /** The payout, where it is known already. */
  held: Payout | undefined
}

/**
 * Books a payment of another system, once: for the commissions that name it, else for those of that system that are
 * waiting to be paid when they come to exactly what was paid. Where nothing does, it is refused: no money is made up.
 */
export function importPayout({ commissions, owed, held }: ImportedPayoutFacts, told: ImportedPayout, at: At): Decision<ImportOutcome & { payout?: Payout }> {
  if (held !== undefined) return paidMinor(held) === told.minor ? { entries: [], result: { outcome: 'known' } } : failed('differs', 'amount', `it is ${paidMinor(held)} here, in minor units`)
  const found = settledBy(commissions, told)
  if ('why' in found) return failed('refused', 'amount', found.why)
  if (owed > 0n) return failed('refused', 'affiliate', 'owes something here, which a payout would take off')
  const note = importedNote(told.from, { payout: told.name, paid: true })
  const { entries, payout } = payInFull(found.commissions, { method: told.method, note, atMs: told.paidAtMs }, at)
  return { entries, result: { outcome: 'written', payout } }
}

/** Approves what is pending, and makes and pays one payout of all of it. */
export function payInFull(commissions: Commission[], { method, note, atMs }: { method: string | null; note: string; atMs: number }, at: At): { entries: Entry[]; payout: Payout } {
  const then = { ...at, nowMs: atMs }
  const approved = commissions.map((commission) => (commission.status === 'PENDING' ? approve(commission, then) : { entries: [], result: { commission } }))
  const ready = approved.map(({ result }) => result.commission)
  const [first] = ready
  if (first === undefined) throw new Error('a payout needs commissions')
  const { merchantId, mode, affiliateId, amount: { currency } } = first
  const made = makePayout({ commissions: ready, owed: 0n }, { merchantId, mode, affiliateId, currency, method, note }, then)
  if (!made.result.done) throw new Error('a payout of commissions that are worth something was refused')
  const { payout } = made.result
  const paid = changePayout('payout_paid', { payout, commissions: ready }, then)
  return { entries: [...approved.flatMap(({ entries }) => entries), ...made.entries, ...paid.entries], payout }
}

const sum = (commissions: Commission[]): bigint => commissions.reduce((total, { openMinor }) => total + BigInt(openMinor), 0n)

/** Those that name it; else those that were paid; else those and what is approved: whatever comes to the amount. */
function settledBy(commissions: Commission[], { from, name, minor, untilMs }: ImportedPayout): { commissions: Commission[] } | { why: string } {
  const noted = (payout: string | null, paid: boolean) => ({ source, openMinor }: Commission): boolean => openMinor > 0 && source.kind === 'credit' && source.note === importedNote(from, { payout, paid })
  const named = commissions.filter(noted(name, true))
  if (named.length > 0) return sum(named) === BigInt(minor) ? { commissions: named } : { why: `the commissions that name it come to ${sum(named)}, and it paid ${minor} minor units` }
  const then = commissions.filter(({ bookedAtMs }) => bookedAtMs <= untilMs)
  const waiting = then.filter(noted(null, true))
  const all = [...waiting, ...then.filter((commission) => commission.status === 'APPROVED' && noted(null, false)(commission))]
  const exact = [waiting, all].find((some) => some.length > 0 && sum(some) === BigInt(minor))
  if (exact !== undefined) return { commissions: exact }
  return { why: all.length === 0 ? 'no imported commission of this affiliate waits to be paid' : `the commissions until then that were paid come to ${sum(waiting)}, with those that are approved to ${sum(all)}, and it paid ${minor} minor units` }
}
