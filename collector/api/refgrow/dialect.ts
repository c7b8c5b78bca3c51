import type { RouteDeps } from '../../routes/deps.ts'
import type { Dialect } from '../dialect.ts'
import * as documented from './documented/routes.ts'
import { renderObject, renderString } from './errors.ts'
import * as live from './live/routes.ts'

/** The API that Refgrow documents, under `/v1`. */
export const refgrowDocumented = (deps: RouteDeps): Dialect => ({
  routes: documented.routes(deps),
  render: renderObject,
  speaks: (_ctx, path) => path.startsWith('/v1/'),
})

/** The API that Refgrow's own client calls: under `/api/v1`, for keys that start `rgk_`. */
export const refgrowLive = (deps: RouteDeps): Dialect => ({
  routes: live.routes(deps),
  render: renderString,
  speaks: (ctx, path) => path.startsWith('/api/v1/') && /^Bearer +rgk_/i.test(ctx.get('Authorization')),
})
