import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { heldIn, shipped, writeWhole } from './files.ts'
import type { Log } from './http/log.ts'

/** One build of the browser script. */
export interface Build {
  /** The first 20 hex digits of its SHA-256: its version, and part of its file's name and address. */
  hash: string
  /** `r.<hash>.js` */
  name: string
  /** What a tag's `integrity` attribute says of it. */
  integrity: string
  plain: Buffer
  /** Its bytes as browsers ask for them, made on the first request and kept. */
  encoded: (encoding: Encoding) => Buffer
}

const COMPRESS = { br: (plain: Buffer) => brotliCompressSync(plain), gzip: (plain: Buffer) => gzipSync(plain) }
type Encoding = keyof typeof COMPRESS

/** Browsers name gzip first and rate all alike: asked for all at once they would never get the smallest. */
export const ENCODINGS = ['br', 'gzip'] as const satisfies Encoding[]

const hashOf = (plain: Buffer): string => hash('sha256', plain).slice(0, 20)
/** The folder of all builds, in the data folder, and what a build is called there. */
export const SCRIPTS = 'scripts'
export const BUILD_NAME = /^r\.([0-9a-f]{20})\.js$/

function buildOf(plain: Buffer): Build {
  const made: Partial<Record<Encoding, Buffer>> = {}
  const version = hashOf(plain)
  return { hash: version, name: `r.${version}.js`, integrity: `sha384-${hash('sha384', plain, 'base64')}`, plain, encoded: (encoding) => (made[encoding] ??= COMPRESS[encoding](plain)) }
}

/** Reads the built script; throws a sentence that says what to do when it was not built. */
export function loadBuild(file: string): Build {
  try {
    return buildOf(shipped(file))
  } catch (error) {
    throw new Error(`the browser script is missing (${file}): run "npm run build"`, { cause: error })
  }
}

/**
 * Keeps a build in the folder of all that were ever served, and reads those: a page that names one by its hash must
 * find it for as long as the page exists. A folder that cannot be written or read is said and stops nothing.
 */
export function keepBuilds(present: Build, folder: string, log: Log): Map<string, Build> {
  try {
    keep(present, folder, log)
  } catch (error) {
    log.warn({ err: error, folder }, 'the script is served and was not kept: pages that name this build will miss it after the next')
  }
  const kept = [...keptIn(folder, log)].map((build): [string, Build] => [build.hash, build])
  return new Map([...kept, [present.hash, present]])
}

/** A damaged file is mended. */
function keep({ name, plain }: Build, folder: string, log: Log): void {
  const file = join(folder, name)
  const held = heldIn(file)
  if (held?.equals(plain)) return
  if (held !== undefined) log.error({ file }, 'the kept build of the script was damaged and is written anew')
  writeWhole(file, plain)
}

function* keptIn(folder: string, log: Log): Generator<Build> {
  for (const file of namesIn(folder, log)) {
    try {
      const build = buildOf(readFileSync(join(folder, file)))
      if (build.name === file) yield build
      else log.error({ file: join(folder, file) }, 'a kept build of the script is damaged and not served')
    } catch (error) {
      log.error({ err: error, file: join(folder, file) }, 'a kept build of the script cannot be read and is not served')
    }
  }
}

function namesIn(folder: string, log: Log): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && BUILD_NAME.test(entry.name)).map(({ name }) => name)
  } catch (error) {
    log.warn({ err: error, folder }, 'older builds of the script cannot be read; only the present one is served')
    return []
  }
}
