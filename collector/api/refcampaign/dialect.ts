import type { Dialect } from '../dialect.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { commissionRoutes } from './commissions.ts'
import { conversionRoutes } from './conversions.ts'
import { errorRenderer } from './errors.ts'
import { payoutRoutes } from './payouts.ts'
import { replayRoutes } from './replay.ts'
import { trackingRoutes } from './tracking.ts'

/** RefCampaign's API: whatever is under `/api` and nobody else's. */
export const refcampaign = (deps: RouteDeps): Dialect => ({
  routes: [conversionRoutes(deps), trackingRoutes(deps), commissionRoutes(deps), payoutRoutes(deps), replayRoutes(deps)],
  render: errorRenderer(deps.now),
  speaks: (_ctx, path) => path.startsWith('/api/'),
})
