import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Commission } from '../../shared/domain.ts'
import { postingsOf, transactionOf, type LedgerEvent, type Transaction } from '../../shared/engine/ledger.ts'
import { commission, eur, holds, ORDER_MS } from './builders.ts'

const EVENTS: LedgerEvent[] = ['booked', 'approved', 'rejected_pending', 'rejected_approved']

test.each<[LedgerEvent, [account: string, affiliateId: string | null, minor: number][]]>([
  ['booked', [['expense', null, 1000], ['pending', 'aff_ana', -1000]]],
  ['approved', [['pending', 'aff_ana', 1000], ['payable', 'aff_ana', -1000]]],
  ['rejected_pending', [['pending', 'aff_ana', 1000], ['expense', null, -1000]]],
  ['rejected_approved', [['payable', 'aff_ana', 1000], ['expense', null, -1000]]],
])('%s moves money as the posting table says', (event, legs) => {
  expect(postingsOf(event, 'aff_ana', 1000).map(({ account, affiliateId, minor }) => [account, affiliateId, minor])).toEqual(legs)
})

test('a transaction carries whose money it moves, why and when', () => {
  const booked = commission({ mode: 'test', amount: { minor: 8165, currency: 'KWD' } })
  expect(transactionOf('booked', booked, { id: 'txn_1', atMs: ORDER_MS })).toEqual([{
    id: 'txn_1', merchantId: 1, mode: 'test', event: 'booked', commissionId: 'cmm_1', currency: 'KWD', atMs: ORDER_MS,
    postings: [{ account: 'expense', affiliateId: null, minor: 8165 }, { account: 'pending', affiliateId: 'aff_ana', minor: -8165 }],
  }])
})

test.each(EVENTS)('where nothing moves, nothing is written: %s', (event) => {
  expect(transactionOf(event, commission({ amount: eur(0) }), { id: 'txn_1', atMs: ORDER_MS })).toEqual([])
})

const amounts = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test('every transaction sums to zero', () => {
  holds(fc.property(fc.constantFrom(...EVENTS), amounts, (event, minor) => {
    expect(postingsOf(event, 'aff_ana', minor).reduce((sum, posting) => sum + BigInt(posting.minor), 0n)).toBe(0n)
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

const after = (events: LedgerEvent[], booked: Commission): Record<string, bigint> => balances(events.flatMap((event) => transactionOf(event, booked, { id: event, atMs: ORDER_MS })))

test.each<[string, LedgerEvent[], (minor: bigint) => Record<string, bigint>]>([
  ['a booked commission is an expense that is pending', ['booked'], (minor) => ({ 'expense': minor, 'pending aff_ana': -minor })],
  ['an approved one is payable', ['booked', 'approved'], (minor) => ({ 'expense': minor, 'payable aff_ana': -minor })],
  ['rejected while pending, nothing is left', ['booked', 'rejected_pending'], () => ({})],
  ['rejected after its approval, nothing is left', ['booked', 'approved', 'rejected_approved'], () => ({})],
])('%s', (_name, events, expected) => {
  holds(fc.property(amounts, (minor) => {
    expect(after(events, commission({ amount: eur(minor) }))).toEqual(expected(BigInt(minor)))
  }))
})
