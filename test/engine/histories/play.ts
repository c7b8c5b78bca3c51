import type { Arrival, Commission, Conversion, Identifier, Mode, Order } from '../../../shared/domain.ts'
import { DomainError } from '../../../shared/errors.ts'
import type { AdjustmentRequest } from '../../../shared/engine/adjust.ts'
import type { Recorded } from '../../../shared/engine/record.ts'
import type { RefundRequest } from '../../../shared/engine/refund.ts'
import { statusOf } from '../../../shared/engine/settings.ts'
import { book, type Book } from '../book.ts'
import { MERCHANT, ORDER_MS } from '../builders.ts'
import { changed } from './changes.ts'
import { arrivalOf, bindingOf, identifiersOf, numbered, orderOf } from './facts.ts'
import type { Step } from './steps.ts'
import { affiliateAt, CURRENCIES, pick, settingsOf, SKUS, type World } from './world.ts'

/** What a step did, beside what the book shows: the facts that a second reckoning starts from. */
export type Happened =
  | { was: 'nothing' }
  /** Refused, or known already: nothing may have been written. */
  | { was: 'refused' }
  /** `again` is the same call once more. */
  | { was: 'told'; again?: () => unknown }
  | { was: 'refunded'; conversionId: string; again: () => unknown }
  | { was: 'approved' | 'rejected'; ids: string[]; rejected: string[] }
  | { was: 'adjusted'; commissionId: string; deltaMinor: number; raiseId: string | null }
  | { was: 'credited'; commissionId: string }
  | { was: 'order_credited'; conversionId: string; commissionId: string; approved: boolean; transferred: boolean }
  | { was: 'paid_out'; payoutId: string; ids: string[] }
  | { was: 'payout_paid' | 'payout_cancelled' | 'payout_undone'; payoutId: string }

/** A world under way. */
export interface Game {
  book: Book
  nowMs: number
  made: number
}

/** Mostly one that the step can change, so that money goes round; at times any, which is refused. */
const likely = <T>(items: T[], can: (item: T) => boolean, index: number): T | undefined => pick(index === 7 ? items : items.filter(can), index) ?? pick(items, index)

export const begin = (world: World): Game => ({ book: book(settingsOf(world)), nowMs: ORDER_MS, made: 0 })

const REFUSED: Happened = { was: 'refused' }
const TOLD: Happened = { was: 'told' }

/** Takes one step through the engine. What is too large to be written is a refusal like any other. */
export function play(game: Game, step: Step): Happened {
  try {
    return taken(game, step)
  } catch (error) {
    if (error instanceof DomainError) return REFUSED
    throw error
  }
}

function taken(game: Game, step: Step): Happened {
  const { book: kept, nowMs } = game
  const id = (prefix: string): string => numbered(prefix, (game.made += 1))
  switch (step.do) {
    case 'clock': game.nowMs += step.ms; return { was: 'nothing' }
    case 'setting': kept.settings = changed(kept.settings, step.change, nowMs); return { was: 'nothing' }
    case 'click': return visit(kept, arrivalOf(step, { id: id('click'), nowMs, earlier: kept.arrivals }))
    case 'identify': {
      const again = (): { created: boolean } => kept.identify(bindingOf(step, nowMs))
      return again().created ? { was: 'told', again } : REFUSED
    }
    case 'order': return report(kept, orderOf(step.bought, { id: id('cnv'), mode: step.mode, nowMs }), identifiersOf(step.named, { nowMs, arrivals: kept.arrivals }))
    case 'job': return runJob(game)
    case 'credit': {
      const amount = { minor: step.minor, currency: CURRENCIES[step.currency] ?? '' }
      const { id: commissionId } = kept.credit({ merchantId: MERCHANT, mode: step.mode, affiliateId: affiliateAt(kept.settings, step.affiliate), campaignId: null, amount, approved: step.approved, note: null }, nowMs)
      return { was: 'credited', commissionId }
    }
    case 'pay': return payOut(game, step)
    case 'payout': {
      const from = step.event === 'payout_undone' ? 'PAID' : 'OPEN'
      const payout = likely([...kept.payouts.values()], ({ status }) => status === from, step.which)
      return payout !== undefined && kept.changePayout(step.event, payout, nowMs).done ? { was: step.event, payoutId: payout.id } : REFUSED
    }
    case 'approve': case 'reject': case 'adjust': {
      const all = [...kept.commissions.values()]
      const commission = step.do === 'approve' ? likely(all, ({ status }) => status === 'PENDING', step.which) : pick(all, step.which)
      return commission === undefined ? { was: 'nothing' } : withCommission(game, commission, step)
    }
    case 'repeat': case 'refund': case 'credit_order': {
      const all = [...kept.conversions.values()]
      // Refunds of what is in a payout already make the debts that later payouts are less.
      const conversion = step.do === 'refund' && step.how !== 'full' ? likely(all, ({ commissions }) => commissions.some(({ status }) => status === 'IN_PAYOUT' || status === 'PAID'), step.which) : pick(all, step.which)
      return conversion === undefined ? { was: 'nothing' } : withConversion(game, conversion, { step, id })
    }
  }
}

/** An order without an id is a new one every time that it is reported. */
function report(kept: Book, order: Order, identifiers: Identifier[]): Happened {
  const again = (): Recorded => kept.report(order, identifiers)
  again()
  return order.externalId === null ? TOLD : { was: 'told', again }
}

