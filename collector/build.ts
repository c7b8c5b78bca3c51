import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { bundledPackages, noticesOf } from './bundled.ts'
import { NOTICES } from './files.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const SQLITE = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))

/** Runs before anything is loaded: the SQLite addon would crash an older Node without a word. */
const CHECK_NODE = `var v=process.versions.node.split(".").map(Number);if(v[0]<22||v[0]===22&&v[1]<14){process.stderr.write("refledger needs Node.js 22.14 or newer; this is "+process.versions.node+"\\n");process.exit(1)}`

/** better-sqlite3 looks for its addon in its own folder: in the bundle that is the folder of the bundle. */
const addonsBeside: Plugin = {
  name: 'addons beside',
  setup: ({ onLoad }) => onLoad({ filter: /better-sqlite3[\\/]lib[\\/]binding\.js$/ }, async ({ path }) => {
    const contents = (await readFile(path, 'utf8')).replaceAll("path.join(__dirname, '..', ", 'path.join(__dirname, ')
    if (!contents.includes("path.join(__dirname, 'prebuilds', ")) throw new Error('better-sqlite3 looks for its addon in another way than before')
    return { contents }
  }),
}

/** Bundles the collector into one file, and puts beside it what it reads while it runs. */
export async function buildCollector(outfile: string): Promise<void> {
  const { version } = JSON.parse(await readFile(here('../package.json'), 'utf8')) as { version: string }
  const beside = (name: string): string => join(dirname(outfile), name)
  await build({
    entryPoints: [here('main.ts')],
    outfile,
    plugins: [addonsBeside],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minify: false,
    define: { BUILT: JSON.stringify({ version }) },
    banner: { js: `#!/usr/bin/env node\n${CHECK_NODE}` },
    // All of them go into one file, whole.
    legalComments: 'none',
    logLevel: 'warning',
  })
  await chmod(outfile, 0o755)
  await writeFile(beside(NOTICES), noticesOf(await bundledPackages()))
  await copied(here('../demo/public'), beside('demo'))
  // For every system that it is built for, so that the package runs wherever it is unpacked; and the one that was compiled here.
  for (const name of ['prebuilds', 'build/Release/better_sqlite3.node']) await copied(join(SQLITE, name), beside(name))
  await buildReference(beside('docs'))
}

/** What the page of the API reference loads: Swagger UI as it was published, and what starts it; as gzip, which every browser takes. */
async function buildReference(folder: string): Promise<void> {
  const { outputFiles: [start] } = await build({ entryPoints: [here('reference/start.ts')], bundle: true, format: 'iife', target: 'es2022', minify: true, write: false, logLevel: 'warning' })
  const zip = (name: string, bytes: Uint8Array): Promise<void> => writeFile(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }))
  await mkdir(folder, { recursive: true })
  for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) await zip(name, await readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`)))
  await zip('docs.js', start?.contents ?? new Uint8Array())
}

/** A copy that holds nothing of an earlier one; none where there is nothing to copy. */
async function copied(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** The addon of this machine: the one that was compiled on it, or else the one that better-sqlite3 ships. */
export function addonFile(): string {
  const { getPrebuildPath } = createRequire(import.meta.url)(join(SQLITE, 'lib/binding.js')) as { getPrebuildPath: () => string | null }
  const compiled = join(SQLITE, 'build/Release/better_sqlite3.node')
  return existsSync(compiled) ? compiled : getPrebuildPath() ?? compiled
}

if (import.meta.main) {
  const outfile = here('../dist/refledger.cjs')
  await buildCollector(outfile)
  console.log(`dist/refledger.cjs: ${((await stat(outfile)).size / 1e6).toFixed(1)} MB`)
}
