import { Router } from '@koa/router'
import type { Context } from 'koa'
import { DomainError } from '../../shared/errors.ts'
import { CAMPAIGN_PARAM } from '../../shared/limits.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import { rateLimit } from '../http/rate-limit.ts'
import { siteOf } from '../service/sites.ts'
import type { RouteDeps } from './deps.ts'
import { isLookAhead } from './look-ahead.ts'

/** Affiliates' links: `/go/CODE`, `/c/CODE`, `/go/MERCHANT/CODE` lead to the campaign's landing page, and nowhere else. */
export function redirectRoutes({ services, store, limits, addressOf, log }: RouteDeps): Router {
  const router = new Router()
  const limit = rateLimit(limits, 'script', addressOf)
  /** Who comes too often is still sent to the shop, and no longer counted. */
  const withinLimit = (ctx: Context): Promise<boolean> => Promise.resolve(limit(ctx, async () => undefined)).then(() => true, (error: unknown) => {
    if (error instanceof DomainError && error.code === 'RATE_LIMITED') return false
    throw error
  })

  router.get(['/go/:code', '/c/:code'], (ctx) => lead(ctx, merchantHere(ctx)))
  router.get('/go/:merchant/:code', (ctx) => lead(ctx, merchantNamed(ctx.params['merchant'] ?? '')))

  const merchantNamed = (name: string): Settings | undefined => (/^[1-9]\d{0,14}$/.test(name) ? store.directory().merchants.get(Number(name)) : undefined)

  /** The merchant whose site this request came to, or the only one; with several and none of them named, nobody can tell. */
  function merchantHere(ctx: Context): Settings | undefined {
    const directory = store.directory()
    const site = siteOf(directory, ctx.hostname)
    if (site !== undefined) return directory.merchants.get(site.merchantId)
    const [only, another] = directory.merchants.values()
    return another === undefined ? only : undefined
  }

  async function lead(ctx: Context, settings: Settings | undefined): Promise<void> {
    const { code = '' } = ctx['params'] as { code?: string }
    const { [CAMPAIGN_PARAM]: campaign } = ctx.query
    const found = settings && await services.touches.follow(settings, {
      code, campaign: typeof campaign === 'string' ? campaign : null, userAgent: ctx.get('User-Agent'),
      // A look ahead is no visit: mail scanners ask with HEAD, browsers announce that they only prefetch. Who asks that nothing be kept gets no id.
      counts: ctx.method === 'GET' && ctx.get('Sec-GPC') !== '1' && !isLookAhead(ctx) && await withinLimit(ctx),
    })
    if (found === undefined) throw new DomainError('NOT_FOUND', 'This link leads nowhere: its code is unknown, or its campaign has ended.')
    if (found.lost !== undefined) log.error({ err: found.lost }, 'a click was not stored; its visitor was sent on')
    ctx.set('Cache-Control', 'no-store')
    ctx.redirect(found.location)
  }

  return router
}
