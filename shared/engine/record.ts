import type { Binding, Commission, Conversion, Identifier, Mark, Mode, Order, Refund } from '../domain.ts'
import { BINDING_RENEWAL_MS, IDENTITIES_PER_SESSION } from '../limits.ts'
import { isVisited, standingBindings, standingOf } from './bindings.ts'
import { lateSession, withCarts, type Cart } from './carts.ts'
import type { Transaction } from './ledger.ts'
import type { Adjustment } from './adjust.ts'
import type { Payout } from './payout.ts'
import type { Receipt } from './receipt.ts'
import { isOpen, isToldByBrowser, needsOf, settle, type CommissionPart, type Known, type Now } from './settle.ts'
import type { UsageNeed } from './usage.ts'
import type { WonBy } from './won-by.ts'

/** One row for the store to write; everything that a decision changes is one of these. */
export type Entry =
  | { kind: 'conversion'; order: Order; attributed: boolean; considered: number; marks: Mark[] }
  | { kind: 'conversion_change'; merchantId: number; conversionId: string; attributed: boolean; considered: number; marks: Mark[]; changedAtMs: number }
  | { kind: 'identifier'; order: Order; identifier: Identifier }
  | { kind: 'binding'; merchantId: number; binding: Binding }
  | { kind: 'cart'; cart: Cart }
  | { kind: 'receipt'; merchantId: number; receipt: Receipt }
  | { kind: 'commission'; commission: Commission; parts: CommissionPart[]; wonBy?: WonBy | undefined }
  | { kind: 'commission_change'; commission: Commission; atMs: number }
  /** What refunds have left of the base of a commission's parts, in their order. */
  | { kind: 'parts_left'; merchantId: number; commissionId: string; leftMinors: number[] }
  /** With what it took of the order's amount. */
  | { kind: 'refund'; refund: Refund; tookMinor: number }
  | { kind: 'adjustment'; adjustment: Adjustment }
  | { kind: 'payout'; payout: Payout }
  | { kind: 'payout_change'; payout: Payout }
  | { kind: 'transaction'; transaction: Transaction }
  | { kind: 'audit'; audit: Audit }

/** Who did what by hand, for the audit chain. */
export interface Audit {
  merchantId: number
  mode: Mode
  atMs: number
  /** `cli`, or a key's id. */
  actor: string
  action: string
  subject: string
  detail: Record<string, unknown>
}

/** What the engine decided: rows to write in the transaction that read the facts, and the answer. */
export interface Decision<R, E = Entry> {
  entries: E[]
  result: R
}

/** All that is known around an order's customer, read in one transaction. */
export interface CustomerHistory extends Known {
  /** The conversion that already holds the order id. */
  conversion: Conversion | undefined
  /** Sessions by the carts that stand for them. */
  carts: ReadonlyMap<string, string>
  /** Conversions of the same sessions and identities that nobody has won so far, in the order in which they were recorded. */
  unsettled: Conversion[]
}

/** With the order that is just reported behind those that are recorded. */
const withNew = <H extends Omit<CustomerHistory, 'usage'>>(history: H, report: Report): H => (history.conversion === undefined ? { ...history, recorded: [...history.recorded, report.order.id] } : history)

export interface Recorded {
  conversion: Conversion
  /** False when the order id was known: a repeat is not an error. */
  created: boolean
}

/** An order as it was just reported. */
export interface Report {
  order: Order
  identifiers: Identifier[]
}

/**
 * The sums that recording this report, or settling what is open, may need; the store reads them in the same
 * transaction, after the rest.
 */
export function sumsNeeded(history: Omit<CustomerHistory, 'usage'>, told?: Report): UsageNeed[] {
  if (told === undefined) return needsOf(history.unsettled, history)
  const report = { ...told, identifiers: withCarts(told.identifiers, history.carts) }
  const known = { ...withNew(history, report), bindings: [...history.bindings, ...bindingsOf(told, history)] }
  const own = history.conversion === undefined ? report : { order: history.conversion.order, identifiers: [...history.conversion.identifiers, ...report.identifiers] }
  return needsOf([own, ...history.unsettled], known)
}

/**
 * Records an order, or recognises its repeat: the conversion as it now stands, and the rows that make it so.
 * A repeat never changes what the order says; while nobody has won it, its identifiers are added as evidence
 * (ENGINE section 3, rules 8 and 9).
 */
