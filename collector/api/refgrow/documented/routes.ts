import type { Router } from '@koa/router'
import type { RouteDeps } from '../../../routes/deps.ts'
import { affiliateRoutes } from './affiliates.ts'
import { commissionRoutes } from './commissions.ts'
import { referralRoutes } from './referrals.ts'

/** The calls of the API that Refgrow documents. */
export const routes = (deps: RouteDeps): Router[] => [affiliateRoutes(deps), referralRoutes(deps), commissionRoutes(deps)]
