import { connection, type Connection } from './connection.ts'
import { dataOf } from './reply.ts'
import { send, type Message, type Retry, type Sent } from './send.ts'
import { isSession } from './session-id.ts'
import type { ConversionData, PingResult, RefCampaignServerConfig, RefundConversionData, RefundConversionResponse, StripeMetadata, TrackConversionResponse } from './server-shapes.ts'

/** Which call failed, for `onError`. */
interface Context {
  orderId: string
  operation: 'track' | 'refund'
}

/**
 * The API under the names of RefCampaign's own package, for shops that move from it. New code is better off with
 * `RefCampaign`, whose failures cannot be overlooked.
 *
 * What was called wrongly rejects; what failed on the way resolves to `{success: false, error}` and goes to `onError`.
 */
export class RefCampaignServer {
  readonly #to: Connection
  readonly #retry: Retry
  readonly #config: RefCampaignServerConfig

  /** Throws for a key that is not RefCampaign's, or an address that is none. */
  constructor(key: string, config: RefCampaignServerConfig = {}) {
    if (!/^rc_(live|test)_/.test(key) || key.length <= 10) throw new TypeError('The key must start with rc_live_ or rc_test_ and be longer than 10 characters.')
    this.#to = connection({ ...config, apiKey: key })
    this.#retry = { tries: config.retry?.attempts ?? 3, backoffMs: config.retry?.baseDelayMs ?? 300 }
    this.#config = config
    this.#log(`reports to ${new URL(this.#to.baseUrl).origin}`)
  }

  /** Reports an order, its amount in minor units. A repeat of an `orderId` answers the stored conversion. */
  async trackConversion(data: ConversionData): Promise<TrackConversionResponse> {
    const { orderId, amount, currency, conversionType = 'SALE', sessionId, affiliateCode, customerEmailHash, metadata } = data
    check(isText(orderId), 'orderId: is needed; a repeat of it counts once')
    check(isMinor(amount), 'amount: must be a positive integer in minor units')
    check(/^[A-Z]{3}$/.test(currency), 'currency: must be an ISO 4217 code such as EUR')
    check([sessionId, affiliateCode, customerEmailHash].some(isText), 'give one of sessionId, affiliateCode, customerEmailHash')

    // Empty identifiers are none; the collector would refuse the order for them.
    const body = { externalId: orderId, conversionType, amount, currency, sessionId: sessionId || undefined, affiliateCode: affiliateCode || undefined, customerEmailHash: customerEmailHash || undefined, metadata }
    return this.#post({ path: '/api/v1/conversions/postback', body, idempotencyKey: crypto.randomUUID() }, { orderId, operation: 'track' })
  }

  /** Takes an order back, or an amount of it in minor units. An equal repeat answers `alreadyRefunded: true`. */
  async refundConversion({ orderId, amount, reason }: RefundConversionData): Promise<RefundConversionResponse> {
    check(isText(orderId), 'orderId: is needed')
    check(amount === undefined || isMinor(amount), 'amount: must be a positive integer in minor units')

    // No key, as in `RefCampaign`: a repeat shall be the same refund.
    return this.#post({ path: '/api/v1/conversions/refund', body: { externalId: orderId, amount, reason: reason || undefined } }, { orderId, operation: 'refund' })
  }

  /** Asks the collector once whether it is there and knows the key. Never rejects. */
  async verify(): Promise<PingResult> {
    const sent = await send(this.#to, { tries: 1, backoffMs: 0 }, { method: 'GET', path: '/api/v1/ping' })
    try {
      const { merchant, activeCampaigns, stripe } = dataOf<Omit<PingResult, 'valid' | 'reason'>>(sent)
      return { valid: true, merchant, activeCampaigns, stripe }
    } catch (error) {
      const reason = refusedWith(sent) ?? messageOf(error)
      this.#log(`verify: ${reason}`)
      return { valid: false, reason }
    }
  }

  /** Metadata for a Stripe payment or subscription; empty without a session that can be one. */
  getStripeMetadata(sessionId?: string | null): StripeMetadata {
    if (isSession(sessionId)) return { refcampaign_session: sessionId }
    this.#log('getStripeMetadata: no session')
    return {}
  }

  async #post<R>(message: Omit<Message, 'method'>, { orderId, operation }: Context): Promise<R | { success: false; error: string }> {
    const sent = await send(this.#to, this.#retry, { method: 'POST', ...message })
    try {
      return dataOf<R>(sent)
    } catch (cause) {
      const status = refusedWith(sent)
      const error = status === undefined ? messageOf(cause) : `API request failed: ${status} - ${'answer' in sent ? sent.answer.text : ''}`
      this.#log(`${operation} ${orderId}: ${error}`)
      this.#tell(new Error(error, { cause }), { orderId, operation, attempts: sent.attempts })
      return { success: false, error }
    }
  }

  #tell(...failure: Parameters<NonNullable<RefCampaignServerConfig['onError']>>): void {
    try {
      this.#config.onError?.(...failure)
    } catch (error) {
      // The shop's own alarm is broken; its checkout must not break with it.
      this.#log(`onError: ${messageOf(error)}`)
    }
  }

  #log(line: string): void {
    if (this.#config.debug === true) console.log(`[RefCampaign] ${line}`)
  }
}

/** Status and its text, where the API or something before it said no. */
const refusedWith = (sent: Sent): string | undefined => ('fault' in sent || sent.answer.ok ? undefined : `${sent.answer.status} ${sent.answer.statusText}`.trimEnd())

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
const isMinor = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0

function check(holds: boolean, rule: string): void {
  if (!holds) throw new TypeError(rule)
}
