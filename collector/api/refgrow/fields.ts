import type { Context } from 'koa'
import { z } from 'zod'
import { ORDER_ID_CHARS } from '../../../shared/limits.ts'
import { idText } from '../../../shared/wire/text.ts'
import { JsonNumber } from '../../http/json.ts'

/** What both of Refgrow's APIs take. */

/** A number as it was written, in major units. */
export const Amount = z.instanceof(JsonNumber, { error: 'must be a number' }).meta({ type: 'number' }).transform(({ source }) => source)
export const Id = idText(ORDER_ID_CHARS)

/** A whole number in an address. */
export const whole = (least: number) => z.string().regex(/^\d{1,15}$/, 'must be a whole number').transform(Number).refine((value) => value >= least, `must be at least ${least}`).meta({ type: 'integer', minimum: least })
/** Rows of a list that nobody asked for more of. */
export const PAGE_ROWS = 20

/** What stands in an address behind the path; of a name that is repeated the last counts. */
export const queryOf = (ctx: Context): Record<string, string> => Object.fromEntries(new URLSearchParams(ctx.querystring))
