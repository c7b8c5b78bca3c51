import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { upgradeSqlite } from '../store/sqlite/sqlite.ts'
import { VERSION } from '../version.ts'
import { makeBackup, type Place } from './make.ts'

/** Backups of former migrations that stay. */
const KEPT = 3

/** What was migrated, and where the database is as it was before. */
export interface Migrated {
  migrations: string[]
  backup: string
}

/**
 * Brings a database to this version, after a backup beside it; undefined when there was nothing to do, or nothing in it. When
 * the migration fails the database is as it was, and the backup stays.
 */
export async function migrateSafely(place: Place, nowMs: number): Promise<Migrated | undefined> {
  const backup = `${place.databaseFile}.${new Date(nowMs).toISOString().slice(0, 10)}-before-${VERSION}.backup`
  let isKept = false
  const migrations = await upgradeSqlite(place.databaseFile, place.addonDir, async () => {
    // One that fails and is tried again, as a service does every few seconds, fills no disk.
    await makeBackup(place, backup, { nowMs, replace: true })
    isKept = true
  })
  if (!isKept) return undefined
  removeOld(place.databaseFile)
  return { migrations, backup }
}

/** By their names, which begin with the day. */
function removeOld(databaseFile: string): void {
  const stem = `${basename(databaseFile)}.`
  const backups = readdirSync(dirname(databaseFile)).filter((name) => name.startsWith(stem) && /^\d{4}-\d{2}-\d{2}-before-[^/]*\.backup$/.test(name.slice(stem.length)))
  for (const name of backups.toSorted().slice(0, -KEPT)) rmSync(join(dirname(databaseFile), name), { force: true })
}
