import type { Commission, Mode, Order } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { ShownStatus } from '../store/pages.ts'
import type { CommissionBook } from '../store/queries.ts'
import type { Acting } from './acting.ts'
import { shownStatus } from './commission-view.ts'
import type { commissionService } from './commissions.ts'
import { findConversion } from './conversion-names.ts'
import type { Deps } from './deps.ts'
import type { settlementService } from './settlements.ts'

export interface StatusInput {
  merchantId: number
  mode: Mode
  /** The commission's. */
  number: number
  /** Why, in the merchant's words. */
  note?: string | undefined
  /** How it was paid, where it was. */
  method: string
}

/** A commission with its order, and when it was paid and last changed. */
export interface CommissionState {
  commission: Commission & { number: number }
  order: Order | null
  paidAtMs: number | null
  updatedAtMs: number
}

/** A commission's state as callers name it who do not approve, pay and reject by calls of their own. */
export function commissionStatusService(deps: Deps, { commissions, settlements }: { commissions: ReturnType<typeof commissionService>; settlements: ReturnType<typeof settlementService> }) {
  const { store } = deps

  async function find(merchantId: number, number: number, mode: Mode): Promise<CommissionBook> {
    const book = await store.read('commission', { merchantId, name: String(number) })
    if (book === undefined || book.commission.mode !== mode) throw new DomainError('NOT_FOUND', 'Commission not found')
    return book
  }

  return {
    /**
     * Brings a commission into a state; one that is in it already stays as it is, and one that is pending is approved on its
     * way to be paid. Throws `NOT_FOUND`, and `CONFLICT` on the status where it cannot be.
     */
    async become(status: Exclude<ShownStatus, 'PENDING'>, { merchantId, mode, number, note, method }: StatusInput, acting: Acting): Promise<CommissionState> {
      const { commission: { id, status: before } } = await find(merchantId, number, mode)
      const named = { merchantId, mode, names: [id] }
      const change = {
        APPROVED: () => commissions.approve(named, acting),
        REJECTED: () => commissions.reject({ ...named, reason: 'denied', note }, acting),
        PAID: () => settlements.pay({ ...named, method, note }, acting),
      }[status]
      const isSo = shownStatus(before) === status
      if (!isSo) {
        try {
          await change()
        } catch (error) {
          // Another call may have done it meanwhile.
          if (!(error instanceof DomainError) || error.code !== 'CONFLICT') throw error
          if (shownStatus((await find(merchantId, number, mode)).commission.status) !== status) throw new DomainError('CONFLICT', error.message, { issues: [{ path: ['status'], message: error.message }], cause: error })
        }
      }
      const book = await find(merchantId, number, mode)
      const { conversionId } = book.commission
      const order = conversionId === null ? null : (await findConversion(deps, { merchantId, order: conversionId })).order
      return { commission: book.commission, order, paidAtMs: paidAt(book), updatedAtMs: isSo ? changedAt(book) : deps.now() }
    },
  }
}

const paidAt = ({ commission, moves }: CommissionBook): number | null => (commission.status === 'PAID' ? (moves.findLast(({ event }) => event === 'payout_paid')?.atMs ?? null) : null)

const changedAt = ({ commission, transactions, adjustments, moves }: CommissionBook): number => Math.max(commission.bookedAtMs, ...[...transactions, ...adjustments, ...moves].map(({ atMs }) => atMs))
