import type { Context } from 'koa'
import type { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'
import { inOurWords } from '../../../shared/wire/words.ts'
import { apiText } from '../../http/body.ts'
import { JsonNumber, parseExact } from '../../http/json.ts'
import { refused, TEXTS } from './errors.ts'

/** The text of a call's body; throws `NOT_FOUND` where there is none, as Refersion does. */
export async function textOf(ctx: Context): Promise<string> {
  const text = await apiText(ctx)
  if (text.trim() === '') throw new DomainError('NOT_FOUND', TEXTS.noBody)
  return text
}

/** A body's members; throws `UNPARSABLE` for what is no JSON object. */
export function membersIn(text: string): Record<string, unknown> {
  const value = parseExact(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof JsonNumber) throw new DomainError('UNPARSABLE', 'The body must be a JSON object.')
  return value as Record<string, unknown>
}

/**
 * Members as a schema has them. A field that must be there and is not is a 400 that names the first of them, in the
 * schema's order; values that are wrong are a 422 that lists them all.
 */
export function checked<S extends z.ZodType>(schema: S, members: unknown): z.output<S> {
  const parsed = schema.safeParse(members, { error: inOurWords })
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const missing = issues.find(({ path }) => path.length > 0 && (valueAt(members, path) ?? null) === null)
  if (missing !== undefined) throw new DomainError('UNPARSABLE', TEXTS.missing(String(missing.path.findLast((step) => typeof step === 'string') ?? '')))
  throw refused(...issues.flatMap((issue) => textsOf(issue, valueAt(members, issue.path))))
}

const valueAt = (value: unknown, path: PropertyKey[]): unknown => path.reduce<unknown>((held, step) => (typeof held === 'object' && held !== null ? (held as Record<PropertyKey, unknown>)[step] : undefined), value)

/** A refusal in Refersion's words where it has any, and named by its field. */
function textsOf(issue: z.core.$ZodIssue, value: unknown): string[] {
  const field = issue.path.map(String).join('.')
  const plain = field === '' ? issue.message : `${field}: ${issue.message}`
  if (issue.code === 'invalid_value') return [TEXTS.notAllowed(shown(value), field)]
  if (issue.code === 'too_big' && issue.origin === 'string') return [TEXTS.tooLong, plain]
  return issue.code === 'custom' && issue.params?.['verbatim'] === true ? [issue.message] : [plain]
}

function shown(value: unknown): string {
  if (value instanceof JsonNumber) return value.source.slice(0, 40)
  return (typeof value === 'string' ? value : JSON.stringify(value) ?? '').slice(0, 40)
}
