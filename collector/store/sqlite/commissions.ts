import type { Database } from 'better-sqlite3'
import type { Commission, CommissionStatus, Mode, RejectionReason } from '../../../shared/domain.ts'
import type { Adjustment, AdjustmentType } from '../../../shared/engine/adjust.ts'
import { rational } from '../../../shared/engine/money.ts'
import type { CommissionPart } from '../../../shared/engine/settle.ts'
import { BROWSER_SITE } from '../../../shared/limits.ts'
import { plus, times, ZERO } from '../../../shared/engine/split.ts'
import type { UsageFact, UsageNeed } from '../../../shared/engine/usage.ts'
import type { WonBy } from '../../../shared/engine/won-by.ts'
import type { PayoutMove } from '../../../shared/engine/fold.ts'
import type { BookedBefore, CommissionFilter, DueCommission, StoredPart } from '../queries.ts'
import { halves, whole, type Halves } from './exact-sum.ts'
import { sequences } from './sequences.ts'

interface CommissionRow {
  merchant_id: number
  id: string
  number: number
  mode: Mode
  conversion_id: string | null
  affiliate_id: string
  campaign_id: string | null
  minor: number
  currency: string
  total_minor: number
  clawed_minor: number
  open_minor: number
  status: CommissionStatus
  reason: RejectionReason | null
  booked_at_ms: number
  approvable_at_ms: number | null
  unverified: number
  transferred_to: string | null
  source: 'order' | 'credit' | 'raise'
  note: string | null
  raises: string | null
}
interface AdjustmentRow { id: string; merchant_id: number; commission_id: string; type: AdjustmentType; minor: number; delta_minor: number; raised_as: string | null; reason: string | null; at_ms: number }
interface PartRow { affiliate_id: string; campaign_id: string; currency: string; mode: Mode; conversion_number: number; month: string; weight_n: number; weight_d: number; minor: number; left_minor: number }
type SumRow = Halves<'minor'>
type WeighedRow = SumRow & { weight_n: number; weight_d: number }

/** A commission with its number, as commands and dialects name it. */
export type NumberedCommission = Commission & { number: number }

