import { type Campaign } from '../../shared/domain.ts'
import { PLAIN_TERMS, type CampaignPolicy } from '../../shared/engine/terms.ts'
import { unfit } from '../../shared/errors.ts'
import { campaignByName, inForce, type Settings } from '../../shared/engine/settings.ts'
import type { CampaignChange, CampaignInput } from '../../shared/wire/settings.ts'
import { neededRate } from './amounts.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { changedTerms } from './terms.ts'

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
      const id = newEntityId(deps, 'cmp')
      return store.decide('settings', {}, ({ directory }) => {
        const nowMs = now()
        const settings = settingsFor(directory, merchantId)
        const plain = { ...PLAIN_TERMS, name: input.name, landingUrl: input.landingUrl, windowDays: DEFAULT_WINDOW_DAYS, holdDays: null, rate: neededRate(input, settings.merchant.currency) }
        const policy = changedTerms(settings, plain, input)
        return {
          entries: [
            { kind: 'campaign', merchantId: settings.merchant.id, id, createdAtMs: nowMs },
            { kind: 'campaign_version', merchantId: settings.merchant.id, id, version: 1, validFromMs: nowMs, value: policy },
          ],
          result: { id, number: settings.campaigns.size + 1, createdAtMs: nowMs, ...policy },
        }
      })
    },

    /** Appends a version of a campaign's terms that counts from now on; throws `INVALID` with the field. */
    update(name: string, change: CampaignChange, merchantId?: number): Promise<CampaignView> {
      return store.decide('settings', {}, ({ directory }) => {
        const nowMs = now()
        const settings = settingsFor(directory, merchantId)
        const campaign = campaignNamed(settings, name)
        const latest = campaign.versions.at(-1) ?? inForce(campaign.versions, nowMs)
        const policy = changedTerms(settings, latest.value, change)
        return {
          entries: [{ kind: 'campaign_version', merchantId: settings.merchant.id, id: campaign.id, version: latest.version + 1, validFromMs: nowMs, value: policy }],
          result: { id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...policy },
        }
      })
    },

    /** All campaigns, with the terms in force. */
    list(merchantId?: number): CampaignView[] {
      const settings = settingsFor(store.directory(), merchantId)
      return [...settings.campaigns.values()].map((campaign) => ({ id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...inForce(campaign.versions, now()).value }))
    },
  }
}

/** The campaign that affiliates join when nobody names one: the merchant's oldest that is open. Throws `INVALID` when there is none. */
export function openCampaign(settings: Settings, nowMs: number): Campaign {
  const campaign = [...settings.campaigns.values()].find(({ versions }) => inForce(versions, nowMs).value.status === 'ACTIVE')
  if (campaign === undefined) throw unfit('campaign', 'there is no campaign that is open')
  return campaign
}

/** The longest time that any of a merchant's campaigns ever gave a click, in days: evidence for older orders comes too late. */
export const longestWindowDays = ({ campaigns }: Settings): number => Math.max(0, ...[...campaigns.values()].flatMap(({ versions }) => versions.map(({ value }) => value.windowDays)))

/** A campaign by id or number; throws `INVALID` on the field when there is none. */
export function campaignNamed(settings: Settings, name: string, field = 'campaign'): Campaign {
  const campaign = campaignByName(settings, name)
  if (campaign === undefined) throw unfit(field, `there is no campaign ${name}`)
  return campaign
}
