import { hash, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from './config.ts'

export interface Secrets {
  /** Signs bearer keys. */
  signing: Buffer
  /** Hashes e-mails into identities: its own, never rotated, because every identity would be lost with it. */
  identity: Buffer
}

/** What of a secret that others hold is kept here. */
export const secretHash = (secret: string): string => hash('sha256', secret)

/**
 * The collector's secrets: `SECRET_KEY` or what `data/secret.key` holds, made on the first start, with a
 * subkey for each use; and the identity key, which is no subkey because it outlives a change of `SECRET_KEY`.
 * Throws when the identity key is missing beside a database: with another one every known customer were a stranger.
 */
export function loadSecrets({ dataDir, databaseFile, secretKey }: Pick<Config, 'dataDir' | 'databaseFile' | 'secretKey'>): Secrets {
  const identityFile = join(dataDir, 'identity.key')
  if (existsSync(databaseFile) && !existsSync(identityFile)) throw new Error(`${identityFile} is missing: restore it from the backup of this database, or every known customer becomes a stranger`)
  const identity = keyFile(identityFile)
  const master = secretKey === undefined ? keyFile(join(dataDir, 'secret.key')) : Buffer.from(secretKey)
  return { signing: Buffer.from(hkdfSync('sha256', master, '', 'refledger api keys', 32)), identity }
}

function keyFile(file: string): Buffer {
  if (!existsSync(file)) create(file)
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.length !== 32) throw new Error(`${file} does not hold a key of 64 hex characters`)
  return key
}

/** Written whole under another name, then linked: whoever loses a race to make it reads the winner's, never half of one. */
function create(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
}