/** What affiliates earn: commissions, the parts that sums are taken of, and adjustments. */
export function commissionStore(db: Database) {
  const next = sequences(db)
  const insert = db.prepare(`
    insert into commissions (merchant_id, id, number, mode, conversion_id, affiliate_id, campaign_id, minor, currency, total_minor, clawed_minor, open_minor, status, reason,
      booked_at_ms, approvable_at_ms, unverified, transferred_to, source, note, raises, won_by)
    values (:merchantId, :id, :number, :mode, :conversionId, :affiliateId, :campaignId, :minor, :currency, :totalMinor, :clawedMinor, :openMinor, :status, :reason,
      :bookedAtMs, :approvableAtMs, :unverified, :transferredTo, :kind, :note, :raises, :wonBy)
  `)
  const update = db.prepare(`
    update commissions set total_minor = :totalMinor, clawed_minor = :clawedMinor, open_minor = :openMinor, status = :status, reason = :reason, transferred_to = :transferredTo, changed_at_ms = :atMs
    where merchant_id = :merchantId and id = :id
  `)
  const byId = db.prepare<[number, string], CommissionRow>('select * from commissions where merchant_id = ? and id = ?')
  const byNumber = db.prepare<[number, number], CommissionRow>('select * from commissions where merchant_id = ? and number = ?')
  // Without statistics SQLite takes a merchant for a few rows, and would read all of them in the order of their numbers.
  const byConversion = db.prepare<[number, string], CommissionRow>('select * from commissions where merchant_id = ? and conversion_id = ? order by number')
  const byRaise = db.prepare<[number, string], CommissionRow>('select * from commissions where merchant_id = ? and raises = ? order by number')
  const listed = db.prepare<[Record<string, unknown>], CommissionRow>(`
    select * from commissions where merchant_id = :merchantId and number > :afterNumber and (:affiliateId is null or affiliate_id = :affiliateId)
      and (:status is null or status = :status) and (:mode is null or mode = :mode) order by number limit :limit
  `)
  const credits = db.prepare<[number, number, number], CommissionRow>('select * from commissions where merchant_id = ? and conversion_id is null and number > ? order by number limit ?')
  const approved = db.prepare<[number, string, Mode, string], CommissionRow>(`select * from commissions where merchant_id = ? and affiliate_id = ? and mode = ? and currency = ? and status = 'APPROVED' order by number`)
  const unpaid = db.prepare<[number, string, Mode, string], CommissionRow>(`select * from commissions where merchant_id = ? and affiliate_id = ? and mode = ? and currency = ? and status in ('PENDING', 'APPROVED') and conversion_id is not null order by number`)
  const due = db.prepare<[number, number, string, number], DueCommission>(`
    select merchant_id as merchantId, id, approvable_at_ms as approvableAtMs from commissions
    where status = 'PENDING' and approvable_at_ms is not null and approvable_at_ms <= ? and (approvable_at_ms, id) > (?, ?) order by approvable_at_ms, id limit ?
  `)
  const countOf = db.prepare<[number, string, Mode], { commissions: number; unverified: number }>(`
    select count(*) as commissions, coalesce(sum(m.unverified), 0) as unverified from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id
    where m.merchant_id = ? and m.affiliate_id = ? and m.mode = ? and m.source = 'order' and c.site not like '${BROWSER_SITE}%'
  `)

  const insertPart = db.prepare(`
    insert into commission_parts (merchant_id, affiliate_id, campaign_id, currency, mode, month, conversion_number, commission_id, n, weight_n, weight_d, minor, left_minor)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `)
  const updateLeft = db.prepare('update commission_parts set left_minor = ? where merchant_id = ? and commission_id = ? and n = ?')
  const numberOf = db.prepare<[number, string], number>('select number from conversions where merchant_id = ? and id = ?').pluck()
  // An order that a browser made up must use up no cap and reach no tier.
  const OF_AFFILIATE = `p.merchant_id = :merchantId and p.affiliate_id = :affiliateId and p.campaign_id = :campaignId and p.currency = :currency
    and not exists (select 1 from conversions c where c.merchant_id = p.merchant_id and c.number = p.conversion_number and c.site like '${BROWSER_SITE}%')`
  const bookedIn = db.prepare<[Record<string, unknown>], SumRow>(`select ${halves('minor', 'p.minor')} from commission_parts p where ${OF_AFFILIATE} and p.mode = :mode and p.month = :month`)
  const bookedBefore = db.prepare<[BookedBefore], SumRow>(`
    select ${halves('minor', 'p.minor')} from commission_parts p join commissions m on m.merchant_id = p.merchant_id and m.id = p.commission_id
    where ${OF_AFFILIATE} and p.mode = :mode and p.month = :month and m.number < :before
  `)
  const volumeOf = db.prepare<[Record<string, unknown>], WeighedRow>(`
    select p.weight_n, p.weight_d, ${halves('minor', 'p.left_minor')}
    from commission_parts p join commissions m on m.merchant_id = p.merchant_id and m.id = p.commission_id
    where ${OF_AFFILIATE} and p.mode in ('live', :mode) and (:month is null or p.month = :month) and p.conversion_number < :before and m.status <> 'REJECTED'
    group by p.weight_n, p.weight_d
  `)

  const partsOf = db.prepare<[number, string], PartRow>('select * from commission_parts where merchant_id = ? and commission_id = ? order by n')
  const payoutsOf = db.prepare<[number, string], string>(`
    select p.id from payout_commissions c join payouts p on p.merchant_id = c.merchant_id and p.id = c.payout_id
    where c.merchant_id = ? and c.commission_id = ? and p.status in ('OPEN', 'PAID') order by p.number
  `).pluck()

  const movesOf = db.prepare<[number, string], PayoutMove & { atMs: number }>(`
    select t.number, t.at_ms as atMs, t.event, t.payout_id as payoutId, p.affiliate_id as affiliateId, p.mode, p.currency
    from payout_commissions c join ledger_transactions t on t.merchant_id = c.merchant_id and t.payout_id = c.payout_id join payouts p on p.merchant_id = c.merchant_id and p.id = c.payout_id
    where c.merchant_id = ? and c.commission_id = ? order by t.number
  `)

  const insertAdjustment = db.prepare(`
    insert into adjustments (merchant_id, commission_id, number, id, type, minor, delta_minor, raised_as, reason, at_ms)
    values (:merchantId, :commissionId, (select count(*) + 1 from adjustments where merchant_id = :merchantId and commission_id = :commissionId), :id, :type, :minor, :deltaMinor, :raisedAs, :reason, :atMs)
  `)
  const adjustmentsOf = db.prepare<[number, string], AdjustmentRow>('select * from adjustments where merchant_id = ? and commission_id = ? order by number')

  return {
    add({ amount, source, unverified, ...commission }: Commission, { parts, wonBy }: { parts: CommissionPart[]; wonBy: WonBy | undefined }): void {
      const { merchantId, id, affiliateId, mode, conversionId } = commission
      insert.run({
        ...commission, ...amount, number: next(merchantId, 'commission'), unverified: unverified ? 1 : 0,
        kind: source.kind, note: source.kind === 'credit' ? source.note : null, raises: source.kind === 'raise' ? source.commissionId : null, wonBy: wonBy ?? null,
      })
      const conversionNumber = conversionId === null ? 0 : (numberOf.get(merchantId, conversionId) ?? 0)
      parts.forEach(({ campaignId, month, weight, minor, leftMinor }, n) => insertPart.run(merchantId, affiliateId, campaignId, amount.currency, mode, month, conversionNumber, id, n, weight.n, weight.d, minor, leftMinor))
    },
    change: ({ merchantId, id, totalMinor, clawedMinor, openMinor, status, reason, transferredTo }: Commission, atMs: number) => update.run({ merchantId, id, totalMinor, clawedMinor, openMinor, status, reason, transferredTo, atMs }),
    changeLeft: (merchantId: number, commissionId: string, leftMinors: number[]) => leftMinors.forEach((minor, n) => updateLeft.run(minor, merchantId, commissionId, n)),
    addAdjustment: (adjustment: Adjustment) => insertAdjustment.run(adjustment),

    /** By id, or by its number. */
    named(merchantId: number, name: string): NumberedCommission | undefined {
      const row = byId.get(merchantId, name) ?? (/^\d{1,15}$/.test(name) ? byNumber.get(merchantId, Number(name)) : undefined)
      return row && numbered(row)
    },
    ofConversion: (merchantId: number, conversionId: string): NumberedCommission[] => byConversion.all(merchantId, conversionId).map(numbered),
    list: ({ affiliateId, status, mode, ...page }: CommissionFilter): NumberedCommission[] => listed.all({ ...page, affiliateId: affiliateId ?? null, status: status ?? null, mode: mode ?? null }).map(numbered),
    raisesOf: (merchantId: number, commissionId: string): NumberedCommission[] => byRaise.all(merchantId, commissionId).map(numbered),
    /** Credits of no order, after a number. */
    credits: (merchantId: number, afterNumber: number, limit: number): NumberedCommission[] => credits.all(merchantId, afterNumber, limit).map(numbered),
    approved: (merchantId: number, affiliateId: string, { mode, currency }: { mode: Mode; currency: string }): NumberedCommission[] => approved.all(merchantId, affiliateId, mode, currency).map(numbered),
    /** Of orders, neither paid nor rejected. */
    unpaid: (merchantId: number, affiliateId: string, { mode, currency }: { mode: Mode; currency: string }): NumberedCommission[] => unpaid.all(merchantId, affiliateId, mode, currency).map(numbered),
    adjustmentsOf: (merchantId: number, commissionId: string): Adjustment[] => adjustmentsOf.all(merchantId, commissionId).map(adjustmentOf),
    partsOf: (merchantId: number, commissionId: string): StoredPart[] => partsOf.all(merchantId, commissionId).map(partOf),
    movesOf: (merchantId: number, commissionId: string): (PayoutMove & { atMs: number })[] => movesOf.all(merchantId, commissionId),
    /** Payouts that hold it and were not taken back: at most one. */
    payoutsOf: (merchantId: number, commissionId: string): string[] => payoutsOf.all(merchantId, commissionId),
    countOf: (merchantId: number, affiliateId: string, mode: Mode) => countOf.get(merchantId, affiliateId, mode) ?? { commissions: 0, unverified: 0 },
    due: (nowMs: number, after: DueCommission | undefined, limit: number): DueCommission[] => due.all(nowMs, after?.approvableAtMs ?? 0, after?.id ?? '', limit),

    bookedBefore: (query: BookedBefore): bigint => sumOf(bookedBefore.get(query)),
    /** What the book says to each need: volume by conversions that were recorded before the order, an order that is new counting as the last. */
    sums: (merchantId: number, needs: UsageNeed[]): UsageFact[] => needs.map((need) => {
      const { affiliateId, campaignId, currency, mode, month, period } = need
      const about = { merchantId, affiliateId, campaignId, currency, mode }
      const before = numberOf.get(merchantId, need.orderId) ?? Number.MAX_SAFE_INTEGER
      return { ...need, booked: sumOf(bookedIn.get({ ...about, month })), volume: weighed(volumeOf.all({ ...about, month: period === 'life' ? null : month, before })) }
    }),
  }
}

