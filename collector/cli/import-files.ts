import { basename } from 'node:path'
import { DomainError, invalid } from '../../shared/errors.ts'
import { counted } from '../../shared/engine/words.ts'
import { layoutFor, ownColumns } from '../import/columns.ts'
import { importReading, type ImportOptions } from '../import/options.ts'
import { refusedFile } from '../import/refused-file.ts'
import type { Reading } from '../import/rows.ts'
import type { Source } from '../import/row.ts'
import { runImport, type Remark, type Report } from '../import/run.ts'
import { openSource } from '../import/source.ts'
import { NOUNS, type Noun } from '../import/vendor.ts'
import { VENDORS, type Format } from '../import/vendors/all.ts'
import { rehearse } from '../rehearsal.ts'
import type { Opened } from '../serve.ts'
import { settingsFor } from '../service/deps.ts'
import { CLI } from './commission.ts'
import { progress, watched, type Progress } from './progress.ts'
import { configOf, withData, type Options, type Output, type Streams } from './program.ts'

/** A file that is about to be imported. */
interface Planned {
  file: string
  source: Source
  noun: Noun
  rows: number
}

/** `--format VENDOR`: rows of another system's files, tried on a copy with `--dry-run`. */
export async function importFiles(files: string[], options: Options & ImportOptions, streams: Streams): Promise<void> {
  await withData(options, streams, async (data) => {
    const dryRun = options['dryRun'] === true
    const planned = await plan(files, options)
    const reports = dryRun ? await rehearse(configOf(options), (copy) => importAll(copy, planned, { options, streams })) : await importAll(data, planned, { options, streams })
    return outputOf(reports, { dryRun, format: options.format })
  })
}

/** Looks all files through before anything is written: what is no table, or lacks a column, is refused as a whole. */
async function plan(files: string[], options: Options & ImportOptions): Promise<Planned[]> {
  if (files.length > 1 && options.as !== undefined) throw invalid('as', 'goes with one file')
  if (files.length > 1 && options.refused !== undefined) throw invalid('refused', 'goes with one file')
  const own = ownColumns(options.map ?? [])
  const planned: Planned[] = []
  for (const file of files) {
    planned.push(await named(file, async () => {
      const source = await openSource(file)
      const { noun } = layoutFor(source.columns, { vendor: VENDORS[options.format], own, as: options.as })
      return { file, source, noun, rows: await rowsIn(source) }
    }))
  }
  // Whom others name comes first.
  return planned.toSorted((a, b) => NOUNS.indexOf(a.noun) - NOUNS.indexOf(b.noun))
}

/** Reads a file to its end. */
async function rowsIn({ rows }: Source): Promise<number> {
  const all = rows()
  let read = 0
  while ((await all.next()).done !== true) read += 1
  return read
}

/** What is wrong with a file says which. */
async function named<R>(file: string, look: () => R | Promise<R>): Promise<R> {
  try {
    return await look()
  } catch (error) {
    throw error instanceof DomainError ? new DomainError(error.code, `${basename(file)}: ${error.message}`, { issues: error.issues, isUnfit: error.isUnfit }) : error
  }
}

interface Doing {
  options: Options & ImportOptions
  streams: Streams
}

type FileReport = Report & { file: string }

function importAll(data: Opened, planned: Planned[], { options, streams }: Doing): Promise<FileReport[]> {
  const total = planned.reduce((sum, { rows }) => sum + rows, 0)
  return watched(progress(streams, 'rows'), async (shown) => {
    const reports: FileReport[] = []
    for (const one of planned) {
      const before = reports.reduce((sum, { rows }) => sum + rows, 0)
      reports.push({ file: basename(one.file), ...await importOne(data, one, { options, streams, shown, at: (done) => shown.at(before + done, total, `rows of ${basename(one.file)}`) }) })
    }
    return reports
  })
}

async function importOne({ services, store, now }: Opened, { file, source, noun }: Planned, { options, streams, shown, at }: Doing & { shown: Progress; at: (done: number) => void }): Promise<Report> {
  const settings = settingsFor(store.directory(), options.merchant)
  const reading: Reading = importReading(options, { settings, columns: source.columns, noun, nowMs: now() })
  const kept = options.refused === undefined ? undefined : refusedFile(options.refused, source.columns)
  try {
    return await runImport({
      services, source, reading, from: { merchantId: settings.merchant.id, from: reading.vendor.name, acting: CLI }, progress: at,
      onRefused(remark, row) {
        kept?.add(remark, row)
        if (options['json'] === true) return
        shown.end()
        streams.err(`${basename(file)}: ${remarkText(remark)}\n`)
      },
    })
  } finally {
    kept?.end()
  }
}

const remarkText = ({ line, field, why }: Remark): string => `line ${line}: ${field} ${why}`
/** Of rows that differ, which may be many, as many are told as can be looked at. */
const SHOWN = 20

function outputOf(reports: FileReport[], { dryRun, format }: { dryRun: boolean; format: Format }): Output {
  const refused = reports.reduce((sum, one) => sum + one.refused.length, 0)
  const later = reports.reduce((sum, one) => sum + one.later, 0)
  const differing = reports.reduce((sum, one) => sum + one.differs.length, 0)
  const written = reports.reduce((sum, one) => sum + one.written, 0)
  const awaiting = reports.some(({ noun }) => noun === 'payouts') ? 0 : reports.reduce((sum, one) => sum + one.awaiting, 0)
  const lines = reports.flatMap(({ file, noun, rows, known, open, differs, ...one }) => [
    `${file}: ${counted(rows, 'row')} of ${noun}: ${one.written} ${dryRun ? 'to be written' : 'written'}, ${known} known already, ${differs.length} known and different, ${one.refused.length} refused${open > 0 ? `, ${open} not paid yet` : ''}`,
    ...differs.slice(0, SHOWN).map((remark) => `  ${remarkText(remark)}`),
    ...(differs.length > SHOWN ? [`  and ${differs.length - SHOWN} more that differ: --json lists them all`] : []),
  ])
  return {
    json: { dryRun, format, written, refused, files: reports.map(({ noun, ...report }) => ({ ...report, as: noun })) },
    text: [
      ...lines,
      ...(awaiting > 0 ? [`${counted(awaiting, 'commission')} that had been paid ${awaiting === 1 ? 'waits' : 'wait'} for the payouts: import these too, or do it with --no-payouts`] : []),
      ...(later > 0 ? [`${counted(later, 'refund')} that came after the payment ${later === 1 ? 'is' : 'are'} not booked yet: import ${later === 1 ? 'it' : 'them'} once more after the payouts`] : []),
      dryRun ? 'this was a dry run: nothing was written' : written === 0 ? 'nothing was written' : refused > 0 ? 'mend what was refused and import it again: what is written stays' : differing > 0 ? `${counted(differing, 'row')} ${differing === 1 ? 'says' : 'say'} otherwise than what is here, which stays: look at each` : later > 0 ? 'done but for that' : 'all done: "refledger verify" looks it through',
    ].join('\n'),
    exitCode: refused + differing > 0 ? 1 : 0,
  }
}
