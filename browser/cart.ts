import type { CartBody, CartReply } from '../shared/wire/script.ts'
import { post } from './beacon.ts'
import { pageUrl } from './capture.ts'

/** Names the session's cart, so that a server which knows no session can report the order by it. True when it is this session's. */
export const attach = async (session: string | undefined, cart: string | undefined): Promise<boolean> => {
  if (!session || !cart) return false
  const body: CartBody = { session, cart: '' + cart, url: pageUrl(location) }
  return !!(await post<CartReply>('cart', body)).attached
}
