import type { Dialect } from '../dialect.ts'
import type { RouteDeps } from '../../routes/deps.ts'
import { affiliateRoutes, signupRoutes } from './affiliates.ts'
import { applicationRoutes } from './applications.ts'
import { campaignRoutes, publicCampaignRoutes } from './campaigns.ts'
import { commissionRoutes } from './commissions.ts'
import { conversionRoutes } from './conversions.ts'
import { errorRenderer } from './errors.ts'
import { exportRoutes } from './exports.ts'
import { payoutRoutes } from './payouts.ts'
import { pingRoutes, sdkRoutes } from './ping.ts'
import { replayRoutes } from './replay.ts'
import { trackingRoutes } from './tracking.ts'

/** RefCampaign's API: whatever is under `/api` and nobody else's. */
export const refcampaign = (deps: RouteDeps): Dialect => ({
  // An export is not a conversion that has this name.
  routes: [
    exportRoutes, conversionRoutes, trackingRoutes, sdkRoutes, commissionRoutes, payoutRoutes, publicCampaignRoutes, campaignRoutes, signupRoutes, affiliateRoutes, applicationRoutes, pingRoutes, replayRoutes,
  ].map((routes) => routes(deps)),
  render: errorRenderer(deps.now),
  speaks: (_ctx, path) => path.startsWith('/api/'),
})
