import { Router } from '@koa/router'
import Koa from 'koa'
import { DomainError } from '../shared/errors.ts'
import { dialects } from './api/dialect.ts'
import { refcampaign } from './api/refcampaign/dialect.ts'
import { refersion } from './api/refersion/dialect.ts'
import { refgrowDocumented, refgrowLive } from './api/refgrow/dialect.ts'
import type { Config } from './config.ts'
import { clientAddress } from './http/client-address.ts'
import { renderErrors, renderPlain } from './http/errors.ts'
import type { Log } from './http/log.ts'
import { beaconRoutes } from './routes/beacon.ts'
import type { RouteDeps } from './routes/deps.ts'
import { healthRoutes } from './routes/health.ts'
import { noscriptRoutes } from './routes/noscript.ts'
import { redirectRoutes } from './routes/redirect.ts'
import { referenceRoutes } from './routes/reference.ts'
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

/** The routes that belong to no dialect. */
export const ownRoutes = (deps: RouteDeps): Router[] => [beaconRoutes, redirectRoutes, scriptRoutes, noscriptRoutes, healthRoutes, setupRoutes, referenceRoutes].map((routes) => routes(deps))

/** The collector as a Koa application; it listens nowhere by itself. */
export function createApp({ config, ...options }: AppOptions): Koa {
  const deps: RouteDeps = { ...options, config, limits: config.rateLimits, addressOf: clientAddress(config.trustProxy) }
  const { log } = deps

  // Behind a proxy that calls the collector by its address, the shop's host stands in X-Forwarded-Host.
  const app = new Koa({ proxy: config.trustProxy.kind !== 'off' })
  app.silent = true
  app.use((ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff')
    return next()
  })
  app.use(renderErrors(renderPlain, log))
  // Each behind a router of its own, which matches a request against its few routes only; the busiest comes first.
  const mount = (routes: Router): unknown => app.use(new Router({ prefix: config.basePath }).use(routes.routes()).routes())
  for (const routes of ownRoutes(deps)) mount(routes)
  for (const dialect of dialects([refgrowLive(deps), refersion(deps), refgrowDocumented(deps), refcampaign(deps)], { basePath: config.basePath, log })) app.use(dialect)
  app.use((ctx) => {
    throw new DomainError('NOT_FOUND', `There is no ${ctx.method} ${ctx.path.slice(0, 100)} here.`)
  })
  return app
}
