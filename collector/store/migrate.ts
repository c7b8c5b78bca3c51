import type { Database } from 'better-sqlite3'
import { DomainError } from '../../shared/errors.ts'
import { carts } from './migrations/2026-11-21-carts.ts'
import { countInZones, engineBook } from './migrations/2026-11-21-engine-book.ts'
import { engineSettings } from './migrations/2026-11-21-engine-settings.ts'
import { keyEnds } from './migrations/2026-11-21-key-ends.ts'
import { erasure } from './migrations/2026-11-21-erasure.ts'
import { journal } from './migrations/2026-11-21-journal.ts'
import { imports } from './migrations/2026-11-21-imports.ts'
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
  { name: '2026-11-21-key-ends', sql: keyEnds },
  { name: '2026-11-21-journal', sql: journal },
  { name: '2026-11-21-erasure', sql: erasure },
  { name: '2026-11-21-imports', sql: imports },
]

/** The schemas that this version knows, oldest first, each by its last migration. */
export const SCHEMAS = MIGRATIONS.map(({ name }) => name)

/** The schema of a database: the last migration that it has been through. */
export function schemaOf(db: Database): string {
  const { applied } = standingOf(db)
  return SCHEMAS.findLast((name) => applied.includes(name)) ?? ''
}

/** Which migrations a database has, and which it lacks; a new one has none. */
export interface Standing {
  applied: string[]
  due: string[]
}

/** Reads how far a database is; throws `CONFLICT` on one of a newer version, called `what` in the refusal. */
export function standingOf(db: Database, what = 'the database'): Standing {
  const isMigrated = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'migrations'").get() !== undefined
  const applied = isMigrated ? db.prepare<[], string>('select name from migrations order by rowid').pluck().all() : []
  const unknown = applied.find((name) => !MIGRATIONS.some((migration) => migration.name === name))
  if (unknown !== undefined) throw new DomainError('CONFLICT', `${what} was written by a newer version (migration ${unknown}); use that version, or a backup of this one's`)
  return { applied, due: MIGRATIONS.map(({ name }) => name).filter((name) => !applied.includes(name)) }
}

/** Brings a database to this version, or to an older schema, all or nothing, and gives the names of what was done; throws `CONFLICT` on a newer one. */
export function migrate(db: Database, schema = SCHEMAS.at(-1) ?? ''): string[] {
  if (standingOf(db).due.length === 0) return []
  const checksReferences = unchecked(db)
  try {
    // Another process may have been first: what is due is looked at anew.
    return db.transaction(() => apply(db, standingOf(db).due.filter((name) => SCHEMAS.indexOf(name) <= SCHEMAS.indexOf(schema)))).immediate()
  } finally {
    db.pragma(`foreign_keys = ${checksReferences}`)
  }
}

/**
 * The same for a database that holds something, which is put by first: nobody can write between `keep` and the migration, and
 * when either fails the database stays as it was.
 */
export async function migrateAfter(db: Database, keep: () => Promise<void>): Promise<string[]> {
  if (standingOf(db).due.length === 0) return []
  const checksReferences = unchecked(db)
  try {
    lock(db)
    const { applied, due } = standingOf(db)
    if (applied.length > 0 && due.length > 0) await keep()
    apply(db, due)
    db.exec('commit')
    return due
  } finally {
    if (db.inTransaction) db.exec('rollback')
    db.pragma(`foreign_keys = ${checksReferences}`)
  }
}

function lock(db: Database): void {
  try {
    db.exec('begin immediate')
  } catch (error) {
    throw new DomainError('UNAVAILABLE', 'The database is of an older version, and another process is writing to it: stop that one, or wait for its migration, and try again.', { cause: error })
  }
}

/** A table that is made anew takes its name over from one that others refer to; what they refer to is checked at the end. */
function unchecked(db: Database): string {
  const before = String(db.pragma('foreign_keys', { simple: true }))
  db.pragma('foreign_keys = off')
  return before
}

function apply(db: Database, due: string[]): string[] {
  db.exec('create table if not exists migrations (name text primary key, applied_at text not null default current_timestamp) strict')
  for (const { name, sql, after } of MIGRATIONS.filter((migration) => due.includes(migration.name))) {
    try {
      db.exec(sql)
      after?.(db)
    } catch (error) {
      throw new Error(`migration ${name} failed, and the database was not changed: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
    db.prepare('insert into migrations (name) values (?)').run(name)
  }
  const dangling = due.length > 0 ? db.pragma('foreign_key_check') as unknown[] : []
  if (dangling.length > 0) throw new Error(`the migration would leave ${dangling.length} rows that refer to nothing; the database was not changed`)
  return due
}
