import { z } from 'zod'
import type { Operation, Reply } from '../../../reference/operation.ts'

/** How Refersion answers: the thing itself, one sentence, or a list of them (`errors.ts`). */

export const Refusal = z.object({ error: z.string().describe('A sentence about what was wrong.') })
export const WrongValues = z.object({ errors: z.array(z.string()).min(1).describe('A sentence a value that is wrong, or is unknown or taken already.') })

/** Keys of a call that brings no headers for them. */
export const KeysInBody = z.object({
  refersion_public_key: z.string().optional().describe('The public half of a key pair, where the headers bring none.'),
  refersion_secret_key: z.string().optional().describe('Its secret half.'),
})
/** A body that may bring the keys, too. */
export const withKeys = (schema: z.ZodType) => z.intersection(schema, KeysInBody)

const NO_BODY: Reply = { description: 'The body is empty. What is unknown is a value that is wrong.', schema: Refusal, example: { error: 'Bad request, no body' } }
const WRONG: Reply = { description: 'Values are wrong, unknown or taken already.', schema: WrongValues, example: { errors: ['Affiliate not found.'] } }
const RUNNING: Reply = {
  description: 'A call with this `Idempotency-Key` is being carried out, or was, and its answer is not known.', schema: Refusal,
  headers: { 'Retry-After': 'Seconds after which the same call may be tried again.' },
}

/** What a call that is posted answers: with 200 whatever it did, and with its own refusals. */
export const answers = (description: string, schema: z.ZodType, example?: unknown): Record<number, Reply> => ({ 200: { description, schema, ...(example === undefined ? {} : { example }) }, 404: NO_BODY, 422: WRONG })

/** The same of a call that honours `Idempotency-Key`. */
export const answersOnce = (...reply: Parameters<typeof answers>): Pick<Operation, 'once' | 'replies'> =>
  ({ once: true, replies: { ...answers(...reply), 409: RUNNING, 422: { ...WRONG, description: 'Values are wrong, unknown or taken already; or the `Idempotency-Key` was used with another body.' } } })
