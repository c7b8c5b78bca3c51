import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { DomainError } from '../../shared/errors.ts'
import { JsonNumber, parseExact } from '../http/json.ts'
import { MOST_LINE_BYTES, type ReadRow, type Source } from './row.ts'
import { columnKey } from './vendor.ts'

/** A list is read as a whole: a larger one is better written a row a line. */
const MOST_LIST_BYTES = 64 * 1024 * 1024

/** JSON: an object a line, or a list, also one that an API answered as `data`. */
export async function jsonSource(file: string): Promise<Source> {
  const list = await listIn(file)
  const rows = list === undefined ? () => lineRows(file) : () => listRows(list)
  for await (const { values } of rows()) return { columns: [...values.keys()], rows }
  throw new DomainError('INVALID', 'The file has no rows.', { isUnfit: true })
}

/** The rows of a list; undefined for a file of lines. */
async function listIn(file: string): Promise<unknown[] | undefined> {
  const first = await firstLine(file)
  const isRow = isObject(first) && !Array.isArray(first['data'])
  if (isRow) return undefined
  const { size } = await stat(file)
  if (size > MOST_LIST_BYTES) throw new DomainError('TOO_LARGE', 'A list of more than 64 MB is not read: write one object a line.')
  const whole = parsed((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''))
  const list: unknown = isObject(whole) ? whole['data'] : whole
  if (Array.isArray(list)) return list as unknown[]
  throw new DomainError('INVALID', 'The file is JSON, and neither an object a line nor a list.', { isUnfit: true })
}

async function firstLine(file: string): Promise<unknown> {
  for await (const { text } of lines(file)) {
    if (text === undefined) return undefined
    if (text.trim() !== '') return parsed(text)
  }
  return undefined
}

const parsed = (text: string): unknown => {
  try {
    return parseExact(text)
  } catch {
    // What is no JSON is named with its line by whoever reads it.
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)

async function* lineRows(file: string): AsyncGenerator<ReadRow> {
  for await (const { text, line } of lines(file)) {
    if (text === undefined) yield { line, values: new Map(), misfit: `is longer than ${MOST_LINE_BYTES} bytes` }
    else if (text.trim() !== '') yield rowOf(parsed(text), { line, json: text })
  }
}

async function* listRows(list: unknown[]): AsyncGenerator<ReadRow> {
  for (const [index, value] of list.entries()) yield rowOf(value, { line: index + 1, json: written(value) })
}

const rowOf = (value: unknown, { line, json }: { line: number; json: string }): ReadRow =>
  (isObject(value) ? { line, json, values: new Map(textsIn(value, '')) } : { line, json, values: new Map(), misfit: 'is no JSON object' })

/** Numbers as they were written. */
const written = (value: unknown): string => JSON.stringify(value, (_key, held: unknown) => (held instanceof JsonNumber ? JSON.rawJSON(held.source) : held))

/** Members by their paths, `sale.referral.token`; null says nothing, and is a column all the same. */
function textsIn(value: unknown, path: string): [string, string][] {
  if (value === null || value === undefined) return [[columnKey(path), '']]
  if (value instanceof JsonNumber) return [[columnKey(path), value.source]]
  if (typeof value === 'object') return Object.entries(value).flatMap(([name, member]) => textsIn(member, `${path}.${name}`))
  return [[columnKey(path), typeof value === 'string' ? value : String(value as boolean)]]
}

/** Lines of a file; one that is too long is passed over, and has no text. */
async function* lines(file: string): AsyncGenerator<{ text: string | undefined; line: number }> {
  let held = ''
  let isTooLong = false
  let line = 1
  for await (const chunk of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const parts = chunk.split('\n')
    for (const [index, part] of parts.entries()) {
      if (!isTooLong) held += part
      if (held.length > MOST_LINE_BYTES) [isTooLong, held] = [true, '']
      if (index === parts.length - 1) break
      yield { text: isTooLong ? undefined : withoutMark(held, line), line }
      line += 1
      held = ''
      isTooLong = false
    }
  }
  if (isTooLong || held !== '') yield { text: isTooLong ? undefined : withoutMark(held, line), line }
}

const withoutMark = (text: string, line: number): string => (line === 1 ? text.replace(/^\uFEFF/, '') : text)
