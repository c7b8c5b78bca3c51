import { RECEIPT_TOUCHES } from '../limits.ts'
import { grouped, indexClicks, type ReplayColumns } from './replay-columns.ts'
import { UNKNOWN, type Era, type Place, type Places } from './replay-policy.ts'

/** The touches of one order that could win, side by side. */
export interface Field {
  count: number
  /** Indexes of places. */
  place: Int32Array
  atMs: Float64Array
  /** 1 for a touch of the order's own session, 0 for one of the customer's others. */
  own: Uint8Array
}

/** Finds the touches of order after order. */
export function fieldsOf(columns: ReplayColumns, { places, placeIn }: Places) {
  const { orders, sessions, identities } = columns
  const clicks = indexClicks(columns.clicks, sessions.identity.length)
  const devices = grouped(sessions.identity, identities.odd.length)
  const field: Field = { count: 0, place: new Int32Array(RECEIPT_TOUCHES), atMs: new Float64Array(RECEIPT_TOUCHES), own: new Uint8Array(RECEIPT_TOUCHES) }
  let era: Era
  let atMs = 0
  let knownMs = 0
  /** Touches that a receipt would hold, whether or not they could win; beyond what it holds the columns do not tell. */
  let touches = 0
  let isSure = true

  /** Adds what a session clicked. */
  function gather(session: number, own: 0 | 1): void {
    if (sessions.odd[session] === 1) isSure = false
    const end = clicks.start[session + 1] as number
    for (let click = clicks.start[session] as number; click < end; click++) {
      const clickMs = clicks.atMs[click] as number
      if (clickMs > knownMs) continue
      touches += 1
      const ageMs = atMs - clickMs
      if (ageMs < 0) continue
      const link = clicks.link[click] as number
      const known = era.placeOf[link] as number
      const place = known === UNKNOWN ? placeIn(era, link, atMs) : known
      if (place < 0 || ageMs > (places[place] as Place).windowMs) continue
      if (field.count === RECEIPT_TOUCHES) {
        isSure = false
        return
      }
      field.place[field.count] = place
      field.atMs[field.count] = clickMs
      field.own[field.count] = own
      field.count += 1
    }
  }

  /** Adds what the customer clicked on the other devices that were known by then. */
  function gatherOthers(identity: number, own: number): void {
    if (identities.odd[identity] === 1) isSure = false
    const end = devices.start[identity + 1] as number
    for (let index = devices.start[identity] as number; index < end; index++) {
      const session = devices.rows[index] as number
      if (session !== own && isBound(session)) gather(session, 0)
    }
  }

  /** True when a session was known to be its customer's; in the order's own millisecond nobody knows what came first. */
  function isBound(session: number): boolean {
    const sinceMs = sessions.sinceMs[session] as number
    if (sinceMs === knownMs) isSure = false
    return sinceMs <= knownMs
  }

  /** The field of an order, until the next is asked for; undefined when the columns do not tell the whole story. */
  return (row: number, now: Era): Field | undefined => {
    const session = orders.session[row] as number
    let identity = orders.identity[row] as number
    era = now
    atMs = orders.atMs[row] as number
    knownMs = orders.receivedAtMs[row] as number
    touches = field.count = 0
    isSure = true
    if (session >= 0) {
      gather(session, 1)
      // Without a visit a session's binding waits.
      if (identity < 0 && touches > 0 && isBound(session)) identity = sessions.identity[session] as number
    }
    if (identity >= 0) gatherOthers(identity, session)
    return isSure && touches === orders.considered[row] ? field : undefined
  }
}
