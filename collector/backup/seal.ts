import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

/** Two numbers in the header of a SQLite file are free for whoever makes it: https://www.sqlite.org/fileformat2.html, section 1.3. */
const SEAL_AT = 60
const MARK_AT = 68
/** "Rflg": this SQLite file is a backup of ours. */
const MARK = 0x52666c67
const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100
const CHUNK_BYTES = 1 << 20

/** What a file is, as far as its bytes tell. */
export type Sealed = 'whole' | 'damaged' | 'a database' | 'something else'

/** Marks a finished backup, and seals it with a checksum of all its bytes, which SQLite's own checks would not miss in a value. */
export async function seal(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  try {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(MARK)
    await handle.write(number, 0, 4, MARK_AT)
    number.writeUInt32BE(await checksum(handle))
    await handle.write(number, 0, 4, SEAL_AT)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Looks whether every byte of a backup is as it was sealed. */
export async function sealedAs(file: string): Promise<Sealed> {
  const handle = await open(file, 'r')
  try {
    const header = Buffer.alloc(HEADER_BYTES)
    const { bytesRead } = await handle.read(header, 0, HEADER_BYTES, 0)
    if (bytesRead < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'something else'
    if (header.readUInt32BE(MARK_AT) !== MARK) return 'a database'
    return header.readUInt32BE(SEAL_AT) === await checksum(handle) ? 'whole' : 'damaged'
  } finally {
    await handle.close()
  }
}

/** Of the whole file, its own place in it left out. */
async function checksum(handle: Awaited<ReturnType<typeof open>>): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let sum = 0
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at)
    if (bytesRead === 0) return sum
    if (at === 0) chunk.fill(0, SEAL_AT, SEAL_AT + 4)
    sum = crc32(chunk.subarray(0, bytesRead), sum)
    at += bytesRead
  }
}
