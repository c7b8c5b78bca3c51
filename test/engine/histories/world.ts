import * as fc from 'fast-check'
import { type Affiliate, type AffiliateStatus, type Trigger, type TriggerKind, type Version } from '../../../shared/domain.ts'
import { MODELS, type Amounts, type CampaignPolicy, type ContestRules, type Rate, type RateScope } from '../../../shared/engine/terms.ts'
import { scopeKey, type Settings } from '../../../shared/engine/settings.ts'
import { affiliate, campaign, campaignPolicy, enrolment, shop, START_MS, trigger, versions } from '../builders.ts'

/** The small world that histories play in: few names, so that they meet. */
export const AFFILIATES = ['ana', 'ben', 'cleo', 'dov'] as const
export const CAMPAIGNS = ['cmp_a', 'cmp_b', 'cmp_c'] as const
export const SKUS = ['TEE', 'MUG', 'CAP'] as const
export const COUPONS = ['SAVE10', 'SAVE20', 'HELLO'] as const
export const SESSIONS = ['s1', 's2', 's3'] as const
/** Three customers, one of whom is Ana. */
export const CUSTOMERS = ['buyer-1', 'buyer-2', 'identity-ana'] as const
/** The one that no campaign knows is the last. */
export const CURRENCIES = ['EUR', 'JPY', 'KWD', 'USD'] as const
export const TIMEZONES = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'] as const

const LANDINGS = ['https://shop.example/', 'https://deals.shop.example/']

/** What a world is made from: plain values, so that a failing one shrinks and prints. */
export interface World {
  rules: ContestRules
  timezone: string
  campaigns: Partial<CampaignPolicy>[]
  rates: { campaign: number; scope: RateScope; rate: Rate }[]
  affiliates: { status: AffiliateStatus; campaigns: number[] }[]
  triggers: { kind: TriggerKind; value: number; affiliate: number; campaign: number | null }[]
}

