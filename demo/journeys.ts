import { DAY_MS } from '../shared/limits.ts'
import { ROASTS } from './roasts.ts'

/** One thing that happens in the month, and when. Customers are numbers; `history.ts` gives them addresses. */
export type Moment = { atMs: number } & (
  | { kind: 'arrival'; session: string; click: string; code: string; path: string; via: 'script' | 'server' }
  | { kind: 'identify'; session: string; customer: number }
  | { kind: 'order'; number: number; roast: string; amountMinor: number; customer: number; session?: string; inMajorUnits?: true; again?: true }
)

export interface MonthOptions {
  codes: readonly string[]
  seed: number
  untilMs: number
}

const DAYS = 30
const ARRIVALS = 600
const FEWEST_ORDERS = 60
/** An old poster's; no affiliate has it any more. */
const NOBODYS_CODE = 'altes-plakat'
const MINUTE_MS = 60_000
/** How the affiliates differ, first come first: who sends many, and whose visitors buy. */
const TRAFFIC = [9, 6, 4, 2]
const SUCCESS = [3, 6, 1, 4]
/** Arrivals by hour of the day, in UTC: a coffee shop has two peaks. */
const HOURS = [1, 1, 0, 0, 1, 3, 8, 12, 10, 7, 6, 6, 7, 6, 5, 6, 7, 8, 8, 9, 10, 8, 5, 2]

type Random = () => number
type Arrival = Extract<Moment, { kind: 'arrival' }>
type Order = Extract<Moment, { kind: 'order' }>

/**
 * A month of the shop, the same one for the same seed: arrivals, some of which buy; buyers who came
 * twice, buy twice, or pay on another device; and customers whom nobody sent.
 */
export function month({ codes, seed, untilMs }: MonthOptions): Moment[] {
  const random = mulberry32(seed)
  const arrivals = Array.from({ length: ARRIVALS }, () => arrival(random, untilMs, codes))
  returning(random, arrivals)

  const orders = FEWEST_ORDERS + Math.floor(random() * 18)
  const unsent = Math.round(orders / 5)
  const moments: Moment[] = [...arrivals]
  for (let number = 0; number < orders; number += 1) {
    const order = { kind: 'order', number, customer: customerOf(random, number), ...basket(random) } as const
    if (number < unsent) moments.push({ ...order, atMs: momentOf(random, untilMs) })
    else moments.push(...purchase(random, { ...order, atMs: untilMs }, weighted(random, arrivals, ({ code }) => successOf(codes.indexOf(code)))))
  }
  return moments.toSorted((one, other) => one.atMs - other.atMs)
}

function arrival(random: Random, untilMs: number, codes: readonly string[]): Arrival {
  const atMs = momentOf(random, untilMs)
  const code = random() < 0.02 ? NOBODYS_CODE : weighted(random, codes, (each) => TRAFFIC[codes.indexOf(each)] ?? 1)
  const path = random() < 0.6 ? '/' : `/roasts/${oneOf(random, ROASTS).slug}`
  return { kind: 'arrival', atMs, session: uuidv7(random, atMs), click: uuidv7(random, atMs), code, path, via: random() < 0.1 ? 'server' : 'script' }
}

/** One visitor in ten is one who was here before, often through somebody else. */
function returning(random: Random, arrivals: Arrival[]): void {
  for (const [index, visit] of arrivals.entries()) {
    const earlier = arrivals[Math.floor(random() * arrivals.length)]
    if (index % 10 === 0 && earlier && earlier.atMs < visit.atMs) visit.session = earlier.session
  }
}

/** An order after an arrival: mostly at once, sometimes days later, sometimes from another device. */
function purchase(random: Random, { atMs: untilMs, ...what }: Order, { session, atMs: arrivedMs }: Arrival): Moment[] {
  const soonMs = arrivedMs + Math.floor((4 + random() * 40) * MINUTE_MS)
  const laterMs = soonMs + Math.floor(random() * 8 * DAY_MS)
  const atMs = random() < 0.7 || laterMs >= untilMs ? soonMs : laterMs
  const identify: Moment = { kind: 'identify', atMs: atMs - MINUTE_MS, session, customer: what.customer }
  const order: Order = { ...what, atMs, session }

  const kind = random()
  // Signed up for the newsletter on the phone, paid on the computer: only the e-mail ties them.
  if (kind < 0.15) return [identify, { ...what, atMs }]
  if (kind < 0.3) return [{ ...order, inMajorUnits: true }]
  if (kind < 0.4) return [identify, order, { ...order, atMs: atMs + 2000, again: true }]
  return [identify, order]
}

/** Every seventh customer or so has bought before. */
function customerOf(random: Random, number: number): number {
  return random() < 0.15 ? Math.floor(random() * number) : number
}

/** A code that nobody has sells nothing. */
const successOf = (index: number): number => (index < 0 ? 0 : (SUCCESS[index] ?? 1))

function basket(random: Random): { roast: string; amountMinor: number } {
  const roast = oneOf(random, ROASTS)
  return { roast: roast.slug, amountMinor: roast.priceMinor * (1 + Math.floor(random() ** 2 * 4)) }
}

/**
 * Some time in the month. Later days are busier, because the shop grows; hours follow `HOURS`.
 * The last hour stays free, so that whoever arrives can still buy.
 */
function momentOf(random: Random, untilMs: number): number {
  const lastMs = untilMs - 60 * MINUTE_MS
  const firstDayMs = Math.floor(lastMs / DAY_MS - DAYS) * DAY_MS
  for (;;) {
    const day = Math.floor((DAYS + 1) * random() ** 0.75)
    const hour = weighted(random, [...HOURS.keys()], (each) => HOURS[each] ?? 0)
    const atMs = firstDayMs + Math.floor((day + (hour + random()) / 24) * DAY_MS)
    if (atMs >= lastMs - DAYS * DAY_MS && atMs < lastMs) return atMs
  }
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return weighted(random, items, () => 1)
}

function weighted<T>(random: Random, items: readonly T[], weight: (item: T) => number): T {
  let left = random() * items.reduce((sum, item) => sum + weight(item), 0)
  for (const item of items) {
    left -= weight(item)
    if (left < 0) return item
  }
  throw new RangeError('nothing to choose from: no item has a weight')
}

/** UUIDv7 out of the given dice, as the browser script makes them out of real ones. */
function uuidv7(random: Random, atMs: number): string {
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const time = Math.floor(atMs).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`
}

/** A small generator of good numbers (Tommy Ettinger's mulberry32): the same seed, the same month. */
function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
