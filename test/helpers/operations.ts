import type { Identifier } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import type { AdjustmentType } from '../../shared/engine/adjust.ts'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import type { Recorded } from '../../shared/engine/record.ts'
import type { CampaignChange } from '../../shared/wire/settings.ts'
import type { OrderReport, Reply } from '../../collector/service/conversions.ts'
import { emailHash } from '../../collector/service/identity.ts'
import { BROWSER } from './collector.ts'
import { click, type World } from './world.ts'

/** Something that is asked of a collector, and what its caller learns: a word, or the code of a refusal. */
export type Operation = (world: World) => Promise<string>

const BY = { actor: 'test' }

/** A word of what came of it; a refusal is an answer, any other error is a fault. */
async function told(asked: Promise<unknown>, word = 'done'): Promise<string> {
  try {
    const answer = await asked
    return typeof answer === 'string' ? answer : word
  } catch (error) {
    if (error instanceof DomainError) return [error.code, ...error.issues.map(({ path }) => path.join('.'))].join(' ')
    throw error
  }
}

/** What a report's caller gets to see: whether it was the first, and what was earned. */
const answerOf = ({ created, conversion: { attributed, commissions } }: Recorded): Reply =>
  ({ status: created ? 201 : 200, body: `${attributed ? 'won' : 'open'} ${commissions.map(({ amount }) => amount.minor).join(' ')}` })

export type By = Partial<Record<Identifier['kind'], string>>

/** The identity of a customer's address, as orders name it. */
const identifiersOf = ({ services, merchantId }: World, by: By): OrderReport['identifiers'] =>
  Object.entries(by).map(([kind, value]) => ({ kind: kind as Identifier['kind'], value: kind === 'identity' ? services.identities.identityOf(merchantId, emailHash(value)) : value }))

/** Reports an order of EUR `minor`. */
export const order = (externalId: string, minor: number, by: By, more: Partial<OrderReport> & { once?: string } = {}): Operation => (world) => {
  const { once, ...facts } = more
  const report: OrderReport = { merchantId: world.merchantId, mode: 'live', kind: 'sale', externalId, amount: { minor, currency: 'EUR' }, metadata: null, identifiers: identifiersOf(world, by), ...facts }
  return told(world.services.conversions.record(report, { render: answerOf, once: once === undefined ? undefined : { key: { route: 'test', keyHash: once }, bodyHash: String(minor) } }).then(({ status, body }) => `${status} ${body}`))
}

const refundBy = (externalId: string, key: string, request: RefundRequest): Operation => ({ services, merchantId }) =>
  told(services.refunds.refund({ merchantId, mode: 'live', order: externalId, by: 'externalId', key, request: () => request }, BY).then(({ created }) => (created ? 'refunded' : 'known')))
/** Gives back an amount, or all that is left. The key is its identity. */
export const refund = (externalId: string, minor: number | 'all', key: string = String(minor)): Operation => refundBy(externalId, key, minor === 'all' ? { kind: 'full' } : { kind: 'amount', minor })
/** Gives back units of a SKU. */
export const giveBack = (externalId: string, sku: string, quantity: number): Operation => refundBy(externalId, `${quantity} ${sku}`, { kind: 'items', items: [{ sku, quantity }] })

/** Commissions and payouts are named by their numbers, which every run gives alike. */
export const approve = (...names: string[]): Operation => ({ services, merchantId }) => told(services.commissions.approve({ merchantId, names }, BY))
export const reject = (...names: string[]): Operation => ({ services, merchantId }) => told(services.commissions.reject({ merchantId, names, reason: 'denied' }, BY))
export const approveDue: Operation = ({ services }) => told(services.commissions.approveDue().then(({ approved, rejected }) => `${approved} approved, ${rejected} rejected`))
export const adjust = (name: string, type: AdjustmentType, minor: number): Operation => ({ services, merchantId }) => told(services.commissions.adjust({ merchantId, commission: name, type, minor: () => minor }, BY))

export const payOut: Operation = ({ services, merchantId }) => told(services.payouts.make({ merchantId, affiliate: 'ana', mode: 'live' }, BY))
export const change = (how: 'pay' | 'cancel' | 'undo', name: string): Operation => ({ services, merchantId }) => told(services.payouts.change(how, { merchantId, payout: name }, BY))

export const credit = (affiliate: string, amount: string): Operation => ({ services, merchantId }) => told(services.credits.credit({ merchantId, mode: 'live', affiliate, amount, approved: true }, BY))
export const creditOrder = (externalId: string, affiliate: string, transfer: boolean): Operation => ({ services, merchantId }) =>
  told(services.credits.creditOrder({ merchantId, mode: 'live', order: externalId, affiliate, approved: false, transfer }, BY))

export const identify = (session: string, email: string): Operation => ({ services, merchantId }) =>
  told(services.identities.identify({ merchantId, session, emailHash: emailHash(email), source: 'server', mode: 'live' }).then(({ created }) => (created ? 'kept' : 'known')))
/** A visit that waited in the browser, and may settle an order. */
export const visit = (session: string, code: string, { id, waitedMs }: { id: string; waitedMs: number }): Operation => ({ services }) =>
  told(services.touches.visit({ id, session, url: `https://www.shop.example/?ref=${code}`, ageMs: waitedMs, userAgent: BROWSER, mode: 'live', field: 'url' }).then(({ created }) => (created ? 'a click' : 'a known click')))

export const setCampaign = (terms: CampaignChange): Operation => ({ services, merchantId, campaignId }) => told(services.campaigns.update(campaignId, terms, merchantId))
export const setStatus = (affiliate: string, status: 'active' | 'disabled'): Operation => ({ services, merchantId }) => told(services.affiliates.update(affiliate, { status }, merchantId))

/** Several, one after the other: what a template is prepared with. A refusal there is a mistake. */
export const first = (...operations: Operation[]) => async (world: World): Promise<void> => {
  for (const operation of operations) {
    const word = await operation(world)
    if (/^[A-Z]/.test(word)) throw new Error(`the template could not be prepared: ${word}`)
  }
}
/** A click on an affiliate's link, in a session of a fixed name. */
export const clicked = (session: string, code: string): Operation => async (world) => {
  await click(world, { session, code })
  return 'clicked'
}
