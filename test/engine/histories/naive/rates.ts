import type { Rate } from '../../../../shared/engine/terms.ts'
import type { ContestPolicy } from '../../../../shared/engine/attribution.ts'
import { isMore, whole } from './arithmetic.ts'

/** The rate of a line, most specific first (ENGINE section 4, rules 2 and 4); undefined where a tier that is asked lacks the currency. */
export function rateOf(policy: ContestPolicy, { affiliateId, sku, currency, volume }: { affiliateId: string; sku: string | null; currency: string; volume: string }): { rate: Rate; ofSku: boolean } | undefined {
  const rates = policy.specialRates
  const candidates = [
    rates.find((one) => sku !== null && one.affiliateId === affiliateId && one.sku === sku),
    rates.find((one) => sku !== null && one.affiliateId === null && one.sku === sku),
    rates.find((one) => one.affiliateId === affiliateId && one.sku === null),
  ]
  const special = candidates.find((one) => one !== undefined)
  if (special !== undefined) return { rate: special.rate, ofSku: special.sku !== null }
  const steps = policy.tiers?.steps ?? []
  const thresholds = steps.map(({ threshold }) => threshold.find((amount) => amount.currency === currency)?.minor)
  if (thresholds.includes(undefined)) return undefined
  const [n = '0', d = '1'] = volume.split('/')
  const reached = steps.filter((_, index) => !isMore(whole(thresholds[index] ?? 0), { n: BigInt(n), d: BigInt(d) }))
  return { rate: reached.at(-1)?.rate ?? policy.rate, ofSku: false }
}
