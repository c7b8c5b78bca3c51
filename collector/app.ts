import { Router } from '@koa/router'
import Koa, { type Middleware } from 'koa'
import { DomainError } from '../shared/errors.ts'
import { errorRenderer } from './api/refcampaign/errors.ts'
import { commissionRoutes } from './api/refcampaign/commissions.ts'
import { conversionRoutes } from './api/refcampaign/conversions.ts'
import { payoutRoutes } from './api/refcampaign/payouts.ts'
import { replayRoutes } from './api/refcampaign/replay.ts'
import { trackingRoutes } from './api/refcampaign/tracking.ts'
import type { Config } from './config.ts'
import { clientAddress } from './http/client-address.ts'
import { renderErrors, renderPlain } from './http/errors.ts'
import type { Log } from './http/log.ts'
import { beaconRoutes } from './routes/beacon.ts'
import type { RouteDeps } from './routes/deps.ts'
import { healthRoutes } from './routes/health.ts'
import { redirectRoutes } from './routes/redirect.ts'
import { scriptRoutes, type Assets } from './routes/script.ts'
import { setupRoutes } from './routes/setup.ts'
import type { Services } from './service/services.ts'
import type { Store } from './store/store.ts'

export interface AppOptions {
  config: Config
  store: Pick<Store, 'directory' | 'read'>
  services: Services
  assets: Assets
  publicUrl: () => string
  now: () => number
  log: Log
}

/** The collector as a Koa application; it listens nowhere by itself. */
export function createApp({ config, ...options }: AppOptions): Koa {
  const deps: RouteDeps = { ...options, config, limits: config.rateLimits, addressOf: clientAddress(config.trustProxy) }
  const { log } = deps
  const refcampaign = renderErrors(errorRenderer(deps.now), log)

  const app = new Koa()
  app.silent = true
  app.use((ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff')
    return next()
  })
  app.use(renderErrors(renderPlain, log))
  // Each behind a router of its own, which matches a request against its few routes only; the busiest comes first.
  const mount = (routes: Router, ...before: Middleware[]): unknown => app.use(new Router({ prefix: config.basePath }).use(...before, routes.routes()).routes())
  for (const routes of [beaconRoutes(deps), redirectRoutes(deps), scriptRoutes(deps), healthRoutes(deps), setupRoutes(deps)]) mount(routes)
  for (const routes of [conversionRoutes(deps), trackingRoutes(deps), commissionRoutes(deps), payoutRoutes(deps), replayRoutes(deps)]) mount(routes, refcampaign)
  app.use((ctx) => {
    const notFound = (): never => {
      throw new DomainError('NOT_FOUND', `There is no ${ctx.method} ${ctx.path.slice(0, 100)} here.`)
    }
    return ctx.path.startsWith(`${config.basePath}/api/`) ? refcampaign(ctx, async () => notFound()) : notFound()
  })
  return app
}
