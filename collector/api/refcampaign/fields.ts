import { z } from 'zod'
import { ORDER_ID_CHARS } from '../../../shared/limits.ts'
import { idText } from '../../../shared/wire/text.ts'
import { JsonNumber } from '../../http/json.ts'

/** Fields that several calls have, in bodies and in addresses. */

/** A number as it was written; what it may be depends on the path and the currency. */
export const Amount = z.instanceof(JsonNumber, { error: 'must be a number' }).meta({ type: 'number' })
export const Id = idText(ORDER_ID_CHARS)
export const Currency = z.string('must be a 3-letter ISO 4217 code such as EUR').describe('ISO 4217 code, such as EUR.')
export const Flag = z.boolean('must be true or false')

/** A whole number in a body. */
export const count = (least: number, most: number) => Amount.transform(({ source }) => source).pipe(z.string().regex(/^-?\d{1,15}$/, 'must be a whole number'))
  .transform(Number).refine((value) => value >= least, `must be at least ${least}`).refine((value) => value <= most, `must be at most ${most}`).meta({ type: 'integer', minimum: least, maximum: most })

/** Most things that one call decides about. */
const BULK = 500
/** Ids of things that are decided about together. */
export const bulk = (what: string) => z.array(Id, 'must be a list of ids').min(1, `must name at least one ${what}`).max(BULK, `must be at most ${BULK}`)

/** Rows of a list that nobody asked for more of, and at most. */
const PAGE_ROWS = 20
const MOST_ROWS = 100
/** A whole number in an address. */
const whole = (least: number) => z.string().regex(/^\d{1,15}$/, 'must be a whole number').transform(Number).refine((value) => value >= least, `must be at least ${least}`).meta({ type: 'integer', minimum: least })
/** More than a page holds is brought down to it, not refused. */
export const page = {
  limit: whole(1).transform((limit) => Math.min(limit, MOST_ROWS)).default(PAGE_ROWS).describe(`Rows of the page; more than ${MOST_ROWS} is ${MOST_ROWS}.`),
  offset: whole(0).default(0).describe('Rows to pass over.'),
}
/** One of some words, in whichever case. */
export const word = <const W extends readonly [string, ...string[]]>(words: W) => z.string(`must be one of: ${words.join(', ')}`).toUpperCase().pipe(z.enum(words, `must be one of: ${words.join(', ')}`)).meta({ enum: words }).optional()
export const Instant = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant such as 2026-11-20T09:00:00Z' }).transform((text) => Date.parse(text)).optional()
