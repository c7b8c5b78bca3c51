import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { stringify } from 'csv-stringify/sync'
import { DomainError } from '../../shared/errors.ts'
import type { ReadRow } from './row.ts'
import type { Remark } from './run.ts'
import { columnKey } from './vendor.ts'

/** The column that says why; where a file has it from before, it is written anew. */
const WHY = 'refused'

/** Keeps refused rows as they were read, so that they can be mended and imported again. */
export interface RefusedFile {
  add: (remark: Remark, row: ReadRow) => void
  /** Lets go of the file; one that has no rows is removed. */
  end: () => void
}

/** A file for the owner's eyes alone, because rows name people; throws `CONFLICT` where there is one already. */
export function refusedFile(file: string, columns: string[]): RefusedFile {
  const handle = opened(file)
  const kept = columns.flatMap((column, index) => (columnKey(column) === WHY ? [] : index))
  let rows = 0

  return {
    add({ field, why }, { cells, json }) {
      if (cells !== undefined) {
        if (rows === 0) writeSync(handle, stringify([[...kept.map((index) => columns[index] ?? ''), WHY]]))
        writeSync(handle, stringify([[...kept.map((index) => cells[index] ?? ''), `${field}: ${why}`]]))
      } else {
        writeSync(handle, `${json ?? ''}\n`)
      }
      rows += 1
    },
    end() {
      closeSync(handle)
      if (rows === 0) rmSync(file)
    },
  }
}

function opened(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new DomainError('CONFLICT', `There is a file ${file} already: name another one for the refused rows.`)
  }
}
