import type { Affiliate } from '../../shared/domain.ts'
import { toMajor } from '../../shared/engine/money.ts'
import { statusOf } from '../../shared/engine/settings.ts'
import type { PersonFacts } from '../store/needs.ts'
import type { KeptBinding, KeptVisit, PersonRecord } from '../store/person.ts'
import type { AffiliateProfile } from '../store/profile.ts'
import type { ConversionRecord } from '../store/queries.ts'
import { codeOf } from './commission-view.ts'

interface Kept {
  email: string
  facts: PersonFacts
  record: PersonRecord
  profiles: ReadonlyMap<string, AffiliateProfile>
  /** Of each affiliate. */
  addresses: string[][]
  nowMs: number
}

export type PersonExport = ReturnType<typeof exportOf>

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** What is kept about a person, for them to read: no rows and columns, and nothing about anybody else. */
export function exportOf({ email, facts, record, profiles, addresses, nowMs }: Kept) {
  const { settings, reach, counts, triggers } = facts
  return {
    about: email.trim(),
    keptBy: settings.merchant.name,
    writtenAt: iso(nowMs),
    counts: { ...counts, affiliates: facts.affiliates.length },
    explanation: [
      'Your e-mail address is kept as a keyed code and not as text, except where it is shown below.',
      'A session is a number in a cookie of your browser. A visit is kept when it came through a link of somebody who recommends the shop.',
      "What the collector answered to the shop's server is kept for a week and repeats what stands here; only the times are shown.",
      ...(reach.shared.length > 0 ? [`${reach.shared.length} of your sessions were used with another address, too: their visits are left out, because they may be somebody else's.`] : []),
    ],
    saidToBeYou: record.bindings.map(bindingOf),
    visits: record.visits.map(visitOf),
    carts: record.carts.map(({ cart, session, receivedAtMs }) => ({ cart, session, at: iso(receivedAtMs) })),
    orders: record.orders.map(orderOf),
    referredBy: record.referrals.map(({ email: address, status, affiliateId, createdAtMs }) => ({ yourAddress: address, status, affiliate: affiliateId === null ? null : codeOf(settings, affiliateId), at: iso(createdAtMs) })),
    ordersOfYoursCredit: triggers.map(({ affiliateId, validFromMs, endedAtMs }) => ({ affiliate: codeOf(settings, affiliateId), from: iso(validFromMs), to: endedAtMs === null ? null : iso(endedAtMs) })),
    answersKept: record.answers.map(({ createdAtMs }) => ({ at: iso(createdAtMs) })),
    affiliate: facts.affiliates.map((affiliate, index) => affiliateOf(affiliate, { facts, profile: profiles.get(affiliate.id), addresses: addresses[index] ?? [], nowMs })),
  }
}

const bindingOf = ({ session, kind, source, occurredAtMs }: KeptBinding) => ({ session, by: kind === 'identity' ? 'your e-mail address' : "the shop's own number for you", saidBy: source === 'browser' ? 'a page in your browser' : "the shop's server", at: iso(occurredAtMs) })

const visitOf = ({ id, session, code, campaign, host, page, referrer, userAgent, bot, occurredAtMs, receivedAtMs }: KeptVisit) => ({
  click: id, session, at: iso(occurredAtMs), receivedAt: iso(receivedAtMs), link: code, campaign, site: host, page: page || null, cameFrom: referrer || null, browser: userAgent || null, takenForAProgram: bot,
})

const KNOWN_BY = { session: 'session', click: 'click', cart: 'cart', code: 'code', coupon: 'coupon', affiliate: 'affiliate', identity: 'your e-mail address', customer: "the shop's own number for you" } as const
const IS_CODE: ReadonlySet<string> = new Set(['identity', 'customer'])

function orderOf({ order, identifiers, refunds, receipts, number }: ConversionRecord) {
  const { id, externalId, kind, amount, lines, metadata, subscriptionId, occurredAtMs, receivedAtMs, mode } = order
  const money = (minor: number): string => `${toMajor({ minor, currency: amount.currency })} ${amount.currency}`
  return {
    id, number, orderId: externalId, kind, isTest: mode === 'test', amount: money(amount.minor), at: iso(occurredAtMs), reportedAt: iso(receivedAtMs), subscription: subscriptionId,
    items: lines.map(({ sku, quantity, minor }) => ({ sku, quantity, price: money(minor) })),
    // What the shop told with it, as it was told.
    metadata: metadata === null ? null : textOrJson(metadata),
    // The codes themselves tell a person nothing.
    knownBy: identifiers.map(({ kind: by, value, receivedAtMs: knownAtMs }) => ({ by: KNOWN_BY[by], value: IS_CODE.has(by) ? null : value, at: iso(knownAtMs) })),
    refunds: refunds.map(({ reason, receivedAtMs: atMs, kind: how }) => ({ what: how, reason, at: iso(atMs) })),
    visitsThatWereConsidered: receipts.flatMap(({ inputs }) => inputs.touches.map(({ eventId, code, occurredAtMs: atMs }) => ({ what: eventId, link: code, at: iso(atMs) }))),
  }
}

function affiliateOf(affiliate: Affiliate, { facts: { balances }, profile, addresses, nowMs }: { facts: PersonFacts; profile: AffiliateProfile | undefined; addresses: string[]; nowMs: number }) {
  const { id, number, codes, createdAtMs, versions, enrolments } = affiliate
  return {
    id, number, since: iso(createdAtMs), status: statusOf(affiliate, nowMs), profile: profile ?? null, addresses, codes: codes.map(({ code }) => code),
    history: versions.map(({ value, validFromMs }) => ({ ...value, from: iso(validFromMs) })),
    campaigns: enrolments.map(({ campaignId, enrolledAtMs, leftAtMs }) => ({ campaign: campaignId, from: iso(enrolledAtMs), to: leftAtMs === null ? null : iso(leftAtMs) })),
    accounts: balances.filter(({ affiliateId }) => affiliateId === id).map(({ account, currency, minor, mode }) => ({ account, mode, currency, minor: String(minor) })),
  }
}

/** JSON as what it says, anything else as it is. */
function textOrJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // It need not be JSON.
    return text
  }
}
