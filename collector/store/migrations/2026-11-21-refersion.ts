import type { Database } from 'better-sqlite3'
import type { OrderLine, Refund } from '../../../shared/domain.ts'
import { basesOf } from '../../../shared/engine/base.ts'
import type { Outcome, ReceiptInputs } from '../../../shared/engine/receipt.ts'
import { moneyTaken } from '../../../shared/engine/refund.ts'
import { wonBy } from '../../../shared/engine/won-by.ts'

/** Cancellations are numbered among the commissions; what totals are taken of stands in columns. */
export const refersion = `
alter table commissions add column won_by text;
alter table conversions add column base_minor integer not null default 0;
drop trigger refunds_no_update;
alter table refunds add column cancellation_number integer;
alter table refunds add column took_minor integer not null default 0;
alter table refunds add column took_base_minor integer not null default 0;
update refunds set cancellation_number = numbered.n + coalesce((select last from sequences s where s.merchant_id = refunds.merchant_id and s.noun = 'commission'), 0)
from (select merchant_id, id, row_number() over (partition by merchant_id order by received_at_ms, conversion_id, number) as n from refunds) numbered
where numbered.merchant_id = refunds.merchant_id and numbered.id = refunds.id;
insert into sequences (merchant_id, noun, last) select merchant_id, 'commission', max(cancellation_number) from refunds where true group by merchant_id
  on conflict do update set last = max(last, excluded.last);
create index commissions_taken_over on commissions (merchant_id) where transferred_to is not null;
create unique index refunds_by_cancellation on refunds (merchant_id, cancellation_number);
`

/** Fills what SQL does not know: bases, what refunds took of an order, and what commissions were won by. */
export function fillTotals(db: Database): void {
  for (const each of [fillOrders, fillCommissions]) each(db)
  db.exec("create trigger refunds_no_update before update on refunds begin select raise(abort, 'refunds: append only'); end;")
}

interface OrderRow { merchant_id: number; id: string; minor: number; currency: string; lines: string; discount_minor: number; tax_minor: number; prices_include_tax: number }
interface RefundRow { id: string; kind: Refund['kind']; minor: number; lines: string }
interface ReceiptRow { merchant_id: number; conversion_id: string; affiliate_id: string; id: string; source: string; inputs: string; outcome: string }

const sum = (minors: number[]): number => minors.reduce((total, minor) => total + minor, 0)

function fillOrders(db: Database): void {
  const orders = db.prepare<[number, string], OrderRow>('select * from conversions where (merchant_id, id) > (?, ?) order by merchant_id, id limit 1000')
  const refundsOf = db.prepare<[number, string], RefundRow>('select id, kind, minor, lines from refunds where merchant_id = ? and conversion_id = ? order by number')
  const setBase = db.prepare('update conversions set base_minor = ? where merchant_id = ? and id = ?')
  const setTaken = db.prepare('update refunds set took_minor = ?, took_base_minor = ? where merchant_id = ? and id = ?')

  for (let rows = orders.all(0, ''); rows.length > 0; rows = orders.all(rows.at(-1)?.merchant_id ?? 0, rows.at(-1)?.id ?? '')) {
    for (const row of rows) {
      const order = { amount: { minor: row.minor, currency: row.currency }, lines: JSON.parse(row.lines) as OrderLine[], discountMinor: row.discount_minor, taxMinor: row.tax_minor, pricesIncludeTax: row.prices_include_tax === 1 }
      setBase.run(sum(basesOf(order)), row.merchant_id, row.id)
      const refunds = refundsOf.all(row.merchant_id, row.id).map((refund) => ({ ...refund, lines: JSON.parse(refund.lines) as Refund['lines'] }))
      moneyTaken({ order, refunds }).forEach((minor, index) => setTaken.run(minor, sum((refunds[index]?.lines ?? []).map((line) => line.minor)), row.merchant_id, refunds[index]?.id))
    }
  }
}

/** A commission of an order was won by the receipt that booked it: of several the last that speaks of its affiliate. */
function fillCommissions(db: Database): void {
  const booked = db.prepare<[number, string], ReceiptRow>(`
    select m.merchant_id, m.conversion_id, m.affiliate_id, m.id, m.source, r.inputs, r.outcome from commissions m
    join receipts r on r.merchant_id = m.merchant_id and r.conversion_id = m.conversion_id
    where m.source <> 'raise' and (m.merchant_id, m.id) > (?, ?) order by m.merchant_id, m.id, r.n limit 2000
  `)
  const set = db.prepare('update commissions set won_by = ? where merchant_id = ? and id = ?')
  let [merchantId, id] = [0, '']
  for (let rows = booked.all(merchantId, id); rows.length > 0; rows = booked.all(merchantId, id)) {
    const last = rows.at(-1)
    // The last one's receipts may go on behind this page.
    const whole = rows.length < 2000 ? rows : rows.filter((row) => row.merchant_id !== last?.merchant_id || row.id !== last.id)
    for (const row of whole.length === 0 ? rows : whole) {
      const inputs = JSON.parse(row.inputs) as ReceiptInputs
      const isCredit = inputs.kind === 'credit'
      const won = isCredit === (row.source === 'credit') ? wonBy({ inputs, outcome: JSON.parse(row.outcome) as Outcome }, row.affiliate_id) : undefined
      if (won !== undefined) set.run(won, row.merchant_id, row.id)
      ;[merchantId, id] = [row.merchant_id, row.id]
    }
  }
}
