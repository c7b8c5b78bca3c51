import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { DomainError } from '../../shared/errors.ts'
import type { Answer } from './collector.ts'

interface Place {
  dir: string
}

/** What stands in a collector's database file, read beside the collector and not through it. */
export function rowsOf<T>({ dir }: Place, sql: string, ...values: unknown[]): T[] {
  const db = new Database(join(dir, 'test.db'), { readonly: true })
  try {
    return db.prepare<unknown[], T>(sql).all(...values)
  } finally {
    db.close()
  }
}

/** Rows of every table, by its name. */
export function rowCounts(place: Place): Record<string, number> {
  const tables = rowsOf<{ name: string }>(place, "select name from sqlite_schema where type = 'table' order by name")
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*) as n from "${name}"`).join(' union all ')
  return Object.fromEntries(rowsOf<{ name: string; n: number }>(place, counts).map(({ name, n }) => [name, n]))
}

/** What came of a call that must not work. */
export interface Refusal {
  status: number
  body: Answer['body']
  text: string
  headers: Headers
  /** Tables with another number of rows than before. */
  written: string[]
}

/** Sends a call and tells its answer with what it wrote, which should be nothing. */
export async function refusal(place: Place, send: () => Promise<Answer>): Promise<Refusal> {
  const before = rowCounts(place)
  const { status, body, text, headers } = await send()
  const after = rowCounts(place)
  return { status, body, text, headers, written: Object.keys(after).filter((table) => after[table] !== before[table]) }
}

/** Runs a use case that must be refused: its code, the fields that it names, and the tables that it wrote to, which should be none. */
export async function refusedUse(place: Place, use: () => unknown): Promise<{ code: string; fields: string[]; message: string; written: string[] }> {
  const before = rowCounts(place)
  const error: unknown = await Promise.resolve().then(use).then(() => undefined, (thrown: unknown) => thrown)
  if (!(error instanceof DomainError)) throw new Error('it was not refused', { cause: error })
  const after = rowCounts(place)
  return { code: error.code, fields: error.issues.map(({ path }) => path.join('.')), message: error.message, written: Object.keys(after).filter((table) => after[table] !== before[table]) }
}

/** A refusal in RefCampaign's envelope: nothing written, the reason said, and said of the field unless the whole call is wrong. */
export const refused = ({ status, code, field, says }: { status: number; code: string; field: string | null; says: RegExp }): object => ({
  status,
  body: {
    success: false,
    error: {
      code, message: expect.stringMatching(says),
      details: field === null ? null : expect.arrayContaining([{ path: field.split('.'), message: expect.stringMatching(says) }]),
    },
  },
  // A word of ours or of a library's in an answer helps nobody.
  text: expect.not.stringMatching(/JsonNumber|undefined|Invalid input|at .*\.ts/),
  written: [],
})

/** A refusal of the script's calls, and of all that belongs to no dialect. */
export const plainlyRefused = ({ status, code, says }: { status: number; code: string; says: RegExp }): object => ({ status, body: { code, message: expect.stringMatching(says) }, written: [] })
