import type { CommissionStatus, ConversionKind, Mode, Money, RejectionReason } from '../../shared/domain.ts'
import type { PayoutStatus } from '../../shared/engine/payout.ts'
import type { EventKind } from '../../shared/wire/events.ts'

/** What an affiliate earned, in the currency of the order. */
export interface Earned {
  affiliateId: string
  minor: number
}

/** An order by the names that it has. */
interface OfOrder {
  conversionId: string
  conversionNumber: number
  externalId: string | null
}

interface OfCommission {
  commissionId: string
  commissionNumber: number
  affiliateId: string
  /** Of the order that it is of, where it has one. */
  externalId: string | null
}

/** An order as a receipt found it: `attributed` is false where nobody won. */
type Judged = OfOrder & { conversionKind: ConversionKind; amount: Money; attributed: boolean; earned: Earned[] }

/** What happened, with what is to be told of it: nobody's address, and no session. */
export type Happening =
  /** `joinedTo` is the click that it counts as, where it is not one of its own; the host is null for a redirect link. */
  | { kind: 'click'; clickId: string; code: string; campaign: string | null; host: string | null; isBot: boolean; isAdopted: boolean; joinedTo: string | null }
  | { kind: 'identify'; toldBy: string }
  | { kind: 'forgotten'; clicks: number }
  | ({ kind: 'conversion' | 'settlement' } & Judged)
  /** What it took of the order's amount. */
  | ({ kind: 'refund'; refundId: string; amount: Money } & OfOrder)
  /** What is left of the commission as it stands now. */
  | ({ kind: 'approval'; amount: Money } & OfCommission)
  | ({ kind: 'rejection'; amount: Money; reason: RejectionReason | null } & OfCommission)
  | ({ kind: 'credit'; amount: Money; status: CommissionStatus } & OfCommission)
  | { kind: 'payout'; payoutId: string; payoutNumber: number; affiliateId: string; amount: Money; status: PayoutStatus }
  | { kind: 'audit'; actor: string; action: string; subject: string }

/** Numbers are a merchant's own, and without gaps. */
export type Event = { number: number; atMs: number; mode: Mode } & Happening

export interface EventFilter {
  merchantId: number
  limit: number
  mode: Mode
  /** All kinds when it is null. */
  kinds: EventKind[] | null
  /** Only what was recorded at this time or later. */
  sinceMs?: number | null
}

export interface EventPage {
  events: Event[]
  /** Up to where was looked: the next page is behind it. */
  upTo: number
  /** The oldest number that is kept; 0 when there is none. */
  oldest: number
}

export interface EventQueries {
  /** What happened after a number of the journal, in the order in which it was recorded. */
  events: { query: EventFilter & { afterNumber: number }; result: EventPage }
  /** The newest of it, in the same order. */
  lastEvents: { query: EventFilter; result: EventPage }
  /** A figure that changes when another process has written. */
  writtenByOthers: { query: Record<string, never>; result: number }
}
