import { hash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Conversion, ConversionKind, Identifier, IdentifierKind, Mark, Mode, Order, OrderLine, Refund } from '../../../shared/domain.ts'
import { basesOf } from '../../../shared/engine/base.ts'
import { decidingReceipt, type Outcome, type Receipt, type ReceiptInputs } from '../../../shared/engine/receipt.ts'
import { BROWSER_SITE } from '../../../shared/limits.ts'
import type { ConversionName, ConversionRecord, StoredFirstPayment, StoredReceipt } from '../queries.ts'
import { fromBlob, toBlob } from './blobs.ts'
import type { commissionStore, NumberedCommission } from './commissions.ts'
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
  lines: string
  discount_minor: number
  tax_minor: number
  prices_include_tax: number
  subscription_id: string | null
  commission_minor: number | null
  metadata: string | null
  attributed: number
  considered: number
  marks: string
  occurred_at_ms: number
  received_at_ms: number
}
interface IdentifierRow { kind: IdentifierKind; value: Buffer; received_at_ms: number; unverified: number }
interface ReceiptRow { n: number; id: string; conversion_id: string; engine: number; decided_at_ms: number; inputs: string; outcome: string; digest: string }
interface RefundRow { id: string; merchant_id: number; conversion_id: string; key: string; kind: Refund['kind']; minor: number; lines: string; reason: string | null; received_at_ms: number }

/** History of another system came before what was tracked here, in the order in which it happened: files list it as they like. */
const IMPORTED = `(instr(marks, '"IMPORTED"') > 0)`

type Judged = Pick<Conversion, 'attributed' | 'considered' | 'marks'>
export type NumberedConversion = Conversion & { number: number; commissions: NumberedCommission[] }

