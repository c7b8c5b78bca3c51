import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { verify, type Verified } from '../../collector/service/verify.ts'
import { auditDigest } from '../../collector/store/sqlite/audit.ts'
import { receiptDigest } from '../../collector/store/sqlite/conversions.ts'
import { openSqlite } from '../../collector/store/sqlite/sqlite.ts'
import type { Store } from '../../collector/store/store.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { tempDir } from '../helpers/collector.ts'
import { bookKeeper, richBook } from '../helpers/rich-book.ts'
import { rowsOf } from '../helpers/rows.ts'

const ends: (() => void | Promise<void>)[] = []
let dir = ''

beforeAll(async () => {
  const book = await richBook({ atEnd: (end) => ends.unshift(end) })
  dir = book.dir
  await book.close()
}, 60_000)
afterAll(async () => {
  for (const end of ends) await end()
})

/** Checks a copy of the book after a thief with the file had a moment: no triggers, no references, no unique indexes. */
async function verifyAfter(sql: string, named = "select ''"): Promise<{ result: Verified; name: string; url: string }> {
  const copy = tempDir()
  const file = join(copy, 'copy.db')
  copyFileSync(join(dir, 'test.db'), file)
  copyFileSync(join(dir, 'identity.key'), join(copy, 'identity.key'))
  const db = new Database(file)
  db.pragma('foreign_keys = off')
  for (const { name } of db.prepare<[], { name: string }>("select name from sqlite_master where type = 'trigger'").all()) db.exec(`drop trigger ${name}`)
  for (const { name } of db.prepare<[], { name: string }>("select name from sqlite_master where type = 'index' and sql like 'create unique%'").all()) db.exec(`drop index ${name}`)
  db.function('receipt_digest', { varargs: true }, (...row) => {
    const [id, conversionId, engine, decidedAtMs, inputs, outcome] = row
    return receiptDigest({ id: String(id), conversionId: String(conversionId), engine: Number(engine), decidedAtMs: Number(decidedAtMs), inputs: String(inputs), outcome: String(outcome) })
  })
  db.function('audit_digest', { varargs: true }, (...row) => {
    const [merchantId, number, mode, atMs, actor, action, subject, detail, previous] = row
    return auditDigest({ merchantId: Number(merchantId), number: Number(number), mode: mode === 'test' ? 'test' : 'live', atMs: Number(atMs), actor: String(actor), action: String(action), subject: String(subject), detail: String(detail), previous: String(previous) })
  })
  const name = String(db.prepare<[], unknown>(named).pluck().get() ?? 'the row that should be named')
  db.exec(sql)
  db.close()
  const store = openSqlite(file)
  onTestFinished(() => store.close())
  return { result: await verify({ store }), name, url: `sqlite:${file}` }
}

test('a book in which everything happened is as it must be', async () => {
  const { result } = await verifyAfter('select 1')
  expect(result).toEqual({ ok: true, conversions: 22, commissions: 35, payouts: 6, entries: expect.any(Number), problems: [] })
  expect(result.entries).toBeGreaterThan(150)
})

const order = (externalId: string): string => `(select id from conversions where external_id = '${externalId}')`
const commission = (externalId: string): string => `(select id from commissions where conversion_id = ${order(externalId)} order by number limit 1)`
const payout = (number: number): string => `(select id from payouts where number = ${number})`
const transaction = (externalId: string, event: string): string => `(select id from ledger_transactions where commission_id = ${commission(externalId)} and event = '${event}' order by number limit 1)`
const payoutTransaction = (number: number, event: string): string => `(select id from ledger_transactions where payout_id = ${payout(number)} and event = '${event}')`
const adjustment = (number: number): string => `(select id from adjustments where commission_id = ${commission('adjusted')} and number = ${number})`
const refund = (externalId: string, number: number): string => `(select id from refunds where conversion_id = ${order(externalId)} and number = ${number})`
const receipt = (externalId: string): string => `(select id from receipts where conversion_id = ${order(externalId)} order by n limit 1)`
const raise = "(select id from commissions where source = 'raise')"
const credit = (minor: number): string => `(select id from commissions where conversion_id is null and minor = ${minor})`
const affiliate = (name: string): string => `(select affiliate_id from affiliate_profiles where json_extract(value, '$.firstName') = '${name}')`

/** A change of a receipt by somebody who knows how its digest is made. */
const forge = (externalId: string, change: string): string => `
  update receipts set ${change} where id = ${receipt(externalId)};
  update receipts set digest = receipt_digest(id, conversion_id, engine, decided_at_ms, inputs, outcome) where id = ${receipt(externalId)};`

const setOrder = (externalId: string, change: string): string => `update conversions set ${change} where id = ${order(externalId)}`
const setCommission = (id: string, change: string): string => `update commissions set ${change} where id = ${id}`
const setParts = (externalId: string, change: string): string => `update commission_parts set ${change} where commission_id = ${commission(externalId)}`

type Corruption = [what: string, sql: string, named: string, says: RegExp]

