import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Account, LedgerEvent, Posting, Transaction } from '../../../shared/engine/ledger.ts'
import { sequences } from './sequences.ts'

interface TransactionRow { merchant_id: number; id: string; mode: Mode; event: LedgerEvent; commission_id: string; currency: string; at_ms: number }
interface EntryRow { account: Account; affiliate_id: string | null; minor: number }

/** The book: written once, never changed; the database itself refuses anything else. */
export function ledgerStore(db: Database) {
  // Numbered as they are written: two of one millisecond have an order, too.
  const next = sequences(db)
  const insertEntry = db.prepare('insert into ledger_entries (merchant_id, transaction_id, line, account, affiliate_id, minor) values (?, ?, ?, ?, ?, ?)')
  // The transaction's own row comes last: it seals the entries, and is refused unless they sum to zero.
  const seal = db.prepare('insert into ledger_transactions (merchant_id, id, mode, event, commission_id, currency, at_ms, number) values (:merchantId, :id, :mode, :event, :commissionId, :currency, :atMs, :number)')
  const ofCommission = db.prepare<[number, string], TransactionRow>('select * from ledger_transactions where merchant_id = ? and commission_id = ? order by number')
  const entriesOf = db.prepare<[number, string], EntryRow>('select account, affiliate_id, minor from ledger_entries where merchant_id = ? and transaction_id = ? order by line')
  const strays = db.prepare<[number, number], string>(`
    select 'ledger entry of unknown transaction ' || transaction_id from ledger_entries e
    where merchant_id = ? and not exists (select 1 from ledger_transactions t where t.merchant_id = e.merchant_id and t.id = e.transaction_id)
    union all
    select 'ledger transaction ' || id || ' of unknown commission ' || commission_id from ledger_transactions t
    where merchant_id = ? and not exists (select 1 from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id
      where m.merchant_id = t.merchant_id and m.id = t.commission_id)
  `).pluck()

  const postingsOf = (row: TransactionRow): Posting[] => entriesOf.all(row.merchant_id, row.id).map(({ account, affiliate_id, minor }) => ({ account, affiliateId: affiliate_id, minor }))

  return {
    add({ postings, ...transaction }: Transaction): void {
      postings.forEach(({ account, affiliateId, minor }, line) => insertEntry.run(transaction.merchantId, transaction.id, line, account, affiliateId, minor))
      seal.run({ ...transaction, number: next(transaction.merchantId, 'transaction') })
    },
    ofCommission: (merchantId: number, commissionId: string): Transaction[] => ofCommission.all(merchantId, commissionId).map((row) => ({
      merchantId, id: row.id, mode: row.mode, event: row.event, commissionId, currency: row.currency, atMs: row.at_ms, postings: postingsOf(row),
    })),
    strays: (merchantId: number): string[] => strays.all(merchantId, merchantId),
  }
}
