import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { spreadOf } from './spread.ts'

/** Types of file systems that are memory: what is durable there is gone with the power. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6])

/** Milliseconds that this folder's disk takes for a small durable write; throws for a folder in memory. */
export function diskMs(directory: string): number {
  if (IN_MEMORY.has(statfsSync(directory).type)) throw new Error(`${directory} lies in memory, where nothing is durable`)
  const file = join(directory, 'probe')
  const fd = openSync(file, 'w')
  const took = Array.from({ length: 50 }, () => {
    writeSync(fd, Buffer.alloc(16_384))
    const startedAt = performance.now()
    fdatasyncSync(fd)
    return performance.now() - startedAt
  })
  closeSync(fd)
  rmSync(file)
  return spreadOf(took).median
}
