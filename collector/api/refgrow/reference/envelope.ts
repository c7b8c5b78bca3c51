import { z } from 'zod'
import { ERROR_CODES } from '../errors.ts'

/** Refgrow's envelopes as schemas: what both of its APIs put around what is answered, and how each refuses. */

export const Instant = z.iso.datetime()

const failed = z.literal(false)
const message = z.string().describe('A sentence that names each field and what was wrong with it.')
const code = z.enum(ERROR_CODES)

/** Of the documented API, whose table knows no 409. */
export const Refusal = z.object({
  success: failed,
  error: z.object({
    code, message,
    details: z.object({ field: z.string(), issue: z.string() }).optional().describe('The first field that was wrong, if it was about a field.'),
  }),
})

/** Of the live API, whose client shows `error` as it is. */
export const LiveRefusal = z.object({ success: failed, error: message, code })

export const one = (data: z.ZodType) => z.object({ success: z.literal(true), data })

const rows = { limit: z.int().describe('Rows that a page holds at most.'), offset: z.int().describe('Rows that were passed over.'), total: z.int().describe('Rows that there are.') }
/** Rows of the documented API stand under their name, and what page it is beside them. */
export const pageOf = (name: string, row: z.ZodType) => one(z.object({ [name]: z.array(row), ...rows }))
/** Those of the live API are the data. */
export const livePage = (row: z.ZodType) => z.object({ success: z.literal(true), data: z.array(row), pagination: z.object({ ...rows, has_more: z.boolean() }) })
