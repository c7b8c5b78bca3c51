import { currencyOf } from '../../../shared/engine/money.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { checked } from './body.ts'
import { CreditBody, LegacyCreditBody, OrderCreditBody } from './conversion-schema.ts'
import { fieldOf, refused, TEXTS, told } from './errors.ts'
import { affiliateNumbered } from './names.ts'
import { operation, type Call } from './operation.ts'

const REPROCESSING = 'Order(s) are re-processing. Changes may take a couple of minutes to appear.'

/** Older clients send an empty order for a credit of none. */
const isNamed = (order: unknown): boolean => (order ?? null) !== null && !(typeof order === 'string' && order.trim() === '')

/** Refersion's credits by hand: of a sum, or of an order. */
export function creditOperations({ services, store }: RouteDeps) {
  function affiliateIn(merchantId: number, number: number): string {
    const affiliate = affiliateNumbered(settingsFor(store.directory(), merchantId), number)
    if (affiliate === undefined) throw refused(TEXTS.invalidAffiliate)
    return affiliate.id
  }

  const credit = operation('commissions', CreditBody, async ({ key: { id: actor, merchantId, mode }, body }) => {
    const affiliate = affiliateIn(merchantId, body.id)
    const { currency } = body
    if (currency !== undefined) await told(async () => currencyOf(currency), () => TEXTS.invalidCurrency(currency.slice(0, 40)))
    const made = await told(() => services.credits.credit({ merchantId, mode, affiliate, amount: body.commission, currency, approved: body.status === 'APPROVED', note: body.notes }, { actor }),
      ({ issues: [issue] }) => (issue?.path[0] === 'amount' ? `commission: ${issue.message}` : undefined))
    const { commission: { number } } = await services.commissions.find(merchantId, made.id)
    return { conversion_id: number }
  })

  const creditOrder = operation('commissions', OrderCreditBody, async ({ key: { id: actor, merchantId, mode }, body }) => {
    const affiliate = affiliateIn(merchantId, body.id)
    const { others } = await told(
      () => services.credits.creditOrder({ merchantId, mode, order: body.order_id, by: 'externalId', affiliate, approved: body.status !== 'PENDING', transfer: false, note: body.notes }, { actor }),
      (error) => (error.code === 'NOT_FOUND' ? TEXTS.invalidOrder : error.code === 'CONFLICT' && fieldOf(error) === 'affiliate' && /already/.test(error.issues[0]?.message ?? '') ? TEXTS.creditedAlready : undefined),
    )
    const holder = others.filter(({ status }) => status !== 'REJECTED').toSorted((a, b) => b.totalMinor - a.totalMinor)[0]
    const number = holder && settingsFor(store.directory(), merchantId).affiliates.get(holder.affiliateId)?.number
    return { message: REPROCESSING, ...(number === undefined ? {} : { warning: `Order ID is already credited to affiliate ${number}` }) }
  })

  return {
    credit,
    creditOrder,
    /** The older address takes both: a call that names an order credits that. */
    either: operation('commissions', LegacyCreditBody, (call: Call<Record<string, unknown>>) => {
      const meant = isNamed(call.body['order_id']) ? creditOrder : credit
      return meant.run({ ...call, body: checked(meant.schema, call.body) })
    }),
  }
}
