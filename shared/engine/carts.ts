import type { Conversion, Identifier, Mode } from '../domain.ts'
import { BINDING_WAIT_MS } from '../limits.ts'

/** A shop's own name for the cart of a visitor's session, as a page tells it. */
export interface Cart {
  merchantId: number
  mode: Mode
  cart: string
  session: string
  receivedAtMs: number
}

/** What an order names, with the sessions that its carts were said to be of by then. */
export function withCarts(identifiers: Identifier[], carts: ReadonlyMap<string, string>): Identifier[] {
  const named = new Set(identifiers.flatMap(({ kind, value }) => (kind === 'session' ? value : [])))
  const sessions = identifiers.flatMap(({ kind, value, receivedAtMs }): Identifier[] => {
    const session = kind === 'cart' ? carts.get(value) : undefined
    if (session === undefined || named.has(session)) return []
    named.add(session)
    return [{ kind: 'session', value: session, receivedAtMs }]
  })
  return [...identifiers, ...sessions]
}

/**
 * The session that an open order gets by a cart which is told of after it: a page's word, so that what it wins waits for a
 * person, and like any other of a page's for a day only (ENGINE section 3, rule 8).
 */
export function lateSession({ order, identifiers }: Pick<Conversion, 'order' | 'identifiers'>, { cart, session, receivedAtMs }: Cart): Identifier[] {
  const isNamed = identifiers.some(({ kind, value }) => kind === 'cart' && value === cart)
  const isKnown = identifiers.some(({ kind, value }) => kind === 'session' && value === session)
  const isInTime = receivedAtMs <= order.occurredAtMs + BINDING_WAIT_MS
  return isNamed && !isKnown && isInTime ? [{ kind: 'session', value: session, receivedAtMs, unverified: true }] : []
}
