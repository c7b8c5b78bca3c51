import type { Mode } from '../../shared/domain.ts'
import type { Cart } from '../../shared/engine/carts.ts'
import { cartSums, recordCart } from '../../shared/engine/record.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { CustomerNeed } from '../store/needs.ts'
import { at } from './acting.ts'
import { longestWindowDays } from './campaigns.ts'
import { settingsFor, type Deps } from './deps.ts'

/** A cart of a visitor's session: a shop whose server knows no session reports its orders by the cart. */
export interface CartReport {
  merchantId: number
  mode: Mode
  cart: string
  session: string
}

/** Carts that stand for sessions. */
export function cartService(deps: Deps) {
  return {
    /**
     * Keeps which session a cart is of, and settles the orders that named it before; resolves once it is on disk.
     * `attached` is false when it is another session's: the first word on a cart stands.
     */
    attach(report: CartReport): Promise<{ attached: boolean; created: boolean }> {
      const now = at(deps)
      const { merchantId, mode } = report
      const cart: Cart = { ...report, receivedAtMs: now.nowMs }
      const windowMs = longestWindowDays(settingsFor(deps.store.directory(), merchantId)) * DAY_MS
      const need: CustomerNeed = { merchantId, mode, sessions: [cart.session], identities: [], clicks: [], carts: [cart.cart], sums: (history) => cartSums(history, cart), unsettledSinceMs: now.nowMs - windowMs }
      return deps.store.decide('customer', need, (history) => recordCart(history, cart, now))
    },
  }
}