const sumOf = (row: SumRow | undefined): bigint => (row === undefined ? 0n : whole(row, 'minor'))
/** The weighted sum of rows. */
const weighed = (rows: WeighedRow[]) => rows.reduce((sum, row) => plus(sum, times(rational(BigInt(row.weight_n), BigInt(row.weight_d)), rational(whole(row, 'minor')))), ZERO)

const numbered = (row: CommissionRow): NumberedCommission => ({
  id: row.id, number: row.number, merchantId: row.merchant_id, mode: row.mode, conversionId: row.conversion_id, affiliateId: row.affiliate_id, campaignId: row.campaign_id,
  amount: { minor: row.minor, currency: row.currency }, totalMinor: row.total_minor, clawedMinor: row.clawed_minor, openMinor: row.open_minor, status: row.status, reason: row.reason,
  bookedAtMs: row.booked_at_ms, approvableAtMs: row.approvable_at_ms, unverified: row.unverified === 1, transferredTo: row.transferred_to,
  source: row.source === 'raise' ? { kind: 'raise', commissionId: row.raises ?? '' } : row.source === 'credit' ? { kind: 'credit', note: row.note } : { kind: 'order' },
})

const partOf = ({ affiliate_id, campaign_id, conversion_number, weight_n, weight_d, left_minor, currency, mode, month, minor }: PartRow): StoredPart => ({
  affiliateId: affiliate_id, campaignId: campaign_id, conversionNumber: conversion_number, weight: { n: weight_n, d: weight_d }, leftMinor: left_minor, currency, mode, month, minor,
})

const adjustmentOf = (row: AdjustmentRow): Adjustment => ({
  id: row.id, merchantId: row.merchant_id, commissionId: row.commission_id, type: row.type, minor: row.minor, deltaMinor: row.delta_minor, raisedAs: row.raised_as, reason: row.reason, atMs: row.at_ms,
})
