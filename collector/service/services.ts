import { affiliateService } from './affiliates.ts'
import { campaignService } from './campaigns.ts'
import { commissionService } from './commissions.ts'
import { conversionService } from './conversions.ts'
import type { Deps } from './deps.ts'
import { identityService } from './identities.ts'
import { keyService } from './keys.ts'
import { setupService } from './setup.ts'
import { touchService } from './touches.ts'

/** All use cases over one store. `publicUrl` is asked when it is needed: a port may be chosen at start. */
export function createServices(deps: Deps, publicUrl: () => string) {
  return {
    touches: touchService(deps),
    identities: identityService(deps),
    conversions: conversionService(deps),
    commissions: commissionService(deps),
    campaigns: campaignService(deps),
    affiliates: affiliateService(deps, publicUrl),
    keys: keyService(deps),
    setup: setupService(deps, publicUrl),
  }
}
export type Services = ReturnType<typeof createServices>