export function recordOrder(history: CustomerHistory, told: Report, now: Now): Decision<Recorded> {
  const report = { ...told, identifiers: withCarts(told.identifiers, history.carts) }
  const bound = bindingsOf(told, history)
  const known = { ...withNew(history, report), bindings: [...history.bindings, ...bound] }
  const entries: Entry[] = bound.map((binding) => ({ kind: 'binding', merchantId: report.order.merchantId, binding }))
  if (bound.length > 0) entries.push(...settleAll({ ...known, unsettled: history.unsettled.filter(({ order }) => order.id !== history.conversion?.order.id) }, now))

  const own = history.conversion === undefined ? recordFirst(known, report, now) : repeat(known, history.conversion, { report, now })
  return { entries: [...entries, ...own.entries], result: own.result }
}

/** Keeps what an identify said, and settles the orders that it explains. `identified` is false when the session has other identities enough. */
export function recordBinding(history: CustomerHistory, merchantId: number, binding: Binding, now: Now): Decision<{ identified: boolean; created: boolean }> {
  if (isKept(binding, history)) return { entries: [], result: { identified: true, created: false } }
  const named = new Set(history.bindings.filter(({ session, source, mode }) => session === binding.session && source === 'browser' && mode === binding.mode).map(({ identity }) => identity))
  if (binding.source === 'browser' && named.add(binding.identity).size > IDENTITIES_PER_SESSION) return { entries: [], result: { identified: false, created: false } }
  const known = { ...history, bindings: [...history.bindings, binding] }
  return { entries: [{ kind: 'binding', merchantId, binding }, ...settleAll(known, now)], result: { identified: true, created: true } }
}

/** False where another customer has the session: then what was said is kept, and joins nothing (ENGINE section 2). */
export function isBelieved(binding: Binding, { arrivals, bindings }: Pick<CustomerHistory, 'arrivals' | 'bindings'>, { nowMs }: Pick<Now, 'nowMs'>): boolean {
  const { session, kind, identity, mode } = binding
  const held = standingOf(standingBindings({ order: { mode, occurredAtMs: nowMs, receivedAtMs: nowMs }, arrivals, bindings: [...bindings, binding] }), session, kind)
  return held === undefined || held.identity === identity
}

/** Open orders as they stand once it is known whose a cart is. */
const naming = <H extends Pick<CustomerHistory, 'unsettled'>>(history: H, cart: Cart): H => ({
  ...history, unsettled: history.unsettled.map((conversion) => ({ ...conversion, identifiers: [...conversion.identifiers, ...lateSession(conversion, cart)] })),
})

/** The sums that `recordCart` may need. */
export const cartSums = (history: Omit<CustomerHistory, 'usage'>, cart: Cart): UsageNeed[] => sumsNeeded(naming(history, cart))

/**
 * Keeps which session a cart is of, and settles the orders that named it before: the shop's report and its page race each
 * other. The first word on a cart stands; `attached` tells whether it is this session's.
 */
export function recordCart(history: CustomerHistory, cart: Cart, now: Now): Decision<{ attached: boolean; created: boolean }> {
  const held = history.carts.get(cart.cart)
  if (held !== undefined) return { entries: [], result: { attached: held === cart.session, created: false } }
  const named = history.unsettled.flatMap((conversion) => lateSession(conversion, cart).map((identifier): Entry => ({ kind: 'identifier', order: conversion.order, identifier })))
  return { entries: [{ kind: 'cart', cart }, ...named, ...settleAll(naming(history, cart), now)], result: { attached: true, created: true } }
}

/** Settles the orders that became explicable: by a visit that had waited in the browser, or a trigger that holds for the past. */
export function settleOpen(history: CustomerHistory, now: Now): Decision<void> {
  return { entries: settleAll(history, now), result: undefined }
}

function recordFirst(history: CustomerHistory, { order, identifiers }: Report, now: Now): Decision<Recorded> {
  const settled = settle({ order, identifiers, refunds: [] }, history, { marks: toldBy(order), now })
  const { outcome } = settled.receipt
  const considered = settled.receipt.inputs.touches.length
  return {
    entries: [
      { kind: 'conversion', order, attributed: outcome.attributed, considered, marks: outcome.marks },
      ...identifiers.map((identifier): Entry => ({ kind: 'identifier', order, identifier })),
      ...settled.entries,
    ],
    result: { created: true, conversion: { order, identifiers, attributed: outcome.attributed, considered, marks: outcome.marks, commissions: settled.commissions, refunds: [] } },
  }
}

