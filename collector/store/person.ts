import type { Arrival, BindingSource, IdentityKind, Mode } from '../../shared/domain.ts'
import type { ConversionRecord } from './queries.ts'

/** By what a person is known: everything that is kept about them hangs on one of these. */
export interface Reach {
  /** Keyed hashes of their addresses, and of the merchant's own ids that stand for nobody else. */
  identities: string[]
  /** Sessions that are theirs alone. */
  sessions: string[]
  /** Sessions that somebody else was known by, too. */
  shared: string[]
  /** Ids of their orders: those that name them, or a session that is theirs alone. */
  conversions: string[]
  /** Ids of clicks that their orders name and that are of no session. */
  clicks: string[]
}

/** Rows about a person, by what they are. */
export type PersonCounts = Record<'identifies' | 'visits' | 'sessions' | 'sharedSessions' | 'orders' | 'metadata' | 'notes' | 'carts' | 'referrals' | 'triggers' | 'answers', number>

/** A visit with the texts that were kept of it. */
export interface KeptVisit extends Pick<Arrival, 'id' | 'session' | 'code' | 'campaign' | 'host' | 'bot' | 'mode' | 'occurredAtMs' | 'receivedAtMs'> {
  page: string
  referrer: string
  userAgent: string
}

export interface KeptBinding {
  session: string
  kind: IdentityKind
  source: BindingSource
  mode: Mode
  occurredAtMs: number
  receivedAtMs: number
}

/** All that is kept about a person, but for what stands in the settings. */
export interface PersonRecord {
  bindings: KeptBinding[]
  visits: KeptVisit[]
  orders: ConversionRecord[]
  carts: { cart: string; session: string; mode: Mode; receivedAtMs: number }[]
  referrals: { number: number; email: string; affiliateId: string | null; status: string; createdAtMs: number }[]
  /** Bodies of answers that are kept for repeated calls. */
  answers: { createdAtMs: number; body: string }[]
}

/** Where a person is looked for: by identities, and by texts in kept answers, in lower case. */
export interface PersonNeed {
  merchantId: number
  identities: string[]
  texts: string[]
}

/** What stands for a name from now on: nobody. */
export interface Nameless {
  name: string
  nameless: string
}

/** What is erased of an affiliate: who they are. Their codes, and what they earned and were paid, stay. */
export interface AffiliateErased {
  merchantId: number
  affiliateId: string
  /** Their number, which is all that their address is made of from now on. */
  number: number
  identities: Nameless[]
}

/** What is erased of a person. */
export interface PersonErased {
  merchantId: number
  reach: Reach
  identities: Nameless[]
  sessions: Nameless[]
  texts: string[]
  /** E-mail triggers that credit by the person's address, by their ids. */
  triggers: { id: string; name: string; endedAtMs: number | null }[]
}

export interface PersonQueries {
  /** All that is kept about a person. */
  person: { query: PersonNeed; result: PersonRecord & { reach: Reach } }
  /** Every address that an affiliate ever had. */
  affiliateAddresses: { query: { merchantId: number; affiliateId: string }; result: string[] }
  /** Which of these texts no click bears, and up to where in the journal that was looked at. */
  unusedTexts: { query: { merchantId: number; ids: number[] }; result: { unused: number[]; upTo: number } }
}
