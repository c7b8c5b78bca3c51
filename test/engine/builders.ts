import * as fc from 'fast-check'
import { type Affiliate, type Arrival, type Binding, type Campaign, type Commission, type Enrolment, type Identifier, type IdentifierKind, type Money, type Order, type Trigger, type Version } from '../../shared/domain.ts'
import { DEFAULT_RULES, PLAIN_TERMS, type CampaignPolicy, type MerchantTerms, type Rate } from '../../shared/engine/terms.ts'
import type { ContestOrder, ContestPolicy, Touch } from '../../shared/engine/attribution.ts'
import type { NewId } from '../../shared/engine/ids.ts'
import { percentToPpm } from '../../shared/engine/money.ts'
import { triggerKey, type Settings } from '../../shared/engine/settings.ts'
import { DAY_MS } from '../../shared/limits.ts'

/** When the order is placed, in every test that does not say otherwise: 20 November 2026, 09:00 UTC. */
export const ORDER_MS = Date.UTC(2026, 10, 20, 9)
/** Settings are a year older than the order. */
export const START_MS = ORDER_MS - 365 * DAY_MS
export const HOUR_MS = 3_600_000
export const MERCHANT = 1
export const MAIN = 'cmp_main'

const SEED = 20_261_120

/** Tries a law on random examples, the same ones in every run. */
export function holds<T>(property: fc.IProperty<T>, numRuns = 300): void {
  fc.assert(property, { seed: SEED, numRuns })
}

