import type { Database } from 'better-sqlite3'

/** Lets a database lower letters of every script, as this program does: its own `lower` knows ASCII alone. */
export function knowLetters(db: Database): void {
  db.function('lowered', { deterministic: true }, (text: unknown) => String(text).toLowerCase())
}
