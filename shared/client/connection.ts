import type { Fetch } from './fetch.ts'

/** Where `npm start` listens. A client that nobody told an address must not send orders to a stranger. */
const DEFAULT_API_URL = 'http://localhost:8787'
const DEFAULT_TIMEOUT_MS = 10_000
/** The collector's own limits are counted by the minute. */
const DEFAULT_MAX_WAIT_MS = 60_000

/** The way to one collector, checked. */
export interface Connection {
  /** Without a slash at its end; a path in front of the API is kept. */
  baseUrl: string
  apiKey: string
  timeoutMs: number
  /** The longest wait that `Retry-After` may ask for; for more the call ends, and says when to come again. */
  maxWaitMs: number
  fetch: Fetch
  delay: (ms: number) => Promise<void>
  random: () => number
}

export type ConnectionOptions = { apiKey: string; apiUrl?: string | undefined } & { [Name in 'timeoutMs' | 'maxWaitMs' | 'fetch' | 'delay' | 'random']?: Connection[Name] | undefined }

/** Fills in what was left out. Throws a `TypeError` that names what cannot work, before any call. */
export function connection(options: ConnectionOptions): Connection {
  return {
    baseUrl: baseUrlOf(options.apiUrl ?? DEFAULT_API_URL),
    apiKey: keyOf(options.apiKey),
    timeoutMs: timeoutOf(options.timeoutMs ?? DEFAULT_TIMEOUT_MS),
    maxWaitMs: waitOf(options.maxWaitMs ?? DEFAULT_MAX_WAIT_MS),
    // Called by name: Workers refuse a `fetch` that was taken off its global.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    delay: options.delay ?? ((ms) => new Promise((resolve) => { setTimeout(resolve, ms) })),
    random: options.random ?? Math.random,
  }
}

function baseUrlOf(apiUrl: string): string {
  if (!URL.canParse(apiUrl) || !/^https?:$/.test(new URL(apiUrl).protocol)) {
    throw new TypeError(`apiUrl: expected an http or https URL, received ${JSON.stringify(apiUrl)}`)
  }
  return apiUrl.replace(/\/+$/, '')
}

/** Checked here, because `fetch` would print the key in its complaint about a bad header. */
function keyOf(apiKey: string): string {
  const key = typeof apiKey === 'string' ? apiKey.trim() : ''
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('apiKey: expected the key as the collector printed it; is its environment variable set?')
  return key
}

/** The longest wait that timers can count, about 24 days. */
const MOST_TIMEOUT_MS = 2 ** 31 - 1

function waitOf(ms: number): number {
  if (!(ms >= 0 && ms <= MOST_TIMEOUT_MS)) throw new TypeError(`maxWaitMs: expected milliseconds, 0 or more, received ${String(ms)}`)
  return ms
}

function timeoutOf(ms: number): number {
  if (!(ms > 0 && ms <= MOST_TIMEOUT_MS)) throw new TypeError(`timeoutMs: expected milliseconds above 0, received ${String(ms)}`)
  return Math.ceil(ms)
}
