import { appendOnly } from './append-only.ts'

/** Which session a shop's cart is of; the first word on a cart stands. */
export const carts = `
create table carts (
  merchant_id integer not null references merchants, mode text not null, cart blob not null, session blob not null, received_at_ms integer not null,
  primary key (merchant_id, mode, cart)
) strict, without rowid;
alter table identifiers add column unverified integer not null default 0;
${appendOnly('carts')}
`
