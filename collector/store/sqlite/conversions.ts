import type { Database } from 'better-sqlite3'
import type { Commission, CommissionStatus, Conversion, ConversionKind, Identifier, IdentifierKind, Mark, Mode, Order, RejectionReason } from '../../../shared/domain.ts'
import type { Receipt, ReceiptInputs, Outcome } from '../../../shared/engine/receipt.ts'
import type { ConversionName, ConversionRecord, DueCommission } from '../store.ts'
import { fromBlob, toBlob } from './blobs.ts'
import { sequences } from './sequences.ts'

interface ConversionRow {
  merchant_id: number
  id: string
  number: number
  mode: Mode
  kind: ConversionKind
  site: string
  external_id: string | null
  minor: number
  currency: string
  metadata: string | null
  attributed: number
  considered: number
  marks: string
  occurred_at_ms: number
  received_at_ms: number
}
interface CommissionRow {
  merchant_id: number
  id: string
  mode: Mode
  conversion_id: string
  affiliate_id: string
  campaign_id: string
  minor: number
  currency: string
  status: CommissionStatus
  reason: RejectionReason | null
  booked_at_ms: number
  approvable_at_ms: number | null
}
interface IdentifierRow { kind: IdentifierKind; value: Buffer; received_at_ms: number }
interface ReceiptRow { id: string; conversion_id: string; engine: number; decided_at_ms: number; inputs: string; outcome: string }

type Judged = Pick<Conversion, 'attributed' | 'considered' | 'marks'>

