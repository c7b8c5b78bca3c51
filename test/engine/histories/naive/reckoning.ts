import type { Commission, Conversion, Mode } from '../../../../shared/domain.ts'
import type { Receipt } from '../../../../shared/engine/receipt.ts'
import type { Book } from '../../book.ts'
import type { Happened } from '../play.ts'
import { clawedBy, isGone } from './order.ts'

/** Where a commission's money is. */
type Place = 'pending' | 'payable' | 'settling' | 'paid' | 'gone'

/** A commission as it is reckoned from the facts alone. */
export interface Held {
  id: string
  conversionId: string | null
  affiliateId: string
  mode: Mode
  currency: string
  /** Refunds of its order take from it. */
  ofOrder: boolean
  byLine: number[]
  total: bigint
  clawed: bigint
  /** What is in its place; of a debt what it will be. */
  held: bigint
  place: Place
}

export interface Reckoning {
  held: Map<string, Held>
  /** Balances by "mode currency account whose". */
  accounts: Map<string, bigint>
  payouts: Map<string, { ids: string[]; gross: bigint; netted: bigint }>
}

export const nothing = (): Reckoning => ({ held: new Map(), accounts: new Map(), payouts: new Map() })

type Whose = Pick<Held, 'mode' | 'currency' | 'affiliateId'>
export const accountOf = ({ mode, currency, affiliateId }: Whose, account: string): string => `${mode} ${currency} ${account} ${account === 'expense' || account === 'cash' ? '-' : affiliateId}`

/** Moves money as the posting table says: what one account gets the other gives. */
function move({ accounts }: Reckoning, whose: Whose, [to, from, minor]: [to: string, from: string, minor: bigint]): void {
  for (const [account, by] of [[to, minor], [from, -minor]] as const) accounts.set(accountOf(whose, account), (accounts.get(accountOf(whose, account)) ?? 0n) + by)
}

/** Books again, from the facts that a step made, what the engine should have booked, beside what its receipts did. */
export function reckon(reckoning: Reckoning, { happened, kept }: { happened: Happened; kept: Book }): void {
  const one = (id: string): Held => reckoning.held.get(id)!
  switch (happened.was) {
    case 'refunded': refund(reckoning, kept.conversions.get(happened.conversionId)!); return
    case 'approved': case 'rejected':
      for (const id of happened.ids) approve(reckoning, one(id))
      for (const id of happened.rejected) reject(reckoning, one(id))
      return
    case 'adjusted': adjust(reckoning, one(happened.commissionId), happened); return
    case 'credited': credit(reckoning, kept.commissions.get(happened.commissionId)!); return
    case 'order_credited':
      if (happened.approved) approve(reckoning, one(happened.commissionId))
      if (happened.transferred) for (const other of reckoning.held.values()) if (other.conversionId === happened.conversionId && other.ofOrder && other.id !== happened.commissionId) takeBack(reckoning, other, { minor: other.total - other.clawed, ends: true })
      return
    case 'paid_out': case 'payout_paid': case 'payout_cancelled': case 'payout_undone': payout(reckoning, happened)
  }
}

/** Books what a receipt found earned, less what refunds had taken before. */
export function bookReceipt(reckoning: Reckoning, { conversionId, inputs: { order }, outcome }: Receipt, kept: Book): void {
  const conversion = kept.conversions.get(conversionId)!
  for (const { affiliateId, amount, byLine } of outcome.earnings) {
    const row = conversion.commissions.find((commission) => commission.affiliateId === affiliateId && commission.source.kind !== 'raise')
    if (row === undefined) throw new Error(`${affiliateId} won ${conversionId} and has no commission`)
    const minor = BigInt(amount.minor)
    const own: Held = { id: row.id, conversionId, affiliateId, mode: order.mode, currency: amount.currency, ofOrder: true, byLine, total: minor, clawed: 0n, held: minor, place: 'pending' }
    reckoning.held.set(own.id, own)
    move(reckoning, own, ['expense', 'pending', minor])
    refundOne(reckoning, own, conversion)
  }
}

function refund(reckoning: Reckoning, conversion: Conversion): void {
  for (const one of reckoning.held.values()) if (one.conversionId === conversion.order.id && one.ofOrder && one.place !== 'gone') refundOne(reckoning, one, conversion)
}

