import { hash, randomBytes } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../../shared/errors.ts'

/** Calls a minute: of one address to the script's calls and to the public API, and of one key to the rest. */
export interface RateLimits {
  script: number
  public: number
  keyed: number
  /** Customers that browsers of one address may name in a day (ENGINE section 2). */
  bindings: number
}
export const RATE_LIMITS: RateLimits = { script: 600, public: 60, keyed: 600, bindings: 200 }

const MINUTE = { seconds: 60, name: 'minute' } as const
const DAY = { seconds: 86_400, name: 'day' } as const

/** Addresses are hashed into so many slots: a flood of addresses fills no memory. */
const SLOTS = 65_536

/** Without it, anybody could find addresses that share a slot with a victim's. */
const SALT = randomBytes(16).toString('hex')

const limiters = new WeakMap<RateLimits, Map<keyof RateLimits, RateLimiterMemory>>()

/** One counts for all routes of a class: who is refused on one does not go on with the next. */
function limiterOf(limits: RateLimits, calling: keyof RateLimits, seconds: number): RateLimiterMemory {
  const held = limiters.get(limits) ?? new Map<keyof RateLimits, RateLimiterMemory>()
  limiters.set(limits, held)
  const limiter = held.get(calling) ?? new RateLimiterMemory({ points: limits[calling], duration: seconds })
  held.set(calling, limiter)
  return limiter
}

/** Refuses with `RATE_LIMITED` when the caller that `of` names has used up its calls of this time; says in headers what is left. */
export function rateLimit(limits: RateLimits | undefined, calling: keyof RateLimits, of: (ctx: Context) => string): Middleware {
  if (limits === undefined) return (_ctx, next) => next()
  const { seconds, name } = calling === 'bindings' ? DAY : MINUTE
  const calls = limits[calling]
  const limiter = limiterOf(limits, calling, seconds)
  return async (ctx, next) => {
    const slot = Number.parseInt(hash('sha256', SALT + of(ctx)).slice(0, 8), 16) % SLOTS
    const state = await limiter.consume(slot).catch(refusal)
    const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000))
    ctx.set({ 'X-RateLimit-Limit': String(calls), 'X-RateLimit-Remaining': String(state.remainingPoints), 'X-RateLimit-Reset': String(resetSeconds) })
    if (state.consumedPoints > calls) throw new DomainError('RATE_LIMITED', `Too many requests: ${calls} a ${name} are allowed.`, { retryAfterSeconds: resetSeconds })
    return next()
  }
}

/** The library throws what it has counted when that is too much. */
function refusal(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown
  throw thrown
}
