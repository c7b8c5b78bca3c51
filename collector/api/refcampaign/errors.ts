import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { DomainError, ErrorCode } from '../../../shared/errors.ts'
import type { Render } from '../../http/errors.ts'

/** RefCampaign's words for our refusals. */
const CODES: Record<ErrorCode, string> = {
  INVALID: 'VALIDATION_FAILED',
  UNPROCESSABLE: 'VALIDATION_FAILED',
  KEY_REUSED: 'VALIDATION_FAILED',
  UNPARSABLE: 'INVALID_REQUEST',
  TOO_LARGE: 'INVALID_REQUEST',
  UNAUTHORIZED: 'UNAUTHORIZED',
  FORBIDDEN: 'PERMISSION_DENIED',
  NOT_FOUND: 'NOT_FOUND',
  GONE: 'GONE',
  CONFLICT: 'CONFLICT',
  RATE_LIMITED: 'RATE_LIMIT_EXCEEDED',
  UNAVAILABLE: 'SERVICE_UNAVAILABLE',
}

/** All that an error may be called. */
export const ERROR_CODES = [...new Set([...Object.values(CODES), 'ALREADY_EXISTS', 'SERVER_ERROR'])]

/** A conflict about a field is a value that is taken; any other is about the state that something is in. */
const codeOf = ({ code, issues }: DomainError): string => (code === 'CONFLICT' && issues.length > 0 ? 'ALREADY_EXISTS' : CODES[code])

/** RefCampaign's error envelope. */
export function errorRenderer(now: () => number): Render {
  return (ctx: Context, error: DomainError | undefined) => {
    const requestId = `req_${randomBytes(9).toString('base64url')}`
    ctx.set('X-Request-Id', requestId)
    ctx.body = {
      success: false,
      error: {
        code: error === undefined ? 'SERVER_ERROR' : codeOf(error),
        message: error?.message ?? 'Something went wrong on our side; please try again.',
        details: error !== undefined && error.issues.length > 0 ? error.issues : null,
      },
      meta: { timestamp: new Date(now()).toISOString(), requestId },
    }
  }
}
