/** `npm run bench`: what a durable visit costs, next to a store that does nothing and to the bare parts; a replay, next to SQL; and the single executable. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../collector/store/sqlite/sqlite.ts'
import { startChild, type Child } from './child.ts'
import { diskMs } from './disk.ts'
import { describeExecutable } from './executable.ts'
import type { Volley, Volleyed } from './load.ts'
import { measureReplay } from './replay.ts'
import { describe, verdicts, type Pair, type Round } from './report.ts'
import type { Kind, State } from './server.ts'

const HELP = `Usage: npm run bench -- [--seconds N] [--connections N]

Durable visits per second, and CPU per visit, as a ratio to the same collector with a
store that does nothing and to bare Koa, @koa/router and zod. The three servers take
turns. Then orders that visits lead to, beside the visits themselves; and a replay of a
million orders, next to the best SQL for the same question; and the single executable's
size, start and memory, where it is built. Exit 1 when a ratio is under its floor.

  --seconds N      how long to measure (default 45)
  --connections N  open connections of the load generator (default 128)
`
/** How long one server is under load before it is the next one's turn. */
const ROUND_SECONDS = 0.25
const WARM_UP_VISITS = 10_000
/** How often orders are measured, each time after a volley of visits. */
const ORDER_ROUNDS = 12
const KINDS: readonly Kind[] = ['collector', 'storeless', 'bare']
/** Every order once, so that no server always follows the same one. */
const ORDERS = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]] as const

interface Options {
  seconds: number
  connections: number
}
type Generator = Child<Volley, Volleyed>
type Server = Child<object, State>

process.exitCode = await main()

async function main(): Promise<number> {
  const options = optionsOf()
  if (typeof options === 'number') return options
  // Beside the build: the temporary directory is memory on many systems.
  const dist = join(import.meta.dirname, '../../dist')
  mkdirSync(dist, { recursive: true })
  const directory = mkdtempSync(join(dist, 'bench-'))
  const load: Generator = startChild('load.ts')
  const servers = KINDS.map((kind): Server => startChild('server.ts', kind, directory))
  try {
    const syncMs = diskMs(directory)
    const { rounds, orders, answered } = await measure(options, load, servers)
    // Killed rather than closed: what was answered must be on disk already.
    await servers[0]?.kill()
    const kept = clicksIn(join(directory, 'collector.db'))
    process.stdout.write(describe({ rounds, orders, answered, kept, syncMs, connections: options.connections }))
    await Promise.all([load, ...servers].map((child) => child.kill()))
    const replayed = measureReplay(directory, progress)
    progress('')
    process.stdout.write(`\n${replayed.text}\n`)
    const executable = await describeExecutable(directory, progress)
    progress('')
    process.stdout.write(`\n${executable}\n`)
    const failed = [...verdicts({ rounds, answered, kept }), ...replayed.failed]
    for (const line of failed) process.stderr.write(`FAILED: ${line}\n`)
    return failed.length === 0 ? 0 : 1
  } finally {
    await Promise.all([load, ...servers].map((child) => child.kill()))
    rmSync(directory, { recursive: true, force: true })
  }
}

function optionsOf(): Options | number {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' }, seconds: { type: 'string', default: '45' }, connections: { type: 'string', default: '128' } } })
    if (values.help === true) {
      process.stdout.write(HELP)
      return 0
    }
    const [seconds, connections] = [Number(values.seconds), Number(values.connections)]
    if (!(seconds >= 5) || !Number.isInteger(connections) || connections < 1) throw new Error('--seconds is a number from 5, --connections a whole number from 1')
    return { seconds, connections }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
    return 2
  }
}

/** Lets the servers take turns; `answered` counts all visits that the collector acknowledged, warm-up included. */
async function measure({ seconds, connections }: Options, load: Generator, servers: readonly Server[]): Promise<{ rounds: Round[]; orders: Pair[]; answered: number }> {
  let answered = 0
  async function volley(index: number, calls: number, what: 'visits' | 'orders' = 'visits'): Promise<Round['collector']> {
    const server = servers[index] as Server
    const { port, cpuUs, key } = await server.ask({})
    const done = await load.ask({ port, connections, calls, ...(what === 'orders' ? { key } : {}) })
    const after = await server.ask({})
    if (index === 0 && what === 'visits') answered += done.answered
    return { perSecond: done.answered / done.seconds, cpuUs: (after.cpuUs - cpuUs) / done.answered, generatorShare: done.cpuShare }
  }

  const visits: number[] = []
  for (const index of KINDS.keys()) {
    progress(`warming up ${KINDS[index]}`)
    await volley(index, WARM_UP_VISITS)
    const { perSecond } = await volley(index, WARM_UP_VISITS)
    visits.push(Math.max(connections, Math.round(perSecond * ROUND_SECONDS)))
  }
  const count = Math.max(6, Math.round(seconds / (ROUND_SECONDS * KINDS.length)))
  const rounds: Round[] = []
  for (let n = 0; n < count; n++) {
    progress(`round ${n + 1} of ${count}`)
    const round: Partial<Round> = {}
    for (const index of ORDERS[n % ORDERS.length] ?? []) round[KINDS[index] as Kind] = await volley(index, visits[index] as number)
    rounds.push(round as Round)
  }
  const orders: Pair[] = []
  for (let n = 0; n < ORDER_ROUNDS; n++) {
    progress(`orders, round ${n + 1} of ${ORDER_ROUNDS}`)
    const calls = visits[0] ?? connections
    orders.push({ visits: await volley(0, calls), orders: await volley(0, Math.round(calls / 4), 'orders') })
  }
  progress('')
  return { rounds, orders, answered }
}

function clicksIn(file: string): number {
  const db = openDatabase(file)
  try {
    return db.prepare<[], number>('select count(*) from clicks').pluck().get() ?? 0
  } finally {
    db.close()
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`)
}
