/** The first tables. Ids of clicks and sessions are 16-byte blobs; every key starts with the merchant. */
export const spine = `
create table merchants (
  id integer primary key, name text not null, currency text not null, timezone text not null, created_at_ms integer not null
) strict;
create table sites (
  host text primary key, merchant_id integer not null references merchants, created_at_ms integer not null
) strict, without rowid;
create table users (
  merchant_id integer not null references merchants, email text not null, created_at_ms integer not null,
  primary key (merchant_id, email)
) strict, without rowid;
create table setup_links (
  token_hash text primary key, merchant_id integer references merchants, expires_at_ms integer not null, used_at_ms integer
) strict, without rowid;
create table sequences (
  merchant_id integer not null, noun text not null, last integer not null, primary key (merchant_id, noun)
) strict, without rowid;

create table keys (
  merchant_id integer not null references merchants, id text not null, dialect text not null, mode text not null, scopes text not null,
  public_id text, secret_hash text not null unique, created_at_ms integer not null, revoked_at_ms integer,
  primary key (merchant_id, id)
) strict, without rowid;

create table campaigns (
  merchant_id integer not null references merchants, id text not null, number integer not null, created_at_ms integer not null,
  primary key (merchant_id, id), unique (merchant_id, number)
) strict, without rowid;
create table campaign_versions (
  merchant_id integer not null, campaign_id text not null, version integer not null, valid_from_ms integer not null, value text not null,
  primary key (merchant_id, campaign_id, version), foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;

create table affiliates (
  merchant_id integer not null references merchants, id text not null, number integer not null, name text not null, email text not null,
  identity blob not null, created_at_ms integer not null,
  primary key (merchant_id, id), unique (merchant_id, number), unique (merchant_id, email)
) strict, without rowid;
create table affiliate_versions (
  merchant_id integer not null, affiliate_id text not null, version integer not null, valid_from_ms integer not null, value text not null,
  primary key (merchant_id, affiliate_id, version), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;
create table codes (
  merchant_id integer not null, code text not null, affiliate_id text not null, valid_from_ms integer not null,
  primary key (merchant_id, code), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;
create table enrolments (
  merchant_id integer not null, affiliate_id text not null, campaign_id text not null, enrolled_at_ms integer not null,
  primary key (merchant_id, affiliate_id, campaign_id),
  foreign key (merchant_id, affiliate_id) references affiliates, foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;

create table texts (
  id integer primary key, merchant_id integer not null, text text not null, unique (merchant_id, text)
) strict;
create table clicks (
  merchant_id integer not null, id blob not null, session blob, code text not null, campaign text, host text,
  url_hash integer not null, page integer not null, referrer integer not null, user_agent integer not null,
  mode integer not null, bot integer not null, waited integer not null, joined blob, occurred_at_ms integer not null, received_at_ms integer not null,
  primary key (merchant_id, id)
) strict, without rowid;
create index clicks_by_session on clicks (merchant_id, session, occurred_at_ms) where session is not null;

create table bindings (
  merchant_id integer not null, session blob not null, identity blob not null, source text not null, mode text not null,
  occurred_at_ms integer not null, received_at_ms integer not null,
  primary key (merchant_id, session, identity, source, mode, occurred_at_ms)
) strict, without rowid;
create index bindings_by_identity on bindings (merchant_id, identity);

create table conversions (
  merchant_id integer not null references merchants, id text not null, number integer not null, mode text not null, kind text not null, site text not null,
  external_id text, minor integer not null, currency text not null, metadata text, attributed integer not null,
  considered integer not null, marks text not null,
  occurred_at_ms integer not null, received_at_ms integer not null, changed_at_ms integer not null,
  primary key (merchant_id, id), unique (merchant_id, number)
) strict, without rowid;
create unique index conversions_by_order on conversions (merchant_id, mode, kind, site, external_id) where external_id is not null;
create index conversions_by_external_id on conversions (merchant_id, external_id) where external_id is not null;
create table identifiers (
  merchant_id integer not null, kind text not null, value blob not null, conversion_id text not null, received_at_ms integer not null,
  primary key (merchant_id, kind, value, conversion_id), foreign key (merchant_id, conversion_id) references conversions
) strict, without rowid;
create index identifiers_by_conversion on identifiers (merchant_id, conversion_id);
create table receipts (
  n integer primary key, merchant_id integer not null, id text not null, conversion_id text not null, engine integer not null,
  decided_at_ms integer not null, inputs text not null, outcome text not null,
  foreign key (merchant_id, conversion_id) references conversions
) strict;
create index receipts_by_conversion on receipts (merchant_id, conversion_id);

create table commissions (
  merchant_id integer not null, id text not null, number integer not null, mode text not null, conversion_id text not null, affiliate_id text not null,
  campaign_id text not null, minor integer not null, currency text not null, status text not null, reason text, booked_at_ms integer not null, approvable_at_ms integer,
  primary key (merchant_id, id), unique (merchant_id, number), unique (merchant_id, conversion_id, affiliate_id),
  foreign key (merchant_id, conversion_id) references conversions, foreign key (merchant_id, affiliate_id) references affiliates,
  foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;
create index commissions_due on commissions (approvable_at_ms, id) where status = 'PENDING' and approvable_at_ms is not null;
create index commissions_by_affiliate on commissions (merchant_id, affiliate_id, mode);

create table answers (
  merchant_id integer not null, route text not null, key_hash text not null, body_hash text not null, status integer not null, body text not null,
  created_at_ms integer not null, primary key (merchant_id, route, key_hash)
) strict, without rowid;
create index answers_by_age on answers (created_at_ms);

create table ledger_transactions (
  merchant_id integer not null references merchants, id text not null, mode text not null, event text not null, commission_id text not null,
  currency text not null, at_ms integer not null, number integer not null,
  primary key (merchant_id, id), unique (merchant_id, number), foreign key (merchant_id, commission_id) references commissions
) strict, without rowid;
create index ledger_transactions_by_commission on ledger_transactions (merchant_id, commission_id, number);
create unique index ledger_booked_once on ledger_transactions (merchant_id, commission_id) where event = 'booked';
create table ledger_entries (
  merchant_id integer not null, transaction_id text not null, line integer not null, account text not null, affiliate_id text, minor integer not null,
  primary key (merchant_id, transaction_id, line),
  foreign key (merchant_id, transaction_id) references ledger_transactions deferrable initially deferred
) strict, without rowid;

-- A transaction's entries are written first and sealed by its own row, which is refused unless they sum to zero.
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
${['ledger_transactions', 'ledger_entries', 'receipts', 'campaign_versions', 'affiliate_versions', 'codes'].map(appendOnly).join('')}
-- What an order said is never changed (ENGINE section 3, rule 9).
create trigger conversions_facts before update of merchant_id, id, number, mode, kind, site, external_id, minor, currency, metadata, occurred_at_ms, received_at_ms on conversions
begin select raise(abort, 'conversions: an order is never rewritten'); end;
create trigger conversions_settled before update of attributed on conversions when old.attributed = 1 and new.attributed = 0
begin select raise(abort, 'conversions: an attributed order stays attributed'); end;
create trigger conversions_no_delete before delete on conversions begin select raise(abort, 'conversions: nothing booked disappears'); end;
create trigger commissions_facts before update of merchant_id, id, number, mode, conversion_id, affiliate_id, campaign_id, minor, currency, booked_at_ms on commissions
begin select raise(abort, 'commissions: a correction is a new entry'); end;
create trigger commissions_no_delete before delete on commissions begin select raise(abort, 'commissions: nothing booked disappears'); end;
`

function appendOnly(table: string): string {
  return `
create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${table}: append only'); end;
create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${table}: append only'); end;
`
}
