import { SqliteError, type Database } from 'better-sqlite3'
import { DomainError } from '../../../shared/errors.ts'
import { schemaOf } from '../migrate.ts'
import type { BookRow, BookRows, FillingBook } from '../book-rows.ts'
import { bookTables, type ReadTable } from './book-tables.ts'
import { internedTexts } from './texts.ts'

/** Reads the book's rows as they are stored; the database's snapshot is its caller's. */
export function bookRows(db: Database): BookRows {
  const tables = bookTables(db)
  const named = namedIn(tables)
  return {
    schema: schemaOf(db),
    tables,
    count: (name, merchantId) => db.prepare<[number], number>(`select count(*) from ${name} where ${named(name).merchantColumn} = ?`).pluck().get(merchantId) ?? 0,
    rows(name, merchantId) {
      const { selected, merchantColumn, orderBy } = named(name)
      // Unindexed, so that rows are read in their order: through another index, millions would be sorted first.
      return db.prepare(`select ${selected.join(', ')} from ${name} t not indexed where t.${merchantColumn} = ? order by ${orderBy}`).raw().safeIntegers().iterate(merchantId) as Iterable<BookRow>
    },
  }
}

/** The same, to be written into; the transaction is its caller's. */
export function fillingBook(db: Database): FillingBook {
  const texts = internedTexts(db)
  const named = namedIn(bookTables(db))
  return {
    ...bookRows(db),
    async quietly(work) {
      const noting = db.prepare<[], { name: string; sql: string }>("select name, sql from sqlite_schema where type = 'trigger' and sql like '%insert into journal %'").all()
      for (const { name } of noting) db.exec(`drop trigger ${name}`)
      await work()
      // When it fails they come back with all the rest.
      for (const { sql } of noting) db.exec(sql)
    },
    writer(name) {
      const { columns, interned, merchantColumn } = named(name)
      const insert = db.prepare(`insert into ${name} (${columns.map((column) => column.name).join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      const owner = columns.findIndex((column) => column.name === merchantColumn)
      return (row) => {
        for (const at of interned) row[at] = texts.idOf(Number(row[owner]), String(row[at]))
        try {
          insert.run(row)
        } catch (error) {
          throw error instanceof SqliteError && error.code.startsWith('SQLITE_CONSTRAINT') ? new DomainError('CONFLICT', error.message, { cause: error }) : error
        }
      }
    },
  }
}

function namedIn(tables: ReadTable[]): (name: string) => ReadTable {
  const byName = new Map(tables.map((table) => [table.name, table]))
  return (name) => {
    const table = byName.get(name)
    if (table === undefined) throw new Error(`${name} is no table of the book`)
    return table
  }
}
