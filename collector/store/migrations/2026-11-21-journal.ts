/** The next number of a merchant's journal: without gaps, because it is taken in the transaction that writes what it numbers. */
const NEXT = '(select coalesce(max(number), 0) + 1 from journal where merchant_id = new.merchant_id)'

/** Notes each of these rows; `ref` finds it again, or says what there is to say where a row has no name of its own. */
function noted(name: string, event: string, { kind, atMs, mode = 'new.mode', ref, detail = 'null' }: { kind: string; atMs: string; mode?: string; ref: string; detail?: string }): string {
  return `
create trigger journal_${name} ${event}
begin insert into journal (merchant_id, number, at_ms, mode, kind, ref, detail) values (new.merchant_id, ${NEXT}, ${atMs}, ${mode}, ${kind}, ${ref}, ${detail}); end;`
}

const modeOfOrder = '(select mode from conversions where merchant_id = new.merchant_id and id = new.conversion_id)'

/**
 * What happens, in the order in which it is recorded: neither clicks nor bindings have numbers, and times do not tell, because
 * several things share one and clocks are set back. It names rows and holds nothing of its own that is about a person; the
 * oldest of it goes. And when a commission was last changed, which a ledger of amounts does not tell of one of zero.
 */
export const journal = `
create table journal (
  merchant_id integer not null, number integer not null, at_ms integer not null, mode text not null, kind text not null, ref any, detail text,
  primary key (merchant_id, number)
) strict, without rowid;
alter table commissions add column changed_at_ms integer;
${noted('click', 'after insert on clicks', { kind: "'click'", atMs: 'new.received_at_ms', mode: "iif(new.mode = 1, 'test', 'live')", ref: 'new.id' })}
${noted('identify', 'after insert on bindings', { kind: "'identify'", atMs: 'new.received_at_ms', ref: 'null', detail: 'new.source' })}
${noted('conversion', 'after insert on conversions', { kind: "'conversion'", atMs: 'new.received_at_ms', ref: 'new.id' })}
${noted('settlement', `after insert on receipts
when json_extract(new.outcome, '$.attributed') and json_extract(new.inputs, '$.kind') is not 'credit'
  and exists (select 1 from receipts where merchant_id = new.merchant_id and conversion_id = new.conversion_id and n < new.n)`, { kind: "'settlement'", atMs: 'new.decided_at_ms', mode: modeOfOrder, ref: 'new.n' })}
${noted('refund', 'after insert on refunds', { kind: "'refund'", atMs: 'new.received_at_ms', mode: modeOfOrder, ref: 'new.id' })}
${noted('credit', "after insert on commissions when new.source <> 'order'", { kind: "'credit'", atMs: 'new.booked_at_ms', ref: 'new.id' })}
${noted('decision', `after update of status on commissions
when old.status <> new.status and (new.status = 'REJECTED' or new.status = 'APPROVED' and old.status = 'PENDING')`, { kind: "iif(new.status = 'APPROVED', 'approval', 'rejection')", atMs: 'coalesce(new.changed_at_ms, new.booked_at_ms)', ref: 'new.id' })}
${noted('payout', 'after insert on payouts', { kind: "'payout'", atMs: 'new.made_at_ms', ref: 'new.id', detail: 'new.status' })}
${noted('payout_change', 'after update of status on payouts when old.status <> new.status', { kind: "'payout'", atMs: 'coalesce(new.ended_at_ms, new.paid_at_ms, new.made_at_ms)', ref: 'new.id', detail: 'new.status' })}
${noted('audit', 'after insert on audit', { kind: "'audit'", atMs: 'new.at_ms', ref: 'new.number' })}
`
