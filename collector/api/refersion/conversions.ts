import type { Commission } from '../../../shared/domain.ts'
import { DomainError } from '../../../shared/errors.ts'
import { majorText } from '../../../shared/engine/money.ts'
import { idempotencyKeyOf } from '../../http/once.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ApiKey } from '../../store/keys.ts'
import { eachById } from './affiliates.ts'
import { CancelBody, PayBody, StatusBody, TotalsBody } from './conversion-schema.ts'
import { refused, TEXTS, told } from './errors.ts'
import { affiliateNumbered, offerNumbered } from './names.ts'
import { operation } from './operation.ts'

/** Refersion's calls about conversions, which are our commissions and, below zero, our refunds. */
export function conversionOperations({ services, store }: RouteDeps) {
  const settingsOf = (merchantId: number) => settingsFor(store.directory(), merchantId)

  const cancel = operation('conversions', CancelBody, async ({ ctx, key: { id: actor, merchantId, mode }, body: { order_id: order, items } }) => {
    const once = idempotencyKeyOf(ctx)
    const done = await told(async () => {
      const { order: { lines } } = await services.conversions.find(merchantId, order, mode, 'externalId')
      if (lines.length === 0) throw refused(TEXTS.invalidOrder)
      return services.refunds.refund({ merchantId, mode, order, by: 'externalId', request: () => ({ kind: 'items', items }), ...(once === '' ? {} : { key: `key:${once}` }) }, { actor })
    }, (error) => (error.code === 'NOT_FOUND' ? TEXTS.invalidOrder : undefined))
    return { conversion_id: String(done.number) }
  })

  const totals = operation('reports', TotalsBody, async ({ key, body }) => {
    const settings = settingsOf(key.merchantId)
    const affiliate = body.affiliate_id === undefined ? undefined : affiliateNumbered(settings, body.affiliate_id)
    if (body.affiliate_id !== undefined && affiliate === undefined) throw refused(TEXTS.noAffiliate)
    const sums = await services.reports.totals({
      merchantId: key.merchantId, mode: key.mode === 'test' || body.is_test_conversion === true ? 'test' : 'live', states: body.status, affiliateId: affiliate?.id, booked: body.booked, cancelled: body.cancelled,
      campaignId: body.offer_id === undefined ? undefined : offerNumbered(settings, body.offer_id).id, fromMs: body.created_from, toMs: body.created_to, paid: body.payment_status && body.payment_status === 'PAID',
    })
    const major = (minor: bigint) => JSON.rawJSON(majorText(minor, sums.currency))
    return { conversions_count: sums.count, commission_total: major(sums.commissionMinor), order_total: major(sums.orderMinor), commissionable_order_total: major(sums.baseMinor), currency: sums.currency }
  })

  async function decide({ id: actor, merchantId, mode }: ApiKey, number: number, status: StatusBody['status']): Promise<void> {
    const named = { merchantId, mode, names: [String(number)] }
    if (status === 'APPROVED') await services.commissions.approve(named, { actor })
    else await services.commissions.reject({ ...named, reason: status === 'DENIED' ? 'denied' : 'unqualified' }, { actor })
  }

  /** Why a conversion of this number did not become that, in Refersion's words. */
  async function whyNot({ merchantId, mode }: ApiKey, number: number, status: StatusBody['status']): Promise<string> {
    const held = await services.commissions.find(merchantId, String(number)).catch(unlessUnknown)
    if (held === undefined || held.commission.mode !== mode) return TEXTS.wrongStatus
    const settled: Commission['status'][] = ['APPROVED', 'IN_PAYOUT', 'PAID']
    if (status === 'DENIED' && settled.includes(held.commission.status)) return TEXTS.cannotDeny
    return status === 'APPROVED' && held.commission.status === 'REJECTED' ? TEXTS.cannotApprove : TEXTS.wrongStatus
  }

  const status = operation('commissions', StatusBody, async ({ key, body }) => {
    const ids = [...new Set(body.ids)]
    const reply = await eachById(ids, (id) => id, (id) => decide(key, id, body.status))
    const [only, another] = ids
    if (only !== undefined && another === undefined && reply.ids_changed.length === 0) throw refused(await whyNot(key, only, body.status))
    return reply
  })

  const pay = operation('payouts', PayBody, async ({ key: { id: actor, merchantId, mode }, body }) => {
    await services.settlements.pay({ merchantId, mode, names: [...new Set(body.conversion_ids)].map(String), method: body.payment_method ?? 'MANUAL' }, { actor })
    return { response: 'success' }
  })

  return { cancel, totals, status, pay }
}

function unlessUnknown(error: unknown): undefined {
  if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error
}

