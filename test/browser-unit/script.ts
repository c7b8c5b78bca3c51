import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildScript } from '../../browser/build.ts'

/** The bundle as shops get it, built from the sources of this moment. */
export async function bundledScript(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refledger-script-'))
  try {
    await buildScript(join(folder, 'r.js'))
    return await readFile(join(folder, 'r.js'), 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}
