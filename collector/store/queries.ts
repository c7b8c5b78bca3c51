import type { Commission, CommissionStatus, Conversion, Mode } from '../../shared/domain.ts'
import type { Adjustment } from '../../shared/engine/adjust.ts'
import type { PayoutMove } from '../../shared/engine/fold.ts'
import type { Account, NumberedTransaction } from '../../shared/engine/ledger.ts'
import type { Payout, PayoutStatus } from '../../shared/engine/payout.ts'
import type { Receipt } from '../../shared/engine/receipt.ts'
import type { Audit } from '../../shared/engine/record.ts'
import type { FirstPayment } from '../../shared/engine/renewal.ts'
import type { ReplayColumns } from '../../shared/engine/replay-columns.ts'
import type { CommissionPart } from '../../shared/engine/settle.ts'
import type { CampaignQuery, CampaignTotals, TimelineQuery, TimelineRow } from './campaign-totals.ts'
import type { EventQueries } from './events.ts'
import type { CommissionPageFilter, ConversionPageFilter, ListedCommission, Page, PayoutPageFilter } from './pages.ts'
import type { PersonQueries } from './person.ts'
import type { ReferralPageFilter, ReferralRecord } from './referrals.ts'
import type { Answer, AnswerKey, SetupLink } from './store.ts'
import type { AffiliateTotals, ConversionTotals, ConversionTotalsQuery, SummedColumns, TotalsQuery } from './totals.ts'

/** Counted clicks of one quarter of an hour, numbered since 1970. */
export interface ClickQuarter {
  quarter: number
  mode: Mode
  code: string
  clicks: number
}

/** Whose clicks of one day in the merchant's zone are counted together; the campaign is empty where none was open. */
export interface ClickDay {
  day: string
  mode: Mode
  campaignId: string
  affiliateId: string
}

export interface DailyClicks extends ClickDay {
  clicks: number
}

export interface DueCommission {
  merchantId: number
  id: string
  approvableAtMs: number
}

export type ConversionName = { id: string } | { number: number } | { externalId: string; mode?: Mode }

/** Which commissions, by number; what is null or absent does not matter. */
export interface CommissionFilter {
  merchantId: number
  afterNumber: number
  limit: number
  affiliateId?: string | undefined
  status?: CommissionStatus | undefined
  mode?: Mode | undefined
}

export interface PayoutFilter {
  merchantId: number
  afterNumber: number
  limit: number
  affiliateId?: string | undefined
  status?: PayoutStatus | undefined
}

/** A receipt as it is kept. */
export interface StoredReceipt extends Receipt {
  /** Its digest is that of what stands in it. */
  isGenuine: boolean
  /** Receipts are numbered as they are written; instants do not tell, because several share one and clocks are set back. */
  written: number
}

/** A subscription's first payment, with its receipt as it is kept. */
export interface StoredFirstPayment extends FirstPayment {
  /** Of its order. */
  number: number
  receipt: StoredReceipt
}

export interface ConversionRecord extends Conversion {
  number: number
  commissions: (Commission & { number: number })[]
  receipts: StoredReceipt[]
}

/** A commission with all that was booked about it; transactions are numbered in the order in which they were written. */
export interface CommissionBook {
  commission: Commission & { number: number }
  adjustments: Adjustment[]
  transactions: NumberedTransaction[]
  /** Payouts that hold it and were not taken back. */
  payouts: string[]
  /** What was done with the payouts that ever held it. */
  moves: (PayoutMove & { atMs: number })[]
  /** Credits that raises of it became. */
  raises: { commission: Commission; transactions: NumberedTransaction[] }[]
  /** What it is made of, as sums are taken of it. */
  parts: StoredPart[]
}

/** A part as it is kept, with what it is found by. */
export interface StoredPart extends CommissionPart {
  affiliateId: string
  currency: string
  mode: Mode
  conversionNumber: number
}

/** One page of a merchant's book, for `verify`; a row that cannot be read says so, and keeps no other from being looked at. */
export interface BookPage {
  conversions: BookRow[]
}
export type BookRow = { number: number; record: ConversionRecord; commissions: CommissionBook[]; summed: SummedColumns } | { number: number; unreadable: string }

export interface BookedBefore {
  merchantId: number
  affiliateId: string
  campaignId: string
  currency: string
  mode: Mode
  month: string
  /** The commission's number. */
  before: number
}

/** A row that belongs to nothing. */
export interface Stray {
  what: string
  /** What can be looked at, by its id. */
  noun: 'conversion' | 'commission' | 'payout' | null
  id: string | null
}

/** How far a noun's numbers have come, and which of them no row has. */
export interface Numbers {
  noun: 'campaign' | 'affiliate' | 'trigger' | 'conversion' | 'commission' | 'transaction' | 'payout' | 'audit'
  taken: number
  highest: number
  /** The last number of each gap, a few of them. */
  missing: number[]
}

export interface AuditRow extends Omit<Audit, 'detail'> {
  number: number
  detail: string
  previous: string
  digest: string
  /** Its digest is that of what stands in it. */
  isGenuine: boolean
}

