import type { ConversionKind, Identifier, IdentifierKind, Mode, Money, Order, OrderLine } from '../../shared/domain.ts'
import { DomainError, invalid } from '../../shared/errors.ts'
import type { At } from '../../shared/engine/lifecycle.ts'
import { earningsOfAll } from '../../shared/engine/receipt.ts'
import { recordOrder, sumsNeeded, type Recorded } from '../../shared/engine/record.ts'
import { isFullyRefunded } from '../../shared/engine/refund.ts'
import { recordRefund } from '../../shared/engine/refunding.ts'
import { BINDING_WAIT_MS, BROWSER_SITE, DAY_MS } from '../../shared/limits.ts'
import type { ConversionPageFilter } from '../store/pages.ts'
import type { ConversionRecord, Queries } from '../store/queries.ts'
import type { AnswerKey, Entry } from '../store/store.ts'
import type { CustomerNeed } from '../store/needs.ts'
import { at, type Acting } from './acting.ts'
import type { ConversionBook } from './commission-history.ts'
import { findConversion } from './conversion-names.ts'
import { newEntityId, type Deps } from './deps.ts'
import { refuseErased } from './once.ts'
import { paidAtOnce } from './paid-orders.ts'

/** An order as a merchant's server reports it, in the domain's words. */
export interface OrderReport {
  merchantId: number
  mode: Mode
  kind: ConversionKind
  externalId: string | null
  amount: Money
  metadata: string | null
  identifiers: { kind: IdentifierKind; value: string }[]
  /** Absent where the call names no items. */
  lines?: OrderLine[]
  discountMinor?: number
  taxMinor?: number
  pricesIncludeTax?: boolean
  subscriptionId?: string | null
  /** What the winners earn together, where the call says so itself. */
  commissionMinor?: number | null
  /** The visitor whose page told of it, where no server did; empty where the page knows none. */
  byBrowser?: string
  /** When it was placed, where the call says so; refused when that is later than now (ENGINE section 1). */
  occurredAtMs?: number | undefined
}

/** An answer as it goes out, so that a repeated call can get the very same. */
export interface Reply {
  status: number
  body: string
}

/** How a call is answered, and under what key its answer is kept. */
export interface Replying {
  render: (recorded: Recorded) => Reply
  /** Present when the caller sent an `Idempotency-Key`. */
  once?: { key: Omit<AnswerKey, 'merchantId'>; bodyHash: string } | undefined
  /** Present when a new order is paid as it is recorded, where it can be. */
  paid?: PaidAtOnce | undefined
}

/** By whom an order is paid as it is recorded, and how. */
export interface PaidAtOnce {
  acting: Acting
  method: string
}

/** How long a repeated `Idempotency-Key` gets the stored answer. */
const ANSWER_MS = 7 * DAY_MS

/** Rows that are read together, for one who reads all: a hundredth of a second's work. */
const EXPORT_ROWS = 200

