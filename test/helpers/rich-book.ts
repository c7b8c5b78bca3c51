import type { Commission, OrderLine } from '../../shared/domain.ts'
import type { AdjustmentType } from '../../shared/engine/adjust.ts'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { OrderReport } from '../../collector/service/conversions.ts'
import { call, HOUR_MS, startCollector, uuidAt, visitBody, type TestCollector } from './collector.ts'

const CLI = { actor: 'cli' }

/** A collector in whose book everything happened that can happen to an order, a commission and a payout. */
export type RichBook = TestCollector & { ana: string; ben: string; cleo: string }

/** What a test does to a book, by order ids and affiliates' codes; each step is an hour after the one before. */
export function bookKeeper(collector: Pick<RichBook, 'services' | 'clock' | 'merchantId' | 'api'>) {
  const { services, clock, merchantId } = collector
  const later = (): void => { clock.nowMs += HOUR_MS }

  const record = (report: Partial<OrderReport>): Promise<unknown> => {
    later()
    return services.conversions.record({ merchantId, mode: 'live', kind: 'sale', externalId: null, amount: { minor: 10_000, currency: 'EUR' }, metadata: null, identifiers: [], ...report }, { render: () => ({ status: 201, body: '' }) })
  }

  return {
    later,
    record,
    /** An order of somebody's code. */
    order: (externalId: string, code: string, more: Partial<OrderReport> = {}): Promise<unknown> => record({ externalId, identifiers: [{ kind: 'code', value: code }], ...more }),
    /** Clicks of one session; gives its name. */
    async visits(...codes: string[]): Promise<string> {
      const session = uuidAt(clock.nowMs)
      for (const code of codes) {
        later()
        const { status, text } = await call(collector, '/r/visit', { body: visitBody(collector, { code, session, url: `https://www.shop.example/${code}?ref=${code}` }) })
        if (status >= 300) throw new Error(text)
      }
      return session
    },
    refund(order: string, request: RefundRequest, key?: string): Promise<unknown> {
      later()
      return services.refunds.refund({ merchantId, order, request: () => request, ...(key === undefined ? {} : { key }) }, CLI)
    },
    /** The numbers of an order's commissions, in the order in which they were booked. */
    async commissions(order: string): Promise<string[]> {
      return (await services.conversions.find(merchantId, order)).commissions.map(({ number }) => String(number))
    },
    async approve(order: string): Promise<Commission[]> {
      later()
      return services.commissions.approve({ merchantId, names: await this.commissions(order) }, CLI)
    },
    async reject(order: string): Promise<Commission[]> {
      later()
      return services.commissions.reject({ merchantId, names: await this.commissions(order), reason: 'denied' }, CLI)
    },
    adjust(commission: string | undefined, type: AdjustmentType, minor: number): Promise<unknown> {
      later()
      return services.commissions.adjust({ merchantId, commission: commission ?? '', type, minor: () => minor }, CLI)
    },
    credit(affiliate: string, amount: string, approved: boolean): Promise<Commission> {
      later()
      return services.credits.credit({ merchantId, mode: 'live', affiliate, amount, approved }, CLI)
    },
    creditOrder(order: string, affiliate: string, more: { approved?: boolean; transfer?: boolean } = {}): Promise<unknown> {
      later()
      return services.credits.creditOrder({ merchantId, order, affiliate, approved: false, transfer: false, ...more }, CLI)
    },
    async payout(affiliate: string): Promise<string> {
      later()
      return (await services.payouts.make({ merchantId, affiliate, mode: 'live' }, CLI)).id
    },
    change(how: 'pay' | 'cancel' | 'undo', payout: string): Promise<unknown> {
      later()
      return services.payouts.change(how, { merchantId, payout }, CLI)
    },
    services,
  }
}

const LINES: OrderLine[] = [{ sku: 'TEE', quantity: 1, minor: 4000 }, { sku: 'MUG', quantity: 2, minor: 3000 }]

/** Everything once: see each line. */
export async function richBook(options: Parameters<typeof startCollector>[0] = {}): Promise<RichBook> {
  const collector = await startCollector(options)
  const { services, merchantId, campaignId } = collector
  const keeper = bookKeeper(collector)
  const cleo = (await services.affiliates.create({ campaign: campaignId, email: 'cleo@partner.example', name: 'Cleo', code: 'cleo', coupon: 'CLEO10' }, merchantId)).id
  await services.affiliates.create({ campaign: campaignId, email: 'dan@partner.example', name: 'Dan', code: 'dan' }, merchantId)
  await services.triggers.assign({ sku: 'MUG', affiliate: 'cleo' }, merchantId)
  keeper.later()
  await services.merchants.update({ timezone: 'Europe/Berlin' }, merchantId)
  await services.campaigns.update(campaignId, { holdDays: 7, recurring: 'life', capMonth: ['1000.00'], tier: ['5000.00=12'], bounty: ['lead=5.00'] }, merchantId)
  await services.rates.set({ campaign: campaignId, affiliate: 'ben', percent: '15' }, merchantId)
  for (const payoutEmail of ['bank@ben.example', 'other@ben.example']) await services.affiliates.update('ben', { payoutEmail }, merchantId)
  await services.campaigns.create({ name: 'Second', landingUrl: 'https://shop.example/second', percent: '5' }, merchantId)

  await orders(keeper)
  await services.campaigns.update(campaignId, { model: 'linear' }, merchantId)
  await shared(keeper)
  await adjustments(keeper)
  await payouts(keeper)
  await credits(keeper)
  keeper.later()
  collector.clock.nowMs += 8 * DAY_MS
  await services.commissions.approveDue()
  // Still November in UTC, and December for the merchant.
  await keeper.order('edge', 'cleo', { occurredAtMs: Date.UTC(2026, 10, 30, 23, 30) })
  return { ...collector, cleo }
}

