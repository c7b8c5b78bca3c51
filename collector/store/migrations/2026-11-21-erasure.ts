/** Rows that stay as they were written, but for columns that an erasure may change; `refused` says when it may not. */
function erasable(table: string, facts: string[], columns: Record<string, string>): string {
  return `
create trigger ${table}_facts before update of ${facts.join(', ')} on ${table} begin select raise(abort, '${table}: append only'); end;${Object.entries(columns).map(([column, refused]) => `
create trigger ${table}_${column}_erased before update of ${column} on ${table} when ${refused} begin select raise(abort, '${table}: ${column} is erased or stays'); end;`).join('')}`
}

const takenAway = (column: string): string => `new.${column} is not null`
const nameless = (column: string): string => `not exists (select 1 from nameless where merchant_id = new.merchant_id and name = new.${column})`

/**
 * What a person has a right to have erased may go, and nothing else: texts become null, names of persons and sessions become
 * names that stand for nobody. Amounts, times, and who earned what stay as they were written.
 */
export const erasure = `
-- Random names that an erasure put in the place of others; which stood for whom is kept nowhere.
create table nameless (merchant_id integer not null references merchants, name blob not null, primary key (merchant_id, name)) strict, without rowid;
create trigger nameless_no_update before update on nameless begin select raise(abort, 'nameless: append only'); end;
create trigger nameless_no_delete before delete on nameless begin select raise(abort, 'nameless: append only'); end;

drop trigger conversions_facts;
create trigger conversions_facts before update of merchant_id, id, number, mode, kind, external_id, minor, currency, occurred_at_ms, received_at_ms,
  lines, discount_minor, tax_minor, prices_include_tax, subscription_id, commission_minor on conversions
begin select raise(abort, 'conversions: an order is never rewritten'); end;
create trigger conversions_metadata_erased before update of metadata on conversions when ${takenAway('metadata')} begin select raise(abort, 'conversions: an order is never rewritten'); end;
-- A visitor's own name space bears the name of their session.
create trigger conversions_site_erased before update of site on conversions when not (old.site like '(browser) %' and new.site like '(browser) %') begin select raise(abort, 'conversions: an order is never rewritten'); end;

drop trigger commissions_facts;
create trigger commissions_facts before update of merchant_id, id, number, mode, conversion_id, affiliate_id, campaign_id, minor, currency, booked_at_ms, unverified, source, raises on commissions
begin select raise(abort, 'commissions: a correction is a new entry'); end;
create trigger commissions_note_erased before update of note on commissions when ${takenAway('note')} begin select raise(abort, 'commissions: a correction is a new entry'); end;

drop trigger refunds_no_update;
${erasable('refunds', ['merchant_id', 'conversion_id', 'number', 'id', 'key', 'kind', 'minor', 'lines', 'received_at_ms', 'cancellation_number', 'took_minor', 'took_base_minor'], { reason: takenAway('reason') })}
drop trigger adjustments_no_update;
${erasable('adjustments', ['merchant_id', 'commission_id', 'number', 'id', 'type', 'minor', 'delta_minor', 'raised_as', 'at_ms'], { reason: takenAway('reason') })}
drop trigger carts_no_update;
${erasable('carts', ['merchant_id', 'mode', 'cart', 'received_at_ms'], { session: nameless('session') })}
drop trigger triggers_facts;
${erasable('triggers', ['merchant_id', 'id', 'number', 'kind', 'affiliate_id', 'campaign_id', 'valid_from_ms', 'recorded_at_ms'], { identity: nameless('identity'), value: "old.kind <> 'email' or new.value <> hex(new.identity)" })}
drop trigger affiliate_addresses_no_update;
${erasable('affiliate_addresses', ['merchant_id', 'affiliate_id', 'use', 'version', 'valid_from_ms'], { identity: nameless('identity'), address: "new.address not like 'erased-%@affiliate.invalid'" })}
drop trigger affiliate_profiles_no_update;
${erasable('affiliate_profiles', ['merchant_id', 'affiliate_id', 'version', 'valid_from_ms'], { value: "new.value <> '{}'" })}
drop trigger affiliate_versions_no_update;
${erasable('affiliate_versions', ['merchant_id', 'affiliate_id', 'version', 'valid_from_ms'], { value: "new.value <> json_remove(old.value, '$.reason')" })}
`
