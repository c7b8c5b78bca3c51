import { Option, type Command } from 'commander'
import { counted } from '../../shared/engine/words.ts'
import type { Manifest } from '../export/manifest.ts'
import { writeExport } from '../export/write.ts'
import { loadSecrets } from '../secrets.ts'
import { configOf, merchantCommand, withData, type Options, type Output, type Streams } from './program.ts'
import { progress, watched } from './progress.ts'

/** `export`: all of a merchant as files that people and other tools can read, and `import` takes back. */
export function exportCommand(streams: Streams): Command {
  return merchantCommand('export', 'write all of a merchant into a new folder, as JSON lines', 'refledger export /backup/shop-2026-11')
    .argument('<folder>', 'a folder that is not there yet, or is empty')
    .addOption(new Option('--all', 'all merchants').conflicts('merchant'))
    .action((folder: string, options: Options) => withData(options, streams, async ({ store }) => {
      const { identity } = loadSecrets(configOf(options))
      const manifest = await watched(progress(streams, 'rows'), (shown) => store.snapshot((book) => writeExport(book, {
        folder, merchantId: options.merchant, all: options['all'] === true, identityKey: identity, progress: (done, total) => shown.at(done, total),
      })))
      return told(folder, manifest)
    }))
}

function told(folder: string, manifest: Manifest): Output {
  const { rows, tables } = countsOf(manifest)
  return {
    json: { folder, schema: manifest.schema, merchants: manifest.merchants, rows, tables },
    text: [
      `${counted(rows, 'row')} of ${merchantsText(manifest)} in ${counted(Object.keys(tables).length, 'file')}: ${folder}`,
      'It holds the key by which customers are known (identity.key), addresses of affiliates and customers, and hashes of API keys and passwords: keep it as safe as the data folder.',
      'One-time links and answers to repeated calls are not in it.',
    ].join('\n'),
  }
}

/** How many rows an export has, in all and by table. */
export function countsOf({ tables }: Manifest): { rows: number; tables: Record<string, number> } {
  const rows = Object.entries(tables).map(([table, sum]) => [table, sum.rows] as const)
  return { rows: rows.reduce((sum, [, count]) => sum + count, 0), tables: Object.fromEntries(rows) }
}

export const merchantsText = ({ merchants }: Manifest): string => `${merchants.length === 1 ? 'merchant' : 'merchants'} ${merchants.join(', ')}`
