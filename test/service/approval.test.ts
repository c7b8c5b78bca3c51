import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { call, HOUR_MS, startCollector, visitBody, type TestCollector } from '../helpers/collector.ts'

type Collector = TestCollector & { ana: string; ben: string }

/** A collector whose campaign approves after so many days. */
async function holding(holdDays: number | null): Promise<Collector> {
  const collector = await startCollector()
  await collector.services.campaigns.update(collector.campaignId, { holdDays })
  return collector
}

/** An order of 10.00 through a click of this affiliate; by the customer's address alone when `byHash`. */
async function order(collector: Collector, { id, code = 'ana', byHash = false }: { id: string; code?: string; byHash?: boolean }): Promise<void> {
  const visit = visitBody(collector, { code })
  await call(collector, '/r/visit', { body: visit })
  const emailHash = createHash('sha256').update(id).digest('hex')
  if (byHash) await call(collector, '/r/identify', { body: { session: visit['session'], emailHash, url: 'https://shop.example/' } })
  const evidence = byHash ? { customerEmailHash: emailHash } : { sessionId: visit['session'] }
  const { body } = await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: id, conversionType: 'SALE', amount: 1000, currency: 'EUR', ...evidence } })
  expect(body.data).toMatchObject({ attributed: true })
}

function states({ dir }: Collector): string[] {
  const db = new Database(join(dir, 'test.db'), { readonly: true })
  try {
    return db.prepare('select status from commissions order by number').pluck().all() as string[]
  } finally {
    db.close()
  }
}

test('a commission is approved when its hold ends, not a millisecond before, and the book follows', async () => {
  const collector = await holding(14)
  await order(collector, { id: 'order-1' })
  collector.clock.nowMs += 14 * DAY_MS - 1
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 0 })
  collector.clock.nowMs += 1
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 1, rejected: 0, skipped: 0 })
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 0 })
  expect(states(collector)).toEqual(['APPROVED'])
  expect(await verify(collector)).toMatchObject({ ok: true, conversions: 1, entries: 4, problems: [] })
})

test('a hold of 0 days ends with the next run, never inside the request; without one a person approves', async () => {
  const at0 = await holding(0)
  await order(at0, { id: 'order-1' })
  expect(states(at0)).toEqual(['PENDING'])
  expect(await at0.services.commissions.approveDue()).toEqual({ approved: 1, rejected: 0, skipped: 0 })

  const byHand = await holding(null)
  await order(byHand, { id: 'order-1' })
  byHand.clock.nowMs += 3650 * DAY_MS
  expect(await byHand.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 0 })
})

test('an affiliate who is not active when the job runs is skipped, and the others are not', async () => {
  const collector = await holding(0)
  await order(collector, { id: 'order-1', code: 'ana' })
  await order(collector, { id: 'order-2', code: 'ben' })
  const { merchantId, ana, clock } = collector
  clock.nowMs += HOUR_MS
  await collector.store.decide('settings', {}, () => ({ entries: [{ kind: 'affiliate_version', merchantId, id: ana, version: 2, validFromMs: clock.nowMs, value: { status: 'DISABLED' } }], result: undefined }))
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 1, rejected: 0, skipped: 1 })
  expect(states(collector)).toEqual(['PENDING', 'APPROVED'])
})

test('commissions that rest on a browser alone wait for a person while they are more than half of an affiliate’s', async () => {
  const collector = await holding(0)
  await order(collector, { id: 'order-1', byHash: true })
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 0, skipped: 1 })
  await order(collector, { id: 'order-2' })
  // Half is not more than half: both are approved now.
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 2, rejected: 0, skipped: 0 })
})

test('more commissions than one page holds, the skipped ones in front, are all looked at', async () => {
  const collector = await holding(0)
  for (let n = 0; n < 3; n++) await order(collector, { id: `order-${n}`, byHash: true })
  await order(collector, { id: 'order-9', code: 'ben' })
  const page = await collector.store.read('due', { nowMs: collector.clock.nowMs, after: undefined, limit: 2 })
  const rest = await collector.store.read('due', { nowMs: collector.clock.nowMs, after: page.at(-1), limit: 9 })
  expect([page.length, rest.length]).toEqual([2, 2])
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 1, rejected: 0, skipped: 3 })
})

test('an affiliate who turns out to be the buyer before approval earns nothing', async () => {
  const collector = await holding(1)
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: 'order-1', conversionType: 'SALE', amount: 1000, currency: 'EUR', sessionId: visit['session'] } })
  await call(collector, '/r/identify', { body: { session: visit['session'], emailHash: createHash('sha256').update('ana@partner.example').digest('hex'), url: 'https://shop.example/' } })
  collector.clock.nowMs += DAY_MS
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 0, rejected: 1, skipped: 0 })
  expect(states(collector)).toEqual(['REJECTED'])
  expect(await verify(collector)).toMatchObject({ ok: true, conversions: 1, entries: 4, problems: [] })
})

test('what a test key says of a session takes no live commission away', async () => {
  const collector = await holding(1)
  const made = await collector.services.keys.create({ dialect: 'refcampaign', mode: 'test', scopes: [] })
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: 'order-1', conversionType: 'SALE', amount: 1000, currency: 'EUR', sessionId: visit['session'] } })
  await call(collector, '/api/v1/track/identify', { key: 'token' in made ? made.token : '', body: { session_id: visit['session'], customer_email_hash: createHash('sha256').update('ana@partner.example').digest('hex') } })
  collector.clock.nowMs += DAY_MS
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 1, rejected: 0, skipped: 0 })
})

test('booked, approved and looked at within one millisecond, the book is in order', async () => {
  const collector = await holding(0)
  for (let n = 0; n < 12; n++) await order(collector, { id: `order-${n}` })
  expect(await collector.services.commissions.approveDue()).toEqual({ approved: 12, rejected: 0, skipped: 0 })
  expect(await verify(collector)).toMatchObject({ ok: true, conversions: 12, entries: 48, problems: [] })
})
