/** `npm run build:binary`: the collector as one executable file, with its own Node inside. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { addonFile } from './build.ts'
import { NOTICES } from './files.ts'

/** What Node looks for in its own file. */
const RESOURCE = 'NODE_SEA_BLOB'
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
const find = createRequire(import.meta.url).resolve
/** Files of `dist` that the program reads while it runs, and folders of them. */
const SHIPPED = [
  'r.js',
  'demo/*',
  'docs/*',
]

/**
 * Puts the built program and its files into a copy of the repository's own Node. Wants `npm run build` first.
 *
 * Symbols go before the injection: afterwards `strip` would take what was injected along.
 */
export function buildBinary(outfile: string, dist = fileURLToPath(new URL('../dist', import.meta.url))): void {
  if (process.platform !== 'linux') throw new Error('the single executable is built on Linux only')
  // Beside the result, so that the last step is a rename.
  const folder = mkdtempSync(join(dirname(outfile), '.binary-'))
  const within = (name: string): string => join(folder, name)
  try {
    writeFileSync(within(NOTICES), `${readFileSync(join(dist, NOTICES), 'utf8')}\n${'-'.repeat(80)}\nNode.js\n\n${nodeNotice()}`)
    writeFileSync(within('sea.json'), JSON.stringify({
      // Its path would stand in every stack: it is looked for in the folder that this runs in.
      main: 'refledger.cjs', output: within('blob'), assets: assetsOf([...globSync(SHIPPED.map((name) => join(dist, name))), within(NOTICES)]),
      // NODE_OPTIONS and Node's own flags are nobody's business: the command line is all ours. Nor opens a signal a debugger, to whoever is on the machine.
      useCodeCache: true, execArgvExtension: 'none', execArgv: ['--disable-sigusr1'], disableExperimentalSEAWarning: true,
    }))
    const node = find('node/bin/node')
    execFileSync(node, ['--experimental-sea-config', within('sea.json')], { cwd: dist, stdio: 'pipe' })
    copyFileSync(node, within('node'))
    chmodSync(within('node'), 0o755)
    if (spawnSync('strip', [within('node')]).error !== undefined) console.warn('strip is not installed: the executable is some 18 MB larger than it must be')
    execFileSync(node, [find('postject/dist/cli.js'), within('node'), RESOURCE, within('blob'), '--sentinel-fuse', FUSE], { stdio: 'pipe' })
    renameSync(within('node'), outfile)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What goes inside, by the name that it is asked for with, which is the file's without its folder. */
function assetsOf(files: string[]): Record<string, string> {
  const named = [['better_sqlite3.node', addonFile()] as const, ...files.map((file) => [basename(file), file] as const)]
  const assets = Object.fromEntries(named)
  if (Object.keys(assets).length !== named.length) throw new Error('two files that are shipped have the same name')
  return assets
}

/** Node's licence, which lies beside the program that it comes with. */
function nodeNotice(): string {
  const [file] = globSync(join(dirname(find('node/package.json')), 'node_modules/node-*/LICENSE'))
  if (file !== undefined) return readFileSync(file, 'utf8')
  console.warn('Node\'s licence is not where "npm ci" puts it: the executable names its address instead')
  return `https://github.com/nodejs/node/blob/v${process.versions.node}/LICENSE\n`
}

if (import.meta.main) {
  const outfile = fileURLToPath(new URL('../dist/refledger', import.meta.url))
  buildBinary(outfile)
  console.log(`dist/refledger: ${(statSync(outfile).size / 1e6).toFixed(0)} MB`)
}
