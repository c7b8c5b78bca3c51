import { z } from 'zod'
import { ORDER_ID_CHARS } from '../../../shared/limits.ts'
import { idText } from '../../../shared/wire/text.ts'
import { JsonNumber } from '../../http/json.ts'
import { TEXTS } from './errors.ts'

/** A number as it was written. */
export const Written = z.instanceof(JsonNumber).meta({ type: 'number' }).transform(({ source }) => source)
const WrittenWhole = z.instanceof(JsonNumber).meta({ type: 'integer' }).transform(({ source }) => source)
/** Clients send numbers as numbers or as text; here both are text, exactly as it was written. */
const written = (rule: string, number = Written) => z.union([number, z.string().transform((text) => text.trim())], rule)

const WHOLE = 'must be a whole number'
const whole = (least: number) => written(WHOLE, WrittenWhole).pipe(z.string().regex(/^\d{1,15}$/, WHOLE)).transform(Number).refine((value) => value >= least, `must be at least ${least}`)

/** The number of an affiliate, a commission, a campaign, a report. */
export const Numeric = whole(0)
export const Count = whole(1)
/** An amount in major units. */
export const Decimal = written('must be a number').pipe(z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/, 'must be a number'))
const MOST_UNITS = 1_000_000_000
export const UNITS = `must be a whole number from 1 to ${MOST_UNITS}`
/** "2", 2 and "2.0" are two; a part of one is none. */
export const unitsFrom = (least: number) => Decimal.transform(Number).refine((quantity) => Number.isInteger(quantity) && quantity >= least && quantity <= MOST_UNITS, UNITS)
/** Text that may be sent as a number, too: an order's id. */
export const OrderId = written('must be a string').pipe(idText(ORDER_ID_CHARS))
/** A campaign's number; whatever else is sent is none of any campaign. */
export const OfferId = written('must be a string')

/** A field that may be absent, or null. */
export const maybe = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined)
/** One that forms send empty when nothing was typed. */
export const filled = <S extends z.ZodType>(schema: S) => z.preprocess((value) => (value === '' ? undefined : value), maybe(schema))

/** Some ids of a call; who names one twice means it once. */
export const Ids = z.array(Numeric, 'must be a list of ids').min(1, 'must name at least one')

/** Refuses more elements than a call may have, in Refersion's words. */
export const atMost = <S extends z.ZodType<unknown[]>>(schema: S, most: number) => schema.refine((list) => list.length <= most, { error: TEXTS.elements(most), params: { verbatim: true } }).meta({ maxItems: most })
