import { appendOnly } from './append-only.ts'

/**
 * Who affiliates are may change: names move into versions of a profile, the address to write to is the newest of their logins.
 * Keys that could do everything still can.
 */
export const profiles = `
create table affiliate_profiles (
  merchant_id integer not null, affiliate_id text not null, version integer not null, valid_from_ms integer not null, value text not null,
  primary key (merchant_id, affiliate_id, version), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;
insert into affiliate_profiles (merchant_id, affiliate_id, version, valid_from_ms, value)
  select merchant_id, id, 1, created_at_ms, json_object('firstName', trim(substr(name, 1, instr(name || ' ', ' ') - 1)), 'lastName', trim(substr(name, instr(name || ' ', ' ') + 1))) from affiliates;

create table passwords (
  merchant_id integer not null, affiliate_id text not null, version integer not null, hash text not null, set_at_ms integer not null,
  primary key (merchant_id, affiliate_id, version), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;

create table unnamed_affiliates (
  merchant_id integer not null references merchants, id text not null, number integer not null, created_at_ms integer not null,
  primary key (merchant_id, id), unique (merchant_id, number)
) strict, without rowid;
insert into unnamed_affiliates select merchant_id, id, number, created_at_ms from affiliates;
drop table affiliates;
alter table unnamed_affiliates rename to affiliates;

create index daily_clicks_by_affiliate on daily_clicks (merchant_id, affiliate_id, mode);

update keys set scopes = json_insert(scopes, '$[#]', 'campaigns', '$[#]', 'affiliates') where json_array_length(scopes) = 5;
${appendOnly('affiliate_profiles')}
`
