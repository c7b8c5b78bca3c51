import type { Router } from '@koa/router'
import type { RouteDeps } from '../../../routes/deps.ts'
import { affiliateRoutes } from './affiliates.ts'
import { conversionRoutes } from './conversions.ts'
import { couponRoutes } from './coupons.ts'
import { referralRoutes } from './referrals.ts'

/** The calls of the API that Refgrow's own client makes. */
export const routes = (deps: RouteDeps): Router[] => [affiliateRoutes(deps), referralRoutes(deps), conversionRoutes(deps), couponRoutes(deps)]
