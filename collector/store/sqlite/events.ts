import type { Database } from 'better-sqlite3'
import type { CommissionStatus, ConversionKind, Mode, RejectionReason } from '../../../shared/domain.ts'
import type { PayoutStatus } from '../../../shared/engine/payout.ts'
import type { Outcome } from '../../../shared/engine/receipt.ts'
import type { EventKind } from '../../../shared/wire/events.ts'
import type { Event, EventFilter, EventPage, Happening } from '../events.ts'
import { fromBlob, fromNullableBlob } from './blobs.ts'

interface JournalRow { number: number; at_ms: number; mode: Mode; kind: EventKind; ref: string | number | Buffer | null; detail: string | null }
interface ClickRow { code: string; campaign: string | null; host: string | null; bot: number; adopted: number; joined: Buffer | null }
interface OrderRow { id: string; number: number; external_id: string | null; kind: ConversionKind; minor: number; currency: string; attributed: number }
interface RefundRow { conversion_id: string; took_minor: number }
interface CommissionRow { number: number; conversion_id: string | null; affiliate_id: string; currency: string; minor: number; total_minor: number; clawed_minor: number; status: CommissionStatus; reason: RejectionReason | null }
interface PayoutRow { number: number; affiliate_id: string; currency: string; gross_minor: number; netted_minor: number }

type Read = (merchantId: number, row: JournalRow) => Happening | undefined

/** A filter as SQL is given it. */
const given = ({ kinds, sinceMs = null, ...filter }: EventFilter): Record<string, unknown> => ({ ...filter, sinceMs, kinds: kinds === null ? null : JSON.stringify(kinds) })

/** What happened, in the order in which it was recorded. */
export function eventStore(db: Database) {
  const version = db.prepare<[], number>('pragma data_version').pluck()
  const highest = db.prepare<[number], number>('select coalesce(max(number), 0) from journal where merchant_id = ?').pluck()
  const lowest = db.prepare<[number], number>('select coalesce(min(number), 0) from journal where merchant_id = ?').pluck()
  const columns = 'number, at_ms, mode, kind, ref, detail'
  const asked = 'mode = :mode and (:kinds is null or kind in (select value from json_each(:kinds))) and (:sinceMs is null or at_ms >= :sinceMs)'
  const following = db.prepare<[Record<string, unknown>], JournalRow>(`select ${columns} from journal where merchant_id = :merchantId and number > :afterNumber and ${asked} order by number limit :limit`)
  const newest = db.prepare<[Record<string, unknown>], JournalRow>(`select ${columns} from journal where merchant_id = :merchantId and number <= :upTo and ${asked} order by number desc limit :limit`)
  const add = db.prepare(`
    insert into journal (merchant_id, number, at_ms, mode, kind, ref, detail)
    values (:merchantId, (select coalesce(max(number), 0) + 1 from journal where merchant_id = :merchantId), :atMs, 'live', 'forgotten', null, :clicks)
  `)
  const trim = db.prepare('delete from journal where merchant_id = ? and number <= ?')
  const reads = readers(db)

  const eventsOf = (merchantId: number, rows: JournalRow[]): Event[] => rows.flatMap((row) => {
    const happened = reads[row.kind](merchantId, row)
    return happened === undefined ? [] : { number: row.number, atMs: row.at_ms, mode: row.mode, ...happened }
  })
  const kept = (merchantId: number): { highest: number; oldest: number } => ({ highest: highest.get(merchantId) ?? 0, oldest: lowest.get(merchantId) ?? 0 })

  return {
    version: (): number => version.get() ?? 0,
    after({ afterNumber, ...filter }: EventFilter & { afterNumber: number }): EventPage {
      const { highest: end, oldest } = kept(filter.merchantId)
      const rows = following.all({ ...given(filter), afterNumber })
      // A page that is not full has seen all that there is.
      return { events: eventsOf(filter.merchantId, rows), upTo: rows.length < filter.limit ? Math.max(end, afterNumber) : (rows.at(-1)?.number ?? end), oldest }
    },
    last(filter: EventFilter): EventPage {
      const { highest: end, oldest } = kept(filter.merchantId)
      return { events: eventsOf(filter.merchantId, newest.all({ ...given(filter), upTo: end }).toReversed()), upTo: end, oldest }
    },
    addForgotten: (merchantId: number, { atMs, clicks }: { atMs: number; clicks: number }) => add.run({ merchantId, atMs, clicks: String(clicks) }),
    /** Lets go of the oldest beyond those to keep, at most so many, because a commit is not to take long; says how many. */
    trim(merchantId: number, { keep, limit }: { keep: number; limit: number }): number {
      const { highest: end, oldest } = kept(merchantId)
      return trim.run(merchantId, Math.min(end - keep, oldest + limit - 1)).changes
    },
  }
}

