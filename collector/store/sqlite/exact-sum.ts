/**
 * Sums of money that may be beyond what the database can add up (2^63), let alone a number hold (2^53): taken in two
 * halves, which leave it as text, and put together here.
 */
export type Halves<Name extends string> = Record<`${Name}_${'high' | 'low'}`, string>

/** A sum's halves, for a query to select. */
export const halves = (name: string, value: string): string => `${textual(`sum((${value}) >> 32)`)} as ${name}_high, ${textual(`sum((${value}) & 4294967295)`)} as ${name}_low`

/** The same within a subquery, whose rows `halvesOf` adds up. */
export const inner = (name: string, value: string): string => `sum((${value}) >> 32) as ${name}_high, sum((${value}) & 4294967295) as ${name}_low`
export const halvesOf = (name: string): string => `${textual(`sum(${name}_high)`)} as ${name}_high, ${textual(`sum(${name}_low)`)} as ${name}_low`

/** The sum that a row's halves are of. */
export const whole = <Name extends string>(row: Halves<Name>, name: Name): bigint => BigInt(row[`${name}_high`]) * 4_294_967_296n + BigInt(row[`${name}_low`])

const textual = (sum: string): string => `cast(coalesce(${sum}, 0) as text)`