/** Conversions with their identifiers, receipts and commissions. */
export function conversionStore(db: Database) {
  const next = sequences(db)
  const insert = db.prepare(`
    insert into conversions (merchant_id, id, number, mode, kind, site, external_id, minor, currency, metadata, attributed, considered, marks, occurred_at_ms, received_at_ms, changed_at_ms)
    values (:merchantId, :id, :number, :mode, :kind, :site, :externalId, :minor, :currency, :metadata, :attributed, :considered, :marks, :occurredAtMs, :receivedAtMs, :receivedAtMs)
  `)
  const update = db.prepare('update conversions set attributed = :attributed, considered = :considered, marks = :marks, changed_at_ms = :changedAtMs where merchant_id = :merchantId and id = :conversionId')
  const insertIdentifier = db.prepare('insert into identifiers (merchant_id, kind, value, conversion_id, received_at_ms) values (?, ?, ?, ?, ?) on conflict do nothing')
  const insertReceipt = db.prepare('insert into receipts (merchant_id, id, conversion_id, engine, decided_at_ms, inputs, outcome) values (?, ?, ?, ?, ?, ?, ?)')
  const insertCommission = db.prepare(`
    insert into commissions (merchant_id, id, number, mode, conversion_id, affiliate_id, campaign_id, minor, currency, status, reason, booked_at_ms, approvable_at_ms)
    values (:merchantId, :id, :number, :mode, :conversionId, :affiliateId, :campaignId, :minor, :currency, :status, :reason, :bookedAtMs, :approvableAtMs)
  `)
  const updateCommission = db.prepare('update commissions set status = :status, reason = :reason where merchant_id = :merchantId and id = :id')

  const byOrder = db.prepare<[number, Mode, ConversionKind, string, string], ConversionRow>('select * from conversions where merchant_id = ? and mode = ? and kind = ? and site = ? and external_id = ?')
  const byId = db.prepare<[number, string], ConversionRow>('select * from conversions where merchant_id = ? and id = ?')
  const byNumber = db.prepare<[number, number], ConversionRow>('select * from conversions where merchant_id = ? and number = ?')
  const byExternalId = db.prepare<[number, string], ConversionRow>('select * from conversions where merchant_id = ? and external_id = ? order by mode, kind, site limit 1')
  const following = db.prepare<[number, number, number], ConversionRow>('select * from conversions where merchant_id = ? and number > ? order by number limit ?')
  const last = db.prepare<[number], number>('select coalesce(max(number), 0) from conversions where merchant_id = ?').pluck()
  const unsettledBy = db.prepare<[number, IdentifierKind, Buffer, Mode, number], ConversionRow>(`
    select c.* from identifiers i join conversions c on c.merchant_id = i.merchant_id and c.id = i.conversion_id
    where i.merchant_id = ? and i.kind = ? and i.value = ? and c.attributed = 0 and c.mode in (?, 'test') and c.occurred_at_ms >= ?
  `)
  const identifiersOf = db.prepare<[number, string], IdentifierRow>('select kind, value, received_at_ms from identifiers where merchant_id = ? and conversion_id = ? order by received_at_ms, kind, value')
  const commissionsOf = db.prepare<[number, string], CommissionRow>('select * from commissions where merchant_id = ? and conversion_id = ? order by number')
  const commissionById = db.prepare<[number, string], CommissionRow>('select * from commissions where merchant_id = ? and id = ?')
  const receiptsOf = db.prepare<[number, string], ReceiptRow>('select * from receipts where merchant_id = ? and conversion_id = ? order by n')
  const due = db.prepare<[number, number, string, number], DueCommission>(`
    select merchant_id as merchantId, id, approvable_at_ms as approvableAtMs from commissions
    where status = 'PENDING' and approvable_at_ms is not null and approvable_at_ms <= ? and (approvable_at_ms, id) > (?, ?) order by approvable_at_ms, id limit ?
  `)
  const countOf = db.prepare<[number, string, Mode], { commissions: number; unverified: number }>(`
    select count(*) as commissions, coalesce(sum(c.marks like '%"UNVERIFIED_IDENTITY"%'), 0) as unverified
    from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id
    where m.merchant_id = ? and m.affiliate_id = ? and m.mode = ?
  `)

  const identifiers = (merchantId: number, conversionId: string): Identifier[] => identifiersOf.all(merchantId, conversionId).map(({ kind, value, received_at_ms }) => ({ kind, value: fromBlob(value), receivedAtMs: received_at_ms }))
  const conversionOf = (row: ConversionRow): Conversion => ({
    order: {
      id: row.id, merchantId: row.merchant_id, mode: row.mode, kind: row.kind, site: row.site, externalId: row.external_id,
      amount: { minor: row.minor, currency: row.currency }, occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms, metadata: row.metadata,
    },
    identifiers: identifiers(row.merchant_id, row.id),
    attributed: row.attributed === 1,
    considered: row.considered,
    marks: JSON.parse(row.marks) as Mark[],
    commissions: commissionsOf.all(row.merchant_id, row.id).map(commissionOf),
  })
  const recordOf = (row: ConversionRow): ConversionRecord => ({ number: row.number, ...conversionOf(row), receipts: receiptsOf.all(row.merchant_id, row.id).map(receiptOf) })

  return {
    add: (order: Order, { attributed, considered, marks }: Judged) => insert.run({
      merchantId: order.merchantId, id: order.id, number: next(order.merchantId, 'conversion'), mode: order.mode, kind: order.kind, site: order.site, externalId: order.externalId,
      ...order.amount, metadata: order.metadata, attributed: attributed ? 1 : 0, considered, marks: JSON.stringify(marks), occurredAtMs: order.occurredAtMs, receivedAtMs: order.receivedAtMs,
    }),
    change: (merchantId: number, conversionId: string, { attributed, considered, marks, changedAtMs }: Judged & { changedAtMs: number }) => update.run({ merchantId, conversionId, attributed: attributed ? 1 : 0, considered, marks: JSON.stringify(marks), changedAtMs }),
    addIdentifier: (order: Order, { kind, value, receivedAtMs }: Identifier) => insertIdentifier.run(order.merchantId, kind, toBlob(value), order.id, receivedAtMs),
    addReceipt: (merchantId: number, { id, conversionId, engine, decidedAtMs, inputs, outcome }: Receipt) => insertReceipt.run(merchantId, id, conversionId, engine, decidedAtMs, JSON.stringify(inputs), JSON.stringify(outcome)),
    addCommission: ({ amount, ...commission }: Commission) => insertCommission.run({ ...commission, ...amount, number: next(commission.merchantId, 'commission') }),
    changeCommission: ({ merchantId, id, status, reason }: Commission) => updateCommission.run({ merchantId, id, status, reason }),

    byOrder(merchantId: number, mode: Mode, { kind, site, externalId }: Pick<Order, 'kind' | 'site' | 'externalId'>): Conversion | undefined {
      const row = externalId === null ? undefined : byOrder.get(merchantId, mode, kind, site, externalId)
      return row && conversionOf(row)
    },
    /** Orders that nobody has won and that name this evidence; a live fact may settle test orders too. */
    unsettled: (merchantId: number, { kind, value }: Pick<Identifier, 'kind' | 'value'>, { mode, sinceMs }: { mode: Mode; sinceMs: number }): Conversion[] => unsettledBy.all(merchantId, kind, toBlob(value), mode, sinceMs).map(conversionOf),
    named(merchantId: number, name: ConversionName): ConversionRecord | undefined {
      const row = 'id' in name ? byId.get(merchantId, name.id) : 'number' in name ? byNumber.get(merchantId, name.number) : byExternalId.get(merchantId, name.externalId)
      return row && recordOf(row)
    },
    lastNumber: (merchantId: number): number => last.get(merchantId) ?? 0,
    after: (merchantId: number, number: number, limit: number): ConversionRecord[] => following.all(merchantId, number, limit).map(recordOf),
    commission(merchantId: number, id: string): Commission | undefined {
      const row = commissionById.get(merchantId, id)
      return row && commissionOf(row)
    },
    identifiers,
    marks: (merchantId: number, conversionId: string): Mark[] => JSON.parse(byId.get(merchantId, conversionId)?.marks ?? '[]') as Mark[],
    countOf: (merchantId: number, affiliateId: string, mode: Mode) => countOf.get(merchantId, affiliateId, mode) ?? { commissions: 0, unverified: 0 },
    due: (nowMs: number, after: DueCommission | undefined, limit: number): DueCommission[] => due.all(nowMs, after?.approvableAtMs ?? 0, after?.id ?? '', limit),
  }
}

const commissionOf = (row: CommissionRow): Commission => ({
  id: row.id, merchantId: row.merchant_id, mode: row.mode, conversionId: row.conversion_id, affiliateId: row.affiliate_id, campaignId: row.campaign_id,
  amount: { minor: row.minor, currency: row.currency }, status: row.status, reason: row.reason, bookedAtMs: row.booked_at_ms, approvableAtMs: row.approvable_at_ms,
})

const receiptOf = (row: ReceiptRow): Receipt => ({
  id: row.id, conversionId: row.conversion_id, engine: row.engine, decidedAtMs: row.decided_at_ms,
  inputs: JSON.parse(row.inputs) as ReceiptInputs, outcome: JSON.parse(row.outcome) as Outcome,
})
