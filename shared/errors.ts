/** What can be wrong with a request; each dialect renders these once. */
export type ErrorCode =
  | 'INVALID'
  | 'UNPROCESSABLE'
  | 'UNPARSABLE'
  | 'TOO_LARGE'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  /** It was there once, and will not be again. */
  | 'GONE'
  | 'CONFLICT'
  | 'KEY_REUSED'
  | 'RATE_LIMITED'
  /** The database cannot be written just now: the same call may go through later. */
  | 'UNAVAILABLE'

/** One thing that is wrong with one field of a request. */
export interface Issue {
  path: (string | number)[]
  message: string
}

/** A refusal that the caller can act on. It names the field and the rule, and never holds a secret. */
export class DomainError extends Error {
  override readonly name = 'DomainError'
  readonly code: ErrorCode
  readonly issues: Issue[]
  /** Seconds after which a rate-limited call may be tried again. */
  readonly retryAfterSeconds: number | undefined
  /** True where what was sent is right in itself and does not fit what is there: only the book can tell. */
  readonly isUnfit: boolean

  constructor(code: ErrorCode, message: string, more: { issues?: Issue[]; retryAfterSeconds?: number; cause?: unknown; isUnfit?: boolean } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
    this.isUnfit = more.isUnfit ?? false
  }
}

/** A refusal of one field: `invalid('currency', 'unknown currency XYZ')`. */
export function invalid(field: string, message: string): DomainError {
  return new DomainError('INVALID', `${field}: ${message}`, { issues: [{ path: field.split('.'), message }] })
}

/** The same for a field that does not fit what is there: `unfit('campaign', 'there is no campaign 7')`. */
export function unfit(field: string, message: string): DomainError {
  return new DomainError('INVALID', `${field}: ${message}`, { issues: [{ path: field.split('.'), message }], isUnfit: true })
}
