import type { Operation } from './operation.ts'

/** What each status of a refusal says, in every dialect. */
const SAYS: Record<number, string> = {
  400: 'Something in the call is wrong; the answer names it.',
  401: 'The key is missing, wrong or revoked.',
  403: 'It is not allowed: the key has not the scope that this takes, or the calling page is on no site of the merchant.',
  404: 'There is no such thing.',
  409: 'It is in a state, or has a value taken already, that does not allow this.',
  410: 'It was there once, and is no more.',
  413: 'The body is too large.',
  422: 'A value is of the right form and still wrong, or the `Idempotency-Key` was used with another body.',
  429: 'Too many calls: try again after `Retry-After` seconds.',
  500: 'A fault on our side; the log tells the operator.',
  503: 'The database cannot be written just now: the same call may go through later.',
}

/** What a status of a refusal says; throws for one that nothing is known of. */
export function saysOf(status: number): string {
  const says = SAYS[status]
  if (says === undefined) throw new Error(`no operation is refused with ${status}`)
  return says
}

/** The statuses that an operation may be refused with: what follows from its form, and its own. */
export function refusalsOf({ method, access, isKeyOptional, query, body, once, refuses = [], never = [] }: Operation): number[] {
  const statuses = [...refuses, 500]
  if (access !== 'public') statuses.push(401, 429)
  if (access !== 'public' && access !== 'any key') statuses.push(403)
  if (isKeyOptional) statuses.push(429)
  if (query !== undefined) statuses.push(400)
  if (body !== undefined) statuses.push(400, 413)
  if (once) statuses.push(400, 409, 422)
  if (method !== 'GET') statuses.push(503)
  return [...new Set(statuses)].filter((status) => !never.includes(status)).toSorted((one, other) => one - other)
}
