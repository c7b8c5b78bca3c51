import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Affiliate, Arrival, Binding, Campaign, Commission, ConversionKind, Identifier, IdentifierKind, Mode, Order, RejectionReason, Trigger } from '../../shared/domain.ts'
import type { CampaignPolicy, Rate, RateScope } from '../../shared/engine/terms.ts'
import type { AdjustmentType } from '../../shared/engine/adjust.ts'
import { totalOf } from '../../shared/engine/base.ts'
import { paidMinor, type Payout } from '../../shared/engine/payout.ts'
import { judge } from '../../shared/engine/receipt.ts'
import type { RefundRequest } from '../../shared/engine/refund.ts'
import { scopeKey, triggerKey, type Settings } from '../../shared/engine/settings.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { book, type Book } from './book.ts'
import { affiliate, arrival, binding, campaign, campaignPolicy, MAIN, MERCHANT, order, ORDER_MS, shop, START_MS, versions, type Shop } from './builders.ts'

/** What happened, as a merchant tells it: times are days before (negative) or after the order. */
export type Step = (told: Story) => void
/** A book, and what it answered to those who asked for something. */
export type Story = Book & { said: string[] }

export const DAYS = DAY_MS
export const MS = 1
export const atMs = (offset: number): number => ORDER_MS + offset

/** Ana, Ben, Cleo and Dan in one campaign of 10 % and 30 days, with what a story changes of it. */
export const market = (policy: Partial<CampaignPolicy> = {}, { special = [], ...more }: Shop & { special?: ReturnType<typeof rateOf>[] } = {}): Settings =>
  shop({ affiliates: ['ana', 'ben', 'cleo', 'dan'].map((name) => affiliate(name)), campaigns: [campaignWith(MAIN, 1, policy, special)], ...more })
export const campaignWith = (id: string, number: number, policy: Partial<CampaignPolicy> = {}, special: ReturnType<typeof rateOf>[] = []): Campaign =>
  campaign(id, number, versions([START_MS, campaignPolicy(policy)]), new Map(special))
/** A special rate: `rateOf({ affiliateId: 'aff_ana', sku: 'TEE' }, percent('20'))`. */
export const rateOf = ({ affiliateId = null, sku = null }: Partial<RateScope>, rate: Rate, validFromMs = START_MS) => [scopeKey({ affiliateId, sku }), versions<Rate | null>([validFromMs, rate])] as const
/** Affiliates by name, some of them otherwise than the rest. */
export const people = (special: Record<string, Partial<Affiliate>>): Affiliate[] => ['ana', 'ben', 'cleo', 'dan'].map((name) => affiliate(name, special[name]))

type Click = Partial<Omit<Arrival, 'occurredAtMs' | 'receivedAtMs'>> & { at?: number; age?: number }
export const click = (code: string, { at = -DAYS, age = 0, ...more }: Click = {}): Step => (told) =>
  void told.visit(arrival({ id: `${code}${at}`, code, atMs: atMs(at), ageMs: age, ...more }))

type Identify = Partial<Binding> & { at?: number }
export const identify = (identity: string, { at = -DAYS / 24, ...more }: Identify = {}): Step => (told) =>
  void told.identify(binding({ identity, atMs: atMs(at), ...more }))

/** What an order may name and say; it comes from the session `s1` unless it says otherwise. */
type Purchase = Partial<Record<Exclude<IdentifierKind, 'coupon' | 'session'>, string>> & {
  id?: string | null; at?: number; received?: number; session?: string | null; clicks?: string[]; coupons?: string[]; minor?: number; currency?: string; lines?: [sku: string | null, quantity: number, unitMinor: number][]
  discount?: number; tax?: number; taxed?: boolean; shipping?: number; mode?: Mode; kind?: ConversionKind; subscription?: string; commission?: number; site?: string
}

export const buy = (what: Purchase = {}): Step => (told) => {
  const { id = 'KF-1', at = 0, received = at, session = 's1', clicks = [], coupons = [], currency = 'EUR', lines = [], discount = 0, tax = 0, taxed = false, shipping = 0, mode = 'live', kind = 'sale', site = '' } = what
  const items = lines.map(([sku, quantity, unitMinor]) => ({ sku, quantity, minor: quantity * unitMinor }))
  const about = { lines: items, discountMinor: discount, taxMinor: tax, pricesIncludeTax: taxed }
  const minor = what.minor ?? (items.length > 0 ? totalOf({ ...about, shippingMinor: shipping }) : 10_000)
  const reported = { atMs: atMs(at), receivedAtMs: atMs(received) } satisfies Partial<Order> & { atMs: number }
  const identifiers = (['affiliate', 'click', 'code', 'identity', 'customer'] as const).flatMap((name) => (what[name] === undefined ? [] : [{ kind: name, value: what[name], receivedAtMs: atMs(received) }]))
  const named: Identifier[] = [
    ...(session === null ? [] : [{ kind: 'session' as const, value: session, receivedAtMs: atMs(received) }]), ...identifiers,
    ...clicks.map((value) => ({ kind: 'click' as const, value, receivedAtMs: atMs(received) })),
    ...coupons.map((value) => ({ kind: 'coupon' as const, value, receivedAtMs: atMs(received) })),
  ]
  const { conversion, created } = told.report(order({
    ...about, ...reported, id: `cnv_${told.conversions.size + 1}`, externalId: id, amount: { minor, currency }, mode, kind, site, subscriptionId: what.subscription ?? null, commissionMinor: what.commission ?? null,
  }), named)
  // What a call answers is what is kept.
  deepStrictEqual(conversion, told.conversions.get(conversion.order.id))
  if (!created) told.said.push('known')
}

