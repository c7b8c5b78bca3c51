import { invalid } from '../../../shared/errors.ts'
import { totalOf } from '../../../shared/engine/base.ts'
import { Email } from '../../../shared/wire/email.ts'
import { canonicalId } from '../../../shared/engine/ids.ts'
import { currencyOf, fromMajor, toMinor } from '../../../shared/engine/money.ts'
import { triggerValue, type Settings } from '../../../shared/engine/settings.ts'
import { orderOnce } from '../../http/once.ts'
import type { OrderReport } from '../../service/conversions.ts'
import { settingsFor } from '../../service/deps.ts'
import { emailHash, type IdentityOf } from '../../service/identity.ts'
import { lineOf } from '../../service/orders.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ApiKey } from '../../store/keys.ts'
import { itemsInOrder, PaidBody } from './intake-schema.ts'
import { affiliateCalled } from './names.ts'
import { operation } from './operation.ts'

/** Orders as shops' servers report them. */
export function intakeOperations({ services, store }: RouteDeps) {
  return {
    paid: operation('conversions', PaidBody, async ({ ctx, key, body, text }) => {
      const report = reportOf(body, { key, settings: settingsFor(store.directory(), key.merchantId), identityOf: services.identities.identityOf })
      const answer = await services.conversions.record(report, { render: () => ({ status: 200, body: JSON.stringify({ status: 'queued', cart_id: body.cart_id }) }), once: orderOnce(ctx, key, text) })
      ctx.type = 'application/json'
      return answer.body
    }, { prepared: itemsInOrder, recordsOnce: true }),
  }
}

/** The cart that the browser named, too, and by which its clicks are found. */
const cartIdentifier = (cartId: string): OrderReport['identifiers'][number] => ({ kind: 'cart', value: canonicalId(cartId) })

interface Place {
  key: ApiKey
  settings: Settings
  identityOf: IdentityOf
}

/** What is said in a shop's words, in ours; throws `INVALID` with the field. */
export function reportOf(body: Omit<PaidBody, 'cart_id'> & { cart_id?: string | undefined }, { key: { merchantId, mode }, settings, identityOf }: Place): OrderReport {
  const currency = currencyOf(body.currency_code, 'currency_code')
  const minor = (field: 'shipping' | 'tax' | 'discount'): number => {
    const amount = fromMajor(body[field] ?? '0', currency, field).minor
    if (amount < 0) throw invalid(field, 'must not be negative')
    return amount
  }
  const lines = body.items.map((item) => lineOf(item, currency))
  const [shippingMinor, taxMinor, discountMinor] = [minor('shipping'), minor('tax'), minor('discount')]
  const total = totalOf({ lines, discountMinor, taxMinor, pricesIncludeTax: false, shippingMinor })
  return {
    merchantId, mode, kind: 'sale', externalId: body.order_id, amount: { minor: toMinor(BigInt(total), 'items'), currency }, metadata: null, lines, discountMinor, taxMinor, pricesIncludeTax: false,
    subscriptionId: body.is_subscription ? (body.subscription_id ?? null) : null,
    identifiers: [
      ...affiliateIn(settings, body.auto_credit_affiliate_id), ...(body.cart_id === undefined ? [] : [cartIdentifier(body.cart_id)]),
      ...[...new Set(body.discount_code.map(triggerValue))].map((value) => ({ kind: 'coupon', value } as const)),
      ...addressIn(body.customer).map((address) => ({ kind: 'identity', value: identityOf(merchantId, emailHash(address)) } as const)),
    ],
  }
}

/** One that is unknown stays on the order, and its receipt says so: it is no reason to lose the order. */
const affiliateIn = (settings: Settings, name: string | undefined): OrderReport['identifiers'] => (name === undefined ? [] : [{ kind: 'affiliate', value: affiliateCalled(settings, name)?.id ?? name }])

/** What a guest typed need not be an address; then it names nobody. */
export const addressIn = (email: string | undefined): string[] => (Email.safeParse(email).success ? [email ?? ''] : [])
