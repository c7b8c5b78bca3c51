import type { Api } from '../../../reference/operation.ts'
import * as campaigns from '../campaign-schema.ts'
import * as affiliates from '../affiliate-schema.ts'
import * as sent from '../schema.ts'
import { conversionOperations } from './conversions.ts'
import { Refusal } from './envelope.ts'
import * as answered from './replies.ts'

/** RefCampaign's API as the reference tells of it. */
export const refcampaignApi: Api = {
  name: 'refcampaign',
  title: 'RefCampaign API on Refledger',
  description: 'What clients of RefCampaign call. Amounts are integers of minor units (4990 is 49.90 EUR) unless a field says otherwise. Lists take `limit` (20, at most 100) and `offset`.',
  tags: {
    Conversions: 'Orders, leads and trials: reported, refunded, listed.',
  },
  keys: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key of the dialect `refcampaign`: `Authorization: Bearer rc_live_…`. What it may do are its scopes.' } },
  refusal: Refusal,
  operations: [...conversionOperations],
  sent: { ...sent, ...campaigns, ...affiliates },
  answered: { ...answered, Refusal },
}
