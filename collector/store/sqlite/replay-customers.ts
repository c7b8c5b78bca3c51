import type { Database } from 'better-sqlite3'
import type { BindingSource, IdentityKind } from '../../../shared/domain.ts'
import type { Link, ReplayColumns } from '../../../shared/engine/replay-columns.ts'
import { BINDING_WAIT_MS, RECEIPT_TOUCHES } from '../../../shared/limits.ts'
import { columnOf, numbering, type Numbering } from './replay-numbering.ts'

interface BindingRow { kind: IdentityKind; identity: Buffer; source: BindingSource; occurred_at_ms: number; received_at_ms: number }
interface ClickRow {
  code: string
  campaign: string | null
  host: string | null
  /** Of the test mode: a live order knows it and cannot be won by it. */
  test: number
  bot: number
  odd: number
  joined: number
  occurred_at_ms: number
}

/** More sessions of one customer than the engine looks at. */
const SESSIONS = 100

/**
 * Reads what orders' customers did into columns: their clicks, and the sessions that they are known by. Whatever takes
 * more to judge than these columns tell is marked as odd.
 */
export function replayCustomers(db: Database, merchantId: number, { sessions, identities }: { sessions: Numbering; identities: Numbering }) {
  const boundTo = db.prepare<[number, Buffer], BindingRow>("select kind, identity, source, occurred_at_ms, received_at_ms from bindings where merchant_id = ? and session = ? and mode = 'live'")
  const sessionsOf = db.prepare<[number, Buffer], Buffer>("select distinct session from bindings where merchant_id = ? and identity = ? and mode = 'live'").pluck()
  const clicksOf = db.prepare<[number, Buffer, number], ClickRow>(`
    select code, campaign, host, mode = 1 as test, bot, joined is not null as joined, occurred_at_ms,
      waited or clamped or adopted or host is null or received_at_ms <> occurred_at_ms as odd
    from clicks where merchant_id = ? and session = ? limit ?
  `)
  const links = numbering()
  const clicks = { session: [] as number[], link: [] as number[], atMs: [] as number[] }
  const session = { identity: [] as number[], sinceMs: [] as number[], odd: [] as number[] }
  const special = specialIdentities(db, merchantId)
  const oddIdentities = new Set<number>()
  let nextIdentity = 0
  let nextSession = 0

  /** Adds a session's clicks; when it was first visited, and whether there is more to them than the columns say. */
  function addClicks(number: number, blob: Buffer): { firstMs: number; isOdd: boolean } {
    const rows = clicksOf.all(merchantId, blob, RECEIPT_TOUCHES + 1)
    let firstMs = Number.POSITIVE_INFINITY
    for (const { code, campaign, host, test, bot, joined, occurred_at_ms } of rows) {
      if (test === 0) firstMs = Math.min(firstMs, occurred_at_ms)
      // One that joined another counts as that one, which is of this session, too.
      if (joined === 1) continue
      const link: Link = { code, campaign, host, bot: bot === 1 || test === 1 }
      clicks.session.push(number)
      clicks.link.push(links.of(JSON.stringify(link)))
      clicks.atMs.push(occurred_at_ms)
    }
    return { firstMs, isOdd: rows.length > RECEIPT_TOUCHES || rows.some(({ odd }) => odd === 1) }
  }

  function addSession(number: number): void {
    const blob = Buffer.from(sessions.texts[number] ?? '', 'latin1')
    const { firstMs, isOdd } = addClicks(number, blob)
    const bindings = boundTo.all(merchantId, blob)
    const [first] = bindings.toSorted((a, b) => a.received_at_ms - b.received_at_ms)
    // Several customers, a merchant's own ids, or a binding that came long before the first visit: the engine knows the rules.
    const isContested = bindings.some(({ kind, identity }) => kind !== 'identity' || !identity.equals(first?.identity ?? identity))
    const waits = first !== undefined && firstMs !== Number.POSITIVE_INFINITY && firstMs > first.occurred_at_ms + BINDING_WAIT_MS
    const odd = isOdd || isContested || waits
    const named = bindings.map(({ identity }) => identities.of(identity.toString('hex')))
    if (odd) for (const identity of named) oddIdentities.add(identity)
    session.identity.push(named[0] ?? -1)
    session.sinceMs.push(first?.received_at_ms ?? Number.POSITIVE_INFINITY)
    session.odd.push(odd ? 1 : 0)
  }

  function addIdentity(number: number): void {
    const blob = Buffer.from(identities.texts[number] ?? '', 'hex')
    const own = sessionsOf.all(merchantId, blob)
    for (const one of own) sessions.of(one.toString('latin1'))
    if (own.length >= SESSIONS || special.has(identities.texts[number] ?? '')) oddIdentities.add(number)
  }

  return {
    /** Reads up to so many customers and sessions more; false when all were read, those that they led to included. */
    next(limit: number): boolean {
      for (let read = 0; read < limit; read++) {
        if (nextIdentity < identities.texts.length) addIdentity(nextIdentity++)
        else if (nextSession < sessions.texts.length) addSession(nextSession++)
        else return false
      }
      return true
    },
    /** How many were read, of how many that are known so far. */
    progress: () => ({ read: nextIdentity + nextSession, known: identities.texts.length + sessions.texts.length }),
    columns: (): Pick<ReplayColumns, 'clicks' | 'links' | 'sessions' | 'identities'> => ({
      clicks: { session: Int32Array.from(clicks.session), link: Int32Array.from(clicks.link), atMs: columnOf(clicks.atMs) },
      links: links.texts.map((text) => JSON.parse(text) as Link),
      sessions: { identity: Int32Array.from(session.identity), sinceMs: columnOf(session.sinceMs), odd: Uint8Array.from(session.odd) },
      identities: { odd: Uint8Array.from(identities.texts, (_, number) => (oddIdentities.has(number) ? 1 : 0)) },
    }),
  }
}

/** Identities that are an affiliate's own, or credit one. */
function specialIdentities(db: Database, merchantId: number): ReadonlySet<string> {
  const rows = db.prepare<[number, number], Buffer>('select identity from affiliate_addresses where merchant_id = ? union select identity from triggers where merchant_id = ? and identity is not null').pluck()
  return new Set(rows.all(merchantId, merchantId).map((identity) => identity.toString('hex')))
}
