import { call, type Answer, type TestCollector } from '../../helpers/collector.ts'
import type { Installed } from '../../../collector/service/setup.ts'
import type { Scope } from '../../../collector/store/keys.ts'

export type Pair = Installed['keys']['refersion']

export const headersOf = (pair: Pair): Record<string, string> => ({ 'Refersion-Public-Key': pair.public, 'Refersion-Secret-Key': pair.secret })

/** Calls version 2 with the shop's own keys. */
export const v2 = (shop: TestCollector, path: string, body?: unknown, keys: Pair = shop.keys.refersion): Promise<Answer> => call(shop, `/v2${path}`, { headers: headersOf(keys), ...(body === undefined ? {} : { body }) })

/** Makes a pair of keys. */
export async function pairOf({ services }: Pick<TestCollector, 'services'>, { mode = 'live', scopes = [], merchantId }: { mode?: 'live' | 'test'; scopes?: Scope[]; merchantId?: number } = {}): Promise<Pair> {
  const made = await services.keys.create({ dialect: 'refersion', mode, scopes }, merchantId)
  if (!('public' in made)) throw new Error('no pair was made')
  return made
}

const ITEMS = [{ sku: 'LAMP', quantity: 2, price: '30.00' }, { sku: 'MUG', quantity: 1, price: 10 }]
/** Reports an order of 70.00 that names Ana. */
export const paid = (shop: TestCollector, order: string, more: Record<string, unknown> = {}, keys: Pair = shop.keys.refersion): Promise<Answer> =>
  call(shop, '/tracker/orders/paid', { headers: headersOf(keys), body: { cart_id: `cart-${order}`, order_id: order, currency_code: 'EUR', items: ITEMS, auto_credit_affiliate_id: 1, ...more } })
