import type { Database } from 'better-sqlite3'
import type { Arrival, Mode } from '../../../shared/domain.ts'
import { RECEIPT_TOUCHES, SAME_CLICK_MS } from '../../../shared/limits.ts'
import type { Appended, NewVisit } from '../store.ts'
import { fromBlob, fromNullableBlob, toBlob, toNullableBlob } from './blobs.ts'
import type { dailyStore } from './daily.ts'
import { internedTexts } from './texts.ts'

interface ClickRow {
  id: Buffer
  session: Buffer | null
  code: string
  campaign: string | null
  host: string | null
  url_hash: number
  mode: number
  bot: number
  waited: number
  clamped: number
  adopted: number
  joined: Buffer | null
  occurred_at_ms: number
  received_at_ms: number
}

const COLUMNS = 'id, session, code, campaign, host, url_hash, mode, bot, waited, clamped, adopted, joined, occurred_at_ms, received_at_ms'

/** Clicks: what arrives, which click it counts as, and what is known of a session. */
export function clickStore(db: Database, daily: ReturnType<typeof dailyStore>) {
  const texts = internedTexts(db)
  const insert = db.prepare(`
    insert into clicks (merchant_id, id, session, code, campaign, host, url_hash, page, referrer, user_agent, mode, bot, waited, clamped, adopted, joined, occurred_at_ms, received_at_ms)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing
  `)
  const byId = db.prepare<[number, Buffer], ClickRow>(`select ${COLUMNS} from clicks where merchant_id = ? and id = ?`)
  // Asked of every visit, and most sessions are new: a plain probe is several times cheaper than the sorted look-up.
  const hasSession = db.prepare<[number, Buffer], number>('select 1 from clicks where merchant_id = ? and session = ?').pluck()
  const previous = db.prepare<[number, Buffer, number], ClickRow>(`
    select ${COLUMNS} from clicks where merchant_id = ? and session = ? and occurred_at_ms <= ? and joined is null and bot = 0 and adopted = 0
    order by occurred_at_ms desc, id limit 1
  `)
  const claim = db.prepare('update clicks set session = ? where merchant_id = ? and id = ? and session is null')
  const newest = db.prepare<[number, Buffer, number], ClickRow>(`select ${COLUMNS} from clicks where merchant_id = ? and session = ? order by occurred_at_ms desc, id limit ?`)

  /** The click that this arrival joins: the one handed over by a redirect, or the same link again within half an hour. */
  function joinedBy({ merchantId, arrival, urlHash, handedOver }: NewVisit, session: Buffer | null): Buffer | null {
    if (session === null || arrival.bot || arrival.adopted) return null
    if (handedOver !== null) {
      const handed = byId.get(merchantId, toBlob(handedOver))
      const free = handed !== undefined && (handed.session === null || handed.session.equals(session))
      if (free && handed.joined === null && isSameLink(handed, arrival)) return handed.id
    }
    if (hasSession.get(merchantId, session) === undefined) return null
    const last = previous.get(merchantId, session, arrival.occurredAtMs)
    return last !== undefined && last.url_hash === urlHash && isSameLink(last, arrival) ? last.id : null
  }

  /** Keeps an arrival, and counts the click that it made: `later`, with the whole commit, where nothing can take it back alone. */
  function add(visit: NewVisit, { later }: { later: boolean }): Appended {
    const appended = keep(visit)
    const { merchantId, arrival: { bot, adopted }, countedAs } = visit
    if (!appended.created || bot || adopted) return appended
    if (later) daily.countLater(merchantId, countedAs)
    else daily.count(merchantId, countedAs)
    return appended
  }

  /** One that is known already keeps what was said first. */
  function keep(visit: NewVisit): Appended {
    const { merchantId, arrival } = visit
    const id = toBlob(arrival.id)
    const session = toNullableBlob(arrival.session)
    const joined = joinedBy(visit, session)
    if (joined?.equals(id)) return { clickId: arrival.id, created: false }
    const written = insert.run(
      merchantId, id, session, arrival.code, arrival.campaign, arrival.host, visit.urlHash,
      texts.idOf(merchantId, visit.page), texts.idOf(merchantId, visit.referrer), texts.idOf(merchantId, visit.userAgent),
      arrival.mode === 'test' ? 1 : 0, arrival.bot ? 1 : 0, arrival.waited ? 1 : 0, arrival.clamped ? 1 : 0, arrival.adopted ? 1 : 0, joined, arrival.occurredAtMs, arrival.receivedAtMs,
    )
    if (written.changes === 0) return { clickId: fromBlob(byId.get(merchantId, id)?.joined ?? id), created: false }
    if (joined === null) return { clickId: arrival.id, created: true }
    claim.run(session, merchantId, joined)
    return { clickId: fromBlob(joined), created: false }
  }

  /** A row as the engine sees it: with the time of the click that it counts as. */
  function arrivalOf(merchantId: number, row: ClickRow): Arrival {
    const counted = row.joined === null ? row : (byId.get(merchantId, row.joined) ?? row)
    return {
      id: fromBlob(row.id), clickId: fromBlob(counted.id), session: fromNullableBlob(row.session), code: counted.code, campaign: counted.campaign, host: counted.host ?? row.host,
      occurredAtMs: counted.occurred_at_ms, receivedAtMs: row.received_at_ms, waited: row.waited === 1, clamped: counted.clamped === 1, adopted: counted.adopted === 1, mode: modeOf(row), bot: counted.bot === 1,
    }
  }

  return {
    add,
    forget: texts.forget,
    /** The newest arrivals of a session. */
    ofSession: (merchantId: number, session: Buffer): Arrival[] => newest.all(merchantId, session, RECEIPT_TOUCHES).map((row) => arrivalOf(merchantId, row)),
    ofId: (merchantId: number, id: string): Arrival[] => [byId.get(merchantId, toBlob(id))].flatMap((row) => row === undefined ? [] : arrivalOf(merchantId, row)),
  }
}

/** The same affiliate's link again, within half an hour. */
function isSameLink(click: ClickRow, arrival: Arrival): boolean {
  const agoMs = arrival.occurredAtMs - click.occurred_at_ms
  return click.code === arrival.code && modeOf(click) === arrival.mode && agoMs >= 0 && agoMs <= SAME_CLICK_MS
}

const modeOf = ({ mode }: ClickRow): Mode => (mode === 1 ? 'test' : 'live')
