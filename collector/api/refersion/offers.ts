import { z } from 'zod'
import { TriggerInput } from '../../../shared/wire/settings.ts'
import { settingsFor } from '../../service/deps.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { TEXTS, told } from './errors.ts'
import { Decimal, OfferId } from './fields.ts'
import { offerNumbered } from './names.ts'
import { operation } from './operation.ts'

const MOST = 50
/** A description is read by nobody here, so it is not kept. */
const Sku = z.object({ sku: TriggerInput.shape.sku.unwrap(), commission_type: z.enum(['PERCENT_OF_SALE', 'FLAT_RATE']), commission_amount: Decimal })
export const SkuBody = z.object({
  offer_id: OfferId,
  skus: z.preprocess(refuseMany, z.array(Sku, 'must be a list of SKUs').min(1, 'must name at least one').meta({ maxItems: MOST })),
})

/** Before anything is said of each. */
function refuseMany(list: unknown, ctx: z.core.$RefinementCtx): unknown {
  if (Array.isArray(list) && list.length > MOST) ctx.addIssue({ code: 'custom', message: TEXTS.manySkus, params: { verbatim: true } })
  return list
}

/** Refersion's calls about offers, which are our campaigns. */
export function offerOperations({ services, store }: RouteDeps) {
  return {
    addSkus: operation('campaigns', SkuBody, async ({ key: { merchantId }, body: { offer_id, skus } }) => {
      const campaign = offerNumbered(settingsFor(store.directory(), merchantId), offer_id)
      const rates = skus.map(({ sku, commission_type: type, commission_amount: amount }) => ({ sku, ...(type === 'PERCENT_OF_SALE' ? { percent: amount } : { flat: [amount] }) }))
      const { added, known } = await told(() => services.rates.addSkus({ campaign: campaign.id, rates }, merchantId), ({ issues: [issue] }) => (issue === undefined ? undefined : `commission_amount: ${issue.message}`))
      return { duplicate_not_added: known, added }
    }),
  }
}
