import { z } from 'zod'
import { Email } from './email.ts'

/** Whose data are asked for. */
export const PersonInput = z.object({ email: Email })
export type PersonInput = z.infer<typeof PersonInput>

/** Whose data are to be erased; `affiliate` says that an affiliate is meant, too. */
export const EraseInput = z.object({ email: Email, dryRun: z.boolean().default(false), affiliate: z.boolean().default(false) })
export type EraseInput = z.infer<typeof EraseInput>
