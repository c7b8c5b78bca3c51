import Database from 'better-sqlite3'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'
import { BROWSER, call, uuidAt } from './collector.ts'
import type { Sites } from './sites.ts'

let browser: Browser | undefined

/** A visitor with a fresh profile, in a browser that is not taken for a bot. */
export async function visitor(options: { userAgent?: string; javaScriptEnabled?: boolean } = {}): Promise<{ context: BrowserContext; page: Page }> {
  browser ??= await chromium.connect(inject('browser'))
  const context = await browser.newContext({ userAgent: BROWSER, ...options })
  onTestFinished(() => context.close())
  return { context, page: await context.newPage() }
}

/** The promise of a script's command on a page. */
export const refledger = (page: Page, command: string, argument?: string): Promise<unknown> => page.evaluate(([name, value]) => (globalThis as unknown as { refledger: (...args: unknown[]) => Promise<unknown> }).refledger(name, value), [command, argument])

/** Goes to an address and waits until its arrival was handled. */
export async function arrive(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await refledger(page, 'ready')
}

/** What a browser keeps for a page: cookies, and what lies in its storages. */
export async function kept({ context, page }: { context: BrowserContext; page: Page }): Promise<{ cookies: string[]; stored: string[] }> {
  const cookies = (await context.cookies()).map(({ name }) => name)
  const stored = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)])
  return { cookies, stored }
}

/** A row of the collector's file. */
export function rows<Row>({ databaseFile }: Pick<Sites, 'databaseFile'>, sql: string): Row[] {
  const db = new Database(databaseFile, { readonly: true })
  try {
    return db.prepare<[], Row>(sql).all()
  } finally {
    db.close()
  }
}

/** How many visits are on disk, and how many clicks they count as. */
export function counted(sites: Pick<Sites, 'databaseFile'>): { visits: number; clicks: number } {
  const [found] = rows<{ visits: number; clicks: number }>(sites, 'select count(*) as visits, count(*) filter (where joined is null and bot = 0) as clicks from clicks')
  return found ?? { visits: 0, clicks: 0 }
}

export interface Receipt {
  attributed: boolean
  status: string
  marks: string[]
  touches: { evidence: string; verdict: string; code: string; eventId: string }[]
  commissions: { affiliateCode: string; amountMinor: number }[]
}

/** Reports an order of 50.00 EUR as the shop's server does, and reads its receipt. */
export async function order(sites: Sites, named: { sessionId?: unknown; clickId?: string; affiliateCode?: string; customerEmailHash?: string }): Promise<{ id: string; receipt: () => Promise<Receipt> }> {
  const externalId = uuidAt(sites.clock.nowMs)
  const reported = await call(sites, '/api/v1/conversions/postback', { key: sites.key, body: { externalId, conversionType: 'SALE', amount: 5000, currency: 'EUR', ...named } })
  if (reported.status > 201) throw new Error(reported.text)
  const conversion = String(reported.body.data['conversionId'])
  return {
    id: externalId,
    receipt: async () => (await call(sites, `/api/v1/conversions/${conversion}/receipt`, { key: sites.key, method: 'GET' })).body.data as unknown as Receipt,
  }
}

/** Who earned from an order that names this session: a code, or undefined for nobody. */
export async function winner(sites: Sites, named: Parameters<typeof order>[1]): Promise<string | undefined> {
  const { receipt } = await order(sites, named)
  return (await receipt()).commissions[0]?.affiliateCode
}

/** Who earned from an order with a coupon and nothing else, as Refersion's intake takes it. */
export async function couponWinner(sites: Sites, coupon: string): Promise<string | undefined> {
  const headers = { 'Refersion-Public-Key': sites.keys.refersion.public, 'Refersion-Secret-Key': sites.keys.refersion.secret }
  const id = uuidAt(sites.clock.nowMs)
  const paid = await call(sites, '/tracker/orders/paid', { headers, body: { cart_id: `cart-${id}`, order_id: id, currency_code: 'EUR', discount_code: coupon, items: [{ sku: 'TEE', price: 50, quantity: 1 }] } })
  if (paid.status !== 200) throw new Error(paid.text)
  return rows<{ code: string }>(sites, 'select k.code from commissions c join codes k on k.merchant_id = c.merchant_id and k.affiliate_id = c.affiliate_id order by c.id desc limit 1')[0]?.code
}
