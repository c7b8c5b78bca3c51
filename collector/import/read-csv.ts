import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { parse, CsvError } from 'csv-parse'
import { DomainError } from '../../shared/errors.ts'
import { MOST_LINE_BYTES, type ReadRow, type Source } from './row.ts'
import { columnKey } from './vendor.ts'

/** As much of a file as tells how it separates its columns. */
const HEAD_BYTES = 65_536
const SEPARATORS = [',', ';', '\t'] as const

/** A table: UTF-8 with or without a mark, any line ends, separated by commas, semicolons or tabs. */
export async function csvSource(file: string): Promise<Source> {
  const delimiter = separatorOf(await headOf(file))
  const header = await columnsOf(file, delimiter)
  const keys = header.map(columnKey)

  return {
    columns: header,
    async *rows() {
      for await (const { record, line } of records(file, delimiter, 2)) yield rowOf(record, { keys, line })
    },
  }
}

const rowOf = (record: string[], { keys, line }: { keys: string[]; line: number }): ReadRow => ({
  line, cells: record, values: new Map(record.map((text, index) => [keys[index] ?? '', text])),
  ...(record.length === keys.length ? {} : { misfit: `has ${record.length} values, and there are ${keys.length} columns` }),
})

async function columnsOf(file: string, delimiter: string): Promise<string[]> {
  for await (const { record } of records(file, delimiter, 1)) return record
  throw new DomainError('INVALID', 'The file is empty: the names of its columns are wanted in the first line.', { isUnfit: true })
}

/** Records from a record on, each with the line that it begins in; throws `INVALID` for what is no table, with its line. */
async function* records(file: string, delimiter: string, from: number): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = parse({ bom: true, delimiter, from, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'], max_record_size: MOST_LINE_BYTES })
  const stream = createReadStream(file)
  stream.once('error', (error) => parser.destroy(error))
  stream.pipe(parser)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) yield { record, line: info.lines - newlinesIn(record) }
  } catch (error) {
    throw error instanceof CsvError ? new DomainError('INVALID', wordsOf(error), { isUnfit: true }) : error
  } finally {
    stream.destroy()
  }
}

const newlinesIn = (record: string[]): number => record.reduce((sum, text) => sum + (text.includes('\n') ? text.split('\n').length - 1 : 0), 0)

function wordsOf({ code, ...at }: CsvError): string {
  const line = String((at as { lines?: number }).lines ?? '?')
  if (code === 'CSV_MAX_RECORD_SIZE') return `Line ${line}: a row is longer than ${MOST_LINE_BYTES} bytes; is a quote before it never closed?`
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `Line ${line}: the file ends inside a quote that is never closed.`
  return `Line ${line}: the file is no table that can be read.`
}

async function headOf(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead).toString()
  } finally {
    await handle.close()
  }
}

/** The mark that stands most often in the first line, outside of quotes. */
function separatorOf(head: string): string {
  const line = /^(?:"[^"]*"|[^"\r\n])*/.exec(head)?.[0].replaceAll(/"[^"]*"/g, '') ?? ''
  const counted = SEPARATORS.map((separator) => ({ separator, times: line.split(separator).length - 1 })).toSorted((a, b) => b.times - a.times)
  return counted[0]?.separator ?? ','
}
