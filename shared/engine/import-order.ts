import type { Affiliate, Conversion, Mark, Order } from '../domain.ts'
import type { Touch } from './attribution.ts'
import { policiesOf } from './evidence.ts'
import { bringForward } from './import-state.ts'
import { failed, importedNote, type ImportedCommission, type ImportedOrder, type ImportFacts, type Importing, type ImportOutcome, type ImportStep } from './imported.ts'
import type { At } from './lifecycle.ts'
import { ENGINE_VERSION, judge, type Receipt, type ReceiptInputs } from './receipt.ts'
import type { Decision, Entry } from './record.ts'
import { campaignByName, campaignOf, termsOf, type Settings } from './settings.ts'
import { bookEarnings } from './settle.ts'

/**
 * Books an order as another system had decided it, once: the commission as it was told, and then each step to the state in
 * which it stood. What is here already is brought forward where the other system went on, and otherwise left alone.
 */
export function importOrder(facts: ImportFacts, told: ImportedOrder, at: At): Decision<ImportOutcome> {
  const { conversion } = facts
  if (conversion === undefined) return booked({ entries: orderEntries(told), conversion: { ...told, attributed: false, considered: 0, marks: MARKS, commissions: [], refunds: [], receipts: [] } }, { facts, told, at })
  const difference = differenceOf(conversion.order, told.order)
  if (difference !== undefined) return failed('differs', ...difference)
  const { commission } = told
  const standing = conversion.commissions.filter(({ source }) => source.kind !== 'raise')
  if (commission === null) return standing.length === 0 ? { entries: [], result: { outcome: 'known' } } : failed('differs', 'affiliate', 'somebody earns from this order here')
  const own = standing.find(({ affiliateId }) => affiliateId === commission.affiliateId)
  if (own === undefined) return isImported(conversion) && standing.length > 0 ? booked({ entries: [], conversion }, { facts, told, at }) : failed('differs', 'affiliate', standing.length === 0 ? 'nobody earns from this order here' : 'another affiliate earns from this order here')
  const other = idOf(conversion.receipts, commission)
  if (commission.id !== null && other !== null && other !== commission.id) return failed('refused', 'id', `is a second commission of this affiliate on this order, beside ${other}: write both as one`)
  if (own.amount.minor !== commission.minor) return failed('differs', 'commission', `it is ${own.amount.minor} here, in minor units`)
  if (!isImported(conversion)) return { entries: [], result: { outcome: 'known' } }
  return bringForward({ entries: [], conversion }, { facts, told, at })
}

const MARKS: Mark[] = ['IMPORTED']
const isImported = ({ marks }: Pick<Conversion, 'marks'>): boolean => marks.includes('IMPORTED')

function orderEntries({ order, identifiers }: ImportedOrder): Entry[] {
  return identifiers.map((identifier): Entry => ({ kind: 'identifier', order, identifier }))
}

/** What an order that is known says otherwise. */
function differenceOf(held: Order, told: Order): [field: string, why: string] | undefined {
  if (held.amount.currency !== told.amount.currency) return ['currency', `it is ${held.amount.currency} here`]
  if (held.amount.minor !== told.amount.minor) return ['amount', `it is ${held.amount.minor} here, in minor units`]
  return undefined
}

