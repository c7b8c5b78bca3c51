import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { call } from '../helpers/collector.ts'
import { cliJson } from '../helpers/cli.ts'
import { buy, startShop, type RunningShop } from '../helpers/shop.ts'
import { refledger, visitor } from '../helpers/visitors.ts'

interface ReceiptData {
  externalId: string
  amountMinor: number
  attributed: boolean
  status: string
  touches: { eventId: string; evidence: string; verdict: string; code: string }[]
  commissions: { amountMinor: number; affiliateCode: string; currency: string }[]
}

const rows = (shop: RunningShop, sql: string): unknown[] => {
  const db = new Database(shop.databaseUrl.slice(7), { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}
const count = (shop: RunningShop, table: string): unknown => rows(shop, `select count(*) as n from ${table}`)[0]

async function receiptOf(shop: RunningShop): Promise<ReceiptData> {
  const [conversion] = rows(shop, 'select id from conversions') as { id: string }[]
  const { body } = await call(shop, `/api/v1/conversions/${conversion?.id}/receipt`, { key: shop.key, method: 'GET' })
  return body.data as unknown as ReceiptData
}

async function expectOneCommissionOf(shop: RunningShop, code: string): Promise<ReceiptData> {
  const receipt = await receiptOf(shop)
  expect(count(shop, 'conversions')).toEqual({ n: 1 })
  expect(count(shop, 'commissions')).toEqual({ n: 1 })
  expect(receipt).toMatchObject({ attributed: true, status: 'PENDING', commissions: [{ affiliateCode: code, currency: 'EUR', amountMinor: Math.round(receipt.amountMinor / 10) }] })
  const verified = await cliJson<{ ok: boolean; entries: number }>(shop.databaseUrl, 'verify')
  expect(verified).toEqual({ code: 0, json: { ok: true, conversions: 1, entries: 2, problems: [] } })
  expect(rows(shop, 'select sum(minor) as sum from ledger_entries')).toEqual([{ sum: 0 }])
  return receipt
}

test('an affiliate link, a landing, a product, a checkout: one order, one commission, one receipt that names the click', async () => {
  const shop = await startShop('track.shop.localhost')
  const { context, page } = await visitor()

  await page.goto(shop.links.ana)
  expect(page.url()).toContain(`${shop.shopUrl}/?ref=ana&rlid=`)
  const clickId = new URL(page.url()).searchParams.get('rlid')
  const session = await refledger(page, 'session')
  const [cookie] = await context.cookies(shop.shopUrl)
  expect(cookie).toMatchObject({ name: '_rl', value: session, domain: '.shop.localhost', path: '/', sameSite: 'Lax', httpOnly: false })

  await buy(page, 'Kim@Customer.example')
  await expect.poll(() => page.locator('body').innerText()).toContain('Who earned what')

  const receipt = await expectOneCommissionOf(shop, 'ana')
  expect(receipt.touches).toMatchObject([{ eventId: clickId, evidence: 'session', verdict: 'WON', code: 'ana' }])
  expect(new URL(page.url()).pathname).toBe(`/order/${receipt.externalId}`)
  expect(await page.locator('body').innerText()).toContain('ana earns')
}, 60_000)

test('a collector on a site of its own: the script keeps the session, and the order is won all the same', async () => {
  const shop = await startShop('track.localhost')
  const { context, page } = await visitor()

  await page.goto(`${shop.shopUrl}/?ref=ben`)
  const session = await refledger(page, 'session')
  expect(session).toMatch(/^[0-9a-f-]{36}$/)
  expect(await context.cookies(shop.shopUrl)).toMatchObject([{ name: '_rl', value: session, domain: '.shop.localhost', sameSite: 'Lax' }])
  expect(await context.cookies(shop.collectorUrl)).toEqual([])

  await buy(page, 'kim@customer.example')
  const receipt = await expectOneCommissionOf(shop, 'ben')
  expect(receipt.touches).toMatchObject([{ evidence: 'session', verdict: 'WON' }])
}, 60_000)

test('a click on the phone wins the order on the laptop, through the same e-mail; the address itself leaves no page', async () => {
  const shop = await startShop('track.shop.localhost')
  const phone = await visitor()
  const bodies: string[] = []
  phone.page.on('request', (request) => bodies.push(`${request.url()} ${request.postData() ?? ''}`))
  await phone.page.goto(`${shop.shopUrl}/?ref=ana`)
  expect(await refledger(phone.page, 'identify', ' Kim@Customer.example ')).toBe(true)
  expect(bodies.join('\n')).toContain(createHash('sha256').update('kim@customer.example').digest('hex'))
  expect(bodies.join('\n').toLowerCase()).not.toContain('kim@customer')

  const laptop = await visitor()
  await laptop.page.goto(shop.shopUrl)
  expect(await refledger(laptop.page, 'session')).toBeUndefined()
  await buy(laptop.page, 'kim@customer.example')
  const receipt = await expectOneCommissionOf(shop, 'ana')
  expect(receipt.touches).toMatchObject([{ evidence: 'identity', verdict: 'WON' }])
}, 60_000)

test('a visitor who came by no link: no cookie, no call, and the order is kept for nobody', async () => {
  const shop = await startShop('track.shop.localhost')
  const { context, page } = await visitor()
  const calls: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/r/')) calls.push(request.url())
  })
  await page.goto(shop.shopUrl)
  await refledger(page, 'ready')
  await buy(page, 'kim@customer.example')

  expect(calls).toEqual([])
  expect(await context.cookies()).toEqual([])
  expect(await receiptOf(shop)).toMatchObject({ attributed: false, status: 'PENDING', touches: [], commissions: [] })
}, 60_000)

test('a reload and a second page of the same link are one click', async () => {
  const shop = await startShop('track.shop.localhost')
  const { page } = await visitor()
  await page.goto(`${shop.shopUrl}/?ref=ana`)
  await refledger(page, 'ready')
  await page.reload()
  await refledger(page, 'ready')
  expect(rows(shop, 'select count(*) as clicks from clicks where joined is null')).toEqual([{ clicks: 1 }])
}, 60_000)
