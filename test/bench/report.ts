import type { Kind } from './server.ts'
import { spreadOf, type Spread } from './spread.ts'

/** What one server did in its turn of a round. */
export interface Turn {
  perSecond: number
  /** CPU of the server's process for each answered visit, in microseconds. */
  cpuUs: number
  /** What the load generator used of its own core meanwhile. */
  generatorShare: number
}
/** One turn of each server, shortly after one another. */
export type Round = Record<Kind, Turn>

/** The collector's visits, and orders that they lead to, shortly after one another. */
export interface Pair {
  visits: Turn
  orders: Turn
}

export interface Outcome {
  rounds: readonly Round[]
  /** Visits that the collector acknowledged, and those found in its database after it was killed. */
  answered: number
  kept: number
}

const NAMES: Record<Kind, string> = { collector: 'collector, durable', storeless: 'store that does nothing', bare: 'bare Koa, router, zod' }
/** Visits per second that a durable visit must reach, as a share of the other server's. */
const FLOORS = { storeless: 0.9, bare: 0.65 } as const
const OTHERS = ['storeless', 'bare'] as const

/** Compared within each round, because the machine's mood changes from one to the next. */
const ratio = (rounds: readonly Round[], other: Kind, of: (turn: Turn) => number): Spread => spreadOf(rounds.map((round) => of(round.collector) / of(round[other])))

/** The measurement as a table for people. */
export function describe({ rounds, orders, answered, kept, syncMs, connections }: Outcome & { orders: readonly Pair[]; syncMs: number; connections: number }): string {
  const lines = [
    `${rounds.length} rounds, ${connections} connections, Node ${process.versions.node}; a small durable write takes this disk ${syncMs.toFixed(2)} ms`,
    '',
    `${''.padEnd(26)}${'visits/s'.padStart(10)}${'CPU us/visit'.padStart(14)}${'generator'.padStart(11)}`,
    ...(Object.keys(NAMES) as Kind[]).map((kind) => {
      const median = (of: (turn: Turn) => number): number => spreadOf(rounds.map((round) => of(round[kind]))).median
      const share = `${Math.round(median((turn) => turn.generatorShare) * 100)} %`
      return NAMES[kind].padEnd(26) + Math.round(median((turn) => turn.perSecond)).toString().padStart(10) + median((turn) => turn.cpuUs).toFixed(1).padStart(14) + share.padStart(11)
    }),
    '',
    ...OTHERS.flatMap((other) => [
      `visits/s to ${NAMES[other]}`.padEnd(40) + show(ratio(rounds, other, (turn) => turn.perSecond)) + `   floor ${FLOORS[other].toFixed(2)}`,
      `CPU/visit to ${NAMES[other]}`.padEnd(40) + show(ratio(rounds, other, (turn) => turn.cpuUs)),
    ]),
    '',
    ...ordersBeside(orders),
    '',
    'above 1 is no error: what is committed together is answered together, which costs less than one answer at a time',
    noise(rounds),
    `${answered} visits were acknowledged; the database of the killed collector holds ${kept}`,
  ]
  return `${lines.join('\n')}\n`
}

/** Why the measurement does not pass; empty when it does. */
export function verdicts({ rounds, answered, kept }: Outcome): string[] {
  const slow = OTHERS.flatMap((other) => {
    const { median, error } = ratio(rounds, other, (turn) => turn.perSecond)
    if (median >= FLOORS[other]) return []
    const doubt = median + error >= FLOORS[other] ? '; within this run\'s noise, so run it again with more --seconds' : ''
    return [`${median.toFixed(3)} of the visits per second of ${NAMES[other]}, under the floor of ${FLOORS[other]}${doubt}`]
  })
  return kept === answered ? slow : [...slow, `${answered} visits were acknowledged and ${kept} are in the database`]
}

/** An order reads a customer's history, judges and books: how many, next to the visits. */
function ordersBeside(pairs: readonly Pair[]): string[] {
  const median = (of: (pair: Pair) => number): number => spreadOf(pairs.map(of)).median
  return [
    `orders/s that visits lead to: ${Math.round(median(({ orders }) => orders.perSecond))}, CPU ${median(({ orders }) => orders.cpuUs).toFixed(1)} us each`,
    'orders/s to visits/s'.padEnd(40) + show(spreadOf(pairs.map(({ visits, orders }) => orders.perSecond / visits.perSecond))),
  ]
}

function show({ median, low, high, error }: Spread): string {
  return `${median.toFixed(3)} +-${error.toFixed(3)}   half of the rounds ${low.toFixed(3)} to ${high.toFixed(3)}`
}

/** The same server does the same work in every round: how much it differs is the machine's doing. */
function noise(rounds: readonly Round[]): string {
  const { median, low, high } = spreadOf(rounds.map(({ bare }) => bare.perSecond))
  const percent = ((high - low) / median) * 100
  return `noise: half of the rounds of bare Koa lie within ${percent.toFixed(1)} %${percent > 15 ? ', which is much: something else uses this machine' : ''}`
}
