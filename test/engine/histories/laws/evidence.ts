import type { Arrival, Binding, Conversion } from '../../../../shared/domain.ts'
import type { Receipt } from '../../../../shared/engine/receipt.ts'
import type { Book } from '../../book.ts'
import { must } from './must.ts'
import { inForceAt } from './settings.ts'

const DAY = 24 * 60 * 60 * 1000

/** Of each contest: all that leads to the order is on its receipt, and nothing else (ENGINE section 2; section 3, rules 3 and 8). */
export function evidenceIsRight({ conversionId, inputs: { kind, touches, more, order: { mode } } }: Receipt, kept: Book): void {
  if (kind !== 'contest' || more > 0) return
  const { order, identifiers } = kept.conversions.get(conversionId)!
  const named = (of: string): Set<string> => new Set(identifiers.filter((one) => one.kind === of).map(({ value }) => value))
  const [sessions, clicks] = [named('session'), named('click')]
  const standing = standingIn(kept, order)
  const held = (session: string | null): Binding[] => (session === null ? [] : standing.filter((one) => one.session === session))
  const customers = new Set((['identity', 'customer'] as const).flatMap((of) => (named(of).size > 0 ? [...named(of)] : [...sessions].flatMap((session) => held(session).filter((one) => one.kind === of).map(({ identity }) => identity)))))

  const isBefore = (one: Arrival): boolean => one.receivedAtMs <= order.receivedAtMs
  const waitedOnce = (one: Arrival): boolean => isBefore(one) || one.waited || one.occurredAtMs > order.occurredAtMs
  const isNamed = (one: Arrival): boolean => clicks.has(one.clickId) || clicks.has(one.id) || (one.session !== null && sessions.has(one.session))
  const isCustomers = (one: Arrival): boolean => held(one.session).some(({ identity }) => customers.has(identity))

  for (const arrival of kept.arrivals) {
    if (!waitedOnce(arrival) || !(isNamed(arrival) || (isBefore(arrival) && isCustomers(arrival)))) continue
    must(touches.some(({ eventId }) => eventId === arrival.clickId), 'all that leads to an order is on its receipt', () => [order, identifiers, arrival, touches])
  }
  for (const touch of touches) {
    if (touch.evidence !== 'click_id' && touch.evidence !== 'session' && touch.evidence !== 'identity') continue
    const own = kept.arrivals.filter(({ clickId }) => clickId === touch.eventId)
    const boundBefore = (one: Arrival): boolean => isBefore(one) || one.occurredAtMs > order.occurredAtMs || kept.bindings.some((binding) => binding.session === one.session && customers.has(binding.identity) && binding.occurredAtMs <= order.occurredAtMs)
    const leads = (one: Arrival): boolean => waitedOnce(one) && (touch.evidence === 'identity' ? isCustomers(one) && boundBefore(one) : isNamed(one))
    must(own.some(leads), 'what is on a receipt leads to its order', () => [order, identifiers, touch, own, standing])
    must(own.some((one) => one.mode === touch.mode && one.bot === touch.bot && one.adopted === touch.adopted), 'a touch is what was told', () => [touch, own])
    must(!(mode === 'live' && touch.evidence === 'identity' && held(own[0]?.session ?? null).some((one) => one.mode === 'test')), 'no live order rests on a test', () => [touch, standing])
  }
}

function outranks(a: Binding, b: Binding): boolean {
  if (a.source !== b.source) return a.source === 'server'
  return a.occurredAtMs === b.occurredAtMs ? a.identity < b.identity : a.occurredAtMs < b.occurredAtMs
}

/** The binding of each session that stands: a server's, then the first, then the smaller (ENGINE section 2). */
function standingIn({ bindings, arrivals }: Book, { mode, occurredAtMs, receivedAtMs }: Conversion['order']): Binding[] {
  const counted = bindings.filter((one) => (one.mode === 'live' || mode === 'test') && one.receivedAtMs <= Math.max(receivedAtMs, occurredAtMs + DAY)
    && arrivals.some(({ session, occurredAtMs: visitedAtMs, mode: of }) => (of === 'live' || mode === 'test') && session === one.session && visitedAtMs <= one.occurredAtMs + DAY))
  return counted.filter((one) => !counted.some((other) => other.session === one.session && other.kind === one.kind && outranks(other, one)))
}

/** When the hold ends; what was won late on a browser's word alone waits for a person. */
export function holdIsRight({ conversionId, decidedAtMs, inputs, outcome: { earnings, marks } }: Receipt, kept: Book): void {
  const { order, commissions } = kept.conversions.get(conversionId)!
  for (const { affiliateId, campaignId, unverified } of earnings) {
    const row = commissions.find((one) => one.affiliateId === affiliateId && one.source.kind !== 'raise')!
    const campaign = kept.settings.campaigns.get(campaignId)!
    const days = (inputs.kind === 'renewal' ? inputs.policies.find((one) => one.campaignId === campaignId)! : inForceAt(campaign.versions, order.occurredAtMs).value).holdDays
    const forPerson = days === null || (marks.includes('LATE_ARRIVAL') && unverified)
    must(row.approvableAtMs === (forPerson ? null : decidedAtMs + days * DAY) && row.bookedAtMs === decidedAtMs, 'a hold is counted from booking', () => [row, days])
  }
}
