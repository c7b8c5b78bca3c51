import { createHash, randomInt } from 'node:crypto'
import { RefCampaignError } from '../shared/client/index.ts'
import type { PostbackResult, RefCampaign } from '../shared/client/index.ts'
import type { Roast } from './roasts.ts'

/** Orders that the shop remembers; it has no database, it is a demo. */
const KEPT = 1000
const FIRST_NUMBER = 1042
/** No letters that read like digits. */
const ID_CHARS = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

export interface Purchase {
  roast: Roast
  quantity: number
  grind: string
  name: string
  email: string
  /** The tracker's session; absent when there was none, or a blocker ate the script. */
  sessionId: string | undefined
  /** Made with the form, so that a double click or a reload buys once. */
  attempt: string
}

/** What became of telling the collector. Buying never waits for it and never fails with it. */
export type Report =
  | { state: 'under way' }
  | { state: 'booked'; conversionId: string }
  | { state: 'refused'; reason: string }
  | { state: 'unreachable'; reason: string }

export interface Order {
  readonly id: string
  readonly roast: Roast
  readonly quantity: number
  readonly grind: string
  readonly firstName: string
  readonly totalMinor: number
  readonly sessionId: string | undefined
  readonly emailHash: string
  report: Report
}

export interface OrderBook {
  /** The order of this purchase, and the end of its first report. A repeated attempt is the same order. */
  place(purchase: Purchase): { order: Order; reported: Promise<void> }
  find(id: string): Order | undefined
  /** Tells the collector again, where that failed for want of an answer. */
  reportAgain(order: Order): Promise<void>
}

export function orderBook(client: RefCampaign): OrderBook {
  const byId = new Map<string, Order>()
  const byAttempt = new Map<string, Order>()
  let number = FIRST_NUMBER

  async function report(order: Order): Promise<void> {
    order.report = { state: 'under way' }
    order.report = await client.conversions.postback(postbackOf(order)).then(booked, failed)
  }

  return {
    place(purchase) {
      const known = byAttempt.get(purchase.attempt)
      if (known) return { order: known, reported: Promise.resolve() }

      const order = orderOf(`KF-${number++}-${suffix()}`, purchase)
      remember(byId, order.id, order)
      remember(byAttempt, purchase.attempt, order)
      return { order, reported: report(order) }
    },
    find: (id) => byId.get(id),
    async reportAgain(order) {
      if (order.report.state === 'unreachable') await report(order)
    },
  }
}

function orderOf(id: string, purchase: Purchase): Order {
  const { roast, quantity, grind, sessionId } = purchase
  const firstName = purchase.name.split(/\s/)[0] ?? purchase.name
  const emailHash = createHash('sha256').update(purchase.email.trim().toLowerCase()).digest('hex')
  return { id, roast, quantity, grind, firstName, totalMinor: roast.priceMinor * quantity, sessionId, emailHash, report: { state: 'under way' } }
}

/** The order's id makes the report safe to repeat: the collector books it once, however often it is told. */
function postbackOf(order: Order): Parameters<RefCampaign['conversions']['postback']>[0] {
  return {
    externalId: order.id,
    conversionType: 'SALE',
    amount: order.totalMinor,
    currency: 'EUR',
    sessionId: order.sessionId,
    customerEmailHash: order.emailHash,
    metadata: { roast: order.roast.slug, quantity: order.quantity, grind: order.grind },
  }
}

const booked = ({ conversionId }: PostbackResult): Report => ({ state: 'booked', conversionId })

/** A 4xx would be refused again just the same; all else is worth another try. */
function failed(error: unknown): Report {
  const reason = error instanceof RefCampaignError ? `${error.code}: ${error.message}` : String(error)
  const refused = error instanceof RefCampaignError && error.status >= 400 && error.status < 500 && error.status !== 429
  return { state: refused ? 'refused' : 'unreachable', reason }
}

/** Random, so that numbers of two runs of the demo never name the same order. */
function suffix(): string {
  return Array.from({ length: 4 }, () => ID_CHARS[randomInt(ID_CHARS.length)]).join('')
}

function remember(orders: Map<string, Order>, key: string, order: Order): void {
  orders.set(key, order)
  const [oldest] = orders.keys()
  if (orders.size > KEPT && oldest !== undefined) orders.delete(oldest)
}
