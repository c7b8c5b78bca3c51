import { SqliteError, type Database } from 'better-sqlite3'
import { DomainError } from '../../../shared/errors.ts'

/** Runs jobs of concurrent requests in one transaction; each promise settles only when that is on disk. */
export interface GroupCommit {
  /** A job that writes or fails as a whole by itself, one statement at most half done. */
  plain<T>(job: () => T): Promise<T>
  /** A job under a savepoint: when it throws, its writes are undone and its neighbours' stay. */
  guarded<T>(job: () => T): Promise<T>
  /** False after a commit that failed, until one goes through. */
  isWorking(): boolean
  /** Resolves when nothing is waiting. */
  idle(): Promise<void>
}

/** What else happens around a commit. */
export interface Hooks {
  /** The transaction has begun: what others have written is seen from here on. */
  onBegin: () => void
  /** Written rows were taken back: what was remembered of them is wrong. */
  onUndo: () => void
  /** Writes what was collected over the whole commit. */
  beforeCommit: () => void
  /** The commit failed as a whole. */
  onFail: () => void
}

interface Job {
  run: () => unknown
  guarded: boolean
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** How long jobs wait for another process that is writing, such as the command line, and how often they ask. */
const PATIENCE_MS = 5_000
const ASK_EVERY_MS = 5
/** Turns of the event loop that jobs wait for more to come, at most; there is no timer. */
const TURNS = 3

/**
 * Collects jobs and commits them together on `setImmediate`, so that many requests share one fsync: one
 * job alone at once, several when a turn has brought no more of them. Measured under load, that last look
 * nearly doubles what one fsync carries.
 */
export function groupCommit(db: Database, { onBegin, onUndo, beforeCommit, onFail }: Hooks): GroupCommit {
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const savepoint = db.prepare('savepoint job')
  const release = db.prepare('release job')
  const undo = db.prepare('rollback to job')
  let waiting: Job[] = []
  let working = true

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

  /** Begins the transaction; while another process is writing, asks again later and lets the process go on meanwhile. */
  function flush(sinceMs = performance.now()): void {
    try {
      begin.run()
    } catch (error) {
      if (isBusy(error) && performance.now() - sinceMs < PATIENCE_MS) setTimeout(flush, ASK_EVERY_MS, sinceMs)
      else failAll(take(), error)
      return
    }
    commitAll(take())
  }

  function take(): Job[] {
    const jobs = waiting
    waiting = []
    return jobs
  }

  function failAll(jobs: Job[], error: unknown): void {
    working = false
    if (db.inTransaction) rollback.run()
    onUndo()
    onFail()
    for (const job of jobs) job.reject(unavailable(error))
  }

  function commitAll(jobs: Job[]): void {
    const done: { job: Job; result: unknown }[] = []
    const failed: { job: Job; error: unknown }[] = []
    try {
      onBegin()
      for (const job of jobs) {
        try {
          done.push({ job, result: job.guarded ? runGuarded(job) : job.run() })
        } catch (error) {
          failed.push({ job, error: unavailable(error) })
          if (!db.inTransaction) throw error
        }
      }
      beforeCommit()
      commit.run()
    } catch (error) {
      failAll(jobs, error)
      return
    }
    working = true
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
    isWorking: () => working,
    idle: async () => {
      if (waiting.length > 0) await enqueue(() => undefined, false)
    },
  }
}

const isBusy = (error: unknown): boolean => error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY')

/** A disk that is full or broken, or a file that another process holds on to, is no fault of the call: it may be tried again. */
function unavailable(error: unknown): unknown {
  const isDisk = error instanceof SqliteError && /^SQLITE_(BUSY|FULL|IOERR|READONLY)/.test(error.code)
  return isDisk ? new DomainError('UNAVAILABLE', 'The database cannot be written right now; please try again.', { retryAfterSeconds: 1, cause: error }) : error
}
