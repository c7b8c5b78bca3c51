import { hash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { BY, record, type Shop } from '../helpers/book.ts'
import { call, HOUR_MS, NOON_MS, openTestCollector, startCollector, tempDir } from '../helpers/collector.ts'
import { rowsOf } from '../helpers/rows.ts'

interface Row { merchant_id: number; number: number; mode: string; at_ms: number; actor: string; action: string; subject: string; detail: string; previous: string; digest: string }
const chain = (place: { dir: string }, merchantId = 1): Row[] => rowsOf<Row>(place, 'select * from audit where merchant_id = ? order by number', merchantId)
/** The digest that a row should have, made here of its columns. */
const digestOf = ({ merchant_id, number, mode, at_ms, actor, action, subject, detail, previous }: Row): string => hash('sha256', JSON.stringify([merchant_id, number, mode, at_ms, actor, action, subject, detail, previous]))
const isWhole = (rows: Row[]): boolean => rows.every((row, index) => row.number === index + 1 && row.previous === (rows[index - 1]?.digest ?? '') && row.digest === digestOf(row))

/** Everything that is done by hand, once. */
async function allByHand(shop: Shop): Promise<void> {
  const { services, clock, merchantId } = shop
  for (const order of ['o-1', 'o-2', 'o-3']) await record(shop, { order, affiliate: 'ana' })
  await record(shop, { order: 't-1', affiliate: 'ana', test: true })
  clock.nowMs += HOUR_MS
  await services.commissions.approve({ merchantId, names: ['1', '2'] }, BY)
  await services.commissions.reject({ merchantId, names: ['3'], reason: 'unqualified' }, BY)
  await services.commissions.adjust({ merchantId, commission: '1', type: 'BONUS', minor: () => 25, reason: 'thanks' }, BY)
  await services.refunds.refund({ merchantId, order: 't-1', request: () => ({ kind: 'amount', minor: 100 }) }, BY)
  await services.credits.credit({ merchantId, mode: 'live', affiliate: 'ben', amount: '5', approved: true }, BY)
  await services.credits.creditOrder({ merchantId, order: 'o-1', affiliate: 'ben', approved: true, transfer: false }, BY)
  await services.payouts.make({ merchantId, mode: 'live', affiliate: 'ana' }, BY)
  await services.payouts.change('pay', { merchantId, payout: '1' }, BY)
  await services.payouts.change('undo', { merchantId, payout: '1' }, BY)
  await services.triggers.assignSince({ coupon: 'X', affiliate: 'ana' }, { sinceMs: NOON_MS, dryRun: false, acting: BY })
}

test('what is done by hand is written down in order, with who and on what', async () => {
  const shop = await startCollector()
  await allByHand(shop)
  const rows = chain(shop)
  expect(isWhole(rows)).toBe(true)
  expect(rows.map(({ mode, at_ms, actor, action, subject }) => [mode, at_ms - NOON_MS, actor, action, subject.slice(0, 4)])).toEqual([
    ['live', HOUR_MS, 'tester', 'approve', 'cmm_'], ['live', HOUR_MS, 'tester', 'approve', 'cmm_'], ['live', HOUR_MS, 'tester', 'reject', 'cmm_'], ['live', HOUR_MS, 'tester', 'adjust', 'cmm_'], ['test', HOUR_MS, 'tester', 'refund', 'cnv_'],
    ['live', HOUR_MS, 'tester', 'credit', 'cmm_'], ['live', HOUR_MS, 'tester', 'credit order', 'cnv_'], ['live', HOUR_MS, 'tester', 'payout make', 'pay_'], ['live', HOUR_MS, 'tester', 'payout pay', 'pay_'], ['live', HOUR_MS, 'tester', 'payout undo', 'pay_'],
    ['live', HOUR_MS, 'tester', 'trigger assign since', 'trg_'],
  ])
  expect(JSON.parse(rows[3]?.detail ?? '')).toMatchObject({ type: 'BONUS', minor: 25, reason: 'thanks' })
  expect(JSON.parse(rows[4]?.detail ?? '')).toMatchObject({ kind: 'amount', minor: 100 })
})

test('an API key is named by its id; what fails, or was done before, leaves no row', async () => {
  const shop = await startCollector()
  await record(shop, { order: 'o-1', affiliate: 'ana' })
  const [key] = rowsOf<{ id: string }>(shop, "select id from keys where dialect = 'refcampaign'")
  const refund = () => call(shop, '/api/v1/conversions/refund', { key: shop.keys.refcampaign, body: { externalId: 'o-1', amount: 100 } })
  expect([(await refund()).status, (await refund()).status]).toEqual([200, 200])
  await call(shop, '/api/v1/commissions/bulk-approve', { method: 'PUT', key: shop.keys.refcampaign, body: { commissionIds: ['1', 'cmm_unknown'] } })
  expect(chain(shop).map(({ action, actor }) => [action, actor])).toEqual([['refund', key?.id]])
})

test('many at once, each merchant has a chain of its own, and it goes on after a restart', async () => {
  const dir = tempDir()
  const shop = await startCollector({ dir })
  const other = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'o@other.example', currency: 'EUR', timezone: 'UTC' })
  await shop.services.affiliates.create({ campaign: other.campaignId, email: 'dan@partner.example', code: 'dan' }, other.merchantId)
  const credit = (services: Shop['services'], n: number) => services.credits.credit({ merchantId: n % 2 === 0 ? 1 : other.merchantId, mode: 'live', affiliate: n % 2 === 0 ? 'ana' : 'dan', amount: String(n + 1), approved: true }, BY)
  await Promise.all(Array.from({ length: 20 }, (_, n) => credit(shop.services, n)))
  await shop.close()
  const again = await openTestCollector({ dir })
  await credit(again.services, 0)
  expect([chain(again).length, chain(again, other.merchantId).length, isWhole(chain(again)), isWhole(chain(again, other.merchantId))]).toEqual([11, 10, true, true])
})

