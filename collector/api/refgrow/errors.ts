import { DomainError, type ErrorCode, type Issue } from '../../../shared/errors.ts'
import type { Render } from '../../http/errors.ts'

/** Refgrow's words for our refusals. */
const CODES: Record<ErrorCode, string> = {
  INVALID: 'invalid_request',
  UNPROCESSABLE: 'invalid_request',
  KEY_REUSED: 'invalid_request',
  UNPARSABLE: 'invalid_request',
  TOO_LARGE: 'invalid_request',
  UNAUTHORIZED: 'authentication_error',
  FORBIDDEN: 'permission_denied',
  NOT_FOUND: 'resource_not_found',
  GONE: 'resource_not_found',
  CONFLICT: 'invalid_request',
  RATE_LIMITED: 'rate_limit_exceeded',
  UNAVAILABLE: 'server_error',
}

/** All that an error may be called. */
export const ERROR_CODES = [...new Set(Object.values(CODES))]
const FAULT = 'Something went wrong on our side; please try again.'

/** The documented API's error: an object, whose `details` name the first field that was wrong. Its table knows no 409. */
export const renderObject: Render = (ctx, error) => {
  if (error?.code === 'CONFLICT') ctx.status = 400
  const [issue] = error?.issues ?? []
  ctx.body = {
    success: false,
    error: { code: error === undefined ? 'server_error' : CODES[error.code], message: error?.message ?? FAULT, ...(issue === undefined ? {} : { details: { field: issue.path.join('.'), issue: issue.message } }) },
  }
}

/** The live API's error: `error` is a string, which its client shows as it is; the code stands beside it. */
export const renderString: Render = (ctx, error) => {
  ctx.body = { success: false, error: error?.message ?? FAULT, code: error === undefined ? 'server_error' : CODES[error.code] }
}

/** Runs a use case, and names the fields that it refuses as the caller does. */
export async function inFields<T>(fields: Record<string, string>, use: () => Promise<T> | T): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    const issues = error.issues.map(({ path: [first = '', ...rest], message }) => ({ path: [fields[first] ?? first, ...rest], message }))
    const message = error.message === textOf(error.issues) ? textOf(issues) : error.message
    throw new DomainError(error.code, message, { issues, cause: error, isUnfit: error.isUnfit, ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }) })
  }
}

const textOf = (issues: Issue[]): string => issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
