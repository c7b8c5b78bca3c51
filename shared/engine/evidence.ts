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

/**
 * The binding of each session that stands (ENGINE section 2): a server's before a browser's, then the first by
 * occurrence, then the smaller hash. One counts only once its session has a visit from before it or within a day after.
 */
export function standingBindings({ order, arrivals, bindings }: CustomerFacts): Map<string, Binding> {
  const known = bindings.filter((binding) =>
    fits(binding.mode, order.mode)
    && binding.receivedAtMs <= Math.max(order.receivedAtMs, order.occurredAtMs + BINDING_WAIT_MS)
    && arrivals.some((arrival) => arrival.session === binding.session && arrival.occurredAtMs <= binding.occurredAtMs + BINDING_WAIT_MS))
  const standing = new Map<string, Binding>()
  for (const binding of known) {
    const held = standing.get(binding.session)
    if (held === undefined || outranks(binding, held)) standing.set(binding.session, binding)
  }
  return standing
}

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

  const best = new Map<string, Touch>()
  const keep = (touch: Touch): void => {
    const held = best.get(touch.eventId)
    if (held === undefined || RANK[touch.evidence] < RANK[held.evidence] || (touch.evidence === held.evidence && touch.knownAtMs < held.knownAtMs)) best.set(touch.eventId, touch)
  }
  for (const arrival of facts.arrivals) {
    const found = evidenceFor(arrival, { order, identifiers, standing, identities })
    if (found !== undefined) keep(touchOf(arrival, found))
  }
  for (const { value, receivedAtMs } of identifiers.filter((identifier) => identifier.kind === 'code')) {
    const at = order.occurredAtMs
    keep(touchOf({ clickId: `code:${value.toLowerCase()}`, code: value, campaign: null, host: null, occurredAtMs: at, receivedAtMs, mode: order.mode, bot: false }, { evidence: 'affiliate_code', knownAtMs: receivedAtMs, unverified: false }))
  }

  const ranked = [...best.values()].toSorted((a, b) => ownFirst(a) - ownFirst(b) || b.occurredAtMs - a.occurredAtMs || (a.eventId < b.eventId ? -1 : 1))
  const touches = ranked.slice(0, RECEIPT_TOUCHES)
  return {
    touches,
    more: ranked.length - touches.length,
    policies: policiesOf(touches, settings, order.occurredAtMs),
    conflict: facts.bindings.some((binding) => sessions.has(binding.session) && standing.has(binding.session) && standing.get(binding.session)?.identity !== binding.identity),
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
      isBuyer: affiliate !== undefined && identities.has(affiliate.identity),
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
  standing: Map<string, Binding>
  identities: Set<string>
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
  if (binding === undefined || !identities.has(binding.identity)) return undefined
  if (late && binding.occurredAtMs > order.occurredAtMs) return undefined
  return { evidence: 'identity', knownAtMs: known(binding), unverified: binding.source === 'browser' }
}

/** The order's own evidence stays on a crowded receipt. */
const ownFirst = (touch: Touch): number => (touch.evidence === 'click_id' || touch.evidence === 'affiliate_code' ? 0 : 1)

const valuesOf = (identifiers: Identifier[], kind: Identifier['kind']): Set<string> => new Set(identifiers.filter((identifier) => identifier.kind === kind).map((identifier) => identifier.value))

/** The customer's identities: the hashes that the order names, else those of its sessions. */
function identitiesOf(identifiers: Identifier[], standing: Map<string, Binding>): Set<string> {
  const named = valuesOf(identifiers, 'identity')
  if (named.size > 0) return named
  return new Set([...valuesOf(identifiers, 'session')].flatMap((session) => standing.get(session)?.identity ?? []))
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
