import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { DomainError, unfit } from '../../shared/errors.ts'
import { companionsOf, putInNewPlace, withDraft } from '../files.ts'
import { IDENTITY_FILE } from '../secrets.ts'
import { readBackup, unpackBackup, type BackupAbout, type BookCounts, type CopyProgress } from '../store/sqlite/backup.ts'
import { KeptFile, putBack, refuseOtherKeys } from './kept-files.ts'
import { FORMAT, type Place } from './make.ts'
import { sealedAs, type Sealed } from './seal.ts'

const About = z.object({
  format: z.literal(FORMAT, 'was made by a newer version: restore it with that one'),
  version: z.string(),
  madeAtMs: z.int(),
  secretKey: z.enum(['file', 'environment']),
})
const Backup = z.object({ about: About, files: z.array(KeptFile).refine((files) => files.some(({ path }) => path === IDENTITY_FILE), `lacks ${IDENTITY_FILE}`) })

export interface Restored extends BookCounts {
  database: string
  about: BackupAbout
  /** Paths of the files that belong to it, below the data folder. */
  files: string[]
  /** What had come since the backup, and was made up for. */
  migrations: string[]
}

const REFUSED: Record<Exclude<Sealed, 'whole'>, string> = {
  damaged: 'is damaged: it was changed or cut off after it was made; take another backup',
  'a database': 'is a database, but no backup of "refledger backup": it may lack what was not written to it yet, and its keys',
  'something else': 'is no backup of "refledger backup"',
}

/**
 * Puts a backup to a place where there is no database. Everything is checked before anything is written, and the database
 * comes last and whole: what was interrupted can be run again. Throws `CONFLICT` where the place is not free, and `INVALID`
 * for what is no backup, is damaged or of a newer version.
 */
export async function restoreBackup(place: Place, name: string, progress?: CopyProgress): Promise<Restored> {
  const { databaseFile, dataDir, addonDir } = place
  const file = resolve(name)
  refuseTaken(databaseFile)
  const { about, files } = await checked(file, addonDir)
  refuseOtherKeys(dataDir, files)

  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return withDraft(databaseFile, async (draft) => {
    const unpacked = await unpackBackup({ from: file, to: draft, addonDir, progress })
    putBack(dataDir, files)
    if (!putInNewPlace(draft, databaseFile)) throw taken([databaseFile], databaseFile)
    return { database: databaseFile, about, files: files.map(({ path }) => path), ...unpacked }
  })
}

async function checked(file: string, addonDir: string): Promise<z.infer<typeof Backup>> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new DomainError('NOT_FOUND', `There is no file ${file}.`)
  const sealed = await sealedAs(file)
  if (sealed !== 'whole') throw unfit('file', `${file} ${REFUSED[sealed]}`)
  const { about, files } = readBackup(file, addonDir)
  const parsed = Backup.safeParse({ about, files })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const [, index] = issue?.path ?? []
  const which = typeof index === 'number' ? ` holds ${JSON.stringify(pathOf(files[index]))}, which` : ''
  throw unfit('file', `${file}${which} ${issue?.message ?? 'cannot be read'}`)
}

const pathOf = (row: unknown): unknown => (typeof row === 'object' && row !== null && 'path' in row ? row.path : row)

/** What SQLite left beside a database is read into the next one of that name; a link that leads nowhere is there, too. */
function refuseTaken(databaseFile: string): void {
  const there = [...(lstatSync(databaseFile, { throwIfNoEntry: false }) === undefined ? [] : [databaseFile]), ...companionsOf(databaseFile)]
  if (there.length > 0) throw taken(there, databaseFile)
}

const taken = (there: string[], databaseFile: string): DomainError =>
  new DomainError('CONFLICT', `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already: restore to another place (DATABASE_URL), or stop the collector and move what is in ${databaseFile.replace(/[^/]*$/, '')} away first.`)
