import type { Commission, Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { approve } from '../../shared/engine/lifecycle.ts'
import { changePayout, makePayout } from '../../shared/engine/payout.ts'
import type { Needs } from '../store/needs.ts'
import type { Entry } from '../store/store.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { refuseOwnPurchase, type Named } from './commissions.ts'
import type { Deps } from './deps.ts'

type Facts = Needs['settlement']['facts'][number]

export interface SettleInput extends Named {
  method: string
  note?: string | undefined
}

/** Payments outside of a payout run: commissions that the merchant says are paid, one by one. */
export function settlementService(deps: Deps) {
  const { store } = deps

  return {
    /**
     * Pays these commissions, all or none: what is pending is approved first, what is paid stays so, and each affiliate gets
     * one payout a currency that holds just these, net of what they owe (ENGINE section 6). Throws `NOT_FOUND`, and
     * `CONFLICT` for one that is rejected or in a payout, or where nothing would be left to pay.
     */
    pay({ merchantId, mode, names, method, note }: SettleInput, acting: Acting): Promise<Commission[]> {
      const now = at(deps)
      return store.decide('settlement', { merchantId, names }, (all) => {
        const entries: Entry[] = []
        const settled = foundOf(all, { names, mode }).map((facts) => ({ ...facts, commission: approved(facts, { now, acting, entries }) }))
        const due = settled.filter(({ commission }) => commission.status !== 'PAID')
        for (const own of Map.groupBy(due, ({ commission: { affiliateId, mode: of, amount } }) => `${affiliateId} ${of} ${amount.currency}`).values()) entries.push(...paid(own, { method, note: note ?? null, now, acting }))
        return { entries, result: settled.map(({ commission }): Commission => ({ ...commission, status: 'PAID' })) }
      })
    },

    /**
     * Takes the payment of a commission back: it is approved again. What is not paid stays as it is.
     * Throws `NOT_FOUND`, and `CONFLICT` where its payout paid others, too: undo that as a whole.
     */
    unpay({ merchantId, mode, names }: Named, acting: Acting): Promise<Commission[]> {
      const now = at(deps)
      return store.decide('settlement', { merchantId, names }, (all) => {
        const entries: Entry[] = []
        const result = foundOf(all, { names, mode }).map(({ commission, payout }): Commission => {
          if (commission.status !== 'PAID' || payout === undefined) return commission
          if (payout.commissionIds.length > 1) throw new DomainError('CONFLICT', `Commission ${commission.id} was paid with others by payout ${payout.id}; undo that as a whole.`)
          entries.push(...changePayout('payout_undone', { payout, commissions: [commission] }, now).entries, auditOf(acting, { now, about: payout, action: 'payout undo', subject: payout.id, detail: {} }))
          return { ...commission, status: 'APPROVED' }
        })
        return { entries, result }
      })
    },
  }
}

/** Facts of all that are named, or `NOT_FOUND`. */
function foundOf(all: Facts[], { names, mode }: { names: string[]; mode: Mode | undefined }): Facts[] {
  const found = all.filter(({ commission }) => mode === undefined || commission.mode === mode)
  const missing = names.find((name) => !found.some(({ commission }) => commission.id === name || String(commission.number) === name))
  if (missing !== undefined) throw new DomainError('NOT_FOUND', `There is no commission ${missing}.`)
  return found
}

type Doing = { now: ReturnType<typeof at>; acting: Acting }

/** A commission that can be paid, or is; throws `CONFLICT` for any other. */
function approved(facts: Facts, { now, acting, entries }: Doing & { entries: Entry[] }): Commission {
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
function paid(due: (Omit<Facts, 'commission'> & { commission: Commission })[], { method, note, now, acting }: Doing & { method: string; note: string | null }): Entry[] {
  const [first] = due
  if (first === undefined) return []
  const { merchantId, mode, affiliateId, amount: { currency } } = first.commission
  const made = makePayout({ commissions: due.map(({ commission }) => commission), owed: first.owed }, { merchantId, mode, affiliateId, currency, method, note }, now)
  if (!made.result.done) throw new DomainError('CONFLICT', 'NOTHING_TO_PAY: what these commissions come to does not exceed what the affiliate owes; they stay approved, and the debt is carried.')
  const { payout } = made.result
  const commissions = due.map(({ commission }): Commission => ({ ...commission, status: 'IN_PAYOUT' }))
  const done = changePayout('payout_paid', { payout, commissions }, now)
  return [
    ...made.entries, auditOf(acting, { now, about: payout, action: 'payout make', subject: payout.id, detail: { grossMinor: payout.grossMinor, nettedMinor: payout.nettedMinor } }),
    ...done.entries, auditOf(acting, { now, about: payout, action: 'payout pay', subject: payout.id, detail: {} }),
  ]
}
