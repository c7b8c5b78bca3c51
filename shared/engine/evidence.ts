import type { Arrival, Binding, Identifier, Mode, Order } from '../domain.ts'
import { BINDING_WAIT_MS, RECEIPT_TOUCHES } from '../limits.ts'
import { affiliateByCode, campaignOf, policyOf, statusOf, type Settings } from './settings.ts'
import type { ContestPolicy, Evidence, Touch } from './attribution.ts'

/** What is known about one order's customer: the raw facts, unjudged. */
export interface CustomerFacts {
  order: Order
  identifiers: Identifier[]
  arrivals: Arrival[]
  bindings: Binding[]
}

/** The touches that a receipt snapshots, strongest evidence per click, and what was left out of it. */
export interface Snapshot {
  touches: Touch[]
  /** Touches beyond those that a receipt holds. */
  more: number
  policies: ContestPolicy[]
  /** Another identity claims one of the order's sessions and was not believed. */
  conflict: boolean
}

const RANK: Record<Evidence, number> = { click_id: 0, session: 1, affiliate_code: 2, identity: 3 }

/** Live decisions rest on live facts; a test one may use both (ENGINE section 1). */
const fits = (fact: Mode, order: Mode): boolean => fact === 'live' || order === 'test'

/** A session's binding that stands. */
export interface Standing extends Binding {
  /** When the session was first said to be this customer's, by whomever. */
  sinceMs: number
}

/**
 * The binding of each session that stands (ENGINE section 2): a server's before a browser's, then the first by
 * occurrence, then the smaller hash. One counts only once its session has a visit from before it or within a day after.
 */
export function standingBindings({ order, arrivals, bindings }: CustomerFacts): Map<string, Standing> {
  const known = bindings.filter((binding) =>
    fits(binding.mode, order.mode)
    && binding.receivedAtMs <= Math.max(order.receivedAtMs, order.occurredAtMs + BINDING_WAIT_MS)
    && isVisited(binding, arrivals))
  const standing = new Map<string, Standing>()
  for (const binding of known) {
    const held = standing.get(binding.session)
    if (held === undefined || outranks(binding, held)) standing.set(binding.session, { ...binding, sinceMs: binding.occurredAtMs })
  }
  for (const { session, identity, occurredAtMs } of known) {
    const held = standing.get(session)
    if (held?.identity === identity) held.sinceMs = Math.min(held.sinceMs, occurredAtMs)
  }
  return standing
}

/** True once a binding's session has a visit from before it or within a day after it; until then it waits. */
export const isVisited = (binding: Binding, arrivals: Arrival[]): boolean =>
  arrivals.some((arrival) => arrival.session === binding.session && arrival.occurredAtMs <= binding.occurredAtMs + BINDING_WAIT_MS)

function outranks(a: Binding, b: Binding): boolean {
  if (a.source !== b.source) return a.source === 'server'
  if (a.occurredAtMs !== b.occurredAtMs) return a.occurredAtMs < b.occurredAtMs
  return a.identity < b.identity
}

/** Every touch of an order's customer, ready for the contest, with the settings in force at the order. */
export function snapshotOf(facts: CustomerFacts, settings: Settings): Snapshot {
  const { order, identifiers } = facts
  const standing = standingBindings(facts)
  const sessions = valuesOf(identifiers, 'session')
  const identities = identitiesOf(identifiers, standing)
  // A purchase in a session that is the affiliate's is their own, whatever hash the order names (ENGINE section 3, rule 10).
  const buyers = new Set([...identities.keys(), ...[...sessions].flatMap((session) => standing.get(session)?.identity ?? [])])

  const best = new Map<string, Touch>()
  const keep = (touch: Touch): void => {
    const held = best.get(touch.eventId)
    if (held === undefined || RANK[touch.evidence] < RANK[held.evidence] || (touch.evidence === held.evidence && touch.knownAtMs < held.knownAtMs)) best.set(touch.eventId, touch)
  }
  // Arrivals of one click may come in the same millisecond: then the smaller id speaks for it, never the order of arrival.
  for (const arrival of facts.arrivals.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const found = evidenceFor(arrival, { order, identifiers, standing, identities })
    if (found !== undefined) keep(touchOf(arrival, found))
  }
  for (const { value, receivedAtMs } of identifiers.filter((identifier) => identifier.kind === 'code')) {
    const at = order.occurredAtMs
    keep(touchOf({ clickId: `code:${value.toLowerCase()}`, code: value, campaign: null, host: null, occurredAtMs: at, receivedAtMs, mode: order.mode, bot: false }, { evidence: 'affiliate_code', knownAtMs: receivedAtMs, unverified: false }))
  }

  const ranked = [...best.values()].toSorted((a, b) => rankOf(a, order) - rankOf(b, order) || b.occurredAtMs - a.occurredAtMs || (a.eventId < b.eventId ? -1 : 1))
  const touches = ranked.slice(0, RECEIPT_TOUCHES)
  return {
    touches,
    more: ranked.length - touches.length,
    policies: policiesOf(touches, settings, order.occurredAtMs),
    conflict: facts.bindings.some((binding) => fits(binding.mode, order.mode) && sessions.has(binding.session) && standing.has(binding.session) && standing.get(binding.session)?.identity !== binding.identity),
  }

  function touchOf(click: Pick<Arrival, 'clickId' | 'code' | 'campaign' | 'host' | 'occurredAtMs' | 'receivedAtMs' | 'mode' | 'bot'>, { evidence, knownAtMs, unverified }: Found): Touch {
    const affiliate = affiliateByCode(settings, click.code, order.occurredAtMs)
    const place = affiliate && campaignOf(settings, affiliate, click, order.occurredAtMs)
    return {
      eventId: click.clickId, evidence, unverified, knownAtMs, code: click.code, mode: click.mode, bot: click.bot, occurredAtMs: click.occurredAtMs,
      affiliateId: affiliate?.id ?? null,
      affiliateActive: affiliate !== undefined && statusOf(affiliate, order.occurredAtMs) === 'ACTIVE',
      campaignId: place?.campaign.id ?? null,
      enrolled: place?.enrolled ?? false,
      isBuyer: affiliate !== undefined && buyers.has(affiliate.identity),
    }
  }
}

