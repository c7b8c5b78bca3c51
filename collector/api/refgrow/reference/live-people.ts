import { z } from 'zod'
import type { Operation } from '../../../reference/operation.ts'
import { AffiliateBody, AffiliateQuery, AffiliateUpdate, ReferralBody, ReferralQuery } from '../live/schema.ts'
import { livePage, LiveRefusal, one } from './envelope.ts'
import { Affiliate, AffiliateStats, Referral } from './live-replies.ts'

const AFFILIATES = { tag: 'Affiliates (/api/v1)', access: 'affiliates', refusal: LiveRefusal } as const
const REFERRALS = { tag: 'Referrals (/api/v1)', access: 'affiliates', refusal: LiveRefusal } as const
const PATH = '/api/v1/affiliates'
const params = { email: z.string().describe('Their address; a plus in it is a plus.') }
const shown = { 200: { description: 'The affiliate as they stand now.', schema: one(Affiliate) } }

/** Affiliates and the customers whom they referred, in the API that Refgrow's own client calls: both are named by their addresses. */
export const livePeopleOperations: Operation[] = [
  { ...AFFILIATES, method: 'GET', path: PATH, id: 'listLiveAffiliates', summary: 'List affiliates', description: 'The first made first, with what they earned.', query: AffiliateQuery, replies: { 200: { description: 'A page of them.', schema: livePage(Affiliate) } } },
  {
    ...AFFILIATES, method: 'POST', path: PATH, id: 'createLiveAffiliate', summary: 'Add an affiliate', once: true,
    description: 'In the merchant\'s oldest campaign that is open, and active at once. Without a code one is made of the address. 409 where the address or the code is somebody\'s already.',
    body: { schema: AffiliateBody, example: { email: 'jo@partner.example', referral_code: 'jo-tea' } }, replies: { 201: { description: 'Added.', schema: one(Affiliate) } },
  },
  { ...AFFILIATES, method: 'GET', path: `${PATH}/:email`, id: 'getLiveAffiliate', summary: 'Get one affiliate', description: 'With what they earned.', params, replies: { 200: { description: 'The affiliate.', schema: one(Affiliate) } }, refuses: [404] },
  {
    ...AFFILIATES, method: 'PUT', path: `${PATH}/:email`, id: 'updateLiveAffiliate', summary: 'Change an affiliate',
    description: 'What is not named stays; at least one thing is needed. A new code is handed out from now on, and the old ones still count. `inactive` disables them.',
    params, body: { schema: AffiliateUpdate, example: { status: 'inactive' } }, replies: shown, refuses: [404, 409],
  },
  {
    ...AFFILIATES, method: 'DELETE', path: `${PATH}/:email`, id: 'disableLiveAffiliate', summary: 'Disable an affiliate', description: 'They earn nothing from now on and are listed as inactive; what they earned stays.',
    params, replies: { 204: { description: 'Disabled, now or before.' } }, refuses: [404],
  },
  {
    ...AFFILIATES, method: 'GET', path: `${PATH}/:id/stats`, id: 'getLiveAffiliateStats', summary: 'What an affiliate brought and earned', description: 'By the affiliate\'s number.',
    params: { id: z.int().describe('The affiliate\'s number.') }, replies: { 200: { description: 'Their totals.', schema: one(AffiliateStats) } }, refuses: [404],
  },
  { ...REFERRALS, method: 'GET', path: '/api/v1/referrals', id: 'listLiveReferrals', summary: 'List referred customers', description: 'Newest first. 404 for an affiliate that there is not.', query: ReferralQuery, replies: { 200: { description: 'A page of them.', schema: livePage(Referral) } }, refuses: [404] },
  {
    ...REFERRALS, method: 'POST', path: '/api/v1/referrals', id: 'createLiveReferral', summary: 'Say who referred a customer', once: true,
    description: 'The customer\'s orders credit the affiliate from now on, without a click. One who is known and was nobody\'s becomes the affiliate\'s; 409 where they are another\'s.',
    body: { schema: ReferralBody, example: { email: 'sam@customer.example', affiliate_id: 31 } },
    replies: { 201: { description: 'Kept.', schema: one(Referral) }, 200: { description: 'The customer was known: how they stand now.', schema: one(Referral) } }, refuses: [404],
  },
  { ...REFERRALS, method: 'GET', path: '/api/v1/referrals/:email', id: 'getLiveReferral', summary: 'Get one referred customer', description: 'Who referred them, and whether they bought.', params, replies: { 200: { description: 'The customer.', schema: one(Referral) } }, refuses: [404] },
]
