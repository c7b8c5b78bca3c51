import { counted } from '../../shared/engine/words.ts'
import { takeInExport } from '../export/take-in.ts'
import { systemClock } from '../serve.ts'
import { countsOf, merchantsText } from './export.ts'
import { configOf, tell, type Options, type Streams } from './program.ts'
import { progress, watched } from './progress.ts'

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
