import { crc32 } from 'node:zlib'
import { hash } from 'node:crypto'
import type { Arrival, ConversionKind, Identifier, Mode, Money, Order } from '../../shared/domain.ts'
import { invalid, unfit } from '../../shared/errors.ts'
import { canonicalId, isUuid, uuidv7 } from '../../shared/engine/ids.ts'
import { importOrder } from '../../shared/engine/import-order.ts'
import { importPayout, type ImportedPayout } from '../../shared/engine/import-payout.ts'
import { importedNote, type ImportedCommission, type ImportOutcome } from '../../shared/engine/imported.ts'
import { paidMinor } from '../../shared/engine/payout.ts'
import { affiliateByCode, type Settings } from '../../shared/engine/settings.ts'
import { CAMPAIGN_PARAM, CODE_CHARS } from '../../shared/limits.ts'
import { Email } from '../../shared/wire/email.ts'
import type { NewVisit } from '../store/store.ts'
import { at, auditOf, type Acting } from './acting.ts'
import { newEntityId, settingsFor, type Deps } from './deps.ts'
import { customerHash, emailHash, identities } from './identity.ts'
import { affiliateFrom, campaignFrom, type AffiliateName } from './import-names.ts'
import { countedAs, isBot, placeOf, USER_AGENT_CHARS, withoutFragment } from './touches.ts'

/** Whose rows they are. */
export interface ImportFrom {
  merchantId: number
  /** The other system's name. */
  from: string
  acting: Acting
}

export interface ToldClick {
  id?: string | undefined
  code: string
  atMs: number
  url?: string | undefined
  session?: string | undefined
  referrer?: string | undefined
  userAgent?: string | undefined
  mode: Mode
}

export interface ToldConversion {
  order: string
  kind: ConversionKind
  mode: Mode
  amount: Money
  occurredAtMs: number
  bookedAtMs: number
  subscription: string | null
  /** The customer's address, and the shop's own id of them: only keyed hashes are kept. */
  email: string | undefined
  customer: string | undefined
  /** Null is everything. */
  refundedMinor: number | null
  refundedAtMs: number | null
  affiliate: AffiliateName | null
  campaign: string | undefined
  commission: Omit<ImportedCommission, 'affiliateId' | 'campaign'> | null
}

export type ToldPayout = Omit<ImportedPayout, 'from'> & { affiliate: AffiliateName }

/**
 * What other systems had: their clicks, orders and payments, each once however often it is told. Money is booked as it was
 * decided there, and `verify` derives it again from what was told. Each throws `INVALID` with the field.
 */
