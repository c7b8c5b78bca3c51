import type { Affiliate, Arrival, Binding, Identifier, Order } from '../domain.ts'
import type { ContestRules } from './terms.ts'
import { DAY_MS, RECEIPT_TOUCHES } from '../limits.ts'
import { refusalOf, rulesFor, type ContestPolicy, type Evidence, type Touch } from './attribution.ts'
import { identitiesOf, isContested, KINDS, standingBindings, standingOf, type Known, type StandingBindings } from './bindings.ts'
import { affiliateByCode, campaignOf, isOwn, policyOf, specialRate, statusOf, termsOf, triggerAt, triggerKey, type Settings, type TouchPlace } from './settings.ts'

/** What is known about one order's customer: the raw facts, unjudged. */
export interface CustomerFacts {
  order: Order
  identifiers: Identifier[]
  arrivals: Arrival[]
  /** Clicks of crowded sessions that were not read, by session. */
  unread: ReadonlyMap<string, number>
  bindings: Binding[]
}

/** The touches that a receipt snapshots, strongest evidence per click, and what was left out of it. */
export interface Snapshot {
  touches: Touch[]
  /** Touches beyond those that a receipt holds. */
  more: number
  policies: ContestPolicy[]
  /** The merchant's default rules. */
  fallback: ContestRules
  /** Another identity claims one of the order's sessions and was not believed. */
  conflict: boolean
}

/** Cookies of another system count so long after a campaign was made, when it does not say otherwise (ENGINE section 2). */
const ADOPT_MS = 90 * DAY_MS

const RANK: Record<Evidence, number> = { explicit: 0, click_id: 1, session: 2, affiliate_code: 3, trigger: 4, identity: 5, sku: 6, renewal: 7 }

/** How something is evidence for the order. */
interface Found {
  evidence: Evidence
  /** When the collector had all that links it to the order. */
  knownAtMs: number
  /** The link rests on what a browser said alone. */
  unverified: boolean
}

/** Everything that ties touches to one order, found once. */
interface Links {
  facts: CustomerFacts
  settings: Settings
  standing: StandingBindings
  identities: ReadonlyMap<string, Known>
  /** Whoever the buyer may be: the order's identities, and whoever its sessions belong to (ENGINE section 3, rule 10). */
  buyers: string[]
}

/** Every touch of an order's customer, ready for the contest, with the settings in force at the order. */
export function snapshotOf(facts: CustomerFacts, settings: Settings): Snapshot {
  const { order, identifiers } = facts
  const standing = standingBindings(facts)
  const sessions = valuesOf(identifiers, 'session')
  const identities = identitiesOf(identifiers, standing)
  const buyers = [...new Set([...identities.keys(), ...[...sessions].flatMap((session) => standingOf(standing, session, 'identity')?.identity ?? [])])]
  const links: Links = { facts, settings, standing, identities, buyers }

  const all = strongest([...arrivalTouches(links), ...namedTouches(links)])
  const { model, couponFirst, poolDevices } = termsOf(settings, order.occurredAtMs).value
  const fallback = { model, couponFirst, poolDevices }
  const policies = policiesOf(all, settings, { order, atMs: order.occurredAtMs })
  const oldestFirst = rulesFor(all.filter(({ evidence }) => evidence !== 'sku'), policies, fallback).model === 'first_click'
  const inOrder = (a: Touch, b: Touch): number => rankOf(a, order) - rankOf(b, order) || (oldestFirst ? a.occurredAtMs - b.occurredAtMs : b.occurredAtMs - a.occurredAtMs) || (a.eventId < b.eventId ? -1 : 1)
  const needed = new Map(all.map((touch) => [touch, needOf(touch, order, policies)]))
  const touches = all.toSorted((a, b) => (needed.get(a) ?? 0) - (needed.get(b) ?? 0) || inOrder(a, b)).slice(0, RECEIPT_TOUCHES).toSorted(inOrder)
  return { touches, more: all.length - touches.length + unreadOf(links), policies: policies.filter(({ campaignId }) => touches.some((touch) => touch.campaignId === campaignId)), fallback, conflict: isContested(sessions, standing, facts) }
}

/** Clicks of the customer's sessions that nobody read. */
const unreadOf = ({ facts: { identifiers, unread }, standing, identities }: Links): number =>
  [...unread].reduce((sum, [session, clicks]) => sum + (valuesOf(identifiers, 'session').has(session) || KINDS.some((kind) => identities.has(standingOf(standing, session, kind)?.identity ?? '')) ? clicks : 0), 0)

