import { Option, type Command } from 'commander'
import { invalid } from '../../shared/errors.ts'
import type { ImportOptions } from '../import/options.ts'
import { NOUNS } from '../import/vendor.ts'
import { FORMATS } from '../import/vendors/all.ts'
import { importRefledger } from './import-refledger.ts'
import { importFiles } from './import-files.ts'
import { merchantCommand, repeated, type Options, type Streams } from './program.ts'

/** What `export` writes: a folder, and no rows of another system. */
const EXPORT = 'refledger'
/** Options that say how rows of another system are to be read. */
const OF_ROWS = ['as', 'map', 'campaign', 'source', 'amounts', 'dates', 'dryRun', 'refused', 'merchant'] as const

/** `import`: affiliates, clicks, conversions and payouts of another system, or an export of a collector. */
export function importCommand(streams: Streams): Command {
  return merchantCommand('import', 'take over what another system had, or what "refledger export" wrote', 'refledger import affiliates.csv commissions.csv payouts.csv --format rewardful --dry-run')
    .addHelpText('after', '  refledger import /backup/shop-2026-11 --format refledger')
    .argument('<file...>', 'CSV, JSON lines or a JSON list; or the folder of an export')
    .addOption(new Option('--format <format>', 'the system that wrote them; plain are our own columns, refledger is an export').choices([...FORMATS, EXPORT]).makeOptionMandatory())
    .addOption(new Option('--as <noun>', 'what the rows are (default: as the columns tell)').choices(NOUNS))
    .option('--map <column=field>', 'read a field from a column of your own; may be repeated', repeated)
    .option('--campaign <campaign>', 'campaign of all rows: id, number or name')
    .option('--source <name>', 'name of the other system, for --format plain')
    .addOption(new Option('--amounts <unit>', 'what whole numbers are, where the map is wrong').choices(['major', 'minor']))
    .addOption(new Option('--dates <order>', 'how 31/03/2026 is to be read').choices(['dmy', 'mdy']))
    .option('--no-payouts', 'there is no file of payouts: what was paid is booked as paid at once')
    .option('--dry-run', 'do all of it to a copy that is thrown away, and write nothing')
    .option('--refused <file>', 'write refused rows there, to be mended and imported again')
    .action(async (files: string[], options: Options) => {
      if (options['format'] === EXPORT) await importRefledger(folderOf(files, options), options, streams)
      else await importFiles(files, options as Options & ImportOptions, streams)
    })
}

/** An export is taken in as it is, all or nothing. */
function folderOf([folder = '', ...more]: string[], options: Options): string {
  if (more.length > 0) throw invalid('file', 'must be one folder, with --format refledger')
  const given = OF_ROWS.find((name) => options[name] !== undefined)
  if (given !== undefined) throw invalid(given === 'dryRun' ? 'dry-run' : given, 'goes with files of other systems: an export is checked whole, and taken in all or nothing')
  return folder
}
