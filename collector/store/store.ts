import type { AffiliateStanding, Arrival, Merchant, Trigger } from '../../shared/domain.ts'
import type { Decision, Entry as EngineEntry } from '../../shared/engine/record.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { CampaignPolicy, MerchantTerms, Rate, RateScope } from '../../shared/engine/terms.ts'
import type { BookRows } from './book-rows.ts'
import type { ApiKey } from './keys.ts'
import type { Needs } from './needs.ts'
import type { AffiliateProfile } from './profile.ts'
import type { AffiliateErased, PersonErased } from './person.ts'
import type { ClickDay, Queries } from './queries.ts'
import type { CouponBook, CouponNotes, Referral } from './referrals.ts'

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

  /** Lets `look` read the whole book as it stands at one instant, however much is written meanwhile. */
  snapshot<R>(look: (book: Snapshot) => Promise<R>): Promise<R>

  /**
   * Brings what was erased out of the files for good: what was deleted is overwritten, and the log beside the database emptied.
   * False where somebody reads on in the log; then it is to be asked for again.
   */
  scrub(): Promise<boolean>

  /** Resolves when all that was asked for is on disk, then lets go of the database. */
  close(): Promise<void>
}

/** What one who only reads is given. */
export interface Snapshot extends Pick<Store, 'read' | 'directory'> {
  /** Everything, as it is stored. */
  rows: BookRows
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
  /** With which clicks one of its session is counted, as of now. */
  countedAs: (click: Pick<Arrival, 'code' | 'campaign' | 'host' | 'mode' | 'occurredAtMs'>) => ClickDay
}

/** Which click an arrival counts as, and whether it made it. */
export interface Appended {
  clickId: string
  created: boolean
}

/** One-time link of the set-up page; without a merchant it may make the first one. */
export interface SetupLink {
  tokenHash: string
  merchantId: number | null
  expiresAtMs: number
}

/** A site that a merchant says is theirs; it counts once that is proved. */
export interface Claim {
  merchantId: number
  host: string
  createdAtMs: number
  provedAtMs: number | null
}

/** What an affiliate's address is for. */
export type AddressUse = 'login' | 'payout'

/** All settings in memory, replaced as a whole when any of them changes. */
export interface Directory {
  merchants: ReadonlyMap<number, Settings>
  /** Merchant by site, of the sites that are proved. */
  sites: ReadonlyMap<string, number>
  /** All sites, also those that are only claimed, oldest first. */
  claims: Claim[]
  /** Who affiliates are, by their ids. */
  profiles: ReadonlyMap<string, AffiliateProfile>
  /** Where they want to be paid. */
  payoutEmails: ReadonlyMap<string, string>
  /** What is kept of coupons beside their triggers, by merchant. */
  coupons: ReadonlyMap<number, CouponBook>
  /** Keys in use, by the hash of their secret. */
  keys: ReadonlyMap<string, ApiKey>
}

export type Entry =
  | EngineEntry
  | { kind: 'merchant'; merchant: Merchant; createdAtMs: number }
  | { kind: 'merchant_version'; merchantId: number; version: number; validFromMs: number; value: MerchantTerms }
  | ({ kind: 'site' } & Claim)
  | { kind: 'site_proved'; merchantId: number; host: string; provedAtMs: number }
  | { kind: 'user'; merchantId: number; email: string; createdAtMs: number }
  | { kind: 'campaign'; merchantId: number; id: string; createdAtMs: number }
  | { kind: 'campaign_version'; merchantId: number; id: string; version: number; validFromMs: number; value: CampaignPolicy }
  | { kind: 'special_rate'; merchantId: number; campaignId: string; scope: RateScope; version: number; validFromMs: number; value: Rate | null }
  | { kind: 'affiliate'; merchantId: number; id: string; createdAtMs: number }
  | { kind: 'affiliate_version'; merchantId: number; id: string; version: number; validFromMs: number; value: AffiliateStanding }
  | { kind: 'affiliate_profile'; merchantId: number; affiliateId: string; value: AffiliateProfile; validFromMs: number }
  /** Salted and stretched; the password itself is kept nowhere. */
  | { kind: 'password'; merchantId: number; affiliateId: string; hash: string; setAtMs: number }
  | { kind: 'affiliate_address'; merchantId: number; affiliateId: string; use: AddressUse; address: string; identity: string; validFromMs: number }
  | { kind: 'code'; merchantId: number; code: string; affiliateId: string; validFromMs: number }
  | { kind: 'enrolment'; merchantId: number; affiliateId: string; campaignId: string; enrolledAtMs: number }
  | { kind: 'enrolment_ended'; merchantId: number; affiliateId: string; campaignId: string; leftAtMs: number }
  | { kind: 'trigger'; trigger: NewTrigger }
  | { kind: 'trigger_ended'; merchantId: number; id: string; endedAtMs: number }
  /** One that came after the coupon's first trigger, whose id names it. */
  | { kind: 'coupon_trigger'; merchantId: number; triggerId: string; coupon: string }
  | { kind: 'coupon_version'; merchantId: number; coupon: string; validFromMs: number; value: CouponNotes }
  | { kind: 'referral'; referral: Omit<Referral, 'number'> }
  | { kind: 'referral_assigned'; merchantId: number; number: number; affiliateId: string }
  | { kind: 'referral_erased'; merchantId: number; identity: string }
  | { kind: 'key'; key: ApiKey }
  /** Another key takes its place: it goes on until then. */
  | { kind: 'key_ending'; merchantId: number; id: string; endsAtMs: number }
  | { kind: 'key_revoked'; merchantId: number; id: string; revokedAtMs: number }
  | { kind: 'setup_link'; link: SetupLink }
  | { kind: 'setup_link_used'; tokenHash: string; usedAtMs: number }
  /** From now on its clicks are of a session that nobody knows. */
  | { kind: 'session_forgotten'; merchantId: number; session: string; nameless: string; atMs: number }
  | ({ kind: 'person_erased' } & PersonErased)
  | ({ kind: 'affiliate_erased' } & AffiliateErased)
  /** Texts that no click bore when the journal had come so far. */
  | { kind: 'texts_forgotten'; merchantId: number; ids: number[]; upTo: number }
  /** Lets go of the oldest of the journal, so many at a time. */
  | { kind: 'journal_trimmed'; merchantId: number; keep: number; limit: number }
  | { kind: 'answer'; key: AnswerKey; answer: Answer }
  /** What an answer with status 0 has become: it could be told only once its effect was on disk. */
  | { kind: 'answer_told'; key: AnswerKey; status: number; body: string }
  | { kind: 'answers_expired'; beforeMs: number }

/** A trigger as it is assigned; its number comes from the store. */
export type NewTrigger = Omit<Trigger, 'number' | 'endedAtMs'>

/** Under what an answer is kept for a repeated call (DESIGN section 5, `Idempotency-Key`). */
export interface AnswerKey {
  merchantId: number
  route: string
  keyHash: string
}

/** In the place of a status: the answer was erased with the person it told of. The call must not be done again, and has nothing to tell. */
export const ERASED = -1

export interface Answer {
  bodyHash: string
  status: number
  body: string
  createdAtMs: number
}
