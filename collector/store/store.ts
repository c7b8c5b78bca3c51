import type { Affiliate, AffiliateStatus, Arrival, CampaignPolicy, Commission, Conversion, Mark, Merchant, Mode, Order } from '../../shared/domain.ts'
import type { CustomerHistory, Decision, Entry as EngineEntry } from '../../shared/engine/record.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { Transaction } from '../../shared/engine/ledger.ts'

/**
 * Where everything is kept. Coarse and asynchronous, so that SQLite and PostgreSQL can both keep it:
 * a promise resolves only when what it wrote is on disk, and whatever `decide` read cannot have changed
 * before its entries are written.
 */
export interface Store {
  /** Keeps a visit, a fact that needs no decision; the same click is recognised (ENGINE section 2). */
  append(visit: NewVisit): Promise<Appended>

  /**
   * Reads the facts that `need` names, runs the pure `decide` and writes its entries, in one transaction.
   * An error thrown by `decide` writes nothing and rejects this call alone.
   */
  decide<K extends keyof Needs, R>(kind: K, need: Needs[K]['need'], decide: (facts: Needs[K]['facts']) => Decision<R, Entry>): Promise<R>

  /** Reads without deciding. */
  read<K extends keyof Queries>(kind: K, query: Queries[K]['query']): Promise<Queries[K]['result']>

  /** The settings of all merchants, as of now: another process's changes count at once. */
  directory(): Directory

  /** Resolves when all that was asked for is on disk, then lets go of the database. */
  close(): Promise<void>
}

/** An arrival to keep, with what is remembered of it besides. */
export interface NewVisit {
  merchantId: number
  arrival: Arrival
  /** Address of the page without its query, the referring page likewise, and the browser; each may be empty. */
  page: string
  referrer: string
  userAgent: string
  /** Tells whether two addresses are the same, their queries included. */
  urlHash: number
  /** The click that a redirect link made for this landing, if the address names one. */
  handedOver: string | null
}

/** Which click an arrival counts as, and whether it made it. */
export interface Appended {
  clickId: string
  created: boolean
}

export interface ApiKey {
  id: string
  merchantId: number
  dialect: Dialect
  mode: Mode
  scopes: Scope[]
  /** The public half of a key pair, null for a bearer key. */
  publicId: string | null
  /** SHA-256 of the whole secret, in hex; the secret itself is shown once and kept nowhere. */
  secretHash: string
  createdAtMs: number
  revokedAtMs: number | null
}

export const DIALECTS = ['refcampaign', 'refgrow', 'refersion'] as const
export type Dialect = (typeof DIALECTS)[number]
/** What a key may do. */
export const SCOPES = ['conversions', 'tracking'] as const
export type Scope = (typeof SCOPES)[number]

/** One-time link of the set-up page; without a merchant it may make the first one. */
export interface SetupLink {
  tokenHash: string
  merchantId: number | null
  expiresAtMs: number
}

/** All settings in memory, replaced as a whole when any of them changes. */
export interface Directory {
  merchants: ReadonlyMap<number, Settings>
  /** Merchant by site. */
  sites: ReadonlyMap<string, number>
  /** Keys that are not revoked, by the hash of their secret. */
  keys: ReadonlyMap<string, ApiKey>
}

export type Entry =
  | EngineEntry
  | { kind: 'merchant'; merchant: Merchant; createdAtMs: number }
  | { kind: 'site'; merchantId: number; host: string; createdAtMs: number }
  | { kind: 'user'; merchantId: number; email: string; createdAtMs: number }
  | { kind: 'campaign'; merchantId: number; id: string; createdAtMs: number }
  | { kind: 'campaign_version'; merchantId: number; id: string; version: number; validFromMs: number; value: CampaignPolicy }
  | { kind: 'affiliate'; merchantId: number; id: string; name: string; email: string; identity: string; createdAtMs: number }
  | { kind: 'affiliate_version'; merchantId: number; id: string; version: number; validFromMs: number; value: { status: AffiliateStatus } }
  | { kind: 'code'; merchantId: number; code: string; affiliateId: string; validFromMs: number }
  | { kind: 'enrolment'; merchantId: number; affiliateId: string; campaignId: string; enrolledAtMs: number }
  | { kind: 'key'; key: ApiKey }
  | { kind: 'key_revoked'; merchantId: number; id: string; revokedAtMs: number }
  | { kind: 'setup_link'; link: SetupLink }
  | { kind: 'setup_link_used'; tokenHash: string; usedAtMs: number }
  | { kind: 'answer'; key: AnswerKey; answer: Answer }
  | { kind: 'answers_expired'; beforeMs: number }

/** Under what an answer is kept for a repeated call (DESIGN section 5, `Idempotency-Key`). */
export interface AnswerKey {
  merchantId: number
  route: string
  keyHash: string
}

export interface Answer {
  bodyHash: string
  status: number
  body: string
  createdAtMs: number
}

/** Whose history a decision is about. */
export interface CustomerNeed {
  merchantId: number
  mode: Mode
  order?: Pick<Order, 'kind' | 'site' | 'externalId'>
  sessions: string[]
  identities: string[]
  clicks: string[]
  /** Orders older than this cannot be settled any more. */
  unsettledSinceMs: number
  answer?: AnswerKey | undefined
}

/** What a decision may be about: what it needs to know, and the facts that it gets. */
export interface Needs {
  customer: { need: CustomerNeed; facts: CustomerHistory & { answer: Answer | undefined } }
  /** A visit that waited in the browser: it is kept, and may settle orders. */
  arrival: { need: CustomerNeed & { visit: NewVisit }; facts: CustomerHistory & Appended }
  settings: { need: { link?: string }; facts: { directory: Directory; nextMerchantId: number; link: SetupLink | undefined } }
  commission: { need: { merchantId: number; id: string }; facts: CommissionFacts }
}

/** A commission, and what its approval may depend on. */
export interface CommissionFacts {
  commission: Commission | undefined
  /** Those of its conversion. */
  marks: Mark[]
  affiliate: Affiliate | undefined
  /** Identities of the buyer, by whatever is known by now: the order's own, and those bound to its sessions. */
  buyers: string[]
  /** The affiliate's commissions in this mode, and how many of them rest on a browser's word alone. */
  booked: { commissions: number; unverified: number }
}

export interface DueCommission {
  merchantId: number
  id: string
  approvableAtMs: number
}

export type ConversionName = { id: string } | { number: number } | { externalId: string }

export interface ConversionRecord extends Conversion {
  number: number
  receipts: Receipt[]
}

/** One page of a merchant's book, for `verify`. */
export interface BookPage {
  conversions: ConversionRecord[]
  transactions: Transaction[]
}

export interface Queries {
  conversion: { query: { merchantId: number; name: ConversionName }; result: ConversionRecord | undefined }
  /** The highest number of a merchant's conversions; 0 when there are none. */
  lastNumber: { query: { merchantId: number }; result: number }
  /** Conversions after a number, oldest first, each with its commissions, receipts and ledger transactions. */
  book: { query: { merchantId: number; afterNumber: number; limit: number }; result: BookPage }
  /** Transactions of commissions that do not exist, and entries of no transaction: there should be none. */
  strays: { query: { merchantId: number }; result: string[] }
  /** Pending commissions whose hold has ended, in its order, behind the one named. */
  due: { query: { nowMs: number; after: DueCommission | undefined; limit: number }; result: DueCommission[] }
  /** A set-up link that was not used yet. */
  link: { query: { tokenHash: string }; result: SetupLink | undefined }
  ready: { query: Record<string, never>; result: boolean }
}
