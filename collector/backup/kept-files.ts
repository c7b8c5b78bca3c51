import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { DomainError } from '../../shared/errors.ts'
import { heldIn, writeNew, writeWhole } from '../files.ts'
import { BUILD_NAME, SCRIPTS } from '../script-builds.ts'
import { IDENTITY_FILE, SECRET_FILE } from '../secrets.ts'

const KEYS: string[] = [IDENTITY_FILE, SECRET_FILE]
const isKept = (path: string): boolean => KEYS.includes(path) || (path.startsWith(`${SCRIPTS}/`) && BUILD_NAME.test(path.slice(SCRIPTS.length + 1)))

/** A file of the data folder that belongs into a backup. Only these few names are written when one is restored, whatever it says. */
export const KeptFile = z.object({
  path: z.string().refine(isKept, 'is no file that a backup holds'),
  content: z.instanceof(Buffer),
}).refine(({ path, content }) => !KEYS.includes(path) || /^[0-9a-f]{64}\s*$/.test(content.toString('latin1')), 'does not hold a key of 64 hex characters')
export type KeptFile = z.infer<typeof KeptFile>

/** The keys, and every build of the script that was ever served; throws where the key is missing that no backup can be without. */
export function keptFiles(dataDir: string): KeptFile[] {
  if (!existsSync(join(dataDir, IDENTITY_FILE))) throw new DomainError('NOT_FOUND', `${join(dataDir, IDENTITY_FILE)} is missing: with a backup that lacks it every known customer becomes a stranger.`)
  const scripts = join(dataDir, SCRIPTS)
  const builds = existsSync(scripts) ? readdirSync(scripts).map((name) => `${SCRIPTS}/${name}`) : []
  return [...KEYS, ...builds].filter((path) => isKept(path) && existsSync(join(dataDir, path))).map((path) => ({ path, content: readFileSync(join(dataDir, path)) }))
}

/** Throws `CONFLICT` where another key lies than the backup holds: one of them would be lost. */
export function refuseOtherKeys(dataDir: string, files: KeptFile[]): void {
  const other = files.filter(({ path, content }) => KEYS.includes(path) && existsSync(join(dataDir, path)) && !isSame(heldIn(join(dataDir, path)), content))
  if (other.length > 0) throw new DomainError('CONFLICT', `${other.map(({ path }) => join(dataDir, path)).join(' and ')} hold${other.length === 1 ? 's another key' : ' other keys'} than the backup: restore into an empty folder (DATABASE_URL), or move ${other.length === 1 ? 'it' : 'them'} away first.`)
}

/** A line's end at the end of a key does not count. */
const isSame = (held: Buffer | undefined, content: Buffer): boolean => held?.toString('latin1').trim() === content.toString('latin1').trim()

/** Writes them back, for their owner alone; keys that are there already are left, and are refused when they are others. */
export function putBack(dataDir: string, files: KeptFile[]): void {
  for (const { path, content } of files) {
    const file = join(dataDir, path)
    if (KEYS.includes(path)) writeNew(file, content)
    else if (heldIn(file)?.equals(content) !== true) writeWhole(file, content)
  }
  refuseOtherKeys(dataDir, files)
}