export interface Balance {
  mode: Mode
  currency: string
  account: Account
  affiliateId: string | null
  minor: bigint
}

export interface ReplayQuery {
  merchantId: number
  mode: Mode
  /** Orders from this instant to before that one. */
  fromMs: number
  toMs: number
  /** Read no order when there are more; no limit when not given. */
  most?: number
  progress?: ReplayProgress
}

/** Told every now and then how far it is. */
export type ReplayProgress = (what: string, done: number, total: number) => void

/** Facts for a replay, in columns. */
export interface ReplayFacts {
  /** Orders that there are; none is in the columns when they are more than was asked for. */
  total: number
  columns: ReplayColumns
}

export interface Queries extends EventQueries, PersonQueries {
  conversion: { query: { merchantId: number; name: ConversionName }; result: ConversionRecord | undefined }
  conversionPage: { query: ConversionPageFilter; result: Page<Conversion & { number: number; commissions: (Commission & { number: number })[] }> }
  /** The same rows without counting them, for one who reads on: those below a number. */
  conversionsBefore: { query: ConversionPageFilter & { beforeNumber: number }; result: Queries['conversionPage']['result']['rows'] }
  commissionPage: { query: CommissionPageFilter; result: Page<ListedCommission> }
  payoutPage: { query: PayoutPageFilter; result: Page<Payout & { number: number }> }
  /** The highest number of a merchant's conversions; 0 when there are none. */
  lastNumber: { query: { merchantId: number }; result: number }
  /** Conversions after a number, oldest first, each with all that belongs to it. */
  book: { query: { merchantId: number; afterNumber: number; limit: number }; result: BookPage }
  /** Credits of no order, by their numbers. */
  credits: { query: { merchantId: number; afterNumber: number; limit: number }; result: CommissionBook[] }
  commissions: { query: CommissionFilter; result: (Commission & { number: number })[] }
  payouts: { query: PayoutFilter; result: { payout: Payout & { number: number }; transactions: NumberedTransaction[] }[] }
  payout: { query: { merchantId: number; name: string }; result: (Payout & { number: number }) | undefined }
  commission: { query: { merchantId: number; name: string }; result: CommissionBook | undefined }
  /** Counted clicks by code and quarter of an hour. */
  clickQuarters: { query: { merchantId: number }; result: ClickQuarter[] }
  dailyClicks: { query: { merchantId: number }; result: DailyClicks[] }
  balances: { query: { merchantId: number }; result: Balance[] }
  audit: { query: { merchantId: number; afterNumber: number; limit: number }; result: AuditRow[] }
  /** Numbers are taken one after the other, in the transaction that uses them: none may be missing. */
  numbers: { query: { merchantId: number }; result: Numbers[] }
  /** The payment that all later ones of a subscription follow, as of now. */
  firstPayment: { query: { merchantId: number; mode: Mode; subscriptionId: string }; result: StoredFirstPayment | undefined }
  /** Merchants of whom there are orders or bookings, and no row: there should be none. */
  unknownMerchants: { query: Record<string, never>; result: number[] }
  /** What an affiliate was booked in a campaign and month before a commission, in minor units: the month's cap looks at it. */
  bookedBefore: { query: BookedBefore; result: bigint }
  campaignTotals: { query: CampaignQuery; result: CampaignTotals }
  /** One row a bucket. */
  campaignTimeline: { query: TimelineQuery; result: TimelineRow[] }
  /** Commissions by number, oldest first, each with its order. */
  listedCommissions: { query: CommissionFilter; result: ListedCommission[] }
  conversionTotals: { query: ConversionTotalsQuery; result: ConversionTotals }
  affiliateTotals: { query: TotalsQuery; result: ReadonlyMap<string, AffiliateTotals> }
  referral: { query: { merchantId: number; mode: Mode; name: { identity: string } | { number: number } }; result: ReferralRecord | undefined }
  referralPage: { query: ReferralPageFilter; result: Page<ReferralRecord> }
  /** Numbers of the customers who are known, by identity. */
  referralNumbers: { query: { merchantId: number; identities: string[] }; result: ReadonlyMap<string, number> }
  /** The answer to a call with this key; its status is 0 until it can be told. */
  answer: { query: AnswerKey; result: Answer | undefined }
  /** Rows that belong to nothing: there should be none. */
  strays: { query: { merchantId: number }; result: Stray[] }
  /** The number that a refund has among the commissions' numbers. */
  cancellationNumber: { query: { merchantId: number; refundId: string }; result: number | undefined }
  /** Pending commissions whose hold has ended, in its order, behind the one named. */
  due: { query: { nowMs: number; after: DueCommission | undefined; limit: number }; result: DueCommission[] }
  /** A set-up link that was not used yet. */
  link: { query: { tokenHash: string }; result: SetupLink | undefined }
  /** What a replay judges anew, and what is booked; in a snapshot, for it is read in many steps. */
  replay: { query: ReplayQuery; result: ReplayFacts }
  ready: { query: Record<string, never>; result: boolean }
}
