import { setImmediate } from 'node:timers/promises'
import type { Mode } from '../../shared/domain.ts'
import { invalid, unfit } from '../../shared/errors.ts'
import { APART, rejudge, type Apart, type Part } from '../../shared/engine/rejudge.ts'
import { replay } from '../../shared/engine/replay.ts'
import type { ReplayColumns } from '../../shared/engine/replay-columns.ts'
import type { PolicyChange } from '../../shared/engine/replay-policy.ts'
import { tally, type Tally } from '../../shared/engine/replay-tally.ts'
import { termsOf, type Settings } from '../../shared/engine/settings.ts'
import { startOfDay } from '../../shared/engine/time.ts'
import { DAY_MS } from '../../shared/limits.ts'
import type { ReplayInput } from '../../shared/wire/replay.ts'
import type { Snapshot } from '../store/store.ts'
import type { ReplayProgress } from '../store/queries.ts'
import { settingsFor, type Deps } from './deps.ts'

export interface ReplayRequest extends ReplayInput {
  /** Refuse when there are more orders. */
  most?: number
  progress?: ReplayProgress
}

/** What one affiliate has of the orders in one currency, and what it would be; minor units. */
export interface ReplayRow {
  affiliateId: string
  affiliateCode: string | null
  currency: string
  bookedMinor: bigint
  /** Null where nothing was computed. */
  wouldMinor: bigint | null
}

export interface ReplayReport {
  fromMs: number
  toMs: number
  mode: Mode
  change: PolicyChange
  orders: number
  rows: ReplayRow[]
  /** Orders that are not among the rows, and why. */
  apart: { reason: Apart; orders: number; rows: ReplayRow[] }[]
}

/** Orders that are judged by the engine in one go. */
const PAGE = 100

/** What if another policy had held all along: reads facts, writes nothing. */
export function replayService({ store, now }: Pick<Deps, 'store' | 'now'>) {
  return {
    /** Throws `INVALID` for a time that ends before it begins, or that holds more orders than `most`. */
    run: ({ from, to, mode, most = Number.POSITIVE_INFINITY, progress = () => undefined, ...change }: ReplayRequest, merchantId?: number): Promise<ReplayReport> => store.snapshot(async (book) => {
      const settings = settingsFor(book.directory(), merchantId)
      const { timezone } = termsOf(settings, now()).value
      const [fromMs, toMs] = [startOf(from, timezone), endOf(to, timezone)]
      if (toMs <= fromMs) throw invalid('to', 'must be later than from')
      const { total, columns } = await book.read('replay', { merchantId: settings.merchant.id, mode, fromMs, toMs, most, progress })
      if (total > most) throw unfit('to', `from there to here are ${total} orders, more than ${most}: ask for less, or use the command line`)
      return { fromMs, toMs, mode, change, orders: total, ...(await compare(columns, { book, settings, change, progress })) }
    }),
  }
}

async function compare(columns: ReplayColumns, { book, settings, change, progress }: { book: Snapshot; settings: Settings; change: PolicyChange; progress: ReplayProgress }): Promise<Pick<ReplayReport, 'rows' | 'apart'>> {
  const { affiliates, currencies, orders } = columns
  const { tally: together, left } = replay(columns, settings, change)
  const apart = new Map(APART.map((reason) => [reason, { reason, orders: 0, tally: tally(affiliates.length, currencies.length) }]))
  const indexes = new Map(affiliates.map((id, index) => [id, index]))

  for (const [done, row] of left.entries()) {
    if (done % PAGE === 0) {
      progress('judging orders', done, left.length)
      await setImmediate()
    }
    const found = await book.read('conversion', { merchantId: settings.merchant.id, name: { number: orders.number[row] ?? 0 } })
    if (found === undefined) continue
    const judged = rejudge(found, change)
    const aside = judged.apart === null ? undefined : apart.get(judged.apart)
    if (aside !== undefined) aside.orders += 1
    const { addBooked, addWould } = aside?.tally ?? together
    const currency = orders.currency[row] ?? 0
    const add = (to: Tally['addWould'], parts: Part[]): void => parts.forEach(({ affiliateId, minor }) => to(currency, indexes.get(affiliateId) ?? 0, minor))
    add(addBooked, judged.booked)
    add(addWould, judged.would ?? [])
  }

  const rowsOf = (of: Tally, computed: boolean): ReplayRow[] => of.rows().map(({ affiliate, currency, bookedMinor, wouldMinor }) => {
    const affiliateId = affiliates[affiliate] ?? ''
    return { affiliateId, affiliateCode: settings.affiliates.get(affiliateId)?.codes.at(-1)?.code ?? null, currency: currencies[currency] ?? '', bookedMinor, wouldMinor: computed ? wouldMinor : null }
  })
  return {
    rows: rowsOf(together, true),
    apart: [...apart.values()].filter((one) => one.orders > 0).map((one) => ({ reason: one.reason, orders: one.orders, rows: rowsOf(one.tally, one.reason === 'tiers' || one.reason === 'month_cap') })),
  }
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text)

const startOf = (text: string, timezone: string): number => (isDay(text) ? startOfDay(text, timezone) : Date.parse(text))
/** A day ends when the next begins: days are not always 24 hours long. */
const endOf = (text: string, timezone: string): number => (isDay(text) ? startOfDay(new Date(Date.parse(text) + DAY_MS).toISOString().slice(0, 10), timezone) : Date.parse(text))
