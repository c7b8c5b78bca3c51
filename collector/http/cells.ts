/** A cell of a table: text, yes or no, a decimal exactly as it is written, or nothing. */
export type Cell = string | boolean | { number: string } | null