function refundOne(reckoning: Reckoning, one: Held, { order, refunds }: Conversion): void {
  if (refunds.length === 0) return
  const target = clawedBy(order, refunds, one)
  takeBack(reckoning, one, { minor: target > one.clawed ? target - one.clawed : 0n, ends: isGone(order, refunds) })
}

function takeBack(reckoning: Reckoning, one: Held, { minor, ends }: { minor: bigint; ends: boolean }): void {
  if (one.place === 'gone') return
  one.clawed += minor
  if (one.place === 'settling' || one.place === 'paid') {
    move(reckoning, one, ['clawback', 'expense', minor])
    return
  }
  move(reckoning, one, [one.place, 'expense', minor])
  one.held -= minor
  if (ends && (one.place === 'pending' || one.held === 0n)) one.place = 'gone'
}

function approve(reckoning: Reckoning, one: Held): void {
  // Below zero it is a debt, which stands in `clawback`.
  if (one.total < 0n) move(reckoning, one, ['clawback', 'pending', -one.held])
  else move(reckoning, one, ['pending', 'payable', one.held])
  if (one.total < 0n) one.held = 0n
  one.place = 'payable'
}

function reject(reckoning: Reckoning, one: Held): void {
  move(reckoning, one, [one.place, 'expense', one.held])
  one.held = 0n
  one.place = 'gone'
}

function adjust(reckoning: Reckoning, one: Held, { deltaMinor, raiseId }: Extract<Happened, { was: 'adjusted' }>): void {
  const delta = BigInt(deltaMinor)
  const isOut = one.place === 'settling' || one.place === 'paid'
  if (isOut && delta > 0n) {
    if (raiseId === null) throw new Error(`a raise of ${one.id}, which a payout holds, made no credit`)
    const raise: Held = { ...one, id: raiseId, ofOrder: false, total: delta, clawed: 0n, held: delta, place: 'payable' }
    reckoning.held.set(raiseId, raise)
    move(reckoning, raise, ['expense', 'payable', delta])
    return
  }
  one.total += delta
  if (!isOut) one.held += delta
  move(reckoning, one, ['expense', isOut ? 'clawback' : one.place, delta])
}

function credit(reckoning: Reckoning, { id, conversionId, affiliateId, mode, amount, status }: Commission): void {
  const minor = BigInt(amount.minor)
  const place = status === 'APPROVED' ? 'payable' : 'pending'
  const owed = minor < 0n && place === 'payable'
  const own: Held = { id, conversionId, affiliateId, mode, currency: amount.currency, ofOrder: false, byLine: [], total: minor, clawed: 0n, held: owed ? 0n : minor, place }
  reckoning.held.set(id, own)
  move(reckoning, own, ['expense', owed ? 'clawback' : place, minor])
}

function payout(reckoning: Reckoning, happened: Extract<Happened, { payoutId: string }>): void {
  const { accounts, payouts, held } = reckoning
  const ids = happened.was === 'paid_out' ? happened.ids : (payouts.get(happened.payoutId)?.ids ?? [])
  const own = ids.map((id) => held.get(id)!)
  const whose = own[0]!
  if (happened.was === 'paid_out') {
    const gross = own.reduce((sum, one) => sum + one.held, 0n)
    const owed = accounts.get(accountOf(whose, 'clawback')) ?? 0n
    payouts.set(happened.payoutId, { ids, gross, netted: owed < gross ? owed : gross })
  }
  const { gross, netted } = payouts.get(happened.payoutId)!
  const legs: Record<typeof happened.was, [to: string, from: string, minor: bigint][]> = {
    paid_out: [['payable', 'clawback', netted], ['payable', 'settling', gross - netted]],
    payout_paid: [['settling', 'cash', gross - netted]],
    payout_cancelled: [['clawback', 'payable', netted], ['settling', 'payable', gross - netted]],
    payout_undone: [['clawback', 'payable', netted], ['cash', 'payable', gross - netted]],
  }
  for (const leg of legs[happened.was]) move(reckoning, whose, leg)
  for (const one of own) one.place = happened.was === 'paid_out' ? 'settling' : happened.was === 'payout_paid' ? 'paid' : 'payable'
}
