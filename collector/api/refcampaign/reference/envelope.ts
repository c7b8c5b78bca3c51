import { z } from 'zod'
import { ERROR_CODES } from '../errors.ts'

/** RefCampaign's envelope as schemas: what `reply.ts` and `errors.ts` put around what is answered. */

export const Instant = z.iso.datetime()
/** A whole number of minor units; a sum may be larger than what a float holds. */
export const Minor = z.int()
/** An amount, or a rate in percent, as an exact decimal number. */
export const Decimal = z.number()

const Meta = z.object({ timestamp: Instant })
const Pagination = z.object({
  limit: z.int().describe('Rows that a page holds at most.'),
  offset: z.int().describe('Rows that were passed over.'),
  total: z.int().describe('Rows that there are.'),
})

export const one = (data: z.ZodType) => z.object({ success: z.literal(true), data, meta: Meta })
export const page = (row: z.ZodType) => z.object({ success: z.literal(true), data: z.array(row), meta: Meta.extend({ pagination: Pagination }) })

export const Refusal = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.enum(ERROR_CODES),
    message: z.string().describe('A sentence that names each field and what was wrong with it.'),
    details: z.array(z.object({ path: z.array(z.union([z.string(), z.int()])), message: z.string() })).nullable().describe('The fields that were wrong, if it was about fields.'),
  }),
  meta: Meta.extend({ requestId: z.string().describe('The same as in the header `X-Request-Id`.') }),
})
