import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, transform } from 'esbuild'

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
 * No source map comment: the file is served from shops that never see our sources. js-cookie's
 * notice goes to a file beside it, where it costs no visitor anything.
 */
export async function buildScript(outfile: string): Promise<ScriptSizes> {
  await build({
    entryPoints: [here('index.ts')],
    outfile,
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
  // Modules are joined by then: a second pass finds what the first could not see across them.
  const { code } = await transform(await readFile(outfile, 'utf8'), { minify: true, target: 'es2020' })
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