/** The receipt and what it books, and then what became of it. */
function booked(before: ImportStep, doing: Importing): Decision<ImportOutcome> {
  const { facts: { settings, conversion }, told: { order, from, bookedAtMs, commission }, at } = doing
  const place = commission === null ? null : campaignFor(commission, { settings, order })
  if (commission !== null && place === undefined) return failed('refused', 'affiliate', 'is in no campaign')
  const receipt = receiptOf(doing, commission === null || place == null ? null : touchOf({ order, commission, place, settings }))
  const made = commission === null ? { entries: [], commissions: [] } : bookEarnings(before.conversion, {
    receipt, settings, now: { ...at, nowMs: bookedAtMs }, source: { kind: 'credit', note: importedNote(from, { payout: commission.payout, paid: commission.state === 'paid' }) },
  })
  const { attributed } = receipt.outcome
  const standing: Entry[] = conversion === undefined ? [{ kind: 'conversion', order, attributed, considered: 0, marks: MARKS }] : []
  const step: ImportStep = {
    entries: [...standing, ...before.entries, { kind: 'receipt', merchantId: order.merchantId, receipt }, ...made.entries],
    conversion: { ...before.conversion, attributed, commissions: [...before.conversion.commissions, ...made.commissions], receipts: [...before.conversion.receipts, receipt] },
  }
  return bringForward(step, { ...doing, at: { ...at, nowMs: bookedAtMs } })
}

/** The campaign that was named, else the affiliate's own: as of the order, or of today for one who joined since. */
function campaignFor({ affiliateId, campaign }: ImportedCommission, { settings, order }: { settings: Settings; order: Order }): string | undefined {
  if (campaign !== null) return campaignByName(settings, campaign)?.id
  const affiliate = settings.affiliates.get(affiliateId)
  const place = { campaign: null, host: null }
  return affiliate && ((campaignOf(settings, affiliate, place, order.occurredAtMs) ?? campaignOf(settings, affiliate, place, Number.MAX_SAFE_INTEGER))?.campaign.id ?? lastOf(affiliate))
}

/** Whoever has left, or is in archived ones alone, earned in the campaign that they joined last. */
const lastOf = ({ enrolments }: Affiliate): string | undefined => enrolments.at(-1)?.campaignId

function touchOf({ order, commission: { affiliateId, id }, place, settings }: { order: Order; commission: ImportedCommission; place: string; settings: Settings }): Touch {
  return {
    eventId: `${eventOf(affiliateId)}${id === null ? '' : `:${id}`}`, evidence: 'explicit', trigger: null, code: settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? affiliateId, affiliateId, affiliateActive: true, campaignId: place, enrolled: true,
    isBuyer: false, unverified: false, adopted: false, clamped: false, mode: order.mode, bot: false, occurredAtMs: order.occurredAtMs, knownAtMs: order.receivedAtMs, first: null,
  }
}

const eventOf = (affiliateId: string): string => `import:${affiliateId}`

/** The other system's id of the commission that is here, where it was told. */
function idOf(receipts: Receipt[], { affiliateId }: ImportedCommission): string | null {
  const own = receipts.flatMap(({ inputs }) => (inputs.imported === undefined ? [] : inputs.touches)).find((touch) => touch.affiliateId === affiliateId)
  const begins = `${eventOf(affiliateId)}:`
  return own?.eventId.startsWith(begins) === true ? own.eventId.slice(begins.length) : null
}

function receiptOf({ facts: { settings, conversion }, told: { order: told, from, bookedAtMs, commission }, at }: Importing, touch: Touch | null): Receipt {
  const order = conversion?.order ?? told
  const { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, occurredAtMs, receivedAtMs } = order
  const { model, couponFirst, poolDevices } = termsOf(settings, occurredAtMs).value
  const touches = touch === null ? [] : [touch]
  const inputs: ReceiptInputs = {
    kind: 'import', imported: { from, minor: commission?.minor ?? 0, bookedAtMs, paid: commission?.state === 'paid' },
    order: { kind, mode, amount, lines, discountMinor, taxMinor, pricesIncludeTax, commissionMinor: null, occurredAtMs, receivedAtMs },
    // Our terms are younger than the order: what waits here waits by those of today.
    touches, more: 0, policies: policiesOf(touches, settings, { order, atMs: at.nowMs }), fallback: { model, couponFirst, poolDevices }, usage: [], marks: MARKS,
  }
  return { id: at.newId('rcp'), conversionId: order.id, engine: ENGINE_VERSION, decidedAtMs: at.nowMs, inputs, outcome: judge(inputs) }
}
