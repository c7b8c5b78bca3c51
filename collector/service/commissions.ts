import type { Commission, Mode, RejectionReason } from '../../shared/domain.ts'
import { DomainError, unfit } from '../../shared/errors.ts'
import { adjust, type Adjusted, type AdjustmentRequest, type AdjustmentType } from '../../shared/engine/adjust.ts'
import { approve, reject, type Changed } from '../../shared/engine/lifecycle.ts'
import { isFullyRefunded } from '../../shared/engine/refund.ts'
import { statusOf } from '../../shared/engine/settings.ts'
import type { Decision } from '../../shared/engine/record.ts'
import type { Entry } from '../store/store.ts'
import type { CommissionFacts } from '../store/needs.ts'
import type { CommissionPageFilter, ListedCommission, Page } from '../store/pages.ts'
import type { CommissionBook, CommissionFilter, DueCommission } from '../store/queries.ts'
import { at, auditOf, type Acting, type Doing } from './acting.ts'
import type { Deps } from './deps.ts'

/** Commissions that are decided together, in one commit. */
const BATCH = 500

/** Commissions by id or number; a key sees those of its own mode. */
export interface Named {
  merchantId: number
  mode?: Mode | undefined
  names: string[]
}

export interface AdjustInput {
  merchantId: number
  mode?: Mode | undefined
  commission: string
  type: AdjustmentType
  /** Minor units of the commission's currency, 0 or more. */
  minor: (currency: string) => number
  reason?: string | undefined
}

/** What becomes of commissions once they are booked. */
export function commissionService(deps: Deps) {
  const { store } = deps

  const settleOne = ({ merchantId, id }: DueCommission, nowMs: number): Promise<keyof Settled> => store.decide('commissions', { merchantId, names: [id] }, ([facts]) => {
    const outcome = facts === undefined ? 'skipped' : outcomeOf(facts, nowMs)
    if (facts === undefined || outcome === 'skipped') return { entries: [], result: 'skipped' as const }
    const { entries } = outcome === 'approved' ? approve(facts.commission, at(deps)) : reject(facts.commission, 'unqualified', at(deps))
    return { entries, result: outcome }
  })

  /** Changes all of these commissions, or none when one of them cannot be. */
  function changeAll({ merchantId, mode, names }: Named, change: (facts: CommissionFacts) => Decision<Changed>, { action, acting, detail }: { action: string; acting: Acting; detail: Record<string, unknown> }): Promise<Commission[]> {
    return store.decide('commissions', { merchantId, names }, (all) => {
      const found = all.filter(({ commission }) => mode === undefined || commission.mode === mode)
      const missing = names.find((name) => !found.some(({ commission }) => commission.id === name || String(commission.number) === name))
      if (missing !== undefined) throw new DomainError('NOT_FOUND', `There is no commission ${missing}.`)
      const decisions = found.map((facts) => ({ facts, decision: change(facts) }))
      const entries = decisions.flatMap(({ facts: { commission }, decision }): Entry[] => {
        if (!decision.result.changed) throw refusal(decision.result, action)
        return [...decision.entries, auditOf(acting, { now: at(deps), about: commission, action, subject: commission.id, detail })]
      })
      return { entries, result: decisions.map(({ decision }) => decision.result.commission) }
    })
  }

  return {
    /**
     * Approves the commissions whose hold has ended (ENGINE section 4, rule 8), and rejects those whose affiliate turned out
     * to be the buyer (section 3, rule 10). Skips affiliates who are not active, and those of whose commissions more than
     * half rest on a browser's word alone (section 2): a person looks at these.
     */
    async approveDue(): Promise<Settled> {
      const nowMs = deps.now()
      const settled: Settled = { approved: 0, rejected: 0, skipped: 0 }
      for (let after: DueCommission | undefined, more = true; more;) {
        const due: DueCommission[] = await store.read('due', { nowMs, after, limit: BATCH })
        for (const outcome of await Promise.all(due.map((one) => settleOne(one, nowMs)))) settled[outcome] += 1
        after = due.at(-1)
        more = due.length === BATCH
      }
      return settled
    },

    /**
     * Approves pending commissions by hand, all or none. Throws `NOT_FOUND`, and `CONFLICT` for one that is not pending, or
     * whose affiliate turned out to be the buyer: that takes `override` (section 3, rule 10).
     */
    approve({ override = false, ...named }: Named & { override?: boolean | undefined }, acting: Acting): Promise<Commission[]> {
      return changeAll(named, (facts) => {
        if (!override) refuseOwnPurchase(facts)
        return approve(facts.commission, at(deps))
      }, { action: 'approve', acting, detail: override ? { override } : {} })
    },

    /** Rejects commissions that no payout holds, all or none; the audit keeps the merchant's own words. Throws `NOT_FOUND` and `CONFLICT`. */
    reject({ reason, note, ...named }: Named & { reason: RejectionReason; note?: string | undefined }, acting: Acting): Promise<Commission[]> {
      return changeAll(named, ({ commission }) => reject(commission, reason, at(deps)), { action: 'reject', acting, detail: { reason, ...(note === undefined ? {} : { note }) } })
    },

    /** Changes a commission's total (ENGINE section 4, rule 9). Throws `NOT_FOUND`, `CONFLICT` by its state, `INVALID` by the amount. */
    adjust({ merchantId, mode, commission: name, type, minor, reason }: AdjustInput, acting: Acting): Promise<{ commission: Commission; raise: Commission | undefined }> {
      return store.decide('commissions', { merchantId, names: [name] }, ([facts]) => {
        if (facts === undefined || (mode !== undefined && facts.commission.mode !== mode)) throw new DomainError('NOT_FOUND', `There is no commission ${name}.`)
        const { entries, result } = adjusted(facts, { type, minor: minor(facts.commission.amount.currency), reason: reason ?? null }, { now: at(deps), acting })
        if (!result.adjusted) throw adjustmentRefusal(result.refused)
        return { entries, result: { commission: result.commission, raise: result.raise } }
      })
    },

    /** A commission with all that was booked about it, by id or number; throws `NOT_FOUND`. */
    async find(merchantId: number, name: string): Promise<CommissionBook> {
      const found = await store.read('commission', { merchantId, name })
      if (found === undefined) throw new DomainError('NOT_FOUND', `There is no commission ${name}.`)
      return found
    },

    /** A page of commissions, newest first, each with its order. */
    page: (filter: CommissionPageFilter): Promise<Page<ListedCommission>> => store.read('commissionPage', filter),
    /** Commissions by number, oldest first. */
    list: (filter: CommissionFilter): Promise<(Commission & { number: number })[]> => store.read('commissions', filter),
  }
}