/** The items in another order. */
export const shuffled = <T>(items: T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray(items, { minLength: items.length })

export const eur = (minor: number): Money => ({ minor, currency: 'EUR' })
export const percent = (text: string): Rate => ({ kind: 'percent', ppm: percentToPpm(text) })
export const flat = (minor: number, currency = 'EUR'): Rate => ({ kind: 'flat', amounts: [{ minor, currency }] })

/** Ids that count up: `cnv_1`, `rcp_2`. */
export function countedIds(): NewId {
  let made = 0
  return (prefix) => {
    made += 1
    return `${prefix}_${made}`
  }
}

/** A touch that wins: Ana's click of the order's session, a day before the order. */
export const touch = (more: Partial<Touch> = {}): Touch => ({
  eventId: 'click-1', evidence: 'session', trigger: null, code: 'ana', affiliateId: 'aff_ana', affiliateActive: true, campaignId: MAIN, enrolled: true, isBuyer: false,
  unverified: false, adopted: false, clamped: false, mode: 'live', bot: false, occurredAtMs: ORDER_MS - DAY_MS, knownAtMs: ORDER_MS - DAY_MS, first: null, ...more,
})

const { status: _status, recurring: _recurring, adoptUntilMs: _adoptUntilMs, ...PRICED_TERMS } = PLAIN_TERMS

export const contestPolicy = (more: Partial<ContestPolicy> = {}): ContestPolicy => ({
  ...PRICED_TERMS, campaignId: MAIN, version: 1, windowDays: 30, rate: percent('10'), holdDays: null, archived: false, adoptUntilMs: START_MS + 90 * DAY_MS, specialRates: [], renewalsEndAtMs: null, ...more,
})

/** EUR 100.00, live, reported when it was placed. */
export const contestOrder = (more: Partial<ContestOrder> = {}): ContestOrder => ({
  kind: 'sale', mode: 'live', amount: eur(10_000), lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, commissionMinor: null, occurredAtMs: ORDER_MS, receivedAtMs: ORDER_MS, ...more,
})

export const campaignPolicy = (more: Partial<CampaignPolicy> = {}): CampaignPolicy => ({
  ...PLAIN_TERMS, name: 'Main', landingUrl: 'https://shop.example/', rate: percent('10'), windowDays: 30, holdDays: null, ...more,
})

/** One version valid from an instant; a list of them is numbered by `versions`. */
export function versions<T>(...of: [fromMs: number, value: T][]): Version<T>[] {
  return of.map(([validFromMs, value], index) => ({ version: index + 1, validFromMs, value }))
}

export const campaign = (id: string, number: number, policies = versions([START_MS, campaignPolicy()]), specialRates: Campaign['specialRates'] = new Map()): Campaign => ({
  id, number, merchantId: MERCHANT, createdAtMs: START_MS, versions: policies, specialRates,
})

export const enrolment = (campaignId: string, enrolledAtMs: number, leftAtMs: number | null = null): Enrolment => ({ campaignId, enrolledAtMs, leftAtMs })

/** An active affiliate in the main campaign: `affiliate('ana')` has the code `ana` and the identity `identity-ana`. */
export const affiliate = (name: string, more: Partial<Affiliate> = {}): Affiliate => ({
  id: `aff_${name}`, number: 1, merchantId: MERCHANT, name, email: `${name}@partner.example`, identities: [{ identity: `identity-${name}`, validFromMs: START_MS }], createdAtMs: START_MS,
  codes: [{ code: name, validFromMs: START_MS }], versions: versions([START_MS, { status: 'ACTIVE' }]), enrolments: [enrolment(MAIN, START_MS)], ...more,
})

/** A trigger of Ben's since the start: `trigger('coupon', 'BEN10')`. An e-mail's value is the identity by which orders name it. */
export const trigger = (kind: Trigger['kind'], value: string, more: Partial<Trigger> = {}): Trigger => ({
  id: `trg_${kind}_${value}`, number: 1, merchantId: MERCHANT, kind, value, identity: kind === 'email' ? value : null, affiliateId: 'aff_ben', campaignId: null, validFromMs: START_MS, recordedAtMs: START_MS, endedAtMs: null, ...more,
})

/** What of a merchant a test may care about. */
export interface Shop {
  campaigns?: Campaign[]
  affiliates?: Affiliate[]
  triggers?: Trigger[]
  terms?: Partial<MerchantTerms>
}

/** A merchant with Ana and Ben in one campaign of 10 % and 30 days. */
export function shop({ campaigns = [campaign(MAIN, 1)], affiliates = [affiliate('ana'), affiliate('ben')], triggers = [], terms = {} }: Shop = {}): Settings {
  return {
    merchant: { id: MERCHANT, name: 'Shop', currency: 'EUR' },
    terms: versions([START_MS, { timezone: 'UTC', ...DEFAULT_RULES, ...terms }]),
    sites: ['shop.example'],
    campaigns: new Map(campaigns.map((one) => [one.id, one])),
    affiliates: new Map(affiliates.map((one) => [one.id, one])),
    codes: new Map(affiliates.flatMap(({ id, codes }) => codes.map(({ code, validFromMs }) => [code.toLowerCase(), { affiliateId: id, validFromMs }] as const))),
    triggers: Map.groupBy(triggers, ({ kind, value, identity }) => triggerKey(kind, identity ?? value)),
  }
}

/** A shop whose one campaign is as said. */
export const shopWith = (policy: Partial<CampaignPolicy>, more: Omit<Shop, 'campaigns'> = {}): Settings => shop({ ...more, campaigns: [campaign(MAIN, 1, versions([START_MS, campaignPolicy(policy)]))] })

/** Ana's click in the session `s1`, a day before the order. Given a time, it was received then; given an age, it waited so long. */
export function arrival({ atMs = ORDER_MS - DAY_MS, ageMs = 0, ...more }: Partial<Arrival> & { atMs?: number; ageMs?: number } = {}): Arrival {
  const id = more.id ?? 'click-1'
  return { id, clickId: id, session: 's1', code: 'ana', campaign: null, host: 'shop.example', occurredAtMs: atMs - ageMs, receivedAtMs: atMs, waited: ageMs > 0, clamped: false, adopted: false, mode: 'live', bot: false, ...more }
}

/** A server's word, an hour before the order, that `s1` is the customer `buyer`. */
export function binding({ atMs = ORDER_MS - HOUR_MS, ...more }: Partial<Binding> & { atMs?: number } = {}): Binding {
  return { session: 's1', kind: 'identity', identity: 'buyer', source: 'server', mode: 'live', occurredAtMs: atMs, receivedAtMs: atMs, ...more }
}

/** An order of EUR 100.00. */
export function order({ atMs = ORDER_MS, ...more }: Partial<Order> & { atMs?: number } = {}): Order {
  return {
    id: 'cnv_order', merchantId: MERCHANT, mode: 'live', kind: 'sale', site: '', externalId: 'KF-1', amount: eur(10_000), lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false,
    subscriptionId: null, commissionMinor: null, occurredAtMs: atMs, receivedAtMs: atMs, metadata: null, ...more,
  }
}

/** What an order names: `named({ session: 's1', identity: 'buyer' })`. */
export function named(values: Partial<Record<IdentifierKind, string>>, atMs = ORDER_MS): Identifier[] {
  return Object.entries(values).map(([kind, value]) => ({ kind: kind as IdentifierKind, value, receivedAtMs: atMs }))
}

/** A commission of EUR 10.00; its total and what stands open are what was booked, unless said otherwise. */
export const commission = ({ amount = eur(1000), ...more }: Partial<Commission> = {}): Commission => ({
  id: 'cmm_1', merchantId: MERCHANT, mode: 'live', conversionId: 'cnv_order', affiliateId: 'aff_ana', campaignId: MAIN, amount, totalMinor: amount.minor, clawedMinor: 0, openMinor: more.status === 'REJECTED' ? 0 : amount.minor,
  status: 'PENDING', reason: null, bookedAtMs: ORDER_MS, approvableAtMs: null, unverified: false, transferredTo: null, source: { kind: 'order' }, ...more,
})
