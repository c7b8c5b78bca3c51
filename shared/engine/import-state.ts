import type { Commission } from '../domain.ts'
import { failed, importedNote, type ImportedCommission, type Importing, type ImportOutcome, type ImportStep } from './imported.ts'
import { payInFull } from './import-payout.ts'
import { approve, reject, type At } from './lifecycle.ts'
import { earningsOfAll, type Receipt } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import { isFullyRefunded, type RefundRequest } from './refund.ts'
import { recordRefund } from './refunding.ts'

/** Why a step cannot be. */
type Failed = Extract<ImportOutcome, { field: string }>
/** The rows of one step, and the commission after it where it was paid; or why it cannot be. */
type Moved = { entries: Entry[]; commission?: Commission | undefined } | Failed

const NOTHING: Moved = { entries: [] }

/**
 * Brings an imported order to where the other system has it: first what was given back, then the commission's state; the
 * other way round where it was paid before: then what was given back is owed, and has to wait for the payment. What is
 * further along here stays so; nothing goes back.
 */
export function bringForward(step: ImportStep, doing: Importing): Decision<ImportOutcome> {
  const [first, second] = isPaidFirst(doing.told) ? [carryOn, giveBack] : [giveBack, carryOn]
  const before = first(step, doing)
  const after = 'field' in before ? before : second(before, doing)
  if ('field' in after) return failed(after.outcome, after.field, after.why)
  return { entries: after.entries, result: { outcome: after.entries.length > 0 ? 'written' : 'known', awaits: awaits(after, doing.told), later: isLater(after, doing.told) } }
}

const isPaidFirst = ({ commission, refundedAtMs }: Importing['told']): boolean =>
  commission?.state === 'paid' && commission.paidAtMs !== null && refundedAtMs !== null && refundedAtMs > commission.paidAtMs

/** The affiliate's commission, brought to the state that was told. */
function carryOn(step: ImportStep, doing: Importing): ImportStep | Failed {
  const { told: { commission } } = doing
  const { conversion } = step
  const own = ownOf(conversion, commission)
  const moved = commission === null || own === undefined ? NOTHING : moveOn(own, commission, { ...doing, facts: { ...doing.facts, conversion } })
  if ('field' in moved) return moved
  return { entries: [...step.entries, ...moved.entries], conversion: { ...conversion, commissions: conversion.commissions.map((one) => (one.id === moved.commission?.id ? moved.commission : one)) } }
}

const ownOf = ({ commissions }: ImportStep['conversion'], told: ImportedCommission | null): Commission | undefined =>
  (told === null ? undefined : commissions.find(({ affiliateId, source }) => affiliateId === told.affiliateId && source.kind !== 'raise'))

const awaits = ({ conversion }: ImportStep, { commission }: Importing['told']): boolean => commission?.state === 'paid' && ownOf(conversion, commission)?.status === 'PENDING'

/** True where something was given back after a payment that is not booked yet. */
const isLater = (step: ImportStep, told: Importing['told']): boolean =>
  isPaidFirst(told) && ownOf(step.conversion, told.commission)?.status === 'PENDING' && requestOf(step, told.refundedMinor) !== undefined

/** Takes back what the other system gave back beyond what is known here. */
function giveBack(step: ImportStep, { told, at }: Importing): ImportStep | Failed {
  const { conversion } = step
  const { refundedMinor, refundedAtMs } = told
  if (isLater(step, told)) return step
  const request = requestOf(step, refundedMinor)
  if (request === undefined) return step
  const then: At = { ...at, nowMs: refundedAtMs ?? at.nowMs }
  const report = { id: at.newId('rfn'), key: `imported:${refundedMinor ?? 'full'}`, request, reason: null }
  const { entries, result } = recordRefund({ conversion, earnings: earningsOfAll(conversion.receipts) }, report, then)
  if (!result.refunded) return { outcome: 'refused', field: 'refunded', why: 'is more than the order came to' }
  return { entries: [...step.entries, ...entries], conversion: { ...conversion, commissions: result.commissions, refunds: result.created ? [...conversion.refunds, result.refund] : conversion.refunds } }
}

function requestOf({ conversion }: ImportStep, refundedMinor: number | null): RefundRequest | undefined {
  if (isFullyRefunded(conversion)) return undefined
  if (refundedMinor === null) return { kind: 'full' }
  const before = conversion.refunds.reduce((sum, { minor }) => sum + minor, 0)
  return refundedMinor > before ? { kind: 'amount', minor: refundedMinor - before } : undefined
}

/** Takes a commission from where it is to where it was told to be. */
function moveOn(own: Commission, told: ImportedCommission, doing: Importing): Moved {
  const { at } = doing
  switch (told.state) {
    case 'pending': return own.status === 'REJECTED' && own.reason !== 'refunded' ? rejectedHere() : NOTHING
    case 'approved': return approved(own, at)
    case 'paid': return paid(own, told, doing)
    case 'denied':
    case 'unqualified': return rejected(own, told.state, at)
  }
}

const rejectedHere = (): Moved => ({ outcome: 'differs', field: 'state', why: 'it is rejected here' })

function approved(own: Commission, at: At): Moved {
  if (own.status === 'REJECTED') return own.reason === 'refunded' ? NOTHING : rejectedHere()
  return own.status === 'PENDING' ? { entries: approve(own, at).entries } : NOTHING
}

function rejected(own: Commission, reason: 'denied' | 'unqualified', at: At): Moved {
  if (own.status === 'REJECTED') return NOTHING
  const { entries, result } = reject(own, reason, at)
  return result.changed ? { entries } : { outcome: 'differs', field: 'state', why: 'it is paid here, or in a payout' }
}

/**
 * Waits for the payout that says so where nobody can pay it here meanwhile: it was told as paid from the first. Otherwise it
 * is paid alone, at once: what waited to be paid here would be paid twice.
 */
function paid(own: Commission, { payout, paidAtMs, waits }: ImportedCommission, { facts: { conversion, owed }, told: { from }, at }: Importing): Moved {
  if (own.status === 'REJECTED' || own.openMinor === 0) return approved(own, at)
  if (own.status !== 'PENDING' && own.status !== 'APPROVED') return NOTHING
  if (waits && own.status === 'PENDING' && conversion?.receipts.some((receipt) => isOfPaid(receipt, own)) === true) return NOTHING
  if (owed > 0n) return { outcome: 'refused', field: 'affiliate', why: 'owes something here, which a payout would take off: until that is settled it stands here as it was, so do not pay it' }
  const { entries, commissions: [commission] } = payInFull([own], { method: null, note: importedNote(from, { payout, paid: true }), atMs: paidAtMs ?? at.nowMs }, at)
  return { entries, commission }
}

const isOfPaid = ({ inputs: { imported, touches } }: Receipt, { affiliateId }: Commission): boolean => imported?.paid === true && touches.some((touch) => touch.affiliateId === affiliateId)
