import { z } from 'zod'
import { Decimal, Instant, Minor } from './envelope.ts'
import { Currency } from './replies.ts'

/** What RefCampaign's maps return of campaigns, affiliates and applications (`campaign-map.ts`, `affiliate-map.ts`). */

export const PublicCampaign = z.object({
  id: z.string(), name: z.string(), landingUrl: z.string(),
  commissionRate: Decimal.describe('Percent, or an amount in major units.'),
  currency: Currency, commissionType: z.enum(['PERCENTAGE', 'FIXED']),
  commissionRecurring: z.boolean().describe('Whether renewals of a subscription earn, too.'),
  recurringMonthsLimit: z.int().nullable().describe('For so many months; null is for life, where renewals earn.'),
  attributionWindowDays: z.int(),
})

export const Campaign = PublicCampaign.extend({
  autoApproveDays: z.int().nullable().describe('Null is approval by hand.'),
  status: z.enum(['ACTIVE', 'ARCHIVED']), createdAt: Instant,
})

const sums = { revenue: Minor, pendingAmount: Minor, approvedAmount: Minor, paidAmount: Minor }
export const CampaignStats = z.object({
  campaignId: z.string(), currency: Currency, clicks: z.int(), conversions: z.int(), affiliates: z.int(), ...sums,
  otherCurrencies: z.array(z.object({ currency: Currency, ...sums })).describe('Nothing is ever converted.'),
})

const earned = { revenue: Minor, commission: Minor }
export const Timeline = z.object({
  campaignId: z.string(), bucket: z.enum(['hour', 'day', 'week', 'month']), timezone: z.string(), currency: Currency,
  points: z.array(z.object({
    from: Instant, to: Instant, clicks: z.int().nullable().describe('Null in what is shorter than a day.'), conversions: z.int(), ...earned,
    otherCurrencies: z.array(z.object({ currency: Currency, ...earned })),
  })),
})

const person = {
  email: z.string(), firstName: z.string(), lastName: z.string(), company: z.string(),
}

export const Affiliate = z.object({
  id: z.string(), ...person, phone: z.string(), country: z.string(), payoutEmail: z.string().nullable(),
  status: z.enum(['PENDING', 'ACTIVE', 'DENIED', 'DISABLED']), reason: z.string().nullable(),
  code: z.string().describe('What stands in their links: `?ref=CODE`.'), trackingUrl: z.string(),
  coupons: z.array(z.string()), campaignIds: z.array(z.string()), createdAt: Instant,
  stats: z.object({ clicks: z.int(), conversions: z.int(), currency: Currency, pendingAmount: Minor, approvedAmount: Minor, paidAmount: Minor }).describe('In minor units, after refunds.'),
})

export const Application = z.object({
  id: z.string(), ...person, status: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN']), reason: z.string().nullable(), campaignIds: z.array(z.string()),
  affiliateId: z.string().nullable().describe('The same as `id`, once it is approved.'), createdAt: Instant, decidedAt: Instant.nullable(),
})
