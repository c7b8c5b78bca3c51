import type { Context, Middleware } from 'koa'
import type { z } from 'zod'
import { DomainError } from '../../../shared/errors.ts'
import { pairKey } from '../../http/auth.ts'
import { once } from '../../http/once.ts'
import { rateLimit } from '../../http/rate-limit.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import type { ApiKey, Scope } from '../../store/keys.ts'
import { apiText } from '../../http/body.ts'
import { checked, membersIn, textOf } from './body.ts'
import { refused } from './errors.ts'

/** A call whose key and body are known to be right. */
export interface Call<B> {
  ctx: Context
  key: ApiKey
  body: B
  text: string
}

/** What a call does, whatever address it comes to; it gives the reply, which is always a 200. */
export interface Operation {
  scope: Scope | undefined
  run: (call: Call<unknown>) => unknown
  schema: z.ZodType
  /** Makes members what the schema expects, where their order in the text matters. */
  prepared: (members: Record<string, unknown>, text: string) => unknown
  /** It keeps its `Idempotency-Key` itself, with the order that it records. */
  recordsOnce: boolean
  /** It asks for nothing, so that its body may be empty. */
  bodyless: boolean
}

/** An operation behind a scope; without one any key will do. */
export function operation<S extends z.ZodType>(scope: Scope | undefined, schema: S, run: (call: Call<z.output<S>>) => unknown, more: Partial<Pick<Operation, 'prepared' | 'recordsOnce' | 'bodyless'>> = {}): Operation {
  return { scope, schema, run: (call) => run(call as Call<z.output<S>>), prepared: (members) => members, recordsOnce: false, bodyless: false, ...more }
}

/** Where a call brings its keys: in two headers; older ones also in their body, and with any content type. */
export type KeysIn = 'headers' | 'body'

/** Serves operations: first the keys, then the rate, the body, its fields, and what they say. */
export function serving({ services, store, limits }: Pick<RouteDeps, 'services' | 'store' | 'limits'>): (operation: Operation, keysIn: KeysIn) => Middleware[] {
  const limit = rateLimit(limits, 'keyed', (ctx) => keyOf(ctx).id)
  const keepOnce = once(services, keyOf)

  return (does, keysIn) => [
    async (ctx, next) => {
      const state = ctx.state as { key?: ApiKey }
      state.key = pairKey(store.directory(), await pairOf(ctx, keysIn), does.scope)
      await next()
    },
    limit,
    async (ctx, next) => {
      if (!does.bodyless) await textOf(ctx)
      if (keysIn === 'headers' && !ctx.is('application/json')) throw new DomainError('UNPARSABLE', 'The content type must be application/json.')
      await next()
    },
    ...(does.recordsOnce ? [] : [keepOnce]),
    async (ctx) => {
      const text = does.bodyless ? '{}' : await textOf(ctx)
      const body = checked(does.schema, does.prepared(membersIn(text), text))
      ctx.body = await unknownIsValue(() => does.run({ ctx, key: keyOf(ctx), body, text }))
      ctx.status = 200
    },
  ]
}

function keyOf(ctx: Context): ApiKey {
  const { key } = ctx.state as { key?: ApiKey }
  if (key === undefined) throw new Error('a call is served before its key is known')
  return key
}

async function pairOf(ctx: Context, keysIn: KeysIn): Promise<{ publicId: string; secret: string }> {
  const headers = { publicId: ctx.get('Refersion-Public-Key'), secret: ctx.get('Refersion-Secret-Key') }
  if (keysIn === 'headers' || headers.publicId !== '' || headers.secret !== '') return headers
  const members = readable(await apiText(ctx))
  const named = (name: string): string => (typeof members[name] === 'string' ? members[name] : '')
  return { publicId: named('refersion_public_key'), secret: named('refersion_secret_key') }
}

/** A body that cannot be read names no keys. */
function readable(text: string): Record<string, unknown> {
  try {
    return membersIn(text)
  } catch (error) {
    if (error instanceof DomainError) return {}
    throw error
  }
}

/** In this dialect 404 says that there is no body, or no such address: who is unknown is a value that is wrong. */
async function unknownIsValue(does: () => unknown): Promise<unknown> {
  try {
    return await does()
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') throw refused(error.message)
    throw error
  }
}
