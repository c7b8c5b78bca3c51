import { z } from 'zod'

/** What the files are called, and the version of how they are laid out. */
export const FORMAT = 'refledger-export'
export const FORMAT_VERSION = 1
export const MANIFEST_FILE = 'manifest.json'
export const KEY_FILE = 'identity.key'

const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')

/** What an export holds. It tells no time, so that two exports of one book are the same bytes. */
export const Manifest = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(FORMAT_VERSION),
  /** The last migration of the database that the rows are from. */
  schema: z.string().regex(/^[\w-]{1,100}$/, 'must be the name of a migration'),
  /** Their ids, lowest first. */
  merchants: z.array(z.int().positive()).min(1, 'must name a merchant').refine((ids) => ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)), 'must be in order, each once'),
  /** Of the key by which customers are known: it tells whether two are the same. */
  identityKey: Hash,
  /** By the table's name, which is the file's, too. */
  tables: z.record(z.string().regex(/^[a-z_]{1,100}$/, 'must be the name of a table'), z.strictObject({ rows: z.int().nonnegative(), sha256: Hash })),
})
export type Manifest = z.infer<typeof Manifest>

/** Of one table: how many rows, and the SHA-256 of its lines. */
export type TableSum = Manifest['tables'][string]

export const fileOf = (table: string): string => `${table}.jsonl`
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`
