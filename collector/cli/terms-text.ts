import type { Amounts, CampaignPolicy, ContestRules, Tiers } from '../../shared/engine/terms.ts'
import { toMajor } from '../../shared/engine/money.ts'
import { rateText } from '../service/receipts.ts'

const amountsText = (amounts: Amounts): string => amounts.map((amount) => `${toMajor(amount)} ${amount.currency}`).join(' or ')

/** How winners are found, in words; nothing where it is as usual. */
export function rulesText({ model, couponFirst, poolDevices }: ContestRules): string[] {
  return [
    ...(model === 'last_click' ? [] : [`model ${model}`]),
    ...(couponFirst ? ['coupons before links'] : []),
    ...(poolDevices ? ['devices pooled'] : []),
  ]
}

/** A campaign's terms in words: the usual ones always, the others where they are set. */
export function termsText(terms: CampaignPolicy): string {
  const { rate, windowDays, holdDays, minimumOrder, capPerOrder, capPerMonth, tiers, bounties, recurring, adoptUntilMs, status } = terms
  return [
    rateText(rate), `${windowDays} days`, holdDays === null ? 'approved by hand' : `approved after ${holdDays} days`,
    ...rulesText(terms),
    ...(minimumOrder.length > 0 ? [`orders from ${amountsText(minimumOrder)}`] : []),
    ...(capPerOrder.length > 0 ? [`at most ${amountsText(capPerOrder)} an order`] : []),
    ...(capPerMonth.length > 0 ? [`at most ${amountsText(capPerMonth)} a month`] : []),
    ...(tiers === null ? [] : [tiersText(tiers)]),
    ...Object.entries(bounties).map(([kind, amounts]) => `${amountsText(amounts)} a ${kind === 'custom' ? 'custom event' : kind}`),
    ...(recurring === 'first_payment' ? [] : [`renewals ${recurring === 'life' ? 'for life' : `for ${recurring.months} months`}`]),
    ...(adoptUntilMs === null ? [] : [`other systems' cookies until ${new Date(adoptUntilMs).toISOString()}`]),
    status.toLowerCase(),
  ].join(', ')
}

const tiersText = ({ period, steps }: Tiers): string => `by volume ${period === 'life' ? 'of all time' : 'a month'} (${steps.map(({ threshold, rate }) => `${rateText(rate)} from ${amountsText(threshold)}`).join('; ')})`