/** Conversions: recorded once, attributed, booked and explained. */
export function conversionService(deps: Deps) {
  const { store } = deps

  /**
   * Records an order or recognises its repeat, in one transaction with the answer; resolves once it is on disk.
   * Throws `KEY_REUSED` when an `Idempotency-Key` comes with another body, `INVALID` for an order that is yet to be placed.
   */
  function record(report: OrderReport, { render, once, paid }: Replying): Promise<Reply> {
    const nowMs = deps.now()
    const { merchantId, mode } = report
    if (report.occurredAtMs !== undefined && report.occurredAtMs > nowMs) throw invalid('at', 'must not be in the future')
    const order = orderOf(report, { id: newEntityId(deps, 'cnv'), nowMs })
    const identifiers = report.identifiers.map((identifier): Identifier => ({ ...identifier, receivedAtMs: nowMs }))
    const named = (kind: IdentifierKind): string[] => identifiers.filter((identifier) => identifier.kind === kind).map(({ value }) => value)
    const answer = once && { merchantId, ...once.key }
    const need: CustomerNeed & { answer: AnswerKey | undefined } = {
      merchantId, mode, order, sessions: named('session'), carts: named('cart'), toldBy: report.byBrowser === undefined ? 'browser' : 'server', identities: [...named('identity'), ...named('customer')], clicks: named('click'), subscriptionId: order.subscriptionId,
      sums: (history) => sumsNeeded(history, { order, identifiers }), unsettledSinceMs: nowMs - BINDING_WAIT_MS, answer, paying: paid && { identifiers, currency: order.amount.currency },
    }

    return store.decide('customer', need, (history) => {
      if (history.answer !== undefined) {
        if (history.answer.bodyHash !== once?.bodyHash) throw new DomainError('KEY_REUSED', 'This Idempotency-Key was used with another body.')
        refuseErased(history.answer)
        return { entries: [], result: { status: history.answer.status, body: history.answer.body } }
      }
      // What a server told is the order; what a browser tells after it adds nothing.
      const [told] = history.twins
      if (report.byBrowser !== undefined && told !== undefined) return { entries: [], result: render({ conversion: told, created: false }) }
      const now = at(deps)
      const unsettled = history.unsettled.filter(({ order: { id } }) => !history.twins.some((twin) => twin.order.id === id))
      const recorded = recordOrder({ ...history, unsettled }, { order, identifiers }, now)
      const all = { entries: [...recorded.entries, ...history.twins.flatMap((twin) => replacing(twin, now))], result: recorded.result }
      const { entries, result } = paid === undefined || history.paying === undefined ? all : paidAtOnce(all, { ...history.paying, settings: history.settings }, { now, ...paid })
      const reply = render(result)
      if (answer === undefined || once === undefined) return { entries, result: reply }
      return { entries: [...entries, { kind: 'answer', key: answer, answer: { ...reply, bodyHash: once.bodyHash, createdAtMs: nowMs } }], result: reply }
    })
  }

  return {
    record,

    /** Records an order, or recognises its repeat, and tells it as it is kept, with its number; one that is new may be paid with it. */
    async take(report: OrderReport, paid?: PaidAtOnce): Promise<{ conversion: ConversionRecord; created: boolean }> {
      let taken: Recorded | undefined
      await record(report, {
        render: (recorded) => {
          taken = recorded
          return { status: 200, body: '' }
        },
        paid,
      })
      if (taken === undefined) throw new Error('nothing was recorded')
      return { conversion: await findConversion(deps, { merchantId: report.merchantId, order: taken.conversion.order.id }), created: taken.created }
    },

    /** A conversion by its number, of one mode; throws `NOT_FOUND`. */
    numbered: (merchantId: number, number: string, mode: Mode): Promise<ConversionRecord> => findConversion(deps, { merchantId, order: number, mode, by: 'number' }),

    /** A page of conversions, newest first. */
    page: (filter: ConversionPageFilter): Promise<Queries['conversionPage']['result']> => store.read('conversionPage', filter),

    /** All conversions of a filter, newest first, some at a time: a book of any size is never held as a whole. */
    async *rows(filter: Omit<ConversionPageFilter, 'limit' | 'offset' | 'beforeNumber'>): AsyncGenerator<Queries['conversionPage']['result']['rows'][number]> {
      for (let beforeNumber: number | undefined = Number.MAX_SAFE_INTEGER; beforeNumber !== undefined;) {
        const rows: Queries['conversionPage']['result']['rows'] = await store.read('conversionsBefore', { ...filter, beforeNumber, limit: EXPORT_ROWS, offset: 0 })
        yield* rows
        beforeNumber = rows.at(-1)?.number
      }
    },

    /** Forgets the answers of calls that are too old to be repeated; conversions themselves are recognised for ever. */
    forgetAnswers: (): Promise<void> => store.decide('nothing', {}, () => ({ entries: [{ kind: 'answers_expired', beforeMs: deps.now() - ANSWER_MS }], result: undefined })),

    /**
     * A conversion with its receipts, its commissions and all that was booked about them, by its id, the order id that the shop gave it, or else its number.
     * Throws `NOT_FOUND`, also for another merchant's, or one of another mode than is asked for.
     */
    async find(merchantId: number, name: string, mode?: Mode, by?: 'externalId'): Promise<ConversionBook> {
      const { number } = await findConversion(deps, { merchantId, order: name, mode, by })
      // In one transaction, so that what happened adds up to what stands.
      const { conversions: [row] } = await store.read('book', { merchantId, afterNumber: number - 1, limit: 1 })
      if (row === undefined || 'unreadable' in row) throw new Error(`conversion ${number} cannot be read: ${row?.unreadable ?? 'it is gone'}`)
      return { ...row.record, books: row.commissions }
    },
  }
}

/** Takes back what only a browser had told, now that the shop itself tells of the order: it counts once. */
function replacing(twin: ConversionRecord, now: At): Entry[] {
  if (isFullyRefunded(twin)) return []
  return recordRefund({ conversion: twin, earnings: earningsOfAll(twin.receipts) }, { id: now.newId('rfn'), key: 'replaced', request: { kind: 'full' }, reason: 'the shop itself reported this order' }, now).entries
}

/** A report as the order that is kept. */
function orderOf({ merchantId, mode, kind, externalId, amount, metadata, occurredAtMs, ...more }: OrderReport, { id, nowMs }: { id: string; nowMs: number }): Order {
  return {
    id, merchantId, mode, kind, site: more.byBrowser === undefined ? '' : `${BROWSER_SITE} ${more.byBrowser}`, externalId, amount, metadata, receivedAtMs: nowMs, occurredAtMs: occurredAtMs ?? nowMs,
    lines: more.lines ?? [], discountMinor: more.discountMinor ?? 0, taxMinor: more.taxMinor ?? 0, pricesIncludeTax: more.pricesIncludeTax ?? false,
    subscriptionId: more.subscriptionId ?? null, commissionMinor: more.commissionMinor ?? null,
  }
}
