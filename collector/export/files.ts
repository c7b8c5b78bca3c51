import { isUtf8 } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { createReadStream, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DomainError } from '../../shared/errors.ts'
import { inOurWords } from '../../shared/wire/words.ts'
import { fileOf, FORMAT, KEY_FILE, Manifest, MANIFEST_FILE } from './manifest.ts'

/** No line and no manifest of ours comes near it; a longer one would be held in memory whole. */
const LONGEST_BYTES = 32 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
const NEWLINE = 0x0a

/** An export whose files are all there, and are what its manifest says. */
export interface CheckedExport {
  folder: string
  manifest: Manifest
  /** Undefined where it was taken out. */
  identityKey: Buffer | undefined
}

/** A refusal of an export: which file, where in it, and what is wrong. */
export function wrongFile(file: string, what: string, { line, field }: { line?: number; field?: string | undefined } = {}): DomainError {
  const place = [file, ...(line === undefined ? [] : [`line ${line}`]), ...(field === undefined ? [] : [field])].join(', ')
  return new DomainError('INVALID', `${place}: ${what}`, { issues: [{ path: [file, ...(line === undefined ? [] : [line]), ...(field === undefined ? [] : [field])], message: what }], isUnfit: true })
}

/** Looks through an export before anything is made of it: manifest, key and every file's hash. Throws `INVALID` with the file. */
export async function checkedExport(folder: string, progress: (done: number, total: number) => void): Promise<CheckedExport> {
  const manifest = manifestOf(folder)
  const identityKey = keyOf(folder, manifest)
  const files = Object.entries(manifest.tables).map(([table, sum]) => ({ file: fileOf(table), sum, bytes: plainFile(folder, fileOf(table)) }))
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const { file, sum } of files) {
    const sha256 = createHash('sha256')
    for await (const chunk of createReadStream(join(folder, file), { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      sha256.update(chunk)
      done += chunk.length
      progress(done, total)
    }
    if (sha256.digest('hex') !== sum.sha256) throw wrongFile(file, 'is not what the manifest says: it was changed or is not whole')
  }
  return { folder, manifest, identityKey }
}

/** How many bytes a file has, which must lie there itself: a link could lead anywhere. */
function plainFile(folder: string, file: string): number {
  const found = lstatSync(join(folder, file), { throwIfNoEntry: false })
  if (found === undefined) throw wrongFile(file, `is missing in ${folder}`)
  if (!found.isFile()) throw wrongFile(file, 'is no plain file')
  return found.size
}

function manifestOf(folder: string): Manifest {
  if (plainFile(folder, MANIFEST_FILE) > LONGEST_BYTES) throw wrongFile(MANIFEST_FILE, 'is too long')
  let told: unknown
  try {
    told = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8'))
  } catch {
    throw wrongFile(MANIFEST_FILE, 'is no JSON')
  }
  const parsed = Manifest.safeParse(told, { error: inOurWords })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.map(String).join('.')
  throw wrongFile(MANIFEST_FILE, field === 'format' || field === 'version' ? `this version of Refledger takes format ${FORMAT}, version 1` : (issue?.message ?? 'is wrong'), { field })
}

function keyOf(folder: string, manifest: Manifest): Buffer | undefined {
  if (lstatSync(join(folder, KEY_FILE), { throwIfNoEntry: false }) === undefined) return undefined
  const text = plainFile(folder, KEY_FILE) > 100 ? '' : readFileSync(join(folder, KEY_FILE), 'utf8')
  const key = Buffer.from(text.trim(), 'hex')
  if (key.length !== 32 || hash('sha256', key) !== manifest.identityKey) throw wrongFile(KEY_FILE, 'is not the key that the manifest names')
  return key
}

/** A file's lines, many at a time, each without its end. Throws `INVALID` for what is no text, a line too long, and a last one without an end. */
export async function* linesOf(folder: string, file: string): AsyncGenerator<string[]> {
  let left: Buffer[] = []
  let leftBytes = 0
  let line = 1
  for await (const chunk of createReadStream(join(folder, file), { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const whole = Buffer.concat([...left, chunk.subarray(0, end)])
      if (!isUtf8(whole)) throw wrongFile(file, 'is no UTF-8 text, in this line or one of the next', { line })
      const lines = whole.toString('utf8').split('\n')
      lines.pop()
      yield lines
      line += lines.length
      left = []
      leftBytes = 0
    }
    left.push(chunk.subarray(end))
    leftBytes += chunk.length - end
    if (leftBytes > LONGEST_BYTES) throw wrongFile(file, `is longer than any row is, ${LONGEST_BYTES / 1024 / 1024} MB`, { line })
  }
  if (leftBytes > 0) throw wrongFile(file, 'has no end: the file was cut off', { line })
}
