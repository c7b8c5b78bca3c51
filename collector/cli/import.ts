import { Option, type Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import { takeInExport } from '../export/take-in.ts'
import { systemClock } from '../serve.ts'
import { countsOf, merchantsText } from './export.ts'
import { command, configOf, tell, type Options, type Streams } from './program.ts'
import { progress, watched } from './progress.ts'

/** `import`: takes an export in, into a collector that has no such merchant. */
export function importCommand(streams: Streams): Command {
  return command('import', 'take in what "refledger export" has written', 'refledger import /backup/shop-2026-11 --format refledger')
    .argument('<folder>', 'what was exported')
    .addOption(new Option('--format <format>', 'what it is').choices(['refledger']).makeOptionMandatory())
    .action((folder: string, options: Options) => importRefledger(folder, options, streams))
}

/** `--format refledger`: all of it or nothing; what is there already is not written again. */
export async function importRefledger(folder: string, options: Options, streams: Streams): Promise<void> {
  const { manifest, isNew, verified: { conversions, entries } } = await watched(progress(streams, 'bytes checked'), (shown) => takeInExport(configOf(options), folder, { nowMs: systemClock(), progress: (what, done, total) => shown.at(done, total, what) }))
  const { rows, tables } = countsOf(manifest)
  const json = { imported: isNew, schema: manifest.schema, merchants: manifest.merchants, rows, tables, verified: { ok: true, conversions, entries } }
  const text = [
    isNew ? `${counted(rows, 'row')} of ${merchantsText(manifest)} taken in, and they read back as the same bytes` : `all ${counted(rows, 'row')} of ${merchantsText(manifest)} are there already: nothing was written`,
    `${counted(conversions, 'conversion')}, ${counted(entries, 'ledger entry', 'ledger entries')}: all as it must be`,
  ].join('\n')
  tell({ json, text }, options, streams)
}
