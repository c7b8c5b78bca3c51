import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
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
  writeDraft(file, bytes, (draft) => renameSync(draft, file))
}

/** The same for a file that nothing may replace; false where it is there already, which is left as it is. */
export function writeNew(file: string, bytes: Buffer): boolean {
  return writeDraft(file, bytes, (draft) => linkNew(draft, file))
}

function writeDraft<R>(file: string, bytes: Buffer, settle: (draft: string) => R): R {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flush: true })
    return settle(draft)
  } finally {
    rmSync(draft, { force: true })
  }
}

function linkNew(draft: string, file: string): boolean {
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** What SQLite puts beside a file while it works on it. */
const COMPANIONS = ['', '-journal', '-wal', '-shm']
/** Signals that end the program while it writes, and the exit codes that say so. */
const ENDINGS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const

/**
 * Lets `write` fill a hidden file beside `file`, for its owner alone, and takes away whatever is left of it, also when somebody
 * ends the program meanwhile, and what an earlier run left that was ended by force.
 */
export async function withDraft<R>(file: string, write: (draft: string) => Promise<R>): Promise<R> {
  const stem = `.${basename(file)}.draft-`
  for (const left of readdirSync(dirname(file))) if (left.startsWith(stem)) rmSync(join(dirname(file), left), { force: true })
  const draft = join(dirname(file), `${stem}${randomBytes(6).toString('hex')}`)
  const remove = (): void => {
    for (const companion of COMPANIONS) rmSync(draft + companion, { force: true })
  }
  const ended = Object.entries(ENDINGS).map(([signal, code]): [string, () => void] => [signal, () => {
    remove()
    process.exit(code)
  }])
  for (const [signal, end] of ended) process.once(signal, end)
  try {
    writeFileSync(draft, '', { mode: 0o600, flag: 'wx' })
    return await write(draft)
  } finally {
    for (const [signal, end] of ended) process.off(signal, end)
    remove()
  }
}

/** Gives a draft its name once it is on disk, in the place of whatever has it. */
export function putInPlace(draft: string, file: string): void {
  sync(draft)
  renameSync(draft, file)
  sync(dirname(file))
}

/** The same where nothing may have the name; false where something does. */
export function putInNewPlace(draft: string, file: string): boolean {
  sync(draft)
  const isPut = linkNew(draft, file)
  sync(dirname(file))
  return isPut
}

/** Puts on disk what a file holds, or which files a folder has. */
export function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Files beside a database that SQLite wrote for it; they are read into any database of that name. */
export const companionsOf = (database: string): string[] => COMPANIONS.slice(1).map((companion) => database + companion).filter((file) => existsSync(file))
