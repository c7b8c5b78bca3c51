import { hash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { DomainError, invalid } from '../../shared/errors.ts'
import type { Services } from '../service/services.ts'
import type { ApiKey } from '../store/keys.ts'
import type { Answer } from '../store/store.ts'
import { apiText } from './body.ts'

/** Longest `Idempotency-Key` that is taken. */
const KEY_CHARS = 255

/** The `Idempotency-Key` of a call, empty when it has none; throws `INVALID` when it is too long. */
export function idempotencyKeyOf(ctx: Context): string {
  const key = ctx.get('Idempotency-Key')
  if (key.length > KEY_CHARS) throw invalid('Idempotency-Key', `must be at most ${KEY_CHARS} characters`)
  return key
}

/**
 * Honours `Idempotency-Key` on POSTs: the same key and body get the stored answer, another body is refused with `KEY_REUSED`.
 * A call that was refused, or wrote nothing, is simply made again.
 */
export function once({ answers }: Pick<Services, 'answers'>, keyOf: (ctx: Context) => ApiKey): Middleware {
  return async (ctx, next) => {
    const given = idempotencyKeyOf(ctx)
    if (ctx.method !== 'POST' || given === '') return next()
    const { merchantId, mode } = keyOf(ctx)
    // Test and live never share an answer, as they share nothing else.
    const key = { merchantId, route: `${mode} ${ctx.path}`, keyHash: hash('sha256', given) }
    const bodyHash = hash('sha256', await apiText(ctx))

    const known = await answers.find(key)
    if (known !== undefined) return replay(ctx, known, bodyHash)
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
  if (status === 0) throw new DomainError('CONFLICT', 'A call with this Idempotency-Key is being carried out; its answer is not there yet.', { retryAfterSeconds: 1 })
  ctx.status = status
  ctx.type = 'application/json'
  ctx.body = body === 'null' ? null : body
}
