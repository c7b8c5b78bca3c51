import { join } from 'node:path'
import { replay } from '../../shared/engine/replay.ts'
import { replayData, type ReplayData } from './replay-data.ts'
import { formulations, loadSql, type SqlRow } from './replay-sql.ts'
import { spreadOf, type Spread } from './spread.ts'

const TOUCHES = 10_000_000
const ORDERS = 1_000_000
/** The campaign's own window is 30 days: what if it had been shorter? */
const WINDOW_DAYS = 14
/** The two take turns so often, after one turn each that does not count. */
const TURNS = 5
/** So many times faster than the best SQL a replay must be, its index build included. */
const FLOOR = 2.5

export interface ReplayOutcome {
  text: string
  failed: string[]
}

/** A replay next to the same computation as SQL in SQLite, over the same facts, in turns. */
export function measureReplay(directory: string, progress: (text: string) => void): ReplayOutcome {
  progress('replay: making orders and touches')
  const data = replayData({ touches: TOUCHES, orders: ORDERS })
  progress('replay: loading SQLite')
  const db = loadSql(join(directory, 'replay.db'), data)
  try {
    const ask = (sql: string): Timed => timed(() => db.prepare<[], SqlRow>(sql).all().flatMap(({ link, currency, minor }) => (minor === 0 ? [] : lineOf(link, currency, minor))))
    const forms = Object.entries(formulations(WINDOW_DAYS)).map(([name, sql]) => {
      progress(`replay: trying SQL, ${name}`)
      return { name, sql, ...ask(sql) }
    })
    const best = forms.toSorted((a, b) => a.ms - b.ms)[0] as (typeof forms)[number]
    const warm = replayed(data)
    const turns = Array.from({ length: TURNS }, (_, turn) => {
      progress(`replay: turn ${turn + 1} of ${TURNS}`)
      return { replay: replayed(data), sql: ask(best.sql) }
    })
    const differing = [...forms, ...turns.flatMap((turn) => [turn.replay, turn.sql])].filter(({ result }) => result !== warm.result)
    const ratio = spreadOf(turns.map((turn) => turn.sql.ms / turn.replay.ms))
    return {
      text: describe({ forms, best: best.name, turns, ratio, totals: warm.result.split('\n').length }),
      failed: [
        ...(differing.length > 0 ? ['the replay and the SQL came to different totals'] : []),
        ...(ratio.median < FLOOR ? [`a replay is ${ratio.median.toFixed(2)} times as fast as the best SQL, under the floor of ${FLOOR}`] : []),
      ],
    }
  } finally {
    db.close()
  }
}

/** How long something took, and what came of it, as text that can be compared. */
interface Timed {
  ms: number
  result: string
}

function timed(compute: () => string[]): Timed {
  const startedAt = performance.now()
  const lines = compute()
  return { ms: performance.now() - startedAt, result: lines.toSorted().join('\n') }
}

const lineOf = (affiliate: number, currency: number, minor: number | bigint): string => `${affiliate} ${currency} ${minor}`

/** One replay as a command would do it, from columns in no order; throws when an order was left to the engine. */
function replayed({ columns, settings }: ReplayData): Timed {
  return timed(() => {
    const { tally, left } = replay(columns, settings, { windowDays: WINDOW_DAYS })
    if (left.length > 0) throw new Error(`${left.length} orders were not judged from columns`)
    return tally.rows().map(({ affiliate, currency, wouldMinor }) => lineOf(affiliate, currency, wouldMinor))
  })
}

function describe({ forms, best, turns, ratio, totals }: { forms: ({ name: string } & Timed)[]; best: string; turns: { replay: Timed; sql: Timed }[]; ratio: Spread; totals: number }): string {
  const median = (of: (turn: (typeof turns)[number]) => Timed): string => `${(spreadOf(turns.map((turn) => of(turn).ms)).median / 1000).toFixed(2)} s`
  return [
    `replay of ${ORDERS.toLocaleString('en')} orders over ${TOUCHES.toLocaleString('en')} touches, ${totals} equal totals by affiliate and currency, medians of ${turns.length} turns`,
    ...forms.map(({ name, ms }) => `  SQL, ${name}`.padEnd(40) + `${(ms / 1000).toFixed(2)} s${name === best ? '   the best, which takes turns' : ''}`),
    '  best SQL in SQLite'.padEnd(40) + median(({ sql }) => sql),
    '  replay, index build included'.padEnd(40) + median((turn) => turn.replay),
    '  SQL to replay'.padEnd(40) + `${ratio.median.toFixed(2)} +-${ratio.error.toFixed(2)}   half of the turns ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}   floor ${FLOOR.toFixed(2)}`,
    `  memory of this process ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
  ].join('\n')
}
