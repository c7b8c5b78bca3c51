import type { Identifier, Mark, Refund, Trigger } from '../../shared/domain.ts'
import { isWin } from '../../shared/engine/attribution.ts'
import { basesOf, unitsOf } from '../../shared/engine/base.ts'
import { explainMark, explainReasons, explainResult, explainTouch, viewOf, wholeVolume, whose, type Names, type Reader, type View } from '../../shared/engine/explain.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import { parseRational, rationalText } from '../../shared/engine/money.ts'
import { decidingReceipt, isJudged, type Receipt } from '../../shared/engine/receipt.ts'
import { inForce, type Settings } from '../../shared/engine/settings.ts'
import { dateText, listText, withoutEmails } from '../../shared/engine/words.ts'
import type { ConversionRecord } from '../store/queries.ts'
import { historyText, type ConversionBook } from './commission-history.ts'
import { toCommission, type CommissionView } from './commission-view.ts'
import { unknownConversion } from './conversion-names.ts'

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

/** The receipt that tells of an order: what it was won by, else the newest that looked for a winner; credits are told beside it. */
function receiptOf(receipts: Receipt[]): Receipt | undefined {
  const looked = receipts.filter(({ inputs }) => inputs.kind !== 'credit')
  return decidingReceipt(looked) ?? looked.at(-1) ?? receipts.at(-1)
}

/**
 * A conversion with what it earned and why: every touch with its verdict, and the same in sentences. Complete for its
 * merchant; for an affiliate only their own part (`explain-view.ts` says what that is), and nothing that adds up to others'.
 * Throws `NOT_FOUND` for an affiliate of whom nothing is known on it, as if there were no such order.
 */
export function toReceipt(record: ConversionBook, settings: Settings, reader: Reader = 'merchant') {
  const { order, number } = record
  const names = namesIn(settings)
  const receipt = receiptOf(record.receipts)
  if (reader !== 'merchant' && !isKnownOn(record, reader)) throw unknownConversion()
  const view = receipt && viewOf(receipt, reader)
  const isOwn = reader === 'merchant' ? () => true : ({ affiliateId }: { affiliateId: string }) => affiliateId === reader.affiliateId
  const commissions = record.commissions.filter(isOwn).map((commission) => toCommission(commission, { record, names, settings, reader }))
  return {
    conversionId: order.id, number, externalId: reader === 'merchant' || order.externalId === null ? order.externalId : withoutEmails(order.externalId), ...(reader === 'merchant' ? moneyOf(record) : { currency: order.amount.currency }), kind: order.kind, mode: order.mode,
    occurredAt: iso(order.occurredAtMs), receivedAt: iso(order.receivedAtMs), ...standingOf(record, { reader, view, commissions }),
    lines: linesOf(record, { receipt, view, reader }), touches: view?.touches.map((seen) => toTouch(seen, view, names)) ?? [],
    moreTouches: view?.more ?? 0,
    commissions, refunds: reader === 'merchant' ? record.refunds.map(toRefund) : [],
    engine: receipt?.engine ?? null, usage: usageOf(record.receipts, reader), text: textOf(record, { settings, names, reader, commissions }),
  }
}

/** Whether an affiliate has a commission on an order, or a touch that it was judged by. */
const isKnownOn = ({ commissions, receipts }: ConversionRecord, reader: Exclude<Reader, 'merchant'>): boolean =>
  commissions.some(({ affiliateId }) => affiliateId === reader.affiliateId) || toldOf(receipts).some((receipt) => viewOf(receipt, reader).touches.length > 0)

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
  if (reader === 'merchant') return order.lines.map(({ sku, quantity, minor }, line) => ({ line: line + 1, sku, quantity, minor, baseMinor: bases[line] ?? 0 }))
  const own = new Set([...(view?.earnings ?? []), ...creditsOf(receipts, receipt).flatMap((credit) => viewOf(credit, reader).earnings)].flatMap(({ parts }) => parts.flatMap((part) => part.lines)))
  // A SKU that is another affiliate's trigger would name them; what the shop sells besides is no secret.
  const others = new Set(receipt?.inputs.touches.filter(({ evidence, affiliateId }) => evidence === 'sku' && affiliateId !== reader.affiliateId).map(({ code }) => code))
  // By the value of what was limited for all winners together, and their own part of it, they would know the others'.
  const isWithheld = view?.stories.some((story) => story.isWithheld) ?? false
  const units = unitsOf(order)
  const seen = order.lines.flatMap(({ sku, quantity }, line) => (own.has(line) ? [{ sku: sku !== null && others.has(sku) ? null : sku, quantity: units[line]?.quantity ?? quantity, baseMinor: isWithheld ? null : (bases[line] ?? 0) }] : []))
  // Numbered as they are seen: a gap would tell that there is a line of somebody else's.
  return seen.map((line, index) => ({ line: index + 1, ...line }))
}

function toTouch({ index, touch, verdict, weight }: View['touches'][number], view: View, names: Names) {
  const { affiliateId, campaignId } = touch
  return {
    eventId: withoutEmails(touch.eventId), evidence: touch.evidence, trigger: touch.trigger?.kind ?? null, code: withoutEmails(touch.code),
    affiliateId, affiliateName: affiliateId === null ? null : withoutEmails(names.affiliate(affiliateId)), campaignId, campaignName: campaignId === null ? null : names.campaign(campaignId),
    occurredAt: iso(touch.occurredAtMs), knownAt: iso(touch.knownAtMs), unverified: touch.unverified, adopted: touch.adopted, verdict, weight, text: explainTouch(view, index, names),
  }
}

