import type { Context, Middleware } from 'koa'
import { DomainError, type ErrorCode } from '../../shared/errors.ts'
import type { Log } from './log.ts'

/** HTTP status of each refusal, the same in every dialect. */
export const STATUS: Record<ErrorCode, number> = {
  INVALID: 400,
  UNPARSABLE: 400,
  UNPROCESSABLE: 422,
  KEY_REUSED: 422,
  TOO_LARGE: 413,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  GONE: 410,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
}

/** How a refusal looks; `undefined` stands for a fault of ours, whose reason stays in the log. */
export type Render = (ctx: Context, error: DomainError | undefined) => void

/** Renders whatever is thrown behind it: refusals as they are, and anything else as a fault that tells nothing. */
export function renderErrors(render: Render, log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const refusal = error instanceof DomainError ? error : undefined
      if (refusal === undefined || refusal.code === 'UNAVAILABLE') log.error({ err: refusal?.cause ?? error, method: ctx.method, route: ctx['_matchedRoute'] as unknown }, 'request failed')
      if (refusal?.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(refusal.retryAfterSeconds))
      ctx.status = refusal === undefined ? 500 : STATUS[refusal.code]
      render(ctx, refusal)
    }
  }
}

/** The plain form of the script's calls and of everything that belongs to no dialect. */
export const renderPlain: Render = (ctx, error) => {
  ctx.body = { code: error?.code ?? 'SERVER_ERROR', message: error?.message ?? 'Something went wrong on our side; please try again.' }
}
