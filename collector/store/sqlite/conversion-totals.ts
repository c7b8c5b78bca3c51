import type { Database } from 'better-sqlite3'
import type { ConversionTotals, ConversionTotalsQuery, SummedColumns } from '../totals.ts'
import { halves, halvesOf, inner, whole, type Halves } from './exact-sum.ts'

const STATE = `case m.status when 'PENDING' then 'PENDING' when 'REJECTED' then iif(m.reason = 'unqualified', 'UNQUALIFIED', 'DENIED') else 'APPROVED' end`
const ORIGIN = `case when m.source <> 'order' then 'credit' when m.won_by = 'explicit' then 'named' when m.won_by in ('coupon', 'sku', 'email') then m.won_by else 'site' end`

/** Which commissions, or whose cancellations; what is null does not matter. */
const chosenBy = (affiliate: string): string => `
  m.merchant_id = :merchantId and m.mode = :mode and m.currency = :currency
  and (:campaignId is null or m.campaign_id = :campaignId) and ${affiliate}
  and (:paid is null or (m.status = 'PAID') = :paid) and instr(:states, ' ' || ${STATE} || ' ') > 0 and (:origins is null or instr(:origins, ' ' || ${ORIGIN} || ' ') > 0)
`

const REFUNDED = `'refunded_pending', 'refunded_approved', 'refunded_settled'`

type Row = { count: number } & Halves<'earned' | 'money' | 'base'>

/**
 * What commissions and cancellations come to. An order's money counts once, however many commissions of it were chosen:
 * so the rows of each order, or of each refund, are brought together first.
 */
export function conversionTotals(db: Database): (query: ConversionTotalsQuery) => ConversionTotals {
  // Of one affiliate they are found by an index, which needs a question of its own.
  const [ofAll, ofOne] = [statements(db, chosenBy(':affiliateId is null')), statements(db, chosenBy('m.affiliate_id = :affiliateId'))]

  return ({ booked: origins, cancelled: cancelledOrigins, states, paid, ...query }) => {
    const { booked, cancelled } = query.affiliateId === undefined ? ofAll : ofOne
    const about = { campaignId: null, affiliateId: null, fromMs: null, toMs: null, ...defined(query), states: listed(states), paid: paid === undefined ? null : paid ? 1 : 0 }
    const rows = [booked.get({ ...about, origins: listed(origins) }), cancelled.get({ ...about, origins: listed(cancelledOrigins) })].flatMap((row) => row ?? [])
    const sumOf = (name: 'earned' | 'money' | 'base'): bigint => rows.reduce((sum, row) => sum + whole(row, name), 0n)
    return { count: rows.reduce((sum, { count }) => sum + count, 0), commissionMinor: sumOf('earned'), orderMinor: sumOf('money'), baseMinor: sumOf('base') }
  }
}

/** The rows that are chosen, and their cancellations. */
function statements(db: Database, chosen: string) {
  const sums = `select coalesce(sum(n), 0) as count, ${halvesOf('earned')}, ${halves('money', 'money')}, ${halves('base', 'base')}`
  const booked = db.prepare<[Record<string, unknown>], Row>(`
    ${sums} from (
      select n, earned_high, earned_low, coalesce(c.minor, 0) as money, coalesce(c.base_minor, 0) as base from (
        select m.merchant_id, m.conversion_id, count(*) as n, ${inner('earned', 'm.total_minor')} from commissions m
        where ${chosen} and (:fromMs is null or m.booked_at_ms >= :fromMs) and (:toMs is null or m.booked_at_ms < :toMs) group by coalesce(m.conversion_id, m.id)
      ) k left join conversions c on c.merchant_id = k.merchant_id and c.id = k.conversion_id
    )
  `)
  // What took nothing is no row, and took the order's money all the same. Begun at the few: refunds, and commissions that were taken over. What came before a commission was booked is taken from it with its booking.
  const cancelled = db.prepare<[Record<string, unknown>], Row>(`
    ${sums} from (
      select sum(earned <> 0) as n, ${inner('earned', 'earned')}, -took as money, -took_base as base from (
        select r.id as refund, r.took_minor as took, r.took_base_minor as took_base, coalesce(e.minor, 0) as earned, coalesce(t.at_ms, max(r.received_at_ms, m.booked_at_ms)) as at_ms
        from refunds r cross join commissions m on m.merchant_id = r.merchant_id and m.conversion_id = r.conversion_id and m.source <> 'raise'
        left join ledger_transactions t on t.merchant_id = m.merchant_id and t.commission_id = m.id and t.fact_id = r.id and t.event in (${REFUNDED})
        left join ledger_entries e on e.merchant_id = t.merchant_id and e.transaction_id = t.id and e.account = 'expense'
        where r.merchant_id = :merchantId and ${chosen}
        union all
        select t.id, 0, 0, e.minor, t.at_ms from commissions m indexed by commissions_taken_over
        cross join ledger_transactions t on t.merchant_id = m.merchant_id and t.commission_id = m.id and t.fact_id like 'transfer:%' and t.event in (${REFUNDED})
        join ledger_entries e on e.merchant_id = t.merchant_id and e.transaction_id = t.id and e.account = 'expense'
        where m.transferred_to is not null and ${chosen}
      ) where (:fromMs is null or at_ms >= :fromMs) and (:toMs is null or at_ms < :toMs) group by refund
    )
  `)

  return { booked, cancelled }
}

const listed = (words: string[] | undefined): string | null => (words === undefined ? null : ` ${words.join(' ')} `)
const defined = (query: object): Record<string, unknown> => Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))

/** What totals are taken of, as it is kept. */
export function summedColumns(db: Database): (merchantId: number, conversionId: string) => SummedColumns {
  const base = db.prepare<[number, string], number>('select base_minor from conversions where merchant_id = ? and id = ?').pluck()
  const refunds = db.prepare<[number, string], SummedColumns['refunds'][number]>(`
    select id, cancellation_number as cancellationNumber, took_minor as tookMinor, took_base_minor as tookBaseMinor from refunds where merchant_id = ? and conversion_id = ? order by number
  `)
  const wonBy = db.prepare<[number, string], SummedColumns['wonBy'][number]>('select id, won_by as wonBy from commissions where merchant_id = ? and conversion_id = ? order by number')
  return (merchantId, conversionId) => ({ baseMinor: base.get(merchantId, conversionId) ?? 0, refunds: refunds.all(merchantId, conversionId), wonBy: wonBy.all(merchantId, conversionId) })
}
