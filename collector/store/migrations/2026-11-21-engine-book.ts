import type { Database } from 'better-sqlite3'
import { dayOf, monthOf } from '../../../shared/engine/time.ts'
import { appendOnly } from './append-only.ts'

/**
 * Orders with lines, refunds, adjustments, payouts, and sums. Tables whose columns become optional are made anew, with
 * their rows; the triggers that name them stand aside meanwhile.
 */
export const engineBook = `
alter table clicks add column clamped integer not null default 0;
alter table clicks add column adopted integer not null default 0;
alter table bindings add column kind text not null default 'identity';
alter table identifiers add column position integer not null default 0;

drop trigger conversions_facts;
alter table conversions add column lines text not null default '[]';
alter table conversions add column discount_minor integer not null default 0;
alter table conversions add column tax_minor integer not null default 0;
alter table conversions add column prices_include_tax integer not null default 0;
alter table conversions add column subscription_id text;
alter table conversions add column commission_minor integer;
create index conversions_by_subscription on conversions (merchant_id, mode, subscription_id, number) where subscription_id is not null;
create trigger conversions_facts before update of merchant_id, id, number, mode, kind, site, external_id, minor, currency, metadata, occurred_at_ms, received_at_ms,
  lines, discount_minor, tax_minor, prices_include_tax, subscription_id, commission_minor on conversions
begin select raise(abort, 'conversions: an order is never rewritten'); end;

alter table receipts add column digest text not null default '';

drop trigger ledger_transactions_balanced;
drop trigger ledger_transactions_once;
drop trigger ledger_transactions_no_update;
drop trigger ledger_transactions_no_delete;
drop trigger ledger_entries_sealed;
drop trigger commissions_facts;
drop trigger commissions_no_delete;

create table new_commissions (
  merchant_id integer not null, id text not null, number integer not null, mode text not null, conversion_id text, affiliate_id text not null,
  campaign_id text, minor integer not null, currency text not null, total_minor integer not null, clawed_minor integer not null, open_minor integer not null,
  status text not null, reason text, booked_at_ms integer not null, approvable_at_ms integer, unverified integer not null, transferred_to text,
  source text not null, note text, raises text,
  primary key (merchant_id, id), unique (merchant_id, number),
  foreign key (merchant_id, conversion_id) references conversions, foreign key (merchant_id, affiliate_id) references affiliates,
  foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;
insert into new_commissions
select m.merchant_id, m.id, m.number, m.mode, m.conversion_id, m.affiliate_id, m.campaign_id, m.minor, m.currency, m.minor, 0, iif(m.status = 'REJECTED', 0, m.minor),
  m.status, m.reason, m.booked_at_ms, m.approvable_at_ms, instr(c.marks, '"UNVERIFIED_IDENTITY"') > 0, null, 'order', null, null
from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id;
drop table commissions;
alter table new_commissions rename to commissions;
create unique index commissions_once on commissions (merchant_id, conversion_id, affiliate_id) where conversion_id is not null and source <> 'raise';
create index commissions_due on commissions (approvable_at_ms, id) where status = 'PENDING' and approvable_at_ms is not null;
create index commissions_by_affiliate on commissions (merchant_id, affiliate_id, mode, currency, status);
create index commissions_by_conversion on commissions (merchant_id, conversion_id) where conversion_id is not null;
create index commissions_by_raise on commissions (merchant_id, raises) where raises is not null;
create trigger commissions_facts before update of merchant_id, id, number, mode, conversion_id, affiliate_id, campaign_id, minor, currency, booked_at_ms, unverified, source, note, raises on commissions
begin select raise(abort, 'commissions: a correction is a new entry'); end;
create trigger commissions_no_delete before delete on commissions begin select raise(abort, 'commissions: nothing booked disappears'); end;

-- What a commission is made of: by campaign, the share of how much base. Sums for tiers and caps are taken of it.
create table commission_parts (
  merchant_id integer not null, affiliate_id text not null, campaign_id text not null, currency text not null, mode text not null, month text not null,
  conversion_number integer not null, commission_id text not null, n integer not null, weight_n integer not null, weight_d integer not null, minor integer not null, left_minor integer not null,
  primary key (merchant_id, affiliate_id, campaign_id, currency, mode, month, conversion_number, commission_id, n),
  foreign key (merchant_id, commission_id) references commissions
) strict, without rowid;
create index commission_parts_by_commission on commission_parts (merchant_id, commission_id, n);

create table new_ledger_transactions (
  merchant_id integer not null references merchants, id text not null, mode text not null, event text not null, commission_id text, payout_id text, fact_id text,
  currency text not null, at_ms integer not null, number integer not null,
  primary key (merchant_id, id), unique (merchant_id, number), check ((commission_id is null) <> (payout_id is null)),
  foreign key (merchant_id, commission_id) references commissions, foreign key (merchant_id, payout_id) references payouts
) strict, without rowid;
insert into new_ledger_transactions select merchant_id, id, mode, event, commission_id, null, null, currency, at_ms, number from ledger_transactions;
drop table ledger_transactions;
alter table new_ledger_transactions rename to ledger_transactions;
create index ledger_transactions_by_commission on ledger_transactions (merchant_id, commission_id, number) where commission_id is not null;
create index ledger_transactions_by_payout on ledger_transactions (merchant_id, payout_id, number) where payout_id is not null;
create unique index ledger_booked_once on ledger_transactions (merchant_id, commission_id) where event = 'booked';
create trigger ledger_transactions_balanced before insert on ledger_transactions
when coalesce((select sum(minor) from ledger_entries where merchant_id = new.merchant_id and transaction_id = new.id), 1) <> 0
begin select raise(abort, 'ledger: the entries of a transaction must sum to zero'); end;
create trigger ledger_transactions_once before insert on ledger_transactions
when exists (select 1 from ledger_transactions where merchant_id = new.merchant_id and id = new.id)
  or new.event = 'booked' and exists (select 1 from ledger_transactions where merchant_id = new.merchant_id and commission_id = new.commission_id and event = 'booked')
begin select raise(abort, 'ledger: a transaction is written once'); end;
create trigger ledger_entries_sealed before insert on ledger_entries
when exists (select 1 from ledger_transactions where merchant_id = new.merchant_id and id = new.transaction_id)
  or exists (select 1 from ledger_entries where merchant_id = new.merchant_id and transaction_id = new.transaction_id and line = new.line)
begin select raise(abort, 'ledger: a written transaction takes no more entries'); end;

-- What stands in each account, kept in the transaction that writes the entries; verify adds it up anew.
create table balances (
  merchant_id integer not null, mode text not null, currency text not null, account text not null, affiliate_id text not null, minor text not null,
  primary key (merchant_id, mode, currency, account, affiliate_id)
) strict, without rowid;
insert into balances
select e.merchant_id, t.mode, t.currency, e.account, coalesce(e.affiliate_id, ''), cast(sum(e.minor) as text)
from ledger_entries e join ledger_transactions t on t.merchant_id = e.merchant_id and t.id = e.transaction_id
group by 1, 2, 3, 4, 5;

create table refunds (
  merchant_id integer not null, conversion_id text not null, number integer not null, id text not null, key text not null, kind text not null, minor integer not null,
  lines text not null, reason text, received_at_ms integer not null,
  primary key (merchant_id, conversion_id, number), unique (merchant_id, conversion_id, key), unique (merchant_id, id),
  foreign key (merchant_id, conversion_id) references conversions
) strict, without rowid;
create table adjustments (
  merchant_id integer not null, commission_id text not null, number integer not null, id text not null, type text not null, minor integer not null, delta_minor integer not null,
  raised_as text, reason text, at_ms integer not null,
  primary key (merchant_id, commission_id, number), unique (merchant_id, id), foreign key (merchant_id, commission_id) references commissions
) strict, without rowid;
create table payouts (
  merchant_id integer not null references merchants, id text not null, number integer not null, mode text not null, affiliate_id text not null, currency text not null,
  gross_minor integer not null, netted_minor integer not null, status text not null, method text, note text, made_at_ms integer not null, paid_at_ms integer, ended_at_ms integer,
  primary key (merchant_id, id), unique (merchant_id, number), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;
create table payout_commissions (
  merchant_id integer not null, payout_id text not null, commission_id text not null,
  primary key (merchant_id, payout_id, commission_id),
  foreign key (merchant_id, payout_id) references payouts, foreign key (merchant_id, commission_id) references commissions
) strict, without rowid;
create index payout_commissions_by_commission on payout_commissions (merchant_id, commission_id);
create trigger payouts_facts before update of merchant_id, id, number, mode, affiliate_id, currency, gross_minor, netted_minor, made_at_ms on payouts
begin select raise(abort, 'payouts: an amount is fixed when the payout is made'); end;
create trigger payouts_no_delete before delete on payouts begin select raise(abort, 'payouts: nothing booked disappears'); end;

-- Counted clicks by day in the merchant's zone; those of before this table under no campaign.
create table daily_clicks (
  merchant_id integer not null, day text not null, mode text not null, campaign_id text not null, affiliate_id text not null, clicks integer not null,
  primary key (merchant_id, day, mode, campaign_id, affiliate_id)
) strict, without rowid;

-- Who did what by hand; each row holds the digest of the one before.
create table audit (
  merchant_id integer not null references merchants, number integer not null, mode text not null, at_ms integer not null, actor text not null, action text not null, subject text not null,
  detail text not null, previous text not null, digest text not null,
  primary key (merchant_id, number)
) strict, without rowid;
${['ledger_transactions', 'refunds', 'adjustments', 'payout_commissions', 'audit'].map(appendOnly).join('')}
`

/** Fills what counts days and months in the merchant's zone, which SQL does not know. */
export function countInZones(db: Database): void {
  db.function('day_of', { deterministic: true }, (atMs: unknown, zone: unknown) => dayOf(Number(atMs), String(zone)))
  db.function('month_of', { deterministic: true }, (atMs: unknown, zone: unknown) => monthOf(Number(atMs), String(zone)))
  db.exec(`
    insert into commission_parts
    select m.merchant_id, m.affiliate_id, m.campaign_id, m.currency, m.mode, month_of(c.occurred_at_ms, z.timezone), c.number, m.id, 0, 1, 1, m.minor, c.minor
    from commissions m join conversions c on c.merchant_id = m.merchant_id and c.id = m.conversion_id join merchants z on z.id = m.merchant_id;
    insert into daily_clicks
    select k.merchant_id, day_of(k.occurred_at_ms, z.timezone), iif(k.mode = 1, 'test', 'live'), '', c.affiliate_id, count(*)
    from clicks k join codes c on c.merchant_id = k.merchant_id and lower(c.code) = k.code join merchants z on z.id = k.merchant_id
    where k.joined is null and k.bot = 0 group by 1, 2, 3, 5;
  `)
}
