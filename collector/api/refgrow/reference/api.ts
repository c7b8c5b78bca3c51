import { z } from 'zod'
import type { Api } from '../../../reference/operation.ts'
import * as sent from '../documented/schema.ts'
import * as liveSent from '../live/schema.ts'
import { documentedOperations } from './documented.ts'
import * as replies from './documented-replies.ts'
import { LiveRefusal, Refusal } from './envelope.ts'
import { liveOrderOperations } from './live-orders.ts'
import { livePeopleOperations } from './live-people.ts'
import * as liveReplies from './live-replies.ts'

/** Both APIs have affiliates and conversions of their own form. */
const live = (module: object): object => Object.fromEntries(Object.entries(module).map(([name, value]) => [`Live${name}`, value]))

/** Refgrow's two APIs as the reference tells of them. */
export const refgrowApi: Api = {
  name: 'refgrow',
  title: 'Refgrow API on Refledger',
  description: 'A call under `/api/v1` is taken for Refgrow\'s when its key starts with `rgk_`: without a key, or with another one, it is RefCampaign\'s, and is refused in RefCampaign\'s words, with 401 or, where RefCampaign has no such call, 404.\n\nWhat clients of Refgrow call: the API that it documents, under `/v1`, and the one that its own client calls, under `/api/v1`, whose schemas are called `Live…`. They share their data and the key; ids are texts such as `aff_000031` in the first, and the same numbers in the second. Amounts are in major units. Lists take `limit` (20 without one; at most 100 under `/v1`, 500 under `/api/v1`) and `offset`.',
  tags: {
    'Affiliates (/v1)': 'Who refers, by id.',
    'Referrals (/v1)': 'Clicks and orders that a server tells of.',
    'Commissions (/v1)': 'What affiliates earn: listed, and decided about.',
    'Affiliates (/api/v1)': 'Who refers, by e-mail.',
    'Referrals (/api/v1)': 'Customers who were referred.',
    'Conversions (/api/v1)': 'Orders and signups: reported, refunded, corrected, paid.',
    'Coupons (/api/v1)': 'Coupons that credit an affiliate.',
  },
  keys: { apiKey: { type: 'http', scheme: 'bearer', description: 'A key of the dialect `refgrow`: `Authorization: Bearer rgk_…`. What it may do are its scopes.' } },
  refusal: z.union([Refusal, LiveRefusal]),
  operations: [...documentedOperations, ...livePeopleOperations, ...liveOrderOperations],
  sent: { ...sent, ...live(liveSent) },
  answered: { ...replies, ...live(liveReplies), Refusal, LiveRefusal },
}
