import type { Database } from 'better-sqlite3'
import { SAME_CLICK_MS } from '../../../shared/limits.ts'

/** What of a visit tells which click it counts as. */
export interface JoinRow {
  id: Buffer
  code: string
  campaign: string | null
  /** Null for a click of a redirect link. */
  host: string | null
  url_hash: number
  mode: number
  joined: Buffer | null
  occurred_at_ms: number
}

/** A visit that counts for itself now and did not before, or the other way round. */
export interface Flip {
  row: JoinRow
  counts: boolean
}

interface Place { merchantId: number; session: Buffer }

/** Visits that are looked at again when one turns up that came before them: a bound against a flood. */
const MOST = 1000
const PAGE = 100

/**
 * Which click a visit of a session counts as: the one before it by occurrence, where that is of the same link and at most
 * half an hour older (ENGINE section 2). It is so whatever order visits come in: one that waited in the browser moves
 * those behind it.
 */
export function joinStore(db: Database) {
  const columns = 'id, code, campaign, host, url_hash, mode, joined, occurred_at_ms'
  const before = db.prepare<[number, Buffer, number, Buffer], JoinRow>(`
    select ${columns} from clicks
    where merchant_id = ? and session = ? and (occurred_at_ms, id) < (?, ?) and joined is null and bot = 0 and adopted = 0
    order by occurred_at_ms desc, id desc limit 1
  `)
  // A landing page's visit that a redirect handed its click to is that click, whatever else the session did.
  const behind = db.prepare<[number, Buffer, number, Buffer, number], JoinRow>(`
    select ${columns} from clicks k
    where merchant_id = ? and session = ? and (occurred_at_ms, id) > (?, ?) and bot = 0 and adopted = 0
      and not exists (select 1 from clicks h where h.merchant_id = k.merchant_id and h.id = k.joined and h.host is null)
    order by occurred_at_ms, id limit ?
  `)
  const join = db.prepare('update clicks set joined = ? where merchant_id = ? and id = ?')

  const previous = ({ merchantId, session }: Place, row: JoinRow): JoinRow | undefined => before.get(merchantId, session, row.occurred_at_ms, row.id)

  return {
    /** The click that a visit joins; null when it is one of its own. */
    joinedBy(place: Place, row: JoinRow): Buffer | null {
      const last = previous(place, row)
      return last !== undefined && isSameClick(last, row) ? last.id : null
    },

    /** Joins anew what a session did behind a visit that is there now; says what counts otherwise than before. */
    rejoin(place: Place, row: JoinRow): Flip[] {
      const { merchantId, session } = place
      const flips: Flip[] = []
      let counted = row.joined === null ? row : previous(place, row)
      let last = row
      for (let seen = 0; seen < MOST; seen += PAGE) {
        const rows = behind.all(merchantId, session, last.occurred_at_ms, last.id, PAGE)
        for (const next of rows) {
          const joined = counted !== undefined && isSameClick(counted, next) ? counted.id : null
          // What counted before and does now is followed by what it was followed by.
          if (joined === null && next.joined === null) return flips
          if (joined === null || !next.joined?.equals(joined)) join.run(joined, merchantId, next.id)
          if ((joined === null) !== (next.joined === null)) flips.push({ row: next, counts: joined === null })
          if (joined === null) counted = next
        }
        const end = rows.at(-1)
        if (end === undefined || rows.length < PAGE) break
        last = end
      }
      return flips
    },
  }
}

/** The same affiliate's link again, within half an hour; of two redirects each is a click. */
function isSameClick(click: JoinRow, again: JoinRow): boolean {
  const laterMs = again.occurred_at_ms - click.occurred_at_ms
  return isSameLink(click, again) && click.url_hash === again.url_hash && again.host !== null && laterMs >= 0 && laterMs <= SAME_CLICK_MS
}

/** The same affiliate's, of the same mode. */
export const isSameLink = (a: Pick<JoinRow, 'code' | 'mode'>, b: Pick<JoinRow, 'code' | 'mode'>): boolean => a.code === b.code && a.mode === b.mode
