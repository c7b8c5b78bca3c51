/** Names of things of one merchant, by which another's key asks for them. */
export interface Names {
  ana: string
  /** Pending. */
  dan: string
  campaign: string
  /** Ana's; its commission is pending. */
  conversion: string
  commission: string
  /** Open, Ben's. */
  payout: string
}

/** What stands for a path's parameters, by the noun before them. */
const PARAMS: [RegExp, (names: Names) => string][] = [
  [/^\/v1\/affiliates\/:id/, () => 'aff_000001'], [/^\/v1\/commissions\/:id/, () => 'comm_000001'],
  [/\/affiliates\/:(email|id)\/stats/, () => '1'], [/\/affiliates\/:email/, () => encodeURIComponent('ana@partner.example')], [/\/referrals\/:email/, () => encodeURIComponent('kim@customer.example')],
  [/\/conversions\/:number/, () => '1'], [/\/coupons\/:\w+/, () => '1'],
  [/\/affiliates\/:id/, ({ ana }) => ana], [/\/applications\/:id/, ({ dan }) => dan], [/\/campaigns\/:id/, ({ campaign }) => campaign],
  [/\/conversions\/:id/, ({ conversion }) => conversion], [/\/commissions\/:id/, ({ commission }) => commission], [/\/payouts\/:id/, ({ payout }) => payout],
]

/** A route's path with the names filled in; throws for a parameter that nothing stands for. */
export function pathFor(route: string, names: Names): string {
  const path = route.includes(' ') ? (route.split(' ')[1] ?? '') : route
  if (!path.includes(':')) return path
  const found = PARAMS.find(([noun]) => noun.test(path))
  if (found === undefined) throw new Error(`nothing stands for the parameters of ${path}`)
  return path.replace(/:\w+/, found[1](names)).replace(/:\w+/g, '1')
}

const ORDER = { amount: 1000, currency: 'EUR' }

/** Bodies that name what is another merchant's. */
const BODIES: Record<string, (names: Names) => object> = {
  'POST /api/v1/conversions/track': () => ({ ...ORDER, orderId: 'order-9', sessionId: 's-1' }),
  'POST /api/conversions/track': () => ({ ...ORDER, orderId: 'order-8', sessionId: 's-1' }),
  'POST /api/v1/conversions/postback': () => ({ ...ORDER, externalId: 'order-7', conversionType: 'SALE', affiliateCode: 'ana' }),
  'POST /api/v1/conversions/refund': () => ({ externalId: 'order-1' }),
  'PUT /api/v1/commissions/bulk-approve': ({ commission }) => ({ commissionIds: [commission] }),
  'PUT /api/v1/commissions/bulk-reject': ({ commission }) => ({ commissionIds: [commission] }),
  'PUT /api/v1/commissions/:id': () => ({ type: 'BONUS', amount: 100, reason: 'x' }),
  'POST /api/v1/payouts': ({ ana }) => ({ affiliateId: ana, method: 'PAYPAL' }),
  'POST /api/v1/payouts/batch-process': ({ payout }) => ({ payoutIds: [payout] }),
  'PUT /api/v1/payouts/:id/cancel': () => ({ reason: 'x' }),
  'PUT /api/v1/payouts/:id/mark-paid': () => ({}),
  'POST /api/v1/campaigns': () => ({ name: 'C', landingUrl: 'https://shop.example/', commissionRate: 10, commissionType: 'PERCENTAGE' }),
  'PUT /api/v1/campaigns/:id': () => ({ name: 'Taken over' }),
  'POST /api/v1/affiliates': ({ campaign }) => ({ email: 'new@elsewhere.example', firstName: 'New', campaignId: campaign }),
  'PUT /api/v1/affiliates/:id': () => ({ firstName: 'Taken over' }),
  'PUT /api/v1/affiliates/:id/campaigns': () => ({ campaignIds: [] }),
  'PUT /api/v1/applications/:id/accept': () => ({}),
  'PUT /api/v1/applications/:id/reject': () => ({}),
  'PUT /api/v1/applications/bulk-accept': ({ dan }) => ({ applicationIds: [dan] }),
  'PUT /api/v1/applications/bulk-reject': ({ dan }) => ({ applicationIds: [dan] }),
  'POST /api/v1/replay': () => ({ from: '2026-11-01', to: '2026-11-30' }),
}

/** The body of a route's call; none for reads. */
export function bodyFor(route: string, names: Names): object | undefined {
  if (/^(GET|DELETE) /.test(route)) return undefined
  const body = BODIES[route]
  if (body === undefined) throw new Error(`there is no body for ${route}`)
  return body(names)
}
