import { z } from 'zod'
import { CODE_CHARS, MOST_SESSION_DAYS, REFERRER_CHARS, SESSION_CHARS, URL_CHARS } from '../limits.ts'

export const STORABLE = 'must be well-formed Unicode without NUL characters'
/** True for text that a database keeps as it is. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/**
 * Text by which something is found again. A lone surrogate has no UTF-8: the database would keep it as U+FFFD,
 * and two orders whose ids differ in it alone would be one.
 */
export const idText = (chars: number) => z.string('must be a string')
  .max(chars, `must be at most ${chars} characters`)
  .refine((text) => text.trim() !== '', 'must not be empty')
  .refine(isStorable, STORABLE)

/** An address of a web page. */
export const webUrl = (chars: number) => z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(chars, `must be at most ${chars} characters`)
  .refine((url) => !url.includes('@') || !hasCredentials(url), 'must not carry a user name or a password')

/** What the script makes for events and sessions. */
const Uuid = z.uuid('must be a UUID')
const HASH_RULE = 'must be the SHA-256 of the e-mail as 64 hex characters'

/** A caller's own name for a visitor's session: a UUID from our script, any short text from others. */
export const SessionId = idText(SESSION_CHARS)
/** SHA-256 of the trimmed, lower-cased e-mail address, as 64 hex characters. */
export const EmailHash = z.string(HASH_RULE).regex(/^[0-9a-f]{64}$/i, HASH_RULE)
/** A shop's own name for a cart; whoever knows it can name its session, so it should not be guessable. */
export const CartId = idText(SESSION_CHARS).trim()
export const AffiliateCode = idText(CODE_CHARS).trim()
export const WebUrl = webUrl(URL_CHARS)

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}

/** `POST /r/visit`: an arrival through an affiliate's link. */
export const VisitBody = z.object({
  /** Event id, UUIDv7, made in the browser; becomes the click's id. */
  id: Uuid,
  session: Uuid,
  /** The affiliate's code as it stood in the address. */
  ref: AffiliateCode,
  url: WebUrl,
  referrer: z.string('must be a string').max(REFERRER_CHARS, `must be at most ${REFERRER_CHARS} characters`).optional(),
  /** Milliseconds that the visit waited in the browser. */
  ageMs: z.int('must be whole milliseconds').min(0, 'must not be negative').optional(),
  /** A cookie of another system was found and taken over; nobody followed a link just now. */
  adopted: z.boolean('must be true or false').optional(),
  /** Days that the session's cookie should live, when the tag sets it; brought into bounds rather than refused, so that a typing error costs no arrival. */
  days: z.number('must be a number of days').transform((days) => Math.min(MOST_SESSION_DAYS, Math.max(1, Math.floor(days)))).nullish(),
})
export type VisitBody = z.input<typeof VisitBody>

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
  session: Uuid,
  emailHash: EmailHash,
  /** The page's address; its host tells the merchant. */
  url: WebUrl,
})
export type IdentifyBody = z.infer<typeof IdentifyBody>

/** What an identify is answered with. */
export const IdentifyReply = z.object({ identified: z.boolean() })
export type IdentifyReply = z.infer<typeof IdentifyReply>

/** `POST /r/cart`: the shop's own name for the session's cart, by which its server may report the order. */
export const CartBody = z.object({
  session: Uuid,
  cart: CartId,
  /** The page's address; its host tells the merchant. */
  url: WebUrl,
})
export type CartBody = z.infer<typeof CartBody>

/** What that is answered with: whether the cart is this session's now; the first word on a cart stands. */
export const CartReply = z.object({ attached: z.boolean() })
export type CartReply = z.infer<typeof CartReply>

/** What every refused call of the script is answered with. */
export const Refusal = z.object({ code: z.string(), message: z.string() })
export type Refusal = z.infer<typeof Refusal>
