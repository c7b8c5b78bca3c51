import { z } from 'zod'
import { MODELS } from '../domain.ts'
import { AffiliateCode } from './script.ts'

/** What a person types to set a collector up; shared by the command line and the set-up page. */

const Name = z.string().trim().min(1, 'must not be empty').max(200)
const Email = z.email('must be an e-mail address').max(254)
const Timezone = z.string().refine((zone) => isTimezone(zone), 'must be an IANA time zone such as Europe/Berlin')

export const InitInput = z.object({
  merchant: Name,
  site: z.string().trim().min(1, 'must not be empty').max(253),
  email: Email,
  currency: z.string().default('EUR'),
  timezone: Timezone.default('UTC'),
})
export type InitInput = z.infer<typeof InitInput>

/** Decimals arrive as text and become exact numbers behind the edge. */
const campaignFields = {
  name: Name,
  landingUrl: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2000),
  percent: z.string().optional(),
  flat: z.string().optional(),
  currency: z.string().optional(),
  windowDays: z.coerce.number('must be a number of days').int('must be whole days').min(1, 'must be at least 1').max(3650, 'must be at most 3650').optional(),
  model: z.enum(MODELS, `must be one of: ${MODELS.join(', ')}`).optional(),
  holdDays: z.coerce.number('must be a number of days').int('must be whole days').min(0, 'must be at least 0').max(3650, 'must be at most 3650').nullable().optional(),
}
export const CampaignInput = z.object(campaignFields)
export type CampaignInput = z.infer<typeof CampaignInput>

export const CampaignChange = z.object({ ...campaignFields, archived: z.boolean().optional() }).partial()
export type CampaignChange = z.infer<typeof CampaignChange>

export const AffiliateInput = z.object({
  campaign: z.string().min(1),
  email: Email,
  name: Name.optional(),
  code: AffiliateCode.regex(/^[\w.~-]*\w[\w.~-]*$/, 'may hold letters, digits and . _ ~ - only').optional(),
})
export type AffiliateInput = z.infer<typeof AffiliateInput>

function isTimezone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    // The constructor's only failure: it does not know the zone.
    return false
  }
}
