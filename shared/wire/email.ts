import { z } from 'zod'
import { idText } from './text.ts'

/** Longest address that is taken. */
const EMAIL_CHARS = 254

/** An e-mail address as it was typed, in whichever script; whoever looks it up or hashes it lower-cases it. */
export const Email = idText(EMAIL_CHARS).trim().pipe(z.email({ pattern: z.regexes.unicodeEmail, error: 'must be an e-mail address' }))
