import { caller } from './call.ts'
import type { CallOptions } from './call.ts'
import type { Conversion, Identified, IdentifyInput, PostbackInput, PostbackResult, Receipt, TrackInput } from './shapes.ts'

export { RefCampaignError } from './error.ts'
export type * from './shapes.ts'

export interface RefCampaignOptions {
  /** Keep it on the server: whoever has it can report orders. */
  apiKey: string
  /** The collector's address; a path in front of the API is kept. */
  apiUrl: string
  /** Limit of one try; a call makes at most three. */
  timeoutMs?: number
  /** Where the platform's own `fetch` will not do (a proxy, a test). */
  fetch?: CallOptions['fetch']
  /** @internal Waits between tries; tests replace it. */
  delay?: CallOptions['delay']
  /** @internal 0 to 1; tests replace it. */
  random?: CallOptions['random']
}

/**
 * The API for the shop's server. Runs wherever there are `fetch` and Web Crypto.
 *
 * Calls retry what can heal by itself and throw a `RefCampaignError` for the rest. "Nobody won" is
 * an answer and no error.
 */
export class RefCampaign {
  readonly conversions: {
    /** Reports an order in major units. */
    track(input: TrackInput): Promise<Conversion>
    /** Reports an order, a lead or a trial in minor units, with every identifier that the shop has. */
    postback(input: PostbackInput): Promise<PostbackResult>
    /** Why the conversion went to whom. */
    receipt(conversionId: string): Promise<Receipt>
  }
  readonly tracking: {
    /** Ties a browser's session to a customer. Idempotent: the first binding of a session stands. */
    identify(input: IdentifyInput): Promise<Identified>
  }

  constructor(options: RefCampaignOptions) {
    const call = caller({
      baseUrl: baseUrlOf(options.apiUrl),
      apiKey: checkedKey(options.apiKey),
      timeoutMs: options.timeoutMs ?? 10_000,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      delay: options.delay ?? ((ms) => new Promise((resolve) => { setTimeout(resolve, ms) })),
      random: options.random ?? Math.random,
    })
    this.conversions = {
      track: (input) => call('POST', '/api/v1/conversions/track', input),
      postback: (input) => call('POST', '/api/v1/conversions/postback', input),
      receipt: (conversionId) => call('GET', `/api/v1/conversions/${encodeURIComponent(conversionId)}/receipt`),
    }
    this.tracking = {
      identify: ({ sessionId, customerEmailHash }) =>
        call('POST', '/api/v1/track/identify', { session_id: sessionId, customer_email_hash: customerEmailHash }),
    }
  }
}

function baseUrlOf(apiUrl: string): string {
  if (!URL.canParse(apiUrl) || !/^https?:$/.test(new URL(apiUrl).protocol)) {
    throw new TypeError(`apiUrl: expected an http or https URL, received ${JSON.stringify(apiUrl)}`)
  }
  return apiUrl.replace(/\/+$/, '')
}

/** Checked here, because `fetch` would print the key in its complaint about a bad header. */
function checkedKey(apiKey: string): string {
  const key = typeof apiKey === 'string' ? apiKey.trim() : ''
  if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('apiKey: expected the key as the collector printed it; is its environment variable set?')
  return key
}
