import type { Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import { makeBackup } from '../backup/make.ts'
import { restoreBackup } from '../backup/restore.ts'
import { systemClock } from '../serve.ts'
import { verify } from '../service/verify.ts'
import { openSqlite } from '../store/sqlite/sqlite.ts'
import type { BookCounts } from '../store/sqlite/backup.ts'
import { command, configOf, placeOf, tell, type Options, type Streams } from './program.ts'
import { progress, watched } from './progress.ts'

const countsText = ({ conversions, clicks, entries }: BookCounts): string => `${counted(conversions, 'conversion')}, ${counted(clicks, 'click')}, ${counted(entries, 'ledger entry', 'ledger entries')}`

/** `backup`: everything that must be kept, in one file, while the collector runs. */
export function backupCommand(streams: Streams): Command {
  return command('backup', 'put everything that must be kept into one file, while the collector runs', 'refledger backup /backups/refledger.backup')
    .argument('<file>', 'where to: a file that is not there yet; whoever has it has your keys')
    .option('--force', 'replace a file of that name, once the new one is whole')
    .action(async (file: string, options: Options) => {
      const made = await watched(progress(streams, 'pages copied'), ({ at }) => makeBackup(placeOf(options), file, { nowMs: systemClock(), replace: options['force'] === true, progress: at }))
      const lines = [`${made.file}: ${countsText(made)}, ${counted(made.files, 'file')} of the data folder; ${made.bytes} bytes`]
      if (made.secretKey === 'environment') lines.push('SECRET_KEY comes from the environment, and so is not in it: keep it as well.')
      tell({ json: made, text: lines.join('\n') }, options, streams)
    })
}

/** `restore`: puts a backup where there is no database, and checks the whole book. */
export function restoreCommand(streams: Streams): Command {
  return command('restore', 'put a backup where there is no database yet, and verify the book', 'refledger restore /backups/refledger.backup --database-url sqlite:data/refledger.db')
    .argument('<file>', 'what "refledger backup" made')
    .action(async (file: string, options: Options) => {
      const config = configOf(options)
      const { about: { version, madeAtMs, secretKey }, ...restored } = await watched(progress(streams, 'pages copied'), ({ at }) => restoreBackup(config, file, at))
      const store = openSqlite(config.databaseFile, config.addonDir)
      const { ok, problems } = await watched(progress(streams, 'conversions checked'), ({ at }) => verify({ store }, at)).finally(() => store.close())
      const [from, lacksSecret] = [{ version, madeAt: new Date(madeAtMs).toISOString() }, secretKey === 'environment' && config.secretKey === undefined]
      const lines = [
        `${restored.database}, as of ${from.madeAt}: ${countsText(restored)}, ${counted(restored.files.length, 'file')} beside it`,
        ...(restored.migrations.length > 0 ? [`The backup was of an older version (${version}): ${counted(restored.migrations.length, 'migration')} made up for.`] : []),
        ...(lacksSecret ? ['SECRET_KEY came from the environment, and is not in the backup: set it before the collector starts, or that uses another one.'] : []),
        ok ? 'The book was verified: all as it must be.' : `The book was verified: ${counted(problems.length, 'problem')}, which "refledger verify" lists.`,
      ]
      tell({ json: { ...restored, backup: from, secretKey, verify: { ok, problems } }, text: lines.join('\n'), exitCode: ok ? 0 : 1 }, options, streams)
    })
}