export function importService(deps: Deps) {
  const { store, now } = deps
  const identityOf = identities(deps.secrets.identity)

  return {
    /** Keeps a click that happened then, and counts it in the statistics of its day. */
    async click({ merchantId, from }: ImportFrom, told: ToldClick): Promise<ImportOutcome> {
      const settings = settingsFor(store.directory(), merchantId)
      if (affiliateByCode(settings, told.code, Number.MAX_SAFE_INTEGER) === undefined) throw unfit('code', 'names nobody who is known here: import the affiliates first')
      const { created } = await store.append(visitOf(settings, told, { from, nowMs: now() }))
      return { outcome: created ? 'written' : 'known' }
    },

    /** Books an order with what was decided about it, or brings one that was imported before to where it stands now. */
    async conversion({ merchantId, from }: ImportFrom, told: ToldConversion): Promise<ImportOutcome> {
      const directory = store.directory()
      const settings = settingsFor(directory, merchantId)
      const { affiliate: name, campaign, commission, email, customer, ...more } = told
      const affiliateId = name === null ? null : affiliateFrom(settings, directory, name, from).id
      const campaignId = campaign === undefined ? null : campaignFrom(settings, campaign).id
      const doing = at(deps)
      const order = orderOf(told, { merchantId, id: newEntityId(deps, 'cnv'), nowMs: doing.nowMs })
      const named = (kind: Identifier['kind'], hashed: string | undefined): Identifier[] => (hashed === undefined ? [] : [{ kind, value: identityOf(merchantId, hashed), receivedAtMs: doing.nowMs }])
      const identifiers = [...named('identity', Email.safeParse(email).success && email !== undefined ? emailHash(email) : undefined), ...named('customer', customer === undefined ? undefined : customerHash(customer))]
      const imported = {
        order, identifiers, from, refundedMinor: more.refundedMinor, bookedAtMs: more.bookedAtMs, refundedAtMs: more.refundedAtMs,
        commission: affiliateId === null || commission === null ? null : { affiliateId, campaign: campaignId, ...commission },
      }
      return store.decide('importedOrder', { merchantId, order, affiliateId }, (facts) => importOrder(facts, imported, doing))
    },

    /** Books a payment for the commissions that it paid. */
    async payout({ merchantId, from, acting }: ImportFrom, { affiliate: name, ...told }: ToldPayout): Promise<ImportOutcome> {
      const directory = store.directory()
      const affiliateId = affiliateFrom(settingsFor(directory, merchantId), directory, name, from).id
      const { mode, currency } = told
      const doing = at(deps)
      return store.decide('importedPayout', { merchantId, affiliateId, mode, currency, note: importedNote(from, { payout: told.name, paid: true }), aloneNote: importedNote(from, { payout: null, paid: true }) }, (facts) => {
        const { entries, result } = importPayout(facts, { ...told, from }, doing)
        const { payout, ...outcome } = result
        return { entries: payout === undefined ? entries : [...entries, auditOf(acting, { now: doing, about: payout, action: 'payout import', subject: payout.id, detail: { paidMinor: paidMinor(payout), from } })], result: outcome }
      })
    },

    /** Says in the audit that a file is imported, and by whom. */
    begin({ merchantId, from, acting }: ImportFrom, noun: string): Promise<void> {
      const doing = at(deps)
      return store.decide('nothing', { merchantId }, () => ({ entries: [auditOf(acting, { now: doing, about: { merchantId, mode: 'live' }, action: 'import', subject: noun, detail: { from } })], result: undefined }))
    },
  }
}

function orderOf({ order, kind, mode, amount, occurredAtMs, subscription }: ToldConversion, { merchantId, id, nowMs }: { merchantId: number; id: string; nowMs: number }): Order {
  if (occurredAtMs > nowMs) throw invalid('at', 'is in the future')
  return {
    id, merchantId, mode, kind, site: '', externalId: order, amount, lines: [], discountMinor: 0, taxMinor: 0, pricesIncludeTax: false, subscriptionId: subscription, commissionMinor: null,
    occurredAtMs, receivedAtMs: nowMs, metadata: null,
  }
}

/** A click under an id that is the same whenever it is told: its own, or one made of what it says. */
function visitOf(settings: Settings, { id, code, atMs, url: text, session, referrer, userAgent = '', mode }: ToldClick, { from, nowMs }: { from: string; nowMs: number }): NewVisit {
  const url = text === undefined ? null : URL.parse(text)
  const own = id?.toLowerCase()
  const clickId = own !== undefined && isUuid(own) ? own : uuidv7(atMs, hash('sha256', JSON.stringify(id === undefined ? [from, code.toLowerCase(), atMs, text ?? null, session ?? null] : [from, id]), 'buffer'))
  const arrival: Arrival = {
    id: clickId, clickId, session: session === undefined ? null : canonicalId(session), code: code.toLowerCase(), campaign: url?.searchParams.get(CAMPAIGN_PARAM)?.slice(0, CODE_CHARS) || null, host: url?.hostname ?? null,
    occurredAtMs: atMs, receivedAtMs: nowMs, waited: false, clamped: false, adopted: false, mode, bot: isBot(userAgent),
  }
  return {
    merchantId: settings.merchant.id, arrival, page: url === null ? '' : `${url.host}${url.pathname}`, referrer: placeOf(referrer ?? ''), userAgent: userAgent.slice(0, USER_AGENT_CHARS),
    urlHash: url === null ? 0 : crc32(withoutFragment(url)), handedOver: null, countedAs: (click) => countedAs(settings, click),
  }
}
