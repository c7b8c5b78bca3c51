import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildClient } from '../../shared/build.ts'
import { tempDir } from '../helpers/collector.ts'
import { snippets } from '../helpers/readme.ts'

const ROOT = join(import.meta.dirname, '../..')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const SHIPPED = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts']
/** What a shop's server loads at most: room for a call or two more. */
const BUDGET_BYTES = 27_000

const ends: (() => void | Promise<void>)[] = []
let shop: string
let client: string

/** A shop's project with the package in it as npm would put it there, and nothing else: no zod, no types of Node. */
beforeAll(async () => {
  shop = tempDir((end) => ends.push(end))
  const installed = join(shop, 'node_modules/refledger')
  client = join(installed, 'dist/client')
  mkdirSync(client, { recursive: true })
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'))
  await buildClient(client)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const run = (file: string, ...args: string[]) => promisify(execFile)(process.execPath, [file, ...args], { cwd: shop })
const shipped = (file: string): string => readFileSync(join(client, file), 'utf8')

/** What the compiler says of the files; empty when it is content. */
async function complaints(files: Record<string, string>, ...options: string[]): Promise<string> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(shop, name), text)
  const { stdout } = await run(TSC, '--ignoreConfig', '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--types', '', ...options, ...Object.keys(files)).catch((error: { stdout: string }) => error)
  return stdout
}

const PROGRAM = `
const client = new RefCampaign({ apiKey: 'rc_live_0123456789', apiUrl: 'https://track.shop.example' })

export async function sell(session: string | undefined, webhook: { body: string; signature: string | null }): Promise<string> {
  const sold = await client.conversions.track({ sessionId: session, amount: 49.9, currency: 'EUR', metadata: { orderId: 'ord_42', gift: { wrapped: true } } })
  const id: string = sold.commissionId ?? sold.id
  const posted = await client.conversions.postback({ externalId: id, conversionType: 'SALE', amount: 4990, currency: 'EUR' })
  const { alreadyRefunded } = await client.conversions.refund({ externalId: 'ord_42', amount: 100, refundId: 'r-1' })
  const known: boolean = (await client.tracking.identify({ sessionId: 's', customerEmailHash: 'a' })).identified
  const event: WebhookEventType = WEBHOOK_EVENT_TYPES[0]
  const genuine: boolean = verifyWebhookSignature({ secret: 'whsec_1', payload: webhook.body, header: webhook.signature })
  const server = new RefCampaignServer('rc_live_0123456789', { onError: (error, { orderId, attempts }) => { error.message.at(attempts); orderId.trim() } })
  const { success, error } = await server.trackConversion({ orderId: 'o', amount: 1, currency: 'EUR', sessionId: 's' })
  RefCampaignBrowser.configure({ apiBase: 'https://track.shop.example' })
  const { source } = RefCampaignBrowser.captureSession()
  return [posted.conversionId, alreadyRefunded, known, event, genuine, success, error, source, WEBHOOK_SIGNATURE_HEADER].join()
}

export const reasonOf = (error: unknown): string | null => (error instanceof RefCampaignError ? error.code + error.status + error.requestId : null)

// @ts-expect-error a key is needed
new RefCampaign({ apiUrl: 'https://track.shop.example' })
// @ts-expect-error postback needs the kind of conversion
void client.conversions.postback({ externalId: 'o', amount: 1, currency: 'EUR' })
// @ts-expect-error a field that nobody reads is a mistake
void client.conversions.track({ amount: 1, currency: 'EUR', sessionID: 's' })
// @ts-expect-error amounts are numbers
void client.conversions.refund({ externalId: 'o', amount: '1' })
// @ts-expect-error an order's id is text or a number
void client.conversions.track({ amount: 1, currency: 'EUR', metadata: { orderId: {} } })
if (verifyWebhookSignature({ secret: '', payload: '', header: '' })) throw new Error('unreachable')
`
const NAMES = 'RefCampaign, RefCampaignBrowser, RefCampaignError, RefCampaignServer, verifyWebhookSignature, WEBHOOK_EVENT_TYPES, WEBHOOK_SIGNATURE_HEADER'
const IMPORTED = `import { ${NAMES}, type WebhookEventType } from 'refledger/client'\n${PROGRAM}`
const REQUIRED = `import sdk = require('refledger/client')\nimport type { WebhookEventType } from 'refledger/client'\nconst { ${NAMES} } = sdk\n${PROGRAM}`

