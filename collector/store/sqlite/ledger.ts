import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Account, LedgerEvent, NumberedTransaction, Posting, Transaction } from '../../../shared/engine/ledger.ts'
import { sequences } from './sequences.ts'

interface TransactionRow { merchant_id: number; id: string; mode: Mode; event: LedgerEvent; commission_id: string | null; payout_id: string | null; fact_id: string | null; currency: string; at_ms: number; number: number }
export interface Balance { mode: Mode; currency: string; account: Account; affiliateId: string | null; minor: bigint }
interface EntryRow { account: Account; affiliate_id: string | null; minor: number }

/** The book: written once, never changed; the database itself refuses anything else. */
export function ledgerStore(db: Database) {
  // Numbered as they are written: two of one millisecond have an order, too.
  const next = sequences(db)
  const insertEntry = db.prepare('insert into ledger_entries (merchant_id, transaction_id, line, account, affiliate_id, minor) values (?, ?, ?, ?, ?, ?)')
  // The transaction's own row comes last: it seals the entries, and is refused unless they sum to zero.
  const seal = db.prepare('insert into ledger_transactions (merchant_id, id, mode, event, commission_id, payout_id, fact_id, currency, at_ms, number) values (:merchantId, :id, :mode, :event, :commissionId, :payoutId, :factId, :currency, :atMs, :number)')
  const ofCommission = db.prepare<[number, string], TransactionRow>('select * from ledger_transactions where merchant_id = ? and commission_id = ? order by number')
  const entriesOf = db.prepare<[number, string], EntryRow>('select account, affiliate_id, minor from ledger_entries where merchant_id = ? and transaction_id = ? order by line')
  const ofPayout = db.prepare<[number, string], TransactionRow>('select * from ledger_transactions where merchant_id = ? and payout_id = ? order by number')
  const balanceOf = db.prepare<[number, string, string, string, string], string>('select minor from balances where merchant_id = ? and mode = ? and currency = ? and account = ? and affiliate_id = ?').pluck()
  const owed = db.prepare<[number, string, string], { affiliate_id: string; minor: string }>("select affiliate_id, minor from balances where merchant_id = ? and mode = ? and currency = ? and account = 'clawback' and minor <> '0'")
  const setBalance = db.prepare('insert into balances (merchant_id, mode, currency, account, affiliate_id, minor) values (?, ?, ?, ?, ?, ?) on conflict do update set minor = excluded.minor')
  const allBalances = db.prepare<[number], { mode: Mode; currency: string; account: Account; affiliate_id: string; minor: string }>('select mode, currency, account, affiliate_id, minor from balances where merchant_id = ? order by mode, currency, account, affiliate_id')

  const postingsOf = (row: TransactionRow): Posting[] => entriesOf.all(row.merchant_id, row.id).map(({ account, affiliate_id, minor }) => ({ account, affiliateId: affiliate_id, minor }))
  const transactionOf = (row: TransactionRow): NumberedTransaction => ({
    merchantId: row.merchant_id, id: row.id, number: row.number, mode: row.mode, event: row.event, commissionId: row.commission_id, payoutId: row.payout_id, factId: row.fact_id,
    currency: row.currency, atMs: row.at_ms, postings: postingsOf(row),
  })
  const balance = ({ merchantId, mode, currency }: Pick<Transaction, 'merchantId' | 'mode' | 'currency'>, account: Account, affiliateId: string | null): bigint => BigInt(balanceOf.get(merchantId, mode, currency, account, affiliateId ?? '') ?? 0)

  return {
    add({ postings, ...transaction }: Transaction): void {
      const { merchantId, mode, currency } = transaction
      postings.forEach(({ account, affiliateId, minor }, line) => {
        insertEntry.run(merchantId, transaction.id, line, account, affiliateId, minor)
        setBalance.run(merchantId, mode, currency, account, affiliateId ?? '', String(balance(transaction, account, affiliateId) + BigInt(minor)))
      })
      seal.run({ ...transaction, number: next(merchantId, 'transaction') })
    },
    ofCommission: (merchantId: number, commissionId: string): NumberedTransaction[] => ofCommission.all(merchantId, commissionId).map(transactionOf),
    ofPayout: (merchantId: number, payoutId: string): NumberedTransaction[] => ofPayout.all(merchantId, payoutId).map(transactionOf),
    balance,
    /** What affiliates owe, by their ids. */
    owed: ({ merchantId, mode, currency }: Pick<Transaction, 'merchantId' | 'mode' | 'currency'>): ReadonlyMap<string, bigint> => new Map(owed.all(merchantId, mode, currency).map(({ affiliate_id, minor }) => [affiliate_id, BigInt(minor)])),
    balances: (merchantId: number): Balance[] => allBalances.all(merchantId).map(({ affiliate_id, minor, ...account }) => ({ ...account, affiliateId: affiliate_id || null, minor: BigInt(minor) })),
  }
}