/** Of one click's arrivals the earliest time stands for all (ENGINE section 2). */
function visit(kept: Book, arrival: Arrival): Happened {
  kept.arrivals.forEach((one, index) => { if (one.clickId === arrival.clickId && one.occurredAtMs > arrival.occurredAtMs) kept.arrivals[index] = { ...one, occurredAtMs: arrival.occurredAtMs } })
  kept.visit(arrival)
  return TOLD
}

function withCommission({ book: kept, nowMs }: Game, commission: Commission, step: Extract<Step, { do: 'approve' | 'reject' | 'adjust' }>): Happened {
  const { id } = commission
  if (step.do === 'approve') return kept.approve(commission, nowMs).changed ? { was: 'approved', ids: [id], rejected: [] } : REFUSED
  if (step.do === 'reject') return kept.reject(commission, step.reason, nowMs).changed ? { was: 'rejected', ids: [], rejected: [id] } : REFUSED
  const request: AdjustmentRequest = { id: numbered('adj', kept.adjustments.length), type: step.type, minor: step.minor, reason: null }
  const done = kept.adjust(commission, request, nowMs)
  return done.adjusted ? { was: 'adjusted', commissionId: id, deltaMinor: kept.adjustments.at(-1)?.deltaMinor ?? 0, raiseId: done.raise?.id ?? null } : REFUSED
}

function withConversion({ book: kept, nowMs }: Game, conversion: Conversion, { step, id }: { step: Extract<Step, { do: 'repeat' | 'refund' | 'credit_order' }>; id: (prefix: string) => string }): Happened {
  const { order } = conversion
  if (step.do === 'repeat') {
    const amount = step.otherMinor === null ? order.amount : { ...order.amount, minor: step.otherMinor }
    return report(kept, { ...order, id: id('cnv'), amount, occurredAtMs: nowMs, receivedAtMs: nowMs }, identifiersOf(step.named, { nowMs, arrivals: kept.arrivals }))
  }
  if (step.do === 'refund') {
    const request = requestOf(step, order.amount.minor)
    const told = { id: id('rfn'), key: `key ${step.key}`, request, reason: null }
    const done = kept.refund(conversion, told, nowMs)
    return done.refunded && done.created ? { was: 'refunded', conversionId: order.id, again: () => kept.refund(kept.conversions.get(order.id)!, told, nowMs) } : REFUSED
  }
  const done = kept.creditOrder(conversion, { affiliateId: affiliateAt(kept.settings, step.affiliate), approved: step.approved, transfer: step.transfer, note: null }, nowMs)
  return done.credited ? { was: 'order_credited', conversionId: order.id, commissionId: done.commission.id, approved: step.approved, transferred: step.transfer } : REFUSED
}

function payOut({ book: kept, nowMs }: Game, step: Extract<Step, { do: 'pay' }>): Happened {
  const whose = likely([...kept.commissions.values()], ({ status }) => status === 'APPROVED', step.whose)
  if (whose === undefined) return { was: 'nothing' }
  const { affiliateId, mode, amount: { currency } } = whose
  const only = step.only === null ? undefined : pick([...kept.commissions.values()], step.only)
  const made = kept.pay(affiliateId, nowMs, { currency, mode, ...(only === undefined ? {} : { only: [only.id] }) })
  return made.done ? { was: 'paid_out', payoutId: made.payout.id, ids: made.payout.commissionIds } : REFUSED
}

function requestOf({ how, permille, sku, quantity }: Extract<Step, { do: 'refund' }>, totalMinor: number): RefundRequest {
  if (how === 'full') return { kind: 'full' }
  if (how === 'amount') return { kind: 'amount', minor: Math.max(1, Number(BigInt(totalMinor) * BigInt(permille) / 1000n)) }
  return { kind: 'items', items: [{ sku: SKUS[sku] ?? '', quantity }] }
}

/** The approval job (ENGINE section 4, rule 8; section 3, rule 10; section 2). */
function runJob({ book: kept, nowMs }: Game): Happened {
  const ids: string[] = []
  const rejected: string[] = []
  for (const commission of kept.commissions.values()) {
    if (commission.status !== 'PENDING' || commission.approvableAtMs === null || commission.approvableAtMs > nowMs) continue
    const affiliate = kept.settings.affiliates.get(commission.affiliateId)!
    const isOwn = affiliate.identities.some(({ identity }) => buyersOf(kept, commission).has(identity))
    if (isOwn && kept.reject(commission, 'unqualified', nowMs).changed) rejected.push(commission.id)
    if (isOwn || statusOf(affiliate, nowMs) !== 'ACTIVE' || (commission.unverified && mostAreUnverified(kept, commission))) continue
    if (kept.approve(commission, nowMs).changed) ids.push(commission.id)
  }
  return ids.length + rejected.length === 0 ? REFUSED : { was: 'approved', ids, rejected }
}

function buyersOf(kept: Book, { conversionId }: Commission): Set<string> {
  const conversion = kept.conversions.get(conversionId ?? '')
  const named = conversion?.identifiers ?? []
  const sessions = new Set(named.filter(({ kind }) => kind === 'session').map(({ value }) => value))
  return new Set([...named.filter(({ kind }) => kind === 'identity').map(({ value }) => value), ...kept.bindings.filter(({ session, kind }) => kind === 'identity' && sessions.has(session)).map(({ identity }) => identity)])
}

function mostAreUnverified(kept: Book, { affiliateId, mode }: { affiliateId: string; mode: Mode }): boolean {
  const own = [...kept.commissions.values()].filter((one) => one.affiliateId === affiliateId && one.mode === mode)
  return 2 * own.filter(({ unverified }) => unverified).length > own.length
}
