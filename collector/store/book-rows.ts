/** The book as it is stored, row by row: what an export holds, and what an import writes. */

/** Integers of 64 bits, texts, bytes; and texts that are JSON. */
export type ColumnKind = 'integer' | 'text' | 'json' | 'blob'

export interface BookColumn {
  name: string
  kind: ColumnKind
  isNullable: boolean
}

export interface BookTable {
  name: string
  columns: BookColumn[]
  /** The column that says whose a row is. */
  merchantColumn: string
}

/** Integers are exact: what a number cannot hold is a bigint. */
export type BookValue = bigint | number | string | Buffer | null

/** Values in the order of the table's columns. */
export type BookRow = BookValue[]

/** All that is kept of merchants, but for what is of this collector alone. */
export interface BookRows {
  /** The last migration, which says what columns there are. */
  schema: string
  /** In an order in which they can be written: what a row refers to stands before it. */
  tables: BookTable[]
  count(table: string, merchantId: number): number
  /** Always in the same order, and read as they are asked for: there may be millions. */
  rows(table: string, merchantId: number): Iterable<BookRow>
}

/** A book that is being filled, in one transaction. */
export interface FillingBook extends BookRows {
  /** Lets `work` write rows that the journal does not note: what is taken in happened elsewhere. */
  quietly(work: () => Promise<void>): Promise<void>
  /** Writes a row of the table; throws `CONFLICT` where the database refuses it, in its own words. */
  writer(table: string): (row: BookRow) => void
}
