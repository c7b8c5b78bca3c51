import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { emailHash } from '../../collector/service/identity.ts'
import { verify } from '../../collector/service/verify.ts'
import { DAY_MS } from '../../shared/limits.ts'
import { cli, cliJson } from '../helpers/cli.ts'
import { call, HOUR_MS, NOON_MS, startCollector, uuidAt, visitBody, type Answer } from '../helpers/collector.ts'
import { snippets } from '../helpers/readme.ts'
import { bookKeeper } from '../helpers/rich-book.ts'
import { rowCounts, rowsOf } from '../helpers/rows.ts'

type Shop = Awaited<ReturnType<typeof startCollector>>
type Counts = Record<string, number>
interface Erased { dryRun: boolean; counts: Counts; accounts: unknown[]; filesClean: boolean | null }
interface Exported { counts: Counts; visits: { page: string; browser: string }[]; orders: { orderId: string; amount: string; metadata: unknown; refunds: { reason: string }[] }[]; [list: string]: unknown }

const KIM = 'kim@customer.example'
const KIMS_PAGE = 'www.shop.example/welcome/kim-of-elm-street'
const KIMS_BROWSER = 'Mozilla/5.0 (X11; Linux x64) KimBrowser/130.0'
const METADATA = { customer: { name: 'Kim Nakamura', address: ['Elm Street 7', { city: 'Springwood' }] } }

const urlOf = ({ dir }: Shop): string => `sqlite:${join(dir, 'test.db')}`
const erase = async (shop: Shop, email = KIM, ...args: string[]): Promise<Erased> => (await cliJson<Erased>(urlOf(shop), 'privacy', 'erase', '--email', email, ...args)).json
const exported = async (shop: Shop, email = KIM): Promise<Exported> => (await cliJson<Exported>(urlOf(shop), 'privacy', 'export', '--email', email)).json
const problems = async (shop: Shop): Promise<unknown[]> => (await verify(shop)).problems

async function ok(answer: Promise<Answer>): Promise<Answer> {
  const { status, text } = await answer
  if (status >= 300) throw new Error(text)
  return answer
}
const identify = (shop: Shop, session: string, email: string) => ok(call(shop, '/r/identify', { body: { session, url: 'https://www.shop.example/', emailHash: emailHash(email) } }))
const visit = (shop: Shop, session: string, page = 'www.shop.example/', browser?: string) => ok(call(shop, '/r/visit', { body: visitBody(shop, { session, url: `https://${page}?ref=ana` }), ...(browser === undefined ? {} : { headers: { 'User-Agent': browser } }) }))
const order = (shop: Shop, externalId: string, more: Record<string, unknown>, headers: Record<string, string> = {}) => ok(call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, headers, body: { externalId, conversionType: 'SALE', amount: 10_000, currency: 'EUR', ...more } }))

/** Kim came through Ana's link, named themself, ordered with all their data, and gave some back. */
async function kimsShop(): Promise<{ shop: Shop; session: string }> {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session, KIMS_PAGE, KIMS_BROWSER)
  await identify(shop, session, KIM)
  await ok(call(shop, '/r/cart', { body: { session, url: 'https://www.shop.example/', cart: 'cart-of-kim' } }))
  await order(shop, 'ord_1', { sessionId: session, customerEmailHash: emailHash(KIM), metadata: METADATA, subscriptionId: 'sub_1' }, { 'Idempotency-Key': 'first' })
  await bookKeeper(shop).refund('ord_1', { kind: 'amount', minor: 1000 })
  return { shop, session }
}

/** What of these stands anywhere in the files of the database. */
function remains({ dir }: Shop, ...needles: (string | Buffer)[]): string[] {
  const files = readdirSync(dir).filter((name) => name.startsWith('test.db')).map((name) => readFileSync(join(dir, name)))
  return needles.filter((needle) => files.some((bytes) => bytes.includes(needle))).map((needle) => (typeof needle === 'string' ? needle : needle.toString('hex')))
}
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll('-', ''), 'hex')

