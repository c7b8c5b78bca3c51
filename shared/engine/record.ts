import type { Arrival, Binding, Commission, Conversion, Identifier, Mark, Order } from '../domain.ts'
import { BINDING_RENEWAL_MS, DAY_MS, IDENTITIES_PER_SESSION } from '../limits.ts'
import { isVisited, snapshotOf } from './evidence.ts'
import type { NewId } from './ids.ts'
import { transactionOf, type Transaction } from './ledger.ts'
import { ENGINE_VERSION, judge, type Receipt } from './receipt.ts'
import type { Settings } from './settings.ts'

/** One row for the store to write; everything that a decision changes is one of these. */
export type Entry =
  | { kind: 'conversion'; order: Order; attributed: boolean; considered: number; marks: Mark[] }
  | { kind: 'conversion_change'; merchantId: number; conversionId: string; attributed: boolean; considered: number; marks: Mark[]; changedAtMs: number }
  | { kind: 'identifier'; order: Order; identifier: Identifier }
  | { kind: 'binding'; merchantId: number; binding: Binding }
  | { kind: 'receipt'; merchantId: number; receipt: Receipt }
  | { kind: 'commission'; commission: Commission }
  | { kind: 'commission_status'; commission: Commission }
  | { kind: 'transaction'; transaction: Transaction }

/** What the engine decided: rows to write in the transaction that read the facts, and the answer. */
export interface Decision<R, E = Entry> {
  entries: E[]
  result: R
}

/** All that is known around an order's customer, read in one transaction. */
export interface CustomerHistory {
  settings: Settings
  /** The conversion that already holds the order id. */
  conversion: Conversion | undefined
  /** Conversions of the same sessions and identities that nobody has won so far. */
  unsettled: Conversion[]
  arrivals: Arrival[]
  bindings: Binding[]
}

export interface Now {
  nowMs: number
  newId: NewId
}

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
 * Records an order, or recognises its repeat: the conversion as it now stands, and the rows that make it so.
 * A repeat never changes what the order says; while nobody has won it, its identifiers are added as evidence
 * (ENGINE section 3, rules 8 and 9).
 */
export function recordOrder(history: CustomerHistory, report: Report, now: Now): Decision<Recorded> {
  const bound = bindingOf(report, history)
  const bindings = [...history.bindings, ...bound]
  const entries: Entry[] = bound.map((binding) => ({ kind: 'binding', merchantId: report.order.merchantId, binding }))
  const known = { ...history, bindings }

  const own = history.conversion === undefined ? recordFirst(known, report, now) : repeat(known, history.conversion, report, now)
  entries.push(...own.entries)
  if (bound.length > 0) entries.push(...settleAll({ ...known, unsettled: history.unsettled.filter(({ order }) => order.id !== own.result.conversion.order.id) }, now))
  return { entries, result: own.result }
}

/** Keeps what an identify said, and settles the orders that it explains. `identified` is false when the session has other identities enough. */
export function recordBinding(history: CustomerHistory, merchantId: number, binding: Binding, now: Now): Decision<{ identified: boolean; created: boolean }> {
  if (isKept(binding, history)) return { entries: [], result: { identified: true, created: false } }
  const named = new Set(history.bindings.filter(({ session, source }) => session === binding.session && source === 'browser').map(({ identity }) => identity))
  if (binding.source === 'browser' && named.add(binding.identity).size > IDENTITIES_PER_SESSION) return { entries: [], result: { identified: false, created: false } }
  const known = { ...history, bindings: [...history.bindings, binding] }
  return { entries: [{ kind: 'binding', merchantId, binding }, ...settleAll(known, now)], result: { identified: true, created: true } }
}

/** Settles the orders that a visit explains which had waited in the browser. */
export function settleByArrival(history: CustomerHistory, now: Now): Decision<void> {
  return { entries: settleAll(history, now), result: undefined }
}

function recordFirst(history: CustomerHistory, { order, identifiers }: Report, now: Now): Decision<Recorded> {
  const settled = settle(history, { order, identifiers, marks: [] }, now)
  const { outcome } = settled.receipt
  const considered = settled.receipt.inputs.touches.length
  return {
    entries: [
      { kind: 'conversion', order, attributed: outcome.attributed, considered, marks: outcome.marks },
      ...identifiers.map((identifier): Entry => ({ kind: 'identifier', order, identifier })),
      ...settled.entries,
    ],
    result: { created: true, conversion: { order, identifiers, attributed: outcome.attributed, considered, marks: outcome.marks, commissions: settled.commissions } },
  }
}

function repeat(history: CustomerHistory, conversion: Conversion, report: Report, now: Now): Decision<Recorded> {
  const { order } = conversion
  const differs = report.order.amount.minor !== order.amount.minor || report.order.amount.currency !== order.amount.currency
  const marked: Mark[] = differs && !conversion.marks.includes('REPEAT_DIFFERS') ? ['REPEAT_DIFFERS'] : []
  const added = conversion.attributed ? [] : report.identifiers.filter((identifier) => !conversion.identifiers.some((held) => held.kind === identifier.kind && held.value === identifier.value))
  const entries: Entry[] = added.map((identifier) => ({ kind: 'identifier', order, identifier }))

  const updated = { ...conversion, identifiers: [...conversion.identifiers, ...added], marks: [...conversion.marks, ...marked] }
  const late = conversion.attributed ? undefined : settleLate(history, updated, now)
  if (late !== undefined) return { entries: [...entries, ...late.entries], result: { created: false, conversion: late.conversion } }
  if (marked.length > 0) entries.push(changeOf(updated, now))
  return { entries, result: { created: false, conversion: updated } }
}

