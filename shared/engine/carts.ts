import type { Identifier, Mode } from '../domain.ts'

/** A shop's own name for the cart of a visitor's session. */
export interface Cart {
  merchantId: number
  mode: Mode
  cart: string
  session: string
  receivedAtMs: number
}

/** What an order names, with the sessions that its carts stand for; known since the order was told, or the cart if that came later. */
export function withCarts(identifiers: Identifier[], carts: ReadonlyMap<string, string>): Identifier[] {
  const sessions = identifiers.flatMap(({ kind, value, receivedAtMs }): Identifier[] => {
    const session = kind === 'cart' ? carts.get(value) : undefined
    return session === undefined ? [] : [{ kind: 'session', value: session, receivedAtMs }]
  })
  return [...identifiers, ...sessions.filter(({ value }, index) => !identifiers.some((held) => held.kind === 'session' && held.value === value) && sessions.findIndex((other) => other.value === value) === index)]
}
