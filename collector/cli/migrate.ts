import type { Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import { migrateSafely } from '../backup/before-migration.ts'
import { withDraft } from '../files.ts'
import { systemClock } from '../serve.ts'
import { tryMigrations } from '../store/sqlite/backup.ts'
import { command, placeOf, tell, type Options, type Streams } from './program.ts'
import { progress, watched } from './progress.ts'

const NOTHING = 'nothing to do: the database is of this version'

/** `migrate`: what every start does, by itself; with `--dry-run` on a copy. */
export function migrateCommand(streams: Streams): Command {
  return command('migrate', 'bring the database to this version, after a backup, as every start does', 'refledger migrate --dry-run')
    .option('--dry-run', 'try it on a copy, which is thrown away, and say what would be done')
    .action(async (options: Options) => {
      const place = placeOf(options)
      if (options['dryRun'] === true) {
        const migrations = await watched(progress(streams, 'pages copied'), ({ at }) => withDraft(place.databaseFile, (draft) => tryMigrations({ from: place.databaseFile, to: draft, addonDir: place.addonDir, progress: at })))
        tell({ json: { dryRun: true, migrations, backup: null }, text: migrations.length === 0 ? NOTHING : [`${counted(migrations.length, 'migration')} went well on a copy; nothing was changed:`, ...indented(migrations)].join('\n') }, options, streams)
        return
      }
      const migrated = await migrateSafely(place, systemClock())
      tell({
        json: { dryRun: false, migrations: migrated?.migrations ?? [], backup: migrated?.backup ?? null },
        text: migrated === undefined ? NOTHING : [`${counted(migrated.migrations.length, 'migration')} done; as it was before, the database is in ${migrated.backup}:`, ...indented(migrated.migrations)].join('\n'),
      }, options, streams)
    })
}

const indented = (names: string[]): string[] => names.map((name) => `  ${name}`)
