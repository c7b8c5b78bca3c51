import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { SESSION_COOKIE, URL_CHARS } from '../../shared/limits.ts'
import { isUuid } from '../../shared/engine/ids.ts'
import { rateLimit } from '../http/rate-limit.ts'
import type { RouteDeps } from './deps.ts'
import { isLookAhead } from './look-ahead.ts'
import { cookieAttributes, setSessionCookie } from './session-cookie.ts'

/** The smallest image that browsers draw: one transparent dot. */
const DOT = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** `GET /r/noscript`: the image that a page shows where scripts are off; its `Referer` is the visited page. */
export function noscriptRoutes({ services, limits, addressOf, publicUrl, log }: RouteDeps): Router {
  const router = new Router()
  const limit = rateLimit(limits, 'script', addressOf)

  router.get('/r/noscript', async (ctx) => {
    ctx.set({ 'Cache-Control': 'no-store', 'Cross-Origin-Resource-Policy': 'cross-origin' })
    ctx.type = 'image/gif'
    ctx.body = DOT
    const page = ctx.get('Referer')
    // HEAD, a look ahead, and a visitor who asks that nothing be kept: the image alone.
    if (ctx.method !== 'GET' || isLookAhead(ctx) || ctx.get('Sec-GPC') === '1' || page.length > URL_CHARS || !URL.canParse(page)) return
    try {
      await limit(ctx, () => count(ctx, page))
    } catch (error) {
      // A page without a code, of nobody here, or too many: the image is shown all the same.
      if (!(error instanceof DomainError)) log.error({ err: error }, 'a visit by the image was not stored')
    }
  })

  async function count(ctx: Context, page: string): Promise<void> {
    const known = ctx.cookies.get(SESSION_COOKIE)?.toLowerCase()
    const { session } = await services.touches.visit({ url: page, session: known !== undefined && isUuid(known) ? known : undefined, userAgent: ctx.get('User-Agent'), mode: 'live', field: 'url' })
    const visited = new URL(page)
    setSessionCookie(ctx, visited, { session, attributes: cookieAttributes(visited, {}), secure: publicUrl().startsWith('https:') })
  }

  return router
}
