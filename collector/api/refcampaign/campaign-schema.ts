import { z } from 'zod'
import { idText, webUrl } from '../../../shared/wire/text.ts'
import { Amount, count, Flag, Instant, page, word } from './fields.ts'

const TYPES = ['PERCENTAGE', 'FIXED'] as const
const STATUSES = ['ACTIVE', 'ARCHIVED'] as const
const [MOST_MONTHS, MOST_DAYS] = [600, 3650]

/** Rates are read from the text of the number: percent, or an amount in major units of the merchant's currency. */
export const CampaignBody = z.object({
  name: idText(200).trim(),
  landingUrl: webUrl(2000),
  commissionRate: Amount.describe('Percent, or an amount in major units of the merchant\'s currency.'),
  commissionType: z.enum(TYPES, `must be one of: ${TYPES.join(', ')}`),
  commissionRecurring: Flag.optional().describe('Whether renewals of a subscription earn, too.'),
  recurringMonthsLimit: count(1, MOST_MONTHS).nullable().optional().describe('For how many months renewals earn; null is for life.'),
  attributionWindowDays: count(1, MOST_DAYS).optional().describe('How long a click counts.'),
  autoApproveDays: count(0, MOST_DAYS).nullable().optional().describe('After how many days commissions are approved: 0 is at once, null is by hand.'),
})
export type CampaignBody = z.infer<typeof CampaignBody>

export const CampaignChangeBody = CampaignBody.partial().extend({ status: z.enum(STATUSES, `must be one of: ${STATUSES.join(', ')}`).optional() })
export type CampaignChangeBody = z.infer<typeof CampaignChangeBody>

export const CampaignQuery = z.object({ ...page, status: word(STATUSES) })
export const TimelineQuery = z.object({ from: Instant, to: Instant })
