import type { Refund } from '../../shared/domain.ts'
import { basesOf, unitsOf } from '../../shared/engine/base.ts'
import { explain, explainMark, explainTouch, viewOf, type Names, type Reader, type View } from '../../shared/engine/explain.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { decidingReceipt, type Receipt } from '../../shared/engine/receipt.ts'
import { inForce, type Settings } from '../../shared/engine/settings.ts'
import { withoutEmails } from '../../shared/engine/words.ts'
import type { ConversionRecord } from '../store/queries.ts'
import { toCommission, type CommissionView } from './commission-view.ts'

export { codeOf } from './commission-view.ts'
export { rateText } from '../../shared/engine/words.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** Names of today for the ids on a receipt. */
export function namesIn(settings: Settings): Names {
  return {
    affiliate: (id) => settings.affiliates.get(id)?.name ?? id,
    campaign: (id) => {
      const campaign = settings.campaigns.get(id)
      return campaign === undefined ? id : inForce(campaign.versions, Number.MAX_SAFE_INTEGER).value.name
    },
  }
}

/** The receipt that tells of an order: what it was won by, else the newest that looked for a winner. */
export const receiptOf = <R extends Receipt>(receipts: R[]): R | undefined => decidingReceipt(receipts) ?? receipts.at(-1)

/**
 * A conversion with what it earned and why: every touch with its verdict, and the same in sentences. Complete for its
 * merchant; for an affiliate only their own part (`explain-view.ts` says what that is), and nothing that adds up to others'.
 */
export function toReceipt(record: ConversionRecord, settings: Settings, reader: Reader = 'merchant') {
  const { order, number } = record
  const names = namesIn(settings)
  const receipt = receiptOf(record.receipts)
  const view = receipt && viewOf(receipt, reader)
  const isOwn = reader === 'merchant' ? () => true : ({ affiliateId }: { affiliateId: string }) => affiliateId === reader.affiliateId
  const commissions = record.commissions.filter(isOwn).map((commission) => toCommission(commission, { record, names, settings, reader }))
  return {
    conversionId: order.id, number, externalId: reader === 'merchant' || order.externalId === null ? order.externalId : withoutEmails(order.externalId), ...(reader === 'merchant' ? moneyOf(record) : { currency: order.amount.currency }), kind: order.kind, mode: order.mode,
    occurredAt: iso(order.occurredAtMs), receivedAt: iso(order.receivedAtMs), ...standingOf(record, { reader, view, commissions }),
    lines: linesOf(record, { receipt, view, reader }), touches: view?.touches.map((seen) => toTouch(seen, view, names)) ?? [],
    moreTouches: view?.more ?? 0,
    commissions, refunds: reader === 'merchant' ? record.refunds.map(toRefund) : [],
    engine: receipt?.engine ?? null, usage: usageOf(record.receipts, reader), text: textOf(record, names, reader),
  }
}

const moneyOf = ({ order: { amount, discountMinor, taxMinor, pricesIncludeTax, commissionMinor, subscriptionId } }: ConversionRecord) =>
  ({ amountMinor: amount.minor, currency: amount.currency, discountMinor, taxMinor, pricesIncludeTax, commissionMinor, subscriptionId })

/** Whether and how far it is won: for an affiliate by their own commissions alone. */
function standingOf({ attributed, marks, commissions: all }: ConversionRecord, { reader, view, commissions }: { reader: Reader; view: View | undefined; commissions: CommissionView[] }) {
  if (reader === 'merchant') return { status: conversionStatus(all, attributed), attributed, marks }
  const own = commissions.map(({ status }) => ({ status }))
  return { status: own.length === 0 ? null : conversionStatus(own, true), attributed: own.length > 0, marks: view?.marks ?? [] }
}

/** The order's lines with what each counts for; for an affiliate those that their own commission rests on. */
function linesOf({ order, receipts }: ConversionRecord, { receipt, view, reader }: { receipt: Receipt | undefined; view: View | undefined; reader: Reader }) {
  const bases = basesOf(order)
  const lines = order.lines.map(({ sku, quantity, minor }, line) => ({ line: line + 1, sku, quantity, minor, baseMinor: bases[line] ?? 0 }))
  if (reader === 'merchant') return lines
  const own = new Set([...(view?.earnings ?? []), ...creditsOf(receipts, receipt).flatMap((credit) => viewOf(credit, reader).earnings)].flatMap(({ parts }) => parts.flatMap((part) => part.lines)))
  // A SKU that is another affiliate's trigger would name them; what the shop sells besides is no secret.
  const others = new Set(receipt?.inputs.touches.filter(({ evidence, affiliateId }) => evidence === 'sku' && affiliateId !== reader.affiliateId).map(({ code }) => code))
  return lines.filter((_, line) => own.has(line)).map(({ sku, quantity, line, baseMinor }) => ({ line, sku: sku !== null && others.has(sku) ? null : sku, quantity: unitsOf(order)[line - 1]?.quantity ?? quantity, baseMinor }))
}

function toTouch({ index, touch, verdict, weight }: View['touches'][number], view: View, names: Names) {
  const { affiliateId, campaignId } = touch
  return {
    eventId: withoutEmails(touch.eventId), evidence: touch.evidence, trigger: touch.trigger?.kind ?? null, code: withoutEmails(touch.code),
    affiliateId, affiliateName: affiliateId === null ? null : withoutEmails(names.affiliate(affiliateId)), campaignId, campaignName: campaignId === null ? null : names.campaign(campaignId),
    occurredAt: iso(touch.occurredAtMs), knownAt: iso(touch.knownAtMs), unverified: touch.unverified, adopted: touch.adopted, verdict, weight, text: explainTouch(view, index, names),
  }
}

const toRefund = ({ id, kind, minor, lines, reason, receivedAtMs }: Refund) => ({ id, kind, amountMinor: minor, baseMinor: lines.reduce((sum, line) => sum + line.minor, 0), lines, reason, receivedAt: iso(receivedAtMs) })

/** What affiliates had behind them when it was decided: volume for tiers, and what was booked for the month's cap. */
function usageOf(receipts: Receipt[], reader: Reader) {
  const main = receiptOf(receipts)
  const used = [...(main === undefined ? [] : [main]), ...creditsOf(receipts, main)].filter(({ engine }) => engine > 1).flatMap(({ inputs }) => inputs.usage)
  return used.filter(({ affiliateId }) => reader === 'merchant' || affiliateId === reader.affiliateId)
}

/** Credits by hand beside what the order was won by. */
const creditsOf = (receipts: Receipt[], main: Receipt | undefined): Receipt[] => receipts.filter((receipt) => receipt !== main && receipt.inputs.kind === 'credit')

/** The decision in sentences, then credits by hand, then what became known of the order later. */
function textOf({ receipts, marks }: ConversionRecord, names: Names, reader: Reader): string[] {
  const main = receiptOf(receipts)
  if (main === undefined) return []
  const credits = creditsOf(receipts, main).filter((credit) => reader === 'merchant' || viewOf(credit, reader).earnings.length > 0)
  const isCreditedOnly = credits.length > 0 && viewOf(main, reader).touches.length === 0
  const told = [...(isCreditedOnly ? [] : explain(main, names, reader)), ...credits.flatMap((credit) => explain(credit, names, reader))]
  const later = reader === 'merchant' ? marks.filter((mark) => !main.outcome.marks.includes(mark)).map(explainMark) : []
  return [...new Set([...told, ...later])]
}
