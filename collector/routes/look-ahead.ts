import type { Context } from 'koa'

/** True for a request that a browser makes before anybody asked for the page: it announces so. */
export const isLookAhead = (ctx: Context): boolean => /prefetch|prerender/i.test(ctx.get('Sec-Purpose') || ctx.get('Purpose'))
