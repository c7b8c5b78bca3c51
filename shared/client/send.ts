import type { Connection } from './connection.ts'
import type { FetchAnswer, FetchInit } from './fetch.ts'

/** How often and how patiently a call is tried. */
export interface Retry {
  /** Tries in all. */
  tries: number
  /** The first wait is at most this, each further one at most twice the one before. */
  backoffMs: number
}

export interface Message {
  method: 'GET' | 'POST'
  path: string
  body?: object
  /** The same on every try, so that whatever arrives twice counts once. */
  idempotencyKey?: string | undefined
}

/** What came back in the end: the collector's last answer, or why there is none. */
export type Sent = { attempts: number; retryAfterMs: number } & ({ answer: Answer } | { fault: Fault })

export interface Answer {
  ok: boolean
  status: number
  statusText: string
  text: string
}

export interface Fault {
  code: 'NETWORK_ERROR' | 'TIMEOUT'
  message: string
  cause: unknown
}

type Tried = { answer: Answer; retryAfterMs: number } | { fault: Fault; retryAfterMs: 0 }

/** Sends one message, and again while 429, 5xx, silence or a broken line can heal by themselves. Never rejects. */
export async function send(to: Connection, retry: Retry, message: Message): Promise<Sent> {
  const init = initOf(to, message)
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryOnce(to, message.path, init)
    // Asked this way round, so that a number of tries that is none ends the loop.
    if (!mayHeal(tried) || !(attempt < retry.tries) || tried.retryAfterMs > to.maxWaitMs) return { ...tried, attempts: attempt }
    await to.delay(waitMs({ attempt, retryAfterMs: tried.retryAfterMs, backoffMs: retry.backoffMs }, to.random()))
  }
}

/** Full jitter, so that shops that failed together do not come back together; on top of what the collector asked for. */
export function waitMs({ attempt, retryAfterMs, backoffMs }: { attempt: number; retryAfterMs: number; backoffMs: number }, random: number): number {
  return retryAfterMs + Math.round(random * backoffMs * 2 ** (attempt - 1))
}

const mayHeal = (tried: Tried): boolean => 'fault' in tried || tried.answer.status === 429 || tried.answer.status >= 500

function initOf({ apiKey }: Connection, { method, body, idempotencyKey }: Message): Omit<FetchInit, 'signal'> {
  const headers: Record<string, string> = { authorization: `Bearer ${apiKey}`, accept: 'application/json' }
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey
  if (body === undefined) return { method, headers, redirect: 'manual' }
  return { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body), redirect: 'manual' }
}

/** The time limit covers the body too: an answer that never ends is no answer. */
async function tryOnce(to: Connection, path: string, init: Omit<FetchInit, 'signal'>): Promise<Tried> {
  const signal = AbortSignal.timeout(to.timeoutMs)
  try {
    const response = await to.fetch(to.baseUrl + path, { ...init, signal })
    const { ok, status, statusText, headers } = response
    return { answer: { ok, status, statusText, text: await response.text() }, retryAfterMs: askedWaitMs(headers) }
  } catch (cause) {
    return { fault: faultOf(to, signal.aborted, cause), retryAfterMs: 0 }
  }
}

function faultOf({ baseUrl, timeoutMs }: Connection, timedOut: boolean, cause: unknown): Fault {
  if (timedOut) return { code: 'TIMEOUT', message: `no answer within ${timeoutMs} ms`, cause }
  // The origin alone: an address may carry a password.
  return { code: 'NETWORK_ERROR', message: `the collector at ${new URL(baseUrl).origin} cannot be reached: ${reasonOf(cause)}`, cause }
}

/** Seconds, or a date; the date is read against the answer's own, so a wrong clock here does no harm. */
function askedWaitMs(headers: FetchAnswer['headers']): number {
  const value = headers.get('retry-after') ?? ''
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const ms = Date.parse(value) - Date.parse(headers.get('date') ?? '')
  return ms > 0 ? ms : 0
}

/** Node's fetch says only `fetch failed` and keeps the reason inside. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return inner instanceof Error ? inner.message : String(inner)
}
