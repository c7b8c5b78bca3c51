/**
 * Settings of the whole engine: versions of a merchant's terms, special rates, triggers, affiliates' addresses,
 * enrolments that end, and sites that must be proved. What stood in one column moves to where it has versions.
 */
export const engineSettings = `
create table merchant_versions (
  merchant_id integer not null references merchants, version integer not null, valid_from_ms integer not null, value text not null,
  primary key (merchant_id, version)
) strict, without rowid;
insert into merchant_versions (merchant_id, version, valid_from_ms, value)
  select id, 1, created_at_ms, json_object('model', 'last_click', 'couponFirst', json('false'), 'poolDevices', json('false'), 'timezone', timezone) from merchants;
alter table merchants drop column timezone;

-- A host that is only claimed keeps nobody from it: whoever proves it first has it.
create table proved_sites (
  merchant_id integer not null references merchants, host text not null, created_at_ms integer not null, proved_at_ms integer,
  primary key (merchant_id, host)
) strict, without rowid;
insert into proved_sites (merchant_id, host, created_at_ms, proved_at_ms) select merchant_id, host, created_at_ms, created_at_ms from sites;
drop table sites;
alter table proved_sites rename to sites;
create unique index sites_of_one on sites (host) where proved_at_ms is not null;
${oneWay('sites', ['merchant_id', 'host', 'created_at_ms'], 'proved_at_ms')}

create table special_rates (
  merchant_id integer not null, campaign_id text not null, affiliate_id text, sku text, version integer not null, valid_from_ms integer not null, value text,
  foreign key (merchant_id, campaign_id) references campaigns, foreign key (merchant_id, affiliate_id) references affiliates,
  check (affiliate_id is not null or sku is not null)
) strict;
create unique index special_rates_once on special_rates (merchant_id, campaign_id, coalesce(affiliate_id, ''), coalesce(sku, ''), version);

create table triggers (
  merchant_id integer not null, id text not null, number integer not null, kind text not null, value text not null, identity blob,
  affiliate_id text not null, campaign_id text, valid_from_ms integer not null, recorded_at_ms integer not null, ended_at_ms integer,
  primary key (merchant_id, id), unique (merchant_id, number),
  foreign key (merchant_id, affiliate_id) references affiliates, foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;
create unique index triggers_in_force on triggers (merchant_id, kind, value) where ended_at_ms is null;
${oneWay('triggers', ['merchant_id', 'id', 'number', 'kind', 'value', 'identity', 'affiliate_id', 'campaign_id', 'valid_from_ms', 'recorded_at_ms'], 'ended_at_ms')}

create table affiliate_addresses (
  merchant_id integer not null, affiliate_id text not null, use text not null, version integer not null, address text not null, identity blob not null, valid_from_ms integer not null,
  primary key (merchant_id, affiliate_id, use, version), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;
insert into affiliate_addresses (merchant_id, affiliate_id, use, version, address, identity, valid_from_ms)
  select merchant_id, id, 'login', 1, email, identity, created_at_ms from affiliates;
alter table affiliates drop column identity;

-- Of an affiliate's codes the newest is the one that their links show; the others stay as aliases.
alter table codes add column version integer not null default 1;

create table dated_enrolments (
  merchant_id integer not null, affiliate_id text not null, campaign_id text not null, version integer not null, enrolled_at_ms integer not null, left_at_ms integer,
  primary key (merchant_id, affiliate_id, campaign_id, version),
  foreign key (merchant_id, affiliate_id) references affiliates, foreign key (merchant_id, campaign_id) references campaigns
) strict, without rowid;
insert into dated_enrolments (merchant_id, affiliate_id, campaign_id, version, enrolled_at_ms) select merchant_id, affiliate_id, campaign_id, 1, enrolled_at_ms from enrolments;
drop table enrolments;
alter table dated_enrolments rename to enrolments;
create unique index enrolments_in_force on enrolments (merchant_id, affiliate_id, campaign_id) where left_at_ms is null;
${oneWay('enrolments', ['merchant_id', 'affiliate_id', 'campaign_id', 'version', 'enrolled_at_ms'], 'left_at_ms')}

-- Terms in their new form mean what they meant: a flat sum in its one currency, and no limit that was not there.
drop trigger campaign_versions_no_update;
update campaign_versions set value = json_set(json_remove(value, '$.rate.amount'), '$.rate.amounts', json_array(json_extract(value, '$.rate.amount'))) where json_extract(value, '$.rate.kind') = 'flat';
update campaign_versions set value = json_insert(value,
  '$.couponFirst', json('false'), '$.poolDevices', json('false'), '$.adoptUntilMs', null, '$.minimumOrder', json('[]'), '$.capPerOrder', json('[]'), '$.capPerMonth', json('[]'),
  '$.tiers', null, '$.bounties', json('{}'), '$.recurring', 'first_payment');
create trigger campaign_versions_no_update before update on campaign_versions begin select raise(abort, 'campaign_versions: append only'); end;
${['merchant_versions', 'special_rates', 'affiliate_addresses'].map((table) => `${noUpdate(table)}${noDelete(table)}`).join('')}
`

function noUpdate(table: string): string {
  return `
create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${table}: append only'); end;`
}

function noDelete(table: string): string {
  return `
create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${table}: append only'); end;`
}

/** Rows that stay as they were written, but for one column that is filled once. */
function oneWay(table: string, facts: string[], column: string): string {
  return `
create trigger ${table}_facts before update of ${facts.join(', ')} on ${table} begin select raise(abort, '${table}: append only'); end;
create trigger ${table}_once before update of ${column} on ${table} when old.${column} is not null
begin select raise(abort, '${table}: ${column} is written once'); end;${noDelete(table)}`
}
