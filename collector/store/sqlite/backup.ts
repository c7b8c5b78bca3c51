/** Copies of the whole database, as of one instant, while others write. */
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { migrate, standingOf, type Standing } from '../migrate.ts'
import { addon } from './addon.ts'

/** A file of the data folder inside a backup, by its path below that folder. */
export interface BackupFile {
  path: string
  content: Buffer
}

/** What a backup says of itself. */
export interface BackupAbout {
  /** 1; another one is of a version that keeps more than this one knows of. */
  format: number
  version: string
  madeAtMs: number
  /** Whether `SECRET_KEY` was given, and so is not in the backup. */
  secretKey: 'file' | 'environment'
}

export interface BookCounts {
  conversions: number
  clicks: number
  entries: number
}

/** Told how many pages are copied, of how many. */
export type CopyProgress = (done: number, total: number) => void

/** Pages that are copied before others have their turn: 4 MB. */
const STEP_PAGES = 1_000
const BUSY_MS = 5_000
const FAULTS = 3

interface Copying {
  from: string
  to: string
  addonDir?: string | undefined
  progress?: CopyProgress | undefined
}

/** Opens what is there as it is: it is not migrated, and nothing is written to it. */
function openAsIs(file: string, addonDir = dirname(file), readonly = false): Database.Database {
  const db = new Database(file, { fileMustExist: true, readonly, timeout: BUSY_MS, ...addon(addonDir) })
  db.pragma('query_only = on')
  return db
}

/** How far a database is; throws `CONFLICT` where it is of a newer version. */
export function standingIn(file: string, addonDir?: string): Standing {
  const db = openAsIs(file, addonDir)
  try {
    return standingOf(db, file)
  } finally {
    db.close()
  }
}

/**
 * Copies a database as of now. The reading transaction stays open until the end: without it SQLite begins anew whenever
 * another process has written, and beside a busy collector it would never end.
 */
async function copyFrom(source: Database.Database, to: string, progress: CopyProgress = () => undefined): Promise<void> {
  source.exec('begin')
  source.prepare('select count(*) from sqlite_schema').get()
  const { totalPages } = await source.backup(to, {
    progress({ totalPages: total, remainingPages }) {
      progress(total - remainingPages, total)
      return STEP_PAGES
    },
  })
  progress(totalPages, totalPages)
  source.exec('commit')
}

/** The same from file to file. */
export async function copyDatabase({ from, to, addonDir, progress, readonly = false }: Copying & { readonly?: boolean }): Promise<void> {
  const source = openAsIs(from, addonDir, readonly)
  try {
    await copyFrom(source, to, progress)
  } finally {
    source.close()
  }
}

/** Makes a backup of a database and what belongs to it; throws `CONFLICT` on one of a newer version, and where it is damaged. */
export async function writeBackup({ from, to, addonDir, progress }: Copying, { about, files }: { about: BackupAbout; files: BackupFile[] }): Promise<BookCounts> {
  const source = openAsIs(from, addonDir)
  try {
    standingOf(source, from)
    await copyFrom(source, to, progress)
  } finally {
    source.close()
  }
  return inCopy(to, addonDir, (copy) => {
    copy.transaction(() => {
      copy.exec(`
        create table backup_about (format integer not null, version text not null, made_at_ms integer not null, secret_key text not null) strict;
        create table backup_files (path text primary key, content blob not null) strict;
      `)
      copy.prepare('insert into backup_about (format, version, made_at_ms, secret_key) values (:format, :version, :madeAtMs, :secretKey)').run(about)
      const insert = copy.prepare('insert into backup_files (path, content) values (:path, :content)')
      for (const file of files) insert.run(file)
    })()
    refuseDamage(copy, `${from} is damaged, and no backup was made`)
    return countsOf(copy)
  })
}

/** What stands in a backup beside the database, as it stands there: to be checked. */
export function readBackup(file: string, addonDir: string): { about: unknown; files: unknown[]; standing: Standing } {
  const db = openAsIs(file, addonDir, true)
  try {
    const standing = standingOf(db, file)
    return {
      about: db.prepare('select format, version, made_at_ms as madeAtMs, secret_key as secretKey from backup_about').get(),
      files: db.prepare('select path, content from backup_files order by path').all(),
      standing,
    }
  } catch (error) {
    throw error instanceof Database.SqliteError ? new Error(`${file} cannot be read as a backup: ${error.message}`, { cause: error }) : error
  } finally {
    db.close()
  }
}

/** Makes a database of a backup, of this version; gives what was migrated. */
export async function unpackBackup({ from, to, addonDir, progress }: Copying): Promise<BookCounts & { migrations: string[] }> {
  await copyDatabase({ from, to, addonDir, progress, readonly: true })
  return inCopy(to, addonDir, (copy) => {
    // What was dropped would stay in free pages: the keys are not the database's.
    copy.pragma('secure_delete = on')
    copy.exec('drop table backup_about; drop table backup_files')
    for (const number of ['application_id', 'user_version']) copy.pragma(`${number} = 0`)
    const migrations = migrate(copy)
    refuseDamage(copy, `${from} is damaged, and nothing was restored`)
    return { ...countsOf(copy), migrations }
  })
}

/** Migrates a copy, so that it shows whether it can be done; gives what was. The database itself stays as it is. */
export async function tryMigrations({ from, to, addonDir, progress }: Copying): Promise<string[]> {
  const source = openAsIs(from, addonDir)
  try {
    if (standingOf(source, from).due.length === 0) return []
    await copyFrom(source, to, progress)
  } finally {
    source.close()
  }
  return inCopy(to, addonDir, migrate)
}

/** Works on a copy as on one file: what it has to say in the end is in there, and in none beside it. */
function inCopy<R>(file: string, addonDir: string | undefined, work: (copy: Database.Database) => R): R {
  const copy = new Database(file, { fileMustExist: true, ...addon(addonDir ?? dirname(file)) })
  try {
    copy.pragma('journal_mode = delete')
    copy.pragma('synchronous = full')
    copy.pragma('recursive_triggers = on')
    return work(copy)
  } finally {
    copy.close()
  }
}

function refuseDamage(db: Database.Database, what: string): void {
  const faults = db.prepare<[], string>(`pragma integrity_check(${FAULTS})`).pluck().all()
  if (faults[0] !== 'ok') throw new Error(`${what}: ${faults.join('; ').replaceAll(/\s+/g, ' ')}`)
}

/** An older version may lack a table. */
function countsOf(db: Database.Database): BookCounts {
  const count = (table: string): number => {
    const isThere = db.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(table) !== undefined
    return isThere ? db.prepare<[], number>(`select count(*) from ${table}`).pluck().get() ?? 0 : 0
  }
  return { conversions: count('conversions'), clicks: count('clicks'), entries: count('ledger_entries') }
}
