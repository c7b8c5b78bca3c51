import type { Database } from 'better-sqlite3'
import { spine } from './migrations/2026-11-21-spine.ts'

/** In order of their dates; a released one is never edited. */
const MIGRATIONS = [{ name: '2026-11-21-spine', sql: spine }]

/** Brings a database to this version, all or nothing; throws on a database of a newer version. */
export function migrate(db: Database): void {
  const upgrade = db.transaction(() => {
    db.exec('create table if not exists migrations (name text primary key, applied_at text not null default current_timestamp) strict')
    const applied = new Set(db.prepare('select name from migrations').pluck().all())
    const unknown = [...applied].find((name) => !MIGRATIONS.some((migration) => migration.name === name))
    if (unknown !== undefined) throw new Error(`the database was written by a newer version (migration ${String(unknown)}); start that version, or restore a backup`)
    for (const { name, sql } of MIGRATIONS) {
      if (applied.has(name)) continue
      db.exec(sql)
      db.prepare('insert into migrations (name) values (?)').run(name)
    }
  })
  upgrade.immediate()
}
