import { expect, test } from 'vitest'
import { call, openTestCollector, startCollector, type Answer } from '../helpers/collector.ts'

const get = (collector: { api: string }, path: string): Promise<Answer> => call(collector, path, { method: 'GET' })

test.each([['/healthz', { status: 'ok' }], ['/readyz', { status: 'ready' }]])('%s of a collector that nobody has set up', async (path, body) => {
  const answer = await get(await openTestCollector(), path)
  expect([answer.status, answer.body]).toEqual([200, body])
})

test('without its database it is alive and not ready', async () => {
  const collector = await startCollector()
  await collector.store.close()
  const [health, ready] = await Promise.all([get(collector, '/healthz'), get(collector, '/readyz')])
  expect([health.status, health.body]).toEqual([200, { status: 'ok' }])
  expect([ready.status, ready.body]).toEqual([503, { status: 'unavailable' }])
})

test('a fault of ours says nothing about itself', async () => {
  const collector = await startCollector()
  await collector.store.close()
  const link = await get(collector, '/setup/anything')
  expect(link.status).toBe(500)
  expect(link.text).not.toMatch(/database|sqlite|stack|\.ts/i)
  const order = await call(collector, '/api/v1/conversions/track', { key: collector.keys.refcampaign, body: { sessionId: 's-1', amount: 1, currency: 'EUR' } })
  expect(order).toMatchObject({ status: 500, body: { success: false, error: { code: 'SERVER_ERROR', details: null } } })
  expect(order.text).not.toMatch(/database|sqlite|stack|\.ts/i)
})
