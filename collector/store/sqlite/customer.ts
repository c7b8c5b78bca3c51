import type { Database } from 'better-sqlite3'
import type { Binding, BindingSource, Conversion, Identifier, IdentifierKind, Mode } from '../../../shared/domain.ts'
import type { CustomerHistory } from '../../../shared/engine/record.ts'
import type { CustomerNeed } from '../store.ts'
import { fromBlob, toBlob } from './blobs.ts'
import type { clickStore } from './clicks.ts'
import type { conversionStore } from './conversions.ts'

/** Sessions of one customer that a decision looks at, newest first: enough for a person, and a bound against a flood. */
const SESSIONS = 100

interface BindingRow { session: Buffer; identity: Buffer; source: BindingSource; mode: Mode; occurred_at_ms: number; received_at_ms: number }

/** Bindings, and through them everything that is known around one customer. */
export function customerStore(db: Database, clicks: ReturnType<typeof clickStore>, conversions: ReturnType<typeof conversionStore>) {
  const insert = db.prepare('insert into bindings (merchant_id, session, identity, source, mode, occurred_at_ms, received_at_ms) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing')
  const bySession = db.prepare<[number, Buffer], BindingRow>('select * from bindings where merchant_id = ? and session = ?')
  const byIdentity = db.prepare<[number, Buffer, number], BindingRow>('select * from bindings where merchant_id = ? and identity = ? order by occurred_at_ms desc limit ?')

  const ofSession = (merchantId: number, session: string): Binding[] => bySession.all(merchantId, toBlob(session)).map(bindingOf)
  const ofIdentity = (merchantId: number, identity: string): Binding[] => byIdentity.all(merchantId, Buffer.from(identity, 'hex'), SESSIONS).map(bindingOf)

  /** The customer's sessions and identities, one step out: those of a session, and then all sessions of those. */
  function reach(merchantId: number, sessions: Iterable<string>, identities: Iterable<string>): { sessions: Set<string>; identities: Set<string> } {
    const named = new Set(identities)
    const all = new Set(sessions)
    for (const session of all) for (const binding of ofSession(merchantId, session)) named.add(binding.identity)
    for (const identity of named) for (const binding of ofIdentity(merchantId, identity)) all.add(binding.session)
    return { sessions: all, identities: named }
  }

  function unsettledOf(need: CustomerNeed, { sessions, identities }: { sessions: Set<string>; identities: Set<string> }): Conversion[] {
    const found = new Map<string, Conversion>()
    const look = (kind: IdentifierKind, values: Iterable<string>): void => {
      for (const value of values) for (const conversion of conversions.unsettled(need.merchantId, { kind, value }, { mode: need.mode, sinceMs: need.unsettledSinceMs })) found.set(conversion.order.id, conversion)
    }
    look('session', sessions)
    look('identity', identities)
    look('click', need.clicks)
    return [...found.values()].toSorted((a, b) => a.order.occurredAtMs - b.order.occurredAtMs || (a.order.id < b.order.id ? -1 : 1))
  }

  return {
    addBinding: (merchantId: number, { session, identity, source, mode, occurredAtMs, receivedAtMs }: Binding) => insert.run(merchantId, toBlob(session), Buffer.from(identity, 'hex'), source, mode, occurredAtMs, receivedAtMs),

    /** Whoever an order may have been made by: the identities it names, and those bound to its sessions. */
    identitiesOf: (merchantId: number, mode: Mode, identifiers: Identifier[]): string[] => identifiers.flatMap(({ kind, value }) => {
      if (kind === 'identity') return [value]
      // A live order rests on live facts alone (ENGINE section 1).
      return kind === 'session' ? ofSession(merchantId, value).filter((binding) => mode === 'test' || binding.mode === 'live').map(({ identity }) => identity) : []
    }),

    /** Everything that a decision about this customer may rest on, but for the settings. */
    history(need: CustomerNeed): Omit<CustomerHistory, 'settings'> {
      const { merchantId } = need
      const conversion = need.order && conversions.byOrder(merchantId, need.mode, need.order)
      const near = reach(merchantId, need.sessions, need.identities)
      const unsettled = unsettledOf(need, near)
      const identifiers = [conversion, ...unsettled].flatMap((known) => known?.identifiers ?? [])
      const named = (kind: IdentifierKind): string[] => identifiers.filter((identifier) => identifier.kind === kind).map(({ value }) => value)

      const { sessions } = reach(merchantId, [...near.sessions, ...named('session')], [...near.identities, ...named('identity')])
      const arrivals = [
        ...[...sessions].flatMap((session) => clicks.ofSession(merchantId, toBlob(session))),
        ...[...need.clicks, ...named('click')].flatMap((click) => clicks.ofId(merchantId, click)),
      ]
      return {
        conversion, unsettled,
        arrivals: [...new Map(arrivals.map((arrival) => [arrival.id, arrival])).values()],
        bindings: [...sessions].flatMap((session) => ofSession(merchantId, session)),
      }
    },
  }
}

const bindingOf = (row: BindingRow): Binding => ({
  session: fromBlob(row.session), identity: row.identity.toString('hex'), source: row.source, mode: row.mode, occurredAtMs: row.occurred_at_ms, receivedAtMs: row.received_at_ms,
})
