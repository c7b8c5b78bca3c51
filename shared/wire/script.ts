import { z } from 'zod'
import { CODE_CHARS, MAX_AGE_MS, REFERRER_CHARS, SESSION_CHARS, URL_CHARS } from '../limits.ts'

/** A caller's own name for a visitor's session: a UUID from our script, any short text from others. */
export const SessionId = z.string().min(1).max(SESSION_CHARS)
/** SHA-256 of the trimmed, lower-cased e-mail address, as 64 hex characters. */
export const EmailHash = z.string().regex(/^[0-9a-f]{64}$/i, 'must be the SHA-256 of the e-mail as 64 hex characters')
export const AffiliateCode = z.string().trim().min(1).max(CODE_CHARS)
export const WebUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(URL_CHARS)

/** `POST /r/visit`: an arrival through an affiliate's link. */
export const VisitBody = z.object({
  /** Event id, UUIDv7, made in the browser; becomes the click's id. */
  id: z.uuid(),
  session: z.uuid(),
  /** The affiliate's code as it stood in the address. */
  ref: AffiliateCode,
  url: WebUrl,
  referrer: z.string().max(REFERRER_CHARS).optional(),
  /** Milliseconds that the visit waited in the browser. */
  ageMs: z.int().min(0).optional(),
  /** Days that the session's cookie should live, when the tag sets it. */
  days: z.int().min(1).max(400).optional(),
})
export type VisitBody = z.infer<typeof VisitBody>

/** What a visit is answered with. */
export const VisitReply = z.object({
  click: z.string(),
  session: z.string(),
  /** True when this answer set the session's cookie; otherwise the script writes it. */
  cookie: z.boolean(),
  /** Registrable domain for the script's cookie; null on an IP address or a bare host. */
  domain: z.string().nullable(),
})
export type VisitReply = z.infer<typeof VisitReply>

/** `POST /r/identify`: binds a session to a customer, whose address never leaves the page. */
export const IdentifyBody = z.object({
  session: z.uuid(),
  emailHash: EmailHash,
  /** The page's address; its host tells the merchant. */
  url: WebUrl,
})
export type IdentifyBody = z.infer<typeof IdentifyBody>

/** What an identify is answered with. */
export const IdentifyReply = z.object({ identified: z.boolean() })
export type IdentifyReply = z.infer<typeof IdentifyReply>

/** What every refused call of the script is answered with. */
export const Refusal = z.object({ code: z.string(), message: z.string() })
export type Refusal = z.infer<typeof Refusal>

/** Longest time that the collector believes a browser's `ageMs`. */
export const clampAge = (ageMs: number): number => Math.min(ageMs, MAX_AGE_MS)
