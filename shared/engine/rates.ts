import type { Amounts, Rate } from './terms.ts'
import type { ContestPolicy } from './attribution.ts'
import { exceeds, ZERO } from './split.ts'
import { rational, type Rational } from './money.ts'

/** The rate that a line is priced at; a flat rate of a SKU is per unit, any other once to its group. */
export interface LineRate {
  rate: Rate
  perUnit: boolean
}

/** Whose line it is, and what that affiliate has sold before. */
export interface RateQuery {
  affiliateId: string
  sku: string | null
  currency: string
  /** Their volume in the tiers' period; undefined without tiers. */
  volume: Rational | undefined
}

/** The amount in a currency; undefined when the list has none in it. */
export const amountIn = (amounts: Amounts, currency: string): number | undefined => amounts.find((amount) => amount.currency === currency)?.minor

/**
 * The most specific rate: affiliate and SKU, SKU, affiliate, tier, campaign (ENGINE section 4, rule 2).
 * Undefined when the tiers that would have to be asked have no threshold in this currency: there is no falling back.
 */
export function rateFor(policy: ContestPolicy, { affiliateId, sku, currency, volume = ZERO }: RateQuery): LineRate | undefined {
  const special = (affiliate: string | null, item: string | null): Rate | undefined => policy.specialRates.find((entry) => entry.affiliateId === affiliate && entry.sku === item)?.rate
  const ofSku = sku === null ? undefined : (special(affiliateId, sku) ?? special(null, sku))
  if (ofSku !== undefined) return { rate: ofSku, perUnit: true }
  const own = special(affiliateId, null)
  if (own !== undefined) return { rate: own, perUnit: false }
  if (policy.tiers === null) return { rate: policy.rate, perUnit: false }

  let reached = policy.rate
  for (const { threshold, rate } of policy.tiers.steps) {
    const minor = amountIn(threshold, currency)
    if (minor === undefined) return undefined
    if (!exceeds(rational(BigInt(minor)), volume)) reached = rate
  }
  return { rate: reached, perUnit: false }
}
