import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Commission } from '../../shared/domain.ts'
import { ADJUSTMENTS } from '../../shared/engine/adjust.ts'
import type { Booked } from '../../shared/engine/fold.ts'
import { PAYOUT_EVENTS, type NumberedTransaction, type PayoutEvent } from '../../shared/engine/ledger.ts'
import { earningsOfAll } from '../../shared/engine/receipt.ts'
import { rebuild } from '../../shared/engine/rebuild.ts'
import { rebuildPayout, standingOfCommission, standingOfPayout } from '../../shared/engine/rebuild-payout.ts'
import { book, type Book } from './book.ts'
import { affiliate, eur, holds, HOUR_MS, MERCHANT, named, order, ORDER_MS, percent, shopWith } from './builders.ts'

const transactionsOf = (held: Book): NumberedTransaction[] => held.transactions.map((transaction, index) => ({ ...transaction, number: index + 1 }))
const isPayoutEvent = (event: string): event is PayoutEvent => PAYOUT_EVENTS.some((one) => one === event)

/** A commission with its facts, as a store would give them. */
function bookedOf(held: Book, id: string): Booked {
  const commission = held.commissions.get(id)
  if (commission === undefined) throw new Error(`there is no commission ${id}`)
  const all = transactionsOf(held)
  const conversion = commission.conversionId === null ? undefined : held.conversions.get(commission.conversionId)
  const byLine = commission.source.kind === 'raise' ? undefined : earningsOfAll(held.receipts.filter(({ conversionId }) => conversionId === commission.conversionId)).get(commission.affiliateId)?.byLine
  return {
    commission,
    adjustments: held.adjustments.filter(({ commissionId }) => commissionId === id),
    transactions: all.filter(({ commissionId }) => commissionId === id),
    moves: [...held.payouts.values()].filter(({ commissionIds }) => commissionIds.includes(id)).flatMap(({ id: payoutId, affiliateId, mode, currency }) => all.flatMap(({ number, event, payoutId: about }) => (about === payoutId && isPayoutEvent(event) ? { number, event, payoutId, affiliateId, mode, currency } : []))),
    raises: [...held.commissions.values()].filter(({ source }) => source.kind === 'raise' && source.commissionId === id).map((raise) => ({ commission: raise, transactions: all.filter(({ commissionId }) => commissionId === raise.id) })),
    order: conversion === undefined || byLine === undefined ? undefined : { order: conversion.order, refunds: conversion.refunds, byLine },
  }
}

const differencesIn = (held: Book): string[] => [
  ...[...held.commissions.keys()].flatMap((id) => rebuild(bookedOf(held, id)).differences),
  ...[...held.payouts.values()].flatMap((payout) => rebuildPayout(payout, transactionsOf(held).filter(({ payoutId }) => payoutId === payout.id))),
]

/** What the accounts must hold by the states of commissions and payouts. */
function standing(held: Book): Record<string, number> {
  const sums = new Map<string, number>()
  const add = (account: string, affiliateId: string, minor: number): void => {
    const key = account === 'expense' || account === 'cash' ? account : `${account} ${affiliateId.replace('aff_', '')}`
    sums.set(key, (sums.get(key) ?? 0) + minor)
  }
  for (const commission of held.commissions.values()) for (const { account, minor } of standingOfCommission(commission)) add(account, commission.affiliateId, minor)
  for (const payout of held.payouts.values()) for (const { account, minor } of standingOfPayout(payout)) add(account, payout.affiliateId, minor)
  return Object.fromEntries([...sums].filter(([, minor]) => minor !== 0))
}

const setting = () => shopWith({ model: 'linear', rate: percent('3') }, { affiliates: ['ana', 'ben', 'cleo'].map((one) => affiliate(one)) })

/** One thing that somebody does; what cannot be done is refused, and changes nothing. */
interface Act {
  kind: 'refund' | 'full' | 'approve' | 'reject' | 'adjust' | 'pay' | 'paid' | 'cancelled' | 'undone' | 'credit' | 'credit order' | 'debit'
  which: number
  minor: number
}

const ACTS: Act['kind'][] = ['refund', 'refund', 'full', 'approve', 'approve', 'approve', 'reject', 'adjust', 'adjust', 'adjust', 'pay', 'pay', 'paid', 'cancelled', 'undone', 'credit', 'credit order', 'debit']
const act: fc.Arbitrary<Act> = fc.record({ kind: fc.constantFrom(...ACTS), which: fc.nat(11), minor: fc.oneof(fc.nat(60), fc.nat(400)) })
const LINES = [{ sku: 'TEE', quantity: 1, minor: 700 }, { sku: 'MUG', quantity: 3, minor: 300 }, { sku: 'PIN', quantity: 2, minor: 0 }]

function run(acts: Act[], amounts: number[]): Book {
  const held = book(setting())
  amounts.forEach((minor, index) => held.report(order({ id: `cnv_${index}`, externalId: `o-${index}`, amount: eur(minor), lines: minor % 2 === 1 ? LINES : [] }), named({ code: index % 2 === 0 ? 'ana' : 'ben' })))
  acts.forEach((one, index) => perform(held, one, ORDER_MS + index * HOUR_MS))
  return held
}