test.each([
  ['an ES module', { 'shop.mts': IMPORTED }, ['--module', 'nodenext']],
  ['a CommonJS module', { 'shop.cts': REQUIRED }, ['--module', 'nodenext']],
  ['a CommonJS module that is written with import', { 'import.cts': IMPORTED }, ['--module', 'node20']],
  ['a project that knows neither browsers nor Node', { 'bare.mts': IMPORTED }, ['--module', 'nodenext', '--lib', 'es2022']],
  ['a bundler', { 'bundled.ts': IMPORTED }, ['--module', 'esnext', '--moduleResolution', 'bundler']],
])('the published types stand alone in %s', async (_name, files, options) => {
  expect(await complaints(files, ...options)).toBe('')
})

test('the example of the README compiles', async () => {
  const [example = ''] = snippets('Server SDK', 'ts')
  expect(example).toContain('new RefCampaign(')
  expect(await complaints({ 'readme.mts': `${example}declare const process: { env: Record<string, string | undefined> }` }, '--module', 'nodenext')).toBe('')
})

const FETCHES = `import { RefCampaign } from 'refledger/client'
const apiKey = 'rc_live_0123456789'
new RefCampaign({ apiKey, fetch })
new RefCampaign({ apiKey, fetch: globalThis.fetch })
new RefCampaign({ apiKey, fetch: (url, init) => fetch(url, { ...init, keepalive: true }) })
new RefCampaign({ apiKey, fetch: async (url: string, init: RequestInit): Promise<Response> => new Response(url + String(init.signal?.aborted)) })
// @ts-expect-error this one answers no promise
new RefCampaign({ apiKey, fetch: () => new Response('') })
`
test.each([
  ['a browser', ['--lib', 'es2022,dom']],
  ['Node', ['--lib', 'es2022', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')]],
])("the fetch of %s fits, and one that wraps it", async (_name, options) => {
  expect(await complaints({ 'fetch.mts': FETCHES }, '--module', 'nodenext', ...options)).toBe('')
})

test('a use that cannot work is told, so the silence above says something', async () => {
  const told = await complaints({ 'wrong.mts': `import { RefCampaign } from 'refledger/client'\nimport 'zod'\nnew RefCampaign({ apiKey: 1 })` }, '--module', 'nodenext')
  expect(told).toMatch(/wrong\.mts\(2,.*TS2882|wrong\.mts\(2,.*TS2307/)
  expect(told).toMatch(/wrong\.mts\(3,.*TS2322/)
})

test.each([
  ['import', 'run.mjs', `import * as sdk from 'refledger/client'`],
  ['require', 'run.cjs', `const sdk = require('refledger/client')`],
])('%s gives the same names', async (_name, file, line) => {
  writeFileSync(join(shop, file), `${line}\nconsole.log(Object.keys(sdk).filter((name) => name !== '__esModule').toSorted().join(', '), sdk.RefCampaignBrowser.captureSession().source)`)
  expect((await run(file)).stdout.trim()).toBe(`${NAMES.split(', ').toSorted().join(', ')} none`)
})

test('the package ships what its exports name', () => {
  const { exports, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: { './client': Record<'import' | 'require', Record<string, string>> }; files: string[] }
  const named = Object.values(exports['./client']).flatMap((kind) => Object.values(kind))
  expect(named.toSorted()).toEqual(SHIPPED.map((name) => `./dist/client/${name}`).toSorted())
  expect(files).toContain('dist/client')
})

test.each(SHIPPED)('%s needs nothing beside it', (file) => {
  expect(shipped(file)).not.toMatch(/\bfrom ["']|\brequire\(|\bimport\(|zod|\.ts['"]|(?<![.\w])process\.|\b(?:Buffer|setImmediate|__dirname)\b|node:/)
})

test.each(['index.js', 'index.cjs'])('%s fits the budget', (file) => {
  expect(Buffer.byteLength(shipped(file))).toBeLessThanOrEqual(BUDGET_BYTES)
})
