import type { ContestPolicy } from './attribution.ts'
import { price } from './commission.ts'
import { halfUp, rational } from './money.ts'
import { grouped, partShift, type ReplayColumns } from './replay-columns.ts'
import { fieldsOf } from './replay-field.ts'
import { placesOf, type Place, type Places, type PolicyChange } from './replay-policy.ts'
import { tally, type Tally } from './replay-tally.ts'
import { winnersIn, type Share } from './replay-winners.ts'
import type { Settings } from './settings.ts'
import { proportion } from './split.ts'

/** What came of a replay over columns. */
export interface Replayed {
  tally: Tally
  /** Rows of the orders that only the engine itself can judge. */
  left: number[]
}

const PPM = 1_000_000
/** Twice a product may be this, and half a divisor more, and still be a safe integer. */
const SAFE = 2 ** 52

/**
 * What orders would have earned under a changed policy, net of their refunds, judged from columns of facts. What takes
 * more than a session, a customer and a rate is named in `left`. Equal to `judge` on the receipts' touches, to which a
 * test holds it.
 */
export function replay(columns: ReplayColumns, settings: Settings, change: PolicyChange): Replayed {
  const { currencies, affiliates } = columns
  const known = placesOf(settings, columns, change)
  const { winner, shared } = contested(columns, known)
  const totals = tally(affiliates.length, currencies.length)
  const left: number[] = []
  for (let row = 0; row < winner.length; row++) {
    const won = winner[row] as number
    if (won === LEFT) left.push(row)
    else if (won >= 0) addEarned(totals, known.places[won] as Place, { columns, row })
    else if (won === SHARED) addShared(totals, shared.get(row) ?? [], { columns, row })
  }
  addBooked(totals, columns, winner)
  return { tally: totals, left }
}

const LEFT = -2
const SHARED = -3

/** Who wins each order: the index of a place, `NOBODY`, `LEFT` to the engine, or `SHARED` by several. */
function contested(columns: ReplayColumns, known: Places): { winner: Int32Array; shared: Map<number, Share[]> } {
  const { orders, sessions } = columns
  const fieldOf = fieldsOf(columns, known)
  const winner = new Int32Array(orders.number.length).fill(LEFT)
  const shared = new Map<number, Share[]>()
  let era = known.eraAt(0)
  for (const row of visitOrder(orders, sessions.identity.length)) {
    if (orders.ordinary[row] === 0) continue
    const atMs = orders.atMs[row] as number
    if (atMs < era.fromMs || atMs >= era.untilMs) era = known.eraAt(atMs)
    const field = fieldOf(row, era)
    if (field === undefined) continue
    const won = winnersIn(field, { places: known.places, era, atMs })
    if (typeof won === 'number') winner[row] = won
    else if (won !== undefined) {
      winner[row] = SHARED
      shared.set(row, won)
    }
  }
  return { winner, shared }
}

/** Orders by their sessions, roughly: neighbours find each other's clicks in the processor's cache. Those without a session come last. */
function visitOrder({ session }: ReplayColumns['orders'], sessions: number): Int32Array {
  const shift = partShift(sessions)
  const parts = (sessions >> shift) + 1
  return grouped(session.map((one) => (one < 0 ? parts << shift : one)), parts + 1, shift).rows
}

/** What stands booked for the orders that were judged here. */
function addBooked(totals: Tally, { orders, booked }: ReplayColumns, winner: Int32Array): void {
  for (let index = 0; index < booked.order.length; index++) {
    const row = booked.order[index] as number
    if (winner[row] !== LEFT) totals.addBooked(orders.currency[row] as number, booked.affiliate[index] as number, booked.minor[index] as number)
  }
}

/** What the one winner of an order earns from it, less what its refunds take of that. */
function addEarned(totals: Tally, place: Place, { columns, row }: { columns: ReplayColumns; row: number }): void {
  if (place.ppm < 0) {
    addShared(totals, [{ place, weight: { n: 1, d: 1 }, atMs: 0 }], { columns, row })
    return
  }
  const { baseMinor, takenMinor, currency } = columns.orders
  const base = baseMinor[row] as number
  totals.addWould(currency[row] as number, place.affiliate, netOf(percentOf(base, place.ppm), takenMinor[row] as number, base))
}

/** The same for shares, or for rates that are more than a percentage. */
function addShared(totals: Tally, shares: Share[], { columns: { orders, currencies }, row }: { columns: ReplayColumns; row: number }): void {
  const base = orders.baseMinor[row] as number
  const currency = orders.currency[row] as number
  for (const { affiliate, minor } of pricedParts(shares, { baseMinor: base, currency: currencies[currency] ?? '' })) totals.addWould(currency, affiliate, netOf(minor, orders.takenMinor[row] as number, base))
}

/** What shares of a plain order earn, an amount an affiliate: by the rules of every order, without lines. */
function pricedParts(shares: Share[], { baseMinor, currency }: { baseMinor: number; currency: string }): { affiliate: number; minor: number }[] {
  const claims = shares.map(({ place: { affiliateId, policy }, weight, atMs }) => ({ affiliateId, campaignId: policy.campaignId, weight, occurredAtMs: atMs }))
  const policies = [...new Map(shares.map(({ place: { policy, affiliateId } }) => [`${policy.campaignId} ${affiliateId}`, policy])).values()]
  const order = { kind: 'sale', mode: 'live', amount: { minor: baseMinor, currency }, lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, commissionMinor: null, occurredAtMs: 0, receivedAtMs: 0 } as const
  const parts = price({ claims, lines: [0], volume: [0], carved: false }, { order: { ...order, lines: [] }, bases: [baseMinor], policies: merged(policies), usage: [] }, new Set())
  const affiliates = new Map(shares.map(({ place: { affiliateId, affiliate } }) => [affiliateId, affiliate]))
  return [...Map.groupBy(parts, ({ affiliateId }) => affiliateId)].map(([affiliateId, own]) => ({ affiliate: affiliates.get(affiliateId) ?? 0, minor: own.reduce((sum, { minor }) => sum + minor, 0) }))
}

/** One policy a campaign, with the special rates of all its affiliates here. */
function merged(policies: ContestPolicy[]): ContestPolicy[] {
  return [...Map.groupBy(policies, ({ campaignId }) => campaignId).values()].flatMap((own) => {
    const [first] = own
    return first === undefined ? [] : { ...first, specialRates: own.flatMap(({ specialRates }) => specialRates) }
  })
}

/** `price * ppm / 1,000,000`, half up; plain numbers while the product is one. */
function percentOf(baseMinor: number, ppm: number): number {
  const doubled = baseMinor * ppm * 2
  if (doubled > SAFE) return Number(halfUp(rational(BigInt(baseMinor) * BigInt(ppm), BigInt(PPM))))
  return quotient(doubled + PPM, 2 * PPM)
}

/** A commission less what refunds take of it (ENGINE section 4, rule 5): an order without lines has one base. */
function netOf(minor: number, takenMinor: number, baseMinor: number): number {
  if (takenMinor === 0) return minor
  const doubled = minor * takenMinor * 2
  if (doubled > SAFE) return minor - proportion(minor, takenMinor, baseMinor)
  return minor - quotient(doubled + baseMinor, 2 * baseMinor)
}

/** The whole part of a quotient of safe integers: what rounding gets wrong is put right. */
function quotient(n: number, d: number): number {
  const whole = Math.floor(n / d)
  return whole * d > n ? whole - 1 : whole
}
