/** What another system tells of an order, and what becomes of it here. */
import type { Conversion, Identifier, Order } from '../domain.ts'
import type { At } from './lifecycle.ts'
import type { Receipt } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import type { Settings } from './settings.ts'

/** How another system says that a commission stands. */
export type ImportedState = 'pending' | 'approved' | 'paid' | 'denied' | 'unqualified'

/** What another system had booked of an order. */
export interface ImportedCommission {
  affiliateId: string
  /** Its own id there, where it has one. */
  id: string | null
  /** By id or number; null is the affiliate's own. */
  campaign: string | null
  /** Before refunds, in minor units of the order's currency. */
  minor: number
  state: ImportedState
  /** The payout that it was in. */
  payout: string | null
  /** When it was paid, where that is told. */
  paidAtMs: number | null
  /** A file of payouts is to say what it was paid with. */
  waits: boolean
}

/** An order with what another system had decided about it. */
export interface ImportedOrder {
  order: Order
  identifiers: Identifier[]
  /** The system's name. */
  from: string
  /** What was given back in all so far, in minor units of the order's amount; null is everything. */
  refundedMinor: number | null
  /** When the commission was booked, and when what was given back was, where that is told. */
  bookedAtMs: number
  refundedAtMs: number | null
  /** Null: nobody earns from it. */
  commission: ImportedCommission | null
}

export interface ImportFacts {
  settings: Settings
  /** The conversion that holds the order id already. */
  conversion: (Conversion & { receipts: Receipt[] }) | undefined
  /** What the affiliate owes, in minor units. */
  owed: bigint
}

/** What became of a row: it was written, it was there already, or it is there and says something else. */
export type ImportOutcome =
  /** `awaits`: a commission that was paid waits for the payout that says so; `later`: what was given back after the payment is booked once the payment is. */
  | { outcome: 'written' | 'known'; awaits?: boolean; later?: boolean }
  | { outcome: 'differs' | 'refused'; field: string; why: string }

/** The order so far, and the rows that make it so. */
export interface ImportStep {
  entries: Entry[]
  conversion: Conversion & { receipts: Receipt[] }
}

/** What a row is decided on. */
export interface Importing {
  facts: ImportFacts
  told: ImportedOrder
  at: At
}

export const failed = (outcome: 'differs' | 'refused', field: string, why: string): Decision<ImportOutcome> => ({ entries: [], result: { outcome, field, why } })

/** What a commission or payout of another system is noted with: by this it is found again. */
export const importedNote = (from: string, { payout, paid }: { payout: string | null; paid: boolean }): string =>
  `imported from ${from}${payout === null ? (paid ? ', paid' : '') : `, payout ${payout}`}`