test('an export tells a customer all of it, whatever the case of the address; nobody else has anything', async () => {
  const { shop, session } = await kimsShop()
  const found = await exported(shop, ' Kim@Customer.EXAMPLE')
  expect(found.counts).toEqual({ identifies: 2, visits: 1, sessions: 1, sharedSessions: 0, orders: 1, metadata: 1, notes: 0, carts: 1, referrals: 0, triggers: 0, answers: 1, affiliates: 0 })
  expect(found.visits).toMatchObject([{ session, link: 'ana', page: KIMS_PAGE, browser: KIMS_BROWSER, at: '2026-11-20T09:00:00.000Z' }])
  expect(found.orders).toMatchObject([{ orderId: 'ord_1', amount: '100.00 EUR', metadata: METADATA, subscription: 'sub_1', refunds: [{ what: 'amount' }] }])
  expect(found['carts']).toMatchObject([{ cart: 'cart-of-kim', session }])
  expect(JSON.stringify(found)).not.toMatch(/aff_|cmm_/)
  const nobody = await cliJson<Exported>(urlOf(shop), 'privacy', 'export', '--email', 'nobody@customer.example')
  expect([nobody.code, Object.values(nobody.json.counts).every((count) => count === 0), nobody.json.visits, nobody.json.orders]).toEqual([0, true, [], []])
})

test('erased is gone from the files to the byte, what was earned stays, and a second time there is nothing', async () => {
  const { shop, session } = await kimsShop()
  const identity = shop.services.identities.identityOf(shop.merchantId, emailHash(KIM))
  const needles = [bytes(identity), identity, bytes(session), session, 'Kim Nakamura', 'Springwood', 'kim-of-elm-street', 'KimBrowser']
  expect(remains(shop, ...needles)).toHaveLength(needles.length - 1)
  const money = rowsOf(shop, 'select minor, total_minor, clawed_minor, open_minor, status from commissions')
  const counts = rowCounts(shop)

  const dry = await erase(shop, KIM, '--dry-run')
  expect([dry.dryRun, dry.filesClean, rowCounts(shop)]).toEqual([true, null, counts])
  const erased = await erase(shop, 'KIM@customer.example ')
  expect(erased).toEqual({ dryRun: false, counts: dry.counts, accounts: [], filesClean: true })
  expect(erased.counts).toMatchObject({ visits: 1, orders: 1, metadata: 1, carts: 1, answers: 1 })
  expect(remains(shop, ...needles)).toEqual([])

  expect(rowsOf(shop, 'select minor, total_minor, clawed_minor, open_minor, status from commissions')).toEqual(money)
  expect(await problems(shop)).toEqual([])
  expect((await exported(shop)).counts).toMatchObject({ identifies: 0, visits: 0, orders: 0, answers: 0 })
  const after = rowCounts(shop)
  const again = await erase(shop)
  expect([Object.values(again.counts).every((count) => count === 0), rowCounts(shop)]).toEqual([true, after])
  expect(rowsOf(shop, "select action, subject, json_extract(detail, '$.rows.orders') as orders from audit where action like 'privacy%'")).toEqual([{ action: 'privacy erase', subject: 'customer', orders: 1 }])
  expect((await cli(urlOf(shop), 'privacy', 'erase', '--email', KIM)).out).toBe('nothing is kept about this address\n')
})

test('beside a running collector: a renewal is credited, neither session nor address finds the click, and nothing comes back', async () => {
  const { shop, session } = await kimsShop()
  await shop.services.campaigns.update(shop.campaignId, { recurring: 'life' }, shop.merchantId)
  shop.clock.nowMs += HOUR_MS
  await order(shop, 'first', { sessionId: session, customerEmailHash: emailHash(KIM), subscriptionId: 'sub_2' })
  await erase(shop)
  const winner = async (externalId: string, more: Record<string, unknown>): Promise<unknown> => (await order(shop, externalId, more)).body.data['attributed']
  shop.clock.nowMs += DAY_MS
  expect(await winner('renewal', { subscriptionId: 'sub_2', customerEmailHash: emailHash(KIM) })).toBe(true)
  expect(await winner('by-mail', { customerEmailHash: emailHash(KIM) })).toBe(false)
  expect(await winner('by-session', { sessionId: session })).toBe(false)
  expect(await winner('by-cart', { cartToken: 'cart-of-kim', sessionId: 'other' })).toBe(false)
  // The same page and browser again: their texts were remembered under numbers that are gone.
  await visit(shop, uuidAt(shop.clock.nowMs), KIMS_PAGE, KIMS_BROWSER)
  expect(rowsOf(shop, "select t.text from clicks c join texts t on t.id = c.page where c.received_at_ms > ? union select t.text from clicks c join texts t on t.id = c.user_agent where c.received_at_ms > ?", shop.clock.nowMs - 1, shop.clock.nowMs - 1)).toEqual([{ text: KIMS_BROWSER }, { text: KIMS_PAGE }])
  expect(await problems(shop)).toEqual([])
})

