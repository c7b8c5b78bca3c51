import type { Amounts, CampaignPolicy, Rate, Recurring, Tiers } from '../../shared/engine/terms.ts'
import { invalid, unfit } from '../../shared/errors.ts'
import { percentToPpm } from '../../shared/engine/money.ts'
import { belongsTo, type Settings } from '../../shared/engine/settings.ts'
import type { CampaignChange } from '../../shared/wire/settings.ts'
import { amountsOf, rateOf } from './amounts.ts'

type Bounties = CampaignPolicy['bounties']
const BOUNTY_KINDS = ['lead', 'trial', 'custom'] as const

/** A campaign's terms after a change; what the change does not name stays. Throws `INVALID` with the field. */
export function changedTerms(settings: Settings, held: CampaignPolicy, change: CampaignChange): CampaignPolicy {
  const currency = change.currency ?? settings.merchant.currency
  const limit = (texts: string[] | undefined, field: string, before: Amounts): Amounts => (texts === undefined ? before : amountsOf(texts, { field, currency, aboveZero: true }))
  return {
    name: change.name ?? held.name,
    landingUrl: change.landingUrl === undefined ? held.landingUrl : landingUrl(settings, change.landingUrl),
    rate: rateOf(change, currency) ?? held.rate,
    windowDays: change.windowDays ?? held.windowDays,
    holdDays: change.holdDays === undefined ? held.holdDays : change.holdDays,
    status: change.archived === undefined ? held.status : change.archived ? 'ARCHIVED' : 'ACTIVE',
    model: change.model ?? held.model,
    couponFirst: change.couponFirst ?? held.couponFirst,
    poolDevices: change.poolDevices ?? held.poolDevices,
    adoptUntilMs: change.adoptUntil === undefined ? held.adoptUntilMs : change.adoptUntil === null ? null : untilMs(change.adoptUntil),
    minimumOrder: limit(change.minOrder, 'minOrder', held.minimumOrder),
    capPerOrder: limit(change.capOrder, 'capOrder', held.capPerOrder),
    capPerMonth: limit(change.capMonth, 'capMonth', held.capPerMonth),
    tiers: tiersOf(held.tiers, change, currency),
    bounties: change.bounty === undefined ? held.bounties : bountiesOf(change.bounty, currency),
    recurring: change.recurring === undefined ? held.recurring : recurringOf(change.recurring),
  }
}

/** Links lead to the merchant's own sites and nowhere else. */
function landingUrl(settings: Settings, text: string): string {
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw invalid('landingUrl', 'must not hold a user name or password')
  if (!settings.sites.some((site) => belongsTo(url.hostname, site))) throw unfit('landingUrl', `${url.hostname} is not on a site of this merchant (${settings.sites.join(', ')})`)
  return url.href
}

/** A day counts to its end, in UTC. */
const untilMs = (text: string): number => Date.parse(text.includes('T') ? text : `${text}T23:59:59.999Z`)

function recurringOf(given: NonNullable<CampaignChange['recurring']>): Recurring {
  if (given === 'first') return 'first_payment'
  return given === 'life' ? 'life' : { months: given }
}

function bountiesOf(texts: string[], currency: string): Bounties {
  const pairs = texts.map((text) => text.split('='))
  const stranger = pairs.find(([kind]) => !BOUNTY_KINDS.some((known) => known === kind))
  if (stranger !== undefined) throw invalid('bounty', `must be of one of: ${BOUNTY_KINDS.join(', ')}`)
  const of = (kind: string): string[] => pairs.filter(([named]) => named === kind).map(([, amount = '']) => amount)
  return Object.fromEntries(BOUNTY_KINDS.filter((kind) => of(kind).length > 0).map((kind) => [kind, amountsOf(of(kind), { field: 'bounty', currency })]))
}

function tiersOf(held: Tiers | null, { tier, tierPeriod }: CampaignChange, currency: string): Tiers | null {
  const steps = tier === undefined ? held?.steps : stepsOf(tier, currency)
  if (steps !== undefined && steps.length > 0) return { period: tierPeriod ?? held?.period ?? 'month', steps }
  if (tierPeriod !== undefined) throw unfit('tierPeriod', 'there are no tiers that it could count for')
  return null
}

/**
 * Steps in ascending order. All name the same currencies, so that an order's currency either has all tiers or none:
 * with half of them nobody could say which step counts.
 */
function stepsOf(texts: string[], currency: string): Tiers['steps'] {
  const steps = texts.map((text) => {
    const [volume = '', rate = ''] = text.split('=')
    return { threshold: amountsOf(volume.split(','), { field: 'tier', currency, aboveZero: true }), rate: tierRate(rate) }
  })
  const currencies = (steps[0]?.threshold ?? []).map((amount) => amount.currency)
  const alike = steps.every(({ threshold }) => threshold.length === currencies.length && currencies.every((code) => threshold.some((amount) => amount.currency === code)))
  if (!alike) throw invalid('tier', 'must name the same currencies in every step')
  const [first = ''] = currencies
  const sorted = steps.toSorted((a, b) => volumeIn(a, first) - volumeIn(b, first))
  const ascending = sorted.every((step, index) => currencies.every((code) => index === 0 || volumeIn(step, code) > volumeIn(sorted[index - 1] ?? step, code)))
  if (!ascending) throw invalid('tier', 'must rise from step to step in every currency')
  return sorted
}

const volumeIn = ({ threshold }: Tiers['steps'][number], currency: string): number => threshold.find((amount) => amount.currency === currency)?.minor ?? 0

/** A percentage, or fixed amounts where each names its currency. */
function tierRate(text: string): Rate {
  if (!/[:,]/.test(text)) return { kind: 'percent', ppm: percentToPpm(text, 'tier') }
  const texts = text.split(',')
  if (texts.some((amount) => !amount.includes(':'))) throw invalid('tier', 'must name the currency of each fixed amount, such as 5.00:EUR')
  return { kind: 'flat', amounts: amountsOf(texts, { field: 'tier', currency: '' }) }
}
