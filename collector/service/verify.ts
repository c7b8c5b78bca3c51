import { isDeepStrictEqual } from 'node:util'
import type { Commission } from '../../shared/domain.ts'
import { postingsOf, type LedgerEvent, type Transaction } from '../../shared/engine/ledger.ts'
import { judge, type Receipt } from '../../shared/engine/receipt.ts'
import type { BookPage, ConversionRecord } from '../store/store.ts'
import type { Deps } from './deps.ts'

/** Conversions that are checked at a time. */
const PAGE = 500

/** A row that is not as it must be, and the command that shows it. */
export interface Problem {
  merchantId: number
  what: string
  look: string
}

export interface Verified {
  ok: boolean
  conversions: number
  entries: number
  problems: Problem[]
}

/** The ledger events that lead to each state of a commission above zero; any one of the lists. */
const HISTORY: Record<Commission['status'], LedgerEvent[][]> = {
  PENDING: [['booked']],
  APPROVED: [['booked', 'approved']],
  IN_PAYOUT: [],
  PAID: [],
  REJECTED: [['booked', 'rejected_pending'], ['booked', 'approved', 'rejected_approved']],
}

/** Balances by account, as BigInt: a sum of safe integers need not be one. */
type Balances = Map<string, bigint>

/**
 * Re-derives everything that was decided from what it was decided on, and names every row that differs
 * (ENGINE section 6). Reads in pages and writes nothing; `progress` is told how many conversions were checked.
 */
export async function verify({ store }: Pick<Deps, 'store'>, progress: (checked: number) => void = () => undefined): Promise<Verified> {
  const problems: Problem[] = []
  let conversions = 0
  let entries = 0
  for (const merchantId of store.directory().merchants.keys()) {
    const balances: Balances = new Map()
    const expected: Balances = new Map()
    const lastNumber = await store.read('lastNumber', { merchantId })
    for (let afterNumber = 0; afterNumber < lastNumber;) {
      const { page, unreadable } = await readPage(store, { merchantId, afterNumber })
      if (unreadable !== undefined) problems.push({ merchantId, what: unreadable, look: `refledger conversion show ${afterNumber + 1}` })
      const byCommission = Map.groupBy(page.transactions, ({ commissionId }) => commissionId)
      for (const record of page.conversions) {
        const look = `refledger conversion show ${record.order.id}`
        const report = (what: string): number => problems.push({ merchantId, what, look })
        checkReceipts(record, report)
        for (const commission of record.commissions) {
          const transactions = byCommission.get(commission.id) ?? []
          entries += transactions.reduce((sum, { postings }) => sum + postings.length, 0)
          checkTransactions(commission, transactions, report)
          for (const transaction of transactions) book(balances, transaction)
          expect(expected, commission)
        }
      }
      conversions += page.conversions.length
      progress(conversions)
      afterNumber = page.conversions.at(-1)?.number ?? afterNumber + 1
    }
    for (const what of await store.read('strays', { merchantId })) problems.push({ merchantId, what, look: 'refledger verify --json' })
    for (const what of differences(balances, expected)) problems.push({ merchantId, what, look: 'refledger verify --json' })
  }
  return { ok: problems.length === 0, conversions, entries, problems }
}

/** A page of the book; when a row of it cannot be read, the next conversion alone, so that the row is named and the rest is still checked. */
async function readPage(store: Deps['store'], at: { merchantId: number; afterNumber: number }): Promise<{ page: BookPage; unreadable?: string }> {
  try {
    return { page: await store.read('book', { ...at, limit: PAGE }) }
  } catch {
    // Which row it was tells the next reading, of one conversion.
  }
  try {
    return { page: await store.read('book', { ...at, limit: 1 }) }
  } catch (error) {
    return { page: { conversions: [], transactions: [] }, unreadable: `conversion number ${at.afterNumber + 1} or what belongs to it cannot be read: ${String(error)}` }
  }
}

function checkReceipts({ order, receipts, attributed, commissions }: ConversionRecord, report: (what: string) => void): void {
  if (receipts.length === 0) report(`conversion ${order.id} has no receipt`)
  for (const receipt of receipts) checkReceipt(receipt, order, report)
  const deciding = receipts.find(({ outcome }) => outcome.attributed)
  if (attributed !== (deciding !== undefined)) report(`conversion ${order.id} is ${attributed ? '' : 'not '}marked attributed, its receipts say otherwise`)
  const earned = (deciding?.outcome.earnings ?? []).map(({ affiliateId, campaignId, amount }) => ({ affiliateId, campaignId, amount, mode: order.mode }))
  const booked = commissions.map(({ affiliateId, campaignId, amount, mode }) => ({ affiliateId, campaignId, amount, mode }))
  if (!isDeepStrictEqual(booked, earned)) report(`commissions of ${order.id} differ from its receipt`)
}

function checkReceipt({ id, engine, inputs, outcome }: Receipt, order: ConversionRecord['order'], report: (what: string) => void): void {
  const { kind, mode, amount, occurredAtMs, receivedAtMs } = order
  if (!isDeepStrictEqual(inputs.order, { kind, mode, amount, occurredAtMs, receivedAtMs })) report(`receipt ${id} is about another order than ${order.id}`)
  try {
    if (!isDeepStrictEqual(judge(inputs, engine), outcome)) report(`receipt ${id} of ${order.id} does not follow from what it was decided on`)
  } catch (error) {
    report(`receipt ${id} of ${order.id} cannot be judged again: ${String(error)}`)
  }
}

function checkTransactions(commission: Commission, transactions: Transaction[], report: (what: string) => void): void {
  for (const { id, event, mode, currency, postings } of transactions) {
    if (postings.reduce((sum, { minor }) => sum + BigInt(minor), 0n) !== 0n) report(`ledger transaction ${id} does not sum to zero`)
    const right = mode === commission.mode && currency === commission.amount.currency && isDeepStrictEqual(postings, postingsOf(event, commission.affiliateId, commission.amount.minor))
    if (!right) report(`ledger transaction ${id} does not book what "${event}" means for commission ${commission.id}`)
  }
  const events = transactions.map(({ event }) => event)
  const allowed = commission.amount.minor === 0 ? [[]] : HISTORY[commission.status]
  if (!allowed.some((history) => isDeepStrictEqual(history, events))) report(`commission ${commission.id} is ${commission.status}, its ledger says: ${events.join(', ') || 'nothing'}`)
}

const add = (balances: Balances, key: string, minor: bigint): unknown => balances.set(key, (balances.get(key) ?? 0n) + minor)
const keyOf = (mode: string, currency: string, account: string, affiliateId: string | null): string => [mode, currency, account, affiliateId ?? 'merchant'].join(' ')

function book(balances: Balances, { mode, currency, postings }: Transaction): void {
  for (const { account, affiliateId, minor } of postings) add(balances, keyOf(mode, currency, account, affiliateId), BigInt(minor))
}

/** What the accounts must hold for a commission in its state. */
function expect(expected: Balances, { mode, amount, affiliateId, status }: Commission): void {
  if (status === 'REJECTED') return
  add(expected, keyOf(mode, amount.currency, 'expense', null), BigInt(amount.minor))
  add(expected, keyOf(mode, amount.currency, status === 'PENDING' ? 'pending' : 'payable', affiliateId), -BigInt(amount.minor))
}

function differences(balances: Balances, expected: Balances): string[] {
  return [...new Set([...balances.keys(), ...expected.keys()])].flatMap((key) => {
    const is = balances.get(key) ?? 0n
    const should = expected.get(key) ?? 0n
    return is === should ? [] : `account ${key} holds ${is}, its commissions say ${should}`
  })
}
