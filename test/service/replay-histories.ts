import * as fc from 'fast-check'
import { DomainError } from '../../shared/errors.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { OrderReport } from '../../collector/service/conversions.ts'
import { customerHash, emailHash } from '../../collector/service/identity.ts'
import { BROWSER, HOUR_MS } from '../helpers/collector.ts'
import type { World } from '../helpers/world.ts'

/** One thing that happens to a merchant, some time after the one before. */
export interface Step {
  afterMs: number
  act: (world: World) => Promise<unknown>
}

const SESSIONS = Array.from({ length: 7 }, (_, n) => `01993b00-0000-7000-8000-00000000000${n}`)
/** Ana buys, too; Mia's address is credited to Ben. */
export const CUSTOMERS = ['kim@customer.example', 'lee@customer.example', 'mia@customer.example', 'ana@partner.example']
const LINES = [{ sku: 'TEE', quantity: 1, minor: 4000 }, { sku: 'MUG', quantity: 2, minor: 3000 }]
const BY = { actor: 'test' }

const session = fc.constantFrom(...SESSIONS)
const customer = fc.constantFrom(...CUSTOMERS)
const mode = fc.oneof({ weight: 19, arbitrary: fc.constant('live' as const) }, { weight: 1, arbitrary: fc.constant('test' as const) })
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 14, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const visit = fc.record({ session, code: fc.constantFrom('ana', 'ben', 'cleo'), campaign: seldom(fc.constantFrom('1', '2')), ageMs: seldom(fc.integer({ min: 1, max: 2 * DAY_MS })), bot: seldom(fc.constant(true)), adopted: seldom(fc.constant(true)), mode })
  .map(({ code, campaign, bot, ...more }) => ({ services, merchantId }: World) => services.touches.visit({
    ...more, url: `https://www.shop.example/?ref=${code}${campaign === undefined ? '' : `&c=${campaign}`}`, userAgent: bot === true ? 'Googlebot/2.1' : BROWSER, field: 'url', owner: merchantId,
  }))

const identify = fc.record({ session, customer, source: fc.constantFrom('browser' as const, 'server' as const), mode })
  .map(({ customer: address, ...more }) => ({ services, merchantId }: World) => services.identities.identify({ ...more, merchantId, emailHash: emailHash(address) }))

const order = fc.record({
  session: fc.option(session, { freq: 4 }), customer: fc.option(customer, { freq: 1 }), coupon: seldom(fc.constantFrom('ANA10', 'NONE')), code: seldom(fc.constant('cleo')), id: seldom(fc.constant('7')),
  minor: fc.integer({ min: 1, max: 30_000 }), currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'), lines: seldom(fc.constant(LINES)), subscriptionId: seldom(fc.constant('sub-1')),
  commissionMinor: seldom(fc.constant(250)), kind: fc.oneof({ weight: 14, arbitrary: fc.constant('sale' as const) }, { weight: 1, arbitrary: fc.constant('lead' as const) }), agoMs: seldom(fc.integer({ min: 1, max: DAY_MS })), mode,
}).map((asked) => ({ services, merchantId, clock }: World) => {
  const { identityOf } = services.identities
  const identifiers = Object.entries({
    session: asked.session, coupon: asked.coupon, code: asked.code,
    identity: asked.customer === null ? null : identityOf(merchantId, emailHash(asked.customer)), customer: asked.id === undefined ? null : identityOf(merchantId, customerHash(asked.id)),
  }).flatMap(([kind, value]) => (value === null || value === undefined ? [] : { kind: kind as OrderReport['identifiers'][number]['kind'], value }))
  const { lines, agoMs = 0, minor, currency, mode: of, kind, commissionMinor, subscriptionId } = asked
  const report: OrderReport = {
    merchantId, mode: of, kind, externalId: null, amount: { minor: lines === undefined ? minor : 7000, currency }, metadata: null, identifiers, ...(lines === undefined ? {} : { lines }),
    commissionMinor: commissionMinor ?? null, subscriptionId: subscriptionId ?? null, occurredAtMs: clock.nowMs - agoMs,
  }
  return services.conversions.record(report, { render: () => ({ status: 200, body: '' }) })
})

