import { affiliateService } from './affiliates.ts'
import { applicationService } from './applications.ts'
import { arrivalService } from './arrivals.ts'
import { campaignService } from './campaigns.ts'
import { cartService } from './carts.ts'
import { commissionService } from './commissions.ts'
import { commissionStatusService } from './commission-status.ts'
import { conversionService } from './conversions.ts'
import { couponService } from './coupons.ts'
import { creditService } from './credits.ts'
import type { Deps } from './deps.ts'
import { eventService } from './events.ts'
import { identityService } from './identities.ts'
import { importAffiliateService } from './import-affiliates.ts'
import { importService } from './imports.ts'
import { keyService } from './keys.ts'
import { merchantService } from './merchants.ts'
import { answerService, onceStore } from './once.ts'
import { orderChangeService } from './order-changes.ts'
import { pageOrderService } from './page-orders.ts'
import { payoutService } from './payouts.ts'
import { privacyService } from './privacy.ts'
import { rateService } from './rates.ts'
import { referralService } from './referrals.ts'
import { refundService } from './refunds.ts'
import { reportService } from './reports.ts'
import { replayService } from './replay.ts'
import { serverClickService } from './server-clicks.ts'
import { setupService } from './setup.ts'
import { settlementService } from './settlements.ts'
import { siteService } from './sites.ts'
import { touchService } from './touches.ts'
import { triggerService } from './triggers.ts'
import { visitorService } from './visitors.ts'

/** All use cases over one store. `publicUrl` is asked when it is needed: a port may be chosen at start. */
export function createServices({ store, ...rest }: Deps, publicUrl: () => string) {
  const deps = { ...rest, store: onceStore(store) }
  const affiliates = affiliateService(deps, publicUrl)
  const commissions = commissionService(deps)
  const carts = cartService(deps)
  const conversions = conversionService(deps)
  const identities = identityService(deps)
  const refunds = refundService(deps)
  const settlements = settlementService(deps)
  const touches = touchService(deps)
  return {
    touches,
    arrivals: arrivalService(deps, { touches }),
    serverClicks: serverClickService(deps),
    identities,
    carts,
    pageOrders: pageOrderService({ conversions, identities, carts }),
    visitors: visitorService(deps),
    conversions,
    orderChanges: orderChangeService(deps, { refunds }),
    commissions,
    commissionStatus: commissionStatusService(deps, { commissions, settlements }),
    refunds,
    credits: creditService(deps),
    payouts: payoutService(deps),
    settlements,
    merchants: merchantService(deps),
    sites: siteService(deps),
    campaigns: campaignService(deps),
    rates: rateService(deps),
    affiliates,
    applications: applicationService(deps, affiliates),
    reports: reportService(deps, affiliates),
    triggers: triggerService(deps),
    coupons: couponService(deps),
    referrals: referralService(deps),
    imports: { ...importService(deps), affiliates: importAffiliateService(deps).all },
    keys: keyService(deps),
    answers: answerService(deps),
    events: eventService(deps),
    privacy: privacyService(deps),
    replay: replayService(deps),
    setup: setupService(deps, publicUrl),
  }
}
export type Services = ReturnType<typeof createServices>