const few = <T>(item: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T[]> => fc.array(item, { maxLength })
/** Mostly the plain case, at times another. */
export const mostly = <T, U>(plain: T, other: fc.Arbitrary<U>, weight = 3): fc.Arbitrary<T | U> => fc.oneof({ arbitrary: fc.constant(plain), weight }, { arbitrary: other, weight: 1 })

/** Sums in euros, and at times in yen or dinars too, or in them alone. */
const amounts = (...minors: number[]): fc.Arbitrary<Amounts> =>
  fc.record({ minor: fc.constantFrom(...minors), in: fc.constantFrom(['EUR'], ['EUR'], ['EUR', 'JPY', 'KWD'], ['EUR', 'JPY', 'KWD'], ['EUR', 'JPY'], ['JPY']) }).map(({ minor, in: currencies }) => currencies.map((currency) => ({ minor, currency })))

export const rates: fc.Arbitrary<Rate> = fc.oneof(
  { arbitrary: fc.constantFrom(100_000, 50_000, 33_333, 125_000, 333_333, 1_000_000, 0).map((ppm): Rate => ({ kind: 'percent', ppm })), weight: 3 },
  { arbitrary: amounts(500, 1, 777, 20_000, 0).map((list): Rate => ({ kind: 'flat', amounts: list })), weight: 1 },
)

const rules: fc.Arbitrary<ContestRules> = fc.record({ model: fc.constantFrom(...MODELS), couponFirst: mostly(false, fc.constant(true), 2), poolDevices: mostly(false, fc.constant(true), 2) })

/** Thresholds ascend, as the edge demands. */
const tiers: fc.Arbitrary<CampaignPolicy['tiers']> = fc.record({
  period: fc.constantFrom('month' as const, 'life' as const),
  low: amounts(1, 1000, 10_000), step: fc.constantFrom(1, 1000, 9000), rates: fc.tuple(rates, rates),
}).map(({ period, low, step, rates: [first, second] }) => ({ period, steps: [{ threshold: low, rate: first }, { threshold: low.map(({ minor, currency }) => ({ minor: minor + step, currency })), rate: second }] }))

/** A campaign's terms in one version. */
export const policies: fc.Arbitrary<Partial<CampaignPolicy>> = fc.record({
  rules, rate: rates, landingUrl: fc.constantFrom(...LANDINGS), windowDays: fc.constantFrom(30, 1, 7), holdDays: fc.constantFrom(null, 0, 3),
  minimumOrder: mostly([], amounts(1000, 4990), 5), capPerOrder: mostly([], amounts(1, 50, 499)), capPerMonth: mostly([], amounts(100, 501, 1500), 2), tiers: mostly(null, tiers),
  bounties: mostly({}, fc.record({ lead: amounts(300, 7), trial: amounts(1000) }, { requiredKeys: [] })), recurring: fc.constantFrom('life' as const, 'first_payment' as const, { months: 1 }, { months: 3 }),
  adoptUntilMs: mostly(Number.MAX_SAFE_INTEGER, fc.constant(null)),
}).map(({ rules: own, ...terms }) => ({ ...terms, ...own }))

const scopes: fc.Arbitrary<RateScope> = fc.record({ affiliateId: fc.constantFrom(null, 'aff_ana', 'aff_ben'), sku: fc.constantFrom(null, 'TEE', 'MUG') }).map(({ affiliateId, sku }) => ({ affiliateId: affiliateId ?? (sku === null ? 'aff_ana' : null), sku }))
export const specialRates = fc.record({ campaign: fc.nat(2), scope: scopes, rate: rates })
export const assignments = fc.record({ kind: fc.constantFrom('coupon' as const, 'coupon' as const, 'sku' as const, 'sku' as const, 'email' as const), value: fc.nat(2), affiliate: fc.nat(3), campaign: mostly(null, fc.nat(2)) })

export const worlds: fc.Arbitrary<World> = fc.record({
  rules, timezone: mostly('UTC', fc.constantFrom(...TIMEZONES)), campaigns: fc.array(policies, { minLength: 2, maxLength: 3 }), rates: few(specialRates),
  affiliates: fc.array(fc.record({ status: mostly('ACTIVE' as const, fc.constantFrom('PENDING' as const, 'DISABLED' as const), 16), campaigns: fc.subarray([0, 1, 2], { minLength: 1 }) }), { minLength: 3, maxLength: 4 }),
  triggers: few(assignments, 5),
})

/** An item of a list by any number; shrinking the number leads to the first. */
export const pick = <T>(items: readonly T[], index: number): T | undefined => (items.length === 0 ? undefined : items[index % items.length])

export const affiliateAt = (settings: Settings, index: number): string => pick([...settings.affiliates.keys()], index) ?? ''
export const campaignAt = (settings: Settings, index: number): string => pick([...settings.campaigns.keys()], index) ?? ''

/** What a trigger of a kind is of, by index. */
export const triggerOf = (kind: TriggerKind, index: number): string => pick<string>({ coupon: COUPONS, sku: SKUS, email: CUSTOMERS }[kind], index) ?? ''

/** The settings that a history starts from; they are a year old. */
export function settingsOf(world: World): Settings {
  const campaigns = world.campaigns.map((terms, index) => campaign(CAMPAIGNS[index] ?? '', index + 1, versions([START_MS, campaignPolicy(terms)]), new Map<string, Version<Rate | null>[]>()))
  for (const { campaign: index, scope, rate } of world.rates) pick(campaigns, index)!.specialRates = new Map([...pick(campaigns, index)!.specialRates, [scopeKey(scope), versions<Rate | null>([START_MS, rate])]])
  const affiliates = world.affiliates.map(({ status, campaigns: joined }, index): Affiliate => affiliate(AFFILIATES[index] ?? '', {
    number: index + 1, versions: versions([START_MS, { status }]), enrolments: joined.filter((at) => at < campaigns.length).map((at) => enrolment(CAMPAIGNS[at] ?? '', START_MS + at)),
  }))
  // One value is assigned once at a time.
  const triggers = [...new Map(world.triggers.map((one) => [`${one.kind} ${one.value}`, one])).values()].map(({ kind, value, affiliate: owner, campaign: place }, index): Trigger => trigger(kind, triggerOf(kind, value), {
    number: index + 1, affiliateId: affiliates[owner % affiliates.length]!.id, campaignId: place === null ? null : campaigns[place % campaigns.length]!.id,
  }))
  return shop({ campaigns, affiliates, triggers, terms: { ...world.rules, timezone: world.timezone } })
}
