/** What others wrote of the program, the script and the client. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ENTRIES = ['collector/main.ts', 'browser/index.ts', 'shared/client/index.ts']
const PACKAGE = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/
/** Shipped as they were published. */
const WHOLE = ['node_modules/swagger-ui-dist']
/** The last names what is inside of Swagger UI's file. */
const LICENCE = /^(licen[cs]e|copying|notice|swagger-ui-bundle\.js\.licen[cs]e)/i

/** A package whose code is shipped. */
export interface Bundled {
  name: string
  version: string
  /** As its manifest says: an SPDX expression. */
  license: string
  /** Where it is installed, such as `node_modules/koa`. */
  folder: string
}

/** Every package that esbuild takes code from, or that is shipped whole, by name and version: dependencies that are never reached are not among them. */
export async function bundledPackages(): Promise<Bundled[]> {
  const { metafile } = await build({ absWorkingDir: ROOT, entryPoints: ENTRIES, outdir: 'dist', bundle: true, platform: 'node', format: 'esm', write: false, metafile: true, logLevel: 'warning' })
  const folders = new Set([...Object.keys(metafile.inputs).flatMap((file) => PACKAGE.exec(file)?.[0] ?? []), ...WHOLE])
  return Array.from(folders, described).toSorted((one, other) => (one.name === other.name ? one.version.localeCompare(other.version) : one.name < other.name ? -1 : 1))
}

function described(folder: string): Bundled {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Record<string, unknown>
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string') throw new Error(`${folder}/package.json says no licence: what it brings cannot be shipped`)
  return { name, version, license, folder }
}

/** The licences of all that is bundled, in full where a package brings its text: most ask to be handed on with every copy. */
export function noticesOf(packages: readonly Bundled[]): string {
  const notices = packages.map(({ name, version, license, folder }) => {
    const files = readdirSync(join(ROOT, folder)).filter((file) => LICENCE.test(file)).toSorted()
    const texts = files.map((file) => readFileSync(join(ROOT, folder, file), 'utf8').trim())
    return [`${name} ${version} (${license})`, ...(texts.length > 0 ? texts : ['Its package states this licence and holds no text of it.'])].join('\n\n')
  })
  return `Refledger contains the work of others, under these licences.\n\n${notices.map((notice) => `${'-'.repeat(80)}\n${notice}\n`).join('\n')}`
}