const ORDERS: Corruption[] = [
  ['amount', setOrder('c1', 'minor = minor + 1'), order('c1'), /is about another order than/],
  ['base in totals', setOrder('c1', 'base_minor = 1'), order('c1'), /counts a base of 1 in totals/],
  ['currency', setOrder('c1', "currency = 'USD'"), order('c1'), /is about another order than/],
  ['lines', setOrder('lines', "lines = replace(lines, '4000', '4001')"), order('lines'), /is about another order than/],
  ['discount', setOrder('lines', 'discount_minor = 600'), order('lines'), /is about another order than/],
  ['tax', setOrder('tax', 'tax_minor = 999'), order('tax'), /is about another order than/],
  ['prices include tax', setOrder('tax', 'prices_include_tax = 0'), order('tax'), /is about another order than/],
  ['commission that the call named', setOrder('said', 'commission_minor = 778'), order('said'), /is about another order than/],
  ['kind', setOrder('lead', "kind = 'sale'"), order('lead'), /is about another order than/],
  ['mode', setOrder('test', "mode = 'live'"), order('test'), /is of another mode or currency than/],
  ['time', setOrder('c1', 'occurred_at_ms = occurred_at_ms - 1'), order('c1'), /is about another order than/],
  ['receipt', setOrder('c1', 'received_at_ms = received_at_ms - 1'), order('c1'), /is about another order than/],
  ['attribution', setOrder('c1', 'attributed = 0'), order('c1'), /is not marked attributed/],
  ['attribution of what nobody won', setOrder('lost', 'attributed = 1'), order('lost'), /is marked attributed/],
  ['touches considered', setOrder('c1', 'considered = 9'), order('c1'), /considered 9 touches/],
  ['marks', setOrder('late', "marks = '[]'"), order('late'), /bears the marks none/],
  ['marks that no receipt bears', setOrder('c1', `marks = '["CAPPED"]'`), order('c1'), /bears the marks CAPPED/],
  ['subscription of a later payment', setOrder('sub-2', 'subscription_id = null'), order('sub-2'), /is of a later payment/],
  ['subscription of a later payment, to one that was paid after it', `update conversions set subscription_id = 'T' where external_id in ('c1', 'sub-2')`, order('sub-2'), /has no first one/],
  ["subscription of a later payment, to another affiliate's", `update conversions set subscription_id = 'T' where external_id in ('thirds', 'sub-2')`, receipt('sub-2'), /pays others than the first payment/],
  ["subscription of a first payment, to another's", setOrder('said', "subscription_id = 'S'"), receipt('sub-1'), /contests order .*, which is a later payment/],
  ['number', setOrder('c1', 'number = 999'), "select 'conversion number ' || number from conversions where external_id = 'c1'", /is missing/],
  ['a lost one', `delete from conversions where id = ${order('c1')}`, order('c1'), /of unknown conversion/],
  ['the last one lost, with all that belongs to it', `delete from receipts where conversion_id = ${order('taken')}; delete from conversions where id = ${order('taken')}`, "select number from conversions where external_id = 'taken'", /conversion number .* is missing/],
  ['one order twice', `update conversions set external_id = 'c2' where id = ${order('c1')}`, "select 'order c2 stands 2 times'", /stands 2 times/],
  ['marks that are no JSON', setOrder('c1', "marks = '{'"), "select 'conversion number ' || number from conversions where external_id = 'c1'", /cannot be read/],
]

const RECEIPTS: Corruption[] = [
  ['what it was decided on', `update receipts set inputs = replace(inputs, '"windowDays":30', '"windowDays":31') where id = ${receipt('c1')}`, receipt('c1'), /its digest differs/],
  ['what was decided', `update receipts set outcome = replace(outcome, '1000', '2000') where id = ${receipt('c1')}`, receipt('c1'), /does not follow from what it was decided on/],
  ['what was decided, with a digest that fits', forge('c1', "outcome = replace(outcome, '1000', '2000')"), receipt('c1'), /does not follow from what it was decided on/],
  ['the rate, and all that follows from it', forge('c1', `inputs = replace(inputs, '"ppm":100000', '"ppm":200000'), outcome = replace(outcome, '1000', '2000')`), receipt('c1'), /other terms of campaign/],
  ['the version of the terms', forge('c1', `inputs = replace(inputs, '"version":3', '"version":1')`), receipt('c1'), /other terms of campaign/],
  ['a special rate', forge('tax', `inputs = replace(inputs, '"ppm":150000', '"ppm":160000')`), receipt('tax'), /other terms of campaign/],
  ['the default terms', forge('c1', `inputs = replace(inputs, '"fallback":{"model":"last_click"', '"fallback":{"model":"first_click"')`), receipt('c1'), /other default terms/],
  ["an affiliate's status", forge('c1', `inputs = replace(inputs, '"affiliateActive":true', '"affiliateActive":false')`), receipt('c1'), /what the settings do not/],
  ['whose code it was', forge('c1', `inputs = replace(inputs, '"code":"dan"', '"code":"ana"')`), receipt('c1'), /what the settings do not/],
  ['the shares of a later payment', forge('sub-2', `inputs = replace(inputs, '"weight":{"n":1,"d":1}', '"weight":{"n":1,"d":2}')`), receipt('sub-2'), /gives other shares/],
  ['until when renewals pay', forge('sub-2', `inputs = replace(inputs, '"renewalsEndAtMs":null', '"renewalsEndAtMs":9999999999999')`), receipt('sub-2'), /ends renewals at another time/],
  ['what had been booked in the month', forge('c1', "inputs = json_set(inputs, '$.usage[0].booked', '7')"), receipt('c1'), /counts 7 as booked to/],
  ['the first one lost', `delete from receipts where id = ${receipt('late')}`, order('late'), /has no receipt of when it was recorded/],
  ['when it was decided', forge('c1', 'decided_at_ms = decided_at_ms + 1'), commission('c1'), /differ from its receipt/],
  ['its engine', forge('c1', 'engine = 9'), receipt('c1'), /cannot be judged again: Error: engine version 9/],
  ['a lost one', `delete from receipts where id = ${receipt('c1')}`, order('c1'), /differ from its receipt|is marked attributed/],
  ['the only one', `delete from receipts where conversion_id = ${order('said')}`, order('said'), /has no receipt/],
  ['one of another order', `update receipts set conversion_id = ${order('c2')} where id = ${receipt('c1')}`, order('c2'), /is about another order than/],
  ['one of no order', `update receipts set conversion_id = 'cnv_x' where id = ${receipt('c1')}`, receipt('c1'), /of unknown conversion cnv_x/],
  ['one that is no JSON', `update receipts set inputs = '{' where id = ${receipt('c1')}`, "select 'conversion number ' || number from conversions where external_id = 'c1'", /cannot be read/],
  ['one of another shape', forge('c1', "outcome = '{}'"), "select 'conversion number ' || number from conversions where external_id = 'c1'", /cannot be checked/],
]

