import type { Commission, Order, Weight } from '../domain.ts'
import { isWin, type ContestPolicy, type Evidence, type Touch } from './attribution.ts'
import { policiesOf } from './evidence.ts'
import { rational } from './money.ts'
import type { Receipt } from './receipt.ts'
import { policyOf, statusOf, termsOf, type Settings } from './settings.ts'
import { plus } from './split.ts'
import { addMonths } from './time.ts'

/** The payment of a subscription that all later ones follow: the first sale above zero that somebody won. */
export interface FirstPayment {
  order: Order
  /** The receipt that it was won by. */
  receipt: Receipt
  commissions: Commission[]
}

/** Under what a subscription's first payment is found: test and live are apart. */
export const subscriptionKey = ({ mode, subscriptionId }: Pick<Order, 'mode'> & { subscriptionId: string }): string => `${mode} ${subscriptionId}`

/** True for an order that may be the first payment: trials and bounties are none. */
export const isPayment = ({ kind, amount, subscriptionId }: Order): boolean => subscriptionId !== null && kind === 'sale' && amount.minor > 0

/** As of when the first payment's terms hold for later ones: of what another system had decided, those of when it was imported, because ours are younger. */
export const pinnedAtMs = ({ order, receipt }: Pick<FirstPayment, 'order' | 'receipt'>): number => (receipt.inputs.kind === 'import' ? receipt.decidedAtMs : order.occurredAtMs)

/**
 * The winners of the first payment, as touches of a later one, and the campaigns as they were then
 * (ENGINE section 4, rule 7).
 */
export function renewalOf(order: Order, first: FirstPayment, settings: Settings): { touches: Touch[]; policies: ContestPolicy[] } {
  const touches = winnersOf(first).filter(({ evidence, code }) => evidence === 'renewal' || order.lines.some(({ sku }) => sku === code)).map((winner): Touch => {
    const affiliate = settings.affiliates.get(winner.affiliateId)
    return {
      eventId: `${winner.evidence}:${winner.affiliateId}:${winner.campaignId}:${winner.code}`, evidence: winner.evidence, trigger: winner.evidence === 'sku' ? { kind: 'sku', position: 0 } : null, code: winner.code,
      affiliateId: winner.affiliateId, affiliateActive: affiliate !== undefined && statusOf(affiliate, order.occurredAtMs) === 'ACTIVE', campaignId: winner.campaignId,
      enrolled: true, isBuyer: false, unverified: winner.unverified, adopted: false, clamped: false, mode: order.mode, bot: false,
      occurredAtMs: winner.occurredAtMs, knownAtMs: order.receivedAtMs, first: { weight: winner.weight, rejected: isRejected(first, winner.affiliateId) },
    }
  })
  const { timezone } = termsOf(settings, first.order.occurredAtMs).value
  const policies = policiesOf(touches, settings, { order, atMs: pinnedAtMs(first) }).map((policy) => ({ ...policy, renewalsEndAtMs: endOf(policy.campaignId, first, { settings, timezone }) }))
  return { touches, policies }
}

interface Winner {
  affiliateId: string
  campaignId: string
  evidence: Extract<Evidence, 'renewal' | 'sku'>
  /** The SKU of a carve-out. */
  code: string
  weight: Weight
  unverified: boolean
  occurredAtMs: number
}

/** Who won how much of the first payment, an entry an affiliate and campaign; whoever took it over stands for the first. */
function winnersOf({ receipt: { inputs, outcome }, commissions }: FirstPayment): Winner[] {
  const winners = new Map<string, Winner>()
  inputs.touches.forEach((touch, index) => {
    const carved = touch.evidence === 'sku' && isWin(outcome.verdicts[index])
    const weight = carved ? { n: 1, d: 1 } : outcome.weights[index]
    if (weight === null || weight === undefined || touch.affiliateId === null || touch.campaignId === null) return
    const owner = successorOf(commissions, { affiliateId: touch.affiliateId, campaignId: touch.campaignId })
    const code = carved ? touch.code : ''
    const key = JSON.stringify([owner.affiliateId, owner.campaignId, code])
    const held = winners.get(key)
    winners.set(key, {
      ...owner, code, evidence: carved ? 'sku' : 'renewal', weight: held === undefined ? weight : together(held.weight, weight),
      unverified: touch.unverified && (held?.unverified ?? true), occurredAtMs: Math.min(touch.occurredAtMs, held?.occurredAtMs ?? touch.occurredAtMs),
    })
  })
  return [...winners.values()]
}

function together(a: Weight, b: Weight): Weight {
  const { n, d } = plus(rational(BigInt(a.n), BigInt(a.d)), rational(BigInt(b.n), BigInt(b.d)))
  return { n: Number(n), d: Number(d) }
}

/** After a transfer the second affiliate is the winner (rule 9). */
function successorOf(commissions: Commission[], owner: { affiliateId: string; campaignId: string }): { affiliateId: string; campaignId: string } {
  const successor = commissions.find(({ affiliateId }) => affiliateId === owner.affiliateId)?.transferredTo
  const taken = commissions.find(({ affiliateId }) => affiliateId === successor)
  return taken === undefined ? owner : { affiliateId: taken.affiliateId, campaignId: taken.campaignId ?? owner.campaignId }
}

function isRejected({ commissions }: FirstPayment, affiliateId: string): boolean {
  const { status, reason } = commissions.find((commission) => commission.affiliateId === affiliateId && commission.source.kind !== 'raise') ?? {}
  return status === 'REJECTED' && (reason === 'denied' || reason === 'unqualified')
}

/** From when on a campaign, as it was at the first payment, pays no renewal; null is never. */
function endOf(campaignId: string, first: FirstPayment, { settings, timezone }: { settings: Settings; timezone: string }): number | null {
  const campaign = settings.campaigns.get(campaignId)
  const recurring = campaign === undefined ? 'first_payment' : policyOf(campaign, pinnedAtMs(first)).value.recurring
  if (recurring === 'life') return null
  return recurring === 'first_payment' ? 0 : addMonths(first.order.occurredAtMs, recurring.months, timezone)
}
