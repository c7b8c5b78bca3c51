import process from 'node:process'
import { join } from 'node:path'
import { loadConfig } from '../../collector/config.ts'
import { takeInExport } from '../../collector/export/take-in.ts'
import { writeExport } from '../../collector/export/write.ts'
import { openSqlite } from '../../collector/store/sqlite/sqlite.ts'

/** One process that is ended by the system, as by a power cut, when it has got as far as it was told to. */
const [what = '', folder = '', dir = ''] = process.argv.slice(2)
const end = (): void => { process.kill(process.pid, 'SIGKILL') }
const config = loadConfig({ DATABASE_URL: `sqlite:${join(dir, 'test.db')}` }, {})

if (what === 'export') await openSqlite(config.databaseFile).snapshot((book) => writeExport(book, { folder, merchantId: 1, identityKey: Buffer.alloc(32), progress: (done, total) => (done > total / 2 ? end() : undefined) }))
else await takeInExport(config, folder, { nowMs: 0, progress: (now, done, total = 0) => (now === what && done > total / 2 ? end() : undefined) })
