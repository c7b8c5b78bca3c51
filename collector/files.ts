import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { getRawAsset, isSea } from 'node:sea'

/** The licences of what others wrote, beside the program. */
export const NOTICES = 'THIRD-PARTY-LICENSES.txt'

/** A file that the program ships with: inside the single executable, else where it lies; throws when it is missing. */
export const shipped = (file: string): Buffer => (isSea() ? Buffer.from(getRawAsset(basename(file))) : readFileSync(file))

/** What a file holds; undefined where it is not there, or not to be read: then it is written, and writing says what is wrong. */
export function heldIn(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** Writes a file whole under another name, then renames it: several processes may start at once, and none sees half of it. */
export function writeWhole(file: string, bytes: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flush: true })
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}
