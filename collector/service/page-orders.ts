import type { cartService } from './carts.ts'
import type { conversionService, OrderReport } from './conversions.ts'
import type { identityService } from './identities.ts'

/** An order as a thank-you page tells of it. */
export interface PageOrder {
  report: OrderReport
  /** The visitor's, as the page remembers it. */
  session?: string | undefined
  cart?: string | undefined
  /** SHA-256 of the buyer's address, in hex. */
  emailHash?: string | undefined
}

interface Services {
  conversions: ReturnType<typeof conversionService>
  identities: ReturnType<typeof identityService>
  carts: ReturnType<typeof cartService>
}

/**
 * Orders that only a buyer's browser tells of. A page may say whose the cart is, who the visitor says to be, and which coupon
 * was typed; which affiliate it was, who bought and what is renewed takes a server's word.
 */
export function pageOrderService({ conversions, identities, carts }: Services) {
  return {
    /** Keeps what a page said; resolves when it is on disk. Where the shop's server told of the order before, that stands. */
    async tell({ report, session, cart, emailHash }: PageOrder): Promise<void> {
      const { merchantId, mode } = report
      if (session !== undefined && emailHash !== undefined) await identities.identify({ merchantId, mode, session, emailHash, source: 'browser' })
      // By it the server's report finds the visitor, if it knows no more.
      if (session !== undefined && cart !== undefined) await carts.attach({ merchantId, mode, session, cart })
      const identifiers = [...(session === undefined ? [] : [{ kind: 'session', value: session } as const]), ...report.identifiers.filter(({ kind }) => kind === 'cart' || kind === 'coupon')]
      await conversions.record({ ...report, subscriptionId: null, identifiers, byBrowser: session ?? cart ?? '' }, { render: () => ({ status: 200, body: '' }) })
    },
  }
}
