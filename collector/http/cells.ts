/** A cell of a table: text, yes or no, or a decimal exactly as it is written. */
export type Cell = string | boolean | { number: string }
