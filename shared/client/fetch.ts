/**
 * What is asked of a `fetch`. The platform's own is one, and so is any that takes what it takes; spelt out here, because a
 * shop's server need not know the types of browsers or of Node.
 */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>

export interface FetchInit {
  method: 'GET' | 'POST'
  headers: Record<string, string>
  body?: string
  redirect: 'manual'
  signal: Signal
}

export interface FetchAnswer {
  ok: boolean
  status: number
  statusText: string
  headers: { get: (name: string) => string | null }
  text: () => Promise<string>
}

/** The platform's `AbortSignal`, where its types are known. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : object
