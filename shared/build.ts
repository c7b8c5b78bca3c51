import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build, type BuildOptions } from 'esbuild'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ENTRY = here('client/index.ts')

/** Builds the client for both kinds of `import`, with one file of types that needs nothing beside it. */
export async function buildClient(folder: string): Promise<void> {
  const common: BuildOptions = { entryPoints: [ENTRY], bundle: true, platform: 'neutral', target: 'es2022', minifyWhitespace: true, logLevel: 'warning' }
  await Promise.all([
    build({ ...common, format: 'esm', outfile: join(folder, 'index.js') }),
    build({ ...common, format: 'cjs', outfile: join(folder, 'index.cjs') }),
  ])
  // What is bundled keeps its licence beside it.
  await copyFile(join(dirname(createRequire(import.meta.url).resolve('@noble/hashes/sha2.js')), 'LICENSE'), join(folder, 'noble-hashes.LICENSE.txt'))
  const types = await declarations()
  // Equal texts; the ending tells a compiler which kind of module it describes.
  await Promise.all(['index.d.ts', 'index.d.cts'].map((name) => writeFile(join(folder, name), types)))
}

/** The types of all files in one text, in which only what the entry exports is exported. */
async function declarations(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refledger-types-'))
  try {
    await emitDeclarations(folder)
    return await flattened((name) => readFile(join(folder, `${name}.d.ts`), 'utf8'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Without Node's types: what only Node has does not compile. */
async function emitDeclarations(folder: string): Promise<void> {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('typescript/package.json')
  const { bin } = require(manifest) as { bin: { tsc: string } }
  const options = ['--target', 'es2022', '--lib', 'es2022,dom', '--module', 'nodenext', '--strict', '--exactOptionalPropertyTypes', '--allowImportingTsExtensions', '--types', '']
  await promisify(execFile)(process.execPath, [join(dirname(manifest), bin.tsc), '--ignoreConfig', ENTRY, '--declaration', '--emitDeclarationOnly', '--stripInternal', '--outDir', folder, ...options])
}

const EXPORTS = /^export (type )?\{([^}]*)\} from '\.\/([\w-]+)\.ts';$/gm
const IMPORTS = /^import (?:type )?\{[^}]*\} from '\.\/([\w-]+)\.ts';\n/gm
const VALUE = /^(?:declare )?(?:class|const|function) /

async function flattened(read: (name: string) => Promise<string>): Promise<string> {
  const lines = [...(await read(basename(ENTRY, '.ts'))).matchAll(EXPORTS)].map(([, type, names = '', file = '']) => ({ isType: type !== undefined, names: names.split(',').map((name) => name.trim()), file }))
  const exported = new Map(lines.flatMap(({ names, isType }) => names.map((name) => [name, isType] as const)))
  const files = new Set(lines.map(({ file }) => file))
  let text = ''
  // The walk goes on over what is added while it walks.
  for (const file of files) {
    const source = await read(file)
    for (const [, other = ''] of source.matchAll(IMPORTS)) files.add(other)
    text += source.replace(IMPORTS, '').replace(/^export \{\};\n/gm, '').replace(/^export ((?:declare )?\w+ (\w+))/gm, (whole, declared: string, name: string) => {
      // A type that is exported as a value would compile and be missing when it runs.
      if (exported.get(name) === true && VALUE.test(declared)) throw new Error(`the client's types cannot be flattened: ${name} is a value that only its type is exported of`)
      return exported.has(name) ? whole : declared
    })
  }
  const lost = [...exported.keys()].filter((name) => !new RegExp(`^export (?:declare )?\\w+ ${name}\\b`, 'm').test(text))
  if (lost.length > 0 || /\bfrom '|import\(|require\(/.test(text)) throw new Error(`the client's types cannot be flattened: ${lost.join(', ') || 'an import is left'}`)
  // Without an empty export every declaration of a module's types counts as exported.
  return `${text}export {};\n`
}

if (import.meta.main) {
  const folder = here('../dist/client')
  await buildClient(folder)
  const sizes = await Promise.all(['index.js', 'index.cjs', 'index.d.ts'].map(async (name) => `${name} ${((await stat(join(folder, name))).size / 1e3).toFixed(1)} kB`))
  console.log(`dist/client: ${sizes.join(', ')}`)
}