test('a repeat with the same Idempotency-Key does nothing a second time, and gives nothing back', async () => {
  const { shop, session } = await kimsShop()
  await erase(shop)
  const body = { externalId: 'ord_1', conversionType: 'SALE', amount: 10_000, currency: 'EUR', sessionId: session, customerEmailHash: emailHash(KIM), metadata: METADATA, subscriptionId: 'sub_1' }
  const { status, text, headers } = await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, headers: { 'Idempotency-Key': 'first' }, body })
  expect([status, headers.get('Retry-After'), text.includes('its answer was erased'), text.includes('Kim')]).toEqual([409, null, true, false])
  // Without the key it is the same order again, as it stands.
  const again = await call(shop, '/api/v1/conversions/postback', { key: shop.keys.refcampaign, body })
  expect(again.status).toBe(200)
  expect(rowsOf(shop, 'select count(*) as n, count(metadata) as texts from conversions')).toEqual([{ n: 1, texts: 0 }])
  expect(await problems(shop)).toEqual([])
})

test('two customers of one session: the other keeps the visits and their orders', async () => {
  const { shop, session } = await kimsShop()
  await identify(shop, session, 'lee@customer.example')
  await order(shop, 'of-lee', { sessionId: session, customerEmailHash: emailHash('lee@customer.example'), metadata: { name: 'Lee' } })
  const lee = await exported(shop, 'lee@customer.example')
  expect(lee.counts).toMatchObject({ sessions: 0, sharedSessions: 1, visits: 0, orders: 1 })
  expect(JSON.stringify(lee)).not.toContain('Nakamura')

  const { counts } = await erase(shop)
  expect(counts).toMatchObject({ sessions: 0, sharedSessions: 1, visits: 0, metadata: 1, orders: 1 })
  expect((await exported(shop, 'lee@customer.example')).orders).toMatchObject([{ orderId: 'of-lee', metadata: { name: 'Lee' } }])
  // It is known by one address now, and so is Lee's alone; what Kim ordered in it is not Lee's.
  expect((await exported(shop, 'lee@customer.example')).counts).toMatchObject({ sessions: 1, sharedSessions: 0, visits: 1, orders: 1 })
  expect(remains(shop, 'Kim Nakamura', bytes(shop.services.identities.identityOf(shop.merchantId, emailHash(KIM))))).toEqual([])
  expect((await erase(shop, 'lee@customer.example')).counts).toMatchObject({ sessions: 1, visits: 1, orders: 1, metadata: 1 })
  expect(remains(shop, bytes(session), 'kim-of-elm-street')).toEqual([])
  expect(await problems(shop)).toEqual([])
})

test("the shop's own number for a customer goes with them, and a number that stands for two stays", async () => {
  const shop = await startCollector()
  await order(shop, 'a', { customerEmailHash: emailHash(KIM), customerId: 'c-7' })
  await order(shop, 'b', { customerId: 'c-7', sessionId: 'x', metadata: { note: 'of c-7 alone' } })
  await order(shop, 'c', { customerEmailHash: emailHash(KIM), customerId: 'family' })
  await order(shop, 'd', { customerEmailHash: emailHash('lee@customer.example'), customerId: 'family' })
  expect((await exported(shop)).orders.map(({ orderId }) => orderId).toSorted()).toEqual(['a', 'b', 'c'])
  expect((await erase(shop)).counts).toMatchObject({ orders: 3, metadata: 1 })
  expect((await exported(shop, 'lee@customer.example')).counts).toMatchObject({ orders: 1 })
  expect(await problems(shop)).toEqual([])
})

