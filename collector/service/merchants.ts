import type { Merchant } from '../../shared/domain.ts'
import type { MerchantTerms } from '../../shared/engine/terms.ts'
import { inForce, type Settings } from '../../shared/engine/settings.ts'
import type { MerchantChange } from '../../shared/wire/settings.ts'
import { settingsFor, type Deps } from './deps.ts'

/** A merchant with the terms in force. */
export interface MerchantView extends Merchant, MerchantTerms {
  sites: string[]
}

/** A merchant's terms: what holds for all their campaigns, in versions. */
export function merchantService({ store, now }: Deps) {
  return {
    /** The merchant as of now. */
    show(merchantId?: number): MerchantView {
      const settings = settingsFor(store.directory(), merchantId)
      return viewOf(settings, inForce(settings.terms, now()).value)
    },

    /** Appends a version of the terms that counts from now on; what the change does not name stays. */
    update({ timezone, model, couponFirst, poolDevices }: MerchantChange, merchantId?: number): Promise<MerchantView> {
      return store.decide('settings', {}, ({ directory }) => {
        const nowMs = now()
        const settings = settingsFor(directory, merchantId)
        const latest = settings.terms.at(-1) ?? inForce(settings.terms, nowMs)
        const held = latest.value
        const value = { timezone: timezone ?? held.timezone, model: model ?? held.model, couponFirst: couponFirst ?? held.couponFirst, poolDevices: poolDevices ?? held.poolDevices }
        return { entries: [{ kind: 'merchant_version', merchantId: settings.merchant.id, version: latest.version + 1, validFromMs: nowMs, value }], result: viewOf(settings, value) }
      })
    },
  }
}

const viewOf = ({ merchant, sites }: Settings, terms: MerchantTerms): MerchantView => ({ ...merchant, ...terms, sites })