type Keeper = ReturnType<typeof bookKeeper>

async function orders(keeper: Keeper): Promise<void> {
  await keeper.order('lines', 'ana', { amount: { minor: 6300, currency: 'EUR' }, lines: LINES, discountMinor: 700 })
  await keeper.refund('lines', { kind: 'items', items: [{ sku: 'MUG', quantity: 1 }] }, 'r-1')
  await keeper.refund('lines', { kind: 'amount', minor: 1000 }, 'r-2')
  await keeper.order('thirds', 'dan', { amount: { minor: 1000, currency: 'EUR' } })
  for (const minor of [333, 333]) await keeper.refund('thirds', { kind: 'amount', minor })
  await keeper.order('nobody', 'unknown')
  await keeper.refund('nobody', { kind: 'amount', minor: 100 })
  await keeper.order('lost', 'unknown')
  await keeper.order('test', 'ana', { mode: 'test' })
  await keeper.order('lead', 'ana', { kind: 'lead', amount: { minor: 0, currency: 'EUR' } })
  await keeper.order('yen', 'ben', { amount: { minor: 10_000, currency: 'JPY' } })
  await keeper.order('tax', 'ben', { lines: LINES, taxMinor: 1000, pricesIncludeTax: true, amount: { minor: 7000, currency: 'EUR' } })
  await keeper.order('said', 'ana', { commissionMinor: 777 })
  await keeper.order('gone', 'dan')
  await keeper.refund('gone', { kind: 'full' })
  await keeper.order('denied', 'dan')
  await keeper.reject('denied')
  await keeper.order('denied-later', 'dan')
  await keeper.approve('denied-later')
  await keeper.reject('denied-later')
  // A repeat says something else, and one that waited is settled by its repeat.
  await keeper.order('said', 'ana', { amount: { minor: 1, currency: 'EUR' } })
  await keeper.order('late', 'unknown')
  await keeper.refund('late', { kind: 'amount', minor: 5000 })
  await keeper.order('late', 'ben')
  await keeper.order('sub-1', 'ana', { subscriptionId: 'S' })
  await keeper.order('sub-2', 'unknown', { subscriptionId: 'S', amount: { minor: 5000, currency: 'EUR' } })
}

async function shared(keeper: Keeper): Promise<void> {
  const session = await keeper.visits('ana', 'ben', 'cleo')
  await keeper.record({ externalId: 'shared', amount: { minor: 10_001, currency: 'EUR' }, identifiers: [{ kind: 'session', value: session }] })
  await keeper.approve('shared')
  for (const minor of [3333, 3333]) await keeper.refund('shared', { kind: 'amount', minor })
}

async function adjustments(keeper: Keeper): Promise<void> {
  await keeper.order('adjusted', 'cleo', { amount: { minor: 50_000, currency: 'EUR' } })
  const [commission] = await keeper.commissions('adjusted')
  await keeper.adjust(commission, 'BONUS', 500)
  await keeper.adjust(commission, 'DEDUCTION', 200)
  await keeper.refund('adjusted', { kind: 'amount', minor: 10_000 })
  await keeper.approve('adjusted')
  await keeper.adjust(commission, 'CORRECTION', 6000)
  await keeper.adjust(commission, 'DEDUCTION', 100)
  await keeper.change('pay', await keeper.payout('cleo'))
  await keeper.adjust(commission, 'BONUS', 300)
  await keeper.adjust(commission, 'CORRECTION', 6100)
  await keeper.adjust(commission, 'DEDUCTION', 50)
  await keeper.refund('adjusted', { kind: 'amount', minor: 20_000 })
}

async function payouts(keeper: Keeper): Promise<void> {
  // The worked case 3 of ENGINE section 7, with Dan.
  await keeper.order('c1', 'dan')
  await keeper.approve('c1')
  await keeper.change('pay', await keeper.payout('dan'))
  await keeper.refund('c1', { kind: 'amount', minor: 4000 })
  await keeper.order('c2', 'dan', { amount: { minor: 2500, currency: 'EUR' } })
  await keeper.order('c3', 'dan', { amount: { minor: 5000, currency: 'EUR' } })
  await keeper.approve('c2')
  await keeper.approve('c3')
  const second = await keeper.payout('dan')
  await keeper.refund('c2', { kind: 'full' })
  await keeper.change('cancel', second)
  await keeper.change('pay', await keeper.payout('dan'))

  await keeper.approve('tax')
  const undone = await keeper.payout('ben')
  await keeper.change('pay', undone)
  await keeper.change('undo', undone)
  await keeper.payout('ben')
}

async function credits(keeper: Keeper): Promise<void> {
  await keeper.credit('dan', '5.00', true)
  await keeper.credit('dan', '3.00', false)
  await keeper.credit('dan', '-1.00', true)
  const pending = await keeper.credit('dan', '-2.00', false)
  const refused = await keeper.credit('dan', '-0.50', false)
  const { services } = keeper
  const { merchantId } = pending
  await services.commissions.approve({ merchantId, names: [pending.id] }, CLI)
  await services.commissions.reject({ merchantId, names: [refused.id], reason: 'denied' }, CLI)
  await keeper.creditOrder('c1', 'ben')
  await keeper.order('taken', 'ana')
  await keeper.creditOrder('taken', 'ben', { transfer: true, approved: true })
  await keeper.creditOrder('taken', 'cleo', { transfer: true })
  await keeper.creditOrder('c3', 'ana', { transfer: true })
  await keeper.creditOrder('nobody', 'ana')
}
