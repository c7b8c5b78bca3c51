import type { Operation } from '../../../reference/operation.ts'
import { CampaignBody, CampaignChangeBody, CampaignQuery, TimelineQuery } from '../campaign-schema.ts'
import { one, page } from './envelope.ts'
import { Campaign, CampaignStats, PublicCampaign, Timeline } from './setting-replies.ts'

const own = { tag: 'Campaigns', access: 'campaigns' } as const
const shown = { 200: { description: 'The campaign as it stands now.', schema: one(Campaign) } }
const PATH = '/api/v1/campaigns'

/** Campaigns: what affiliates join, and what it brought. */
export const campaignOperations: Operation[] = [
  { ...own, method: 'GET', path: PATH, id: 'listCampaigns', summary: 'List campaigns', description: 'The first made first.', query: CampaignQuery, replies: { 200: { description: 'A page of them.', schema: page(Campaign) } } },
  {
    ...own, method: 'POST', path: PATH, id: 'createCampaign', summary: 'Make a campaign', once: true,
    description: 'The rate is percent, or an amount in major units of the merchant\'s currency. Without a window it is 90 days.',
    body: { schema: CampaignBody, example: { name: 'Partners', landingUrl: 'https://yourshop.com/', commissionRate: 12.5, commissionType: 'PERCENTAGE', attributionWindowDays: 30 } },
    replies: { 201: { description: 'Made.', schema: one(Campaign) } },
  },
  { ...own, method: 'GET', path: `${PATH}/:id`, id: 'getCampaign', summary: 'Get one campaign', description: 'With the terms that hold now.', replies: shown, refuses: [404] },
  {
    ...own, method: 'PUT', path: `${PATH}/:id`, id: 'updateCampaign', summary: 'Change a campaign', description: 'What is not named stays. Orders that were placed before keep the terms of their time.',
    body: { schema: CampaignChangeBody, isOptional: true, example: { commissionRate: 15 } }, replies: shown, refuses: [404],
  },
  { ...own, method: 'DELETE', path: `${PATH}/:id`, id: 'archiveCampaign', summary: 'Archive a campaign', description: 'Nobody joins it any more, and its links lead nowhere; what was earned stays.', replies: shown, refuses: [404] },
  {
    method: 'GET', path: `${PATH}/:id/public`, id: 'getPublicCampaign', tag: 'Campaigns', access: 'public', summary: 'What anybody may know of a campaign', description: 'Without a key, and from any page.',
    replies: { 200: { description: 'What it is, and what it pays.', schema: one(PublicCampaign) } }, refuses: [404, 429],
  },
  {
    ...own, access: 'reports', method: 'GET', path: `${PATH}/:id/stats`, id: 'getCampaignStats', summary: 'What a campaign brought and costs', description: 'Revenue as reported and commissions after refunds, in minor units; what was rejected is left out.',
    replies: { 200: { description: 'Its totals.', schema: one(CampaignStats) } }, refuses: [404],
  },
  {
    ...own, access: 'reports', method: 'GET', path: `${PATH}/:id/analytics/conversions-timeline`, id: 'getCampaignTimeline', summary: 'The same over time', description: 'By hour, day, week or month of the merchant\'s zone, as fits the time that is asked for: 30 days where none is.',
    query: TimelineQuery, replies: { 200: { description: 'A point a bucket.', schema: one(Timeline) } }, refuses: [404],
  },
]
