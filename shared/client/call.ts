import { RefCampaignError } from './error.ts'

/** A call is tried this often in all. */
const TRIES = 3
const BACKOFF_MS = 300
/** The longest wait between two tries, also when `Retry-After` asks for more: somebody's checkout is waiting. */
const LONGEST_WAIT_MS = 10_000

export interface CallOptions {
  baseUrl: string
  apiKey: string
  timeoutMs: number
  fetch: (url: string, init: RequestInit) => Promise<Response>
  delay: (ms: number) => Promise<void>
  random: () => number
}

export type Call = <T>(method: 'GET' | 'POST', path: string, body?: object) => Promise<T>

/** How one try ended. */
type Outcome = { data: unknown } | { error: RefCampaignError; again: boolean; retryAfterMs: number }

/**
 * One call of the API, retried while that can help.
 *
 * A timeout does not tell whether the collector booked the order, so all tries of a call share one
 * `Idempotency-Key`: whatever arrives twice counts once.
 */
export function caller(options: CallOptions): Call {
  return async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> => {
    const init: RequestInit = { method, headers: headersOf(options.apiKey, method), redirect: 'manual' }
    if (body !== undefined) init.body = JSON.stringify(body)

    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryOnce(options, path, init)
      if ('data' in outcome) return outcome.data as T
      if (!outcome.again || attempt === TRIES) throw outcome.error
      await options.delay(waitMs(attempt, outcome.retryAfterMs, options.random()))
    }
  }
}

/** Full jitter, so that shops that failed together do not come back together; on top of what the collector asked for. */
export function waitMs(attempt: number, retryAfterMs: number, random: number): number {
  return Math.min(LONGEST_WAIT_MS, retryAfterMs + Math.round(random * BACKOFF_MS * 2 ** (attempt - 1)))
}

function headersOf(apiKey: string, method: string): Record<string, string> {
  const headers = { authorization: `Bearer ${apiKey}`, accept: 'application/json' }
  if (method === 'GET') return headers
  return { ...headers, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
}

/** The time limit covers the body too: an answer that never ends is no answer. */
async function tryOnce(options: CallOptions, path: string, init: RequestInit): Promise<Outcome> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await options.fetch(options.baseUrl + path, { ...init, signal })
    return outcomeOf(response, await response.text())
  } catch (cause) {
    const error = signal.aborted
      ? new RefCampaignError(`no answer within ${options.timeoutMs} ms`, { code: 'TIMEOUT', status: 0, cause })
      : new RefCampaignError(`the collector cannot be reached: ${reasonOf(cause)}`, { code: 'NETWORK_ERROR', status: 0, cause })
    return { error, again: true, retryAfterMs: 0 }
  }
}

function outcomeOf(response: Response, text: string): Outcome {
  const { status, headers } = response
  const reply = parsed(text)
  if (response.ok && reply !== null && 'data' in reply) return { data: reply['data'] }

  const again = status === 429 || status >= 500
  return { error: response.ok ? notOurs(status) : refusal(status, reply), again, retryAfterMs: askedWaitMs(headers) }
}

/** The API's own words where there are some; a proxy in front of it may answer with a page instead. */
function refusal(status: number, reply: Record<string, unknown> | null): RefCampaignError {
  const error = recordOf(reply?.['error'])
  const requestId = recordOf(reply?.['meta'])?.['requestId']
  if (typeof error?.['code'] !== 'string') return notOurs(status)
  return new RefCampaignError(typeof error['message'] === 'string' ? error['message'] : error['code'], {
    code: error['code'],
    status,
    details: error['details'],
    requestId: typeof requestId === 'string' ? requestId : null,
  })
}

function notOurs(status: number): RefCampaignError {
  return new RefCampaignError(`status ${status} without the API's envelope: does apiUrl point at the collector?`, { code: 'BAD_RESPONSE', status })
}

/** Seconds, or a date; the date is read against the answer's own, so a wrong clock here does no harm. */
function askedWaitMs(headers: Headers): number {
  const value = headers.get('retry-after') ?? ''
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const ms = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return ms > 0 ? ms : 0
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

/** Node's fetch says only `fetch failed` and keeps the reason inside. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return inner instanceof Error ? inner.message : String(inner)
}
