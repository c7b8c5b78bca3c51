import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DomainError } from '../../shared/errors.ts'
import type { Config } from '../config.ts'
import { companionsOf, putInPlace, withDraft } from '../files.ts'
import { IDENTITY_FILE, SECRET_FILE } from '../secrets.ts'
import { writeBackup, type BackupAbout, type BookCounts, type CopyProgress } from '../store/sqlite/backup.ts'
import { VERSION } from '../version.ts'
import { keptFiles } from './kept-files.ts'
import { seal } from './seal.ts'

/** Where a collector has its data. */
export type Place = Pick<Config, 'databaseFile' | 'dataDir' | 'addonDir' | 'secretKey'>

/** What a backup holds beside the database, and how it holds it: of this version's backups. */
export const FORMAT = 1

export interface BackupMade extends BookCounts, Pick<BackupAbout, 'secretKey'> {
  file: string
  bytes: number
  /** How many files of the data folder it holds. */
  files: number
}

export interface BackupOptions {
  nowMs: number
  /** Takes the place of a file of that name. */
  replace?: boolean
  progress?: CopyProgress
}

/**
 * One file with everything that must be kept: the database as of now, its keys and all builds of the script. A collector goes
 * on meanwhile. The file is there when it is whole, and not before; throws `CONFLICT` where one is already.
 */
export async function makeBackup(place: Place, name: string, { nowMs, replace = false, progress }: BackupOptions): Promise<BackupMade> {
  const file = resolve(name)
  refuseTarget(place, file, replace)
  const { databaseFile, dataDir, addonDir } = place
  const secretKey = place.secretKey === undefined ? 'file' : 'environment'
  return withDraft(file, async (draft) => {
    const files = keptFiles(dataDir)
    const counts = await writeBackup({ from: databaseFile, to: draft, addonDir, progress }, { about: { format: FORMAT, version: VERSION, madeAtMs: nowMs, secretKey }, files })
    await seal(draft)
    const { size: bytes } = statSync(draft)
    refuseTarget(place, file, replace)
    putInPlace(draft, file)
    return { file, bytes, ...counts, files: files.length, secretKey }
  })
}

/** The data itself is never replaced by its backup. */
function refuseTarget({ databaseFile, dataDir }: Place, file: string, replace: boolean): void {
  if (statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory() !== true) throw new DomainError('NOT_FOUND', `There is no folder ${dirname(file)}: make it first.`)
  const there = statSync(file, { throwIfNoEntry: false })
  if (there === undefined) return
  if (there.isDirectory()) throw new DomainError('CONFLICT', `${file} is a folder: name a file in it.`)
  if (!there.isFile()) throw new DomainError('CONFLICT', `${file} is no plain file, and is not replaced: name another one.`)
  const own = [databaseFile, ...companionsOf(databaseFile), ...[IDENTITY_FILE, SECRET_FILE].map((name) => join(dataDir, name))].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (own.some((one) => one !== undefined && one.ino === there.ino && one.dev === there.dev)) throw new DomainError('CONFLICT', `${file} is what the backup is of: name another file.`)
  if (!replace) throw new DomainError('CONFLICT', `${file} is there already: name another file, or replace it with --force.`)
}
