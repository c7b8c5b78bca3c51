import { z } from 'zod'
import { AffiliateInput, ProfileInput } from '../../../shared/wire/settings.ts'
import { Email } from '../../../shared/wire/email.ts'
import { bulk, Id, page, word } from './fields.ts'

/** Most campaigns of one call. */
const CAMPAIGNS = 100
const CampaignIds = z.array(Id, 'must be a list of ids').max(CAMPAIGNS, `must be at most ${CAMPAIGNS}`)
const STATUSES = ['PENDING', 'ACTIVE', 'DENIED', 'DISABLED'] as const
const statusOf = <const W extends readonly [string, ...string[]]>(words: W) => z.enum(words, `must be one of: ${words.join(', ')}`).optional()

const { firstName, lastName, company, phone, country } = ProfileInput.shape
const FirstName = firstName.unwrap().min(1, 'must not be empty')
const { code } = AffiliateInput.shape

const profile = { lastName, company, phone, country }
const names = { code, payoutEmail: Email.optional() }

/** One campaign or several; without any, the merchant's oldest that is open. */
export const AffiliateBody = z.object({
  email: Email, firstName: FirstName, ...profile, ...names, coupon: AffiliateInput.shape.coupon,
  campaignId: Id.optional(),
  campaignIds: CampaignIds.min(1, 'must name at least one campaign').optional(),
  status: statusOf(['ACTIVE', 'PENDING']).describe('Pending is an application.'),
}).refine(({ campaignId, campaignIds }) => campaignId === undefined || campaignIds === undefined, { path: ['campaignIds'], error: 'give either campaignId or campaignIds' })
export type AffiliateBody = z.infer<typeof AffiliateBody>

export const AffiliateChangeBody = z.object({
  email: Email.optional(), firstName: FirstName.optional(), ...profile, ...names, status: statusOf(STATUSES),
  reason: ProfileInput.shape.company.describe('Why, in words for the affiliate; with a status.'),
})
export type AffiliateChangeBody = z.infer<typeof AffiliateChangeBody>

/** All that they are in from now on; an empty list takes them out of every one. */
export const AssignBody = z.object({ campaignIds: CampaignIds })
export const AffiliateQuery = z.object({ ...page, campaignId: Id.optional(), status: word(STATUSES) })

const applicationIds = bulk('application')
export const AcceptBody = z.object({ campaignIds: CampaignIds.default([]) })
export const RejectBody = z.object({ reason: ProfileInput.shape.company })
export const BulkAcceptBody = AcceptBody.extend({ applicationIds })
export const BulkRejectBody = RejectBody.extend({ applicationIds })
export const ApplicationQuery = z.object({ ...page, status: word(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN']) })
