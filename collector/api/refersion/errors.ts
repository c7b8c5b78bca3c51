import type { Render } from '../../http/errors.ts'

/** Refersion's error: one sentence, and for values that are wrong a list of them. What is unknown or taken is such a value, too. */
export const renderRefersion: Render = (ctx, error) => {
  const isValue = error !== undefined && ['INVALID', 'UNPROCESSABLE', 'KEY_REUSED', 'CONFLICT', 'NOT_FOUND'].includes(error.code)
  if (isValue) ctx.status = 422
  const message = error?.message ?? 'Something went wrong on our side; please try again.'
  ctx.body = isValue ? { errors: error.issues.length > 1 ? error.issues.map((issue) => issue.message) : [message] } : { error: message }
}
