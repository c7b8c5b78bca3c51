import type { Database } from 'better-sqlite3'

/** Runs jobs of concurrent requests in one transaction; each promise settles only when that is on disk. */
export interface GroupCommit {
  /** A job that writes or fails as a whole by itself, one statement at most half done. */
  plain<T>(job: () => T): Promise<T>
  /** A job under a savepoint: when it throws, its writes are undone and its neighbours' stay. */
  guarded<T>(job: () => T): Promise<T>
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>
}

interface Job {
  run: () => unknown
  guarded: boolean
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** Turns of the event loop that jobs wait for more to come, at most; there is no timer. */
const TURNS = 3

/**
 * Collects jobs and commits them together on `setImmediate`, so that many requests share one fsync: one
 * job alone at once, several when a turn has brought no more of them. Measured under load, that last look
 * nearly doubles what one fsync carries. `onUndo` is called whenever written rows are taken back, because
 * what was remembered of them is wrong then.
 */
export function groupCommit(db: Database, onUndo: () => void): GroupCommit {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const savepoint = db.prepare('savepoint job')
  const release = db.prepare('release job')
  const undo = db.prepare('rollback to job')
  let waiting: Job[] = []

  function runGuarded(job: Job): unknown {
    savepoint.run()
    try {
      const result = job.run()
      release.run()
      return result
    } catch (error) {
      // A full disk makes SQLite end the whole transaction by itself: then there is no savepoint to return to.
      if (db.inTransaction) {
        undo.run()
        release.run()
      }
      onUndo()
      throw error
    }
  }

  function flush(): void {
    const jobs = waiting
    waiting = []
    const done: { job: Job; result: unknown }[] = []
    const failed: { job: Job; error: unknown }[] = []
    try {
      begin.run()
      for (const job of jobs) {
        try {
          done.push({ job, result: job.guarded ? runGuarded(job) : job.run() })
        } catch (error) {
          failed.push({ job, error })
          if (!db.inTransaction) throw error
        }
      }
      commit.run()
    } catch (error) {
      if (db.inTransaction) rollback.run()
      onUndo()
      for (const job of jobs) job.reject(error)
      return
    }
    for (const { job, error } of failed) job.reject(error)
    for (const { job, result } of done) job.resolve(result)
  }

  function look(turn: number, seen: number): void {
    if (waiting.length > seen && turn < TURNS) setImmediate(look, turn + 1, waiting.length)
    else flush()
  }

  const enqueue = <T>(run: () => T, guarded: boolean): Promise<T> => new Promise<T>((resolve, reject) => {
    if (waiting.length === 0) setImmediate(look, 1, 1)
    waiting.push({ run, guarded, resolve: resolve as (value: unknown) => void, reject })
  })

  return {
    plain: (job) => enqueue(job, false),
    guarded: (job) => enqueue(job, true),
    idle: async () => {
      if (waiting.length > 0) await enqueue(() => undefined, false)
    },
  }
}
