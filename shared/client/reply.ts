import { RefCampaignError } from './error.ts'
import type { Answer, Sent } from './send.ts'

/** The data of an answer in the API's envelope. Throws a `RefCampaignError` for any other end of the call. */
export function dataOf<T>(sent: Sent): T {
  if ('fault' in sent) throw new RefCampaignError(sent.fault.message, { code: sent.fault.code, status: 0, cause: sent.fault.cause })
  const reply = parsed(sent.answer.text)
  if (sent.answer.ok && reply !== null && 'data' in reply) return reply['data'] as T
  throw sent.answer.ok ? notOurs(sent.answer) : refusal(sent.answer, reply, sent.retryAfterMs || null)
}

/** The API's own words where there are some; a proxy in front of it may answer with a page instead. */
function refusal(answer: Answer, reply: Record<string, unknown> | null, retryAfterMs: number | null): RefCampaignError {
  const error = recordOf(reply?.['error'])
  const requestId = recordOf(reply?.['meta'])?.['requestId']
  if (typeof error?.['code'] !== 'string') return notOurs(answer, retryAfterMs)
  return new RefCampaignError(typeof error['message'] === 'string' ? error['message'] : error['code'], {
    code: error['code'],
    status: answer.status,
    details: error['details'],
    requestId: typeof requestId === 'string' ? requestId : null,
    retryAfterMs,
  })
}

function notOurs({ status }: Answer, retryAfterMs: number | null = null): RefCampaignError {
  return new RefCampaignError(`status ${status} without the API's envelope: does apiUrl point at the collector, or does a proxy answer in its place?`, { code: 'BAD_RESPONSE', status, retryAfterMs })
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return recordOf(JSON.parse(text))
  } catch {
    // A proxy's page, or nothing at all: the caller reports the status.
    return null
  }
}

function recordOf(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
}