test.each([
  ['changed', "update audit set detail = '{}'"], ['taken away', 'delete from audit'], ['replaced', "insert or replace into audit select merchant_id, number, mode, at_ms, 'another', action, subject, detail, previous, digest from audit where number = 1"],
  ['of a refund, changed', 'update refunds set minor = 0'], ['of a refund, taken away', 'delete from refunds'],
  ['of an adjustment, changed', 'update adjustments set delta_minor = 0'], ['of an adjustment, taken away', 'delete from adjustments'],
  ["of a payout's amount, changed", 'update payouts set gross_minor = 1'], ["of a payout's debt, changed", 'update payouts set netted_minor = 1'], ['of a payout, taken away', 'delete from payouts'],
  ['of what a payout holds, changed', "update payout_commissions set commission_id = ''"], ['of what a payout holds, taken away', 'delete from payout_commissions'],
  ['of the ledger, changed', 'update ledger_entries set minor = 0'], ['of the ledger, taken away', 'delete from ledger_entries'], ['of a transaction, changed', "update ledger_transactions set event = 'approved'"], ['of a transaction, taken away', 'delete from ledger_transactions'],
  ['of a commission, made another', 'update commissions set minor = 1'], ['of a commission, given another', "update commissions set affiliate_id = ''"], ['of a commission, taken away', 'delete from commissions'],
  ["of an order's lines, changed", "update conversions set lines = '[{}]'"], ["of an order's subscription, changed", "update conversions set subscription_id = 'x'"],
])('no row is %s', async (_what, sql) => {
  const shop = await startCollector()
  await allByHand(shop)
  await shop.close()
  const db = new Database(join(shop.dir, 'test.db'))
  db.pragma('recursive_triggers = on')
  try {
    expect(() => db.exec(sql)).toThrow(/append only|nothing booked disappears|a correction is a new entry|an amount is fixed|never rewritten/)
  } finally {
    db.close()
  }
})
