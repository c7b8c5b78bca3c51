import type { Api } from '../../../reference/operation.ts'
import * as campaigns from '../campaign-schema.ts'
import * as affiliates from '../affiliate-schema.ts'
import * as sent from '../schema.ts'
import { affiliateOperations, applicationOperations } from './affiliates.ts'
import { campaignOperations } from './campaigns.ts'
import { commissionOperations, payoutOperations } from './commissions.ts'
import { conversionOperations } from './conversions.ts'
import { Refusal } from './envelope.ts'
import * as receipts from './receipt.ts'
import * as replies from './replies.ts'
import * as settings from './setting-replies.ts'
import { otherOperations, trackingOperations } from './tracking.ts'

/** RefCampaign's API as the reference tells of it. */
export const refcampaignApi: Api = {
  name: 'refcampaign',
  title: 'RefCampaign API on Refledger',
  description: 'What clients of RefCampaign call. With a key that starts with `rgk_` a call under `/api/v1` is Refgrow\'s, and answered in its words. Amounts are integers of minor units (4990 is 49.90 EUR) unless a field says otherwise. Lists take `limit` (20, at most 100) and `offset`.',
  tags: {
    Tracking: 'Arrivals and customers, from pages or servers.',
    Conversions: 'Orders, leads and trials: reported, refunded, listed, explained.',
    Commissions: 'What affiliates earn: decided about and adjusted.',
    Payouts: 'What affiliates are paid.',
    Campaigns: 'What affiliates join, and what it brought.',
    Affiliates: 'Who refers.',
    Applications: 'Who asked to refer.',
    Reports: 'What would have been.',
    Keys: 'Whether a key works.',
  },
  keys: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key of the dialect `refcampaign`: `Authorization: Bearer rc_live_…`. What it may do are its scopes.' } },
  refusal: Refusal,
  operations: [...trackingOperations, ...conversionOperations, ...commissionOperations, ...payoutOperations, ...campaignOperations, ...affiliateOperations, ...applicationOperations, ...otherOperations],
  sent: { ...sent, ...campaigns, ...affiliates },
  answered: { ...replies, ...receipts, ...settings, Refusal },
}