function repeat(history: CustomerHistory, conversion: Conversion, { report, now }: { report: Report; now: Now }): Decision<Recorded> {
  const { order } = conversion
  const marked: Mark[] = differs(report.order, order) && !conversion.marks.includes('REPEAT_DIFFERS') ? ['REPEAT_DIFFERS'] : []
  const added = conversion.attributed ? [] : report.identifiers.filter((identifier) => !conversion.identifiers.some((held) => held.kind === identifier.kind && held.value === identifier.value))
  const entries: Entry[] = added.map((identifier) => ({ kind: 'identifier', order, identifier }))

  const updated = { ...conversion, identifiers: [...conversion.identifiers, ...added], marks: [...conversion.marks, ...marked] }
  const late = settleLate(history, updated, now)
  if (late !== undefined) return { entries: [...entries, ...late.entries], result: { created: false, conversion: late.conversion } }
  if (marked.length > 0) entries.push(changeOf(updated, now))
  return { entries, result: { created: false, conversion: updated } }
}

const toldBy = (order: Order): Mark[] => (isToldByBrowser(order) ? ['TOLD_BY_BROWSER'] : [])

/** True when a repeat says otherwise than the order did: of its amount, currency, lines or subscription. */
const differs = (a: Order, b: Order): boolean => saidOf(a) !== saidOf(b)

const saidOf = ({ amount, lines, discountMinor, taxMinor, subscriptionId }: Order): string =>
  JSON.stringify([amount.minor, amount.currency, lines.map(({ sku, quantity, minor }) => [sku, quantity, minor]), discountMinor, taxMinor, subscriptionId])

const changeOf = ({ order, attributed, considered, marks }: Conversion, { nowMs }: Now): Entry => ({ kind: 'conversion_change', merchantId: order.merchantId, conversionId: order.id, attributed, considered, marks, changedAtMs: nowMs })

function settleAll(history: CustomerHistory, now: Now): Entry[] {
  return history.unsettled.flatMap((conversion) => settleLate(history, conversion, now)?.entries ?? [])
}

/**
 * Judges a conversion that nobody had won on what is known now. Its receipt is kept when somebody wins, and otherwise
 * when there was more to consider than before ("your click came after the order" is an answer, too); else undefined.
 */
function settleLate(history: CustomerHistory, conversion: Conversion, now: Now): { entries: Entry[]; conversion: Conversion } | undefined {
  if (!isOpen(conversion)) return undefined
  const { receipt, commissions, entries } = settle(conversion, history, { marks: [...toldBy(conversion.order), 'LATE_ARRIVAL'], now })
  const { attributed } = receipt.outcome
  const considered = receipt.inputs.touches.length
  if (!attributed && considered <= conversion.considered) return undefined
  const settled = { ...conversion, attributed, considered, commissions, marks: attributed ? [...new Set([...conversion.marks, ...receipt.outcome.marks])] : conversion.marks }
  return { entries: [changeOf(settled, now), ...entries], conversion: settled }
}

/**
 * An order that names both a session and a customer ties them, with the word of the merchant's server (ENGINE section 2); where
 * it names a cart, the session is a page's word.
 */
function bindingsOf({ order, identifiers }: Report, history: Pick<CustomerHistory, 'bindings' | 'arrivals' | 'carts'>): Binding[] {
  const named = identifiers.find(({ kind }) => kind === 'session')?.value
  const session = named ?? identifiers.flatMap(({ kind, value }) => (kind === 'cart' ? (history.carts.get(value) ?? []) : []))[0]
  if (session === undefined) return []
  const source = named === undefined ? 'browser' : 'server'
  return (['identity', 'customer'] as const).flatMap((kind): Binding[] => {
    const identity = identifiers.find((identifier) => identifier.kind === kind)?.value
    if (identity === undefined) return []
    const binding: Binding = { session, kind, identity, source, mode: order.mode, occurredAtMs: order.occurredAtMs, receivedAtMs: order.receivedAtMs }
    return isKept(binding, history) ? [] : [binding]
  })
}

/**
 * True when the same was said before and holds. What was said of a session that stayed unknown for a day has lapsed,
 * and is said anew (ENGINE section 2); until then it is kept once an hour, so that no flood of repeats is stored.
 */
const isKept = (binding: Binding, { bindings, arrivals }: Pick<CustomerHistory, 'bindings' | 'arrivals'>): boolean =>
  bindings.some((held) => sameBinding(held, binding) && (binding.occurredAtMs - held.occurredAtMs < BINDING_RENEWAL_MS || isVisited(held, arrivals, held.mode)))

const sameBinding = (a: Binding, b: Binding): boolean => a.session === b.session && a.kind === b.kind && a.identity === b.identity && a.source === b.source && a.mode === b.mode
