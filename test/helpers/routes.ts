import type { IncomingHttpHeaders } from 'node:http'
import type { Router } from '@koa/router'
import type { Context } from 'koa'
import { refcampaign } from '../../collector/api/refcampaign/dialect.ts'
import { refersion } from '../../collector/api/refersion/dialect.ts'
import { refgrowDocumented, refgrowLive } from '../../collector/api/refgrow/dialect.ts'
import type { Dialect } from '../../collector/api/dialect.ts'
import { ownRoutes } from '../../collector/app.ts'
import { loadConfig } from '../../collector/config.ts'
import { createLog } from '../../collector/http/log.ts'
import type { RouteDeps } from '../../collector/routes/deps.ts'
import type { Collector } from '../../collector/serve.ts'

const named = (routes: Router[]): string[] => routes.flatMap((router) => router.stack.flatMap(({ methods, path }) => methods.filter((method) => method !== 'HEAD' && method !== 'OPTIONS').map((method) => `${method} ${String(path)}`)))

const depsOf = ({ services, store }: Pick<Collector, 'services' | 'store'>): RouteDeps => ({
  services, store, config: loadConfig({}, {}), assets: { script: Buffer.alloc(0) } as unknown as RouteDeps['assets'], limits: undefined, addressOf: () => '', publicUrl: () => 'http://localhost', now: () => 0, log: createLog('silent'),
})

/** Every route of every dialect, as the collector serves it: `GET /api/v1/payouts/:id`. */
export function routesOf(collector: Pick<Collector, 'services' | 'store'>): Record<'refcampaign' | 'refgrowLive' | 'refgrowDocumented' | 'refersion', string[]> {
  const deps = depsOf(collector)
  return { refcampaign: named(refcampaign(deps).routes), refgrowLive: named(refgrowLive(deps).routes), refgrowDocumented: named(refgrowDocumented(deps).routes), refersion: named(refersion(deps).routes) }
}

/** Every route that belongs to no dialect. */
export const ownRoutesOf = (collector: Pick<Collector, 'services' | 'store'>): string[] => named(ownRoutes(depsOf(collector)))

/**
 * Whose words a call may be answered in, in the collector's own order: the first of them that has such a route answers,
 * and where none has, the first of all. What no dialect speaks is ours.
 */
export function apisOf(collector: Pick<Collector, 'services' | 'store'>): (headers: IncomingHttpHeaders, path: string) => [string, ...string[]] {
  const deps = depsOf(collector)
  const spoken: [string, Dialect][] = [['refgrow', refgrowLive(deps)], ['refersion', refersion(deps)], ['refgrow', refgrowDocumented(deps)], ['refcampaign', refcampaign(deps)]]
  return (headers, path) => {
    const ctx = { get: (name: string) => String(headers[name.toLowerCase()] ?? '') } as Context
    const [first = 'refledger', ...others] = spoken.filter(([, { speaks }]) => speaks(ctx, path)).map(([name]) => name)
    return [first, ...others]
  }
}
