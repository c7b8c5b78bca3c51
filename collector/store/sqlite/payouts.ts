import type { Database } from 'better-sqlite3'
import type { Mode } from '../../../shared/domain.ts'
import type { Payout, PayoutStatus } from '../../../shared/engine/payout.ts'
import type { PayoutFilter } from '../queries.ts'
import { sequences } from './sequences.ts'

interface PayoutRow {
  merchant_id: number
  id: string
  number: number
  mode: Mode
  affiliate_id: string
  currency: string
  gross_minor: number
  netted_minor: number
  status: PayoutStatus
  method: string | null
  note: string | null
  made_at_ms: number
  paid_at_ms: number | null
  ended_at_ms: number | null
}

export type NumberedPayout = Payout & { number: number }

/** Payouts, and which commissions they hold. */
export function payoutStore(db: Database) {
  const next = sequences(db)
  const insert = db.prepare(`
    insert into payouts (merchant_id, id, number, mode, affiliate_id, currency, gross_minor, netted_minor, status, method, note, made_at_ms, paid_at_ms, ended_at_ms)
    values (:merchantId, :id, :number, :mode, :affiliateId, :currency, :grossMinor, :nettedMinor, :status, :method, :note, :madeAtMs, :paidAtMs, :endedAtMs)
  `)
  const hold = db.prepare('insert into payout_commissions (merchant_id, payout_id, commission_id) values (?, ?, ?)')
  const update = db.prepare('update payouts set status = :status, paid_at_ms = :paidAtMs, ended_at_ms = :endedAtMs where merchant_id = :merchantId and id = :id')
  const byId = db.prepare<[number, string], PayoutRow>('select * from payouts where merchant_id = ? and id = ?')
  const byNumber = db.prepare<[number, number], PayoutRow>('select * from payouts where merchant_id = ? and number = ?')
  const listed = db.prepare<[Record<string, unknown>], PayoutRow>(`
    select * from payouts where merchant_id = :merchantId and number > :afterNumber and (:affiliateId is null or affiliate_id = :affiliateId) and (:status is null or status = :status)
    order by number limit :limit
  `)
  const noted = db.prepare<[number, string, string], PayoutRow>('select * from payouts where merchant_id = ? and affiliate_id = ? and note = ? order by number')
  const held = db.prepare<[number, string], string>('select p.commission_id from payout_commissions p join commissions m on m.merchant_id = p.merchant_id and m.id = p.commission_id where p.merchant_id = ? and p.payout_id = ? order by m.number').pluck()

  const payoutOf = (row: PayoutRow): NumberedPayout => ({
    id: row.id, number: row.number, merchantId: row.merchant_id, mode: row.mode, affiliateId: row.affiliate_id, currency: row.currency, grossMinor: row.gross_minor, nettedMinor: row.netted_minor,
    status: row.status, commissionIds: held.all(row.merchant_id, row.id), method: row.method, note: row.note, madeAtMs: row.made_at_ms, paidAtMs: row.paid_at_ms, endedAtMs: row.ended_at_ms,
  })

  return {
    add({ commissionIds, ...payout }: Payout): void {
      insert.run({ ...payout, number: next(payout.merchantId, 'payout') })
      for (const commissionId of commissionIds) hold.run(payout.merchantId, payout.id, commissionId)
    },
    change: ({ merchantId, id, status, paidAtMs, endedAtMs }: Payout) => update.run({ merchantId, id, status, paidAtMs, endedAtMs }),
    /** By id, or by its number. */
    named(merchantId: number, name: string): NumberedPayout | undefined {
      const row = byId.get(merchantId, name) ?? (/^\d{1,15}$/.test(name) ? byNumber.get(merchantId, Number(name)) : undefined)
      return row && payoutOf(row)
    },
    /** An affiliate's payout with exactly this note. */
    noted(merchantId: number, affiliateId: string, note: string): NumberedPayout[] {
      return noted.all(merchantId, affiliateId, note).map(payoutOf)
    },
    list: ({ affiliateId, status, ...page }: PayoutFilter): NumberedPayout[] => listed.all({ ...page, affiliateId: affiliateId ?? null, status: status ?? null }).map(payoutOf),
  }
}
