import { createHash } from 'node:crypto'
import type { BookRows, BookTable } from '../store/book-rows.ts'
import type { TableSum } from './manifest.ts'
import { rowWriter } from './row-text.ts'

/** How much text is handed on at once. */
const CHUNK_LENGTH = 256 * 1024

/** Whose rows, and who is told how many went by so far. */
export interface Asked {
  merchants: readonly number[]
  progress: (rows: number) => void
}

/** A table's lines in pieces, and what they come to once the last piece was taken. */
export function tableText(book: BookRows, table: BookTable, { merchants, progress }: Asked): { pieces: Iterable<Buffer>; sum: () => TableSum } {
  const sha256 = createHash('sha256')
  const write = rowWriter(table)
  let rows = 0
  function* pieces(): Generator<Buffer> {
    let text = ''
    const flush = (): Buffer => {
      const piece = Buffer.from(text)
      text = ''
      sha256.update(piece)
      progress(rows)
      return piece
    }
    for (const merchantId of merchants) {
      for (const row of book.rows(table.name, merchantId)) {
        text += write(row)
        rows += 1
        if (text.length >= CHUNK_LENGTH) yield flush()
      }
    }
    if (text !== '') yield flush()
  }
  return { pieces: pieces(), sum: () => ({ rows, sha256: sha256.digest('hex') }) }
}

/** What every table comes to, as an export's manifest tells it. */
export function tableSums(book: BookRows, { merchants, progress }: Asked): Record<string, TableSum> {
  let before = 0
  return Object.fromEntries(book.tables.map((table) => {
    const { pieces, sum } = tableText(book, table, { merchants, progress: (rows) => progress(before + rows) })
    // Taken and let go: only what they come to is asked for.
    Array.from(pieces, () => undefined)
    const summed = sum()
    before += summed.rows
    return [table.name, summed]
  }))
}
