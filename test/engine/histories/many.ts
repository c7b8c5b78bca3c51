/**
 * `npm run laws -- --runs 1000000 [--seed 7]`: the laws over as many histories as one likes, on all cores. It prints the
 * seed, and of a law that does not hold the seed and path that find it again.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { failureOf, PROPERTIES } from './properties.ts'

/** Histories that a core tries between two reports. */
const BATCH = 500

interface Task {
  seed: number
  runs: number
}

type News = { done: number } | { failed: string }

/** Tries batches one after the other, each from a seed of its own. */
async function work({ seed, runs }: Task, tell: (news: News) => void): Promise<void> {
  for (let done = 0, batch = 0; done < runs; done += BATCH, batch += 1) {
    const numRuns = Math.min(BATCH, runs - done)
    for (const { name, share, check } of PROPERTIES) {
      const found = check({ seed: (seed + batch) | 0, numRuns: Math.max(1, Math.round(numRuns * share)) })
      if (found.failed) {
        tell({ failed: `${name}\n${failureOf(found)}` })
        return
      }
    }
    tell({ done: numRuns })
    // Lets the news out, and hears that the parent is gone.
    await setImmediate()
  }
}

function main({ runs: wanted, seed: given }: { runs: string; seed?: string | undefined }): void {
  const runs = Number(wanted)
  const seed = given === undefined ? Math.floor(Math.random() * 0x4000_0000) : Number(given)
  if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) throw new Error('--runs and --seed are whole numbers')
  const cores = Math.min(availableParallelism(), Math.ceil(runs / BATCH))
  const startedMs = Date.now()
  const seconds = (): number => Math.round((Date.now() - startedMs) / 1000)
  console.log(`${runs} histories on ${cores} cores, seed ${seed}`)

  const workers: ChildProcess[] = []
  let done = 0
  let failed = false
  for (let core = 0; core < cores; core += 1) {
    const own = Math.floor(runs / cores) + (core < runs % cores ? 1 : 0)
    // Seeds of cores are far apart, so that no two try the same.
    const task: Task = { seed: (seed + core * 100_000_007) | 0, runs: own }
    const worker = fork(import.meta.filename, ['--task', JSON.stringify(task)])
    workers.push(worker)
    worker.on('message', (news: News) => {
      if ('failed' in news) {
        failed = true
        process.exitCode = 1
        console.log(`\nBROKEN: ${news.failed}`)
        return
      }
      done += news.done
      if (process.stdout.isTTY) process.stdout.write(`\r${done} of ${runs}, ${seconds()} s `)
    })
    worker.on('exit', (code) => { if (code !== 0) process.exitCode = 1 })
  }
  // Whoever stops it early is told how far it came.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { process.exit(1) })
  process.on('exit', () => {
    for (const worker of workers) worker.kill()
    console.log(`\n${done} histories in ${seconds()} s, seed ${seed}: ${failed ? 'a law is broken' : done < runs ? 'stopped' : 'every law holds'}`)
  })
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' }, task: { type: 'string' } } })
if (values.task === undefined) main(values)
else {
  // Without the parent there is nobody to tell.
  process.on('disconnect', () => { process.exit(1) })
  await work(JSON.parse(values.task) as Task, (news) => { process.send?.(news) })
  process.exit(0)
}
