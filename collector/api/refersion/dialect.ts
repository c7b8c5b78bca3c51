import { Router } from '@koa/router'
import { z } from 'zod'
import type { RouteDeps } from '../../routes/deps.ts'
import type { Dialect } from '../dialect.ts'
import { affiliateOperations } from './affiliates.ts'
import { conversionOperations } from './conversions.ts'
import { creditOperations } from './credits.ts'
import { renderRefersion } from './errors.ts'
import { intakeOperations } from './intake.ts'
import { offerOperations } from './offers.ts'
import { operation, serving, type KeysIn, type Operation } from './operation.ts'
import { downloadRoutes, reportOperations } from './reporting.ts'
import { trackerRoutes } from './tracker.ts'
import { triggerOperations } from './triggers.ts'

/** Refersion's API, version 2 and what came before it, and the intake of orders; of `/api` just the addresses that are Refersion's. */
export function refersion(deps: RouteDeps): Dialect {
  const { current, intake, legacy } = addresses(deps)
  const older = new Set(Object.keys({ ...intake, ...legacy }))
  const serve = serving(deps)
  const mount = (operations: Record<string, Operation>, keysIn: KeysIn): Router => {
    const router = new Router()
    for (const [path, does] of Object.entries(operations)) router.post(path, ...serve(does, keysIn))
    return router
  }

  return {
    routes: [mount(current, 'headers'), mount(intake, 'body'), mount(legacy, 'body'), downloadRoutes(deps), trackerRoutes(deps)],
    render: renderRefersion,
    speaks: (_ctx, path) => path.startsWith('/v2/') || path.startsWith('/tracker/') || path.startsWith('/api/reporting/') || older.has(path.replace(/(?<=.)\/$/, '')),
  }
}

/** What each address does. */
function addresses(deps: RouteDeps): Record<'current' | 'intake' | 'legacy', Record<string, Operation>> {
  const affiliates = affiliateOperations(deps)
  const triggers = triggerOperations(deps)
  const conversions = conversionOperations(deps)
  const credits = creditOperations(deps)
  const offers = offerOperations(deps)
  const reports = reportOperations(deps)
  const { paid } = intakeOperations(deps)

  return {
    current: {
      '/v2/affiliate/new': affiliates.create,
      '/v2/affiliate/get': affiliates.get,
      '/v2/affiliate/edit': affiliates.edit,
      '/v2/affiliate/list': affiliates.list,
      '/v2/affiliate/search': affiliates.search,
      '/v2/affiliate/status_change': affiliates.status,
      '/v2/affiliate/trigger': triggers.create,
      '/v2/trigger/delete': triggers.remove,
      '/v2/conversion/cancel': conversions.cancel,
      '/v2/conversion/totals': conversions.totals,
      '/v2/conversion/manual_credit': credits.credit,
      '/v2/conversion/manual_credit_order_id': credits.creditOrder,
      '/v2/conversion/status_change': conversions.status,
      '/v2/offer/new_sku_commission': offers.addSkus,
      '/v2/reporting/link': reports.link,
    },
    intake: {
      '/tracker/orders/paid': paid,
      '/woocommerce/orders/paid': paid,
      '/tracker/v3/webhook': paid,
    },
    legacy: {
      '/api/check_account': operation(undefined, z.looseObject({}), () => [], { bodyless: true }),
      '/api/new_affiliate': affiliates.createLegacy,
      '/api/get_affiliate': affiliates.getLegacy,
      '/api/edit_affiliate': affiliates.editLegacy,
      '/api/list_affiliates': affiliates.list,
      '/api/search_affiliates': affiliates.search,
      '/api/new_affiliate_trigger': triggers.create,
      '/api/affiliates/new_affiliate_trigger': triggers.create,
      '/api/delete_affiliate_trigger': triggers.removeLegacy,
      '/api/cancel_conversion': conversions.cancel,
      '/api/manual_credit_order_id': credits.either,
      '/api/offer/new_sku_commission': offers.addSkus,
      '/api/process_manual_payment': conversions.pay,
      '/api/reporting/get_link': reports.link,
    },
  }
}
