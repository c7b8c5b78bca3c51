import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { openData, type Opened } from './serve.ts'
import { copyDatabase } from './store/sqlite/backup.ts'

/**
 * Does something to a copy of the data, which is thrown away: what would come of it is known in every detail, and nothing
 * is changed. It takes as much room on the disk as the database.
 */
export async function rehearse<R>(config: Config, use: (data: Opened) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(join(config.dataDir, 'dry-run-'))
  try {
    const databaseFile = join(folder, 'copy.db')
    await copyDatabase({ from: config.databaseFile, to: databaseFile, addonDir: config.addonDir })
    const data = await openData({ config: { ...config, databaseFile } })
    try {
      return await use(data)
    } finally {
      await data.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
