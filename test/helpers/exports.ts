import { hash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DAY_MS } from '../../shared/limits.ts'
import { emailHash } from '../../collector/service/identity.ts'
import { BROWSER, uuidAt, type TestCollector } from './collector.ts'
import { cliJson } from './cli.ts'
import { bookKeeper, richBook } from './rich-book.ts'
import { memoryDir } from './world.ts'

/** A book with a row in every table, and a second merchant's beside it. */
export async function fullBook(options: { atEnd?: NonNullable<Parameters<typeof memoryDir>[0]> } = {}): Promise<TestCollector & { other: { merchantId: number; keys: TestCollector['keys'] } }> {
  const book = await richBook({ dir: memoryDir(options.atEnd), ...options })
  const { services, merchantId, clock } = book
  const keeper = bookKeeper(book)
  const { identityOf } = services.identities
  const session = await keeper.visits('ana', 'ben')
  await services.touches.visit({ session, url: 'https://www.shop.example/?ref=cleo', userAgent: 'Googlebot/2.1', mode: 'live', field: 'url', owner: merchantId })
  await services.touches.visit({ session: 'a session that is no UUID', url: 'https://www.shop.example/„Schön" \u2028?ref=ana', userAgent: `${BROWSER}\u{1F600}`, mode: 'test', field: 'url', owner: merchantId })
  await services.identities.identify({ merchantId, session, emailHash: emailHash('kim@customer.example'), source: 'browser', mode: 'live' })
  await services.carts.attach({ merchantId, mode: 'live', cart: 'cart-1', session })
  await keeper.record({ externalId: 'by cart', identifiers: [{ kind: 'cart', value: 'cart-1' }], metadata: '{"note":"\\u0000 \u{1F4B6}"}' })
  await keeper.record({ externalId: 'first', subscriptionId: 'R', identifiers: [{ kind: 'identity', value: identityOf(merchantId, emailHash('kim@customer.example')) }] })
  const coupon = await services.coupons.create(merchantId, { code: 'SPRING', affiliate: 1 })
  await services.coupons.update(merchantId, coupon.number, { affiliate: 2 })
  await services.referrals.create({ merchantId, mode: 'live', email: 'Lee@customer.example', affiliate: 1 })
  await services.affiliates.create({ campaign: '1', email: 'eve@partner.example', name: 'Eve', code: 'eve', password: 'correct horse battery' }, merchantId)
  await services.affiliates.update('eve', { status: 'disabled' }, merchantId)
  await services.identities.identify({ merchantId, session: await keeper.visits('ben'), emailHash: emailHash('mia@customer.example'), source: 'server', mode: 'live' })
  await keeper.record({ externalId: 'erased', identifiers: [{ kind: 'identity', value: identityOf(merchantId, emailHash('mia@customer.example')) }], metadata: '{"name":"Mia"}' })
  await services.privacy.erase({ email: 'mia@customer.example', dryRun: false, affiliate: false }, { actor: 'cli' }, merchantId)
  clock.nowMs += DAY_MS
  const other = await services.setup.init({ merchant: 'Stranger Ltd', site: 'stranger.example', email: 'owner@stranger.example', currency: 'USD', timezone: 'UTC' })
  await services.affiliates.create({ campaign: other.campaignId, email: 'zoe@stranger.example', name: 'Zoe', code: 'zoe' }, other.merchantId)
  await services.touches.visit({ session: uuidAt(clock.nowMs), url: 'https://stranger.example/?ref=zoe', userAgent: BROWSER, mode: 'live', field: 'url' })
  const report = { merchantId: other.merchantId, mode: 'live' as const, kind: 'sale' as const, externalId: 'stranger-1', amount: { minor: 4200, currency: 'USD' }, metadata: null, identifiers: [{ kind: 'code' as const, value: 'zoe' }] }
  await services.conversions.record(report, { render: () => ({ status: 201, body: '' }) })
  return { ...book, other }
}

/** Where a collector's database is. */
export const urlIn = ({ dir, file = 'test.db' }: { dir: string; file?: string }): string => `sqlite:${join(dir, file)}`

/** Exports a collector's merchant into a new folder, which goes with the test. */
export async function exported(place: { dir: string; file?: string }, { atEnd }: { atEnd?: Parameters<typeof memoryDir>[0] } = {}, ...more: string[]): Promise<string> {
  const folder = join(memoryDir(atEnd), 'export')
  const { code, json } = await cliJson(urlIn(place), 'export', folder, ...more)
  if (code !== 0) throw new Error(JSON.stringify(json))
  return folder
}

/** Imports a folder into a collector, by default one that has nothing. */
export async function imported(folder: string, place: { dir: string } = { dir: memoryDir() }): Promise<{ dir: string; code: number; json: Record<string, unknown> & { error?: { code: string; message: string } } }> {
  return { ...place, ...(await cliJson(urlIn(place), 'import', folder, '--format', 'refledger')) }
}

/** All of a folder's files by their names. */
export const filesOf = (folder: string): Record<string, string> => Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]))

/** A table's rows. */
export const rowsIn = (folder: string, table: string): Record<string, unknown>[] => readFileSync(join(folder, `${table}.jsonl`), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>)

interface Told { tables: Record<string, { rows: number; sha256: string }> }

/** Changes an export as somebody would who knows what a manifest is for: counts and hashes are right again. */
export function rewritten(folder: string, table: string, change: (text: string) => string | Buffer): void {
  const file = join(folder, `${table}.jsonl`)
  const bytes = Buffer.from(change(readFileSync(file, 'utf8')))
  writeFileSync(file, bytes)
  retold(folder, (manifest) => { manifest.tables[table] = { rows: bytes.toString('latin1').split('\n').length - 1, sha256: hash('sha256', bytes) } })
}

/** The same for rows that stay JSON. */
export function withRows(folder: string, table: string, change: (rows: Record<string, unknown>[]) => Record<string, unknown>[]): void {
  const rows = change(rowsIn(folder, table))
  rewritten(folder, table, () => rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

/** Changes what a manifest tells. */
export function retold(folder: string, change: (manifest: Told & Record<string, unknown>) => unknown): void {
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Told & Record<string, unknown>
  change(manifest)
  writeFileSync(file, JSON.stringify(manifest))
}