const changeOf = ({ order, attributed, considered, marks }: Conversion, { nowMs }: Now): Entry => ({ kind: 'conversion_change', merchantId: order.merchantId, conversionId: order.id, attributed, considered, marks, changedAtMs: nowMs })

function settleAll(history: CustomerHistory, now: Now): Entry[] {
  return history.unsettled.flatMap((conversion) => settleLate(history, conversion, now)?.entries ?? [])
}

/**
 * Judges a conversion that nobody had won on what is known now. Its receipt is kept when somebody wins, and otherwise
 * when there was more to consider than before ("your click came after the order" is an answer, too); else undefined.
 */
function settleLate(history: CustomerHistory, conversion: Conversion, now: Now): { entries: Entry[]; conversion: Conversion } | undefined {
  const { order, identifiers } = conversion
  const { receipt, commissions, entries } = settle(history, { order, identifiers, marks: ['LATE_ARRIVAL'] }, now)
  const { attributed } = receipt.outcome
  const considered = receipt.inputs.touches.length
  if (!attributed && considered <= conversion.considered) return undefined
  const settled = { ...conversion, attributed, considered, commissions, marks: attributed ? [...new Set([...conversion.marks, ...receipt.outcome.marks])] : conversion.marks }
  return { entries: [changeOf(settled, now), ...entries], conversion: settled }
}

interface Settled {
  receipt: Receipt
  commissions: Commission[]
  entries: Entry[]
}

/** Judges an order on what is known now: its receipt, and the commissions booked by it. */
function settle({ settings, arrivals, bindings }: CustomerHistory, { order, identifiers, marks }: Report & { marks: Mark[] }, { nowMs, newId }: Now): Settled {
  const { touches, more, policies, conflict } = snapshotOf({ order, identifiers, arrivals, bindings }, settings)
  const inputs = { order: { kind: order.kind, mode: order.mode, amount: order.amount, occurredAtMs: order.occurredAtMs, receivedAtMs: order.receivedAtMs }, touches, more, policies, marks: conflict ? [...marks, 'IDENTITY_CONFLICT' as const] : marks }
  const outcome = judge(inputs)
  const receipt: Receipt = { id: newId('rcp'), conversionId: order.id, engine: ENGINE_VERSION, decidedAtMs: nowMs, inputs, outcome }

  // A late win that rests on a browser's word is looked at by a person (ENGINE section 3, rule 8).
  const forPerson = outcome.marks.includes('LATE_ARRIVAL') && outcome.marks.includes('UNVERIFIED_IDENTITY')
  const commissions = outcome.earnings.map(({ affiliateId, campaignId, amount }): Commission => {
    const holdDays = policies.find((policy) => policy.campaignId === campaignId)?.holdDays ?? null
    return {
      id: newId('cmm'), merchantId: order.merchantId, mode: order.mode, conversionId: order.id, affiliateId, campaignId, amount, status: 'PENDING', reason: null,
      bookedAtMs: nowMs, approvableAtMs: holdDays === null || forPerson ? null : nowMs + holdDays * DAY_MS,
    }
  })
  const booked = commissions.flatMap((commission): Entry[] => [
    { kind: 'commission', commission },
    ...transactionOf('booked', commission, { id: newId('txn'), atMs: nowMs }).map((transaction): Entry => ({ kind: 'transaction', transaction })),
  ])
  return { receipt, commissions, entries: [{ kind: 'receipt', merchantId: order.merchantId, receipt }, ...booked] }
}

/** An order that names both a session and a customer ties them, with the word of the merchant's server (ENGINE section 2). */
function bindingOf({ order, identifiers }: Report, history: CustomerHistory): Binding[] {
  const identity = identifiers.find(({ kind }) => kind === 'identity')?.value
  const session = identifiers.find(({ kind }) => kind === 'session')?.value
  if (identity === undefined || session === undefined) return []
  const binding: Binding = { session, identity, source: 'server', mode: order.mode, occurredAtMs: order.occurredAtMs, receivedAtMs: order.receivedAtMs }
  return isKept(binding, history) ? [] : [binding]
}

/**
 * True when the same was said before and holds. What was said of a session that stayed unknown for a day has lapsed,
 * and is said anew (ENGINE section 2); until then it is kept once an hour, so that no flood of repeats is stored.
 */
const isKept = (binding: Binding, { bindings, arrivals }: CustomerHistory): boolean =>
  bindings.some((held) => sameBinding(held, binding) && (binding.occurredAtMs - held.occurredAtMs < BINDING_RENEWAL_MS || isVisited(held, arrivals)))

const sameBinding = (a: Binding, b: Binding): boolean => a.session === b.session && a.identity === b.identity && a.source === b.source && a.mode === b.mode
