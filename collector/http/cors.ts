import type { Middleware } from 'koa'
import { hostOf, siteOf } from '../service/sites.ts'
import type { Store } from '../store/store.ts'

/** Seconds that a browser may remember a preflight's answer. */
const PREFLIGHT_SECONDS = '86400'

/**
 * Lets the pages of known sites read answers, with cookies. Every other origin gets no header at all:
 * its page learns nothing.
 */
export function cors(store: Pick<Store, 'directory'>): Middleware {
  return async (ctx, next) => {
    const origin = ctx.get('Origin')
    ctx.set('Vary', 'Origin')
    if (origin !== '' && siteOf(store.directory(), hostOf(origin)) !== undefined) {
      ctx.set('Access-Control-Allow-Origin', origin)
      ctx.set('Access-Control-Allow-Credentials', 'true')
    }
    if (ctx.method !== 'OPTIONS') return next()
    ctx.set('Access-Control-Allow-Methods', 'POST')
    ctx.set('Access-Control-Allow-Headers', 'Content-Type, Authorization, Idempotency-Key')
    ctx.set('Access-Control-Max-Age', PREFLIGHT_SECONDS)
    ctx.status = 204
  }
}

/** Lets any page read answers that hold nothing of anybody's, without cookies; answers its preflights. */
export function corsForAll(method: 'GET' | 'POST'): Middleware {
  return async (ctx, next) => {
    ctx.set('Access-Control-Allow-Origin', '*')
    if (ctx.method !== 'OPTIONS') return next()
    ctx.set({ 'Access-Control-Allow-Methods': method, 'Access-Control-Allow-Headers': 'Content-Type', 'Access-Control-Max-Age': PREFLIGHT_SECONDS })
    ctx.status = 204
  }
}
