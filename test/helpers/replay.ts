import { writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { openSqlite } from '../../collector/store/sqlite/sqlite.ts'
import type { Store } from '../../collector/store/store.ts'
import { lookedAt, type EndState } from './end-state.ts'

/** A decision that was made, and how it ended: so it can be made again of the same facts, or of others. */
interface Job {
  again: (store: Store) => Promise<unknown>
  ended: string
}

/** An end of many jobs: how each ended, in the order in which they ran, and what stands then. */
export interface Replayed {
  jobs: string[]
  state: EndState
}

/**
 * Runs many calls at once over a store, and then the very jobs that they became one by one, in the order in which they
 * ran, over a copy of the database as it was before. Where both end alike, that order is a serial one that gives what
 * came of the calls.
 */
export async function raceAndReplay<R>({ store, file }: { store: Store; file: string }, race: () => Promise<R>): Promise<{ result: R; end: Replayed; serial: Replayed; broken: string[] }> {
  const before = `${file}.before`
  copyTo(file, before)
  const { jobs, stop } = remember(store)
  const result = await race()
  stop()
  const { state, broken } = lookedAt(file)

  const alone = openSqlite(before)
  const serial: string[] = []
  for (const { again } of jobs) serial.push(await endOf(again(alone)))
  await alone.close()
  return { result, end: { jobs: jobs.map(({ ended }) => ended), state }, serial: { jobs: serial, state: lookedAt(before).state }, broken }
}

/** Takes down every decision of a store as it runs, until it is stopped. */
function remember(store: Store): { jobs: Job[]; stop: () => void } {
  const jobs: Job[] = []
  const { decide } = store
  const remembering: Store['decide'] = async (kind, need, decision) => {
    const job: Job = { again: (other) => other.decide(kind, need, decision), ended: 'never ran' }
    const answer = decide(kind, need, (facts) => {
      jobs.push(job)
      return decision(facts)
    })
    job.ended = await endOf(answer)
    return answer
  }
  store.decide = remembering
  return {
    jobs,
    stop: () => {
      store.decide = decide
    },
  }
}

const endOf = (answer: Promise<unknown>): Promise<string> => answer.then(() => 'done', (error: unknown) => String(error).replaceAll(/[a-z]{3}_\w+/g, 'ID'))

function copyTo(file: string, copy: string): void {
  const db = new Database(file, { readonly: true })
  writeFileSync(copy, db.serialize())
  db.close()
}
