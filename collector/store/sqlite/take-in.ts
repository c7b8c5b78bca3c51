import { existsSync } from 'node:fs'
import Database, { SqliteError } from 'better-sqlite3'
import { DomainError } from '../../../shared/errors.ts'
import { companionsOf, putInNewPlace, withDraft } from '../../files.ts'
import type { FillingBook } from '../book-rows.ts'
import { migrate, schemaOf, SCHEMAS } from '../migrate.ts'
import type { Snapshot } from '../store.ts'
import { addon } from './addon.ts'
import { fillingBook } from './book-rows.ts'
import { knowLetters } from './letters.ts'
import { tellSizes } from './sizes.ts'
import { openDatabase, snapshotOf } from './sqlite.ts'

export interface Place {
  /** Of this version, where there is one. */
  file: string
  addonDir: string
  /** What the rows are written in. */
  schema: string
  /** Nobody else may have the database open, and no merchant may be in it. */
  alone: boolean
}

/** What is written, and what is asked of the book then; whatever throws takes all of it back. */
export interface TakeIn<R> {
  fill: (book: FillingBook) => Promise<void>
  /** On the newest schema, before it counts. */
  check: (book: Snapshot) => Promise<R>
}

/**
 * Takes rows of another collector in, all or nothing. Where there is no database one is made beside its place, in the rows'
 * own schema, brought to the newest, and gets its name at the end; else the rows go into the one that is there.
 */
export async function takeIn<R>(place: Place, work: TakeIn<R>): Promise<R> {
  if (!SCHEMAS.includes(place.schema)) throw new DomainError('CONFLICT', `The rows are of schema ${place.schema}, which this version does not know: use the version of Refledger that wrote them, or a newer one.`)
  return existsSync(place.file) ? intoExisting(place, work) : intoNew(place, work)
}

function intoNew<R>({ file, addonDir, schema }: Place, { fill, check }: TakeIn<R>): Promise<R> {
  const taken = companionsOf(file)
  if (taken.length > 0) throw new DomainError('CONFLICT', `${taken.join(' and ')} would be read into the new database: move it away first.`)
  return withDraft(file, async (draft) => {
    const db = openAlone(draft, addonDir)
    try {
      migrate(db, schema)
      db.exec('begin immediate')
      await fill(fillingBook(db))
      db.exec('commit')
      migrate(db)
      tellSizes(db)
      const result = await check(snapshotOf(db))
      db.close()
      if (!putInNewPlace(draft, file)) throw new DomainError('CONFLICT', `${file} was made meanwhile.`)
      return result
    } finally {
      db.close()
    }
  })
}

async function intoExisting<R>({ file, addonDir, schema, alone }: Place, { fill, check }: TakeIn<R>): Promise<R> {
  const db = alone ? openAlone(file, addonDir) : openDatabase(file, addonDir)
  try {
    db.exec('begin immediate')
    if (schema !== schemaOf(db)) throw new DomainError('CONFLICT', `The rows are of the older schema ${schema}: they can be taken into a data folder without a database only, which is brought to the newest then.`)
    if (alone && db.prepare('select 1 from merchants').get() !== undefined) throw new DomainError('CONFLICT', 'There are merchants already, whose customers are known by the identity key that is there.')
    await fill(fillingBook(db))
    const result = await check(snapshotOf(db))
    db.exec('commit')
    return result
  } catch (error) {
    if (db.inTransaction) db.exec('rollback')
    throw error
  } finally {
    db.close()
  }
}

/** Opens a database that nobody else has open, and keeps them out; throws `CONFLICT` where somebody has. */
function openAlone(file: string, addonDir: string): Database.Database {
  const db = new Database(file, { timeout: 0, ...addon(addonDir) })
  try {
    db.pragma('locking_mode = exclusive')
    // Fails while anybody else is there. Nearly all pages are new: there is next to nothing to put by.
    db.pragma('journal_mode = delete')
    db.exec('begin exclusive; commit')
    db.pragma('synchronous = full')
    db.pragma('foreign_keys = on')
    db.pragma('recursive_triggers = on')
    db.pragma('cache_size = -65536')
    knowLetters(db)
    return db
  } catch (error) {
    db.close()
    throw error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY') ? new DomainError('CONFLICT', `Another process works on ${file}: stop it first.`, { cause: error }) : error
  }
}