test('who refers is refused with what they have; with --affiliate who they are goes, and a purchase of their own stays one', async () => {
  const shop = await startCollector()
  const keeper = bookKeeper(shop)
  await shop.services.affiliates.update('ana', { payoutEmail: 'bank@ana.example', profile: { address1: 'Oak Lane 3', phone: '+49 30 1234567' } }, shop.merchantId)
  const session = await keeper.visits('ana')
  await order(shop, 'own', { sessionId: session })
  await identify(shop, session, 'ana@partner.example')
  await order(shop, 'sold', { affiliateCode: 'ana', customerEmailHash: emailHash('lee@customer.example') })
  await keeper.approve('sold')
  const refused = await cli(urlOf(shop), 'privacy', 'erase', '--email', 'Ana@partner.example')
  expect([refused.code, refused.err]).toEqual([1, 'error: This is an address of the affiliate ana, who has 10.00 EUR payable and 10.00 EUR pending: --affiliate erases them as well, and disables them; what they earned stays booked.\n'])
  expect((await exported(shop, 'bank@ana.example'))['affiliate']).toMatchObject([{ id: shop.ana, addresses: ['ana@partner.example', 'bank@ana.example'], profile: { firstName: 'Ana', phone: '+49 30 1234567' } }])

  const { counts, accounts } = await erase(shop, 'ana@partner.example', '--affiliate')
  expect([counts['affiliates'], accounts]).toEqual([1, [{ account: 'payable', mode: 'live', currency: 'EUR', minor: '-1000' }, { account: 'pending', mode: 'live', currency: 'EUR', minor: '-1000' }]])
  const identityOf = (email: string): Buffer => bytes(shop.services.identities.identityOf(shop.merchantId, emailHash(email)))
  expect(remains(shop, 'ana@partner.example', 'bank@ana.example', 'Oak Lane', '1234567', identityOf('ana@partner.example'), identityOf('bank@ana.example'))).toEqual([])
  shop.clock.nowMs = Date.now() + HOUR_MS
  const [ana] = shop.services.affiliates.list(shop.merchantId)
  expect(ana).toMatchObject({ id: shop.ana, email: 'erased-1@affiliate.invalid', name: '', code: 'ana', status: 'DISABLED' })
  // The commission of their own order is rejected, as it would have been.
  shop.clock.nowMs += HOUR_MS
  await expect(shop.services.commissions.approve({ merchantId: shop.merchantId, names: await keeper.commissions('own') }, { actor: 'test' })).rejects.toThrow(/is the buyer/)
  expect((await erase(shop, 'ana@partner.example')).counts).toMatchObject({ affiliates: 0, identifies: 0 })
  expect(await problems(shop)).toEqual([])
})

test('an e-mail that credits an affiliate, and a referral, go with the address', async () => {
  const { shop } = await kimsShop()
  await shop.services.triggers.assign({ email: KIM, affiliate: 'ben' }, shop.merchantId)
  await shop.services.referrals.create({ merchantId: shop.merchantId, mode: 'live', email: KIM })
  shop.clock.nowMs += HOUR_MS
  await order(shop, 'credited', { customerEmailHash: emailHash(KIM) })
  expect((await erase(shop)).counts).toMatchObject({ triggers: 1, referrals: 1, orders: 2 })
  expect(remains(shop, KIM, KIM.toUpperCase())).toEqual([])
  shop.clock.nowMs += HOUR_MS
  expect((await order(shop, 'later', { customerEmailHash: emailHash(KIM) })).body.data['attributed']).toBe(false)
  expect(await problems(shop)).toEqual([])
})

