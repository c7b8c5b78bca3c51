import { DomainError, invalid } from '../../shared/errors.ts'

declare global {
  interface JSON {
    /** ES2026: text that `stringify` puts out as it is. */
    rawJSON(text: string): unknown
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

/** A number as it was written: amounts are read from the text and never pass through a float. */
export class JsonNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** JSON with its numbers as text. Throws `UNPARSABLE` for what is no JSON and `INVALID` for a `__proto__` key. */
export function parseExact(text: string): unknown {
  return guarded(() => JSON.parse(text, revive as (key: string, value: unknown) => unknown))
}

/** The same with plain numbers, for values that are kept as they are and never counted with. */
export function plain(value: unknown): unknown {
  if (value instanceof JsonNumber) return Number(value.source)
  if (Array.isArray(value)) return value.map(plain)
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)])) : value
}

const revive: Reviver = (key, value, { source }) => {
  refuseProto(key)
  return typeof value === 'number' ? new JsonNumber(source ?? String(value)) : value
}

/** JSON of a script's call, whose few numbers are no amounts. */
export function parsePlain(text: string): unknown {
  const value: unknown = guarded(() => JSON.parse(text))
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__')) refuseProto('__proto__')
  return value
}

function refuseProto(key: string): void {
  if (key === '__proto__') throw invalid('__proto__', 'is not a field that can be sent')
}

function guarded<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof DomainError) throw error
    // The stack's end is the only way in which valid JSON fails.
    throw new DomainError('UNPARSABLE', error instanceof RangeError ? 'The body is nested too deeply.' : 'The body is not valid JSON.')
  }
}

/** What JSON that was kept as text says, to be put into an answer: its numbers stay as they were written. */
export const kept = (text: string): unknown => JSON.parse(text, ((_key, value, { source }) => (typeof value === 'number' ? JSON.rawJSON(source ?? String(value)) : value)) as Reviver as (key: string, value: unknown) => unknown)

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/**
 * The text of a top-level member exactly as it was received, so that metadata is given back byte for byte.
 * For text that `parseExact` accepted; of a repeated member the last, as in JSON; undefined when there is none.
 */
export const memberText = (text: string, name: string): string | undefined => membersOf(text).findLast(([key]) => key === name)?.[1]

/** The top-level members of an object, each with its text, as they were written: an object of JavaScript brings names that are numbers forward. */
export function membersOf(text: string): [string, string][] {
  const members: [string, string][] = []
  let depth = 0
  let key = ''
  let start = -1
  let previous = ''
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const ends = depth === 1 && (token === ',' || token === '}')
    if (ends && start >= 0) {
      members.push([key, text.slice(start, index).trim()])
      start = -1
    }
    if (depth === 1 && token === ':' && start < 0) {
      key = JSON.parse(previous) as string
      start = index + 1
    }
    if (token === '{' || token === '[') depth += 1
    if (token === '}' || token === ']') depth -= 1
    previous = token
  }
  return members
}
