import type { Commission, Mode } from '../domain.ts'
import { DAY_MS } from '../limits.ts'
import { failed, importedNote, type ImportOutcome } from './imported.ts'
import { approve, type At } from './lifecycle.ts'
import { changePayout, makePayout, paidMinor, type Payout } from './payout.ts'
import type { Decision, Entry } from './record.ts'

/** A payment of another system, to one affiliate and in one currency. */
export interface ImportedPayout {
  /** The system's name, and its own id of the payout. */
  from: string
  name: string
  mode: Mode
  currency: string
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
  /** What is known already of the payout: itself, or what commissions that name it were paid with one by one. */
  held: Payout[]
  /** What commissions of that system were paid with one by one, naming no payout. */
  alone: Payout[]
}

/** A day that is told without its time, or in another zone, is as good as the same. */
const SAME_DAY_MS = DAY_MS

/**
 * Books a payment of another system, once: for the commissions that name it, else for those of that system that are
 * waiting to be paid when they come to exactly what was paid. Commissions that were paid one by one, because they could
 * have been paid here, are not paid again by it. Where nothing comes to it, it is refused: no money is made up.
 */
export function importPayout({ commissions, owed, ...known }: ImportedPayoutFacts, told: ImportedPayout, at: At): Decision<ImportOutcome & { payout?: Payout }> {
  const [held, alone] = [known.held, known.alone].map((payouts) => payouts.filter((one) => isOf(one, told)))
  const found = settledBy({ commissions, held: held ?? [], alone: alone ?? [] }, told)
  if ('why' in found) return held !== undefined && held.length > 0 ? failed('differs', 'amount', `it is ${come(held)} here, in minor units`) : failed('refused', 'amount', found.why)
  if (found.commissions.length === 0) return { entries: [], result: { outcome: 'known' } }
  if (owed > 0n) return failed('refused', 'affiliate', 'owes something here, which a payout would take off')
  const note = importedNote(told.from, { payout: told.name, paid: true })
  const { entries, payout } = payInFull(found.commissions, { method: told.method, note, atMs: told.paidAtMs }, at)
  return { entries, result: { outcome: 'written', payout } }
}

const isOf = ({ mode, currency }: Payout, told: ImportedPayout): boolean => mode === told.mode && currency === told.currency

/** Approves what is pending, and makes and pays one payout of all of it. */
export function payInFull(commissions: Commission[], { method, note, atMs }: { method: string | null; note: string; atMs: number }, at: At): { entries: Entry[]; payout: Payout; commissions: Commission[] } {
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
  return { entries: [...approved.flatMap(({ entries }) => entries), ...made.entries, ...paid.entries], payout, commissions: ready.map((commission) => ({ ...commission, status: 'PAID' })) }
}

const sum = (commissions: Commission[]): bigint => commissions.reduce((total, { openMinor }) => total + BigInt(openMinor), 0n)
const come = (payouts: Payout[]): bigint => payouts.reduce((total, payout) => total + BigInt(paidMinor(payout)), 0n)

/** What a payout has still to pay: none where all of it is known. */
type Settled = { commissions: Commission[] } | { why: string }

/** Those that name it; else those that were paid; else those and what is approved: whatever comes to the amount. */
function settledBy({ commissions, held, alone }: Omit<ImportedPayoutFacts, 'owed'>, { from, name, minor, paidAtMs, untilMs }: ImportedPayout): Settled {
  const noted = (payout: string | null, paid: boolean) => ({ source, status, openMinor }: Commission): boolean => openMinor > 0 && (status === 'PENDING' || status === 'APPROVED') && source.kind === 'credit' && source.note === importedNote(from, { payout, paid })
  const paid = alone.filter(({ status }) => status === 'PAID')
  const sameDay = paid.filter((one) => one.paidAtMs !== null && Math.abs(one.paidAtMs - paidAtMs) <= SAME_DAY_MS)
  const named = commissions.filter(noted(name, true))
  const then = commissions.filter(({ bookedAtMs }) => bookedAtMs <= untilMs)
  const waiting = then.filter(noted(null, true))
  const all = [...waiting, ...then.filter((commission) => commission.status === 'APPROVED' && noted(null, false)(commission))]
  // Of what was paid without a time stands when it was told: the payment was before that.
  const untimed = paid.filter((one) => one.paidAtMs !== null && one.paidAtMs > untilMs)
  const ways: { commissions: Commission[]; payouts: Payout[] }[] = held.length > 0 || named.length > 0
    ? [{ commissions: [], payouts: held }, { commissions: named, payouts: held }, { commissions: [], payouts: [...held, ...sameDay] }]
    : [
      { commissions: [], payouts: sameDay }, ...sameDay.map((one) => ({ commissions: [], payouts: [one] })), { commissions: waiting, payouts: [] }, { commissions: waiting, payouts: sameDay },
      { commissions: [], payouts: untimed }, ...untimed.map((one) => ({ commissions: [], payouts: [one] })), { commissions: waiting, payouts: untimed }, { commissions: all, payouts: [] },
    ]
  const exact = ways.find((way) => sum(way.commissions) + come(way.payouts) === BigInt(minor))
  if (exact !== undefined) return { commissions: exact.commissions }
  if (named.length > 0) return { why: `the commissions that name it come to ${sum(named)}, and it paid ${minor} minor units` }
  return { why: all.length === 0 ? 'no imported commission of this affiliate waits to be paid' : `the commissions until then that were paid come to ${sum(waiting)}, with those that are approved to ${sum(all)}, and it paid ${minor} minor units` }
}
