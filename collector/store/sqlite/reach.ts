import type { Database } from 'better-sqlite3'
import type { IdentifierKind, IdentityKind } from '../../../shared/domain.ts'
import type { Reach } from '../person.ts'
import { fromBlob, toBlob } from './blobs.ts'

interface Named { kind: IdentityKind; identity: Buffer }

/** Finds by what a person is known, from their identities on. */
export function reachStore(db: Database): (merchantId: number, identities: string[]) => Reach {
  const sessionsOf = db.prepare<[number, Buffer], Buffer>('select distinct session from bindings where merchant_id = ? and identity = ?').pluck()
  const boundTo = db.prepare<[number, Buffer], Named>('select distinct kind, identity from bindings where merchant_id = ? and session = ?')
  const naming = db.prepare<[number, IdentifierKind, Buffer], string>('select conversion_id from identifiers where merchant_id = ? and kind = ? and value = ?').pluck()
  const identifiersOf = db.prepare<[number, string], { kind: IdentifierKind; value: Buffer }>('select kind, value from identifiers where merchant_id = ? and conversion_id = ?')
  const isErased = db.prepare<[number, Buffer], number>('select 1 from nameless where merchant_id = ? and name = ?').pluck()
  const clickOf = db.prepare<[number, Buffer], { session: Buffer | null }>('select session from clicks where merchant_id = ? and id = ?')

  return (merchantId, given) => {
    const named = (conversion: string, ...kinds: IdentifierKind[]): string[] => identifiersOf.all(merchantId, conversion).flatMap(({ kind, value }) => (kinds.includes(kind) ? fromBlob(value) : []))
    const ordersNaming = (identity: string): string[] => [...naming.all(merchantId, 'identity', toBlob(identity)), ...naming.all(merchantId, 'customer', toBlob(identity))]
    const bindingsOf = (session: string): { kind: IdentityKind; identity: string }[] => boundTo.all(merchantId, toBlob(session)).map(({ kind, identity }) => ({ kind, identity: identity.toString('hex') }))
    const sessionsBound = (identity: string): string[] => sessionsOf.all(merchantId, Buffer.from(identity, 'hex')).map(fromBlob)
    const clicksOf = (orders: Iterable<string>): { id: string; session: string | null }[] => [...orders].flatMap((order) => named(order, 'click')).flatMap((id) => {
      const click = clickOf.get(merchantId, toBlob(id))
      return click === undefined ? [] : { id, session: click.session === null ? null : fromBlob(click.session) }
    })

    /** A merchant's own id stands for the person unless it was ever told beside another address. */
    const standsForThem = (customer: string): boolean => [
      ...ordersNaming(customer).flatMap((order) => named(order, 'identity')),
      ...sessionsBound(customer).flatMap((session) => bindingsOf(session).flatMap(({ kind, identity }) => (kind === 'identity' ? identity : []))),
    ].every((identity) => given.includes(identity))

    const identities = new Set(given)
    const orders = new Set<string>()
    const sessions = new Set<string>()
    // A set is walked to its end while it grows.
    for (const identity of identities) {
      for (const order of ordersNaming(identity)) orders.add(order)
      for (const name of [...sessionsBound(identity), ...[...orders].flatMap((order) => named(order, 'session')), ...clicksOf(orders).flatMap(({ session }) => session ?? [])]) sessions.add(name)
      const customers = [...[...orders].flatMap((order) => named(order, 'customer')), ...[...sessions].flatMap((session) => bindingsOf(session).flatMap((bound) => (bound.kind === 'customer' ? bound.identity : [])))]
      for (const customer of customers) if (!identities.has(customer) && standsForThem(customer)) identities.add(customer)
    }
    const ordersOf = (session: string): { id: string; names: string[] }[] => naming.all(merchantId, 'session', toBlob(session)).map((id) => ({ id, names: named(id, 'identity', 'customer') }))
    // Whoever was erased has no claim on it any more.
    const isStranger = (identity: string): boolean => !identities.has(identity) && isErased.get(merchantId, Buffer.from(identity, 'hex')) === undefined
    const isShared = (session: string): boolean => bindingsOf(session).some(({ identity }) => isStranger(identity)) || ordersOf(session).some(({ names }) => names.some(isStranger))
    const { own = [], shared = [] } = Object.groupBy(sessions, (session) => (isShared(session) ? 'shared' : 'own'))
    for (const session of own) for (const { id, names } of ordersOf(session)) if (names.every((identity) => identities.has(identity))) orders.add(id)
    return { identities: [...identities], sessions: own, shared, conversions: [...orders], clicks: clicksOf(orders).flatMap(({ id, session }) => (session === null ? id : [])) }
  }
}
