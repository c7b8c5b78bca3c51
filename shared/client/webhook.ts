import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** The header that a webhook's signature comes in. */
export const WEBHOOK_SIGNATURE_HEADER = 'X-RefCampaign-Signature'

/** What webhooks tell of; a test from the dashboard is called `webhook.test`. */
export const WEBHOOK_EVENT_TYPES = ['conversion.created', 'conversion.refunded', 'conversion.commission_paid', 'conversion.disputed', 'conversion.dispute_resolved'] as const
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number]

export interface VerifyWebhookSignatureOptions {
  /** The endpoint's secret, whole, with its `whsec_`. */
  secret: string
  /** The body as it was received, before any parsing. */
  payload: string | Uint8Array
  /** The value of `WEBHOOK_SIGNATURE_HEADER`: `t=<unix seconds>,v1=<hex>`. */
  header: string | null | undefined
  /** How far the signature's time may be from now, either way; 300 when left out. */
  toleranceSeconds?: number | undefined
  /** The clock's time when left out. */
  now?: Date | undefined
}

/**
 * Whether a webhook was signed with this secret, lately, and is unchanged. Never throws for what a stranger sent.
 *
 * It answers at once, as RefCampaign's own package does: Web Crypto would answer with a promise, and in code that was
 * written for theirs a promise counts as true. So the hash comes from a library, which is part of the bundle.
 */
export function verifyWebhookSignature({ secret, payload, header, toleranceSeconds = 300, now = new Date() }: VerifyWebhookSignatureOptions): boolean {
  const { time, signatures } = parsed(header)
  // Asked this way round, so that a time or a tolerance that is no number refuses.
  if (!secret || payload.length === 0 || !(Math.abs(Math.floor(now.getTime() / 1000) - Number(time)) <= toleranceSeconds)) return false

  const expected = hmac(sha256, bytesOf(secret), joined(bytesOf(`${time}.`), bytesOf(payload)))
  // Several signatures stand there while a secret is being rotated.
  return signatures.some((signature) => isSame(signature, expected))
}

/** In a time that does not tell where they differ. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.reduce((difference, byte, index) => difference | (byte ^ (b[index] ?? 0)), 0) === 0

/** More signatures than any rotation needs are not looked at: anybody can send them. */
const MOST_SIGNATURES = 5

function parsed(header: string | null | undefined): { time: string | undefined; signatures: Uint8Array[] } {
  const parts = (header ?? '').split(',').map((part) => part.trim())
  const time = parts.map((part) => /^t=(\d{1,15})$/.exec(part)?.[1]).find((found) => found !== undefined)
  const signatures = parts.flatMap((part) => /^v1=([\da-f]{64})$/i.exec(part)?.[1] ?? []).slice(0, MOST_SIGNATURES)
  return { time, signatures: signatures.map(fromHex) }
}

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const bytesOf = (value: string | Uint8Array): Uint8Array => (typeof value === 'string' ? new TextEncoder().encode(value) : new Uint8Array(value))

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}
