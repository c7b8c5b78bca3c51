import { join } from 'node:path'
import type { Config } from './config.ts'
import { heldIn, writeWhole } from './files.ts'
import { publicUrlOf } from './serve.ts'

const NOTE = 'address'
/** What the settings come to where nobody has set any. */
const UNSET = 'http://localhost:8787'

/** Notes beside the data where its collector is reached, for commands that are not told. */
export const noteAddress = (dataDir: string, url: string): void => writeWhole(join(dataDir, NOTE), Buffer.from(`${url}\n`))

/** Where the collector is reached: as the settings say, and where they say nothing, as it noted itself when it was started last. */
export function reachedAt(config: Config): string {
  const told = publicUrlOf(config)
  if (told !== UNSET) return told
  const noted = heldIn(join(config.dataDir, NOTE))?.toString('utf8').trim() ?? ''
  return /^https?:$/.test(URL.parse(noted)?.protocol ?? '') ? noted : told
}
