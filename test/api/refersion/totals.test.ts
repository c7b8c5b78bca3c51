import { beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../../../shared/limits.ts'
import { basesOf } from '../../../shared/engine/base.ts'
import type { Commission, Mode } from '../../../shared/domain.ts'
import type { CommissionBook } from '../../../collector/store/queries.ts'
import type { ConversionBook } from '../../../collector/service/commission-history.ts'
import { BY, shopOfThree, visited, record } from '../../helpers/book.ts'
import { HOUR_MS, startCollector } from '../../helpers/collector.ts'
import { sharedEnds } from '../../helpers/ends.ts'
import { bookKeeper, richBook, type RichBook } from '../../helpers/rich-book.ts'
import { paid, pairOf, v2, type Pair } from './shop.ts'

const ends = sharedEnds()
const STATES = ['PENDING', 'APPROVED', 'UNQUALIFIED', 'DENIED']
const TYPES = ['AFFILIATE_SITE_CONVERSION', 'MANUAL_CREDIT_BY_CLIENT', 'CONVERSION_TRIGGER_SKU', 'CONVERSION_TRIGGER_COUPON', 'CONVERSION_TRIGGER_EMAIL', 'AUTO_CREDIT_AFFILIATE_ID']

/** A row as a person would write it into a list: each commission, and each time that something was taken back of one. */
interface Line {
  type: string
  status: string
  mode: Mode
  isPaid: boolean
  affiliate: string
  campaign: string | null
  currency: string
  atMs: number
  minor: number
  /** The order, or the refund, whose money it is, and what of it. */
  about: string | null
  money: number
  base: number
}

/** By the receipt alone, in words of its own: which evidence won, of several the strongest. */
function typeOf({ source, affiliateId }: Commission, { receipts }: Pick<ConversionBook, 'receipts'> = { receipts: [] }): string {
  if (source.kind !== 'order') return 'MANUAL_CREDIT_BY_CLIENT'
  const deciding = receipts.find(({ outcome }) => outcome.earnings.some((earning) => earning.affiliateId === affiliateId))
  const won = (deciding?.inputs.touches ?? []).filter((touch, index) => touch.affiliateId === affiliateId && ['WON', 'SHARED'].includes(deciding?.outcome.verdicts[index] ?? ''))
  const has = (evidence: string, kind?: string): boolean => won.some((touch) => touch.evidence === evidence && (kind === undefined || touch.trigger?.kind === kind))
  if (has('explicit')) return 'AUTO_CREDIT_AFFILIATE_ID'
  if (has('click_id') || has('session') || has('affiliate_code')) return 'AFFILIATE_SITE_CONVERSION'
  if (has('trigger', 'coupon')) return 'CONVERSION_TRIGGER_COUPON'
  if (has('trigger', 'email')) return 'CONVERSION_TRIGGER_EMAIL'
  return has('identity') || has('renewal') ? 'AFFILIATE_SITE_CONVERSION' : 'CONVERSION_TRIGGER_SKU'
}

function linesOf({ commission, transactions }: CommissionBook, book?: ConversionBook): Line[] {
  const { status, reason, mode, affiliateId, campaignId, amount: { currency }, totalMinor, bookedAtMs } = commission
  const shown = status === 'PENDING' ? 'PENDING' : status === 'REJECTED' ? (reason === 'unqualified' ? 'UNQUALIFIED' : 'DENIED') : 'APPROVED'
  const common = { status: shown, mode, isPaid: status === 'PAID', affiliate: affiliateId, campaign: campaignId, currency }
  const base = book === undefined ? 0 : basesOf(book.order).reduce((sum, one) => sum + one, 0)
  const first: Line = { ...common, type: typeOf(commission, book), atMs: bookedAtMs, minor: totalMinor, about: book?.order.id ?? null, money: book?.order.amount.minor ?? 0, base }
  const cancelled = (minor: number, atMs: number): Line => ({ ...common, type: `CANCELLATION_${first.type}`, atMs, minor: -minor, about: null, money: 0, base: 0 })
  const takenBy = (isIt: (fact: string) => boolean) => transactions.filter(({ event, factId }) => event.startsWith('refunded_') && isIt(factId ?? '')).map(({ atMs, postings }) => ({ atMs, minor: Math.max(...postings.map((posting) => posting.minor)) }))
  let left = book?.order.amount.minor ?? 0
  // Of what earned by its worth nothing is left once its base is gone.
  const isGone = base > 0 && (book?.refunds ?? []).flatMap((refund) => refund.lines).reduce((sum, line) => sum + line.minor, 0) === base
  const taken = (commission.source.kind === 'raise' ? [] : book?.refunds ?? []).map((refund): Line => {
    const units = refund.lines.reduce((sum, { minor }) => sum + minor, 0)
    const money = refund.kind === 'full' || (isGone && refund === book?.refunds.at(-1)) ? left : Math.min(left, refund.kind === 'items' ? units : refund.minor)
    left -= money
    const [booked = { atMs: Math.max(refund.receivedAtMs, bookedAtMs), minor: 0 }] = takenBy((fact) => fact === refund.id)
    return { ...cancelled(booked.minor, booked.atMs), about: refund.id, money: -money, base: -units }
  })
  return [first, ...taken, ...takenBy((fact) => fact.startsWith('transfer:')).map(({ atMs, minor }) => cancelled(minor, atMs))]
}

async function allLines({ store, services, merchantId }: RichBook): Promise<Line[]> {
  const lines: Line[] = []
  const { conversions } = await store.read('book', { merchantId, afterNumber: 0, limit: 1000 })
  for (const row of conversions) if ('record' in row) for (const book of row.commissions) lines.push(...linesOf(book, await services.conversions.find(merchantId, row.record.order.id)))
  for (const book of await store.read('credits', { merchantId, afterNumber: 0, limit: 1000 })) lines.push(...linesOf(book))
  return lines
}

const major = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / 100

function summed(lines: Line[]): Record<string, unknown> {
  const once = [...new Map(lines.filter(({ about }) => about !== null).map((line) => [line.about, line])).values()]
  return { conversions_count: lines.filter(({ type, minor }) => minor !== 0 || !type.startsWith('CANCELLATION_')).length, commission_total: major(lines.map(({ minor }) => minor)), order_total: major(once.map(({ money }) => money)), commissionable_order_total: major(once.map(({ base }) => base)), currency: 'EUR' }
}

const second = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')

describe('over a book in which everything happened', () => {
  let book: RichBook
  let lines: Line[] = []
  let pair: Pair
  beforeAll(async () => {
    book = await richBook({ atEnd: ends })
    const keeper = bookKeeper(book)
    await book.services.triggers.assign({ email: 'vip@customer.example', affiliate: 'ben' }, book.merchantId)
    keeper.later()
    pair = await pairOf(book, { merchantId: book.merchantId })
    await paid(book, 'named', { auto_credit_affiliate_id: 2 }, pair)
    await paid(book, 'couponed', { auto_credit_affiliate_id: '', discount_code: 'cleo10' }, pair)
    await paid(book, 'mailed', { auto_credit_affiliate_id: '', customer: { email: 'vip@customer.example' } }, pair)
    await keeper.refund('couponed', { kind: 'amount', minor: 1234 })
    await keeper.refund('named', { kind: 'items', items: [{ sku: 'LAMP', quantity: 1 }] })
    await keeper.refund('named', { kind: 'full' })
    await v2(book, '/conversion/status_change', { ids: await keeper.commissions('mailed'), status: 'UNQUALIFIED' }, pair)
    lines = await allLines(book)
  }, 60_000)

  const settings = () => book.store.directory().merchants.get(book.merchantId)
  const totals = async (body: Record<string, unknown>): Promise<unknown> => (await v2(book, '/conversion/totals', { status: STATES, ...body }, pair)).body
  const live = (line: Line): boolean => line.mode === 'live' && line.currency === 'EUR'

  test('the book has rows of every kind', () => {
    expect([...new Set(lines.map(({ type }) => type))].toSorted()).toEqual(expect.arrayContaining([...TYPES, 'CANCELLATION_AFFILIATE_SITE_CONVERSION', 'CANCELLATION_CONVERSION_TRIGGER_SKU', 'CANCELLATION_CONVERSION_TRIGGER_COUPON', 'CANCELLATION_AUTO_CREDIT_AFFILIATE_ID']))
    expect([...new Set(lines.map(({ status }) => status))].toSorted()).toEqual(STATES.toSorted())
  })

  test('all of it', async () => {
    expect(await totals({})).toEqual(summed(lines.filter(live)))
    // What affiliates keep, whatever became of it: nothing is lost between rows.
    const kept = lines.filter(live).reduce((sum, { minor }) => sum + minor, 0)
    const booked = await book.store.read('commissions', { merchantId: book.merchantId, afterNumber: 0, limit: 1000, mode: 'live' })
    expect(kept).toBe(booked.filter(({ amount }) => amount.currency === 'EUR').reduce((sum, { totalMinor, clawedMinor }) => sum + totalMinor - clawedMinor, 0))
  })

  test.each(STATES)('status %s', async (status) => {
    expect(await totals({ status: [status] })).toEqual(summed(lines.filter((line) => live(line) && line.status === status)))
  })

  test.each([...TYPES, ...TYPES.map((type) => `CANCELLATION_${type}`)])('type %s', async (type) => {
    expect(await totals({ type: [type] })).toEqual(summed(lines.filter((line) => live(line) && line.type === type)))
  })

  test('several types, conversions and cancellations', async () => {
    const type = ['CONVERSION_TRIGGER_SKU', 'CANCELLATION_AFFILIATE_SITE_CONVERSION', 'MANUAL_CREDIT_BY_CLIENT']
    expect(await totals({ type })).toEqual(summed(lines.filter((line) => live(line) && type.includes(line.type))))
  })

  test.each(['PAID', 'UNPAID'])('payment status %s', async (payment_status) => {
    expect(await totals({ payment_status })).toEqual(summed(lines.filter((line) => live(line) && line.isPaid === (payment_status === 'PAID'))))
  })

  test('each affiliate and each offer', async () => {
    for (const { id, number } of settings()?.affiliates.values() ?? []) expect([number, await totals({ affiliate_id: number })]).toEqual([number, summed(lines.filter((line) => live(line) && line.affiliate === id))])
    for (const { id, number } of settings()?.campaigns.values() ?? []) expect([number, await totals({ offer_id: String(number) })]).toEqual([number, summed(lines.filter((line) => live(line) && line.campaign === id))])
  })

  test('tests alone', async () => {
    expect(await totals({ is_test_conversion: true })).toEqual(summed(lines.filter(({ mode, currency }) => mode === 'test' && currency === 'EUR')))
    const testPair = await pairOf(book, { mode: 'test', merchantId: book.merchantId })
    expect((await v2(book, '/conversion/totals', { status: STATES, is_test_conversion: false }, testPair)).body).toEqual(await totals({ is_test_conversion: true }))
  })

  test('every range that begins or ends at a row: both ends count', async () => {
    const instants = [...new Set(lines.map(({ atMs }) => atMs))].toSorted((a, b) => a - b)
    const middle = instants[Math.floor(instants.length / 2)] ?? 0
    for (const atMs of instants.filter((_, index) => index % 5 === 0)) {
      const [from, to] = [Math.min(atMs, middle), Math.max(atMs, middle)]
      expect(await totals({ created_from: second(from), created_to: second(to) })).toEqual(summed(lines.filter((line) => live(line) && line.atMs >= Math.floor(from / 1000) * 1000 && line.atMs < Math.floor(to / 1000) * 1000 + 1000)))
    }
    const day = new Date(middle).toISOString().slice(0, 10)
    expect(await totals({ created_from: day, created_to: day })).toEqual(summed(lines.filter((line) => live(line) && Math.floor(line.atMs / DAY_MS) === Math.floor(middle / DAY_MS))))
  })

  test('verify finds the book as it must be', async () => {
    const { verify } = await import('../../../collector/service/verify.ts')
    expect((await verify({ store: book.store })).problems).toEqual([])
  })
})

test("a shared order's money counts once, and for each of its affiliates as a whole", async () => {
  const shop = await shopOfThree()
  await shop.services.campaigns.update(shop.campaignId, { model: 'linear' }, shop.merchantId)
  const session = await visited(shop, { code: 'ana' })
  shop.clock.nowMs += HOUR_MS
  await visited(shop, { code: 'ben', session })
  await record(shop, { order: 'o-1', amount: '100.01', session })
  const of = async (more: object): Promise<unknown> => (await v2(shop, '/conversion/totals', { status: ['PENDING'], ...more })).body
  expect(await of({})).toEqual({ conversions_count: 2, commission_total: 10, order_total: 100.01, commissionable_order_total: 100.01, currency: 'EUR' })
  expect(await of({ affiliate_id: 1 })).toEqual({ conversions_count: 1, commission_total: 5, order_total: 100.01, commissionable_order_total: 100.01, currency: 'EUR' })
  await shop.services.refunds.refund({ merchantId: 1, order: 'o-1', request: () => ({ kind: 'amount', minor: 1 }) }, BY)
  // It took nothing of either commission, and a cent of the order's money.
  expect(await of({})).toEqual({ conversions_count: 2, commission_total: 10, order_total: 100, commissionable_order_total: 100, currency: 'EUR' })
})

test('sums are exact beyond what a number or the database holds, and stand in the reply digit by digit', async () => {
  const shop = await startCollector()
  const most = '90071992547409.91'
  // A hundred at a time: a listener that is busy resets what more than it can queue would connect.
  for (let wave = 0; wave < 11; wave++) {
    const replies = await Promise.all(Array.from({ length: 100 }, (_, n) => paid(shop, `o-${wave}-${n}`, { items: [{ sku: 'A', quantity: 1, price: most }] })))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  }
  const { text } = await v2(shop, '/conversion/totals', { status: ['PENDING'] })
  expect(text).toContain('"order_total":99079191802150901.00,')
  expect(text).toContain('"commission_total":9907919180215089.00')
}, 30_000)
