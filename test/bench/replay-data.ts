import type { Affiliate, Campaign, Version } from '../../shared/domain.ts'
import type { CampaignPolicy, Rate } from '../../shared/engine/terms.ts'
import { PLAIN_TERMS } from '../../shared/engine/terms.ts'
import type { Link, ReplayColumns } from '../../shared/engine/replay-columns.ts'
import { scopeKey, type Settings } from '../../shared/engine/settings.ts'
import { DAY_MS } from '../../shared/limits.ts'

export const AFFILIATES = 1000
/** A customer has so many devices. */
const DEVICES = 2
const START_MS = Date.UTC(2026, 0, 1)
const SPAN_MS = 90 * DAY_MS
const CAMPAIGN = 'cmp_bench'
const RATE_PPM = 100_000

export interface ReplayData {
  columns: ReplayColumns
  settings: Settings
  /** By affiliate: what the SQL needs to know of it. */
  terms: { active: boolean; ppm: number }[]
}

/** Numbers below a limit that look random and are the same in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

/**
 * Three months of a busy merchant: clicks in the order in which they came, each of some session, and orders of the last two
 * months. Every fifth customer was never identified, every tenth affiliate is disabled, every fourth has a rate of their own.
 */
export function replayData({ touches, orders: count }: { touches: number; orders: number }): ReplayData {
  const below = numbers(20_261_121)
  const sessions = Math.round(touches / 5)
  const terms = Array.from({ length: AFFILIATES }, (_, index) => ({ active: index % 10 !== 9, ppm: index % 4 === 3 ? 50_000 + index * 100 : RATE_PPM }))
  const identity = Int32Array.from({ length: sessions }, (_, session) => (Math.floor(session / DEVICES) % 5 === 4 ? -1 : Math.floor(session / DEVICES)))
  const clicks = {
    session: Int32Array.from({ length: touches }, () => below(sessions)),
    link: Int32Array.from({ length: touches }, () => below(AFFILIATES)),
    // Odd, and orders even: nothing happens in one millisecond with anything else.
    atMs: Float64Array.from({ length: touches }, (_, click) => START_MS + 1 + 2 * Math.floor((click * SPAN_MS) / touches / 2)),
  }
  const orders = ordersOf(count, { below, sessions })
  const columns: ReplayColumns = {
    clicks, orders,
    links: terms.map((_, index): Link => ({ code: codeOf(index), campaign: null, host: null, bot: false })),
    sessions: { identity, sinceMs: new Float64Array(sessions).fill(START_MS), odd: new Uint8Array(sessions) },
    identities: { odd: new Uint8Array(Math.ceil(sessions / DEVICES)) },
    booked: { order: new Int32Array(0), affiliate: new Int32Array(0), minor: new Float64Array(0) },
    affiliates: terms.map((_, index) => idOf(index)),
    currencies: ['EUR', 'USD'],
  }
  countTouches(columns)
  return { columns, terms, settings: settingsOf(terms) }
}

function ordersOf(count: number, { below, sessions }: { below: (limit: number) => number; sessions: number }): ReplayColumns['orders'] {
  const atMs = Float64Array.from({ length: count }, (_, row) => START_MS + SPAN_MS / 3 + 2 * Math.floor((row * SPAN_MS) / 3 / count))
  const baseMinor = Float64Array.from({ length: count }, () => 100 + below(50_000))
  return {
    atMs, baseMinor, receivedAtMs: atMs,
    number: Float64Array.from({ length: count }, (_, row) => row + 1),
    // Every tenth was given back in part.
    takenMinor: baseMinor.map((base) => (below(10) === 0 ? 1 + below(base) : 0)),
    currency: Int32Array.from({ length: count }, () => (below(4) === 0 ? 1 : 0)),
    session: Int32Array.from({ length: count }, () => below(sessions)),
    identity: new Int32Array(count).fill(-1),
    considered: new Int32Array(count),
    ordinary: new Uint8Array(count).fill(1),
  }
}

/** What the receipts would say of how many touches they judged; not part of what is measured. */
function countTouches({ clicks, orders, sessions: { identity } }: ReplayColumns): void {
  const seen = new Int32Array(identity.length)
  let click = 0
  for (let row = 0; row < orders.number.length; row++) {
    for (; click < clicks.session.length && (clicks.atMs[click] as number) <= (orders.atMs[row] as number); click++) seen[clicks.session[click] as number] = (seen[clicks.session[click] as number] as number) + 1
    const session = orders.session[row] as number
    const first = session - (session % DEVICES)
    const own = seen[session] as number
    // Without a visit of its own a session's binding waits.
    const others = (identity[session] as number) < 0 || own === 0 ? 0 : (seen[first] as number) + (seen[first + 1] ?? 0) - own
    orders.considered[row] = own + others
  }
}

const idOf = (index: number): string => `aff_${String(index).padStart(4, '0')}`
const codeOf = (index: number): string => `code${index}`
const once = <T>(value: T): Version<T>[] => [{ version: 1, validFromMs: 0, value }]

function settingsOf(terms: ReplayData['terms']): Settings {
  const policy: CampaignPolicy = { ...PLAIN_TERMS, name: 'Bench', landingUrl: 'https://shop.example/', rate: { kind: 'percent', ppm: RATE_PPM }, windowDays: 30, holdDays: null }
  const special = terms.flatMap(({ ppm }, index): [string, Version<Rate | null>[]][] => (ppm === RATE_PPM ? [] : [[scopeKey({ affiliateId: idOf(index), sku: null }), once({ kind: 'percent', ppm })]]))
  const campaign: Campaign = { id: CAMPAIGN, number: 1, merchantId: 1, createdAtMs: 0, versions: once(policy), specialRates: new Map(special) }
  const affiliates = terms.map(({ active }, index): Affiliate => ({
    id: idOf(index), number: index + 1, merchantId: 1, name: '', email: '', identities: [], createdAtMs: 0, codes: [],
    versions: once({ status: active ? 'ACTIVE' : 'DISABLED' }), enrolments: [{ campaignId: CAMPAIGN, enrolledAtMs: 0, leftAtMs: null }],
  }))
  return {
    merchant: { id: 1, name: 'Bench', currency: 'EUR' }, terms: once({ timezone: 'UTC', model: 'last_click', couponFirst: false, poolDevices: false }), sites: [],
    campaigns: new Map([[CAMPAIGN, campaign]]), affiliates: new Map(affiliates.map((one) => [one.id, one])),
    codes: new Map(terms.map((_, index) => [codeOf(index), { affiliateId: idOf(index), validFromMs: 0 }])), triggers: new Map(),
  }
}
