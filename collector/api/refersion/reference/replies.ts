import { z } from 'zod'

/** What Refersion's calls answer (`affiliate-map.ts`, and what the operations return). */

const Code = z.string().describe('The affiliate\'s code, as it stands in their links.')
const CustomField = z.object({ label: z.string(), value: z.string().describe('Text as it was given; anything else as JSON.') })

export const ListedAffiliate = z.object({
  id: Code,
  offer_id: z.string().describe('The number of the campaign that they joined first; empty where they are in none.'),
  status: z.enum(['PENDING', 'ACTIVE', 'DENIED', 'DISABLED']),
  first_name: z.string(), last_name: z.string(), email: z.string(),
  custom_fields: z.array(CustomField),
})

export const FoundAffiliate = ListedAffiliate.extend({
  id: z.int().describe('The affiliate\'s number.'),
  company_name: z.string(),
  link: z.string().describe('What they hand out.'),
})

export const Affiliates = z.object({ total: z.int().describe('How many there are on all pages.'), results: z.array(ListedAffiliate) })

export const OlderMadeAffiliate = z.object({ id: Code, link: z.string().describe('What they hand out.') })
export const MadeAffiliate = OlderMadeAffiliate.extend({ message: z.string().describe('Tells the affiliate\'s number and status.') })

export const Changed = z.object({
  ids_changed: z.array(z.int()),
  ids_not_changed: z.array(z.int()).describe('Those that are unknown, or were refused: look here, as the status is 200 in any case.'),
})

export const Success = z.object({ response: z.literal('success') })

export const MadeTrigger = z.object({ trigger_id: z.int(), trigger: z.string().describe('In capitals, as it is compared.') })
export const EndedTriggers = z.array(z.int()).describe('Numbers of the triggers that were ended.')

export const Cancelled = z.object({ conversion_id: z.string().describe('The cancellation\'s number.') })
export const Credited = z.object({ conversion_id: z.int().describe('The conversion\'s number.') })
export const CreditedOrder = z.object({ message: z.string(), warning: z.string().optional().describe('Whose it is already, where another affiliate earns from the order, too.') })

const Major = z.number().describe('In major units, exact.')
export const Totals = z.object({
  conversions_count: z.int(), commission_total: Major,
  order_total: Major, commissionable_order_total: Major.describe('What of the orders counts for commissions, in major units.'),
  currency: z.string().describe('The merchant\'s; what is in others is not in the sums.'),
})

export const AddedSkus = z.object({ duplicate_not_added: z.array(z.string()).describe('SKUs that have a rate already; it stays.'), added: z.array(z.string()) })

export const ReportLink = z.object({ download_link: z.string(), expire_time: z.int().describe('Until when it leads there, in seconds of Unix time.') })

export const Queued = z.object({ status: z.literal('queued').describe('The order is on disk.'), cart_id: z.string() })

export const Visitor = z.object({
  id: z.string().nullable().describe('The visitor\'s session, to be sent again as `rfsn_v4_id`.'),
  aid: z.int().nullable().describe('The affiliate\'s number, to be sent again as `rfsn_v4_aid`.'),
  cs: z.string().nullable().describe('What shows that both were handed out here, to be sent again as `rfsn_v4_cs`.'),
}).describe('All null where the address names no affiliate.')
export const CheckedOut = z.object({ status: z.literal('ok'), cart_id: z.string(), attached: z.boolean().describe('False where the cart is another visitor\'s: the first word on it stands.') })
export const QueuedPageOrder = z.object({ status: z.literal('queued').describe('It is kept; a server\'s word on the same order counts before it.'), order_id: z.string(), cart_id: z.string().nullable() })