const refund = fc.record({ order: fc.integer({ min: 1, max: 20 }), minor: fc.option(fc.integer({ min: 1, max: 9000 })) })
  .map(({ order: number, minor }) => ({ services, merchantId }: World) => services.refunds.refund({ merchantId, order: String(number), request: () => (minor === null ? { kind: 'full' } : { kind: 'amount', minor }) }, BY))

const byHand = fc.record({ name: fc.integer({ min: 1, max: 12 }).map(String), how: fc.constantFrom('approve', 'deny', 'bonus') })
  .map(({ name, how }) => ({ services: { commissions }, merchantId }: World) => {
    if (how === 'bonus') return commissions.adjust({ merchantId, commission: name, type: 'BONUS', minor: () => 100 }, BY)
    return how === 'approve' ? commissions.approve({ merchantId, names: [name] }, BY) : commissions.reject({ merchantId, names: [name], reason: 'denied' }, BY)
  })

const settings = fc.constantFrom<(world: World) => Promise<unknown>>(
  ({ services, merchantId }) => services.affiliates.update('ben', { status: 'disabled' }, merchantId),
  ({ services, merchantId }) => services.affiliates.update('ben', { status: 'active' }, merchantId),
  ({ services, merchantId }) => services.campaigns.update('1', { windowDays: 10 }, merchantId),
  ({ services, merchantId }) => services.campaigns.update('1', { model: 'first_click' }, merchantId),
  ({ services, merchantId }) => services.campaigns.update('2', { model: 'position', poolDevices: true }, merchantId),
  ({ services, merchantId }) => services.merchants.update({ model: 'linear' }, merchantId),
  ({ services, merchantId }) => services.rates.set({ campaign: '1', affiliate: 'cleo', percent: '15' }, merchantId),
)

/** Days or hours apart, and now and then in the very same millisecond. */
const afterMs = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 3 * DAY_MS }) }, { weight: 3, arbitrary: fc.integer({ min: 1, max: HOUR_MS }) }, { weight: 1, arbitrary: fc.constant(0) })
const step = (weight: number, act: fc.Arbitrary<Step['act']>) => ({ weight, arbitrary: fc.record({ afterMs, act }) })

/** Whatever may happen, in a few sessions of a few customers. */
export const wild = fc.array(fc.oneof(step(24, visit), step(8, identify), step(16, order), step(4, refund), step(1, byHand), step(1, settings)), { minLength: 20, maxLength: 60 })

/** What happens all day: visits of two devices each, logins, orders and refunds. */
const device = fc.integer({ min: 0, max: 11 })
const plainSession = (of: number): string => `01993b00-0000-7000-8000-0000000001${String(of).padStart(2, '0')}`
const buyer = (of: number): string => `buyer-${of >> 1}@customer.example`
const plainVisit = fc.record({ device, code: fc.constantFrom('ana', 'ben', 'cleo') })
  .map(({ device: of, code }) => ({ services }: World) => services.touches.visit({ session: plainSession(of), url: `https://www.shop.example/?ref=${code}`, userAgent: BROWSER, mode: 'live', field: 'url' }))
const login = device.map((of) => ({ services, merchantId }: World) => services.identities.identify({ merchantId, session: plainSession(of), emailHash: emailHash(buyer(of)), source: 'server', mode: 'live' }))
const purchase = fc.record({ device, named: fc.boolean(), minor: fc.integer({ min: 1, max: 30_000 }), currency: fc.constantFrom('EUR', 'USD') })
  .map(({ device: of, named, minor, currency }) => ({ services, merchantId }: World) => services.conversions.record({
    merchantId, mode: 'live', kind: 'sale', externalId: null, amount: { minor, currency }, metadata: null,
    identifiers: [{ kind: 'session', value: plainSession(of) }, ...(named ? [{ kind: 'identity' as const, value: services.identities.identityOf(merchantId, emailHash(buyer(of))) }] : [])],
  }, { render: () => ({ status: 200, body: '' }) }))
export const plain = fc.array(fc.oneof(step(20, plainVisit), step(5, login), step(16, purchase), step(4, refund), step(1, settings)), { minLength: 20, maxLength: 60 })

/** Lets it all happen; what the collector refuses does not. */
export async function live(world: World, steps: Step[]): Promise<void> {
  for (const { afterMs: passed, act } of steps) {
    world.clock.nowMs += passed
    await act(world).catch((error: unknown) => {
      if (!(error instanceof DomainError)) throw error
    })
  }
}
