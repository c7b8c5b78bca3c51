import type { Money, OrderLine } from '../../shared/domain.ts'
import { invalid } from '../../shared/errors.ts'
import { totalOf } from '../../shared/engine/base.ts'
import { canonicalId } from '../../shared/engine/ids.ts'
import { currencyOf, decimal, decimalsOf, fromMajor, halfUp, rational, toMinor } from '../../shared/engine/money.ts'
import { triggerValue, type Settings } from '../../shared/engine/settings.ts'
import type { OrderInput } from '../../shared/wire/book.ts'
import { affiliateNamed } from './affiliate-names.ts'
import type { OrderReport } from './conversions.ts'
import { customerHash, emailHash, type IdentityOf } from './identity.ts'

/** Exact unit price x quantity, rounded once (ENGINE section 4, rule 1); throws `INVALID` on the field. */
export function lineOf({ sku, quantity, price }: { sku?: string | undefined; quantity: number; price: string }, currency: string): OrderLine {
  const { n, d } = decimal(price, 'items')
  if (n < 0n) throw invalid('items', 'a price must not be negative')
  return { sku: sku === undefined ? null : triggerValue(sku), quantity, minor: toMinor(halfUp(rational(n * BigInt(quantity) * 10n ** BigInt(decimalsOf(currency)), d)), 'items') }
}

/** Items of an order whose amount was sent, too: what they come to beyond it was a discount, so that nobody earns from more than was paid. */
export function itemsWithin(items: { sku?: string | undefined; quantity: number; price: string }[], { minor, currency }: Money): Pick<OrderReport, 'lines' | 'discountMinor'> {
  const lines = items.map((item) => lineOf(item, currency))
  const total = lines.reduce((sum, line) => sum + BigInt(line.minor), 0n)
  return { lines, discountMinor: total > BigInt(minor) ? toMinor(total - BigInt(minor), 'items') : 0 }
}

/** An order in a person's words as it is reported; throws `INVALID` with the field. */
export function reportOf(input: OrderInput, settings: Settings, identityOf: IdentityOf): OrderReport {
  const merchantId = settings.merchant.id
  const currency = currencyOf(input.currency ?? settings.merchant.currency)
  const minor = (text: string | undefined, field: string): number => {
    const amount = fromMajor(text ?? '0', currency, field).minor
    if (amount < 0) throw invalid(field, 'must not be negative')
    return amount
  }
  const lines = input.items.map((item) => lineOf(item, currency))
  const [discountMinor, taxMinor, shippingMinor] = [minor(input.discount, 'discount'), minor(input.tax, 'tax'), minor(input.shipping, 'shipping')]
  if (input.amount === undefined && lines.length === 0) throw invalid('amount', 'is needed where there are no items')
  const total = totalOf({ lines, discountMinor, taxMinor, pricesIncludeTax: input.pricesIncludeTax, shippingMinor })
  const amount = { minor: input.amount === undefined ? toMinor(BigInt(total)) : minor(input.amount, 'amount'), currency }

  return {
    merchantId, mode: input.test ? 'test' : 'live', kind: input.kind, externalId: input.order, amount, metadata: null, lines, discountMinor, taxMinor, pricesIncludeTax: input.pricesIncludeTax,
    subscriptionId: input.subscription ?? null, commissionMinor: input.commission === undefined ? null : minor(input.commission, 'commission'),
    occurredAtMs: input.at === undefined ? undefined : Date.parse(input.at),
    identifiers: [
      ...named('affiliate', input.affiliate === undefined ? [] : [affiliateNamed(settings, input.affiliate).id]),
      ...named('click', [input.click].flatMap((id) => (id === undefined ? [] : canonicalId(id)))),
      ...named('session', [input.session].flatMap((id) => (id === undefined ? [] : canonicalId(id)))),
      ...named('code', input.codes.map((code) => code.toLowerCase())),
      ...named('coupon', input.coupons.map(triggerValue)),
      ...named('identity', [input.email].flatMap((email) => (email === undefined ? [] : identityOf(merchantId, emailHash(email))))),
      ...named('customer', [input.customer].flatMap((id) => (id === undefined ? [] : identityOf(merchantId, customerHash(id))))),
    ],
  }
}

const named = (kind: OrderReport['identifiers'][number]['kind'], values: string[]): OrderReport['identifiers'] => [...new Set(values)].map((value) => ({ kind, value }))