interface Found {
  evidence: Evidence
  /** When the collector had all that links this click to the order. */
  knownAtMs: number
  /** The link rests on what a browser said alone. */
  unverified: boolean
}

interface Links {
  order: Order
  identifiers: Identifier[]
  standing: Map<string, Standing>
  identities: Map<string, number>
}

/** How an arrival is evidence for the order, if at all. */
function evidenceFor(arrival: Arrival, { order, identifiers, standing, identities }: Links): Found | undefined {
  const named = (kind: 'click' | 'session', value: string | null): Identifier | undefined => identifiers.find((identifier) => identifier.kind === kind && identifier.value === value)
  const known = (link: { receivedAtMs: number }): number => Math.max(arrival.receivedAtMs, link.receivedAtMs)
  const late = arrival.receivedAtMs > order.receivedAtMs && arrival.occurredAtMs <= order.occurredAtMs
  // After the order, only a visit that had waited in the browser may still speak of the time before it (ENGINE section 3, rule 8).
  if (late && !arrival.waited) return undefined

  const byClick = named('click', arrival.clickId) ?? named('click', arrival.id)
  if (byClick) return { evidence: 'click_id', knownAtMs: known(byClick), unverified: false }
  const bySession = named('session', arrival.session)
  if (bySession) return { evidence: 'session', knownAtMs: known(bySession), unverified: false }
  const binding = arrival.session === null ? undefined : standing.get(arrival.session)
  const identifiedAtMs = binding && identities.get(binding.identity)
  if (binding === undefined || identifiedAtMs === undefined) return undefined
  if (late && binding.sinceMs > order.occurredAtMs) return undefined
  return { evidence: 'identity', knownAtMs: Math.max(known(binding), identifiedAtMs), unverified: binding.source === 'browser' }
}

/** What stays on a crowded receipt: the click or code that the order names, its sessions, the customer's others, and last what came after the order. */
const rankOf = ({ evidence, occurredAtMs }: Touch, order: Order): number => (occurredAtMs > order.occurredAtMs ? 3 : { click_id: 0, affiliate_code: 0, session: 1, identity: 2 }[evidence])

const valuesOf = (identifiers: Identifier[], kind: Identifier['kind']): Set<string> => new Set(identifiers.filter((identifier) => identifier.kind === kind).map((identifier) => identifier.value))

/** The customer's identities, each with the time since when the order is known to be theirs: the hashes that the order names, else those of its sessions. */
function identitiesOf(identifiers: Identifier[], standing: Map<string, Standing>): Map<string, number> {
  const named = identifiers.filter(({ kind }) => kind === 'identity')
  const inSessions = identifiers.filter(({ kind }) => kind === 'session').flatMap(({ value, receivedAtMs }) => {
    const binding = standing.get(value)
    return binding === undefined ? [] : [{ value: binding.identity, receivedAtMs: Math.max(receivedAtMs, binding.receivedAtMs) }]
  })
  const known = new Map<string, number>()
  for (const { value, receivedAtMs } of named.length > 0 ? named : inSessions) known.set(value, Math.min(receivedAtMs, known.get(value) ?? receivedAtMs))
  return known
}

function policiesOf(touches: Touch[], settings: Settings, atMs: number): ContestPolicy[] {
  const ids = [...new Set(touches.flatMap((touch) => touch.campaignId ?? []))].toSorted()
  return ids.flatMap((campaignId) => {
    const campaign = settings.campaigns.get(campaignId)
    if (campaign === undefined) return []
    const { version, value } = policyOf(campaign, atMs)
    return { campaignId, version, windowDays: value.windowDays, model: value.model, rate: value.rate, holdDays: value.holdDays, archived: value.status === 'ARCHIVED' }
  })
}
