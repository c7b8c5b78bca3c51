import { copyFile, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Runs before anything is loaded: the SQLite addon would crash an older Node without a word. */
const CHECK_NODE = `var v=process.versions.node.split(".").map(Number);if(v[0]<22||v[0]===22&&v[1]<14){process.stderr.write("refledger needs Node.js 22.14 or newer; this is "+process.versions.node+"\\n");process.exit(1)}`

/** Bundles the collector into one file, with the SQLite addon of this machine beside it. */
export async function buildCollector(outfile: string): Promise<void> {
  const { version } = JSON.parse(await readFile(here('../package.json'), 'utf8')) as { version: string }
  await build({
    entryPoints: [here('main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    minify: false,
    define: { BUILT: JSON.stringify({ version }) },
    banner: { js: `#!/usr/bin/env node\n${CHECK_NODE}` },
    legalComments: 'external',
    logLevel: 'warning',
  })
  await copyFile(addonFile(), join(dirname(outfile), 'better_sqlite3.node'))
}

/** The addon that better-sqlite3 ships for this machine, or the one that was compiled on it. */
function addonFile(): string {
  const require = createRequire(import.meta.url)
  const root = dirname(require.resolve('better-sqlite3/package.json'))
  const { getPrebuildPath } = require(join(root, 'lib/binding.js')) as { getPrebuildPath: () => string | null }
  return getPrebuildPath() ?? join(root, 'build/Release/better_sqlite3.node')
}

if (import.meta.main) {
  const outfile = here('../dist/refledger.cjs')
  await buildCollector(outfile)
  console.log(`dist/refledger.cjs: ${((await stat(outfile)).size / 1e6).toFixed(1)} MB`)
}
