import type { Database } from 'better-sqlite3'
import type { Arrival, Mode } from '../../../shared/domain.ts'
import { SAME_CLICK_MS } from '../../../shared/limits.ts'
import type { Appended, NewVisit } from '../store.ts'
import { fromBlob, fromNullableBlob, toBlob, toNullableBlob } from './blobs.ts'
import type { dailyStore } from './daily.ts'
import { isSameLink, joinStore, type Flip, type JoinRow } from './joins.ts'
import { internedTexts } from './texts.ts'

interface ClickRow extends JoinRow {
  session: Buffer | null
  bot: number
  waited: number
  clamped: number
  adopted: number
  received_at_ms: number
}

/** Visits of a session that are all read; of more, those that counted, the newest and the oldest of them. */
const SESSION_ROWS = 1000
const END_ROWS = 500
/** Of bots' visits and other systems' cookies, in a session of more. */
const OTHER_ROWS = 100

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
  const claim = db.prepare('update clicks set session = ? where merchant_id = ? and id = ? and session is null')
  const move = db.prepare('update clicks set session = ? where merchant_id = ? and session = ?')
  const erased = 'page = :blank, referrer = :blank, user_agent = :blank, url_hash = 0'
  const eraseSession = db.prepare(`update clicks set session = :other, ${erased} where merchant_id = :merchantId and session = :session`)
  const blank = db.prepare(`update clicks set ${erased} where merchant_id = :merchantId and id = :id`)
  const joins = joinStore(db)
  const rows = (where: string, order: string) => db.prepare<[number, Buffer, number], ClickRow>(`select ${COLUMNS} from clicks where merchant_id = ? and session = ? ${where} order by occurred_at_ms ${order}, id limit ?`)
  const all = rows('', '')
  const ends = [rows('and joined is null and bot = 0 and adopted = 0', ''), rows('and joined is null and bot = 0 and adopted = 0', 'desc')]
  const others = rows('and joined is null and (bot = 1 or adopted = 1)', 'desc')
  const clicksOf = db.prepare<[number, Buffer], number>('select count(*) from clicks where merchant_id = ? and session = ? and joined is null').pluck()

  /** The redirect's click that a landing page was handed, where that may still be joined. */
  function handedTo({ merchantId, arrival, handedOver }: NewVisit, row: JoinRow, session: Buffer): JoinRow | undefined {
    const click = handedOver === null ? undefined : byId.get(merchantId, toBlob(handedOver))
    if (click === undefined || click.host !== null || !isSameLink(click, row)) return undefined
    const laterMs = arrival.occurredAtMs - click.occurred_at_ms
    return (click.session === null || click.session.equals(session)) && laterMs >= 0 && laterMs <= SAME_CLICK_MS ? click : undefined
  }

  /** Keeps an arrival, and counts the click that it made: `later`, with the whole commit, where nothing can take it back alone. */
  function add(visit: NewVisit, { later }: { later: boolean }): Appended {
    const { merchantId, arrival, countedAs } = visit
    const { flips, ...appended } = keep(visit)
    const count = later ? daily.countLater : daily.count
    if (appended.created && !arrival.bot && !arrival.adopted) count(merchantId, countedAs(arrival), 1)
    for (const { row, counts } of flips) count(merchantId, countedAs({ code: row.code, campaign: row.campaign, host: row.host, mode: modeOf(row), occurredAtMs: row.occurred_at_ms }), counts ? 1 : -1)
    return appended
  }

  /** One that is known already keeps what was said first. */
  function keep(visit: NewVisit): Appended & { flips: Flip[] } {
    const { merchantId, arrival } = visit
    const session = toNullableBlob(arrival.session)
    const row: JoinRow = { id: toBlob(arrival.id), code: arrival.code, campaign: arrival.campaign, host: arrival.host, url_hash: visit.urlHash, mode: arrival.mode === 'test' ? 1 : 0, joined: null, occurred_at_ms: arrival.occurredAtMs }
    const place = session === null || arrival.bot || arrival.adopted ? undefined : { merchantId, session }
    const handed = place && handedTo(visit, row, place.session)
    const isKnown = place !== undefined && hasSession.get(merchantId, place.session) !== undefined
    row.joined = handed?.id ?? (isKnown ? joins.joinedBy(place, row) : null)
    texts.begin()
    const written = insert.run(
      merchantId, row.id, session, row.code, row.campaign, row.host, row.url_hash,
      texts.idOf(merchantId, visit.page), texts.idOf(merchantId, visit.referrer), texts.idOf(merchantId, visit.userAgent),
      row.mode, arrival.bot ? 1 : 0, arrival.waited ? 1 : 0, arrival.clamped ? 1 : 0, arrival.adopted ? 1 : 0, row.joined, arrival.occurredAtMs, arrival.receivedAtMs,
    )
    // A repeat says nothing new; of an erased visit it would bring the page back.
    if (written.changes === 0) texts.takeBack()
    if (written.changes === 0) return { clickId: fromBlob(byId.get(merchantId, row.id)?.joined ?? row.id), created: false, flips: [] }
    const isClaimed = handed !== undefined && claim.run(session, merchantId, handed.id).changes > 0
    // What the session did stands in another order now: behind the redirect's click, or behind this one.
    const moved = isClaimed ? handed : handed === undefined ? row : undefined
    const flips = isKnown && moved !== undefined ? joins.rejoin(place, moved) : []
    return { clickId: fromBlob(row.joined ?? row.id), created: row.joined === null, flips }
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
    /** Gives a session's clicks to another one, and says how many; they stay joined and counted as they were. */
    rename: (merchantId: number, session: string, other: string): number => move.run(toBlob(other), merchantId, toBlob(session)).changes,
    /** The same, and takes away what was kept of the pages and of the browser. */
    erase: (merchantId: number, session: string, other: string) => eraseSession.run({ merchantId, session: toBlob(session), other: toBlob(other), blank: texts.idOf(merchantId, '') }),
    /** Takes that away of one click. */
    blank: (merchantId: number, id: string) => blank.run({ merchantId, id: toBlob(id), blank: texts.idOf(merchantId, '') }),
    /** The arrivals of a session, and how many clicks of it were left out. */
    ofSession(merchantId: number, session: Buffer): { arrivals: Arrival[]; left: number } {
      const whole = all.all(merchantId, session, SESSION_ROWS + 1)
      if (whole.length <= SESSION_ROWS) return { arrivals: whole.map((row) => arrivalOf(merchantId, row)), left: 0 }
      const read = [...ends.flatMap((end) => end.all(merchantId, session, END_ROWS)), ...others.all(merchantId, session, OTHER_ROWS)]
      const arrivals = [...new Map(read.map((row) => [row.id.toString('latin1'), row])).values()].map((row) => arrivalOf(merchantId, row))
      return { arrivals, left: (clicksOf.get(merchantId, session) ?? 0) - arrivals.length }
    },
    ofId: (merchantId: number, id: string): Arrival[] => [byId.get(merchantId, toBlob(id))].flatMap((row) => row === undefined ? [] : arrivalOf(merchantId, row)),
  }
}

const modeOf = ({ mode }: JoinRow): Mode => (mode === 1 ? 'test' : 'live')
