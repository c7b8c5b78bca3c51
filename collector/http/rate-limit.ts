import { hash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../../shared/errors.ts'

/** Calls a minute: of one address to the script's calls and to the public API, and of one key to the rest. */
export interface RateLimits {
  script: number
  public: number
  keyed: number
}
export const RATE_LIMITS: RateLimits = { script: 600, public: 60, keyed: 600 }

/** Addresses are hashed into so many slots: a flood of addresses fills no memory. */
const SLOTS = 65_536

/** Refuses with `RATE_LIMITED` when the caller that `of` names has used up its calls of this minute. */
export function rateLimit(perMinute: number | undefined, of: (ctx: Context) => string): Middleware {
  if (perMinute === undefined) return (_ctx, next) => next()
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  return async (ctx, next) => {
    const slot = Number.parseInt(hash('sha256', of(ctx)).slice(0, 8), 16) % SLOTS
    try {
      await limiter.consume(slot)
    } catch (used) {
      if (!(used instanceof RateLimiterRes)) throw used
      const retryAfterSeconds = Math.max(1, Math.ceil(used.msBeforeNext / 1000))
      throw new DomainError('RATE_LIMITED', `Too many requests: ${perMinute} a minute are allowed.`, { retryAfterSeconds })
    }
    return next()
  }
}