/** What one run of the job did, in commissions. */
type Settled = Record<'approved' | 'rejected' | 'skipped', number>

/** Adjusts a commission as it stands, with its audit; a refusal is a result. */
export function adjusted({ commission, conversion, raises }: Pick<CommissionFacts, 'conversion' | 'raises'> & { commission: Commission }, about: Omit<AdjustmentRequest, 'id'>, { now, acting }: Doing): Decision<Adjusted, Entry> {
  const request = { id: now.newId('adj'), ...about }
  const { entries, result } = adjust(commission, { raises, fullyRefunded: conversion !== undefined && isFullyRefunded(conversion) }, request, now)
  return { entries: result.adjusted ? [...entries, auditOf(acting, { now, about: commission, action: 'adjust', subject: commission.id, detail: { ...request } })] : entries, result }
}

/** What tells whether an affiliate bought for themselves; a commission that is yet to be written has no number. */
export type Bought = Pick<CommissionFacts, 'settings' | 'buyers'> & { commission: Commission & { number?: number | undefined } }

const isOwnPurchase = ({ commission, settings, buyers }: Bought): boolean => settings.affiliates.get(commission.affiliateId)?.identities.some(({ identity }) => buyers.includes(identity)) ?? false

/** Throws `CONFLICT` where the affiliate turned out to be the buyer. */
export function refuseOwnPurchase(facts: Bought): void {
  if (isOwnPurchase(facts)) throw new DomainError('CONFLICT', `The affiliate of commission ${facts.commission.number ?? facts.commission.id} is the buyer; approve it with an override, or reject it as unqualified.`)
}

function outcomeOf(facts: CommissionFacts, nowMs: number): keyof Settled {
  const { commission, settings, booked } = facts
  const affiliate = settings.affiliates.get(commission.affiliateId)
  if (commission.status !== 'PENDING' || affiliate === undefined) return 'skipped'
  if (isOwnPurchase(facts)) return 'rejected'
  if (statusOf(affiliate, nowMs) !== 'ACTIVE') return 'skipped'
  return commission.unverified && 2 * booked.unverified > booked.commissions ? 'skipped' : 'approved'
}

function refusal({ commission: { id, status }, refused }: Extract<Changed, { changed: false }>, action: string): DomainError {
  const why = refused === 'OWES' ? 'part of it was taken back while a payout held it; deduct the rest instead' : `it is ${status.toLowerCase().replace('_', ' ')}`
  return new DomainError('CONFLICT', `Cannot ${action} commission ${id}: ${why}.`)
}

const ADJUSTMENT_REFUSALS: Record<Extract<Adjusted, { adjusted: false }>['refused'], () => DomainError> = {
  WRONG_STATE: () => new DomainError('CONFLICT', 'A rejected commission, or a debt, cannot be adjusted; make a credit instead.'),
  FULLY_REFUNDED: () => new DomainError('CONFLICT', 'The order is fully refunded: its commission can be raised by a credit only.'),
  BELOW_CLAWED: () => unfit('amount', 'would take the commission below what refunds took, or below 0; make a negative credit instead'),
  UNCHANGED: () => unfit('amount', 'would change nothing'),
}
const adjustmentRefusal = (refused: keyof typeof ADJUSTMENT_REFUSALS): DomainError => ADJUSTMENT_REFUSALS[refused]()
