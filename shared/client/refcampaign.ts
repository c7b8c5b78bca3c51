import { connection } from './connection.ts'
import type { Fetch } from './fetch.ts'
import { dataOf } from './reply.ts'
import { send, type Message } from './send.ts'
import type { Conversion, Identified, IdentifyInput, PostbackInput, PostbackResult, Receipt, RefundInput, RefundResult, TrackInput } from './shapes.ts'

const RETRY = { tries: 3, backoffMs: 300 }

export interface RefCampaignOptions {
  /** Keep it on the server: whoever has it can report orders. */
  apiKey: string
  /** The collector's address, `http://localhost:8787` when left out; a path in front of the API is kept. */
  apiUrl?: string | undefined
  /** Limit of one try in milliseconds, 10000 when left out; a call makes at most three. */
  timeoutMs?: number | undefined
  /** The longest wait that `Retry-After` may ask for, 60,000 when left out; for more the call ends at once with `retryAfterMs`. */
  maxWaitMs?: number | undefined
  /** Where the platform's own `fetch` will not do (a proxy, a test). */
  fetch?: Fetch | undefined
  /** @internal Waits between tries; tests replace it. */
  delay?: (ms: number) => Promise<void>
  /** @internal 0 to 1; tests replace it. */
  random?: () => number
}

/**
 * The API for the shop's server. Runs wherever there are `fetch` and Web Crypto.
 *
 * Calls retry what can heal by itself and reject with a `RefCampaignError` for the rest. "Nobody won"
 * and "already refunded" are answers and no errors.
 */
export class RefCampaign {
  readonly conversions: {
    /** Reports an order in major units. */
    track(input: TrackInput): Promise<Conversion>
    /** Reports an order, a lead or a trial in minor units, with every identifier that the shop has. */
    postback(input: PostbackInput): Promise<PostbackResult>
    /** Takes an order back, or an amount of it in minor units, and the affiliate's commission with it. An equal repeat answers `alreadyRefunded: true`. */
    refund(input: RefundInput): Promise<RefundResult>
    /** Why the conversion went to whom. */
    receipt(conversionId: string): Promise<Receipt>
  }
  readonly tracking: {
    /** Ties a browser's session to a customer; a repeat changes nothing. */
    identify(input: IdentifyInput): Promise<Identified>
  }

  /** Throws a `TypeError` for an address or a key that cannot be one. */
  constructor(options: RefCampaignOptions) {
    const to = connection(options)
    const call = async <T>(message: Message): Promise<T> => dataOf<T>(await send(to, RETRY, message))
    // A timeout does not tell whether the collector booked the order: all tries of a call share one key.
    const post = <T>(path: string, body: object): Promise<T> => call({ method: 'POST', path, body, idempotencyKey: crypto.randomUUID() })

    this.conversions = {
      track: (input) => post('/api/v1/conversions/track', input),
      postback: (input) => post('/api/v1/conversions/postback', input),
      refund: async (input) => call(refundMessage(input)),
      // An address takes dots for steps.
      receipt: (conversionId) => call({ method: 'GET', path: `/api/v1/conversions/${encodeURIComponent(conversionId).replace(/^\.{1,2}$/, '_')}/receipt` }),
    }
    this.tracking = {
      identify: ({ sessionId, customerEmailHash }) => post('/api/v1/track/identify', { session_id: sessionId, customer_email_hash: customerEmailHash }),
    }
  }
}

/**
 * A refund goes out without a key of its own making: the key would be the refund's identity, and a shop that calls
 * twice would refund twice. Without one the collector knows a refund by order, amount and reason, from
 * whatever client it comes, so tries and repeats are the same refund.
 */
function refundMessage({ refundId, ...body }: RefundInput): Message {
  if (refundId !== undefined && !/^[\x21-\x7e]{1,255}$/.test(refundId)) {
    throw new TypeError(`refundId: expected 1 to 255 ASCII characters without spaces, received ${JSON.stringify(refundId)}`)
  }
  return { method: 'POST', path: '/api/v1/conversions/refund', body, idempotencyKey: refundId }
}
