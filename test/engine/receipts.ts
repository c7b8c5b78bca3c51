/** Receipts for tests of how they are explained: what the engine makes of a few touches. */
import * as fc from 'fast-check'
import type { ContestOrder, ContestPolicy, Evidence, Touch } from '../../shared/engine/attribution.ts'
import { DEFAULT_RULES, MODELS, type Rate } from '../../shared/engine/terms.ts'
import { ENGINE_VERSION, judge, type Receipt, type ReceiptInputs } from '../../shared/engine/receipt.ts'
import { dateText } from '../../shared/engine/words.ts'
import { DAY_MS } from '../../shared/limits.ts'

/** 20 November 2026, 09:00 UTC. */
export const AT_MS = Date.UTC(2026, 10, 20, 9)

export const money = (minor: number, currency = 'EUR') => ({ minor, currency })
export const tenPercent: Rate = { kind: 'percent', ppm: 100_000 }
export const flatOf = (minor: number, currency = 'EUR'): Rate => ({ kind: 'flat', amounts: [money(minor, currency)] })

/** Ana's click in the order's own session, two days before the order. */
export const clickOf = (name: string, more: Partial<Touch> = {}): Touch => ({
  eventId: `click-${name}`, evidence: 'session', trigger: null, code: name, affiliateId: `aff_${name}`, affiliateActive: true, campaignId: 'cmp_main', enrolled: true, isBuyer: false,
  unverified: false, adopted: false, clamped: false, mode: 'live', bot: false, occurredAtMs: AT_MS - 2 * DAY_MS, knownAtMs: AT_MS - 2 * DAY_MS, first: null, ...more,
})

/** What the order itself names, at its own time. */
const named = (name: string, evidence: Evidence, more: Partial<Touch>): Touch => clickOf(name, { evidence, occurredAtMs: AT_MS, knownAtMs: AT_MS, ...more })
export const couponOf = (name: string, code: string, position = 0): Touch => named(name, 'trigger', { eventId: `coupon:${code}`, code, trigger: { kind: 'coupon', position } })
export const emailOf = (name: string, number: number): Touch => named(name, 'trigger', { eventId: `email:#${number}`, code: `#${number}`, trigger: { kind: 'email', position: 0 } })
export const skuOf = (name: string, code: string): Touch => named(name, 'sku', { eventId: `sku:${code}`, code, trigger: { kind: 'sku', position: 0 } })
export const codeOf = (name: string): Touch => named(name, 'affiliate_code', { eventId: `code:${name}` })
export const explicitOf = (name: string): Touch => named(name, 'explicit', { eventId: `affiliate:aff_${name}` })
export const renewalOf = (name: string, { n, d }: { n: number; d: number }, more: Partial<Touch> = {}): Touch => named(name, 'renewal', { eventId: `renewal:aff_${name}`, first: { weight: { n, d }, rejected: false }, ...more })

export const policyOf = (more: Partial<ContestPolicy> = {}): ContestPolicy => ({
  ...DEFAULT_RULES, campaignId: 'cmp_main', version: 1, archived: false, rate: tenPercent, windowDays: 30, holdDays: null, adoptUntilMs: AT_MS + DAY_MS, minimumOrder: [],
  capPerOrder: [], capPerMonth: [], tiers: null, bounties: {}, specialRates: [], renewalsEndAtMs: null, ...more,
})

/** TEE 1 x 40.00 and MUG 2 x 15.00 less 7.00: 36.00 and 27.00. */
export const BASKET: Partial<ContestOrder> = { amount: money(6300), lines: [{ sku: 'TEE', quantity: 1, minor: 4000 }, { sku: 'MUG', quantity: 2, minor: 3000 }], discountMinor: 700 }

export interface Case {
  order?: Partial<ContestOrder>
  policy?: Partial<ContestPolicy>
  policies?: ContestPolicy[]
  inputs?: Partial<ReceiptInputs>
}

/** What the engine makes of these touches and an order of EUR 100.00. */
export function receiptOf(touches: Touch[], { order = {}, policy = {}, policies = [policyOf(policy)], inputs = {} }: Case = {}): Receipt {
  const all: ReceiptInputs = {
    kind: 'contest', touches, more: 0, policies, fallback: DEFAULT_RULES, usage: [], marks: [],
    order: { kind: 'sale', mode: 'live', amount: money(10_000), lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, commissionMinor: null, occurredAtMs: AT_MS, receivedAtMs: AT_MS, ...order },
    ...inputs,
  }
  return { id: 'rcp_1', conversionId: 'cnv_1', engine: ENGINE_VERSION, decidedAtMs: AT_MS, inputs: all, outcome: judge(all) }
}

