import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CommissionStatus, RejectionReason } from '../../shared/domain.ts'
import { approve, conversionStatus, mayBecome, reject } from '../../shared/engine/lifecycle.ts'
import { postingsOf } from '../../shared/engine/ledger.ts'
import { commission, countedIds, eur, holds, ORDER_MS, shuffled } from './builders.ts'

const STATUSES: CommissionStatus[] = ['PENDING', 'APPROVED', 'IN_PAYOUT', 'PAID', 'REJECTED']
const at = () => ({ nowMs: ORDER_MS + 1, newId: countedIds() })

test.each<[CommissionStatus, CommissionStatus[]]>([
  ['PENDING', ['APPROVED', 'REJECTED']], ['APPROVED', ['IN_PAYOUT', 'REJECTED']], ['IN_PAYOUT', ['APPROVED', 'PAID']], ['PAID', ['APPROVED']], ['REJECTED', []],
])('from %s a commission may become %j and nothing else', (from, to) => {
  expect(STATUSES.filter((status) => mayBecome(from, status))).toEqual(to)
})

test('approving a pending commission makes it payable', () => {
  const approved = commission({ status: 'APPROVED' })
  const { entries, result } = approve(commission(), at())
  expect(result).toEqual({ changed: true, commission: approved })
  expect(entries).toEqual([
    { kind: 'commission_change', commission: approved, atMs: ORDER_MS + 1 },
    { kind: 'transaction', transaction: { id: 'txn_1', merchantId: 1, mode: 'live', event: 'approved', commissionId: 'cmm_1', payoutId: null, factId: null, currency: 'EUR', atMs: ORDER_MS + 1, postings: postingsOf('approved', 'aff_ana', 1000) } },
  ])
})

test.each<[CommissionStatus, string, RejectionReason]>([
  ['PENDING', 'rejected_pending', 'denied'], ['APPROVED', 'rejected_approved', 'refunded'], ['PENDING', 'rejected_pending', 'unqualified'],
])('a %s commission is rejected through %s, with its reason', (status, event, reason) => {
  const { entries, result } = reject(commission({ status }), reason, at())
  expect(result).toEqual({ changed: true, commission: commission({ status: 'REJECTED', reason }) })
  expect(entries).toMatchObject([{ kind: 'commission_change', commission: { status: 'REJECTED', reason } }, { kind: 'transaction', transaction: { event } }])
})

test.each<CommissionStatus>(['APPROVED', 'IN_PAYOUT', 'PAID', 'REJECTED'])('a commission that is %s is not approved again', (status) => {
  const held = commission({ status })
  expect(approve(held, at())).toEqual({ entries: [], result: { changed: false, commission: held, refused: 'WRONG_STATE' } })
})

test.each<CommissionStatus>(['IN_PAYOUT', 'PAID', 'REJECTED'])('a commission that is %s is not rejected', (status) => {
  const held = commission({ status })
  expect(reject(held, 'denied', at())).toEqual({ entries: [], result: { changed: false, commission: held, refused: 'WRONG_STATE' } })
})

test('a commission of nothing changes its state and moves no money', () => {
  const kinds = [approve(commission({ amount: eur(0) }), at()), reject(commission({ amount: eur(0) }), 'denied', at())].map(({ entries }) => entries.map(({ kind }) => kind))
  expect(kinds).toEqual([['commission_change'], ['commission_change']])
})

test.each<[string, CommissionStatus[], string]>([
  ['without a commission it is pending', [], 'PENDING'], ['one pending commission makes it pending', ['PAID', 'APPROVED', 'PENDING'], 'PENDING'],
  ['approved, if the other is paid', ['PAID', 'APPROVED'], 'APPROVED'], ['a payout under way is still approved', ['IN_PAYOUT', 'PAID'], 'APPROVED'],
  ['paid only when all are', ['PAID', 'PAID'], 'PAID'], ['a rejected one does not count beside another', ['REJECTED', 'PAID'], 'PAID'],
  ['nor beside a pending one', ['REJECTED', 'PENDING'], 'PENDING'], ['rejected only when all are', ['REJECTED', 'REJECTED'], 'REJECTED'],
])('the status of a conversion: %s', (_name, statuses, shown) => {
  expect(conversionStatus(statuses.map((status) => ({ status })))).toBe(shown)
})

test.each<[string, boolean, string]>([['one that nobody won is pending', false, 'PENDING'], ['an attributed one that pays nobody is rejected', true, 'REJECTED']])('without a commission: %s', (_name, attributed, shown) => {
  expect(conversionStatus([], attributed)).toBe(shown)
})

test('a conversion\'s status is that of its least advanced commission, in whatever order they stand', () => {
  const advance = ['PENDING', 'APPROVED', 'IN_PAYOUT', 'PAID', 'REJECTED']
  const some = fc.array(fc.constantFrom(...STATUSES), { minLength: 1, maxLength: 5 })
  holds(fc.property(some.chain((statuses) => fc.tuple(fc.constant(statuses), shuffled(statuses))), ([statuses, moved]) => {
    const least = advance[Math.min(...statuses.map((status) => advance.indexOf(status)))]
    expect(conversionStatus(moved.map((status) => ({ status })))).toBe(least === 'IN_PAYOUT' ? 'APPROVED' : least)
  }))
})
