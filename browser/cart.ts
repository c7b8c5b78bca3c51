import type { CartReply } from '../shared/wire/script.ts'
import { post } from './beacon.ts'

/** Names the session's cart, so that a server which knows no session can report the order by it. True when it is this session's. */
export const attach = async (cart: string | undefined): Promise<boolean> =>
  !!(cart && (await post<CartReply>('cart', { cart }))?.attached)
