import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Commission } from '../../shared/domain.ts'
import { PAYOUT_EVENTS, payoutPostings, postingsOf, transactionOf, type CommissionEvent, type PayoutEvent, type Transaction } from '../../shared/engine/ledger.ts'
import { commission, eur, holds, ORDER_MS } from './builders.ts'

type Legs = [account: string, affiliateId: string | null, minor: number][]
/** The posting table of ENGINE section 6, for an amount of 1000. */
const TABLE: [CommissionEvent, Legs][] = [
  ['booked', [['expense', null, 1000], ['pending', 'aff_ana', -1000]]],
  ['approved', [['pending', 'aff_ana', 1000], ['payable', 'aff_ana', -1000]]],
  ['rejected_pending', [['pending', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['rejected_approved', [['payable', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['refunded_pending', [['pending', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['refunded_approved', [['payable', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['refunded_settled', [['clawback', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['raised_pending', [['expense', null, 1000], ['pending', 'aff_ana', -1000]]],
  ['raised_approved', [['expense', null, 1000], ['payable', 'aff_ana', -1000]]],
  ['lowered_pending', [['pending', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['lowered_approved', [['payable', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['lowered_settled', [['clawback', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['credited', [['expense', null, 1000], ['payable', 'aff_ana', -1000]]],
  ['debited_pending', [['pending', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['debit_rejected', [['expense', null, 1000], ['pending', 'aff_ana', -1000]]],
  ['debit_approved', [['clawback', 'aff_ana', 1000], ['pending', 'aff_ana', -1000]]],
  ['debited', [['clawback', 'aff_ana', 1000], ['expense', null, -1000]]],
]
const EVENTS = TABLE.map(([event]) => event)

test.each(TABLE)('%s moves money as the posting table says', (event, legs) => {
  expect(postingsOf(event, 'aff_ana', 1000).map(({ account, affiliateId, minor }) => [account, affiliateId, minor])).toEqual(legs)
})

test.each<[PayoutEvent, number, Legs]>([
  ['payout_made', 400, [['payable', 'aff_ana', 1000], ['clawback', 'aff_ana', -400], ['settling', 'aff_ana', -600]]],
  ['payout_paid', 400, [['settling', 'aff_ana', 600], ['cash', null, -600]]],
  ['payout_cancelled', 400, [['payable', 'aff_ana', -1000], ['clawback', 'aff_ana', 400], ['settling', 'aff_ana', 600]]],
  ['payout_undone', 400, [['payable', 'aff_ana', -1000], ['clawback', 'aff_ana', 400], ['cash', null, 600]]],
  ['payout_made', 0, [['payable', 'aff_ana', 1000], ['settling', 'aff_ana', -1000]]],
  ['payout_undone', 0, [['payable', 'aff_ana', -1000], ['cash', null, 1000]]],
])('%s of 1000 net of %d moves money as the posting table says', (event, nettedMinor, legs) => {
  expect(payoutPostings(event, 'aff_ana', { grossMinor: 1000, nettedMinor }).map(({ account, affiliateId, minor }) => [account, affiliateId, minor])).toEqual(legs)
})

test('a transaction carries whose money it moves, why and when', () => {
  const booked = commission({ mode: 'test', amount: { minor: 8165, currency: 'KWD' } })
  expect(transactionOf('booked', booked, { id: 'txn_1', atMs: ORDER_MS, minor: 8165, factId: 'rfn_1' })).toEqual([{
    id: 'txn_1', merchantId: 1, mode: 'test', event: 'booked', commissionId: 'cmm_1', payoutId: null, factId: 'rfn_1', currency: 'KWD', atMs: ORDER_MS,
    postings: [{ account: 'expense', affiliateId: null, minor: 8165 }, { account: 'pending', affiliateId: 'aff_ana', minor: -8165 }],
  }])
})

test.each(EVENTS)('where nothing moves, nothing is written: %s', (event) => {
  expect(transactionOf(event, commission(), { id: 'txn_1', atMs: ORDER_MS, minor: 0 })).toEqual([])
})

const amounts = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test('every transaction sums to zero', () => {
  holds(fc.property(fc.constantFrom(...EVENTS), amounts, (event, minor) => {
    expect(postingsOf(event, 'aff_ana', minor).reduce((sum, posting) => sum + BigInt(posting.minor), 0n)).toBe(0n)
  }))
  const payouts = amounts.chain((grossMinor) => fc.record({ grossMinor: fc.constant(grossMinor), nettedMinor: fc.nat(grossMinor) }))
  holds(fc.property(fc.constantFrom(...PAYOUT_EVENTS), payouts, (event, payout) => {
    const postings = payoutPostings(event, 'aff_ana', payout)
    expect(postings.reduce((sum, posting) => sum + BigInt(posting.minor), 0n)).toBe(0n)
    expect(postings.filter(({ minor }) => minor === 0)).toEqual([])
  }))
})

/** What each account holds after some events, those at zero left out. */
function balances(transactions: Transaction[]): Record<string, bigint> {
  const held = new Map<string, bigint>()
  for (const { account, affiliateId, minor } of transactions.flatMap(({ postings }) => postings)) {
    const key = affiliateId === null ? account : `${account} ${affiliateId}`
    held.set(key, (held.get(key) ?? 0n) + BigInt(minor))
  }
  return Object.fromEntries([...held].filter(([, minor]) => minor !== 0n))
}

const after = (events: CommissionEvent[], booked: Commission): Record<string, bigint> => balances(events.flatMap((event) => transactionOf(event, booked, { id: event, atMs: ORDER_MS, minor: booked.amount.minor })))

test.each<[string, CommissionEvent[], (minor: bigint) => Record<string, bigint>]>([
  ['a booked commission is an expense that is pending', ['booked'], (minor) => ({ 'expense': minor, 'pending aff_ana': -minor })],
  ['an approved one is payable', ['booked', 'approved'], (minor) => ({ 'expense': minor, 'payable aff_ana': -minor })],
  ['rejected while pending, nothing is left', ['booked', 'rejected_pending'], () => ({})],
  ['rejected after its approval, nothing is left', ['booked', 'approved', 'rejected_approved'], () => ({})],
])('%s', (_name, events, expected) => {
  holds(fc.property(amounts, (minor) => {
    expect(after(events, commission({ amount: eur(minor) }))).toEqual(expected(BigInt(minor)))
  }))
})
