/**
 * What the collector, or the way to it, said no with. `code` is stable, `message` may be reworded.
 *
 * Beside the API's own codes there are three for calls that brought no usable answer:
 * `NETWORK_ERROR` and `TIMEOUT` (status 0) and `BAD_RESPONSE` (something that is not our API answered).
 */
export class RefCampaignError extends Error {
  override readonly name = 'RefCampaignError'
  readonly code: string
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** For `VALIDATION_FAILED` the list of `{path, message}`; otherwise whatever the API adds, or null. */
  readonly details: unknown
  /** Names the call in the collector's log; null when no answer carried one. */
  readonly requestId: string | null
  /** How long the collector asks to wait before the call is made again; null when it does not say. */
  readonly retryAfterMs: number | null

  constructor(message: string, more: { code: string; status: number; details?: unknown; requestId?: string | null; retryAfterMs?: number | null; cause?: unknown }) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = more.code
    this.status = more.status
    this.details = more.details ?? null
    this.requestId = more.requestId ?? null
    this.retryAfterMs = more.retryAfterMs ?? null
  }
}
