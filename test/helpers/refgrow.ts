import { call, startCollector, type Answer } from './collector.ts'
import type { Shop } from './book.ts'

export type Row = Record<string, unknown>
export interface Said { status: number; data: Row; rows: Row[]; error: unknown; body: Row; text: string; headers: Headers }

/** Sends a call with Refgrow's key, and reads what both envelopes have in common. */
export async function say(shop: { api: string; keys: { refgrow: string } }, method: string, path: string, { body, key = shop.keys.refgrow, headers }: { body?: unknown; key?: string; headers?: Record<string, string> } = {}): Promise<Said> {
  const answer: Answer = await call(shop, path, { method, key, ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) })
  const told = answer.body as Row
  const data = told['data']
  return { status: answer.status, data: (data ?? {}) as Row, rows: Array.isArray(data) ? data as Row[] : [], error: told['error'], body: told, text: answer.text, headers: answer.headers }
}

/** A key of Refgrow's: of the test mode, or with some scopes alone. */
export async function keyWith({ services }: Shop, { mode = 'live', scopes = [] }: { mode?: 'live' | 'test'; scopes?: Parameters<Shop['services']['keys']['create']>[0]['scopes'] }, merchantId?: number): Promise<string> {
  const made = await services.keys.create({ dialect: 'refgrow', mode, scopes }, merchantId)
  return 'token' in made ? made.token : ''
}

/** Another merchant in the same collector, with an affiliate of the same code. */
export async function withStranger(shop: Shop): Promise<{ merchantId: number; keys: { refgrow: string }; api: string }> {
  const { merchantId, campaignId, keys } = await shop.services.setup.init({ merchant: 'Other', site: 'other.example', email: 'owner@other.example', currency: 'USD', timezone: 'UTC' })
  await shop.services.affiliates.create({ campaign: campaignId, email: 'ana@elsewhere.example', code: 'ana' }, merchantId)
  return { merchantId, keys: { refgrow: keys.refgrow }, api: shop.api }
}

/** A shop whose orders are shared by all who referred. */
export async function sharing(): Promise<Shop> {
  const shop = await startCollector()
  await shop.services.campaigns.update(shop.campaignId, { model: 'position' }, shop.merchantId)
  return shop
}