interface Of { of?: string; at?: number }
const LATER = 40 * DAYS

/** A refund of an amount, of units by SKU, or of all that is left. */
export const refund = (what: number | 'full' | Record<string, number> | [sku: string, quantity: number][], { of = 'KF-1', at = LATER, key }: Of & { key?: string } = {}): Step => (told) => {
  const request: RefundRequest = what === 'full' ? { kind: 'full' } : typeof what === 'number' ? { kind: 'amount', minor: what } : { kind: 'items', items: (Array.isArray(what) ? what : Object.entries(what)).map(([sku, quantity]) => ({ sku, quantity })) }
  const conversion = told.kept(of)
  const id = `rfn_${told.said.length}_${conversion.refunds.length}`
  const result = told.refund(conversion, { id, key: key ?? id, request, reason: null }, atMs(at))
  told.said.push(!result.refunded ? result.refused : result.created ? 'refunded' : 'known')
}

const idOf = (name: string): string => `aff_${name}`
/** An affiliate's commission of an order; of a credit of no order (`of: ''`) the newest. */
function commissionOf(told: Story, name: string, of: string): Commission {
  const all = [...told.commissions.values()].filter(({ affiliateId, source }) => affiliateId === idOf(name) && source.kind !== 'raise')
  const found = of === '' ? all.findLast(({ conversionId }) => conversionId === null) : all.find(({ conversionId }) => conversionId === told.kept(of).order.id)
  if (found === undefined) throw new Error(`${name} has no commission of ${of || 'a credit'}`)
  return found
}
const refusedOr = (said: string, result: object): string => ('refused' in result ? String(result.refused) : said)

export const approve = (name: string, { of = 'KF-1', at = LATER }: Of = {}): Step => (told) => void told.said.push(refusedOr('approved', told.approve(commissionOf(told, name, of), atMs(at))))
export const reject = (name: string, { of = 'KF-1', at = LATER, reason = 'denied' }: Of & { reason?: RejectionReason } = {}): Step => (told) => void told.said.push(refusedOr('rejected', told.reject(commissionOf(told, name, of), reason, atMs(at))))
export const adjust = (name: string, type: AdjustmentType, minor: number, { of = 'KF-1', at = LATER }: Of = {}): Step => (told) =>
  void told.said.push(refusedOr('adjusted', told.adjust(commissionOf(told, name, of), { id: `adj_${told.adjustments.length}`, type, minor, reason: null }, atMs(at))))
export const credit = (name: string, minor: number, { approved = false, at = LATER, currency = 'EUR' }: { approved?: boolean; at?: number; currency?: string } = {}): Step => (told) =>
  void told.credit({ merchantId: MERCHANT, mode: 'live', affiliateId: idOf(name), campaignId: null, amount: { minor, currency }, approved, note: null }, atMs(at))
export const creditOrder = (name: string, { of = 'KF-1', at = LATER, approved = false, transfer = false }: Of & { approved?: boolean; transfer?: boolean } = {}): Step => (told) =>
  void told.said.push(refusedOr('credited', told.creditOrder(told.kept(of), { affiliateId: idOf(name), approved, transfer, note: null }, atMs(at))))
/** A payout of all that is approved, or of what these orders earned. */
export const payout = (name: string, { only, currency = 'EUR', at = LATER }: { only?: string[]; currency?: string; at?: number } = {}): Step => (told) => {
  const chosen = only?.map((of) => commissionOf(told, name, of).id)
  told.said.push(refusedOr('made', told.pay(idOf(name), atMs(at), { currency, ...(chosen && { only: chosen }) })))
}
const lastPayout = (told: Story): Payout => {
  const found = [...told.payouts.values()].at(-1)
  if (found === undefined) throw new Error('no payout was made')
  return found
}
const endsAs = (event: 'payout_paid' | 'payout_cancelled' | 'payout_undone', said: string): Step => (told) => void told.said.push(refusedOr(said, told.changePayout(event, lastPayout(told), atMs(LATER))))
export const paid = endsAs('payout_paid', 'paid')
export const cancelled = endsAs('payout_cancelled', 'cancelled')
export const undone = endsAs('payout_undone', 'undone')
/** Pays out what stands approved. */
export const paidOut = (name: string): Step => (told) => [payout(name), paid].forEach((step) => step(told))

