import { hash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { DomainError, invalid } from '../../shared/errors.ts'
import type { Replying } from '../service/conversions.ts'
import { refuseErased } from '../service/once.ts'
import type { Services } from '../service/services.ts'
import type { ApiKey } from '../store/keys.ts'
import type { Answer, AnswerKey } from '../store/store.ts'
import { apiText } from './body.ts'

/** Longest `Idempotency-Key` that is taken. */
const KEY_CHARS = 255

/** The `Idempotency-Key` of a call, empty when it has none; throws `INVALID` when it is too long. */
export function idempotencyKeyOf(ctx: Context): string {
  const key = ctx.get('Idempotency-Key')
  if (key.length > KEY_CHARS) throw invalid('Idempotency-Key', `must be at most ${KEY_CHARS} characters`)
  return key
}

/** Under what a call is kept that records an order and its answer in one transaction; undefined without an `Idempotency-Key`. */
export function orderOnce(ctx: Context, { mode, dialect }: ApiKey, text: string): Replying['once'] {
  const given = idempotencyKeyOf(ctx)
  return given === '' ? undefined : { key: { route: routeOf(ctx, { mode, dialect }), keyHash: hash('sha256', given) }, bodyHash: hash('sha256', text) }
}

/** Test and live never share an answer, as they share nothing else; nor do two dialects with one path. */
const routeOf = (ctx: Context, { mode, dialect }: Pick<ApiKey, 'mode' | 'dialect'>): string => `${mode} ${dialect} ${ctx.path.replace(/(?<=.)\/$/, '')}`

/**
 * Honours `Idempotency-Key` on POSTs: the same key and body get the stored answer, another body is refused with `KEY_REUSED`.
 * A call that was refused, or wrote nothing, is simply made again.
 */
export function once({ answers }: Pick<Services, 'answers'>, keyOf: (ctx: Context) => ApiKey): Middleware {
  /** Calls that this process is carrying out, so that a repeat waits for the answer. */
  const running = new Map<string, Promise<unknown>>()

  return async (ctx, next) => {
    const given = ctx.method === 'POST' ? idempotencyKeyOf(ctx) : ''
    if (given === '') return next()
    const apiKey = keyOf(ctx)
    const key = { merchantId: apiKey.merchantId, route: routeOf(ctx, apiKey), keyHash: hash('sha256', given) }
    const bodyHash = hash('sha256', await apiText(ctx))

    const name = JSON.stringify(key)
    while (running.has(name)) await running.get(name)
    const known = await answers.find(key)
    if (known !== undefined) return replay(ctx, known, bodyHash)
    const done = carryOut(ctx, { key, bodyHash }, next).finally(() => running.delete(name))
    // Whoever waits looks for the answer, whatever came of the call.
    running.set(name, done.catch(() => undefined))
    return done
  }

  async function carryOut(ctx: Context, { key, bodyHash }: { key: AnswerKey; bodyHash: string }, next: () => Promise<void>): Promise<void> {
    const { isKept, error } = await answers.run({ key, bodyHash }, next)
    // Another call with this key was first, while this one ran.
    const first = error !== undefined && !isKept ? await answers.find(key) : undefined
    if (first !== undefined) return replay(ctx, first, bodyHash)
    if (error !== undefined) throw error
    if (!isKept) return
    const body = typeof ctx.body === 'string' ? ctx.body : JSON.stringify(ctx.body ?? null)
    await answers.tell(key, { status: ctx.status, body })
  }
}

function replay(ctx: Context, { bodyHash, status, body }: Answer, now: string): void {
  if (bodyHash !== now) throw new DomainError('KEY_REUSED', 'This Idempotency-Key was used with another body.')
  refuseErased({ status })
  if (status === 0) throw new DomainError('CONFLICT', 'A call with this Idempotency-Key is being carried out, or was, and its answer is not known.', { retryAfterSeconds: 1 })
  ctx.status = status
  ctx.type = 'application/json'
  ctx.body = body === 'null' ? null : body
}
