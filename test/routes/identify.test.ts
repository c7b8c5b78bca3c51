import { hash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { call, NOON_MS, startCollector, uuidAt, visitBody, type Answer, type TestCollector } from '../helpers/collector.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

const HASH = 'a'.repeat(64)
const visit = (collector: TestCollector, body: unknown): Promise<Answer> => call(collector, '/r/visit', { body })
const winnerOf = async (collector: TestCollector, identifiers: Record<string, unknown>): Promise<unknown> =>
  (await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { ...identifiers, amount: 10, currency: 'EUR' } })).body.data['affiliateId']

describe('identify', () => {
  test('ties the session to the customer, once', async () => {
    const collector = await startCollector()
    const sent = visitBody(collector)
    await visit(collector, sent)
    const identify = (): Promise<Answer> => call(collector, '/r/identify', { body: { session: String(sent['session']).toUpperCase(), emailHash: HASH, url: 'https://www.shop.example/checkout?step=2' }, headers: { Origin: 'https://www.shop.example', 'Content-Type': 'text/plain' } })
    const first = await identify()
    expect([first.status, first.body]).toEqual([200, { identified: true }])
    const rows = rowCounts(collector)
    expect((await identify()).body).toEqual({ identified: true })
    expect(rowCounts(collector)).toEqual(rows)
    expect(rowsOf(collector, 'select source, mode from bindings')).toEqual([{ source: 'browser', mode: 'live' }])
    expect(await winnerOf(collector, { customerEmailHash: HASH })).toBe(collector.ana)
  })

  test.each(['jane@customer.example', ' Jane@CUSTOMER.example '])('by the address "%s" is the same as by its hash', async (email) => {
    const collector = await startCollector()
    const sent = visitBody(collector)
    await visit(collector, sent)
    const place = { session: sent['session'], url: 'http://www.shop.example/checkout' }
    expect((await call(collector, '/r/identify', { body: { ...place, email } })).body).toEqual({ identified: true })
    const rows = rowCounts(collector)
    const customerEmailHash = hash('sha256', 'jane@customer.example')
    expect((await call(collector, '/r/identify', { body: { ...place, emailHash: customerEmailHash } })).body).toEqual({ identified: true })
    expect(rowCounts(collector)).toEqual(rows)
    expect(rowsOf(collector, 'select source, mode from bindings')).toEqual([{ source: 'browser', mode: 'live' }])
    expect(await winnerOf(collector, { customerEmailHash })).toBe(collector.ana)
  })

  test('takes three customers a session and then says no', async () => {
    const collector = await startCollector()
    const session = uuidAt(NOON_MS)
    const said = []
    for (const letter of 'abcd') said.push((await call(collector, '/r/identify', { body: { session, emailHash: letter.repeat(64), url: 'https://shop.example/' } })).body)
    expect(said).toEqual([{ identified: true }, { identified: true }, { identified: true }, { identified: false }])
    expect(rowCounts(collector)['bindings']).toBe(3)
  })
})
