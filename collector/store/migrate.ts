import type { Database } from 'better-sqlite3'
import { carts } from './migrations/2026-11-21-carts.ts'
import { countInZones, engineBook } from './migrations/2026-11-21-engine-book.ts'
import { engineSettings } from './migrations/2026-11-21-engine-settings.ts'
import { profiles } from './migrations/2026-11-21-profiles.ts'
import { campaignTotals } from './migrations/2026-11-21-refcampaign.ts'
import { refgrow } from './migrations/2026-11-21-refgrow.ts'
import { fillTotals, refersion } from './migrations/2026-11-21-refersion.ts'
import { spine } from './migrations/2026-11-21-spine.ts'

/** In order of their dates; a released one is never edited. */
const MIGRATIONS: { name: string; sql: string; after?: (db: Database) => void }[] = [
  { name: '2026-11-21-spine', sql: spine },
  { name: '2026-11-21-engine-book', sql: engineBook, after: countInZones },
  { name: '2026-11-21-engine-settings', sql: engineSettings },
  { name: '2026-11-21-profiles', sql: profiles },
  { name: '2026-11-21-carts', sql: carts },
  { name: '2026-11-21-refcampaign', sql: campaignTotals },
  { name: '2026-11-21-refgrow', sql: refgrow },
  { name: '2026-11-21-refersion', sql: refersion, after: fillTotals },
]

/** Brings a database to this version, all or nothing; throws on a database of a newer version. */
export function migrate(db: Database): void {
  // A table that is made anew takes its name over from one that others refer to; what they refer to is checked at the end.
  const checksReferences = db.pragma('foreign_keys', { simple: true })
  db.pragma('foreign_keys = off')
  const upgrade = db.transaction(() => {
    db.exec('create table if not exists migrations (name text primary key, applied_at text not null default current_timestamp) strict')
    const applied = new Set(db.prepare('select name from migrations').pluck().all())
    const unknown = [...applied].find((name) => !MIGRATIONS.some((migration) => migration.name === name))
    if (unknown !== undefined) throw new Error(`the database was written by a newer version (migration ${String(unknown)}); start that version, or restore a backup`)
    const due = MIGRATIONS.filter(({ name }) => !applied.has(name))
    for (const { name, sql, after } of due) {
      db.exec(sql)
      after?.(db)
      db.prepare('insert into migrations (name) values (?)').run(name)
    }
    const dangling = due.length > 0 ? db.pragma('foreign_key_check') as unknown[] : []
    if (dangling.length > 0) throw new Error(`the migration would leave ${dangling.length} rows that refer to nothing; the database was not changed`)
  })
  try {
    upgrade.immediate()
  } finally {
    db.pragma(`foreign_keys = ${String(checksReferences)}`)
  }
}
