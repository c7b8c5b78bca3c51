import type { Database } from 'better-sqlite3'
import type { CommissionStatus, ConversionKind, IdentifierKind, Mode, Refund, RejectionReason } from '../../../shared/domain.ts'
import type { CampaignPolicy } from '../../../shared/engine/terms.ts'
import { ENGINE_VERSION } from '../../../shared/engine/receipt.ts'
import type { OrderColumns, ReplayColumns } from '../../../shared/engine/replay-columns.ts'
import { fromBlob } from './blobs.ts'
import { columnOf, type Numbering } from './replay-numbering.ts'

interface OrderRow {
  number: number
  id: string
  kind: ConversionKind
  minor: number
  currency: string
  plain: number
  considered: number
  occurred_at_ms: number
  received_at_ms: number
}
interface BookedRow { affiliate_id: string; campaign_id: string | null; minor: number; total_minor: number; clawed_minor: number; status: CommissionStatus; reason: RejectionReason | null; source: string; transferred_to: string | null }
interface IdentifierRow { kind: IdentifierKind; value: Buffer; received_at_ms: number }

export interface Span {
  merchantId: number
  mode: Mode
  fromMs: number
  toMs: number
}

/** Reads orders and what stands booked of them into columns, a page at a time. */
export function replayOrders(db: Database, span: Span, { affiliates, currencies, sessions, identities }: { affiliates: Numbering; currencies: Numbering; sessions: Numbering; identities: Numbering }) {
  const { merchantId, mode, fromMs, toMs } = span
  // An order with lines, a subscription, a commission of its own or a remark is the engine's to judge.
  const page = db.prepare<[number, number, Mode, number, number, number], OrderRow>(`
    select number, id, kind, minor, currency, considered, occurred_at_ms, received_at_ms,
      lines = '[]' and subscription_id is null and commission_minor is null and marks = '[]' as plain
    from conversions where merchant_id = ? and number > ? and mode = ? and occurred_at_ms >= ? and occurred_at_ms < ? order by number limit ?
  `)
  const identifiersOf = db.prepare<[number, string], IdentifierRow>('select kind, value, received_at_ms from identifiers where merchant_id = ? and conversion_id = ?')
  const bookedOf = db.prepare<[number, string], BookedRow>('select affiliate_id, campaign_id, minor, total_minor, clawed_minor, status, reason, source, transferred_to from commissions where merchant_id = ? and conversion_id = ?')
  const refundsOf = db.prepare<[number, string], string>('select lines from refunds where merchant_id = ? and conversion_id = ?').pluck()
  const olderOf = db.prepare<[number, string, number], number>('select 1 from receipts where merchant_id = ? and conversion_id = ? and engine <> ?').pluck()
  const oldest = db.prepare<[number], number>('select engine from receipts where merchant_id = ? order by n limit 1').pluck().get(merchantId)
  const mayBeOlder = oldest !== undefined && oldest !== ENGINE_VERSION
  const summing = campaignsWithSums(db, merchantId)

  const order = { number: [], atMs: [], receivedAtMs: [], baseMinor: [], takenMinor: [], currency: [], session: [], identity: [], considered: [], ordinary: [] } as Record<keyof OrderColumns, number[]>
  const booked = { order: [] as number[], affiliate: [] as number[], minor: [] as number[] }

  function add(row: OrderRow): void {
    const named = identifiersOf.all(merchantId, row.id)
    const commissions = bookedOf.all(merchantId, row.id)
    const refunds = refundsOf.all(merchantId, row.id).map((lines) => JSON.parse(lines) as Refund['lines'])
    const [session, ...moreSessions] = named.filter(({ kind }) => kind === 'session')
    const [identity, ...moreIdentities] = named.filter(({ kind }) => kind === 'identity')
    const isOrdinary = mode === 'live' && row.plain === 1 && row.kind === 'sale' && (row.minor > 0 || refunds.length === 0)
      && moreSessions.length + moreIdentities.length === 0 && named.every(({ kind, received_at_ms }) => (kind === 'session' || kind === 'identity') && received_at_ms === row.received_at_ms)
      && commissions.every((commission) => isPlain(commission, summing)) && !(mayBeOlder && olderOf.get(merchantId, row.id, ENGINE_VERSION) === 1)
    const at = order.number.length
    order.number.push(row.number)
    order.atMs.push(row.occurred_at_ms)
    order.receivedAtMs.push(row.received_at_ms)
    order.baseMinor.push(row.minor)
    order.takenMinor.push(refunds.reduce((sum, lines) => sum + (lines[0]?.minor ?? 0), 0))
    order.currency.push(currencies.of(row.currency))
    order.session.push(isOrdinary && session !== undefined ? sessions.of(session.value.toString('latin1')) : -1)
    order.identity.push(isOrdinary && identity !== undefined ? identities.of(fromBlob(identity.value)) : -1)
    order.considered.push(row.considered)
    order.ordinary.push(isOrdinary ? 1 : 0)
    for (const { affiliate_id, total_minor, clawed_minor } of commissions) {
      booked.order.push(at)
      booked.affiliate.push(affiliates.of(affiliate_id))
      booked.minor.push(total_minor - clawed_minor)
    }
  }

  return {
    /** Reads the orders after a number; the last number, or undefined when there are no more. */
    next(afterNumber: number, limit: number): number | undefined {
      const rows = page.all(merchantId, afterNumber, mode, fromMs, toMs, limit)
      for (const row of rows) add(row)
      return rows.at(-1)?.number
    },
    columns: (): Pick<ReplayColumns, 'orders' | 'booked'> => ({
      orders: {
        number: columnOf(order.number), atMs: columnOf(order.atMs), receivedAtMs: columnOf(order.receivedAtMs), baseMinor: columnOf(order.baseMinor), takenMinor: columnOf(order.takenMinor),
        currency: Int32Array.from(order.currency), session: Int32Array.from(order.session), identity: Int32Array.from(order.identity), considered: Int32Array.from(order.considered), ordinary: Uint8Array.from(order.ordinary),
      },
      booked: { order: Int32Array.from(booked.order), affiliate: Int32Array.from(booked.affiliate), minor: columnOf(booked.minor) },
    }),
  }
}

/** As the contest booked it, but for refunds, and by a rate that looks at no sums. */
const isPlain = ({ source, minor, total_minor, status, reason, transferred_to, campaign_id }: BookedRow, summing: ReadonlySet<string>): boolean =>
  source === 'order' && minor === total_minor && transferred_to === null && !(status === 'REJECTED' && reason !== 'refunded') && !summing.has(campaign_id ?? '')

/** Campaigns that ever had tiers or a cap per month. */
function campaignsWithSums(db: Database, merchantId: number): ReadonlySet<string> {
  const rows = db.prepare<[number], { id: string; value: string }>('select campaign_id as id, value from campaign_versions where merchant_id = ?').all(merchantId)
  return new Set(rows.flatMap(({ id, value }) => {
    const { tiers, capPerMonth } = JSON.parse(value) as CampaignPolicy
    return tiers !== null || capPerMonth.length > 0 ? id : []
  }))
}
