import Database from 'better-sqlite3'
import { auditDigest } from '../../collector/store/sqlite/audit.ts'

type Row = Record<string, string | number | null>

/** What a test can see at the end, without ids and times, which differ from run to run: each list sorted. */
export type EndState = Record<'conversions' | 'commissions' | 'refunds' | 'adjustments' | 'payouts' | 'balances' | 'bindings' | 'clicks' | 'audit' | 'settings', string[]>

const WHOSE = "coalesce((select external_id from conversions c where c.merchant_id = m.merchant_id and c.id = m.conversion_id), 'credit') || ' ' || (select json_extract(a.value, '$.firstName') from affiliate_profiles a where a.affiliate_id = m.affiliate_id and a.version = 1)"
const STATE: Record<keyof EndState, string> = {
  conversions: 'select mode, kind, external_id, minor, attributed, considered, marks, (select count(*) from receipts r where r.conversion_id = c.id) as receipts from conversions c',
  commissions: `select ${WHOSE} as whose, source, minor, total_minor, clawed_minor, open_minor, status, reason, unverified, transferred_to is not null as transferred,
    (select group_concat(left_minor) from commission_parts p where p.commission_id = m.id) as left_minors from commissions m`,
  refunds: 'select (select external_id from conversions c where c.id = r.conversion_id) as external_id, key, kind, minor, lines from refunds r',
  adjustments: `select ${WHOSE} as whose, type, j.minor, delta_minor, raised_as is not null as raised from adjustments j join commissions m on m.id = j.commission_id`,
  payouts: `select (select json_extract(a.value, '$.firstName') from affiliate_profiles a where a.affiliate_id = p.affiliate_id and a.version = 1) as affiliate, gross_minor, netted_minor, status,
    (select group_concat(whose) from (select ${WHOSE} || m.source || m.minor as whose from payout_commissions h join commissions m on m.id = h.commission_id where h.payout_id = p.id order by 1)) as held from payouts p`,
  balances: "select mode, currency, account, (select json_extract(a.value, '$.firstName') from affiliate_profiles a where a.affiliate_id = b.affiliate_id and a.version = 1) as affiliate, minor from balances b where minor <> '0'",
  bindings: 'select hex(session) as session, hex(identity) as identity, kind, source from bindings',
  clicks: 'select hex(id) as id, hex(session) as session, hex(joined) as joined, code from clicks',
  audit: 'select action, count(*) as n from audit group by action',
  settings: 'select number, value from campaign_versions v join campaigns c on c.id = v.campaign_id union all select number, value from affiliate_versions v join affiliates a on a.id = v.affiliate_id',
}

/** Cancellations have numbers of the commissions' sequence. */
const NUMBERED_ALIKE = '(select merchant_id, number from commissions union all select merchant_id, cancellation_number from refunds)'

