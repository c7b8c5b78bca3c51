/** More than any row holds: a longer one is a file that is broken. */
export const MOST_LINE_BYTES = 1_000_000

/** One row of a file: its values by the keys of their columns, as text. */
export interface Row {
  line: number
  values: ReadonlyMap<string, string>
}

/** A row as it was read. */
export interface ReadRow extends Row {
  /** As it stood in a table; undefined where the file was JSON. */
  cells?: string[]
  /** Its JSON text. */
  json?: string
  /** Why it is no row at all. */
  misfit?: string
}

/** A file that can be read from its beginning again and again, some rows at a time. */
export interface Source {
  /** Columns of a table; of JSON the members of its first row. */
  columns: string[]
  rows: () => AsyncGenerator<ReadRow>
}
