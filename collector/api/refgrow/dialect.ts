import type { RouteDeps } from '../../routes/deps.ts'
import type { Dialect } from '../dialect.ts'
import { affiliateRoutes } from './documented/affiliates.ts'
import { commissionRoutes } from './documented/commissions.ts'
import { referralRoutes } from './documented/referrals.ts'
import { renderObject, renderString } from './errors.ts'

/** The API that Refgrow documents, under `/v1`. */
export const refgrowDocumented = (deps: RouteDeps): Dialect => ({
  routes: [affiliateRoutes(deps), referralRoutes(deps), commissionRoutes(deps)],
  render: renderObject,
  speaks: (_ctx, path) => path.startsWith('/v1/'),
})

/** The API that Refgrow's own client calls: under `/api/v1`, for keys that start `rgk_`. */
export const refgrowLive = (_deps: RouteDeps): Dialect => ({
  routes: [],
  render: renderString,
  speaks: (ctx, path) => path.startsWith('/api/v1/') && /^Bearer +rgk_/i.test(ctx.get('Authorization')),
})
