import type { TouchPlace } from './settings.ts'

/** What a click says of who is to be credited; equal ones are one entry. */
export interface Link extends TouchPlace {
  code: string
  bot: boolean
}

/**
 * The facts of one merchant and mode in columns: ten million clicks as objects would fill the memory before the first is
 * judged. Indexes are into the other columns, -1 is none.
 */
export interface ReplayColumns {
  /** Counted clicks: the session, the link and the time of each. They were received when they happened. */
  clicks: { session: Int32Array; link: Int32Array; atMs: Float64Array }
  links: Link[]
  sessions: {
    /** Who the session is bound to, and since when the collector knows. */
    identity: Int32Array
    sinceMs: Float64Array
    /** 1 where a rule beyond these columns applies: contested, adopted, reported late. */
    odd: Uint8Array
  }
  /** 1 where an identity is an affiliate's own, or a trigger. */
  identities: { odd: Uint8Array }
  orders: OrderColumns
  /** What stands booked of the orders, net of refunds; ascending by order. */
  booked: { order: Int32Array; affiliate: Int32Array; minor: Float64Array }
  /** Ids, and codes of currencies, that the columns point into. */
  affiliates: string[]
  currencies: string[]
}

/** Orders of the replayed time, in the order of their numbers. */
export interface OrderColumns {
  number: Float64Array
  atMs: Float64Array
  receivedAtMs: Float64Array
  /** Base in minor units, and what refunds took of it. */
  baseMinor: Float64Array
  takenMinor: Float64Array
  currency: Int32Array
  /** The session and the identity that the order names. */
  session: Int32Array
  identity: Int32Array
  /** How many touches its newest receipt considered: a guard that these columns know the same. */
  considered: Int32Array
  /** 0 where only the engine itself can tell: lines, coupons, codes, renewals, late settlements, remarks. */
  ordinary: Uint8Array
}

/** Rows by what they belong to: those of group `i` are `rows[start[i]]` to before `start[i + 1]`. */
export interface Grouped {
  start: Int32Array
  rows: Int32Array
}

/** Rows sorted by the group that a column names, those of one group in their order; those of none are left out. */
export function grouped(column: Int32Array, groups: number, shift = 0): Grouped {
  const start = new Int32Array(groups + 1)
  for (let row = 0; row < column.length; row++) {
    const group = column[row] as number
    if (group >= 0) start[(group >> shift) + 1] = (start[(group >> shift) + 1] as number) + 1
  }
  sumUp(start, 0, groups)
  const next = start.slice()
  const rows = new Int32Array(start[groups] as number)
  for (let row = 0; row < column.length; row++) {
    const group = column[row] as number
    if (group < 0) continue
    const to = next[group >> shift] as number
    next[group >> shift] = to + 1
    rows[to] = row
  }
  return { start, rows }
}

/** Counts that stand one place up become the places where their groups begin. */
function sumUp(start: Int32Array, from: number, to: number): void {
  for (let group = from; group < to; group++) start[group + 1] = (start[group + 1] as number) + (start[group] as number)
}

/** Clicks side by side by session: those of session `i` are from `start[i]` to before `start[i + 1]`. */
export interface ClickIndex {
  start: Int32Array
  link: Int32Array
  atMs: Float64Array
}

/** About so many parts: few enough to be written side by side, and each small enough for a processor's cache. */
const PARTS = 512
/** How far a session's number is shifted to be that of its part. */
export const partShift = (sessions: number): number => Math.max(0, Math.ceil(Math.log2(Math.max(1, sessions) / PARTS)))

/**
 * Sorts clicks by session in two steps, coarse and fine. In one step every click would be written to another place of the
 * memory, and waiting for that took three times as long as all the rest.
 */
export function indexClicks({ session, link, atMs }: ReplayColumns['clicks'], sessions: number): ClickIndex {
  const shift = partShift(sessions)
  const parts = partsOf({ session, link, atMs }, (sessions >> shift) + 1, shift)
  const index: ClickIndex = { start: new Int32Array(sessions + 1), link: new Int32Array(parts.count), atMs: new Float64Array(parts.count) }
  const next = new Int32Array(1 << shift)
  for (let part = 0; part < parts.start.length - 1; part++) {
    const [from, to] = [parts.start[part] as number, parts.start[part + 1] as number]
    const first = part << shift
    const last = Math.min(first + (1 << shift), sessions)
    for (let click = from; click < to; click++) {
      const up = (parts.ids[4 * click + 3] as number) + 1
      index.start[up] = (index.start[up] as number) + 1
    }
    if (first < last) sumUp(index.start, first, last)
    next.set(index.start.subarray(first, last))
    for (let click = from; click < to; click++) {
      const own = (parts.ids[4 * click + 3] as number) - first
      const place = next[own] as number
      next[own] = place + 1
      index.link[place] = parts.ids[4 * click + 2] as number
      index.atMs[place] = parts.atMs[2 * click] as number
    }
  }
  return index
}

/** Clicks in records of 16 bytes: `atMs[2 * i]` is the time of one, `ids[4 * i + 2]` the link and `ids[4 * i + 3]` the session. */
function partsOf({ session, link, atMs }: ReplayColumns['clicks'], parts: number, shift: number) {
  const start = new Int32Array(parts + 1)
  for (let click = 0; click < session.length; click++) {
    const up = ((session[click] as number) >> shift) + 1
    start[up] = (start[up] as number) + 1
  }
  sumUp(start, 0, parts)
  const records = new ArrayBuffer(session.length * 16)
  const [times, ids] = [new Float64Array(records), new Int32Array(records)]
  const next = start.slice()
  for (let click = 0; click < session.length; click++) {
    const from = session[click] as number
    const part = from >> shift
    const to = next[part] as number
    next[part] = to + 1
    times[2 * to] = atMs[click] as number
    ids[4 * to + 2] = link[click] as number
    ids[4 * to + 3] = from
  }
  return { start, count: session.length, atMs: times, ids }
}
