import type { Campaign, Version } from '../../shared/domain.ts'
import type { Rate, RateScope } from '../../shared/engine/terms.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import { scopeKey, triggerValue, type Settings } from '../../shared/engine/settings.ts'
import type { RateInput, RateScopeInput, SpecialRateInput } from '../../shared/wire/settings.ts'
import type { Entry } from '../store/store.ts'
import { affiliateNamed } from './affiliate-names.ts'
import { neededRate } from './amounts.ts'
import { campaignNamed } from './campaigns.ts'
import { settingsFor, type Deps } from './deps.ts'

/** A special rate in force. */
export interface SpecialRateView extends RateScope {
  campaignId: string
  campaignNumber: number
  affiliateCode: string | null
  rate: Rate
  validFromMs: number
}

/** Rates that stand above a campaign's own: an affiliate's, a SKU's, or an affiliate's for a SKU (ENGINE section 4, rule 2). */
export function rateService({ store, now }: Deps) {
  return {
    /** Sets a special rate from now on; throws `INVALID` with the field. */
    set(input: SpecialRateInput, merchantId?: number): Promise<SpecialRateView> {
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const { campaign, scope, versions } = placeOf(settings, input)
        const rate = neededRate(input, settings.merchant.currency)
        const validFromMs = now()
        return { entries: [versionOf(campaign, { scope, versions, value: rate, validFromMs })], result: viewOf(settings, campaign, { scope, rate, validFromMs }) }
      })
    },

    /** Sets rates of SKUs in a campaign from now on, all or none; those that have one keep it. Throws `INVALID` with the field. */
    addSkus({ campaign: name, rates }: { campaign: string; rates: (RateInput & { sku: string })[] }, merchantId?: number): Promise<{ added: string[]; known: string[] }> {
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const validFromMs = now()
        const entries = new Map<string, Entry>()
        const [added, known]: [string[], string[]] = [[], []]
        for (const rate of rates) {
          const { campaign, scope, versions } = placeOf(settings, { campaign: name, sku: rate.sku })
          const value = neededRate(rate, settings.merchant.currency)
          const held = (versions.at(-1)?.value ?? null) !== null || entries.has(scopeKey(scope))
          if (held) known.push(rate.sku)
          else {
            entries.set(scopeKey(scope), versionOf(campaign, { scope, versions, value, validFromMs }))
            added.push(rate.sku)
          }
        }
        return { entries: [...entries.values()], result: { added, known } }
      })
    },

    /** Takes a special rate back: from now on the next less specific one counts. Throws `NOT_FOUND` when there is none. */
    remove(input: RateScopeInput, merchantId?: number): Promise<SpecialRateView> {
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const { campaign, scope, versions } = placeOf(settings, input)
        const rate = versions.at(-1)?.value ?? null
        if (rate === null) throw new DomainError('NOT_FOUND', 'There is no such special rate.')
        const validFromMs = now()
        return { entries: [versionOf(campaign, { scope, versions, value: null, validFromMs })], result: viewOf(settings, campaign, { scope, rate, validFromMs }) }
      })
    },

    /** Those in force, by campaign. */
    list(merchantId?: number): SpecialRateView[] {
      const settings = settingsFor(store.directory(), merchantId)
      return [...settings.campaigns.values()].flatMap((campaign) => [...campaign.specialRates].flatMap(([key, versions]) => {
        const latest = versions.at(-1)
        return latest === undefined || latest.value === null ? [] : [viewOf(settings, campaign, { scope: scopeIn(key), rate: latest.value, validFromMs: latest.validFromMs })]
      }))
    },
  }
}

interface Place {
  campaign: Campaign
  scope: RateScope
  /** All that was ever set for this scope. */
  versions: Version<Rate | null>[]
}

function placeOf(settings: Settings, { campaign: name, affiliate, sku }: RateScopeInput): Place {
  const campaign = campaignNamed(settings, name)
  if (affiliate === undefined && sku === undefined) throw invalid('affiliate', 'name an affiliate, a SKU or both; the campaign\'s own rate is changed with "campaign update"')
  const scope = { affiliateId: affiliate === undefined ? null : affiliateNamed(settings, affiliate).id, sku: sku === undefined ? null : triggerValue(sku) }
  return { campaign, scope, versions: campaign.specialRates.get(scopeKey(scope)) ?? [] }
}

function versionOf(campaign: Campaign, { versions, ...setting }: Omit<Place, 'campaign'> & { value: Rate | null; validFromMs: number }): Entry {
  return { kind: 'special_rate', merchantId: campaign.merchantId, campaignId: campaign.id, version: (versions.at(-1)?.version ?? 0) + 1, ...setting }
}

function viewOf(settings: Settings, campaign: Campaign, { scope, rate, validFromMs }: { scope: RateScope; rate: Rate; validFromMs: number }): SpecialRateView {
  const affiliateCode = scope.affiliateId === null ? null : settings.affiliates.get(scope.affiliateId)?.codes.at(-1)?.code ?? null
  return { campaignId: campaign.id, campaignNumber: campaign.number, ...scope, affiliateCode, rate, validFromMs }
}

/** The scope of a key; an affiliate's id holds no slash, a SKU may. */
function scopeIn(key: string): RateScope {
  const slash = key.indexOf('/')
  return { affiliateId: key.slice(0, slash) || null, sku: key.slice(slash + 1) || null }
}