/** Conversions with their identifiers, receipts and refunds; their commissions come from `commissions`. */
export function conversionStore(db: Database, commissions: ReturnType<typeof commissionStore>) {
  const next = sequences(db)
  const insert = db.prepare(`
    insert into conversions (merchant_id, id, number, mode, kind, site, external_id, minor, currency, lines, discount_minor, tax_minor, prices_include_tax, subscription_id, commission_minor,
      metadata, attributed, considered, marks, occurred_at_ms, received_at_ms, changed_at_ms, base_minor)
    values (:merchantId, :id, :number, :mode, :kind, :site, :externalId, :minor, :currency, :lines, :discountMinor, :taxMinor, :pricesIncludeTax, :subscriptionId, :commissionMinor,
      :metadata, :attributed, :considered, :marks, :occurredAtMs, :receivedAtMs, :receivedAtMs, :baseMinor)
  `)
  const update = db.prepare('update conversions set attributed = :attributed, considered = :considered, marks = :marks, changed_at_ms = :changedAtMs where merchant_id = :merchantId and id = :conversionId')
  const insertIdentifier = db.prepare(`
    insert into identifiers (merchant_id, kind, value, conversion_id, received_at_ms, unverified, position)
    values (:merchantId, :kind, :value, :conversionId, :receivedAtMs, :unverified, (select count(*) from identifiers where merchant_id = :merchantId and conversion_id = :conversionId)) on conflict do nothing
  `)
  const insertReceipt = db.prepare('insert into receipts (merchant_id, id, conversion_id, engine, decided_at_ms, inputs, outcome, digest) values (:merchantId, :id, :conversionId, :engine, :decidedAtMs, :inputs, :outcome, :digest)')
  const insertRefund = db.prepare(`
    insert into refunds (merchant_id, conversion_id, number, id, key, kind, minor, lines, reason, received_at_ms, cancellation_number, took_minor, took_base_minor)
    values (:merchantId, :conversionId, (select count(*) + 1 from refunds where merchant_id = :merchantId and conversion_id = :conversionId), :id, :key, :kind, :minor, :lines, :reason, :receivedAtMs, :cancellation, :tookMinor, :tookBaseMinor)
  `)

  const byOrder = db.prepare<[number, Mode, ConversionKind, string, string], ConversionRow>('select * from conversions where merchant_id = ? and mode = ? and kind = ? and site = ? and external_id = ?')
  const byId = db.prepare<[number, string], ConversionRow>('select * from conversions where merchant_id = ? and id = ?')
  const byNumber = db.prepare<[number, number], ConversionRow>('select * from conversions where merchant_id = ? and number = ?')
  const byExternalId = db.prepare<[{ merchantId: number; externalId: string; mode: Mode | null }], ConversionRow>(`select * from conversions where merchant_id = :merchantId and external_id = :externalId and (:mode is null or mode = :mode) order by mode, kind <> 'sale', kind, site limit 1`)
  const twins = db.prepare<[number, string, Mode, ConversionKind, 0 | 1], ConversionRow>(`
    select * from conversions where merchant_id = ? and external_id = ? and mode = ? and kind = ? and (site like '${BROWSER_SITE}%') = ? order by number
  `)
  const following = db.prepare<[number, number, number], ConversionRow>('select * from conversions where merchant_id = ? and number > ? order by number limit ?')
  const last = db.prepare<[number], number>('select coalesce(max(number), 0) from conversions where merchant_id = ?').pluck()
  const firstPaid = db.prepare<[number, Mode, string], ConversionRow>(`
    select * from conversions where merchant_id = ? and mode = ? and subscription_id = ? and kind = 'sale' and minor > 0 and attributed = 1 and instr(marks, '"RENEWAL"') = 0
    order by ${IMPORTED} = 0, iif(${IMPORTED}, occurred_at_ms, 0), number limit 1
  `)
  const unsettledBy = db.prepare<[number, IdentifierKind, Buffer, Mode, number], ConversionRow>(`
    select c.* from identifiers i join conversions c on c.merchant_id = i.merchant_id and c.id = i.conversion_id
    where i.merchant_id = ? and i.kind = ? and i.value = ? and c.attributed = 0 and c.mode in (?, 'test') and c.occurred_at_ms >= ?
  `)
  const openWithSku = db.prepare<[number, number, string], ConversionRow>(`select * from conversions where merchant_id = ? and mode in ('live', 'test') and attributed = 0 and occurred_at_ms >= ? and instr(lines, ?) > 0`)
  const identifiersOf = db.prepare<[number, string], IdentifierRow>('select kind, value, received_at_ms, unverified from identifiers where merchant_id = ? and conversion_id = ? order by received_at_ms, position, kind, value')
  const receiptsOf = db.prepare<[number, string], ReceiptRow>('select * from receipts where merchant_id = ? and conversion_id = ? order by n')
  const refundsOf = db.prepare<[number, string], RefundRow>('select * from refunds where merchant_id = ? and conversion_id = ? order by number')

  const cancellationOf = db.prepare<[number, string], number>('select cancellation_number from refunds where merchant_id = ? and id = ?').pluck()

  const identifiers = (merchantId: number, conversionId: string): Identifier[] => identifiersOf.all(merchantId, conversionId).map(({ kind, value, received_at_ms, unverified }) => ({ kind, value: fromBlob(value), receivedAtMs: received_at_ms, ...(unverified === 1 ? { unverified: true } : {}) }))
  const receipts = (merchantId: number, conversionId: string): StoredReceipt[] => receiptsOf.all(merchantId, conversionId).map(receiptOf)
  const conversionOf = (row: ConversionRow): NumberedConversion => ({
    number: row.number,
    order: orderOf(row),
    identifiers: identifiers(row.merchant_id, row.id),
    attributed: row.attributed === 1,
    considered: row.considered,
    marks: JSON.parse(row.marks) as Mark[],
    commissions: commissions.ofConversion(row.merchant_id, row.id),
    refunds: refundsOf.all(row.merchant_id, row.id).map(refundOf),
  })
  const recordOf = (row: ConversionRow): ConversionRecord => ({ ...conversionOf(row), receipts: receipts(row.merchant_id, row.id) })

  return {
    add: ({ amount, lines, pricesIncludeTax, ...order }: Order, { attributed, considered, marks }: Judged) => insert.run({
      ...order, ...amount, number: next(order.merchantId, 'conversion'), lines: JSON.stringify(lines), pricesIncludeTax: pricesIncludeTax ? 1 : 0,
      attributed: attributed ? 1 : 0, considered, marks: JSON.stringify(marks), baseMinor: basesOf({ amount, lines, pricesIncludeTax, ...order }).reduce((sum, base) => sum + base, 0),
    }),
    change: (merchantId: number, conversionId: string, { attributed, considered, marks, changedAtMs }: Judged & { changedAtMs: number }) => update.run({ merchantId, conversionId, attributed: attributed ? 1 : 0, considered, marks: JSON.stringify(marks), changedAtMs }),
    addIdentifier: ({ merchantId, id }: Order, { kind, value, receivedAtMs, unverified }: Identifier) => insertIdentifier.run({ merchantId, kind, value: toBlob(value), conversionId: id, receivedAtMs, unverified: unverified === true ? 1 : 0 }),
    addReceipt(merchantId: number, { id, conversionId, engine, decidedAtMs, ...receipt }: Receipt): void {
      const [inputs, outcome] = [JSON.stringify(receipt.inputs), JSON.stringify(receipt.outcome)]
      insertReceipt.run({ merchantId, id, conversionId, engine, decidedAtMs, inputs, outcome, digest: receiptDigest({ id, conversionId, engine, decidedAtMs, inputs, outcome }) })
    },
    /** Cancellations share the commissions' numbers (ENGINE section 5). */
    addRefund: ({ lines, ...refund }: Refund, tookMinor: number) => insertRefund.run({
      ...refund, lines: JSON.stringify(lines), cancellation: next(refund.merchantId, 'commission'), tookMinor, tookBaseMinor: lines.reduce((sum, { minor }) => sum + minor, 0),
    }),
    cancellationNumber: (merchantId: number, refundId: string): number | undefined => cancellationOf.get(merchantId, refundId),

    byOrder(merchantId: number, mode: Mode, { kind, site, externalId }: Pick<Order, 'kind' | 'site' | 'externalId'>): NumberedConversion | undefined {
      const row = externalId === null ? undefined : byOrder.get(merchantId, mode, kind, site, externalId)
      return row && conversionOf(row)
    },
    /** The same with its receipts. */
    recorded(merchantId: number, mode: Mode, { kind, site, externalId }: Pick<Order, 'kind' | 'site' | 'externalId'>): ConversionRecord | undefined {
      const row = externalId === null ? undefined : byOrder.get(merchantId, mode, kind, site, externalId)
      return row && recordOf(row)
    },
    /** The same order as others told of it: as the shop's server did, or as browsers. */
    toldBy: (teller: 'server' | 'browser', merchantId: number, { mode, kind, externalId }: Pick<Order, 'mode' | 'kind' | 'externalId'>): ConversionRecord[] =>
      (externalId === null ? [] : twins.all(merchantId, externalId, mode, kind, teller === 'browser' ? 1 : 0).map(recordOf)),
    /** Orders that nobody has won and that name this evidence; a live fact may settle test orders too. */
    unsettled: (merchantId: number, { kind, value }: Pick<Identifier, 'kind' | 'value'>, { mode, sinceMs }: { mode: Mode; sinceMs: number }): NumberedConversion[] => unsettledBy.all(merchantId, kind, toBlob(value), mode, sinceMs).map(conversionOf),
    /** The same for orders that have a line of a SKU. */
    unsettledWithSku: (merchantId: number, sku: string, sinceMs: number): NumberedConversion[] => openWithSku.all(merchantId, sinceMs, `"sku":${JSON.stringify(sku)},`).map(conversionOf),
    named(merchantId: number, name: ConversionName): ConversionRecord | undefined {
      const row = 'id' in name ? byId.get(merchantId, name.id) : 'number' in name ? byNumber.get(merchantId, name.number) : byExternalId.get({ merchantId, externalId: name.externalId, mode: name.mode ?? null })
      return row && recordOf(row)
    },
    /** By its number, without receipts. */
    numbered(merchantId: number, number: number): NumberedConversion | undefined {
      const row = byNumber.get(merchantId, number)
      return row && conversionOf(row)
    },
    /** What a conversion's order says. */
    orderOf(merchantId: number, id: string): (Order & { number: number }) | null {
      const row = byId.get(merchantId, id)
      return row === undefined ? null : { ...orderOf(row), number: row.number }
    },
    /** The payment that all later ones of a subscription follow. */
    firstPayment(merchantId: number, mode: Mode, subscriptionId: string): StoredFirstPayment | undefined {
      const row = firstPaid.get(merchantId, mode, subscriptionId)
      const receipt = row && decidingReceipt(receipts(merchantId, row.id))
      return row && receipt && { number: row.number, order: orderOf(row), receipt, commissions: commissions.ofConversion(merchantId, row.id) }
    },
    lastNumber: (merchantId: number): number => last.get(merchantId) ?? 0,
    /** Each is read by itself: one that cannot be keeps no other from being looked at. */
    after: (merchantId: number, number: number, limit: number): { number: number; read: () => ConversionRecord }[] => following.all(merchantId, number, limit).map((row) => ({ number: row.number, read: () => recordOf(row) })),
    identifiers,
  }
}

