import type { ImportedState } from '../../shared/engine/imported.ts'

export const NOUNS = ['affiliates', 'clicks', 'conversions', 'payouts'] as const
/** What the rows of a file are. */
export type Noun = (typeof NOUNS)[number]

/** What a row may say of each noun; the names are also our own columns (`--format plain`) and what `--map` takes. */
export const FIELDS = {
  affiliates: ['id', 'email', 'code', 'name', 'first_name', 'last_name', 'company', 'phone', 'country', 'payout_email', 'state', 'coupon', 'campaign'],
  clicks: ['id', 'code', 'at', 'url', 'session', 'referrer', 'user_agent', 'test'],
  conversions: [
    'id', 'order', 'kind', 'amount', 'currency', 'affiliate_id', 'affiliate_code', 'affiliate_email', 'campaign', 'commission', 'commission_currency', 'commission_refunded', 'state', 'reason', 'at', 'booked_at',
    'refunded', 'refunded_at', 'payout', 'paid', 'paid_at', 'subscription', 'email', 'customer', 'test',
  ],
  payouts: ['id', 'affiliate_id', 'affiliate_code', 'affiliate_email', 'amount', 'currency', 'state', 'at', 'method', 'test'],
} as const satisfies Record<Noun, readonly string[]>
export type Field<N extends Noun = Noun> = (typeof FIELDS)[N][number]

/** Of each list, one column has to be there. */
export const NEEDED: { readonly [N in Noun]: readonly (readonly Field<N>[])[] } = {
  affiliates: [['email']],
  clicks: [['code'], ['at']],
  conversions: [['order', 'id'], ['at'], ['amount', 'commission']],
  payouts: [['id'], ['affiliate_id', 'affiliate_code', 'affiliate_email'], ['amount'], ['at']],
}

/** Where a vendor's file has what; the first column that is there and not empty counts. */
export interface FileMap<N extends Noun = Noun> {
  columns: Partial<Record<Field<N>, readonly string[]>>
  /** Columns of minor units, whose names do not say it. */
  minor?: readonly string[]
  /** Columns that may hold these values only, and why others are refused. */
  only?: Readonly<Record<string, { values: readonly string[]; why: string }>>
}

/** How another system writes what it exports. */
export interface Vendor {
  /** As people call it; receipts name it. */
  name: string
  /** What a whole number means where its column does not say; columns whose names end in "cents" or "minor" are minor units. */
  amounts: 'major' | 'minor'
  /** False where it lists no payouts: what was paid there is booked as paid at once. */
  hasPayouts: boolean
  /** Its own words for states, in lower case, beside those that all understand. */
  states?: Readonly<Record<string, ImportedState | 'refunded'>>
  files: { readonly [N in Noun]?: FileMap<N> }
}

/** Column names are compared without case, blanks and marks: "Affiliate E-mail" is `affiliate_email`. */
export const columnKey = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
