import type { Config } from './config.ts'
import { withDraft } from './files.ts'
import { openData, type Opened } from './serve.ts'
import { copyDatabase } from './store/sqlite/backup.ts'

/**
 * Does something to a copy of the data, which is thrown away: what would come of it is known in every detail, and nothing
 * is changed. It takes as much room on the disk as the database.
 */
export function rehearse<R>(config: Config, use: (data: Opened) => Promise<R>): Promise<R> {
  return withDraft(config.databaseFile, async (databaseFile) => {
    await copyDatabase({ from: config.databaseFile, to: databaseFile, addonDir: config.addonDir })
    const data = await openData({ config: { ...config, databaseFile } })
    try {
      return await use(data)
    } finally {
      await data.close()
    }
  })
}
