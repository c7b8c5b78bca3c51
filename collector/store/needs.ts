import type { Affiliate, Commission, Conversion, Identifier, Mode, Order, Trigger, TriggerKind } from '../../shared/domain.ts'
import type { ImportedPayoutFacts } from '../../shared/engine/import-payout.ts'
import type { ImportFacts } from '../../shared/engine/imported.ts'
import type { Payout, PayoutFacts } from '../../shared/engine/payout.ts'
import type { CustomerHistory } from '../../shared/engine/record.ts'
import type { Settings } from '../../shared/engine/settings.ts'
import type { UsageFact, UsageNeed } from '../../shared/engine/usage.ts'
import type { PersonCounts, Reach } from './person.ts'
import type { Balance, ConversionName, ConversionRecord } from './queries.ts'
import type { ReferralRecord } from './referrals.ts'
import type { Answer, AnswerKey, Appended, Directory, NewVisit, SetupLink } from './store.ts'

/** Whose history a decision is about. */
export interface CustomerNeed {
  merchantId: number
  mode: Mode
  order?: Pick<Order, 'kind' | 'site' | 'externalId'>
  sessions: string[]
  identities: string[]
  clicks: string[]
  carts?: string[]
  subscriptionId?: string | null
  /** The sums that the decision will look at, once the rest is known. */
  sums: (history: Omit<CustomerHistory, 'usage'>) => UsageNeed[]
  /** Orders older than this cannot be settled any more. */
  unsettledSinceMs: number
  answer?: AnswerKey | undefined
  /** Whose word on the same order is to be known, too. */
  toldBy?: 'server' | 'browser'
  /** By what its buyer is known, and in what currency it is, where it is paid as it is recorded. */
  paying?: { identifiers: Identifier[]; currency: string } | undefined
}

/** What a decision may be about: what it needs to know, and the facts that it gets. */
export interface Needs {
  customer: { need: CustomerNeed; facts: CustomerHistory & { answer: Answer | undefined; twins: ConversionRecord[]; paying: PayingFacts | undefined } }
  /** A visit that waited in the browser: it is kept, and may settle orders. */
  arrival: { need: CustomerNeed & { visit: NewVisit }; facts: CustomerHistory & Appended }
  settings: { need: { link?: string }; facts: { directory: Directory; nextMerchantId: number; link: SetupLink | undefined } }
  /** A customer by their identity, to say who referred them. */
  referral: { need: { merchantId: number; identity: string; mode: Mode }; facts: { settings: Settings; referral: ReferralRecord | undefined } }
  /** Commissions by id or number; one that is unknown is missing from the facts. */
  commissions: { need: { merchantId: number; names: string[] }; facts: CommissionFacts[] }
  /** An order, to take back from it or to credit it. */
  order: { need: { merchantId: number; name: ConversionName; sums?: (facts: Omit<OrderFacts, 'usage'>) => UsageNeed[]; answer?: AnswerKey | undefined }; facts: OrderFacts | undefined }
  /** What an affiliate has to be paid. */
  payable: { need: { merchantId: number; affiliateId: string; mode: Mode; currency: string }; facts: PayoutFacts }
  /** Payouts by id or number; one that is unknown is missing from the facts. */
  payouts: { need: { merchantId: number; names: string[] }; facts: { payout: Payout & { number: number }; commissions: Commission[] }[] }
  /** Commissions that are to be paid, each with what its affiliate owes. */
  settlement: { need: { merchantId: number; names: string[] }; facts: SettlementFacts[] }
  /** An order that is to be changed as a whole: what is left of it, what it earns, and whether that is paid. */
  orderChange: { need: { merchantId: number; name: ConversionName }; facts: OrderChangeFacts | undefined }
  /** Orders that nobody has won and that name a coupon, a SKU or an e-mail's identity, since a time. */
  open: { need: { merchantId: number; trigger: TriggerKind; value: string; sinceMs: number; sums: CustomerNeed['sums'] }; facts: CustomerHistory }
  /** A person by an identity, with the affiliates who ever had that address. `texts` are looked for in kept answers. */
  person: { need: { merchantId: number; identity: string; texts: string[] }; facts: PersonFacts }
  /** An order that another system tells of, by the id that the shop gave it; `affiliateId` is whose debt may matter. */
  importedOrder: { need: { merchantId: number; order: Pick<Order, 'mode' | 'kind' | 'site' | 'externalId' | 'amount'>; affiliateId: string | null }; facts: ImportFacts }
  /** What another system paid an affiliate, under the notes by which such a payout, and those of single commissions, are known. */
  importedPayout: { need: { merchantId: number; affiliateId: string; mode: Mode; currency: string; note: string; aloneNote: string }; facts: ImportedPayoutFacts }
  /** Nothing to be known: what a job forgets, or books by itself. */
  nothing: { need: { merchantId?: number }; facts: undefined }
}

/** Whose data are asked for, by what they are known, and how much there is of it. */
export interface PersonFacts {
  settings: Settings
  affiliates: Affiliate[]
  /** E-mail triggers that credit by one of their addresses. */
  triggers: Trigger[]
  /** What is looked for in kept answers: the affiliates' addresses, too. */
  texts: string[]
  reach: Reach
  counts: PersonCounts
  /** The kept texts of their visits, by number. */
  visitTexts: number[]
  /** What the affiliates have in their accounts, where that is not zero. */
  balances: Balance[]
}

/** A commission, and what decisions about it may depend on. */
export interface CommissionFacts {
  commission: Commission & { number: number }
  settings: Settings
  /** Its order, where it has one. */
  conversion: Conversion | undefined
  /** Credits that raises of it became. */
  raises: Commission[]
  /** Identities of the buyer, by whatever is known by now: the order's own, and those bound to its sessions. */
  buyers: string[]
  /** The affiliate's commissions in this mode, and how many of them rest on a browser's word alone. */
  booked: { commissions: number; unverified: number }
}

/** A commission that is to be paid, or was. */
export interface SettlementFacts extends CommissionFacts {
  /** What its affiliate owes, in minor units. */
  owed: bigint
  /** The payout that holds it and was not taken back. */
  payout: (Payout & { number: number }) | undefined
}

/** What paying an order rests on that is not there yet. */
export interface PayingFacts extends Pick<CommissionFacts, 'buyers'> {
  /** What each affiliate owes, in minor units; who owes nothing is missing. */
  owed: ReadonlyMap<string, bigint>
}

export interface OrderChangeFacts {
  conversion: ConversionRecord
  /** Its commissions, raises among them, in the order in which they were booked. */
  earned: SettlementFacts[]
}

export interface OrderFacts {
  settings: Settings
  conversion: ConversionRecord
  usage: UsageFact[]
  answer: Answer | undefined
}