const COMMISSIONS: Corruption[] = [
  ['amount', setCommission(commission('c1'), 'minor = 999'), commission('c1'), /differ from its receipt/],
  ['currency', setCommission(commission('c1'), "currency = 'USD'"), commission('c1'), /is of another mode or currency/],
  ['affiliate', setCommission(commission('c1'), `affiliate_id = ${affiliate('Ana')}`), commission('c1'), /nothing explains/],
  ['affiliate that is nobody', setCommission(commission('c1'), "affiliate_id = 'aff_x'"), commission('c1'), /of unknown affiliate aff_x/],
  ['campaign', setCommission(commission('c1'), 'campaign_id = null'), commission('c1'), /differ from its receipt/],
  ['mode', setCommission(commission('c1'), "mode = 'test'"), commission('c1'), /is of another mode or currency/],
  ['total', setCommission(commission('adjusted'), 'total_minor = total_minor + 1'), commission('adjusted'), /totalMinor is 5751, its facts say 5750/],
  ['what was taken back', setCommission(commission('c1'), 'clawed_minor = 399'), commission('c1'), /clawedMinor is 399, its facts say 400/],
  ['more taken back than there was', setCommission(commission('c1'), 'clawed_minor = 1001'), commission('c1'), /1001 of 1000 was taken back/],
  ['less than all of a full refund', setCommission(commission('c2'), 'clawed_minor = 249'), commission('c2'), /is fully refunded, and 249 of 250/],
  ['what is open', setCommission(commission('said'), 'open_minor = open_minor + 1'), commission('said'), /openMinor is 778, its facts say 777/],
  ['status, approved from paid', setCommission(commission('c1'), "status = 'APPROVED'"), commission('c1'), /is APPROVED, its ledger says: booked, approved/],
  ['status, approved by nobody', setCommission(credit(300), "status = 'APPROVED'"), credit(300), /is APPROVED, its ledger says: booked/],
  ['status, pending again', setCommission(commission('said'), "status = 'PENDING'"), commission('said'), /is PENDING, its ledger says: booked, approved/],
  ['status, paid by no payout', setCommission(commission('said'), "status = 'PAID'"), commission('said'), /is PAID, and in 0 payouts/],
  ['status, rejected', setCommission(commission('said'), "status = 'REJECTED', reason = 'denied'"), commission('said'), /is REJECTED, its ledger says/],
  ['status, back from the dead', setCommission(commission('denied'), "status = 'APPROVED', reason = null, open_minor = 1000"), commission('denied'), /is APPROVED, its ledger says: booked, rejected_pending/],
  ['reason', setCommission(commission('gone'), "reason = 'denied'"), commission('gone'), /reason is denied, its facts say refunded/],
  ['reason that is none', setCommission(commission('denied'), "reason = 'whim'"), commission('denied'), /reason whim is unknown/],
  ['source that is none', setCommission(commission('said'), "source = 'gift'"), commission('said'), /is of unknown source/],
  ['campaign of a credit', setCommission(credit(500), "campaign_id = 'cmp_x'"), credit(500), /of unknown campaign cmp_x/],
  ["a browser's word for a credit", setCommission(credit(500), 'unverified = 1'), credit(500), /rests on a browser's word/],
  ['reason of none', setCommission(commission('said'), "reason = 'denied'"), commission('said'), /reason is denied, its facts say null/],
  ['time', setCommission(commission('c1'), 'booked_at_ms = booked_at_ms + 1'), commission('c1'), /differ from its receipt/],
  ['end of its hold', setCommission(commission('c1'), 'approvable_at_ms = approvable_at_ms - 1'), commission('c1'), /differ from its receipt/],
  ["a browser's word", setCommission(commission('c1'), 'unverified = 1'), commission('c1'), /differ from its receipt/],
  ['successor', setCommission(commission('taken'), 'transferred_to = null'), commission('taken'), /is transferred to nobody/],
  ['successor of what nobody took over', setCommission(commission('said'), `transferred_to = ${affiliate('Ben')}`), commission('said'), /its credits say otherwise/],
  ['source', setCommission(commission('said'), "source = 'credit'"), commission('said'), /nothing explains/],
  ['what it raises', setCommission(raise, `raises = ${commission('c1')}`), raise, /without an adjustment/],
  ['what it raises, unknown', setCommission(raise, "raises = 'cmm_x'"), raise, /raises unknown commission cmm_x/],
  ['amount of a raise', setCommission(raise, 'minor = 301, total_minor = 301, open_minor = 301'), raise, /does not book what "credited" means/],
  ['amount of a credit', setCommission(credit(500), 'minor = 501, total_minor = 501, open_minor = 501'), credit(500), /does not book what "credited" means/],
  ['affiliate of a credit', setCommission(credit(500), `affiliate_id = ${affiliate('Ana')}`), credit(500), /does not book what "credited" means/],
  ['currency of a credit', setCommission(credit(500), "currency = 'USD'"), credit(500), /does not book what "credited" means/],
  ['a credit that waits for a time', setCommission(credit(300), 'approvable_at_ms = 1'), credit(300), /waits for a time/],
  ['a debt that is owed no more', setCommission(credit(-200), "status = 'REJECTED', reason = 'denied'"), credit(-200), /is REJECTED, its ledger says: debited_pending, debit_approved/],
  ['order', setCommission(commission('c1'), `conversion_id = ${order('denied')}`), commission('c1'), /nothing explains/],
  ['order of none', setCommission(commission('c1'), 'conversion_id = null'), commission('c1'), /is of no order/],
  ['order that is unknown', setCommission(commission('c1'), "conversion_id = 'cnv_x'"), commission('c1'), /of unknown conversion cnv_x/],
  ['a lost one', `delete from commissions where id = ${commission('c1')}`, commission('c1'), /of unknown commission/],
  ['a lost one that was worth nothing', `delete from commissions where id = ${commission('yen')}`, order('yen'), /differ from its receipt: .* has none/],
  ['what it was won by', setCommission(commission('c1'), "won_by = 'coupon'"), commission('c1'), /counts as won by coupon in totals, its receipt says affiliate_code/],
  ['a second one of one affiliate', `insert into commissions select merchant_id, 'cmm_twice', 999, mode, conversion_id, affiliate_id, campaign_id, minor, currency, total_minor, clawed_minor, open_minor, status, reason, booked_at_ms, approvable_at_ms, unverified, transferred_to, source, note, raises, won_by, changed_at_ms from commissions where id = ${commission('said')}`, "select 'cmm_twice'", /nothing explains/],
]

const PARTS: Corruption[] = [
  ['amount', setParts('c1', 'minor = 1'), commission('c1'), /^parts of commission/],
  ['base that is left', setParts('c1', 'left_minor = left_minor + 1'), commission('c1'), /^parts of commission/],
  ['weight', setParts('shared', 'weight_d = 4'), commission('shared'), /^parts of commission/],
  ['month', setParts('c1', "month = '2026-12'"), commission('c1'), /^parts of commission/],
  ['campaign', setParts('c1', "campaign_id = 'cmp_x'"), commission('c1'), /^parts of commission/],
  ['affiliate', setParts('c1', `affiliate_id = ${affiliate('Ana')}`), commission('c1'), /^parts of commission/],
  ['currency', setParts('c1', "currency = 'USD'"), commission('c1'), /^parts of commission/],
  ['mode', setParts('test', "mode = 'live'"), commission('test'), /^parts of commission/],
  ['place among the orders', setParts('c1', 'conversion_number = 1'), commission('c1'), /^parts of commission/],
  ['a lost one', `delete from commission_parts where commission_id = ${commission('c1')}`, commission('c1'), /^parts of commission/],
  ['one of nothing', setParts('c1', "commission_id = 'cmm_x'"), "select 'cmm_x'", /part of unknown commission/],
  ['one of a credit', setParts('c1', `commission_id = ${credit(500)}`), credit(500), /has parts of an order/],
]

const REFUNDS: Corruption[] = [
  ['amount', 'update refunds set minor = 334 where id = ' + refund('thirds', 1), refund('thirds', 1), /takes something else than was asked for/],
  ['lines', `update refunds set lines = replace(lines, '333', '300') where id = ${refund('thirds', 1)}`, refund('thirds', 1), /takes something else than was asked for/],
  ['units', `update refunds set lines = replace(lines, '"quantity":1', '"quantity":2') where id = ${refund('lines', 1)}`, refund('lines', 1), /takes something else than was asked for/],
  ['kind', `update refunds set kind = 'full' where id = ${refund('c1', 1)}`, refund('c1', 1), /takes something else than was asked for/],
  ['beyond the order', `update refunds set minor = 99999 where id = ${refund('c1', 1)}`, refund('c1', 1), /cannot be: BEYOND_TOTAL/],
  ['when it came', `update refunds set received_at_ms = 1 where id = ${refund('c1', 1)}`, refund('c1', 1), /at another time than it came/],
  ['order', `update refunds set conversion_id = ${order('said')} where id = ${refund('c1', 1)}`, transaction('c1', 'refunded_settled'), /books a refund that the order of commission .* does not have/],
  ['order of what nobody has taken back', `update refunds set conversion_id = ${order('said')} where id = ${refund('c1', 1)}`, refund('c1', 1), /was not taken back from commission/],
  ['order that is unknown', `update refunds set conversion_id = 'cnv_x' where id = ${refund('c1', 1)}`, refund('c1', 1), /of unknown conversion cnv_x/],
  ['place among the refunds', `update refunds set number = 3 where id = ${refund('lines', 1)}`, refund('lines', 2), /takes something else than was asked for/],
  ['a lost one', `delete from refunds where id = ${refund('c1', 1)}`, transaction('c1', 'refunded_settled'), /does not have/],
  ['its number', `update refunds set cancellation_number = null where id = ${refund('c1', 1)}`, refund('c1', 1), /has no number/],
  ['what it takes off totals', `update refunds set took_minor = 1 where id = ${refund('c1', 1)}`, refund('c1', 1), /counts otherwise in totals/],
  ['the base that it takes off totals', `update refunds set took_base_minor = 1 where id = ${refund('c1', 1)}`, refund('c1', 1), /counts otherwise in totals/],
  ['one more', `insert into refunds select merchant_id, conversion_id, 9, 'rfn_x', 'other', kind, minor, lines, reason, received_at_ms, 998, took_minor, took_base_minor from refunds where id = ${refund('c1', 1)}`, "select 'rfn_x'", /was not taken back from commission/],
]

const setAdjustment = (number: number, change: string): string => `update adjustments set ${change} where commission_id = ${commission('adjusted')} and number = ${number}`
const ADJUSTMENTS: Corruption[] = [
  ['type', setAdjustment(1, "type = 'DEDUCTION'"), adjustment(1), /does not follow from what it asks for/],
  ['type that is none', setAdjustment(3, "type = 'GIFT'"), adjustment(3), /is of unknown type GIFT/],
  ['amount', setAdjustment(1, 'minor = 501'), adjustment(1), /does not follow from what it asks for/],
  ['difference', setAdjustment(2, 'delta_minor = -201'), adjustment(2), /does not follow from what it asks for/],
  ['total that was set', setAdjustment(3, 'minor = 6001'), adjustment(3), /does not follow from what it asks for/],
  ['total that was set above a raise', setAdjustment(6, 'minor = 6101'), adjustment(6), /does not follow from what it asks for/],
  ['time', setAdjustment(1, 'at_ms = at_ms + 1'), adjustment(1), /does not follow from what it asks for/],
  ['what it was raised as', setAdjustment(5, 'raised_as = null'), adjustment(5), /is in no ledger transaction/],
  ['a lost one', `delete from adjustments where id = ${adjustment(1)}`, transaction('adjusted', 'raised_pending'), /books an adjustment that commission .* does not have/],
  ['the lost one of a raise', `delete from adjustments where id = ${adjustment(5)}`, raise, /without an adjustment/],
  ['commission', `update adjustments set commission_id = 'cmm_x' where id = ${adjustment(1)}`, adjustment(1), /of unknown commission cmm_x/],
  ['one more', `insert into adjustments select merchant_id, commission_id, 99, 'adj_x', type, minor, delta_minor, raised_as, reason, at_ms from adjustments where id = ${adjustment(1)}`, "select 'adj_x'", /is in no ledger transaction/],
]

const setTransaction = (id: string, change: string): string => `update ledger_transactions set ${change} where id = ${id}`
const TRANSACTIONS: Corruption[] = [
  ['mode', setTransaction(transaction('said', 'booked'), "mode = 'test'"), transaction('said', 'booked'), /does not book what "booked" means/],
  ['event', setTransaction(transaction('denied', 'rejected_pending'), "event = 'approved'"), transaction('denied', 'rejected_pending'), /does not book what "approved" means/],
  ['event that cannot be', setTransaction(transaction('said', 'approved'), "event = 'booked'"), transaction('said', 'approved'), /cannot be "booked"/],
  ['commission', setTransaction(transaction('said', 'approved'), `commission_id = ${commission('denied')}`), transaction('said', 'approved'), /"approved" cannot be/],
  ['commission that is unknown', setTransaction(transaction('said', 'approved'), "commission_id = 'cmm_x'"), transaction('said', 'approved'), /of unknown commission cmm_x/],
  ['fact', setTransaction(transaction('c1', 'refunded_settled'), 'fact_id = null'), transaction('c1', 'refunded_settled'), /books a refund that the order of commission .* does not have/],
  ['fact, another refund', setTransaction(transaction('thirds', 'refunded_pending'), `fact_id = ${refund('thirds', 2)}`), transaction('thirds', 'refunded_pending'), /does not book what "refunded_pending" means/],
  ['fact, a transfer that was none', setTransaction(transaction('c1', 'refunded_settled'), "fact_id = 'transfer:aff_x'"), transaction('c1', 'refunded_settled'), /which was not/],
  ['fact, a transfer to somebody else', setTransaction(transaction('taken', 'refunded_pending'), `fact_id = 'transfer:' || ${affiliate('Dan')}`), transaction('taken', 'refunded_pending'), /to somebody who has no credit on/],
  ['time of a refund', setTransaction(transaction('c1', 'refunded_settled'), 'at_ms = at_ms + 1'), transaction('c1', 'refunded_settled'), /at another time than it came/],
  ['currency', setTransaction(transaction('said', 'booked'), "currency = 'USD'"), transaction('said', 'booked'), /does not book what "booked" means/],
  ['time of a booking', setTransaction(transaction('said', 'booked'), 'at_ms = at_ms + 1'), transaction('said', 'booked'), /does not book what "booked" means/],
  ['place in the ledger', setTransaction(transaction('said', 'booked'), 'number = 9999'), "select number from ledger_transactions where id = " + transaction('said', 'booked'), /ledger transaction number .* is missing/],
  ['order of two', `update ledger_transactions set number = -number where commission_id = ${commission('said')}`, transaction('said', 'approved'), /does not book what "approved" means/],
  ['payout', setTransaction(payoutTransaction(1, 'payout_paid'), `payout_id = ${payout(3)}`), payoutTransaction(1, 'payout_paid'), /does not book what "payout_paid" means for payout/],
  ['payout that is unknown', setTransaction(payoutTransaction(1, 'payout_paid'), "payout_id = 'pay_x'"), payoutTransaction(1, 'payout_paid'), /of unknown payout pay_x/],
  ['event of a payout', setTransaction(payoutTransaction(1, 'payout_paid'), "event = 'payout_cancelled'"), payoutTransaction(1, 'payout_paid'), /does not book what "payout_cancelled" means/],
  ['time of a payout', setTransaction(payoutTransaction(1, 'payout_made'), 'at_ms = at_ms + 1'), payoutTransaction(1, 'payout_made'), /does not book what "payout_made" means/],
  ['a lost one, its entries left', `delete from ledger_transactions where id = ${transaction('said', 'approved')}`, transaction('said', 'approved'), /entry of unknown transaction/],
  ['a lost one with its entries', `delete from ledger_entries where transaction_id = ${transaction('said', 'approved')}; delete from ledger_transactions where id = ${transaction('said', 'approved')}`, commission('said'), /is APPROVED, its ledger says: booked/],
  ['the making of a payout', `delete from ledger_entries where transaction_id = ${payoutTransaction(6, 'payout_made')}; delete from ledger_transactions where id = ${payoutTransaction(6, 'payout_made')}`, payout(6), /is in no ledger transaction/],
  ['a lost refund', `delete from ledger_entries where transaction_id = ${transaction('c1', 'refunded_settled')}; delete from ledger_transactions where id = ${transaction('c1', 'refunded_settled')}`, refund('c1', 1), /was not taken back from commission/],
  ['one twice', `insert into ledger_entries select merchant_id, 'txn_x', line, account, affiliate_id, minor from ledger_entries where transaction_id = ${transaction('c1', 'refunded_settled')}; insert into ledger_transactions select merchant_id, 'txn_x', mode, event, commission_id, payout_id, fact_id, currency, at_ms, number + 1000 from ledger_transactions where id = ${transaction('c1', 'refunded_settled')}`, "select 'txn_x'", /takes refund .* once more/],
]

const setEntry = (id: string, change: string): string => `update ledger_entries set ${change} where transaction_id = ${id}`
const ENTRIES: Corruption[] = [
  ['amount', `${setEntry(transaction('said', 'booked'), 'minor = minor + 1')} and line = 0`, transaction('said', 'booked'), /does not sum to zero/],
  ['amount of both', setEntry(transaction('said', 'booked'), 'minor = minor * 2'), transaction('said', 'booked'), /does not book what "booked" means/],
  ['account', `${setEntry(transaction('said', 'booked'), "account = 'payable'")} and line = 1`, transaction('said', 'booked'), /does not book what "booked" means/],
  ['affiliate', `${setEntry(transaction('said', 'booked'), `affiliate_id = ${affiliate('Ben')}`)} and line = 1`, transaction('said', 'booked'), /does not book what "booked" means/],
  ['a lost one', `delete from ledger_entries where transaction_id = ${transaction('said', 'booked')} and line = 1`, transaction('said', 'booked'), /does not sum to zero/],
  ['two more that sum to zero', `insert into ledger_entries select merchant_id, transaction_id, line + 5, account, affiliate_id, minor from ledger_entries where transaction_id = ${transaction('said', 'booked')}`, transaction('said', 'booked'), /does not book what "booked" means/],
  ['amounts of a payout', `${setEntry(payoutTransaction(4, 'payout_made'), 'minor = minor - 1')} and account = 'clawback'`, payoutTransaction(4, 'payout_made'), /does not sum to zero/],
  ['of nothing', "insert into ledger_entries values (1, 'txn_x', 0, 'cash', null, 5)", "select 'txn_x'", /entry of unknown transaction/],
]

const BALANCES: Corruption[] = [
  ['amount', "update balances set minor = '1' where account = 'cash'", "select 'live EUR cash merchant'", /is kept as 1, its entries come to/],
  ['a lost one', `delete from balances where account = 'settling' and affiliate_id = ${affiliate('Ben')}`, "select 'live EUR settling ' || " + affiliate('Ben'), /is kept as 0/],
  ['one more', "insert into balances values (1, 'test', 'USD', 'cash', '', '5')", "select 'test USD cash merchant'", /is kept as 5/],
  ['affiliate', `update balances set affiliate_id = 'aff_x' where account = 'settling' and affiliate_id = ${affiliate('Ben')}`, "select 'live EUR settling aff_x'", /is kept as -/],
  ['mode', "update balances set mode = 'test' where account = 'cash'", "select 'test EUR cash merchant'", /is kept as -/],
  ['no number', "update balances set minor = 'x' where account = 'cash'", "select 'the accounts'", /cannot be read/],
]

const setPayout = (number: number, change: string): string => `update payouts set ${change} where number = ${number}`
const PAYOUTS: Corruption[] = [
  ['gross', setPayout(1, 'gross_minor = gross_minor + 1'), payout(1), /its commissions came to/],
  ['what was netted', setPayout(4, 'netted_minor = netted_minor - 1'), payout(4), /nets 649, and 650 was owed/],
  ['what was netted, with its entries', `${setPayout(4, 'netted_minor = 649')}; ${setEntry(payoutTransaction(4, 'payout_made'), "minor = minor + iif(account = 'clawback', 1, iif(account = 'settling', -1, 0))")}`, payout(4), /nets 649, and 650 was owed/],
  ['more netted than there is', setPayout(4, 'netted_minor = gross_minor'), payout(4), /nets 750 of 750/],
  ['status', setPayout(1, "status = 'OPEN'"), payout(1), /is OPEN, its ledger says: payout_made, payout_paid/],
  ['status of one that was cancelled', setPayout(3, "status = 'OPEN'"), payout(3), /is OPEN, its ledger says: payout_made, payout_cancelled/],
  ['status of one that was cancelled, for what it held', setPayout(3, "status = 'OPEN'"), commission('c2'), /is PAID, and in 2 payouts/],
  ['affiliate', setPayout(1, `affiliate_id = ${affiliate('Ana')}`), commission('adjusted'), /of another affiliate, currency or mode/],
  ['affiliate that is nobody', setPayout(1, "affiliate_id = 'aff_x'"), payout(1), /of unknown affiliate aff_x/],
  ['currency', setPayout(1, "currency = 'USD'"), commission('adjusted'), /of another affiliate, currency or mode/],
  ['mode', setPayout(1, "mode = 'test'"), commission('adjusted'), /of another affiliate, currency or mode/],
  ['when it was made', setPayout(1, 'made_at_ms = made_at_ms + 1'), payout(1), /"payout_made" means for payout/],
  ['when it was paid', setPayout(1, 'paid_at_ms = paid_at_ms + 1'), payout(1), /was not paid or ended when its ledger says/],
  ['when it ended', setPayout(3, 'ended_at_ms = null'), payout(3), /was not paid or ended when its ledger says/],
  ['number', setPayout(2, 'number = 99'), "select 'payout number 2'", /is missing/],
  ['a number of a commission or cancellation that was skipped', "update sequences set last = last + 1 where noun = 'commission'", "select 'commission or cancellation number ' || (last + 1) from sequences where noun = 'commission'", /is missing, the last that was written/],
  ['the number of a cancellation', 'update refunds set cancellation_number = 999 where cancellation_number = (select min(cancellation_number) from refunds)', "select 'commission or cancellation number ' || min(cancellation_number) from refunds", /is missing/],
  ['a lost one', `delete from payouts where number = 6`, payoutTransaction(6, 'payout_made'), /of unknown payout/],
  ['what it holds, lost', `delete from payout_commissions where payout_id = ${payout(6)}`, payout(6), /its commissions came to 0/],
  ['what it holds, lost, for the commission', `delete from payout_commissions where payout_id = ${payout(6)}`, commission('tax'), /is IN_PAYOUT, and in 0 payouts/],
  ['one commission more', `insert into payout_commissions select 1, ${payout(6)}, ${commission('said')}`, payout(6), /its commissions came to/],
  ['one commission in two', `insert into payout_commissions select 1, ${payout(6)}, ${commission('c1')}`, commission('c1'), /"payout_made" cannot be/],
  ['a commission of another affiliate', `update payout_commissions set commission_id = ${commission('said')} where payout_id = ${payout(6)} and commission_id = ${commission('tax')}`, commission('said'), /of another affiliate, currency or mode/],
  ['a commission that is unknown', `insert into payout_commissions values (1, ${payout(6)}, 'cmm_x')`, "select 'cmm_x'", /holds unknown commission/],
  ['a payout that is unknown', `insert into payout_commissions values (1, 'pay_x', ${commission('said')})`, "select 'pay_x'", /in unknown payout/],
]

const AUDIT: Corruption[] = [
  ['detail', "update audit set detail = '{}' where number = 3", "select 'audit row 3'", /its digest differs/],
  ['actor', "update audit set actor = 'nobody' where number = 3", "select 'audit row 3'", /its digest differs/],
  ['actor, with a digest that fits', "update audit set actor = 'nobody' where number = 3; update audit set digest = audit_digest(merchant_id, number, mode, at_ms, actor, action, subject, detail, previous) where number = 3", "select 'audit row 4'", /does not follow the one before it/],
  ['a lost one', 'delete from audit where number = 3', "select 'audit row 3 is missing'", /is missing/],
  ['the last one lost', 'delete from audit where number = (select max(number) from audit)', "select 'audit row ' || max(number) from audit", /is missing, the last that was written/],
  ['the first one lost', 'delete from audit where number = 1', "select 'audit row 2'", /does not follow the one before it/],
]

const SETTINGS: Corruption[] = [
  ["a campaign's rate", `update campaign_versions set value = replace(value, '"ppm":100000', '"ppm":110000')`, receipt('c1'), /other terms of campaign/],
  ["a campaign's hold", `update campaign_versions set value = replace(value, '"holdDays":7', '"holdDays":6')`, receipt('c1'), /other terms of campaign/],
  ['since when terms hold', 'update campaign_versions set valid_from_ms = 1 where version = 3', receipt('lines'), /other terms of campaign/],
  ['a lost version', 'delete from campaign_versions where version = 3', receipt('c1'), /other terms of campaign/],
  ['a lost version that no order looked at', 'delete from campaign_versions where version = 2', "select 'version 2 of campaign ' || id from campaigns", /is missing, or out of order/],
  ['a version out of order', 'update campaign_versions set valid_from_ms = 1 where version = 2', "select 'version 2 of campaign ' || id from campaigns", /is missing, or out of order/],
  ['all versions of an affiliate', `delete from affiliate_versions where affiliate_id = ${affiliate('Dan')}`, `select 'affiliate ' || ${affiliate('Dan')}`, /has no version/],
  ['an enrolment', `delete from enrolments where affiliate_id = ${affiliate('Dan')}`, receipt('c1'), /what the settings do not/],
  ['a trigger', "update triggers set affiliate_id = (select affiliate_id from affiliate_profiles where json_extract(value, '$.firstName') = 'Dan') where kind = 'sku'", receipt('lines'), /what the settings do not/],
  ["a trigger's campaign", "update triggers set campaign_id = (select id from campaigns where number = 2) where kind = 'sku'", receipt('lines'), /what the settings do not/],
  ['whose campaign a trigger finds', `update enrolments set campaign_id = (select id from campaigns where number = 2) where affiliate_id = ${affiliate('Cleo')}`, receipt('lines'), /what the settings do not/],
  ['an older enrolment, to whose campaign a code leads', `insert into enrolments select merchant_id, affiliate_id, (select id from campaigns where number = 2), 1, 1, null from enrolments where affiliate_id = ${affiliate('Dan')}`, receipt('c1'), /what the settings do not/],
  ['a lost trigger', "delete from triggers where kind = 'sku'", "select 'trigger number ' || number from triggers where kind = 'sku'", /is missing/],
  ['the only address of an affiliate', `delete from affiliate_addresses where affiliate_id = ${affiliate('Ben')} and use = 'login'`, affiliate('Ben'), /has no address/],
  ['an earlier address of an affiliate', `delete from affiliate_addresses where affiliate_id = ${affiliate('Ben')} and use = 'payout' and version = 1`, affiliate('Ben'), /is missing: payout has 1 of 2/],
  ['a merchant', 'delete from merchants', "select 'merchant 1'", /is missing, and has orders or bookings/],
  ['a special rate', `update special_rates set value = replace(value, '150000', '160000')`, receipt('tax'), /other terms of campaign/],
  ['a lost special rate', 'delete from special_rates', receipt('tax'), /other terms of campaign/],
  ['the default terms', `update merchant_versions set value = replace(value, 'last_click', 'first_click')`, receipt('c1'), /other default terms/],
  ['the time zone', `update merchant_versions set value = replace(value, 'Europe/Berlin', 'America/New_York')`, commission('edge'), /^parts of commission/],
  ["an affiliate's status", `update affiliate_versions set value = '{"status":"DENIED"}' where affiliate_id = ${affiliate('Dan')}`, receipt('c1'), /what the settings do not/],
  ["an affiliate's code", `update codes set affiliate_id = ${affiliate('Ana')} where code = 'dan'`, receipt('c1'), /what the settings do not/],
  ['terms that are no JSON', "update campaign_versions set value = '{'", "select 'the settings'", /cannot be read/],
]

describe.each([
  ['an order', ORDERS], ['a receipt', RECEIPTS], ['a commission', COMMISSIONS], ['a part', PARTS], ['a refund', REFUNDS], ['an adjustment', ADJUSTMENTS], ['a transaction', TRANSACTIONS],
  ['an entry', ENTRIES], ['a balance', BALANCES], ['a payout', PAYOUTS], ['the audit', AUDIT], ['a setting', SETTINGS],
] as const)('verify names %s that was tampered with', (_row, corruptions) => {
  test.each(corruptions.map(([what, sql, named, says]) => ({ what, sql, named, says })))('$what', async ({ sql, named, says }) => {
    const { result, name, url } = await verifyAfter(sql, named.startsWith('(') ? `select ${named}` : named)
    const what = result.problems.map((problem) => problem.what)
    expect(result.ok).toBe(false)
    expect(what.filter((one) => one.includes(name) && says.test(one)), `${name}\n${what.join('\n')}`).not.toEqual([])
    for (const look of new Set(result.problems.map((problem) => problem.look))) expect(await looked(url, look)).toEqual(look)
  })
})

/** The command again if it does what it is there for: shows the row that it names, or else every problem there is. */
async function looked(url: string, look: string): Promise<string> {
  const args = look.split(' ').slice(1)
  const { code, out, err } = await cli(url, ...args)
  if (look === 'refledger verify --json') return code === 1 && out.includes('"problems":[{') ? look : err
  const [, noun, id = ''] = /^refledger (conversion|commission|payout) show ((?:cnv|cmm|pay)_\w+)$/.exec(look) ?? []
  return noun !== undefined && code === 0 && out.includes(id) ? look : `${look}: ${code} ${err}`
}

test('a row that cannot be counted on from ends the reading', async () => {
  const { result } = await verifyAfter(setOrder('edge', 'number = 9007199254740993'))
  expect(result.problems.map(({ what }) => what)).toContainEqual(expect.stringMatching(/^conversion number \d+ was never given/))
})

test('orders that come in meanwhile are no differences', async () => {
  const book = await richBook()
  const keeper = bookKeeper(book)
  let written = 0
  // The reading is let go on only after another order is on disk.
  const slow: Pick<Store, 'snapshot'> = {
    snapshot: (look) => book.store.snapshot((seen) => look({
      ...seen,
      read: async (kind, query) => {
        written += 1
        await keeper.order(`meanwhile-${written}`, 'ana')
        return seen.read(kind, query)
      },
    })),
  }
  const result = await verify({ store: { ...book.store, ...slow } })
  expect([result.problems, result.conversions]).toEqual([[], 22])
  expect(written).toBeGreaterThan(5)
  expect(await verify(book)).toMatchObject({ ok: true, conversions: 22 + written })
})

test('of several merchants the command names whose row it is', async () => {
  const book = await richBook()
  const other = await book.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'EUR', timezone: 'UTC' })
  const [{ id } = { id: '' }] = rowsOf<{ id: string }>(book, 'select id from commissions where number = 1')
  await book.close()
  const db = new Database(join(book.dir, 'test.db'))
  db.exec("drop trigger commissions_facts; update commissions set unverified = 1 where number = 1")
  db.close()
  const store = openSqlite(join(book.dir, 'test.db'))
  onTestFinished(() => store.close())
  const { problems } = await verify({ store })
  expect(problems).toEqual([{ merchantId: book.merchantId, what: expect.stringMatching(/differ from its receipt/), look: `refledger commission show ${id} --merchant ${book.merchantId}` }])
  expect(other.merchantId).not.toBe(book.merchantId)
})

