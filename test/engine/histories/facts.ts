import type { Arrival, Binding, Identifier, Order } from '../../../shared/domain.ts'
import { totalOf } from '../../../shared/engine/base.ts'
import { pick, AFFILIATES, CAMPAIGNS, COUPONS, CURRENCIES, CUSTOMERS, SESSIONS, SKUS } from './world.ts'
import { MERCHANT } from '../builders.ts'
import type { Bought, Named, Step } from './steps.ts'

/** Names that sort as they were given out. */
export const numbered = (prefix: string, number: number): string => `${prefix}-${String(number).padStart(4, '0')}`

type Click = Extract<Step, { do: 'click' }>
type Identify = Extract<Step, { do: 'identify' }>

/** A visit; one that joins a click carries its id, as the landing page of a redirect does, and the earlier time stands. */
export function arrivalOf(click: Click, { id, nowMs, earlier }: { id: string; nowMs: number; earlier: Arrival[] }): Arrival {
  const joined = click.joins === null || click.bot || click.adopted ? undefined : pick(earlier.filter((one) => one.id === one.clickId && !one.bot && !one.adopted && one.mode === click.mode && one.code === AFFILIATES[click.code]), click.joins)
  const occurredAtMs = nowMs - click.ageMs
  return {
    id, clickId: joined?.clickId ?? id, session: click.session === null ? null : (SESSIONS[click.session] ?? null), code: AFFILIATES[click.code] ?? 'nemo', campaign: click.campaign === null ? null : (CAMPAIGNS[click.campaign] ?? null),
    host: click.host === null ? 'shop.example' : ['deals.shop.example', 'www.deals.shop.example'][click.host] ?? null, occurredAtMs: Math.min(occurredAtMs, joined?.occurredAtMs ?? occurredAtMs), receivedAtMs: nowMs,
    waited: click.ageMs > 0, clamped: false, adopted: click.adopted, mode: click.mode, bot: click.bot,
  }
}

export const bindingOf = ({ session, kind, identity, source, mode }: Identify, nowMs: number): Binding =>
  ({ session: SESSIONS[session] ?? '', kind, identity: CUSTOMERS[identity] ?? '', source, mode, occurredAtMs: nowMs, receivedAtMs: nowMs })

const at = (list: readonly string[], index: number | null): string | undefined => (index === null ? undefined : list[index])

/** What an order names, as it was received. */
export function identifiersOf(named: Named, { nowMs, arrivals }: { nowMs: number; arrivals: Arrival[] }): Identifier[] {
  const one = (kind: Identifier['kind'], value: string | null | undefined): Identifier[] => (value === null || value === undefined ? [] : [{ kind, value, receivedAtMs: nowMs }])
  return [
    ...one('affiliate', at(AFFILIATES.map((name) => `aff_${name}`), named.affiliate)),
    ...one('click', named.click === null ? null : pick(arrivals, named.click)?.id),
    ...one('session', at(SESSIONS, named.session)),
    ...one('code', at([...AFFILIATES, 'nemo'], named.code)),
    ...[...new Set(named.coupons)].flatMap((coupon) => one('coupon', COUPONS[coupon])),
    ...one('identity', at(CUSTOMERS, named.identity)),
    ...one('customer', at(CUSTOMERS, named.customer)),
  ]
}

/** An order as the edge lets it through: with lines its total is what they come to. */
export function orderOf(bought: Bought, { id, mode, nowMs }: { id: string; mode: Order['mode']; nowMs: number }): Order {
  const { kind, pricesIncludeTax } = bought
  const lines = bought.lines.map(({ sku, ...line }) => ({ ...line, sku: sku === null ? null : (SKUS[sku] ?? null) }))
  const money = { lines, discountMinor: lines.length === 0 ? 0 : bought.discount, taxMinor: lines.length === 0 ? 0 : bought.tax, pricesIncludeTax }
  return {
    ...money, id, merchantId: MERCHANT, mode, kind, site: '', externalId: bought.id === null ? null : `order ${bought.id}`, amount: { minor: lines.length === 0 ? bought.minor : totalOf({ ...money, shippingMinor: 0 }), currency: CURRENCIES[bought.currency] ?? '' },
    subscriptionId: bought.subscription === null ? null : `sub ${bought.subscription}`, commissionMinor: bought.commission, occurredAtMs: nowMs - bought.agoMs, receivedAtMs: nowMs, metadata: null,
  }
}
