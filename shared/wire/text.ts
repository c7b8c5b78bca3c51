import { z } from 'zod'
import { CODE_CHARS, SESSION_CHARS, URL_CHARS } from '../limits.ts'

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

const HASH_RULE = 'must be the SHA-256 of the e-mail as 64 hex characters'

/** A caller's own name for a visitor's session: a UUID from our script, any short text from others. */
export const SessionId = idText(SESSION_CHARS)
/** SHA-256 of the trimmed, lower-cased e-mail address, as 64 hex characters. */
export const EmailHash = z.string(HASH_RULE).regex(/^[0-9a-fA-F]{64}$/, HASH_RULE).describe('SHA-256 of the trimmed, lower-cased e-mail address, in hex.')
/** A shop's own name for a cart; whoever knows it can name its session, so it should not be guessable. */
export const CartId = idText(SESSION_CHARS).trim()
export const AffiliateCode = idText(CODE_CHARS).trim()
export const WebUrl = webUrl(URL_CHARS)

function hasCredentials(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
