/** The compiled half of better-sqlite3. */
import { hash } from 'node:crypto'
import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isSea } from 'node:sea'
import { heldIn, shipped, writeWhole } from '../../files.ts'

const NAME = 'better_sqlite3.node'

let loaded: object | undefined

/** What better-sqlite3 is to be opened with: the single executable has an addon inside, which it puts into a folder; else the package finds its own. */
export function addon(folder: string): { nativeBinding?: string } {
  // The types know of paths only; an addon that is loaded already is taken as well.
  return isSea() ? { nativeBinding: (loaded ??= load(folder)) as unknown as string } : {}
}

/** The system loads programs from files alone, so the embedded one is written to one that is named after its contents. */
function load(folder: string): object {
  refuseStrangers(folder)
  const bytes = shipped(NAME)
  const file = join(folder, `better_sqlite3.${hash('sha256', bytes).slice(0, 20)}.node`)
  if (heldIn(file)?.equals(bytes) !== true) writeWhole(file, bytes)
  const module = { exports: {} }
  try {
    process.dlopen(module, file)
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}. Where files may not be run (noexec), name another folder in ADDON_DIR.`, { cause: error })
  }
  return module.exports
}

/** Who may write there could have this program run anything. */
function refuseStrangers(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  const above = statSync(dirname(resolve(folder)))
  // Whoever may rename the folder could put another in its place; a sticky one lets owners alone do that.
  const isMovable = (above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || isMovable) throw new Error(`${folder} belongs to somebody else, or others may write there or rename it: run this as its owner, or name a folder of your own in ADDON_DIR`)
}
