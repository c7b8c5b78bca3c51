import Database from 'better-sqlite3'
import { indexClicks } from '../../shared/engine/replay-columns.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { ReplayData } from './replay-data.ts'

/** What one affiliate earns in one currency, as SQL finds it. */
export interface SqlRow {
  link: number
  currency: number
  minor: number
}

/** The same facts in SQLite, in the order that serves the question best: clicks clustered by session and time, devices indexed by customer. */
export function loadSql(file: string, { columns, terms }: ReplayData): Database.Database {
  const db = new Database(file)
  db.pragma('journal_mode = off')
  db.pragma('synchronous = off')
  db.pragma('temp_store = memory')
  // All of it stays in memory, as the columns do.
  db.pragma('cache_size = -1000000')
  db.exec(`
    create table clicks (session integer, at integer, link integer, primary key (session, at)) strict, without rowid;
    create table sessions (session integer primary key, identity integer, since integer) strict;
    create table orders (n integer primary key, at integer, base integer, taken integer, currency integer, session integer) strict;
    create table affiliates (link integer primary key, active integer, ppm integer) strict;
    begin;
  `)
  const { sessions, orders } = columns
  const index = indexClicks(columns.clicks, sessions.identity.length)
  const click = db.prepare<[number, number, number]>('insert into clicks values (?, ?, ?)')
  const session = db.prepare<[number, number | null, number]>('insert into sessions values (?, ?, ?)')
  const order = db.prepare<number[]>('insert into orders values (?, ?, ?, ?, ?, ?)')
  const affiliate = db.prepare<number[]>('insert into affiliates values (?, ?, ?)')
  sessions.identity.forEach((identity, of) => {
    session.run(of, identity < 0 ? null : identity, sessions.sinceMs[of] ?? 0)
    for (let at = index.start[of] ?? 0; at < (index.start[of + 1] ?? 0); at++) click.run(of, index.atMs[at] ?? 0, index.link[at] ?? 0)
  })
  orders.number.forEach((_, row) => order.run(row, ...[orders.atMs, orders.baseMinor, orders.takenMinor, orders.currency, orders.session].map((column) => column[row] ?? 0)))
  terms.forEach(({ active, ppm }, link) => affiliate.run(link, active ? 1 : 0, ppm))
  db.exec('commit; create index sessions_by_identity on sessions (identity) where identity is not null; analyze')
  return db
}

/** From winners to sums: the rate half up, less the proportional part of refunds. */
const earned = (winners: string): string => `
  with won as materialized (${winners})
  select link, currency, sum(minor - iif(taken = 0, 0, (2 * minor * taken + base) / (2 * base))) as minor
  from (select won.link, currency, base, taken, (2 * base * ppm + 1000000) / 2000000 as minor from won join affiliates using (link))
  group by link, currency`

const ORDER = 'o.n, o.currency, o.base, o.taken'
/** Without a visit of its own a session's binding waits. */
const VISITED = 'exists (select 1 from clicks v where v.session = o.session and v.at <= o.at)'

/**
 * The last click within the window, of the order's session, else of the customer's other ones: four ways to ask, of which
 * the fastest is kept. A window of days is part of the text, so that the planner knows it.
 */
export function formulations(windowDays: number): Record<string, string> {
  const inWindow = `c.at between o.at - ${windowDays * DAY_MS} and o.at`
  const active = '(select active from affiliates a where a.link = c.link)'
  const others = 'sessions s join sessions x on x.identity = s.identity and x.session <> s.session'
  const devices = `(select session, session as device, 1 as own from sessions union all select s.session, x.session, 0 from ${others})`
  return {
    'two correlated look-ups': earned(`
      select ${ORDER}, coalesce(
        (select c.link from clicks c where c.session = o.session and ${inWindow} and ${active} order by c.at desc limit 1),
        (select c.link from ${others} join clicks c on c.session = x.session where s.session = o.session and ${inWindow} and ${active} and ${VISITED} order by c.at desc limit 1)
      ) as link from orders o`),
    'one correlated look-up': earned(`
      select ${ORDER}, (
        select c.link from (
          select o.session as device, 1 as own union all select x.session, 0 from ${others} where s.session = o.session and ${VISITED}
        ) d cross join clicks c on c.session = d.device and ${inWindow} join affiliates a on a.link = c.link and a.active order by d.own desc, c.at desc limit 1
      ) as link from orders o`),
    'group by the order': earned(`
      select n, currency, base, taken, link from (
        select ${ORDER}, c.link, max(c.at + d.own * 1000000000000000) from orders o cross join ${devices} d on d.session = o.session
        cross join clicks c on c.session = d.device and ${inWindow} join affiliates a on a.link = c.link and a.active where d.own or ${VISITED} group by o.n
      )`),
    'window function': earned(`
      select n, currency, base, taken, link from (
        select ${ORDER}, c.link, row_number() over (partition by o.n order by d.own desc, c.at desc) as rank from orders o cross join ${devices} d on d.session = o.session
        cross join clicks c on c.session = d.device and ${inWindow} join affiliates a on a.link = c.link and a.active where d.own or ${VISITED}
      ) where rank = 1`),
  }
}