/** What the rows tell that the journal names; undefined for one that is gone. */
function readers(db: Database): Record<EventKind, Read> {
  const click = db.prepare<[number, unknown], ClickRow>('select code, campaign, host, bot, adopted, joined from clicks where merchant_id = ? and id = ?')
  const order = db.prepare<[number, unknown], OrderRow>('select id, number, external_id, kind, minor, currency, attributed from conversions where merchant_id = ? and id = ?')
  const firstReceipt = db.prepare<[number, string], string>('select outcome from receipts where merchant_id = ? and conversion_id = ? order by n limit 1').pluck()
  const receipt = db.prepare<[number, unknown], { conversion_id: string; outcome: string }>('select conversion_id, outcome from receipts where merchant_id = ? and n = ?')
  const refund = db.prepare<[number, unknown], RefundRow>('select conversion_id, took_minor from refunds where merchant_id = ? and id = ?')
  const commission = db.prepare<[number, unknown], CommissionRow>('select number, conversion_id, affiliate_id, currency, minor, total_minor, clawed_minor, status, reason from commissions where merchant_id = ? and id = ?')
  const payout = db.prepare<[number, unknown], PayoutRow>('select number, affiliate_id, currency, gross_minor, netted_minor from payouts where merchant_id = ? and id = ?')
  const audit = db.prepare<[number, unknown], { actor: string; action: string; subject: string }>('select actor, action, subject from audit where merchant_id = ? and number = ?')

  const ofOrder = ({ id, number, external_id }: OrderRow) => ({ conversionId: id, conversionNumber: number, externalId: external_id })
  function judged(kind: 'conversion' | 'settlement', row: OrderRow | undefined, outcome: string | undefined): Happening | undefined {
    if (row === undefined) return undefined
    const { attributed, earnings } = outcome === undefined ? { attributed: row.attributed === 1, earnings: [] } : JSON.parse(outcome) as Outcome
    return {
      kind, ...ofOrder(row), conversionKind: row.kind, amount: { minor: row.minor, currency: row.currency }, attributed, earned: earnings.map(({ affiliateId, amount: { minor } }) => ({ affiliateId, minor })),
    }
  }
  function ofCommission<K extends 'approval' | 'rejection' | 'credit'>(kind: K, merchantId: number, { ref }: JournalRow, minorOf: (row: CommissionRow) => number) {
    const row = commission.get(merchantId, ref)
    if (row === undefined) return undefined
    const externalId = row.conversion_id === null ? null : (order.get(merchantId, row.conversion_id)?.external_id ?? null)
    return { kind, commissionId: String(ref), commissionNumber: row.number, affiliateId: row.affiliate_id, externalId, amount: { minor: minorOf(row), currency: row.currency }, status: row.status, reason: row.reason }
  }

  return {
    click(merchantId, { ref }) {
      const row = click.get(merchantId, ref)
      return row && { kind: 'click', clickId: fromBlob(ref as Buffer), code: row.code, campaign: row.campaign, host: row.host, isBot: row.bot === 1, isAdopted: row.adopted === 1, joinedTo: fromNullableBlob(row.joined) }
    },
    identify: (_merchantId, { detail }) => ({ kind: 'identify', toldBy: detail ?? '' }),
    forgotten: (_merchantId, { detail }) => ({ kind: 'forgotten', clicks: Number(detail) }),
    conversion: (merchantId, { ref }) => judged('conversion', order.get(merchantId, ref), firstReceipt.get(merchantId, String(ref))),
    settlement(merchantId, { ref }) {
      const row = receipt.get(merchantId, ref)
      return row && judged('settlement', order.get(merchantId, row.conversion_id), row.outcome)
    },
    refund(merchantId, { ref }) {
      const row = refund.get(merchantId, ref)
      const of = row && order.get(merchantId, row.conversion_id)
      return row && of && { kind: 'refund', refundId: String(ref), amount: { minor: row.took_minor, currency: of.currency }, ...ofOrder(of) }
    },
    approval(merchantId, row) {
      const found = ofCommission('approval', merchantId, row, ({ total_minor, clawed_minor }) => total_minor - clawed_minor)
      if (found === undefined) return undefined
      const { status: _status, reason: _reason, ...told } = found
      return told
    },
    rejection(merchantId, row) {
      const found = ofCommission('rejection', merchantId, row, ({ total_minor }) => total_minor)
      if (found === undefined) return undefined
      const { status: _status, ...told } = found
      return told
    },
    credit(merchantId, row) {
      const found = ofCommission('credit', merchantId, row, ({ minor }) => minor)
      if (found === undefined) return undefined
      const { reason: _reason, ...told } = found
      return told
    },
    payout(merchantId, { ref, detail }) {
      const row = payout.get(merchantId, ref)
      return row && { kind: 'payout', payoutId: String(ref), payoutNumber: row.number, affiliateId: row.affiliate_id, amount: { minor: row.gross_minor - row.netted_minor, currency: row.currency }, status: detail as PayoutStatus }
    },
    audit(merchantId, { ref }) {
      const row = audit.get(merchantId, ref)
      return row && { kind: 'audit', ...row }
    },
  }
}
