import type { AffiliateInput } from '../../shared/wire/settings.ts'
import type { ImportedState } from '../../shared/engine/imported.ts'
import { invalid } from '../../shared/errors.ts'
import type { Vendor } from './vendor.ts'

/** Words that mean the same wherever they are used; a vendor's own stand above them. */
const COMMISSIONS: Readonly<Record<string, ImportedState | 'refunded'>> = {
  pending: 'pending', open: 'pending', unapproved: 'pending', approved: 'approved', qualified: 'approved', confirmed: 'approved', due: 'approved', payable: 'approved', unpaid: 'approved', paid: 'paid',
  rejected: 'denied', denied: 'denied', declined: 'denied', void: 'denied', voided: 'denied', unqualified: 'unqualified', cancelled: 'unqualified', canceled: 'unqualified', refunded: 'refunded', reversed: 'refunded',
}

const AFFILIATES: Readonly<Record<string, NonNullable<AffiliateInput['status']>>> = {
  active: 'active', approved: 'active', accepted: 'active', confirmed: 'active', true: 'active', pending: 'pending', unconfirmed: 'pending', invited: 'pending', false: 'pending', new: 'pending',
  denied: 'denied', rejected: 'denied', declined: 'denied', disapproved: 'denied', disabled: 'disabled', inactive: 'disabled', blocked: 'disabled', suspended: 'disabled', banned: 'disabled', archived: 'disabled', suspicious: 'pending',
}

const PAYOUTS: Readonly<Record<string, 'paid' | 'open'>> = {
  paid: 'paid', completed: 'paid', sent: 'paid', success: 'paid', successful: 'paid', pending: 'open', due: 'open', open: 'open', processing: 'open', created: 'open', unpaid: 'open', approved: 'open', failed: 'open', cancelled: 'open', canceled: 'open', undone: 'open',
}

const wordOf = (text: string): string => text.trim().toLowerCase().replace(/[\s-]+/g, '_')

function stateIn<S>(words: Readonly<Record<string, S>>, text: string): S {
  const word = wordOf(text)
  const state = Object.hasOwn(words, word) ? words[word] : undefined
  if (state === undefined) throw invalid('state', `is none that is known: ${Object.keys(words).join(', ')}`)
  return state
}

/** Throws `INVALID` for a word that says nothing here: money is not moved on a guess. */
export const commissionState = (text: string, { states }: Vendor): ImportedState | 'refunded' => stateIn({ ...COMMISSIONS, ...states }, text)
export const affiliateState = (text: string): NonNullable<AffiliateInput['status']> => stateIn(AFFILIATES, text)
/** An affiliate's payout that is not paid yet stays where it is. */
export const payoutState = (text: string): 'paid' | 'open' => stateIn(PAYOUTS, text)

const KINDS = { sale: 'sale', purchase: 'sale', order: 'sale', lead: 'lead', signup: 'lead', sign_up: 'lead', trial: 'trial', custom: 'custom', event: 'custom' } as const
export const kindOf = (text: string): (typeof KINDS)[keyof typeof KINDS] => {
  const word = wordOf(text)
  if (!Object.hasOwn(KINDS, word)) throw invalid('kind', `must be one of: ${Object.keys(KINDS).join(', ')}`)
  return KINDS[word as keyof typeof KINDS]
}

/** Yes or no, as files spell it; a time of payment means that it was. */
export function isYes(text: string, field: string): boolean {
  const word = wordOf(text)
  if (['true', 'yes', 'y', '1', 'paid'].includes(word)) return true
  if (['false', 'no', 'n', '0', '', 'unpaid', 'null'].includes(word)) return false
  throw invalid(field, 'must be yes or no')
}
