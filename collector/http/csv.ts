import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { Cell } from './cells.ts'

/**
 * A table as CSV (RFC 4180). A text that a spreadsheet would take for a formula (it starts with `=`, `+`, `-`, `@`, their wide
 * forms, `|`, `%`, a tab or a line's end, also behind blanks) gets an apostrophe in front; numbers stand as they are.
 */
export function csvOf(columns: string[], rows: AsyncIterable<Cell[]>): Readable {
  const written = stringify({ record_delimiter: 'windows', cast: { boolean: String } })
  const source = Readable.from(textsOf(columns, rows))
  source.once('error', (error) => written.destroy(error))
  written.once('close', () => source.destroy())
  return source.pipe(written)
}

async function* textsOf(columns: string[], rows: AsyncIterable<Cell[]>): AsyncGenerator<string[]> {
  yield columns
  for await (const row of rows) yield row.map((cell) => (cell === null ? '' : typeof cell === 'object' ? cell.number : typeof cell === 'string' ? guarded(cell) : String(cell)))
}

const guarded = (text: string): string => (/^[\s\0]*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text)