const toRefund = ({ id, kind, minor, lines, reason, receivedAtMs }: Refund) => ({ id, kind, amountMinor: minor, baseMinor: lines.reduce((sum, line) => sum + line.minor, 0), lines, reason: reason === null ? null : withoutEmails(reason), receivedAt: iso(receivedAtMs) })

/** What affiliates had behind them when it was decided: volume for tiers, and what was booked for the month's cap. */
function usageOf(receipts: Receipt[], reader: Reader) {
  const used = toldOf(receipts).filter(({ engine }) => engine > 1).flatMap(({ inputs }) => inputs.usage)
  if (reader === 'merchant') return used
  return used.filter(({ affiliateId }) => affiliateId === reader.affiliateId).map((one) => ({ ...one, volume: rationalText(wholeVolume(parseRational(one.volume))) }))
}

/** What a person credited, or another system told, beside what the order was won by. */
const creditsOf = (receipts: Receipt[], main: Receipt | undefined): Receipt[] => receipts.filter((receipt) => receipt !== main && !isJudged(receipt.inputs))

/** The receipts that are told of: the deciding one, then credits. */
function toldOf(receipts: Receipt[]): Receipt[] {
  const main = receiptOf(receipts)
  return main === undefined ? [] : [main, ...creditsOf(receipts, main)]
}

/** Who earns what as of now, the decision with credits by hand, what happened since, and then what became known of the order later. */
function textOf({ receipts, marks, identifiers }: ConversionRecord, { settings, names, reader, commissions }: { settings: Settings; names: Names; reader: Reader; commissions: CommissionView[] }): string[] {
  const [main, ...credits] = toldOf(receipts).map((receipt) => viewOf(receipt, reader))
  if (main === undefined) return []
  const earning = [main, ...credits].filter(({ earnings }) => earnings.length > 0)
  const now = new Map([...Map.groupBy(commissions, ({ affiliateId }) => affiliateId)].map(([id, own]) => [id, own.reduce((sum, { remainsMinor }) => sum + remainsMinor, 0)]))
  // Who lost the order and was credited with it earns from it: that nobody won it is then no result.
  const results = (earning.length > 0 ? earning : [main]).flatMap((view) => explainResult(view, names, now))
  const strange = reader === 'merchant' && earning.length === 0 ? strangeCoupons(identifiers, main) : []
  const since = historyText(commissions.map(({ affiliateId, source, currency, history }) => ({ name: `${whose(affiliateId, names)} ${source === 'raise' ? 'raise' : 'commission'}`, currency, history })), names.affiliate)
  const assigned = assignedSince(main, settings)
  const reasons = [withoutMark(main, assigned.length > 0 ? 'LATE_ARRIVAL' : null), ...credits].flatMap((view) => explainReasons(view, names))
  const later = reader === 'merchant' ? marks.filter((mark) => !main.marks.includes(mark)).map(explainMark) : []
  return [...new Set([...results, ...strange, ...reasons, ...assigned.map((trigger) => assignedText(trigger, names))]), ...since, ...later]
}

/** The coupons that an order named in vain: they are no touches, and the first thing that a merchant looks for. */
function strangeCoupons(identifiers: Identifier[], { touches }: View): string[] {
  const known = new Set(touches.flatMap(({ touch: { trigger, code } }) => (trigger?.kind === 'coupon' ? code : [])))
  const strange = [...new Set(identifiers.flatMap(({ kind, value }) => (kind === 'coupon' && !known.has(value.toUpperCase()) ? value : [])))]
  return strange.length === 0 ? [] : [withoutEmails(`The ${strange.length === 1 ? 'coupon' : 'coupons'} ${listText(strange.map((coupon) => `"${coupon}"`))} on the order ${strange.length === 1 ? 'was' : 'were'} nobody's when it was placed.`)]
}

/** Triggers that a person gave an affiliate after the order, as of before it, and that it was won by: no evidence came late. */
function assignedSince({ order, touches, marks }: View, { triggers }: Settings): Trigger[] {
  if (!marks.includes('LATE_ARRIVAL')) return []
  const winning = touches.filter(({ verdict, touch }) => touch.trigger !== null && isWin(verdict))
  return [...triggers.values()].flat().filter(({ kind, value, affiliateId, validFromMs, recordedAtMs }) => validFromMs <= order.occurredAtMs && winning.some(({ touch }) =>
    // Of an e-mail a receipt holds no more than a number, which such a trigger had not yet.
    touch.trigger?.kind === kind && touch.affiliateId === affiliateId && touch.knownAtMs <= recordedAtMs && (kind === 'email' || touch.code === value)))
}

const withoutMark = (view: View, mark: Mark | null): View => ({ ...view, marks: view.marks.filter((one) => one !== mark) })

function assignedText({ kind, value, number, affiliateId, validFromMs, recordedAtMs }: Trigger, names: Names): string {
  const what = kind === 'email' ? `e-mail trigger #${number}` : `${kind === 'sku' ? 'SKU' : 'coupon'} ${value}`
  return withoutEmails(`The ${what} was assigned to ${names.affiliate(affiliateId)} by hand on ${dateText(recordedAtMs)}, after the order, as of ${dateText(validFromMs)}; the order was judged as of its own time, and settled then.`)
}
