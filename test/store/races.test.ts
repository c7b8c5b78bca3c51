import { createHash } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import type { Recorded } from '../../shared/engine/record.ts'
import type { Reply } from '../../collector/service/conversions.ts'
import { verify } from '../../collector/service/verify.ts'
import { call, HOUR_MS, startCollector, visitBody, type TestCollector } from '../helpers/collector.ts'

const hashOf = (email: string): string => createHash('sha256').update(email).digest('hex')
const rows = ({ dir }: TestCollector, sql: string): unknown[] => {
  const db = new Database(join(dir, 'test.db'), { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

/** The numbers 0 to n-1 in an order that looks random and is the same in every run. */
function shuffled(n: number, seed: number): number[] {
  const keyed = Array.from({ length: n }, (_, index) => ({ index, key: createHash('sha256').update(`${seed}:${index}`).digest('hex') }))
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ index }) => index)
}

describe('64 calls at once', () => {
  test('the same order 64 times: one conversion, one commission, one 201, and one answer', async () => {
    const collector = await startCollector()
    const visit = visitBody(collector)
    await call(collector, '/r/visit', { body: visit })
    const body = { externalId: 'order-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: visit['session'] }
    const answers = await Promise.all(Array.from({ length: 64 }, () => call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body })))

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(63)
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(rows(collector, 'select (select count(*) from conversions) as conversions, (select count(*) from commissions) as commissions, (select sum(minor) from commissions) as minor')).toEqual([{ conversions: 1, commissions: 1, minor: 499 }])
  })

  test.each([1, 2, 3, 4])('reports, repeats and identifies of one order, in mixed order %i: no identify is lost, and it is won once', async (seed) => {
    const collector = await startCollector()
    const phone = visitBody(collector)
    await call(collector, '/r/visit', { body: phone })
    collector.clock.nowMs += HOUR_MS
    const key = collector.keys.refcampaign
    const emailHash = hashOf('kim@customer.example')

    // The order knows the customer's address only, the click is on a session that is identified beside it.
    const calls = shuffled(64, seed).map((n) => {
      if (n % 4 === 0) return call(collector, '/r/identify', { body: { session: phone['session'], emailHash, url: 'https://shop.example/' } })
      if (n % 4 === 1) return call(collector, '/api/v1/track/identify', { key, body: { session_id: phone['session'], customer_email_hash: emailHash } })
      return call(collector, '/api/v1/conversions/postback', { key, body: { externalId: 'order-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', customerEmailHash: emailHash } })
    })
    const answers = await Promise.all(calls)

    expect(answers.filter(({ status }) => status >= 300)).toEqual([])
    expect(rows(collector, 'select count(*) as bindings from bindings')).toEqual([{ bindings: 2 }])
    expect(rows(collector, 'select attributed from conversions')).toEqual([{ attributed: 1 }])
    expect(rows(collector, 'select affiliate_id, minor from commissions')).toEqual([{ affiliate_id: collector.ana, minor: 499 }])
    expect(await verify(collector)).toMatchObject({ ok: true, conversions: 1, entries: 2 })
  })

  test('64 visits with one event id are one click; 64 different orders have 64 numbers without a gap', async () => {
    const collector = await startCollector()
    const visit = visitBody(collector)
    const clicks = await Promise.all(Array.from({ length: 64 }, () => call(collector, '/r/visit', { body: visit })))
    expect(new Set(clicks.map(({ body }) => body['click']))).toEqual(new Set([visit['id']]))
    expect(rows(collector, 'select count(*) as n from clicks')).toEqual([{ n: 1 }])

    await Promise.all(Array.from({ length: 64 }, (_, n) => call(collector, '/api/v1/conversions/postback', {
      key: collector.keys.refcampaign, body: { externalId: `order-${n}`, conversionType: 'SALE', amount: 100 + n, currency: 'EUR', sessionId: visit['session'] },
    })))
    expect(rows(collector, 'select count(*) as n, min(number) as first, max(number) as last, count(distinct number) as numbers from conversions')).toEqual([{ n: 64, first: 1, last: 64, numbers: 64 }])
    expect(await verify(collector)).toMatchObject({ ok: true, conversions: 64, entries: 128 })
  })

  test('a call that is refused inside a group leaves its neighbours intact', async () => {
    const collector = await startCollector()
    const key = collector.keys.refcampaign
    const order = (n: number): Promise<{ status: number }> => call(collector, '/api/v1/conversions/track', { key, body: { sessionId: `session-${n}`, amount: n + 1, currency: 'EUR' }, ...(n % 2 === 0 ? { headers: { 'Idempotency-Key': 'the same for half' } } : {}) })
    const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => order(n)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array.from({ length: 17 }, () => 201), ...Array.from({ length: 15 }, () => 422)])
    expect(rows(collector, 'select count(*) as n from conversions')).toEqual([{ n: 17 }])
  })
})

