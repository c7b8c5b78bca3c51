import type { Commission, Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { approve } from '../../shared/engine/lifecycle.ts'
import { changePayout, makePayout, type Payout } from '../../shared/engine/payout.ts'
import type { Decision } from '../../shared/engine/record.ts'
import type { SettlementFacts } from '../store/needs.ts'
import type { Entry } from '../store/store.ts'
import { at, auditOf, type Acting, type Doing } from './acting.ts'
import { refuseOwnPurchase, type Bought, type Named } from './commissions.ts'
import type { Deps } from './deps.ts'

/** What paying a commission depends on. */
export type Settling = Bought & Pick<SettlementFacts, 'owed'> & { payout: Payout | undefined }

/** How commissions were paid, and what is remarked on it. */
export interface Paying {
  method: string
  note?: string | undefined
}

export type SettleInput = Named & Paying

/** Payments outside of a payout run: commissions that the merchant says are paid, one by one. */
export function settlementService(deps: Deps) {
  const { store } = deps

  return {
    /** Pays these commissions, all or none, as `payAll` says. Throws `NOT_FOUND` for one that is unknown, too. */
    pay({ merchantId, mode, names, ...how }: SettleInput, acting: Acting): Promise<Commission[]> {
      const doing = { now: at(deps), acting }
      return store.decide('settlement', { merchantId, names }, (all) => payAll(foundOf(all, { names, mode }), how, doing))
    },

    /** Takes the payment of these commissions back, all or none, as `unpayAll` says. Throws `NOT_FOUND`, too. */
    unpay({ merchantId, mode, names }: Named, acting: Acting): Promise<Commission[]> {
      const doing = { now: at(deps), acting }
      return store.decide('settlement', { merchantId, names }, (all) => unpayAll(foundOf(all, { names, mode }), doing))
    },
  }
}

/**
 * Pays commissions, all or none: what is pending is approved first, what is paid stays so, and each affiliate gets one
 * payout a currency that holds just these, net of what they owe (ENGINE section 6). Throws `CONFLICT` for one that is
 * rejected or in a payout, or where nothing would be left to pay.
 */
export function payAll(all: Settling[], how: Paying, doing: Doing): Decision<Commission[], Entry> {
  const entries: Entry[] = []
  const settled = all.map((facts) => ({ ...facts, commission: approved(facts, { ...doing, entries }) }))
  const due = settled.filter(({ commission }) => commission.status !== 'PAID')
  for (const own of Map.groupBy(due, ({ commission: { affiliateId, mode, amount } }) => `${affiliateId} ${mode} ${amount.currency}`).values()) entries.push(...paid(own, how, doing))
  return { entries, result: settled.map(({ commission }): Commission => ({ ...commission, status: 'PAID' })) }
}

/**
 * Takes the payment of commissions back: they are approved again. What is not paid stays as it is. Throws `CONFLICT` where a
 * payout paid others, too: that is undone as a whole.
 */
export function unpayAll(all: Settling[], { now, acting }: Doing): Decision<Commission[], Entry> {
  const entries: Entry[] = []
  const undone = new Set<string>()
  const result = all.map(({ commission, payout }): Commission => {
    if (commission.status !== 'PAID' || payout === undefined) return commission
    const after: Commission = { ...commission, status: 'APPROVED' }
    if (undone.has(payout.id)) return after
    const together = all.filter(({ commission: { id } }) => payout.commissionIds.includes(id))
    if (payout.commissionIds.length > together.length) throw new DomainError('CONFLICT', `Commission ${commission.id} was paid with others by payout ${payout.id}; undo that as a whole.`)
    undone.add(payout.id)
    entries.push(...changePayout('payout_undone', { payout, commissions: together.map((one) => one.commission) }, now).entries, auditOf(acting, { now, about: payout, action: 'payout undo', subject: payout.id, detail: {} }))
    return after
  })
  return { entries, result }
}

/** Facts of all that are named, or `NOT_FOUND`. */
function foundOf(all: SettlementFacts[], { names, mode }: { names: string[]; mode: Mode | undefined }): SettlementFacts[] {
  const found = all.filter(({ commission }) => mode === undefined || commission.mode === mode)
  const missing = names.find((name) => !found.some(({ commission }) => commission.id === name || String(commission.number) === name))
  if (missing !== undefined) throw new DomainError('NOT_FOUND', `There is no commission ${missing}.`)
  return found
}

/** A commission that can be paid, or is; throws `CONFLICT` for any other. */
function approved(facts: Settling, { now, acting, entries }: Doing & { entries: Entry[] }): Commission {
  const { commission, payout } = facts
  if (commission.status === 'PAID' || (commission.status === 'APPROVED' && commission.amount.minor >= 0)) return commission
  if (commission.status === 'IN_PAYOUT' || commission.status === 'REJECTED') throw new DomainError('CONFLICT', commission.status === 'IN_PAYOUT' ? `Commission ${commission.id} is in payout ${payout?.id ?? ''}; mark that as paid, or cancel it.` : `Commission ${commission.id} is rejected.`)
  if (commission.amount.minor < 0) throw new DomainError('CONFLICT', `Commission ${commission.id} is a debt: it is taken off the next payout.`)
  refuseOwnPurchase(facts)
  const { entries: approval, result } = approve(commission, now)
  entries.push(...approval, auditOf(acting, { now, about: commission, action: 'approve', subject: commission.id, detail: {} }))
  return result.commission
}

/** One affiliate's payout of just these commissions, made and paid. */
function paid(due: Pick<Settling, 'commission' | 'owed'>[], { method, note }: Paying, { now, acting }: Doing): Entry[] {
  const [first] = due
  if (first === undefined) return []
  const { merchantId, mode, affiliateId, amount: { currency } } = first.commission
  const made = makePayout({ commissions: due.map(({ commission }) => commission), owed: first.owed }, { merchantId, mode, affiliateId, currency, method, note: note ?? null }, now)
  if (!made.result.done) throw new DomainError('CONFLICT', 'NOTHING_TO_PAY: what these commissions come to does not exceed what the affiliate owes; they stay approved, and the debt is carried.')
  const { payout } = made.result
  const commissions = due.map(({ commission }): Commission => ({ ...commission, status: 'IN_PAYOUT' }))
  const done = changePayout('payout_paid', { payout, commissions }, now)
  return [
    ...made.entries, auditOf(acting, { now, about: payout, action: 'payout make', subject: payout.id, detail: { grossMinor: payout.grossMinor, nettedMinor: payout.nettedMinor } }),
    ...done.entries, auditOf(acting, { now, about: payout, action: 'payout pay', subject: payout.id, detail: {} }),
  ]
}
