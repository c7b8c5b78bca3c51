import type { Database } from 'better-sqlite3'
import type { Directory } from '../store.ts'
import { directoryLoader } from './load-directory.ts'

/**
 * The settings of all merchants, in memory. They are read anew when another process has written
 * (`PRAGMA data_version`), or this one has said so with `changed`.
 */
export function directoryStore(db: Database) {
  const dataVersion = db.prepare('pragma data_version').pluck()
  const load = directoryLoader(db)
  let held: { version: unknown; directory: Directory } | undefined
  let looked = false

  /** As of now: inside a transaction, what that transaction sees. */
  function current(): Directory {
    const version = dataVersion.get()
    if (held === undefined || held.version !== version) held = { version, directory: load() }
    return held.directory
  }

  return {
    current,
    /** As of this turn of the event loop: its requests share one look, which costs more than most of what a visit needs. */
    ofThisTurn(): Directory {
      if (held !== undefined && looked) return held.directory
      if (!looked) setImmediate(() => { looked = false })
      looked = true
      return current()
    },
    changed(): void {
      held = undefined
    },
  }
}
