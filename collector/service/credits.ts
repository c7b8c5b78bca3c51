import type { Commission, Mode } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { creditAffiliate, creditOrder, creditSums, type OrderCredited } from '../../shared/engine/credit.ts'
import { currencyOf, fromMajor } from '../../shared/engine/money.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { affiliateNamed } from './affiliate-names.ts'
import { orderFacts } from './conversion-names.ts'
import { settingsFor, type Deps } from './deps.ts'

export interface CreditInput {
  merchantId: number
  mode: Mode
  affiliate: string
  /** Major units as decimal text; below zero it is a debt. */
  amount: string
  currency?: string | undefined
  approved: boolean
  note?: string | undefined
}

export interface OrderCreditInput {
  merchantId: number
  affiliate: string
  order: string
  mode?: Mode | undefined
  by?: 'externalId' | undefined
  approved: boolean
  /** Takes back what remains of the first affiliate's commission. */
  transfer: boolean
  note?: string | undefined
}

/** Credits by hand (ENGINE section 4, rule 9). */
export function creditService(deps: Deps) {
  const { store } = deps

  return {
    /** Credits or debits an affiliate with no order; throws `INVALID` with the field. */
    async credit({ merchantId, mode, affiliate, amount: major, currency, approved, note }: CreditInput, acting: Acting): Promise<Commission> {
      const settings = settingsFor(store.directory(), merchantId)
      const affiliateId = affiliateNamed(settings, affiliate).id
      const amount = fromMajor(major, currencyOf(currency ?? settings.merchant.currency))
      if (amount.minor === 0) throw invalid('amount', 'must not be 0')
      const now = at(deps)
      const request = { merchantId, mode, affiliateId, campaignId: null, amount, approved, note: note ?? null }
      return store.decide('nothing', { merchantId }, () => {
        const { entries, result } = creditAffiliate(request, now)
        return { entries: [...entries, auditOf(acting, { now, about: request, action: 'credit', subject: result.id, detail: { affiliateId, ...amount } })], result }
      })
    },

    /**
     * Credits an affiliate for an order at their own rate; `others` are the commissions that stand beside it.
     * Throws `NOT_FOUND`, and `CONFLICT` when they have one on it or it is fully refunded.
     */
    async creditOrder({ affiliate, approved, transfer, note, ...name }: OrderCreditInput, acting: Acting): Promise<{ commission: Commission; others: Commission[] }> {
      const affiliateId = affiliateNamed(settingsFor(store.directory(), name.merchantId), affiliate).id
      const now = at(deps)
      return orderFacts(deps, { ...name, sums: (facts) => creditSums(facts, affiliateId) }, (facts) => {
        const { entries, result } = creditOrder(facts, { affiliateId, approved, transfer, note: note ?? null }, now)
        if (!result.credited) throw refusal(result.refused)
        return { entries: [...entries, auditOf(acting, { now, about: facts.conversion.order, action: 'credit order', subject: facts.conversion.order.id, detail: { affiliateId, transfer } })], result }
      })
    },
  }
}

const REFUSALS: Record<Extract<OrderCredited, { credited: false }>['refused'], string> = {
  HAS_ONE: 'The affiliate has a commission on this order already.',
  FULLY_REFUNDED: 'The order is fully refunded.',
  NO_CAMPAIGN: 'The affiliate is in no campaign, so there is no rate for them.',
}
/** What is about the affiliate, and not about the order, says so. */
const refusal = (refused: keyof typeof REFUSALS): DomainError => new DomainError('CONFLICT', REFUSALS[refused], { issues: refused === 'FULLY_REFUNDED' ? [] : [{ path: ['affiliate'], message: refused === 'HAS_ONE' ? 'has a commission on this order already' : 'is in no campaign' }] })
