import { beforeAll, expect, test } from 'vitest'
import { call, startCollector, type TestCollector } from '../../helpers/collector.ts'
import { sharedEnds } from '../../helpers/ends.ts'
import { richBook, type RichBook } from '../../helpers/rich-book.ts'
import { pairOf, paid, v2, type Pair } from './shop.ts'

/** Follows a link to this collector, wherever it says that it is. */
const follow = (shop: TestCollector, link: unknown, path = new URL(String(link)).pathname) => call(shop, path, { method: 'GET' })
const linkOf = async (shop: TestCollector, report_id: number, keys?: Pair): Promise<string> => String((await v2(shop, '/reporting/link', { report_id }, keys)).body['download_link'])
/** Plain CSV: no cell of these tests holds a line break. */
const rowsIn = (text: string): string[][] => text.trimEnd().split('\r\n').map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].slice(0, -1).map(([, cell = '']) => cell))

const major = (minor: number, currency: string): string => (currency === 'JPY' ? String(minor) : (minor / 100).toFixed(2))

const ends = sharedEnds()
let book: RichBook
beforeAll(async () => {
  book = await richBook({ atEnd: ends })
}, 60_000)

test('a report of every conversion: what stands in the book, by number', async () => {
  const pair = await pairOf(book, { merchantId: book.merchantId })
  const file = await follow(book, await linkOf(book, 1, pair))
  expect([file.status, file.headers.get('Content-Type'), file.headers.get('Content-Disposition'), file.headers.get('Cache-Control')]).toEqual([200, 'text/csv; charset=utf-8', 'attachment; filename="conversions.csv"', 'no-store'])
  const [head, ...rows] = rowsIn(file.text)
  const booked = await book.store.read('commissions', { merchantId: book.merchantId, afterNumber: 0, limit: 1000, mode: 'live' })
  expect(head?.slice(0, 3)).toEqual(['id', 'created', 'status'])
  expect(rows.map((row) => [row[0], row[8], row[9], row[10]])).toEqual(booked.map(({ number, totalMinor, clawedMinor, amount: { currency } }) => [String(number), major(totalMinor, currency), major(clawedMinor, currency), currency]))
})

test('reports of affiliates and payouts', async () => {
  const pair = await pairOf(book, { merchantId: book.merchantId })
  const [affiliates, payouts] = await Promise.all([2, 3].map(async (report) => rowsIn((await follow(book, await linkOf(book, report, pair))).text)))
  expect(affiliates?.map(([, code]) => code)).toEqual(['code', 'ana', 'ben', 'cleo', 'dan'])
  const held = await book.services.payouts.page({ merchantId: book.merchantId, limit: 100, offset: 0 })
  expect(payouts).toHaveLength(held.total + 1)
})

test('a test key links to tests alone', async () => {
  const pair = await pairOf(book, { mode: 'test', merchantId: book.merchantId })
  expect(rowsIn((await follow(book, await linkOf(book, 1, pair))).text).slice(1).map((row) => row[6])).toEqual(['test'])
})

test('a link lives for two minutes, and for nothing but its own file', async () => {
  const shop = await startCollector()
  const link = await linkOf(shop, 1)
  const path = new URL(link).pathname
  const gone = { status: 404, body: { error: 'File is not available' } }
  const token = path.slice(-40)
  const forged = [path.replace('/1/1/', '/1/2/'), path.replace('/1/1/', '/2/1/'), path.replace('/1/1/', '/1/9/'), path.slice(0, -1), `${path}0`, path.replace(token, `${(Number.parseInt(token.slice(0, 8), 16) + 60).toString(16)}${token.slice(8)}`), path.replace(token, '0'.repeat(40)), path.replace(token, token.toUpperCase())]
  for (const wrong of forged) expect(await follow(shop, link, wrong)).toMatchObject(gone)
  shop.clock.nowMs += 119_999
  expect((await follow(shop, link)).status).toBe(200)
  shop.clock.nowMs += 1
  expect(await follow(shop, link)).toMatchObject(gone)
})

test('text that a spreadsheet would reckon with is shown as text; amounts below zero stay numbers', async () => {
  const shop = await startCollector()
  await paid(shop, '=HYPERLINK("http://evil.example")')
  await paid(shop, '-2+3')
  await v2(shop, '/conversion/manual_credit', { id: 1, commission: -5, status: 'PENDING' })
  const { text } = await follow(shop, await linkOf(shop, 1))
  expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
  expect(text).toContain(",'-2+3,")
  expect(text).toContain(',-5.00,')
})

test('more rows than are read at a time', async () => {
  const shop = await startCollector()
  await Promise.all(Array.from({ length: 501 }, () => shop.services.credits.credit({ merchantId: 1, mode: 'live', affiliate: 'ana', amount: '1', approved: false }, { actor: 'tester' })))
  expect(rowsIn((await follow(shop, await linkOf(shop, 1))).text).slice(1).map(([id]) => Number(id))).toEqual(Array.from({ length: 501 }, (_, n) => n + 1))
})
