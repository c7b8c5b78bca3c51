import { z } from 'zod'
import { ORDER_ID_CHARS, URL_CHARS } from '../limits.ts'
import { Email } from './email.ts'
import { AffiliateCode, idText, SessionId } from './text.ts'

/** What rows of another system's files may say. Amounts, times and states stay text until it is known how that system writes them. */

const Id = idText(ORDER_ID_CHARS).trim()
const Text = idText(255).trim()
/** The words of a sum or a time are short. */
const Word = idText(64).trim()

/** Who it is about, by what the file has of them. */
const affiliate = { affiliate_id: Text.optional(), affiliate_code: AffiliateCode.optional(), affiliate_email: Email.optional() }

export const ImportedClickRow = z.object({
  id: Id.optional(), code: AffiliateCode, at: Word, url: idText(URL_CHARS).trim().optional(), session: SessionId.optional(), referrer: idText(URL_CHARS).trim().optional(), user_agent: idText(2000).trim().optional(), test: Word.optional(),
})
export type ImportedClickRow = z.infer<typeof ImportedClickRow>

export const ImportedConversionRow = z.object({
  id: Id.optional(), order: Id.optional(), kind: Word.optional(), amount: Word.optional(), currency: Word.optional(), ...affiliate, campaign: Text.optional(),
  commission: Word.optional(), commission_currency: Word.optional(), commission_refunded: Word.optional(), state: Word.optional(), reason: Text.optional(),
  at: Word, booked_at: Word.optional(), refunded: Word.optional(), refunded_at: Word.optional(), payout: Id.optional(), paid: Word.optional(), paid_at: Word.optional(),
  subscription: Id.optional(), email: Text.optional(), customer: Id.optional(), test: Word.optional(),
}).refine(({ order, id }) => order !== undefined || id !== undefined, { path: ['order'], error: 'is needed' })
export type ImportedConversionRow = z.infer<typeof ImportedConversionRow>

export const ImportedPayoutRow = z.object({ id: Id, ...affiliate, amount: Word, currency: Word.optional(), state: Word.optional(), at: Word.optional(), method: Text.optional(), test: Word.optional() })
export type ImportedPayoutRow = z.infer<typeof ImportedPayoutRow>