/** What a receipt's digest is made of: the very texts that are stored. */
export const receiptDigest = ({ id, conversionId, engine, decidedAtMs, inputs, outcome }: Pick<Receipt, 'id' | 'conversionId' | 'engine' | 'decidedAtMs'> & { inputs: string; outcome: string }): string =>
  hash('sha256', JSON.stringify([id, conversionId, engine, decidedAtMs, inputs, outcome]))

const orderOf = (row: ConversionRow): Order => ({
  id: row.id, merchantId: row.merchant_id, mode: row.mode, kind: row.kind, site: row.site, externalId: row.external_id, amount: { minor: row.minor, currency: row.currency },
  lines: JSON.parse(row.lines) as OrderLine[], discountMinor: row.discount_minor, taxMinor: row.tax_minor, pricesIncludeTax: row.prices_include_tax === 1,
  subscriptionId: row.subscription_id, commissionMinor: row.commission_minor, occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms, metadata: row.metadata,
})

const receiptOf = (row: ReceiptRow): StoredReceipt => ({
  written: row.n, id: row.id, conversionId: row.conversion_id, engine: row.engine, decidedAtMs: row.decided_at_ms,
  inputs: JSON.parse(row.inputs) as ReceiptInputs, outcome: JSON.parse(row.outcome) as Outcome,
  // Receipts of engine 1 were kept without one.
  isGenuine: row.digest === '' ? row.engine === 1 : row.digest === receiptDigest({ id: row.id, conversionId: row.conversion_id, engine: row.engine, decidedAtMs: row.decided_at_ms, inputs: row.inputs, outcome: row.outcome }),
})

const refundOf = (row: RefundRow): Refund => ({
  id: row.id, merchantId: row.merchant_id, conversionId: row.conversion_id, key: row.key, kind: row.kind, minor: row.minor,
  lines: JSON.parse(row.lines) as Refund['lines'], reason: row.reason, receivedAtMs: row.received_at_ms,
})
