import { open } from 'node:fs/promises'
import { DomainError } from '../../shared/errors.ts'
import { csvSource } from './read-csv.ts'
import { jsonSource } from './read-json.ts'
import type { Source } from './row.ts'

/** A file by what it begins with: JSON, a row a line or all in a list, else a table. Throws `NOT_FOUND`, and `INVALID` for what is neither. */
export async function openSource(file: string): Promise<Source> {
  const first = await firstChar(file)
  return first === '{' || first === '[' ? jsonSource(file) : csvSource(file)
}

async function firstChar(file: string): Promise<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new DomainError('NOT_FOUND', `There is no file ${file}.`) : error
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0)
    return buffer.subarray(0, bytesRead).toString().replace(/^\uFEFF/, '').trimStart().charAt(0)
  } finally {
    await handle.close()
  }
}
