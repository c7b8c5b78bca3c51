import type { Database } from 'better-sqlite3'
import type { Binding, BindingSource, Identifier, IdentifierKind, IdentityKind, Mode } from '../../../shared/domain.ts'
import type { CustomerHistory } from '../../../shared/engine/record.ts'
import { subscriptionKey } from '../../../shared/engine/renewal.ts'
import type { CustomerNeed } from '../needs.ts'
import { fromBlob, toBlob } from './blobs.ts'
import type { cartStore } from './carts.ts'
import type { clickStore } from './clicks.ts'
import type { conversionStore, NumberedConversion } from './conversions.ts'

/**
 * Sessions of one customer that a decision looks at, enough for a person: those that a server named, then those that were
 * visited, the newest first. So a flood of names for sessions that nobody saw pushes out none that counts.
 */
const SESSIONS = 100

interface BindingRow { session: Buffer; kind: IdentityKind; identity: Buffer; source: BindingSource; mode: Mode; occurred_at_ms: number; received_at_ms: number }

interface Reach { sessions: Set<string>; identities: Set<string> }

interface Tables {
  clicks: ReturnType<typeof clickStore>
  conversions: ReturnType<typeof conversionStore>
  carts: ReturnType<typeof cartStore>
}

/** Bindings, and through them everything that is known around one customer. */
export function customerStore(db: Database, { clicks, conversions, carts }: Tables) {
  const insert = db.prepare('insert into bindings (merchant_id, session, kind, identity, source, mode, occurred_at_ms, received_at_ms) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing')
  const bySession = db.prepare<[number, Buffer], BindingRow>('select * from bindings where merchant_id = ? and session = ?')
  const byIdentity = db.prepare<[number, Buffer, number], BindingRow>(`
    select * from bindings b where merchant_id = ? and identity = ?
    order by source = 'server' desc, exists (select 1 from clicks c where c.merchant_id = b.merchant_id and c.session = b.session) desc, occurred_at_ms desc limit ?
  `)

  const ofSession = (merchantId: number, session: string): Binding[] => bySession.all(merchantId, toBlob(session)).map(bindingOf)
  const ofIdentity = (merchantId: number, identity: string): Binding[] => byIdentity.all(merchantId, Buffer.from(identity, 'hex'), SESSIONS).map(bindingOf)

  /** The customer's sessions and identities, one step out: those of a session, and then all sessions of those. */
  function reach(merchantId: number, sessions: Iterable<string>, identities: Iterable<string>): Reach {
    const named = new Set(identities)
    const all = new Set(sessions)
    for (const session of all) for (const binding of ofSession(merchantId, session)) named.add(binding.identity)
    for (const identity of named) for (const binding of ofIdentity(merchantId, identity)) all.add(binding.session)
    return { sessions: all, identities: named }
  }

  function unsettledOf(need: CustomerNeed, { sessions, identities }: Reach): NumberedConversion[] {
    const found = new Map<string, NumberedConversion>()
    const look = (kind: IdentifierKind, values: Iterable<string>): void => {
      for (const value of values) for (const conversion of conversions.unsettled(need.merchantId, { kind, value }, { mode: need.mode, sinceMs: need.unsettledSinceMs })) found.set(conversion.order.id, conversion)
    }
    look('session', sessions)
    look('identity', identities)
    look('customer', identities)
    look('click', need.clicks)
    look('cart', need.carts ?? [])
    return [...found.values()].toSorted((a, b) => a.number - b.number)
  }

  /** What is known around some orders and their customers: clicks, bindings and first payments. */
  function around(merchantId: number, { orders, near, clicks: asked, subscription }: { orders: NumberedConversion[]; near: Reach; clicks: string[]; subscription: { mode: Mode; id: string } | undefined }): Pick<CustomerHistory, 'arrivals' | 'unread' | 'bindings' | 'firstPayments' | 'recorded'> {
    const identifiers = orders.flatMap((order) => order.identifiers)
    const named = (...kinds: IdentifierKind[]): string[] => identifiers.filter(({ kind }) => kinds.includes(kind)).map(({ value }) => value)
    const { sessions } = reach(merchantId, [...near.sessions, ...named('session')], [...near.identities, ...named('identity', 'customer')])
    const visits = [...sessions].map((session) => ({ session, ...clicks.ofSession(merchantId, toBlob(session)) }))
    const arrivals = [
      ...visits.flatMap((visit) => visit.arrivals),
      ...[...asked, ...named('click')].flatMap((click) => clicks.ofId(merchantId, click)),
    ]
    const subscriptions = [...orders.flatMap(({ order: { mode, subscriptionId } }) => (subscriptionId === null ? [] : { mode, id: subscriptionId })), ...(subscription === undefined ? [] : [subscription])]
    const firsts = subscriptions.flatMap(({ mode, id }) => conversions.firstPayment(merchantId, mode, id) ?? [])
    return {
      arrivals: [...new Map(arrivals.map((arrival) => [arrival.id, arrival])).values()],
      unread: new Map(visits.flatMap(({ session, left }) => (left > 0 ? [[session, left]] : []))),
      bindings: [...sessions].flatMap((session) => ofSession(merchantId, session)),
      firstPayments: new Map(firsts.map((first) => [subscriptionKey({ mode: first.order.mode, subscriptionId: first.order.subscriptionId ?? '' }), first])),
      recorded: [...new Set([...orders, ...firsts].toSorted((a, b) => a.number - b.number).map(({ order }) => order.id))],
    }
  }

  return {
    addBinding: (merchantId: number, { session, kind, identity, source, mode, occurredAtMs, receivedAtMs }: Binding) => insert.run(merchantId, toBlob(session), kind, Buffer.from(identity, 'hex'), source, mode, occurredAtMs, receivedAtMs),

    /** Whoever an order may have been made by: the identities it names, and those bound to its sessions. */
    identitiesOf: (merchantId: number, mode: Mode, identifiers: Identifier[]): string[] => identifiers.flatMap(({ kind, value }) => {
      if (kind === 'identity' || kind === 'customer') return [value]
      // A live order rests on live facts alone (ENGINE section 1).
      return kind === 'session' ? ofSession(merchantId, value).filter((binding) => mode === 'test' || binding.mode === 'live').map(({ identity }) => identity) : []
    }),

    /** Orders since then that nobody has won and that may be this customer's: by name, or by a session that was said to be theirs. */
    unsettledOf(merchantId: number, identity: string, sinceMs: number): NumberedConversion[] {
      const since = { mode: 'live', sinceMs } as const
      const found = [...conversions.unsettled(merchantId, { kind: 'identity', value: identity }, since), ...ofIdentity(merchantId, identity).flatMap(({ session }) => conversions.unsettled(merchantId, { kind: 'session', value: session }, since))]
      return [...new Map(found.map((conversion) => [conversion.number, conversion])).values()].toSorted((a, b) => a.number - b.number)
    },

    /** Everything that a decision about this customer may rest on, but for the settings and the sums. */
    history(need: CustomerNeed): Omit<CustomerHistory, 'settings' | 'usage'> {
      const { merchantId, mode, clicks: named } = need
      const conversion = need.order && conversions.byOrder(merchantId, mode, need.order)
      const aliases = carts.sessionsOf(merchantId, mode, need.carts ?? [])
      const near = reach(merchantId, [...need.sessions, ...aliases.values()], need.identities)
      const unsettled = unsettledOf(need, near)
      return { conversion, unsettled, carts: aliases, ...around(merchantId, { orders: [...(conversion === undefined ? [] : [conversion]), ...unsettled], near, clicks: named, subscription: need.subscriptionId ? { mode, id: need.subscriptionId } : undefined }) }
    },

    /** The same for orders of many customers that became explicable at once. */
    historyOf: (merchantId: number, unsettled: NumberedConversion[]): Omit<CustomerHistory, 'settings' | 'usage'> => ({
      conversion: undefined, unsettled, carts: new Map(), ...around(merchantId, { orders: unsettled, near: { sessions: new Set(), identities: new Set() }, clicks: [], subscription: undefined }),
    }),
  }
}

const bindingOf = (row: BindingRow): Binding => ({
  session: fromBlob(row.session), kind: row.kind, identity: row.identity.toString('hex'), source: row.source, mode: row.mode, occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms,
})
