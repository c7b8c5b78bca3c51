import type { Campaign, Mode } from '../../shared/domain.ts'
import { PLAIN_TERMS, type CampaignPolicy, type CampaignStatus } from '../../shared/engine/terms.ts'
import { DomainError, invalid, unfit } from '../../shared/errors.ts'
import { bucketsOf, type Bucket, type BucketSize } from '../../shared/engine/buckets.ts'
import { campaignByName, inForce, statusOf, termsOf, type Settings } from '../../shared/engine/settings.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { CampaignChange, CampaignInput } from '../../shared/wire/settings.ts'
import type { Page } from '../store/pages.ts'
import type { CampaignTotals, TimelineRow } from '../store/campaign-totals.ts'
import { isIn } from './affiliate-entries.ts'
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

/** A window of a campaign's time. */
export interface Window {
  fromMs: number
  toMs: number
}

/** The longest timeline, so that its buckets stay few. */
const LONGEST_MS = 3_660 * DAY_MS

/** Campaigns: what affiliates join. Terms are versions; an order is judged by those in force when it was placed. */
export function campaignService(deps: Deps) {
  const { store, now } = deps
  const viewOf = (campaign: Campaign): CampaignView => ({ id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...inForce(campaign.versions, now()).value })

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

    /**
     * Appends a version of a campaign's terms that counts from now on, none where nothing is said; a change may depend on what holds.
     * Throws `INVALID` with the field.
     */
    update(name: string, change: CampaignChange | ((held: CampaignPolicy) => CampaignChange), merchantId?: number): Promise<CampaignView> {
      return store.decide('settings', {}, ({ directory }) => {
        const nowMs = now()
        const settings = settingsFor(directory, merchantId)
        const campaign = campaignNamed(settings, name)
        const latest = campaign.versions.at(-1) ?? inForce(campaign.versions, nowMs)
        const said = typeof change === 'function' ? change(latest.value) : change
        if (Object.values(said).every((value) => value === undefined)) return { entries: [], result: viewOf(campaign) }
        const policy = changedTerms(settings, latest.value, said)
        return {
          entries: [{ kind: 'campaign_version', merchantId: settings.merchant.id, id: campaign.id, version: latest.version + 1, validFromMs: nowMs, value: policy }],
          result: { id: campaign.id, number: campaign.number, createdAtMs: campaign.createdAtMs, ...policy },
        }
      })
    },

    /** All campaigns, with the terms in force. */
    list(merchantId?: number): CampaignView[] {
      const settings = settingsFor(store.directory(), merchantId)
      return [...settings.campaigns.values()].map(viewOf)
    },

    /** A page of campaigns, the first made first. */
    page(merchantId: number, { status, limit, offset }: { status?: CampaignStatus | undefined; limit: number; offset: number }): Page<CampaignView> {
      const found = [...settingsFor(store.directory(), merchantId).campaigns.values()].map(viewOf).filter((view) => status === undefined || view.status === status)
      return { rows: found.slice(offset, offset + limit), total: found.length }
    },

    /** A campaign by its id; throws `NOT_FOUND`, also for another merchant's. */
    find: (merchantId: number, id: string): CampaignView => viewOf(campaignWithId(settingsFor(store.directory(), merchantId), id)),

    /** A campaign that anybody may know of, with its merchant: one that is open. Throws `NOT_FOUND`. */
    open(id: string): { merchantId: number; campaign: CampaignView } {
      const settings = [...store.directory().merchants.values()].find(({ campaigns }) => campaigns.has(id))
      const campaign = settings?.campaigns.get(id)
      const view = campaign && viewOf(campaign)
      if (settings === undefined || view?.status !== 'ACTIVE') throw unknownCampaign(id)
      return { merchantId: settings.merchant.id, campaign: view }
    },

    /** What a campaign brought and costs, in one mode, and how many active affiliates are in it; throws `NOT_FOUND`. */
    async stats(merchantId: number, id: string, mode: Mode): Promise<CampaignTotals & { affiliates: number }> {
      const settings = settingsFor(store.directory(), merchantId)
      const { id: campaignId } = campaignWithId(settings, id)
      const affiliates = [...settings.affiliates.values()].filter((affiliate) => isIn(affiliate, campaignId) && statusOf(affiliate, now()) === 'ACTIVE').length
      return { ...await store.read('campaignTotals', { merchantId, mode, campaignId }), affiliates }
    },

    /**
     * What was placed in a window, by hours, days, weeks or months of the merchant's zone; empty ones are there, with zeros.
     * Throws `NOT_FOUND`, and `INVALID` for a window that ends before it begins, or is too long.
     */
    async timeline(merchantId: number, id: string, { mode, fromMs, toMs }: Window & { mode: Mode }): Promise<{ size: BucketSize; timezone: string; rows: (TimelineRow & Bucket)[] }> {
      const settings = settingsFor(store.directory(), merchantId)
      const { id: campaignId } = campaignWithId(settings, id)
      if (toMs <= fromMs) throw invalid('to', 'must be later than from')
      if (toMs - fromMs > LONGEST_MS) throw invalid('from', 'must be at most ten years before to')
      const { timezone } = termsOf(settings, now()).value
      const { size, buckets } = bucketsOf({ fromMs, toMs }, timezone)
      const rows = await store.read('campaignTimeline', { merchantId, mode, campaignId, buckets })
      return { size, timezone, rows: buckets.flatMap((bucket, index) => ({ ...bucket, ...(rows[index] ?? { clicks: null, conversions: 0, sums: [] }) })) }
    },
  }
}

const unknownCampaign = (id: string): DomainError => new DomainError('NOT_FOUND', `There is no campaign ${id}.`)

function campaignWithId({ campaigns }: Settings, id: string): Campaign {
  const campaign = campaigns.get(id)
  if (campaign === undefined) throw unknownCampaign(id)
  return campaign
}

/** The campaign that affiliates join when nobody names one: the merchant's oldest that is open. Throws `INVALID` when there is none. */
export function openCampaign(settings: Settings, nowMs: number): Campaign {
  const campaign = [...settings.campaigns.values()].find(({ versions }) => inForce(versions, nowMs).value.status === 'ACTIVE')
  if (campaign === undefined) throw unfit('campaign', 'there is no campaign that is open')
  return campaign
}

/** The longest time that any of a merchant's campaigns ever gave a click, in days: evidence for older orders comes too late. */
export const longestWindowDays = ({ campaigns }: Settings): number => Math.max(0, ...[...campaigns.values()].flatMap(({ versions }) => versions.map(({ value }) => value.windowDays)))

/** The same for one that somebody is to join: an archived one takes nobody any more. */
export function campaignToJoin(settings: Settings, name: string, { field, nowMs }: { field: string; nowMs: number }): Campaign {
  const campaign = campaignNamed(settings, name, field)
  if (inForce(campaign.versions, nowMs).value.status === 'ARCHIVED') throw unfit(field, `campaign ${name} is archived, and takes nobody any more`)
  return campaign
}

/** A campaign by id or number; throws `INVALID` on the field when there is none. */
export function campaignNamed(settings: Settings, name: string, field = 'campaign'): Campaign {
  const campaign = campaignByName(settings, name)
  if (campaign === undefined) throw unfit(field, `there is no campaign ${name}`)
  return campaign
}
