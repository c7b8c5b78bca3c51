import type { Evidence, Touch, Verdict } from './attribution.ts'
import { toMajor } from './money.ts'
import type { Receipt } from './receipt.ts'

/** Names for the ids on a receipt, as of today; an id without a name is shown itself. */
export interface Names {
  affiliate: (id: string) => string
  campaign: (id: string) => string
}

const NOUN: Record<Evidence, string> = {
  click_id: 'link (the order names this click)',
  session: 'link (same session as the order)',
  affiliate_code: 'code (named on the order)',
  identity: 'link (another session of the same customer)',
}

const REASON: Record<Verdict, (days: number) => string> = {
  WON: () => 'won: the latest of the strongest evidence',
  LATER_TOUCH_WON: () => 'lost: a later touch of the same strength won',
  WEAKER_EVIDENCE: () => 'lost: stronger evidence won',
  UNKNOWN_CODE: () => 'does not count: no affiliate has this code',
  MODE_MISMATCH: () => 'does not count: it was a test, and the order is not',
  BOT: () => 'does not count: a bot made it',
  AFTER_CONVERSION: () => 'does not count: it came after the order',
  OUTSIDE_WINDOW: (days) => `does not count: it lies outside the campaign's window of ${days} days`,
  AFFILIATE_INACTIVE: () => 'does not count: the affiliate was not active when the order was placed',
  NOT_ENROLLED: () => 'does not count: the affiliate was in no campaign that covers it',
  CAMPAIGN_ARCHIVED: () => 'does not count: the campaign was archived when the order was placed',
  SELF_REFERRAL: () => 'does not count: the affiliate is the buyer',
}

/** One sentence a touch, as a merchant would tell it. */
export function explainTouch(receipt: Receipt, index: number, names: Names): string {
  const { touches, policies } = receipt.inputs
  const touch = touches[index]
  const verdict = receipt.outcome.verdicts[index]
  if (touch === undefined || verdict === undefined) return ''
  const days = policies.find(({ campaignId }) => campaignId === touch.campaignId)?.windowDays ?? 0
  return `${whose(touch, names)} ${NOUN[touch.evidence]} of ${day(touch.occurredAtMs)} ${REASON[verdict](days)}.`
}

/** The whole decision in plain sentences, the result first. */
export function explain(receipt: Receipt, names: Names): string[] {
  const { inputs, outcome } = receipt
  const touches = inputs.touches.map((_, index) => explainTouch(receipt, index, names))
  const rest = inputs.more > 0 ? [`${inputs.more} more ${inputs.more === 1 ? 'touch was' : 'touches were'} known and not considered.`] : []
  return [...resultOf(receipt, names), ...touches, ...rest, ...outcome.marks.flatMap((mark) => MARKS[mark] ?? [])]
}

function resultOf({ inputs, outcome }: Receipt, names: Names): string[] {
  if (!outcome.attributed) return [inputs.touches.length === 0 ? 'Nobody earns from this order: no affiliate link, code or known customer leads to it.' : 'Nobody earns from this order: none of the touches below counts.']
  return outcome.earnings.map(({ affiliateId, campaignId, amount }) => `${names.affiliate(affiliateId)} earns ${toMajor(amount)} ${amount.currency} in campaign ${names.campaign(campaignId)}.`)
}

const MARKS: Record<string, string> = {
  LATE_ARRIVAL: 'The evidence arrived after the order, and the order was settled then.',
  CAPPED: 'The commission was limited to the value of the order.',
  NO_RATE_FOR_CURRENCY: "The campaign has no rate in the order's currency, so nothing was earned.",
  UNVERIFIED_IDENTITY: "Only a browser tied this click to the customer; such commissions are watched before approval.",
  IDENTITY_CONFLICT: "More than one customer claimed the order's session; the first one counts.",
}

const whose = (touch: Touch, names: Names): string => (touch.affiliateId === null ? `"${touch.code}":` : `${names.affiliate(touch.affiliateId)}'s`)
const day = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
