import type { Campaign, CampaignPolicy, Rate } from '../../shared/domain.ts'
import { invalid } from '../../shared/errors.ts'
import { currencyOf, fromMajor, percentToPpm } from '../../shared/engine/money.ts'
import { belongsTo, campaignByName, inForce, type Settings } from '../../shared/engine/settings.ts'
import type { CampaignChange, CampaignInput } from '../../shared/wire/settings.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'

export const DEFAULT_WINDOW_DAYS = 30

/** A campaign with the terms in force. */
export interface CampaignView extends CampaignPolicy {
  id: string
  number: number
  createdAtMs: number
}

/** Campaigns: what affiliates join. Terms are versions; an order is judged by those in force when it was placed. */
export function campaignService(deps: Deps) {
  const { store, now } = deps

  return {
    /** Makes a campaign; throws `INVALID` with the field. */
    create(input: CampaignInput, merchantId?: number): Promise<CampaignView> {
      const nowMs = now()
      const id = newEntityId(deps, 'cmp')
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const policy: CampaignPolicy = {
          name: input.name, landingUrl: landingUrl(settings, input.landingUrl), rate: rateOf(settings, input),
          windowDays: input.windowDays ?? DEFAULT_WINDOW_DAYS, model: input.model ?? 'last_click', holdDays: input.holdDays ?? null, status: 'ACTIVE',
        }
        return {
          entries: [
            { kind: 'campaign', merchantId: settings.merchant.id, id, createdAtMs: nowMs },
            { kind: 'campaign_version', merchantId: settings.merchant.id, id, version: 1, validFromMs: nowMs, value: policy },
          ],
          result: { id, number: settings.campaigns.size + 1, createdAtMs: nowMs, ...policy },
        }
      })
    },

    /** Appends a version of a campaign's terms that counts from now on; throws `INVALID` or `NOT_FOUND`. */
    update(name: string, change: CampaignChange, merchantId?: number): Promise<CampaignView> {
      const nowMs = now()
      return store.decide('settings', {}, ({ directory }) => {
        const settings = settingsFor(directory, merchantId)
        const campaign = campaignNamed(settings, name)
        const latest = campaign.versions.at(-1) ?? inForce(campaign.versions, nowMs)
        const policy = changed(settings, latest.value, change)
        return {
          entries: [{ kind: 'campaign_version', merchantId: settings.merchant.id, id: campaign.id, version: latest.version + 1, validFromMs: nowMs, value: policy }],
          result: { id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...policy },
        }
      })
    },

    list(merchantId?: number): CampaignView[] {
      const settings = settingsFor(store.directory(), merchantId)
      return [...settings.campaigns.values()].map((campaign) => ({ id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...inForce(campaign.versions, now()).value }))
    },
  }
}

/** A campaign by id or number; throws `INVALID` when there is none. */
export function campaignNamed(settings: Settings, name: string): Campaign {
  const campaign = campaignByName(settings, name)
  if (campaign === undefined) throw invalid('campaign', `there is no campaign ${name}`)
  return campaign
}

function changed(settings: Settings, held: CampaignPolicy, change: CampaignChange): CampaignPolicy {
  const { landingUrl: landing, percent, flat, archived } = change
  return {
    name: change.name ?? held.name,
    landingUrl: landing === undefined ? held.landingUrl : landingUrl(settings, landing),
    rate: percent === undefined && flat === undefined ? held.rate : rateOf(settings, change),
    windowDays: change.windowDays ?? held.windowDays,
    model: change.model ?? held.model,
    holdDays: change.holdDays === undefined ? held.holdDays : change.holdDays,
    status: archived === undefined ? held.status : archived ? 'ARCHIVED' : 'ACTIVE',
  }
}

function rateOf(settings: Settings, { percent, flat, currency }: Pick<CampaignInput, 'percent' | 'flat' | 'currency'>): Rate {
  if (percent !== undefined && flat !== undefined) throw invalid('percent', 'give either percent or flat, not both')
  if (percent !== undefined) return { kind: 'percent', ppm: percentToPpm(percent) }
  if (flat === undefined) throw invalid('percent', 'give either percent or flat')
  const amount = fromMajor(flat, currencyOf(currency ?? settings.merchant.currency), 'flat')
  if (amount.minor < 0) throw invalid('flat', 'must not be negative')
  return { kind: 'flat', amount }
}

/** Links lead to the merchant's own sites and nowhere else. */
function landingUrl(settings: Settings, text: string): string {
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw invalid('landingUrl', 'must not hold a user name or password')
  if (!settings.sites.some((site) => belongsTo(url.hostname, site))) throw invalid('landingUrl', `${url.hostname} is not on a site of this merchant (${settings.sites.join(', ')})`)
  return url.href
}