test('no other change gets through where an erasure may change a row', async () => {
  const { shop } = await kimsShop()
  await shop.services.triggers.assign({ email: KIM, affiliate: 'ben' }, shop.merchantId)
  await identify(shop, uuidAt(NOON_MS), 'lee@customer.example')
  await erase(shop, 'lee@customer.example')
  await shop.close()
  const db = new Database(join(shop.dir, 'test.db'))
  for (const sql of [
    "update conversions set metadata = '{}'", "update conversions set site = 'other'", "update refunds set reason = 'other'", 'update refunds set minor = 1', "update carts set session = x'00'", "update carts set cart = x'00'",
    "update triggers set value = 'X'", "update triggers set identity = x'00'", "update affiliate_addresses set address = 'other@example.com'", "update affiliate_addresses set identity = x'00'",
    `update affiliate_profiles set value = '{"firstName":"Eve"}'`, `update affiliate_versions set value = '{"status":"DENIED"}'`, "update commissions set note = 'x'", 'delete from nameless', 'delete from carts',
  ]) expect(() => db.exec(sql)).toThrow(/append only|erased or stays|never rewritten|new entry/)
  db.close()
})

test('an order that a page told of loses the name of its visitor, too', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  await visit(shop, session)
  await identify(shop, session, KIM)
  const { merchantId } = shop
  await shop.services.pageOrders.tell({ session, emailHash: emailHash(KIM), report: { merchantId, mode: 'live', kind: 'sale', externalId: 'thanks', amount: { minor: 1000, currency: 'EUR' }, metadata: null, identifiers: [] } })
  expect(remains(shop, session)).toHaveLength(1)
  expect((await erase(shop)).counts).toMatchObject({ orders: 1, sessions: 1 })
  expect(remains(shop, session)).toEqual([])
  expect(await problems(shop)).toEqual([])
})

test('what another visitor came with, too, stays with that visit', async () => {
  const { shop } = await kimsShop()
  await visit(shop, uuidAt(NOON_MS), KIMS_PAGE, 'Mozilla/5.0 OtherBrowser')
  await erase(shop)
  expect(rowsOf(shop, 'select p.text as page, u.text as browser from clicks c join texts p on p.id = c.page join texts u on u.id = c.user_agent order by 1')).toEqual([{ page: '', browser: '' }, { page: KIMS_PAGE, browser: 'Mozilla/5.0 OtherBrowser' }])
})

test('an address that is none is wrong usage', async () => {
  const shop = await startCollector()
  for (const args of [['--email', 'kim'], []]) expect((await cli(urlOf(shop), 'privacy', 'erase', ...args)).code).toBe(2)
})

test('the commands of the README do what it says', async () => {
  const { shop } = await kimsShop()
  const [block = ''] = snippets('Privacy', 'sh')
  const said: Awaited<ReturnType<typeof cli>>[] = []
  for (const line of block.trim().split('\n')) said.push(await cli(urlOf(shop), ...line.replace(/ > .*/, '').split(' ').slice(1)))
  expect(said.map(({ code, out }) => [code, out.split('\n')[0]])).toEqual([[0, '{'], [0, 'would be erased:'], [0, 'erased:']])
  expect(said.at(-1)?.out).toContain('Backups that were made before still hold all of it')
})

test('a letter beyond ASCII is the same in either case, in kept answers as well', async () => {
  const shop = await startCollector()
  await ok(call(shop, '/api/v1/referrals', { key: shop.keys.refgrow, headers: { 'Idempotency-Key': 'ik1' }, body: { email: 'JÖRG@customer.example' } }))
  expect((await erase(shop, 'jörg@customer.example')).counts).toMatchObject({ referrals: 1, answers: 1 })
  expect(remains(shop, 'JÖRG@customer.example', 'jörg@customer.example')).toEqual([])
})

test('a visit that is told again after it was erased brings nothing back', async () => {
  const shop = await startCollector()
  const session = uuidAt(NOON_MS)
  const body = visitBody(shop, { session, url: `https://${KIMS_PAGE}?ref=ana` })
  await ok(call(shop, '/r/visit', { body }))
  await identify(shop, session, KIM)
  await erase(shop)
  await ok(call(shop, '/r/visit', { body: { ...body, session: uuidAt(NOON_MS) } }))
  expect(rowsOf(shop, 'select text from texts where text = ?', KIMS_PAGE)).toEqual([])
  await visit(shop, uuidAt(shop.clock.nowMs), KIMS_PAGE)
  expect(rowsOf(shop, 'select t.text from clicks c join texts t on t.id = c.page where t.text = ?', KIMS_PAGE)).toEqual([{ text: KIMS_PAGE }])
})