/** One touch an event, by its strongest evidence. */
function strongest(touches: Touch[]): Touch[] {
  const best = new Map<string, Touch>()
  for (const touch of touches) {
    const held = best.get(touch.eventId)
    if (held === undefined || RANK[touch.evidence] < RANK[held.evidence] || (touch.evidence === held.evidence && touch.knownAtMs < held.knownAtMs)) best.set(touch.eventId, touch)
  }
  return [...best.values()]
}

/** Clicks, and cookies of other systems. */
function arrivalTouches(links: Links): Touch[] {
  const { order, arrivals } = links.facts
  // Arrivals of one click may come in the same millisecond: then the smaller id speaks for it, never the order of arrival.
  return arrivals.toSorted((a, b) => (a.id < b.id ? -1 : 1)).flatMap((arrival) => {
    const found = evidenceFor(arrival, links)
    if (found === undefined) return []
    const affiliate = affiliateByCode(links.settings, arrival.code, order.occurredAtMs)
    const { clickId: eventId, code, mode, bot, adopted, clamped, occurredAtMs } = arrival
    return touchOf(links, affiliate, { place: arrival, found, event: { eventId, code, mode, bot, adopted, clamped, occurredAtMs } })
  })
}

/** What the order itself names: affiliates, codes and coupons, the e-mail and the SKUs that are somebody's. */
function namedTouches(links: Links): Touch[] {
  const { settings, identities, facts: { order, identifiers } } = links
  const at = order.occurredAtMs
  const anywhere: TouchPlace = { campaign: null, host: null }
  const event = (eventId: string, code: string) => ({ eventId, code, mode: order.mode, bot: false, adopted: false, clamped: false, occurredAtMs: at })
  const named = (kind: Identifier['kind']): Identifier[] => identifiers.filter((identifier) => identifier.kind === kind)
  const triggered = (key: string, position: number, found: Found): Touch[] => {
    const trigger = triggerAt(settings, key, at)
    if (trigger === undefined) return []
    const { kind, value, affiliateId, campaignId } = trigger
    // The address itself stays out of receipts: the trigger's number tells which it is.
    const code = kind === 'email' ? `#${trigger.number}` : value
    const touch = touchOf(links, settings.affiliates.get(affiliateId), { place: { campaign: campaignId, host: null }, found, event: event(`${kind}:${code}`, code) })
    return [{ ...touch, trigger: { kind, position } }]
  }

  return [
    ...named('affiliate').map(({ value, receivedAtMs }) => touchOf(links, settings.affiliates.get(value), { place: anywhere, found: { evidence: 'explicit', knownAtMs: receivedAtMs, unverified: false }, event: event(`affiliate:${value}`, value) })),
    ...named('code').map(({ value, receivedAtMs }) => touchOf(links, affiliateByCode(settings, value, at), { place: anywhere, found: { evidence: 'affiliate_code', knownAtMs: receivedAtMs, unverified: false }, event: event(`code:${value.toLowerCase()}`, value) })),
    ...named('coupon').flatMap(({ value, receivedAtMs }, position) => triggered(triggerKey('coupon', value), position, { evidence: 'trigger', knownAtMs: receivedAtMs, unverified: false })),
    ...[...identities].flatMap(([identity, { sinceMs, unverified }]) => triggered(triggerKey('email', identity), 0, { evidence: 'trigger', knownAtMs: sinceMs, unverified })),
    ...skusOf(order).flatMap((sku, position) => triggered(triggerKey('sku', sku), position, { evidence: 'sku', knownAtMs: order.receivedAtMs, unverified: false })),
  ]
}

type Event = Pick<Touch, 'eventId' | 'code' | 'mode' | 'bot' | 'adopted' | 'clamped' | 'occurredAtMs'>

function touchOf({ settings, buyers, facts: { order } }: Links, affiliate: Affiliate | undefined, { place, found, event }: { place: TouchPlace; found: Found; event: Event }): Touch {
  const at = order.occurredAtMs
  const campaign = affiliate && campaignOf(settings, affiliate, place, at)
  return {
    ...event, ...found, trigger: null, first: null,
    affiliateId: affiliate?.id ?? null,
    affiliateActive: affiliate !== undefined && statusOf(affiliate, at) === 'ACTIVE',
    campaignId: campaign?.campaign.id ?? null,
    enrolled: campaign?.enrolled ?? false,
    isBuyer: affiliate !== undefined && buyers.some((buyer) => isOwn(affiliate, buyer, at)),
  }
}

