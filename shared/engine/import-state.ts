import type { Commission } from '../domain.ts'
import { failed, importedNote, type ImportedCommission, type Importing, type ImportOutcome, type ImportStep } from './imported.ts'
import { payInFull } from './import-payout.ts'
import { approve, reject, type At } from './lifecycle.ts'
import { earningsOfAll } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import { isFullyRefunded, type RefundRequest } from './refund.ts'
import { recordRefund } from './refunding.ts'

/** The rows of one step, and the commission after it; or why it cannot be. */
type Moved = { entries: Entry[] } | Extract<ImportOutcome, { field: string }>

const NOTHING: Moved = { entries: [] }

/**
 * Brings an imported order to where the other system has it: first what was given back, then the commission's state. What
 * is further along here stays so; nothing goes back.
 */
export function bringForward(step: ImportStep, doing: Importing): Decision<ImportOutcome> {
  const refunded = giveBack(step, doing)
  if ('field' in refunded) return failed(refunded.outcome, refunded.field, refunded.why)
  const { commission } = doing.told
  const own = commission === null ? undefined : refunded.conversion.commissions.find(({ affiliateId, source }) => affiliateId === commission.affiliateId && source.kind !== 'raise')
  const moved = commission === null || own === undefined ? NOTHING : moveOn(own, commission, doing)
  if ('field' in moved) return failed(moved.outcome, moved.field, moved.why)
  const entries = [...refunded.entries, ...moved.entries]
  return { entries, result: { outcome: entries.length > 0 ? 'written' : 'known' } }
}

/** Takes back what the other system gave back beyond what is known here. */
function giveBack(step: ImportStep, { told: { refundedMinor, refundedAtMs }, at }: Importing): ImportStep | Extract<ImportOutcome, { field: string }> {
  const { conversion } = step
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

/** Waits for the payout that says so, or is paid alone where there will be none. */
function paid(own: Commission, { payout, paidAtMs }: ImportedCommission, { facts: { owed }, told: { from }, at }: Importing): Moved {
  if (own.status === 'REJECTED' || own.openMinor === 0) return approved(own, at)
  if (own.status !== 'PENDING' && own.status !== 'APPROVED') return NOTHING
  const note = importedNote(from, { payout, paid: true })
  // One that was told as pending before did not know yet that it would be paid.
  if (paidAtMs === null) return own.source.kind === 'credit' && own.source.note === importedNote(from, { payout: null, paid: false }) ? approved(own, at) : NOTHING
  if (owed > 0n) return { outcome: 'refused', field: 'affiliate', why: 'owes something here, which a payout would take off' }
  return { entries: payInFull([own], { method: null, note, atMs: paidAtMs }, at).entries }
}
