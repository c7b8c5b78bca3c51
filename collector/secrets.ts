import { hkdfSync, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface Secrets {
  /** Signs bearer keys. */
  signing: Buffer
  /** Hashes e-mails into identities: its own, never rotated, because every identity would be lost with it. */
  identity: Buffer
}

/**
 * The collector's secrets: `SECRET_KEY` or what `data/secret.key` holds, made on the first start, with a
 * subkey for each use; and the identity key, which is no subkey because it outlives a change of `SECRET_KEY`.
 */
export function loadSecrets(dataDir: string, secretKey: string | undefined): Secrets {
  const master = secretKey === undefined ? keyFile(dataDir, 'secret.key') : Buffer.from(secretKey)
  return {
    signing: Buffer.from(hkdfSync('sha256', master, '', 'refledger api keys', 32)),
    identity: keyFile(dataDir, 'identity.key'),
  }
}

function keyFile(dataDir: string, name: string): Buffer {
  const file = join(dataDir, name)
  if (!existsSync(file)) create(dataDir, file)
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.length !== 32) throw new Error(`${file} does not hold a key of 64 hex characters`)
  return key
}

/** Written and flushed before it is used; whoever loses a race to make it reads the winner's. */
function create(dataDir: string, file: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    const fd = openSync(file, 'wx', 0o600)
    writeSync(fd, `${randomBytes(32).toString('hex')}\n`)
    fsyncSync(fd)
    closeSync(fd)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
