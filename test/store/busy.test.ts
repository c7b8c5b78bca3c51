import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { call, startCollector, visitBody } from '../helpers/collector.ts'

test('while another process writes, calls wait for it and the collector goes on answering; nothing is lost', async () => {
  const collector = await startCollector()
  const other = new Database(join(collector.dir, 'test.db'))
  other.exec('begin immediate')

  let answered = false
  const visit = call(collector, '/r/visit', { body: visitBody(collector) }).then((answer) => {
    answered = true
    return answer
  })
  // Many answers of others in the meantime: a process that stood still would give none of them.
  for (let n = 0; n < 20; n++) expect((await call(collector, '/healthz', { method: 'GET' })).status).toBe(200)
  expect(answered).toBe(false)

  other.exec('commit')
  other.close()
  expect((await visit).status).toBe(200)
})

test('one that never ends is answered with 503, and the collector says that it is not ready until a commit goes through', async () => {
  const collector = await startCollector()
  const other = new Database(join(collector.dir, 'test.db'))
  other.exec('begin immediate')
  const order = { key: collector.keys.refcampaign, body: { sessionId: 's-1', amount: 5, currency: 'EUR', orderId: 'order-1' } }
  const refused = await call(collector, '/api/v1/conversions/track', order)
  expect([refused.status, refused.body.error.code, refused.headers.get('Retry-After')]).toEqual([503, 'SERVICE_UNAVAILABLE', '1'])
  expect((await call(collector, '/readyz', { method: 'GET' })).status).toBe(503)

  other.exec('commit')
  other.close()
  expect((await call(collector, '/api/v1/conversions/track', order)).status).toBe(201)
  expect((await call(collector, '/readyz', { method: 'GET' })).status).toBe(200)
}, 20_000)
