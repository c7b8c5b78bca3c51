import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../collector/config.ts'
import { openCollector } from '../../collector/serve.ts'
import { call, SCRIPT_FILE, startCollector, tempDir } from '../helpers/collector.ts'
import { watched } from '../helpers/replies.ts'
import { problemsOf, type Exchange } from '../helpers/told.ts'

/** What holds all other tests' replies to the documents is held to something itself. */

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
const exchange = ({ answer, body, ...more }: Partial<Exchange> & { answer?: unknown; body?: unknown }): Exchange => ({
  method: 'GET', path: '/healthz', headers: {}, status: 200, answerHeaders: JSON_TYPE,
  sent: Buffer.from(body === undefined ? '' : JSON.stringify(body)), answered: Buffer.from(answer === undefined ? '' : JSON.stringify(answer)), ...more,
})

const NOT_FOUND = { code: 'NOT_FOUND', message: 'There is no such page here.' }
const CART = { method: 'POST', path: '/r/cart', answer: { attached: true } }

test.each<[string, Parameters<typeof exchange>[0], string[]]>([
  ['what is documented', { answer: { status: 'ok' } }, []],
  ['a member that is not documented', { answer: { status: 'ok', uptime: 5 } }, ['it must NOT have additional properties {"additionalProperty":"uptime"}']],
  ['another value', { answer: { status: 'fine' } }, ['/status must be equal to constant {"allowedValue":"ok"}']],
  ['a status that is not documented', { status: 202, answer: { status: 'ok' } }, ['the document knows no such status']],
  ['another type', { answer: 'ok', answerHeaders: { 'content-type': 'text/plain' } }, ['answers text/plain, and the document says application/json']],
  ['what is no JSON', { answered: Buffer.from('ok') }, ['answers what is no JSON']],
  ['a body where there should be none', { path: '/r.js', status: 304, answer: 'x' }, ['the document knows no body']],
  ['an operation that is not documented', { path: '/status', answer: {} }, ['is no operation of the document']],
  ['a path that is not there', { path: '/status', status: 404, answer: NOT_FOUND }, []],
  ['a path that is not there, in words of nobody', { path: '/status', status: 404, answer: {} }, ["it must have required property 'code' {\"missingProperty\":\"code\"}", "it must have required property 'message' {\"missingProperty\":\"message\"}"]],
  ['a HEAD, which has no body', { method: 'HEAD' }, []],
  ['a preflight', { method: 'OPTIONS', path: '/r/visit', status: 204 }, []],
  ['a body that may be sent', { ...CART, body: { session: '0197f0e4-6c00-7000-8000-000000000001', url: 'https://shop.example/', cart: 7 } }, []],
  ['a body that may not be sent, and was taken', { ...CART, body: { session: '0197f0e4-6c00-7000-8000-000000000001', url: 'https://shop.example/', cart: true } }, ['took a body that /cart must be string,number {"type":["string","number"]}']],
  ['a body that may not be sent, and was refused', { ...CART, status: 400, body: {}, answer: NOT_FOUND }, []],
])('%s', (_what, one, problems) => {
  const made = exchange(one)
  expect(problemsOf(['refledger'], made)).toEqual(problems.map((problem) => `refledger: ${made.method} ${made.path} ${made.status}: ${problem}`))
})

test('of two operations that a path could be, the one that it names is meant', () => {
  const bulk = exchange({ method: 'PUT', path: '/api/v1/commissions/bulk-approve', answer: { success: true, data: { updated: 0, ids: [] }, meta: { timestamp: '2026-11-20T09:00:00.000Z' } } })
  expect(problemsOf(['refcampaign'], bulk)).toEqual([])
  expect(problemsOf(['refcampaign'], { ...bulk, path: '/api/v1/commissions/cmm_1' })).not.toEqual([])
})

test('where a dialect has no such call, the next that may be meant answers it', () => {
  const ping = exchange({ path: '/api/v1/ping', status: 401, answer: { success: false, error: { code: 'UNAUTHORIZED', message: 'no', details: null }, meta: { timestamp: '2026-11-20T09:00:00.000Z', requestId: 'req_1' } } })
  expect(problemsOf(['refgrow', 'refcampaign'], ping)).toEqual([])
  expect(problemsOf(['refgrow'], ping)).toEqual(['refgrow: GET /api/v1/ping 401: is no operation of the document'])
})

test('a collector that answered something else cannot be closed without a word', async () => {
  const config = loadConfig({ DATABASE_URL: `sqlite:${join(tempDir(), 'test.db')}`, PORT: '0', LOG_LEVEL: 'silent' }, {})
  const collector = await openCollector({ config, scriptFile: SCRIPT_FILE })
  onTestFinished(() => collector.close().catch(() => undefined))
  // Under a name that hides a part of each path, its replies are none of the documented ones.
  const misread = watched(collector, { basePath: '/health' })
  await call({ api: collector.url }, '/healthz', { method: 'GET' })
  await expect(misread.close()).rejects.toThrow('refledger: GET z 200: is no operation of the document')
})

test('one that answered as it should can', async () => {
  const collector = await startCollector()
  await call(collector, '/healthz', { method: 'GET' })
  await expect(collector.close()).resolves.toBeUndefined()
})
