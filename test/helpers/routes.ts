import type { Router } from '@koa/router'
import { refcampaign } from '../../collector/api/refcampaign/dialect.ts'
import { refersion } from '../../collector/api/refersion/dialect.ts'
import { refgrowDocumented, refgrowLive } from '../../collector/api/refgrow/dialect.ts'
import type { Dialect } from '../../collector/api/dialect.ts'
import { loadConfig } from '../../collector/config.ts'
import { createLog } from '../../collector/http/log.ts'
import type { RouteDeps } from '../../collector/routes/deps.ts'
import type { Collector } from '../../collector/serve.ts'

const named = ({ routes }: Dialect): string[] => routes.flatMap((router: Router) => router.stack.flatMap(({ methods, path }) => methods.filter((method) => method !== 'HEAD' && method !== 'OPTIONS').map((method) => `${method} ${String(path)}`)))

/** Every route of every dialect, as the collector serves it: `GET /api/v1/payouts/:id`. */
export function routesOf({ services, store }: Pick<Collector, 'services' | 'store'>): Record<'refcampaign' | 'refgrowLive' | 'refgrowDocumented' | 'refersion', string[]> {
  const deps: RouteDeps = {
    services, store, config: loadConfig({}, {}), assets: { script: Buffer.alloc(0) } as unknown as RouteDeps['assets'], limits: undefined, addressOf: () => '', publicUrl: () => 'http://localhost', now: () => 0, log: createLog('silent'),
  }
  return { refcampaign: named(refcampaign(deps)), refgrowLive: named(refgrowLive(deps)), refgrowDocumented: named(refgrowDocumented(deps)), refersion: named(refersion(deps)) }
}