/** Queries that find what must never be, whatever happened: each names a law of the book (ENGINE section 6) and finds nothing. */
const LAWS: Record<string, string> = {
  'a transaction sums to zero': 'select transaction_id from ledger_entries group by merchant_id, transaction_id having sum(minor) <> 0',
  'each entry belongs to a transaction': 'select transaction_id from ledger_entries e where not exists (select 1 from ledger_transactions t where t.id = e.transaction_id)',
  'all accounts sum to zero': 'select mode, currency, sum(minor) from balances group by merchant_id, mode, currency having sum(minor) <> 0',
  'a balance is the sum of its entries': `select * from (
    select t.mode, t.currency, e.account, coalesce(e.affiliate_id, '') as affiliate_id, sum(e.minor) as minor from ledger_entries e join ledger_transactions t on t.id = e.transaction_id group by 1, 2, 3, 4)
    full join (select mode, currency, account, affiliate_id, cast(minor as integer) as kept from balances) using (mode, currency, account, affiliate_id) where minor is not kept`,
  '0 <= clawed <= total': 'select id from commissions where minor >= 0 and not (0 <= clawed_minor and clawed_minor <= total_minor)',
  'nothing is open of what is rejected': "select id from commissions where status = 'REJECTED' and open_minor <> 0",
  'a commission is in one payout at most that stands': `select h.commission_id from payout_commissions h join payouts p on p.id = h.payout_id where p.status in ('OPEN', 'PAID') group by 1 having count(*) > 1`,
  'a commission is in a payout just when it says so': `select m.id from commissions m left join (select h.commission_id, p.status from payout_commissions h join payouts p on p.id = h.payout_id where p.status in ('OPEN', 'PAID')) held
    on held.commission_id = m.id where coalesce(held.status, '') <> case m.status when 'IN_PAYOUT' then 'OPEN' when 'PAID' then 'PAID' else '' end`,
  'refunds stay within the order': `select c.id from refunds r join conversions c on c.id = r.conversion_id group by c.id having sum(r.minor) > c.minor`,
  'a commission is taken back whole with its order, once it is fully refunded': `select m.id from commissions m join conversions c on c.id = m.conversion_id
    where m.status not in ('REJECTED') and m.source = 'order' and m.clawed_minor <> m.total_minor and exists (select 1 from refunds r where r.conversion_id = c.id and r.kind = 'full')`,
  'what is pending, payable, in settlement, spent and paid follows from commissions and payouts': `
    with said(account, mode, currency, minor) as (
      select 'pending', mode, currency, -open_minor from commissions where status = 'PENDING'
      union all select 'payable', mode, currency, -open_minor from commissions where status = 'APPROVED'
      union all select 'clawback', mode, currency, open_minor - total_minor + clawed_minor from commissions where status in ('APPROVED', 'IN_PAYOUT', 'PAID')
      union all select 'clawback', mode, currency, -netted_minor from payouts where status in ('OPEN', 'PAID')
      union all select 'settling', mode, currency, netted_minor - gross_minor from payouts where status = 'OPEN'
      union all select 'expense', mode, currency, total_minor - clawed_minor from commissions where status <> 'REJECTED'
      union all select 'cash', mode, currency, netted_minor - gross_minor from payouts where status = 'PAID')
    select * from (select account, mode, currency, sum(minor) as said from said group by 1, 2, 3)
    full join (select account, mode, currency, sum(cast(minor as integer)) as kept from balances group by 1, 2, 3) using (account, mode, currency) where coalesce(said, 0) <> coalesce(kept, 0)`,
  'nobody is owed less than nothing': "select account, affiliate_id, minor from balances where (account = 'clawback' and cast(minor as integer) < 0) or (account = 'settling' and cast(minor as integer) > 0)",
  'a click refers to texts that are there': 'select hex(id) as id from clicks where not (page in (select id from texts) and referrer in (select id from texts) and user_agent in (select id from texts))',
  'numbers have no gap': ['conversions', NUMBERED_ALIKE, 'payouts', 'ledger_transactions', 'audit'].map((table) => `select ${JSON.stringify(table).replaceAll('"', "'")} as noun, count(*) as n from ${table} group by merchant_id having count(*) <> max(number) or min(number) <> 1 or count(*) <> count(distinct number)`).join(' union all '),
}

/** What stands in a database file at the end, and the laws that it breaks, each with the first row that shows it. */
export function lookedAt(file: string, laws: Record<string, string> = {}): { state: EndState; broken: string[] } {
  const db = new Database(file, { readonly: true })
  try {
    return { state: stateOf(db), broken: [...brokenLaws(db, { ...LAWS, ...laws }), ...brokenChain(db)] }
  } finally {
    db.close()
  }
}

const stateOf = (db: Database.Database): EndState =>
  Object.fromEntries(Object.entries(STATE).map(([noun, sql]) => [noun, db.prepare<[], Row>(sql).all().map((row) => Object.values(row).join(' ')).toSorted()])) as EndState

const brokenLaws = (db: Database.Database, laws: Record<string, string>): string[] => Object.entries(laws).flatMap(([law, sql]) => {
  const found = db.prepare<[], Row>(sql).get()
  return found === undefined ? [] : `${law}: ${JSON.stringify(found)}`
})

function brokenChain(db: Database.Database): string[] {
  const rows = db.prepare<[], Parameters<typeof auditDigest>[0] & { digest: string }>('select merchant_id as merchantId, number, mode, at_ms as atMs, actor, action, subject, detail, previous, digest from audit order by number').all()
  return rows.flatMap((row, index) => (row.previous === (rows[index - 1]?.digest ?? '') && row.digest === auditDigest(row) ? [] : `audit row ${row.number} does not follow from the one before`))
}
