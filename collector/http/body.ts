import { getRawBody } from 'raw-body'
import type { Context } from 'koa'
import type { z } from 'zod'
import { DomainError, type Issue } from '../../shared/errors.ts'
import { API_BODY_BYTES, SCRIPT_BODY_BYTES } from '../../shared/limits.ts'
import { inOurWords } from '../../shared/wire/words.ts'
import { JsonNumber, parseExact, parsePlain } from './json.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The body of a call from the script: JSON whatever the content type, because `text/plain` needs no preflight. */
export async function scriptBody<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.infer<S>> {
  return valid(schema, objectOf(parsePlain(await textOf(ctx, SCRIPT_BODY_BYTES))))
}

/** The same of a call that may come without one, and of which nothing is kept: an object, whatever is in it. */
export async function anyScriptBody(ctx: Context): Promise<void> {
  const text = await textOf(ctx, SCRIPT_BODY_BYTES)
  if (text.trim() !== '') objectOf(parsePlain(text))
}

/** The text of an API call's body, read once however often it is asked for; throws `UNPARSABLE` or `TOO_LARGE`. */
export function apiText(ctx: Context): Promise<string> {
  const state = ctx.state as { text?: Promise<string> }
  return (state.text ??= textOf(ctx, API_BODY_BYTES))
}

/** The body of an API call with its text; throws `INVALID`, `UNPARSABLE` or `TOO_LARGE`. */
export async function apiBody<S extends z.ZodType>(ctx: Context, schema: S): Promise<{ body: z.infer<S>; text: string }> {
  if (!ctx.is('application/json')) {
    // What was sent is left unread, so the connection cannot be used again.
    ctx.set('Connection', 'close')
    throw new DomainError('UNPARSABLE', 'The content type must be application/json.')
  }
  const text = await apiText(ctx)
  return { body: valid(schema, objectOf(parseExact(text))), text }
}

/** The same where everything in it may be left out, and so the body itself. */
export async function optionalBody<S extends z.ZodType>(ctx: Context, schema: S): Promise<z.infer<S>> {
  const isSent = ctx.get('Transfer-Encoding') !== '' || (ctx.get('Content-Length') || '0') !== '0'
  return isSent ? (await apiBody(ctx, schema)).body : valid(schema, {})
}

/** The body of a plain HTML form, as text. */
export const textBody = (ctx: Context): Promise<string> => textOf(ctx, SCRIPT_BODY_BYTES)

/** Parses with a schema; a refusal names each field and what was wrong with it. */
export function valid<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value, { error: inOurWords })
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.flatMap((issue): Issue[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    // Each of them is a field of its own.
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => ({ path: [...path, key], message: 'is not a field that can be sent' })) : [{ path, message: issue.message }]
  })
  throw new DomainError('INVALID', issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; '), { issues })
}

function objectOf(value: unknown): object {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  if (!isObject) throw new DomainError('UNPARSABLE', 'The body must be a JSON object.')
  return value
}

async function textOf(ctx: Context, limit: number): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await getRawBody(ctx.req, { limit, length: ctx.req.headers['content-length'] ?? null })
  } catch (error) {
    ctx.set('Connection', 'close')
    throw refusalOf(error, limit)
  }
  try {
    return utf8.decode(bytes)
  } catch {
    throw new DomainError('UNPARSABLE', 'The body is not valid UTF-8.')
  }
}

function refusalOf(error: unknown, limit: number): unknown {
  const type = error instanceof Error && 'type' in error ? error.type : undefined
  if (type === 'entity.too.large') return new DomainError('TOO_LARGE', `The body is larger than ${limit} bytes.`)
  if (type === 'request.aborted' || type === 'request.size.invalid') return new DomainError('UNPARSABLE', 'The body did not arrive whole.')
  return error
}
