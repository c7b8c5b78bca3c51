import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'
import { minify } from 'terser'

/** js-cookie asks whether there is a document at all, for servers' sake: in a browser there is. */
const inBrowsers: Plugin = {
  name: 'in browsers',
  setup: ({ onLoad }) => onLoad({ filter: /js\.cookie\.mjs$/ }, async ({ path }) => ({ contents: (await readFile(path, 'utf8')).replaceAll("typeof document === 'undefined'", 'false') })),
}

/** Names of js-cookie's own properties, which nobody outside of it writes; those of calls and answers stay. */
const PRIVATE = /^(withAttributes|withConverter|converter|write)$/

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What a visitor downloads, by what the server and the browser agree on. */
export interface ScriptSizes {
  readonly rawBytes: number
  readonly gzipBytes: number
  readonly brotliBytes: number
}

/**
 * Bundles the script for every browser of the last five years.
 *
 * `plugins` may leave parts out, to see what they cost.
 *
 * No source map comment: the file is served from shops that never see our sources. js-cookie's
 * notice goes to a file beside it, where it costs no visitor anything.
 */
export async function buildScript(outfile: string, plugins: Plugin[] = []): Promise<ScriptSizes> {
  await build({
    entryPoints: [here('index.ts')],
    outfile,
    plugins: [...plugins, inBrowsers],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    minify: true,
    legalComments: 'external',
    logLevel: 'warning',
    // Without our `strict`, which would add "use strict" to code that was strict as modules.
    tsconfigRaw: {},
  })
  // Modules are joined by then: what was internal to one can be shortened across all.
  const { code = '' } = await minify(await readFile(outfile, 'utf8'), { ecma: 2020, toplevel: true, mangle: { properties: { regex: PRIVATE } }, compress: { passes: 3, unsafe_arrows: true, if_return: false }, format: { quote_style: 1 } })
  const script = Buffer.from(code)
  await writeFile(outfile, script)
  return { rawBytes: script.length, gzipBytes: gzipSync(script, { level: 9 }).length, brotliBytes: brotli(script).length }
}

function brotli(script: Buffer): Buffer {
  return brotliCompressSync(script, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: script.length },
  })
}

if (import.meta.main) {
  const { rawBytes, gzipBytes, brotliBytes } = await buildScript(here('../dist/r.js'))
  console.log(`dist/r.js: ${rawBytes} B raw, ${gzipBytes} B gzip, ${brotliBytes} B brotli`)
}