const PEOPLE = ['ana', 'ben', 'cleo'] as const
const anyTouch: fc.Arbitrary<Touch> = fc.tuple(fc.constantFrom(...PEOPLE), fc.constantFrom('click', 'named click', 'other session', 'coupon', 'email', 'sku', 'code', 'explicit', 'adopted'), fc.integer({ min: -1, max: 40 * 24 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 7 }))
  .map(([name, what, hours, campaign, flaw]) => {
    const occurredAtMs = AT_MS - hours * 3_600_000 - PEOPLE.indexOf(name) * 60_000
    const click = { eventId: `click-${name}-${hours}`, occurredAtMs, knownAtMs: occurredAtMs }
    const made = {
      click: () => clickOf(name, click), 'named click': () => clickOf(name, { ...click, evidence: 'click_id' }), 'other session': () => clickOf(name, { ...click, evidence: 'identity', unverified: true }),
      adopted: () => clickOf(name, { ...click, adopted: true }), coupon: () => couponOf(name, `CUT-${name}`, PEOPLE.indexOf(name)), email: () => emailOf(name, 700 + PEOPLE.indexOf(name)),
      sku: () => skuOf(name, `SKU-${name}`), code: () => codeOf(name), explicit: () => explicitOf(name),
    }[what]()
    const flaws: Partial<Touch>[] = [{ affiliateActive: false }, { enrolled: false }, { isBuyer: true }, { bot: true }]
    return { ...made, campaignId: campaign === 0 ? 'cmp_other' : 'cmp_main', ...flaws[flaw] }
  })

/** What the engine makes of anything; each affiliate earns at a rate of their own, so that their amounts are told apart. */
export const anyReceipt: fc.Arbitrary<Receipt> = fc.record({
  touches: fc.uniqueArray(anyTouch, { maxLength: 8, selector: ({ eventId }) => eventId }), model: fc.constantFrom(...MODELS), couponFirst: fc.boolean(), poolDevices: fc.boolean(),
  hasLines: fc.boolean(), commissionMinor: fc.constantFrom(null, null, 98_765_431), cap: fc.constantFrom(null, 71_234_567), month: fc.constantFrom(null, 61_234_569),
}).map(({ touches, hasLines, commissionMinor, cap, month, ...rules }) => {
  const amounts = (minor: number | null) => (minor === null ? [] : [money(minor)])
  const policy = policyOf({ ...rules, capPerOrder: amounts(cap), capPerMonth: amounts(month), specialRates: PEOPLE.flatMap((name, index) => [{ affiliateId: `aff_${name}`, sku: null, rate: { kind: 'percent', ppm: 73_131 + index * 41_717 } }, { affiliateId: null, sku: `SKU-${name}`, rate: { kind: 'percent', ppm: 31_117 + index * 7919 } }]) })
  const lines = ['TEE', ...PEOPLE.map((name) => `SKU-${name}`)].map((sku, index) => ({ sku, quantity: 1 + index, minor: 212_345_671 + 7_654_321 * index }))
  return receiptOf(touches, {
    order: { amount: money(987_654_321), commissionMinor, ...(hasLines ? { lines } : {}) }, policies: [policy, { ...policy, campaignId: 'cmp_other' }],
    inputs: { fallback: rules, usage: PEOPLE.map((name, index) => ({ affiliateId: `aff_${name}`, campaignId: 'cmp_main', month: '2026-11', booked: String(31_234_561 + 1111 * index), volume: '0/1' })) },
  })
})

/** An amount as JSON and as sentences have it. */
const written = (minor: number): string[] => [String(minor), (minor / 100).toFixed(2)]

/** What must not be told to this affiliate: who the others are, by what and when they came, and what they earn, alone and together. */
export function secretsOf({ inputs: { touches, usage, order }, outcome: { earnings, weights } }: Receipt, affiliateId: string): string[] {
  const own = earnings.filter((earning) => earning.affiliateId === affiliateId)
  const winsAlone = touches.every((touch, index) => weights[index] === null || touch.affiliateId === affiliateId)
  const known = new Set([0, ...own.flatMap(({ amount: { minor }, parts }) => [minor, ...parts.map((part) => part.minor)])])
  const others = earnings.filter((earning) => earning.affiliateId !== affiliateId)
  const minors = [
    ...others.flatMap(({ amount: { minor }, parts }) => [minor, ...parts.map((part) => part.minor)]), ...(others.length > 0 ? [earnings.reduce((sum, { amount: { minor } }) => sum + minor, 0)] : []), ...(winsAlone ? [] : [order.commissionMinor ?? 0]),
    ...usage.filter((one) => one.affiliateId !== affiliateId).map(({ booked }) => Number(booked)),
  ].filter((minor) => !known.has(minor))
  const ownTimes = new Set(touches.filter((touch) => touch.affiliateId === affiliateId).map(({ occurredAtMs }) => occurredAtMs))
  const theirs = touches.filter((touch) => touch.affiliateId !== affiliateId)
  const times = theirs.map(({ occurredAtMs }) => occurredAtMs).filter((at) => !ownTimes.has(at) && at !== AT_MS)
  return [
    ...PEOPLE.filter((name) => `aff_${name}` !== affiliateId).flatMap((name) => [`aff_${name}`, `CUT-${name}`, ...(theirs.some(({ code }) => code === `SKU-${name}`) ? [`SKU-${name}`] : []), `#${700 + PEOPLE.indexOf(name)}`, `"${name}"`, ` ${name} `]),
    ...theirs.flatMap(({ eventId }) => eventId), ...minors.flatMap(written), ...times.flatMap((at) => [new Date(at).toISOString(), dateText(at)]),
  ]
}
