import type { Arrival, Binding, Identifier, IdentityKind, Mode, Order } from '../domain.ts'
import { BINDING_WAIT_MS } from '../limits.ts'

/** Live decisions rest on live facts; a test one may use both (ENGINE section 1). */
export const fits = (fact: Mode, order: Mode): boolean => fact === 'live' || order === 'test'

/** A session's binding that stands. */
export interface Standing extends Binding {
  /** When the session was first said to be this customer's, by whomever. */
  sinceMs: number
}

/** The bindings that stand, at most one a session and kind of identity. */
export type StandingBindings = ReadonlyMap<string, Standing>

const keyOf = (session: string, kind: IdentityKind): string => `${kind} ${session}`

/** The binding of a session that stands, of one kind. */
export const standingOf = (standing: StandingBindings, session: string, kind: IdentityKind): Standing | undefined => standing.get(keyOf(session, kind))

/** What a decision about bindings looks at. */
export interface BindingFacts {
  order: Pick<Order, 'mode' | 'occurredAtMs' | 'receivedAtMs'>
  arrivals: Arrival[]
  bindings: Binding[]
}

/**
 * The binding of each session that stands (ENGINE section 2): a server's before a browser's, then the first by
 * occurrence, then the smaller hash. One counts only once its session has a visit from before it or within a day after.
 */
export function standingBindings({ order, arrivals, bindings }: BindingFacts): StandingBindings {
  const known = bindings.filter((binding) =>
    fits(binding.mode, order.mode)
    && binding.receivedAtMs <= Math.max(order.receivedAtMs, order.occurredAtMs + BINDING_WAIT_MS)
    && isVisited(binding, arrivals, order.mode))
  const standing = new Map<string, Standing>()
  for (const binding of known) {
    const key = keyOf(binding.session, binding.kind)
    const held = standing.get(key)
    if (held === undefined || outranks(binding, held)) standing.set(key, { ...binding, sinceMs: binding.occurredAtMs })
  }
  for (const { session, kind, identity, occurredAtMs } of known) {
    const held = standing.get(keyOf(session, kind))
    if (held?.identity === identity) held.sinceMs = Math.min(held.sinceMs, occurredAtMs)
  }
  return standing
}

/** True once a binding's session has a visit that counts in this mode, from before it or within a day after it; until then it waits. */
export const isVisited = (binding: Binding, arrivals: Arrival[], mode: Mode): boolean =>
  arrivals.some((arrival) => fits(arrival.mode, mode) && arrival.session === binding.session && arrival.occurredAtMs <= binding.occurredAtMs + BINDING_WAIT_MS)

function outranks(a: Binding, b: Binding): boolean {
  if (a.source !== b.source) return a.source === 'server'
  if (a.occurredAtMs !== b.occurredAtMs) return a.occurredAtMs < b.occurredAtMs
  return a.identity < b.identity
}

/** True when another identity claims one of these sessions and was not believed. */
export const isContested = (sessions: ReadonlySet<string>, standing: StandingBindings, { order, bindings }: BindingFacts): boolean => bindings.some((binding) => {
  const held = standingOf(standing, binding.session, binding.kind)
  return sessions.has(binding.session) && fits(binding.mode, order.mode) && held !== undefined && held.identity !== binding.identity
})

/** An identity that the order is known to be of. */
export interface Known {
  sinceMs: number
  /** It follows from a browser's word about the order's session. */
  unverified: boolean
}

export const KINDS: readonly IdentityKind[] = ['identity', 'customer']

/**
 * The customer's identities: of each kind those that the order names, else those of its sessions (ENGINE section 3,
 * rule 3).
 */
export function identitiesOf(identifiers: Identifier[], standing: StandingBindings): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>()
  const add = (identity: string, found: Known): void => {
    const held = known.get(identity)
    known.set(identity, held === undefined ? found : { sinceMs: Math.min(held.sinceMs, found.sinceMs), unverified: held.unverified && found.unverified })
  }
  for (const kind of KINDS) {
    const named = identifiers.filter((identifier) => identifier.kind === kind)
    for (const { value, receivedAtMs } of named) add(value, { sinceMs: receivedAtMs, unverified: false })
    if (named.length > 0) continue
    for (const { value, receivedAtMs, unverified = false } of identifiers.filter((identifier) => identifier.kind === 'session')) {
      const held = standingOf(standing, value, kind)
      if (held !== undefined) add(held.identity, { sinceMs: Math.max(receivedAtMs, held.receivedAtMs), unverified: unverified || held.source === 'browser' })
    }
  }
  return known
}