/** Assigns a trigger, and settles what it explains. */
export const assign = (one: Trigger, at: number): Step => (told) => {
  const key = triggerKey(one.kind, one.identity ?? one.value)
  told.settings = { ...told.settings, triggers: new Map([...told.settings.triggers, [key, [...(told.settings.triggers.get(key) ?? []), one]]]) }
  told.settle(atMs(at))
}

/** Tells a book what happened, and has the book audited. */
export function tell(settings: Settings, steps: Step[]): Story {
  const told: Story = Object.assign(book(settings), { said: [] })
  for (const step of steps) step(told)
  audit(told)
  return told
}

const total = (minors: number[]): bigint => minors.reduce((sum, minor) => sum + BigInt(minor), 0n)

/** What must hold of every book (ENGINE section 6, `verify`). */
function audit(told: Story): void {
  const commissions = [...told.commissions.values()]
  for (const { engine, inputs, outcome } of told.receipts) deepStrictEqual(judge(JSON.parse(JSON.stringify(inputs)) as typeof inputs, engine), outcome)
  for (const { postings } of told.transactions) deepStrictEqual(total(postings.map(({ minor }) => minor)), 0n)
  for (const { amount, totalMinor, clawedMinor } of commissions) ok(amount.minor < 0 || (clawedMinor >= 0 && clawedMinor <= totalMinor), 'what was clawed is between nothing and all')

  const sums = new Map<string, bigint>()
  for (const { account, minor } of told.transactions.flatMap(({ postings }) => postings)) sums.set(account, (sums.get(account) ?? 0n) + BigInt(minor))
  const open = (status: Commission['status']) => total(commissions.filter((one) => one.status === status).map(({ openMinor }) => openMinor))
  const payouts = (status: Payout['status']) => total([...told.payouts.values()].filter((one) => one.status === status).map(paidMinor))
  const standing = total(commissions.filter(({ status }) => status !== 'REJECTED').map(({ totalMinor, clawedMinor }) => totalMinor - clawedMinor))
  const held = Object.fromEntries(['expense', 'pending', 'payable', 'settling', 'cash'].map((account) => [account, sums.get(account) ?? 0n]))
  deepStrictEqual(held, { expense: standing, pending: -open('PENDING'), payable: -open('APPROVED'), settling: -payouts('OPEN'), cash: -payouts('PAID') })
}

const nameOf = (affiliateId: string | null): string => affiliateId?.replace('aff_', '') ?? '?'
const listed = (items: string[], empty: string): string => (items.length === 0 ? empty : items.join(', '))

/** Who was booked what by an order, and its marks: `ana 360, cleo 270 [CAPPED]`. */
export function earned(told: Story, of = 'KF-1'): string {
  const { attributed, commissions, marks } = told.kept(of)
  const money = attributed ? listed(commissions.filter(({ source }) => source.kind !== 'raise').map(({ affiliateId, amount }) => `${nameOf(affiliateId)} ${amount.minor}`), 'attributed, nobody earns') : 'nobody'
  return marks.length === 0 ? money : `${money} [${marks.join(' ')}]`
}

/** Why, of the newest receipt: `ana WON, ben LATER_TOUCH_WON`, sorted by affiliate. */
export function verdicts(told: Story, of = 'KF-1'): string {
  const receipt = told.receipts.findLast(({ conversionId }) => conversionId === told.kept(of).order.id)
  return listed((receipt?.inputs.touches ?? []).map(({ affiliateId, code }, index) => `${affiliateId === null ? code : nameOf(affiliateId)} ${receipt?.outcome.verdicts[index]}`).toSorted(), 'no touch')
}

/** How commissions stand: `ana APPROVED 600 of 1000`, what is left after refunds of what was booked or adjusted. */
export const standing = (told: Story): string => listed([...told.commissions.values()].map(({ affiliateId, status, reason, totalMinor, clawedMinor }) => `${nameOf(affiliateId)} ${reason ?? status} ${totalMinor - clawedMinor} of ${totalMinor}`), 'nothing')

/** What refunds took, transaction by transaction. */
export const clawed = (told: Story): number[] => told.transactions.filter(({ event }) => event.startsWith('refunded')).flatMap(({ postings }) => postings.filter(({ minor }) => minor > 0).map(({ minor }) => minor))

/** The accounts that are not at zero: `expense 1000, payable ana -1000`. */
export const balances = (told: Story): string => listed(Object.entries(told.balances()).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([account, minor]) => `${account} ${minor}`), 'all zero')

/** Who earns what, and why. */
export const why = (told: Story): string => `${earned(told)} | ${verdicts(told)}`
export const said = (told: Story): string => told.said.join(', ')
