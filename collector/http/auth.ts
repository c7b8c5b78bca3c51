import { hash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'koa'
import type { Mode } from '../../shared/domain.ts'
import { DomainError } from '../../shared/errors.ts'
import { secretHash } from '../secrets.ts'
import type { Directory } from '../store/store.ts'
import type { ApiKey, Dialect, Scope } from '../store/keys.ts'

/**
 * The key of a bearer call, found by the SHA-256 of the whole token, so that no secret is compared byte by byte.
 * Throws `UNAUTHORIZED` for a missing, unknown, revoked or foreign key and `FORBIDDEN` without the scope, where one is asked for.
 */
export function bearerKey(ctx: Context, directory: Directory, { dialect, scope }: { dialect: Dialect; scope?: Scope }): ApiKey {
  const token = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1]
  if (token === undefined) throw new DomainError('UNAUTHORIZED', 'The Authorization header must be "Bearer" and an API key.')
  const key = directory.keys.get(secretHash(token))
  if (key === undefined || key.dialect !== dialect || key.publicId !== null) throw new DomainError('UNAUTHORIZED', 'Invalid or expired API key')
  if (scope !== undefined && !key.scopes.includes(scope)) throw new DomainError('FORBIDDEN', `This key has no scope "${scope}".`)
  return key
}

/**
 * The key of a call that brings Refersion's pair, found by the hash of its secret half. Throws `UNAUTHORIZED` unless both
 * halves are one key in use, and `FORBIDDEN` without the scope; without one any key will do.
 */
export function pairKey({ keys }: Directory, { publicId, secret }: { publicId: string; secret: string }, scope?: Scope): ApiKey {
  const key = keys.get(secretHash(secret))
  if (key === undefined || key.publicId === null || !timingSafeEqual(digest(key.publicId), digest(publicId))) throw new DomainError('UNAUTHORIZED', 'Invalid API credentials (error 2).')
  if (scope !== undefined && !key.scopes.includes(scope)) throw new DomainError('FORBIDDEN', `This key has no scope "${scope}".`)
  return key
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

/** The key that a page names by its public half, which proves nothing: it tells the merchant and the mode. Undefined when it is not in use. */
export const publicKey = ({ keys }: Directory, publicId: string): ApiKey | undefined => [...keys.values()].find((key) => key.publicId === publicId)

/** What a key may read, and give back of: a test key the tests alone, a live key also what it reported as synthetic. Else it writes to its own mode alone. */
export const seenBy = ({ mode }: ApiKey): Mode | undefined => (mode === 'test' ? 'test' : undefined)

/** The key of a call that needs none: undefined when none was sent, and refused when it is wrong. */
export function optionalKey(ctx: Context, directory: Directory, want: { dialect: Dialect; scope: Scope }): ApiKey | undefined {
  return ctx.get('Authorization') === '' ? undefined : bearerKey(ctx, directory, want)
}
