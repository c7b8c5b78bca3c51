import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { verify } from '../../collector/service/verify.ts'
import { call, openTestCollector, startCollector, tempDir, visitBody } from '../helpers/collector.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/refledger.cjs')

/** The built program in a process of its own, once it listens. */
async function serve(dir: string): Promise<{ api: string; child: ChildProcess }> {
  const child = fork(PROGRAM, ['serve'], { silent: true, env: { ...process.env, DATABASE_URL: `sqlite:${join(dir, 'test.db')}`, PORT: '0', RATE_LIMIT: 'off', PUBLIC_URL: '' } })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk)
    const port = /listening on http:\/\/localhost:(\d+)/.exec(said)?.[1]
    if (port !== undefined) return { api: `http://127.0.0.1:${port}`, child }
  }
  throw new Error(`the collector did not start: ${said}`)
}

test('kill -9 right after a 2xx: visits, identifies and orders are there after the restart, and a repeat gets the same answer', async () => {
  const dir = tempDir()
  const { keys } = await prepared(dir)
  const clock = { nowMs: Date.now() }

  const first = await serve(dir)
  const visit = visitBody({ clock })
  const order = { externalId: 'order-1', conversionType: 'SALE', amount: 4990, currency: 'EUR', sessionId: visit['session'] }
  expect((await call(first, '/r/visit', { body: visit })).status).toBe(200)
  const booked = await call(first, '/api/v1/conversions/postback', { key: keys.refcampaign, body: order })
  first.child.kill('SIGKILL')
  expect(booked.status).toBe(201)
  await once(first.child, 'exit')

  const second = await serve(dir)
  const again = await call(second, '/api/v1/conversions/postback', { key: keys.refcampaign, body: order })
  expect(again.status).toBe(200)
  expect(again.text).toBe(booked.text)
  expect(booked.body.data).toMatchObject({ commissionAmount: 499, attributed: true })

  second.child.kill('SIGTERM')
  expect(await once(second.child, 'exit')).toEqual([0, null])
  expect(await verify(await openTestCollector({ dir }))).toMatchObject({ ok: true, conversions: 1, entries: 2, problems: [] })
})

test('kill -9 in the middle of a storm: every visit that was answered is on disk', async () => {
  const dir = tempDir()
  await prepared(dir)
  const { api, child } = await serve(dir)
  const clock = { nowMs: Date.now() }
  const answered: string[] = []
  const storm = Array.from({ length: 16 }, async () => {
    for (;;) {
      const visit = visitBody({ clock })
      const { status } = await call({ api }, '/r/visit', { body: visit })
      if (status === 200) answered.push(String(visit['id']))
      if (answered.length === 400) child.kill('SIGKILL')
    }
  })
  await Promise.allSettled(storm)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')

  const { store } = await openTestCollector({ dir })
  expect(answered.length).toBeGreaterThanOrEqual(400)
  const known = await Promise.all(answered.map((id) => store.decide('customer', { merchantId: 1, mode: 'live', sessions: [], identities: [], clicks: [id], unsettledSinceMs: 0, sums: () => [] }, ({ arrivals }) => ({ entries: [], result: arrivals.length }))))
  expect(known.filter((found) => found !== 1)).toEqual([])
})

test('a repeat after a restart gets the same answer, with and without an Idempotency-Key', async () => {
  const dir = tempDir()
  const first = await startCollector({ dir })
  const request = { key: first.keys.refcampaign, body: { sessionId: 'session-1', amount: 10.5, currency: 'EUR', orderId: 'order-1' } }
  const booked = await call(first, '/api/v1/conversions/track', request)
  const keyed = await call(first, '/api/v1/conversions/track', { ...request, body: { sessionId: 'session-1', amount: 7, currency: 'EUR' }, headers: { 'Idempotency-Key': 'k1' } })
  await first.close()

  const second = await openTestCollector({ dir, clock: { nowMs: first.clock.nowMs + 1000 } })
  expect((await call(second, '/api/v1/conversions/track', request)).text).toBe(booked.text)
  const replay = await call(second, '/api/v1/conversions/track', { ...request, body: { sessionId: 'session-1', amount: 7, currency: 'EUR' }, headers: { 'Idempotency-Key': 'k1' } })
  expect([replay.status, replay.text]).toEqual([201, keyed.text])
  expect(await verify(second)).toMatchObject({ ok: true, conversions: 2 })
})

/** A folder with a merchant, made by a collector that has stopped again. */
async function prepared(dir: string): Promise<{ keys: { refcampaign: string } }> {
  const collector = await startCollector({ dir, clock: { nowMs: Date.now() - 1000 } })
  await collector.close()
  return collector
}
