import { existsSync, mkdirSync } from 'node:fs'
import { hash } from 'node:crypto'
import { dirname } from 'node:path'
import { migrateSafely } from '../backup/before-migration.ts'
import type { Place } from '../backup/make.ts'
import { DomainError } from '../../shared/errors.ts'
import { heldIdentityKey, placeIdentityKey } from '../secrets.ts'
import { verify, type Verified } from '../service/verify.ts'
import type { BookRows, BookTable, FillingBook } from '../store/book-rows.ts'
import { takeIn } from '../store/sqlite/take-in.ts'
import { checkedExport, linesOf, wrongFile, type CheckedExport } from './files.ts'
import { fileOf, KEY_FILE, MANIFEST_FILE, type Manifest } from './manifest.ts'
import { rowReader, WrongRow } from './row-text.ts'
import { tableSums } from './table-text.ts'

export interface TakenIn {
  manifest: Manifest
  /** False where the very same book was there already, and nothing was written. */
  isNew: boolean
  verified: Verified
}

/** Is told what goes on, and how far it is. */
export type TakeInProgress = (what: 'bytes checked' | 'rows' | 'rows read back' | 'conversions verified', done: number, total?: number) => void

/** Problems that a refusal names; `verify` would name all of them. */
const NAMED_PROBLEMS = 5

/**
 * Takes an export in, all or nothing: every file is what the manifest says, every row is one that an export writes, what
 * was written reads back as the same bytes, and `verify` finds nothing wrong. Throws `INVALID` or `CONFLICT`.
 */
export async function takeInExport(config: Place, folder: string, { nowMs, progress = () => undefined }: { nowMs: number; progress?: TakeInProgress }): Promise<TakenIn> {
  const found = await checkedExport(folder, (done, total) => progress('bytes checked', done, total))
  const { manifest } = found
  const { key, isOther } = keyFor(found, config)
  mkdirSync(dirname(config.databaseFile), { recursive: true, mode: 0o700 })
  // As every start does.
  if (existsSync(config.databaseFile)) await migrateSafely(config, nowMs)
  let isNew = false
  const verified = await takeIn({ file: config.databaseFile, addonDir: config.addonDir, schema: manifest.schema, alone: isOther }, {
    async fill(book) {
      isNew = isEmpty(book, manifest)
      if (isNew) await book.quietly(() => fill(book, found, progress))
      const sums = tableSums(book, { merchants: manifest.merchants, progress: (rows) => progress('rows read back', rows, rowsOf(manifest)) })
      const other = Object.keys(sums).find((table) => sums[table]?.sha256 !== manifest.tables[table]?.sha256)
      if (other === undefined) return refuseNobody(book, manifest)
      if (isNew) throw wrongFile(fileOf(other), 'does not read back as it was written: its rows are in another order, or not all of one book')
      throw new DomainError('CONFLICT', `Merchant ${manifest.merchants.join(', ')} is there already, and is not what this export holds (${other} differs). Nothing was written.`)
    },
    async check(book) {
      const result = await verify({ store: { snapshot: (look) => look(book) } }, (done, total) => progress('conversions verified', done, total))
      const problems = result.problems.filter(({ merchantId }) => merchantId === 0 || manifest.merchants.includes(merchantId))
      if (problems.length > 0) throw new DomainError('CONFLICT', [`The book of this export does not add up, so nothing was written; "refledger verify" where it comes from tells more:`, ...problems.slice(0, NAMED_PROBLEMS).map(({ what }) => what)].join('\n  '))
      // Before the database counts: without the key, no command would open it.
      if (isNew && key !== undefined) placeIdentityKey(config.dataDir, key, { replaces: isOther })
      return result
    },
  })
  return { manifest, isNew, verified }
}

const rowsOf = ({ tables }: Manifest): number => Object.values(tables).reduce((sum, { rows }) => sum + rows, 0)

/** The key to put in place, if it is not there; another one is replaced only where it has made nobody known. */
function keyFor({ manifest, identityKey }: CheckedExport, { dataDir, databaseFile }: Place): { key: Buffer | undefined; isOther: boolean } {
  const held = heldIdentityKey(dataDir)
  if (held !== undefined && hash('sha256', held) === manifest.identityKey) return { key: undefined, isOther: false }
  if (identityKey === undefined) throw wrongFile(KEY_FILE, `is missing, and ${dataDir} has no such key: without it every known customer becomes a stranger`)
  if (held === undefined && existsSync(databaseFile)) throw new DomainError('CONFLICT', `${dataDir} has a database and no ${KEY_FILE}: restore that first, or name another folder in DATABASE_URL.`)
  if (held !== undefined && !existsSync(databaseFile)) throw new DomainError('CONFLICT', `${dataDir} holds the ${KEY_FILE} of another collector: name another folder in DATABASE_URL.`)
  return { key: identityKey, isOther: held !== undefined }
}

/** Whether nothing of the manifest's merchants is there; its tables must be those of its schema. */
function isEmpty(book: BookRows, { tables, merchants, schema }: Manifest): boolean {
  const names = new Set(book.tables.map(({ name }) => name))
  const missing = [...names].find((name) => tables[name] === undefined)
  const unknown = Object.keys(tables).find((name) => !names.has(name))
  if (missing !== undefined || unknown !== undefined) throw wrongFile(MANIFEST_FILE, `must name the tables of schema ${schema}`, { field: `tables.${missing ?? unknown ?? ''}` })
  return book.tables.every(({ name }) => merchants.every((id) => book.count(name, id) === 0))
}

/** Rows of a merchant that is none would be seen by nobody. */
function refuseNobody(book: BookRows, { merchants }: Manifest): void {
  for (const id of merchants) if (book.count('merchants', id) === 0) throw wrongFile(MANIFEST_FILE, `names merchant ${id}, who is not in ${fileOf('merchants')}`, { field: 'merchants' })
}

async function fill(book: FillingBook, found: CheckedExport, progress: TakeInProgress): Promise<void> {
  let done = 0
  for (const table of book.tables) {
    await fillTable(table, { book, found, progress: (rows) => progress('rows', done + rows, rowsOf(found.manifest)) })
    done += found.manifest.tables[table.name]?.rows ?? 0
  }
}

async function fillTable(table: BookTable, { book, found: { folder, manifest }, progress }: { book: FillingBook; found: CheckedExport; progress: (rows: number) => void }): Promise<void> {
  const file = fileOf(table.name)
  const read = rowReader(table, manifest.merchants)
  const write = book.writer(table.name)
  let line = 0
  for await (const lines of linesOf(folder, file)) {
    for (const text of lines) {
      line += 1
      try {
        write(read(text))
      } catch (error) {
        throw refusedRow(error, file, line)
      }
    }
    progress(line)
  }
  if (line !== manifest.tables[table.name]?.rows) throw wrongFile(MANIFEST_FILE, `says another number than the ${line} of the file`, { field: `tables.${table.name}.rows` })
}

function refusedRow(error: unknown, file: string, line: number): unknown {
  if (error instanceof WrongRow) return wrongFile(file, error.message, { line, field: error.field })
  return error instanceof DomainError ? wrongFile(file, `the database refuses this row: ${error.message}`, { line }) : error
}
