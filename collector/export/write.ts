import { hash, randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { unfit } from '../../shared/errors.ts'
import { sync } from '../files.ts'
import { settingsFor } from '../service/deps.ts'
import type { Directory, Snapshot } from '../store/store.ts'
import { fileOf, FORMAT, KEY_FILE, MANIFEST_FILE, manifestText, FORMAT_VERSION, type Manifest, type TableSum } from './manifest.ts'
import { tableText } from './table-text.ts'

export interface ExportRequest {
  folder: string
  merchantId?: number | undefined
  /** All merchants, however many there are. */
  all?: boolean
  /** Without it, known customers become strangers. */
  identityKey: Buffer
  progress?: (done: number, total: number) => void
}

/**
 * Writes all of a merchant, as of one instant, into a new folder: a file a table, the identity key and the manifest. The
 * folder gets its name once everything is on disk. Throws `NOT_FOUND` without such a merchant, and `INVALID` for a folder
 * that holds something.
 */
export async function writeExport(book: Snapshot, { folder, merchantId, all = false, identityKey, progress = () => undefined }: ExportRequest): Promise<Manifest> {
  const target = resolve(folder)
  refuseTaken(target)
  const merchants = merchantsFor(book.directory(), { merchantId, all })
  const draft = join(dirname(target), `${basename(target)}.part-${randomBytes(6).toString('hex')}`)
  mkdirSync(draft, { mode: 0o700 })
  try {
    const tables = await writeTables(book, { draft, merchants, progress })
    const manifest: Manifest = { format: FORMAT, version: FORMAT_VERSION, schema: book.rows.schema, merchants, identityKey: hash('sha256', identityKey), tables }
    await writeFile(join(draft, KEY_FILE), [Buffer.from(`${identityKey.toString('hex')}\n`)])
    await writeFile(join(draft, MANIFEST_FILE), [Buffer.from(manifestText(manifest))])
    sync(draft)
    renameSync(draft, target)
    sync(dirname(target))
    return manifest
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    throw error
  }
}

function merchantsFor(directory: Directory, { merchantId, all }: { merchantId: number | undefined; all: boolean }): number[] {
  if (!all || directory.merchants.size === 0) return [settingsFor(directory, merchantId).merchant.id]
  return [...directory.merchants.keys()].toSorted((a, b) => a - b)
}

async function writeTables({ rows: book }: Snapshot, { draft, merchants, progress }: { draft: string; merchants: number[]; progress: (done: number, total: number) => void }): Promise<Record<string, TableSum>> {
  const counts = book.tables.map(({ name }) => merchants.reduce((sum, id) => sum + book.count(name, id), 0))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const tables: Record<string, TableSum> = {}
  let done = 0
  for (const table of book.tables) {
    const { pieces, sum } = tableText(book, table, { merchants, progress: (rows) => progress(done + rows, total) })
    await writeFile(join(draft, fileOf(table.name)), pieces)
    const summed = sum()
    tables[table.name] = summed
    done += summed.rows
  }
  return tables
}

/** One piece after the other, so that no more than one is held; on disk when this resolves. */
async function writeFile(file: string, pieces: Iterable<Buffer>): Promise<void> {
  const opened = await open(file, 'wx', 0o600)
  try {
    for (const piece of pieces) await opened.writeFile(piece)
    await opened.sync()
  } finally {
    await opened.close()
  }
}

function refuseTaken(target: string): void {
  if (!existsSync(dirname(target))) throw unfit('folder', `there is no folder ${dirname(target)} to put it in`)
  const found = lstatSync(target, { throwIfNoEntry: false })
  if (found === undefined) return
  if (!found.isDirectory()) throw unfit('folder', `${target} is there already and is no folder`)
  if (readdirSync(target).length > 0) throw unfit('folder', `${target} holds something already: name a new folder`)
}