/** How an arrival is evidence for the order, if at all. */
function evidenceFor(arrival: Arrival, { facts: { order, identifiers }, standing, identities }: Links): Found | undefined {
  const named = (kind: 'click' | 'session', value: string | null): Identifier | undefined => identifiers.find((identifier) => identifier.kind === kind && identifier.value === value)
  const known = (link: { receivedAtMs: number }): number => Math.max(arrival.receivedAtMs, link.receivedAtMs)
  const late = arrival.receivedAtMs > order.receivedAtMs && arrival.occurredAtMs <= order.occurredAtMs
  // After the order, only a visit that had waited in the browser may still speak of the time before it (ENGINE section 3, rule 8).
  if (late && !arrival.waited) return undefined

  const byClick = named('click', arrival.clickId) ?? named('click', arrival.id)
  if (byClick) return { evidence: 'click_id', knownAtMs: known(byClick), unverified: false }
  const bySession = named('session', arrival.session)
  if (bySession) return { evidence: 'session', knownAtMs: known(bySession), unverified: bySession.unverified ?? false }
  if (arrival.session === null) return undefined
  for (const kind of KINDS) {
    const binding = standingOf(standing, arrival.session, kind)
    const customer = binding && identities.get(binding.identity)
    if (binding === undefined || customer === undefined || (late && binding.sinceMs > order.occurredAtMs)) continue
    return { evidence: 'identity', knownAtMs: Math.max(known(binding), customer.sinceMs), unverified: binding.source === 'browser' || customer.unverified }
  }
  return undefined
}

/** In which order a receipt lists them: what the order itself names, its sessions, the customer's others, and last what came after the order. */
const rankOf = ({ evidence, occurredAtMs }: Touch, order: Order): number => (occurredAtMs > order.occurredAtMs ? 3 : evidence === 'session' ? 1 : evidence === 'identity' ? 2 : 0)

/** How much a crowded receipt needs it: what the order names, what may win, what may where nothing else does, and what cannot. */
function needOf(touch: Touch, order: Order, policies: ContestPolicy[]): number {
  if (rankOf(touch, order) === 0) return 0
  const cannotWin = refusalOf(order, touch, policies.find(({ campaignId }) => campaignId === touch.campaignId)) !== undefined
  return cannotWin ? 3 : touch.adopted ? 2 : 1
}

const skusOf = ({ lines }: Pick<Order, 'lines'>): string[] => [...new Set(lines.flatMap(({ sku }) => sku ?? []))]
const valuesOf = (identifiers: Identifier[], kind: Identifier['kind']): Set<string> => new Set(identifiers.filter((identifier) => identifier.kind === kind).map((identifier) => identifier.value))

/** The campaigns' versions in force, with the special rates that these touches' affiliates and the order's SKUs could come to. */
export function policiesOf(touches: Pick<Touch, 'campaignId' | 'affiliateId'>[], settings: Settings, { order, atMs }: { order: Pick<Order, 'lines'>; atMs: number }): ContestPolicy[] {
  const skus = [null, ...skusOf(order)]
  const byCampaign = Map.groupBy(touches.filter(({ campaignId }) => campaignId !== null), ({ campaignId }) => campaignId ?? '')
  return [...byCampaign].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([campaignId, own]) => {
    const campaign = settings.campaigns.get(campaignId)
    if (campaign === undefined) return []
    const { version, value: { name: _name, landingUrl: _landingUrl, status, recurring: _recurring, adoptUntilMs, ...terms } } = policyOf(campaign, atMs)
    const affiliates = campaign.specialRates.size === 0 ? [] : [null, ...new Set(own.flatMap(({ affiliateId }) => affiliateId ?? []))]
    const scopes = affiliates.flatMap((affiliateId) => skus.map((sku) => ({ affiliateId, sku })))
    return {
      campaignId, version, archived: status === 'ARCHIVED', adoptUntilMs: adoptUntilMs ?? campaign.createdAtMs + ADOPT_MS, ...terms, renewalsEndAtMs: null,
      specialRates: scopes.flatMap((scope) => [specialRate(campaign, scope, atMs)].flatMap((rate) => (rate === undefined ? [] : { ...scope, rate }))),
    }
  })
}
