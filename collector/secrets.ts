import { hash, hkdfSync, randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DomainError } from '../shared/errors.ts'
import type { Config } from './config.ts'
import { writeNew, writeWhole } from './files.ts'

export interface Secrets {
  /** Signs bearer keys. */
  signing: Buffer
  /** Hashes e-mails into identities: its own, never rotated, because every identity would be lost with it. */
  identity: Buffer
}

/** The files that hold them, in the data folder. */
export const [IDENTITY_FILE, SECRET_FILE] = ['identity.key', 'secret.key'] as const

/** What of a secret that others hold is kept here. */
export const secretHash = (secret: string): string => hash('sha256', secret)

/**
 * The collector's secrets: `SECRET_KEY` or what `data/secret.key` holds, made on the first start, with a
 * subkey for each use; and the identity key, which is no subkey because it outlives a change of `SECRET_KEY`.
 * Throws when the identity key is missing beside a database: with another one every known customer were a stranger.
 */
export function loadSecrets({ dataDir, databaseFile, secretKey }: Pick<Config, 'dataDir' | 'databaseFile' | 'secretKey'>): Secrets {
  const identityFile = join(dataDir, IDENTITY_FILE)
  if (existsSync(databaseFile) && !existsSync(identityFile)) throw new Error(`${identityFile} is missing: restore it from the backup of this database, or every known customer becomes a stranger`)
  const identity = keyFile(identityFile)
  const master = secretKey === undefined ? keyFile(join(dataDir, SECRET_FILE)) : Buffer.from(secretKey)
  return { signing: Buffer.from(hkdfSync('sha256', master, '', 'refledger api keys', 32)), identity }
}

/** Puts another key into `data/secret.key`, for collectors that start from now on; throws `CONFLICT` where `SECRET_KEY` stands for it. */
export function rotateSecret({ dataDir, secretKey }: Pick<Config, 'dataDir' | 'secretKey'>): string {
  if (secretKey !== undefined) throw new DomainError('CONFLICT', 'SECRET_KEY is given by the environment: give another one there, of at least 32 random characters, and start the collector again.')
  const file = join(dataDir, SECRET_FILE)
  writeWhole(file, newKey())
  return file
}

const newKey = (): Buffer => Buffer.from(`${randomBytes(32).toString('hex')}\n`)

/** The identity key that is there, if there is one. */
export function heldIdentityKey(dataDir: string): Buffer | undefined {
  const file = join(dataDir, IDENTITY_FILE)
  return existsSync(file) ? keyFile(file) : undefined
}

/**
 * Puts another collector's identity key in its place. One that is there stays beside it under another name if it may be
 * replaced; else this throws, for somebody has started a collector meanwhile.
 */
export function placeIdentityKey(dataDir: string, key: Buffer, { replaces }: { replaces: boolean }): void {
  const file = join(dataDir, IDENTITY_FILE)
  const text = Buffer.from(`${key.toString('hex')}\n`)
  if (replaces) {
    copyFileSync(file, `${file}.unused`)
    writeWhole(file, text)
  } else {
    writeNew(file, text)
  }
  if (!keyFile(file).equals(key)) throw new DomainError('CONFLICT', `Another ${file} was made meanwhile.`)
}

/** Whoever loses a race to make it reads the winner's. */
function keyFile(file: string): Buffer {
  if (!existsSync(file)) writeNew(file, newKey())
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  if (key.length !== 32) throw new Error(`${file} does not hold a key of 64 hex characters`)
  return key
}
