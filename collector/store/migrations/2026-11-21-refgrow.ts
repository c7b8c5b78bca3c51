import { appendOnly } from './append-only.ts'

/**
 * Customers that a merchant says were referred, each with the address as it was told, because it is given back: it stands
 * nowhere else, and its row can be taken away. And coupons that stay the same while what they credit changes.
 */
export const refgrow = `
create table referrals (
  merchant_id integer not null references merchants, number integer not null, email text not null, identity blob not null, affiliate_id text, status text not null, created_at_ms integer not null,
  primary key (merchant_id, number), unique (merchant_id, identity), foreign key (merchant_id, affiliate_id) references affiliates
) strict, without rowid;

-- A coupon is named by its first trigger; those that came after it are listed here.
create table coupon_triggers (
  merchant_id integer not null, trigger_id text not null, coupon text not null,
  primary key (merchant_id, trigger_id), foreign key (merchant_id, trigger_id) references triggers, foreign key (merchant_id, coupon) references triggers
) strict, without rowid;
create table coupon_versions (
  merchant_id integer not null, coupon text not null, version integer not null, valid_from_ms integer not null, value text not null,
  primary key (merchant_id, coupon, version), foreign key (merchant_id, coupon) references triggers
) strict, without rowid;
${appendOnly('coupon_triggers')}
${appendOnly('coupon_versions')}
`
