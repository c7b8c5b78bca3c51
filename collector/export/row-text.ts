import { z } from 'zod'
import { inOurWords } from '../../shared/wire/words.ts'
import type { BookColumn, BookRow, BookTable, BookValue } from '../store/book-rows.ts'

/** A row as a line of JSON, its end included: members in the order of the columns, integers exact, bytes as hex. */
export function rowWriter({ columns }: BookTable): (row: BookRow) => string {
  const names = columns.map(({ name }, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  return (row) => {
    let text = ''
    for (let at = 0; at < names.length; at++) text += `${names[at] ?? ''}${valueText(row[at] ?? null)}`
    return `${text}}\n`
  }
}

function valueText(value: BookValue): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return Buffer.isBuffer(value) ? `"${value.toString('hex')}"` : String(value)
}

/** What is wrong with a line, and with which of its members. */
export class WrongRow extends Error {
  readonly field: string | undefined

  constructor(what: string, field?: string) {
    super(what)
    this.field = field
  }
}

/**
 * Reads lines of a table, each without its end, of these merchants alone. Throws `WrongRow` for any line that an export
 * would not have written to the letter, so that what is taken in leaves again as it came.
 */
export function rowReader(table: BookTable, merchants: readonly number[]): (line: string) => BookRow {
  const { columns, merchantColumn } = table
  const schema = z.strictObject(Object.fromEntries(columns.map((column) => {
    const value = column.name === merchantColumn ? z.literal([...merchants], 'must be a merchant of the manifest') : VALUES[kindOf(column)]
    return [column.name, column.isNullable ? value.nullable() : value]
  })))
  const write = rowWriter(table)
  return (line) => {
    const parsed = schema.safeParse(parse(line), { error: inOurWords })
    if (!parsed.success) throw wrong(parsed.error)
    const row = columns.map(({ name, kind }): BookValue => {
      const value = parsed.data[name] as Exclude<BookValue, Buffer>
      return kind === 'blob' && typeof value === 'string' ? Buffer.from(value, 'hex') : value
    })
    if (write(row) !== `${line}\n`) throw new WrongRow('is not written as an export writes it: each member once, in the order of the columns, nothing between them')
    return row
  }
}

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n]
const VALUES = {
  integer: z.custom<number | bigint>((value) => Number.isSafeInteger(value) || (typeof value === 'bigint' && value >= LEAST && value <= MOST), 'must be a whole number'),
  text: z.string().refine((text) => text.isWellFormed(), 'must be well-formed Unicode'),
  json: z.string().refine(isJson, 'must be JSON'),
  blob: z.string().regex(/^(?:[0-9a-f]{2})*$/, 'must be bytes in lower-case hex'),
  mode: z.enum(['live', 'test']),
} satisfies Record<BookColumn['kind'] | 'mode', z.ZodType>

const kindOf = ({ name, kind }: BookColumn): keyof typeof VALUES => (name === 'mode' && kind === 'text' ? 'mode' : kind)

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
const exact: Reviver = (_key, value, { source = '' }) => (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d{1,19}$/.test(source) ? BigInt(source) : value)

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line)
    // Slow, and hardly ever needed.
    const isExact = typeof value !== 'object' || value === null || Object.values(value).every((member) => typeof member !== 'number' || Number.isSafeInteger(member))
    return isExact ? value : JSON.parse(line, exact as (key: string, value: unknown) => unknown)
  } catch {
    throw new WrongRow('is no JSON')
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return text.isWellFormed()
  } catch {
    return false
  }
}

function wrong({ issues: [issue] }: z.ZodError): WrongRow {
  if (issue?.code === 'unrecognized_keys') return new WrongRow('is no column of this table', issue.keys[0])
  return new WrongRow(issue?.message ?? 'is wrong', issue?.path.map(String).join('.') || undefined)
}
