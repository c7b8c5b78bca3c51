import { DomainError } from '../../shared/errors.ts'
import type { ImportOutcome } from '../../shared/engine/imported.ts'
import type { ImportFrom } from '../service/imports.ts'
import type { Services } from '../service/services.ts'
import type { ReadRow, Source } from './row.ts'
import { affiliateIn, clickIn, conversionIn, payoutIn, type Reading } from './rows.ts'
import type { Noun } from './vendor.ts'

/** Rows that are decided together, and share a commit. */
const BATCH = 500
/** Payments are put in the order of their times, so many at once: each takes what was not paid before it. */
const SORTED = 50_000

/** A row that was not taken over as it stands. */
export interface Remark {
  line: number
  field: string
  why: string
}

/** What became of a file's rows. */
export interface Report {
  noun: Noun
  rows: number
  written: number
  known: number
  /** Payments that were not made yet: they can be made here. */
  open: number
  /** Commissions that were booked now and that wait for the payout that paid them. */
  awaiting: number
  /** What was given back after payments that are not booked yet: the file is to be imported once more after them. */
  later: number
  differs: Remark[]
  refused: Remark[]
}

export interface Import {
  services: Services
  from: ImportFrom
  source: Source
  reading: Reading
  /** Told how many rows are through. */
  progress: (done: number) => void
  /** Told of each row that is refused, with the row. */
  onRefused: (remark: Remark, row: ReadRow) => void
}

/** What came of one row. */
type Done = ImportOutcome | { outcome: 'open'; awaits?: false; later?: false }

/** Imports a file, some rows at a time: what is on disk stays, and a second run goes on from there. */
export async function runImport(work: Import): Promise<Report> {
  const { services, from, source, reading, progress, onRefused } = work
  const { noun } = reading.layout
  const report: Report = { noun, rows: 0, written: 0, known: 0, open: 0, awaiting: 0, later: 0, differs: [], refused: [] }
  await services.imports.begin(from, noun)
  for await (const rows of batches(source.rows(), noun === 'payouts' ? SORTED : BATCH)) {
    const ordered = noun === 'payouts' ? byTime(rows, reading) : rows
    for (let at = 0; at < ordered.length; at += BATCH) {
      const some = ordered.slice(at, at + BATCH)
      const done = await allOf(some, work)
      done.forEach((one, index) => tell(report, one, { row: some[index] ?? { line: 0, values: new Map() }, onRefused }))
      report.rows += some.length
      progress(report.rows)
    }
  }
  report.differs.sort(byLine)
  report.refused.sort(byLine)
  return report
}

const byLine = (a: Remark, b: Remark): number => a.line - b.line

async function* batches(rows: AsyncIterable<ReadRow>, size: number): AsyncGenerator<ReadRow[]> {
  let held: ReadRow[] = []
  for await (const row of rows) {
    held.push(row)
    if (held.length < size) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

/** Payments, the earliest first; rows that cannot be read come last, and are refused then. */
function byTime(rows: ReadRow[], reading: Reading): ReadRow[] {
  const timed = rows.map((row) => {
    try {
      return { row, atMs: payoutIn(reading, row)?.paidAtMs ?? Infinity }
    } catch {
      // Why it cannot be read is said when its turn comes.
      return { row, atMs: Infinity }
    }
  })
  return timed.toSorted((a, b) => (a.atMs < b.atMs ? -1 : Number(a.atMs > b.atMs))).map(({ row }) => row)
}

/** All rows of a batch at once: the store decides them one after the other, in their order, and commits them together. */
async function allOf(rows: ReadRow[], work: Import): Promise<Done[]> {
  const { services, from, reading } = work
  if (reading.layout.noun === 'affiliates') {
    const read = rows.map((row) => attempt(() => affiliateIn(reading, fit(row))))
    const told = read.flatMap((one) => ('value' in one ? [one.value] : []))
    const made = told.length === 0 ? [] : await services.imports.affiliates(from, told)
    return read.map((one): Done => {
      if (!('value' in one)) return refusal(one.error)
      const outcome = made.shift()
      return outcome instanceof DomainError || outcome === undefined ? refusal(outcome) : outcome
    })
  }
  return Promise.all(rows.map(async (row): Promise<Done> => {
    try {
      return await single(fit(row), work)
    } catch (error) {
      return refusal(error)
    }
  }))
}

function single(row: ReadRow, { services: { imports }, from, reading }: Import): Promise<Done> {
  if (reading.layout.noun === 'clicks') return imports.click(from, clickIn(reading, row))
  if (reading.layout.noun === 'conversions') return imports.conversion(from, conversionIn(reading, row))
  const payout = payoutIn(reading, row)
  return payout === undefined ? Promise.resolve({ outcome: 'open' }) : imports.payout(from, payout)
}

/** The row, where it is one; a character that stands for bytes that are no UTF-8 would be kept for ever. */
function fit(row: ReadRow): ReadRow {
  if (row.misfit !== undefined) throw new DomainError('INVALID', row.misfit, { issues: [{ path: ['row'], message: row.misfit }] })
  for (const text of row.values.values()) if (text.includes('\uFFFD')) throw new DomainError('INVALID', 'row', { issues: [{ path: ['row'], message: 'is not UTF-8: save the file as UTF-8' }] })
  return row
}

function attempt<T>(read: () => T): { value: T } | { error: unknown } {
  try {
    return { value: read() }
  } catch (error) {
    return { error }
  }
}

/** A refusal of the row; anything else ends the run, which can be run again. */
function refusal(error: unknown): Done {
  if (!(error instanceof DomainError) || error.code === 'UNAVAILABLE') throw error ?? new Error('a row was lost')
  const [issue] = error.issues
  return { outcome: 'refused', field: issue?.path.join('.') ?? 'row', why: issue?.message ?? error.message }
}

function tell(report: Report, done: Done, { row, onRefused }: { row: ReadRow; onRefused: Import['onRefused'] }): void {
  if (!('field' in done)) {
    report[done.outcome] += 1
    if (done.later === true) report.later += 1
    if (done.awaits === true && done.outcome === 'written') report.awaiting += 1
    return
  }
  const remark: Remark = { line: row.line, field: done.field, why: done.why }
  report[done.outcome].push(remark)
  if (done.outcome === 'refused') onRefused(remark, row)
}