function perform(held: Book, { kind, which, minor }: Act, nowMs: number): void {
  const pick = <T>(items: Iterable<T>): T | undefined => [...items][which % Math.max(1, [...items].length)]
  const commission = pick(held.commissions.values())
  const conversion = pick(held.conversions.values())
  const payout = pick(held.payouts.values())
  if (commission === undefined || conversion === undefined) return
  const request = { merchantId: MERCHANT, mode: 'live', affiliateId: commission.affiliateId, campaignId: null, approved: which % 2 === 0, note: null } as const
  const key = `${kind}-${nowMs}`
  switch (kind) {
    case 'refund': held.refund(conversion, { id: `rfn_${nowMs}`, key, request: which % 3 === 0 && conversion.order.lines.length > 0 ? { kind: 'items', items: [{ sku: which % 2 === 0 ? 'MUG' : 'PIN', quantity: 1 }] } : { kind: 'amount', minor }, reason: null }, nowMs); return
    case 'full': held.refund(conversion, { id: `rfn_${nowMs}`, key, request: { kind: 'full' }, reason: null }, nowMs); return
    case 'approve': held.approve(commission, nowMs); return
    case 'reject': held.reject(commission, which % 2 === 0 ? 'denied' : 'unqualified', nowMs); return
    case 'adjust': held.adjust(commission, { id: `adj_${nowMs}`, type: ADJUSTMENTS[which % 3] ?? 'BONUS', minor, reason: null }, nowMs); return
    case 'pay': held.pay(commission.affiliateId, nowMs); return
    case 'paid': if (payout) held.changePayout('payout_paid', payout, nowMs); return
    case 'cancelled': if (payout) held.changePayout('payout_cancelled', payout, nowMs); return
    case 'undone': if (payout) held.changePayout('payout_undone', payout, nowMs); return
    case 'credit': held.credit({ ...request, amount: eur(minor + 1) }, nowMs); return
    case 'debit': held.credit({ ...request, amount: eur(-minor - 1) }, nowMs); return
    case 'credit order': held.creditOrder(conversion, { affiliateId: `aff_${['ana', 'ben', 'cleo'][which % 3]}`, approved: which % 2 === 0, transfer: minor % 2 === 0, note: null }, nowMs)
  }
}

const histories = fc.tuple(fc.array(act, { maxLength: 40 }), fc.array(fc.oneof(fc.nat(40), fc.nat(2000)), { minLength: 1, maxLength: 4 }))

test('whatever happens, each commission and payout is what its facts make of it', () => {
  holds(fc.property(histories, ([acts, amounts]) => {
    expect(differencesIn(run(acts, amounts))).toEqual([])
  }), 1500)
})

test('whatever happens, the accounts hold what commissions and payouts say', () => {
  holds(fc.property(histories, ([acts, amounts]) => {
    const held = run(acts, amounts)
    expect(standing(held)).toEqual(held.balances())
  }))
})

test('no amount and no state of a commission can be changed unseen', () => {
  const changes: ((commission: Commission) => Partial<Commission>)[] = [
    ({ totalMinor }) => ({ totalMinor: totalMinor + 1 }), ({ clawedMinor }) => ({ clawedMinor: clawedMinor + 1 }), ({ openMinor }) => ({ openMinor: openMinor + 1 }),
    ({ amount }) => ({ amount: { ...amount, minor: amount.minor + 1 } }), ({ amount }) => ({ amount: { ...amount, currency: 'USD' } }), () => ({ affiliateId: 'aff_x' }), () => ({ mode: 'test' }),
    ({ status }) => ({ status: status === 'PAID' ? 'APPROVED' : 'PAID' }),
  ]
  holds(fc.property(histories, fc.nat(20), fc.constantFrom(...changes), ([acts, amounts], which, change) => {
    const held = run(acts, amounts)
    const commission = [...held.commissions.values()][which % Math.max(1, held.commissions.size)]
    fc.pre(commission !== undefined && commission.amount.minor !== 0)
    if (commission === undefined) return
    held.commissions.set(commission.id, { ...commission, ...change(commission) })
    expect(differencesIn(held)).not.toEqual([])
  }))
})

test('no transaction of a commission can be lost, or booked twice, unseen', () => {
  holds(fc.property(histories, fc.nat(99), fc.boolean(), ([acts, amounts], which, twice) => {
    const held = run(acts, amounts)
    const own = held.transactions[which % Math.max(1, held.transactions.length)]
    fc.pre(own !== undefined)
    if (own === undefined) return
    held.transactions.splice(held.transactions.indexOf(own), twice ? 0 : 1, ...(twice ? [own] : []))
    expect(differencesIn(held)).not.toEqual([])
  }))
})

describe('what was worth nothing changes its state without a transaction', () => {
  test.each([
    ['approved', (held: Book, one: Commission) => held.approve(one, ORDER_MS + 1), 'APPROVED'],
    ['rejected', (held: Book, one: Commission) => held.reject(one, 'denied', ORDER_MS + 1), 'REJECTED'],
  ] as const)('%s', (_what, change, status) => {
    const held = run([], [0])
    const [commission] = held.commissions.values()
    if (commission === undefined) throw new Error('nothing was booked')
    change(held, commission)
    const { commission: rebuilt, differences } = rebuild(bookedOf(held, commission.id))
    expect([rebuilt.status, differences, held.transactions]).toEqual([status, [], []])
  })
})

test('what a payout took over is told', () => {
  const held = run([{ kind: 'approve', which: 0, minor: 0 }, { kind: 'pay', which: 0, minor: 0 }], [2000])
  const [commission] = held.commissions.values()
  expect(rebuild(bookedOf(held, commission?.id ?? '')).gross).toEqual(new Map([[[...held.payouts.keys()][0], 60]]))
})