test("where the shop's order ids are numbers, the command shows the order that is meant", async () => {
  const book = await richBook()
  const keeper = bookKeeper(book)
  await keeper.order('1', 'ana')
  await book.close()
  const db = new Database(join(book.dir, 'test.db'))
  const [wrong] = db.prepare<[], { id: string; external_id: string }>('select id, external_id from conversions where number = 1').all()
  db.exec("drop trigger conversions_facts; update conversions set discount_minor = discount_minor + 1 where number = 1")
  db.close()
  const url = `sqlite:${join(book.dir, 'test.db')}`
  const { json: { problems } } = await cliJson<{ problems: { look: string }[] }>(url, 'verify')
  const shown = await Promise.all([...new Set(problems.map(({ look }) => look))].filter((look) => look.includes('conversion')).map((look) => cliJson(url, ...look.split(' ').slice(1))))
  expect(shown.map(({ code, json }) => [code, json['conversionId'], json['externalId']])).toEqual([[0, wrong?.id, wrong?.external_id]])
})

test('an id that somebody wrote to be pasted into a shell is printed in no command', async () => {
  const { result } = await verifyAfter("update payouts set id = 'pay_x; echo stolen' where number = 1")
  expect(result.problems.filter(({ look }) => look.includes(';'))).toEqual([])
  expect(result.problems.filter(({ what }) => what.includes('echo')).map(({ look }) => look)).toContain('refledger verify --json')
})
