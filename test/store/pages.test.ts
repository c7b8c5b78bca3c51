import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Commission } from '../../shared/domain.ts'
import { conversionStatus } from '../../shared/engine/lifecycle.ts'
import type { ShownStatus } from '../../collector/store/pages.ts'
import type { ConversionRecord } from '../../collector/store/queries.ts'
import { shownStatus } from '../../collector/service/commission-view.ts'
import { bookKeeper, richBook, type RichBook } from '../helpers/rich-book.ts'

const ALL = { limit: 1000, offset: 0 }
const STATUSES = [undefined, 'PENDING', 'APPROVED', 'PAID', 'REJECTED'] as const satisfies (ShownStatus | undefined)[]
const MODES = [undefined, 'live', 'test'] as const

const ends: (() => unknown)[] = []
let book: RichBook
let conversions: ConversionRecord[] = []
let credits: (Commission & { number: number })[] = []
beforeAll(async () => {
  book = await richBook({ atEnd: (end) => ends.unshift(end) })
  const { merchantId, store } = book
  const keeper = bookKeeper(book)
  await keeper.order('in an open payout', 'ben', { mode: 'test' })
  await keeper.approve('in an open payout')
  await book.services.payouts.make({ merchantId, affiliate: 'ben', mode: 'test' }, { actor: 'tester' })
  conversions = (await store.read('book', { merchantId, afterNumber: 0, limit: 1000 })).conversions.flatMap((row) => ('record' in row ? row.record : []))
  credits = (await store.read('credits', { merchantId, afterNumber: 0, limit: 1000 })).map(({ commission }) => ({ ...commission, number: (commission as Commission & { number: number }).number }))
}, 60_000)
afterAll(async () => {
  for (const end of ends) await end()
})

const newestFirst = (rows: { number: number }[]): number[] => rows.map(({ number }) => number).toSorted((a, b) => b - a)
const affiliates = (): (string | undefined)[] => [undefined, book.ana, book.ben, book.cleo, 'aff_nobody']
const campaigns = (): (string | undefined)[] => [undefined, ...book.store.directory().merchants.get(book.merchantId)?.campaigns.keys() ?? []]
/** Every combination of some filters. */
const filters = <S>(statuses: readonly S[]) => affiliates().flatMap((affiliateId) => campaigns().flatMap((campaignId) => MODES.flatMap((mode) => statuses.map((status) => ({ affiliateId, campaignId, mode, status })))))
const fits = <T>(wanted: T | undefined, is: T | null): boolean => wanted === undefined || wanted === is

test('a page of conversions holds those that the filter names', async () => {
  let found = 0
  for (const filter of filters(STATUSES)) {
    const { affiliateId, campaignId, mode, status } = filter
    const expected = conversions.filter(({ order, commissions, attributed }) => fits(mode, order.mode) && fits<string>(status, conversionStatus(commissions, attributed))
      && (affiliateId === undefined || commissions.some((commission) => commission.affiliateId === affiliateId)) && (campaignId === undefined || commissions.some((commission) => commission.campaignId === campaignId)))
    const page = await book.store.read('conversionPage', { merchantId: book.merchantId, ...filter, ...ALL })
    expect({ filter, numbers: page.rows.map(({ number }) => number), total: page.total }).toEqual({ filter, numbers: newestFirst(expected), total: expected.length })
    found += expected.length
  }
  expect(found).toBeGreaterThan(300)
})

test('a page of commissions holds those that the filter names, each with its order and when it was paid', async () => {
  const all = [...conversions.flatMap(({ order, commissions }) => commissions.map((commission) => ({ ...commission, order }))), ...credits.map((credit) => ({ ...credit, order: null }))]
  let found = 0
  for (const filter of filters(STATUSES)) {
    const { affiliateId, campaignId, mode, status } = filter
    const expected = all.filter((one) => fits(mode, one.mode) && fits<string>(status, shownStatus(one.status)) && fits(affiliateId, one.affiliateId) && fits(campaignId, one.campaignId))
    const page = await book.store.read('commissionPage', { merchantId: book.merchantId, ...filter, ...ALL })
    expect({ filter, numbers: page.rows.map(({ commission }) => commission.number), total: page.total }).toEqual({ filter, numbers: newestFirst(expected), total: expected.length })
    expect(page.rows.every(({ commission, order }) => commission.conversionId === (order?.id ?? null))).toBe(true)
    expect(page.rows.every(({ commission, paidAtMs }) => (commission.status === 'PAID') === (paidAtMs !== null))).toBe(true)
    found += expected.length
  }
  expect(found).toBeGreaterThan(300)
})

test('a page of payouts holds those that the filter names', async () => {
  const { merchantId, store } = book
  const all = (await store.read('payouts', { merchantId, afterNumber: 0, limit: 1000 })).map(({ payout }) => payout)
  expect(all.length).toBeGreaterThan(3)
  for (const { campaignId: _campaign, ...filter } of filters([undefined, 'OPEN', 'PAID', 'CANCELLED'] as const)) {
    const expected = all.filter((payout) => fits(filter.mode, payout.mode) && fits<string>(filter.status, payout.status === 'UNDONE' ? 'CANCELLED' : payout.status) && fits(filter.affiliateId, payout.affiliateId))
    const page = await store.read('payoutPage', { merchantId, ...filter, ...ALL })
    expect([page.rows.map(({ number }) => number), page.total]).toEqual([newestFirst(expected), expected.length])
  }
})

test('pages follow one another, and one behind the end is empty and knows how many there are', async () => {
  const { merchantId, store } = book
  const read = async (offset: number) => store.read('conversionPage', { merchantId, limit: 4, offset })
  const total = conversions.length
  const numbers: number[] = []
  for (let offset = 0; offset < total; offset += 4) numbers.push(...(await read(offset)).rows.map(({ number }) => number))
  expect(numbers).toEqual(newestFirst(conversions))
  expect(await read(total)).toEqual({ rows: [], total })
})

test('orders are told by when they were placed: from an instant on, and before another', async () => {
  const { merchantId, store } = book
  const [first, ...later] = conversions.map(({ order }) => order.occurredAtMs).toSorted((a, b) => a - b)
  const last = later.at(-1) ?? 0
  const count = async (fromMs: number | undefined, toMs: number | undefined) => (await store.read('conversionPage', { merchantId, fromMs, toMs, limit: 1, offset: 0 })).total
  expect(await Promise.all([count(first, last + 1), count(undefined, first), count(last + 1, undefined)])).toEqual([conversions.length, 0, 0])
  expect(await count(first, last)).toBe(conversions.filter(({ order }) => order.occurredAtMs < last).length)
})

test('another merchant’s rows are on no page', async () => {
  const filter = { merchantId: book.merchantId + 1, ...ALL }
  const empty = { rows: [], total: 0 }
  expect(await Promise.all([book.store.read('conversionPage', filter), book.store.read('commissionPage', filter), book.store.read('payoutPage', filter)])).toEqual([empty, empty, empty])
})