const reply = ({ created, conversion }: Recorded): Reply => ({ status: created ? 201 : 200, body: conversion.order.id })

describe('64 decisions in one turn of the event loop, which all see the same rows unless each reads inside its own transaction', () => {
  test.each([1, 2, 3, 4])('reports, repeats and identifies of one order, in mixed order %i', async (seed) => {
    const collector = await startCollector()
    const { services, merchantId, ana } = collector
    const visit = visitBody(collector)
    const session = String(visit['session'])
    await call(collector, '/r/visit', { body: visit })
    collector.clock.nowMs += HOUR_MS
    const emailHash = hashOf('kim@customer.example')
    const identifiers = [{ kind: 'identity' as const, value: services.identities.identityOf(merchantId, emailHash) }]
    const answers = await Promise.all(shuffled(64, seed).map((n) => n % 4 === 0
      ? services.identities.identify({ merchantId, session, emailHash, source: 'browser', mode: 'live' })
      : services.conversions.record({ merchantId, mode: 'live', kind: 'sale', externalId: 'order-1', amount: { minor: 4990, currency: 'EUR' }, metadata: null, identifiers }, { render: reply })))

    const replies = answers.filter((answer) => 'status' in answer)
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1)
    expect(rows(collector, 'select count(*) as bindings from bindings')).toEqual([{ bindings: 1 }])
    expect(rows(collector, 'select affiliate_id, minor from commissions')).toEqual([{ affiliate_id: ana, minor: 499 }])
    expect(await verify(collector)).toMatchObject({ ok: true, conversions: 1, entries: 2 })
  })

  test('two runs of the approval at once approve a commission once', async () => {
    const collector = await startCollector()
    await collector.services.campaigns.update(collector.campaignId, { holdDays: 0 })
    const visit = visitBody(collector)
    await call(collector, '/r/visit', { body: visit })
    await call(collector, '/api/v1/conversions/postback', { key: collector.keys.refcampaign, body: { externalId: 'order-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: visit['session'] } })
    const runs = await Promise.all(Array.from({ length: 64 }, () => collector.services.commissions.approveDue()))
    expect(runs.reduce((sum, { approved }) => sum + approved, 0)).toBe(1)
    expect(await verify(collector)).toMatchObject({ ok: true, entries: 4 })
  })
})

test('an identify that comes after the order settles it, once, and a repeat says so', async () => {
  const collector = await startCollector()
  const key = collector.keys.refcampaign
  const visit = visitBody(collector)
  await call(collector, '/r/visit', { body: visit })
  const body = { customerEmailHash: hashOf('kim@customer.example'), amount: 49.9, currency: 'EUR', orderId: 'order-1' }
  const first = await call(collector, '/api/v1/conversions/track', { key, body })
  expect(first.body.data).toMatchObject({ attributed: false, commissionId: null })

  collector.clock.nowMs += HOUR_MS
  await call(collector, '/r/identify', { body: { session: visit['session'], emailHash: body.customerEmailHash, url: 'https://shop.example/checkout' } })
  const again = await call(collector, '/api/v1/conversions/track', { key, body })
  expect(again.status).toBe(200)
  expect(again.body.data).toMatchObject({ id: first.body.data['id'], attributed: true, affiliateId: collector.ana })
  expect(rows(collector, 'select marks from conversions')).toEqual([{ marks: '["LATE_ARRIVAL","UNVERIFIED_IDENTITY"]' }])
})

test('an identify of a session that stayed unknown for a day has lapsed; said again after the visit it counts', async () => {
  const collector = await startCollector()
  const visit = visitBody(collector)
  const emailHash = hashOf('kim@customer.example')
  const identify = (): Promise<unknown> => call(collector, '/r/identify', { body: { session: visit['session'], emailHash, url: 'https://shop.example/' } })
  await identify()
  await identify()
  expect(rows(collector, 'select count(*) as n from bindings')).toEqual([{ n: 1 }])

  collector.clock.nowMs += 25 * HOUR_MS
  await call(collector, '/r/visit', { body: { ...visit, ...visitBody(collector), session: visit['session'] } })
  const report = (id: string) => call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { customerEmailHash: emailHash, amount: 10, currency: 'EUR', orderId: id } })
  expect((await report('order-1')).body.data).toMatchObject({ attributed: false })
  await identify()
  expect((await report('order-2')).body.data).toMatchObject({ attributed: true })
  expect((await report('order-1')).body.data).toMatchObject({ attributed: true })
})
