import { createHash } from 'node:crypto'
import type { BrowserContext } from 'playwright-core'
import { expect, test } from 'vitest'
import { DAY_MS } from '../../shared/limits.ts'
import { startSites, type Sites } from '../helpers/sites.ts'
import { arrive, counted, kept, refledger, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'

/** Seven days later a browser that caps what scripts keep: those cookies and the storages are gone, those that the server set are not. */
async function sevenDaysLater(sites: Sites, { context, isServerSet }: { context: BrowserContext; isServerSet: boolean }): Promise<void> {
  sites.clock.nowMs += 7 * DAY_MS + 1
  if (!isServerSet) await context.clearCookies()
  await context.addInitScript('localStorage.clear(); sessionStorage.clear()')
}

test.each([['of its own on the site', 'track.shop.localhost'], ['on a path of the shop', '']])('the seven-day cap (simulated) spares the cookie of a collector %s', async (_place, host) => {
  const sites = await startSites(host)
  const { context, page } = await visitor()
  // Whatever the script writes of cookies is noted: it must be nothing.
  await context.addInitScript("const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, 'cookie'); window.wrote = []; Object.defineProperty(document, 'cookie', { get: () => get.call(document), set: (text) => { window.wrote.push(text); set.call(document, text) } })")
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(await page.evaluate('wrote')).toEqual([])
  expect((await context.cookies()).map(({ name, domain }) => ({ name, domain }))).toEqual([{ name: '_rl', domain: '.shop.localhost' }])

  await sevenDaysLater(sites, { context, isServerSet: true })
  await arrive(page, sites.at('checkout.shop.localhost', '/pay'))
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('the seven-day cap (simulated) ends the cookie of a collector on another site, and the e-mail still finds the affiliate', async () => {
  const sites = await startSites('track.localhost')
  const { context, page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(await refledger(page, 'identify', 'kim@customer.example')).toBe(true)

  await sevenDaysLater(sites, { context, isServerSet: false })
  await arrive(page, sites.at(SHOP, '/pay'))
  expect(await refledger(page, 'session')).toBeUndefined()
  expect(await winner(sites, { customerEmailHash: createHash('sha256').update('kim@customer.example').digest('hex') })).toBe('ana')
})

test('one session on all hosts of the shop', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  for (const host of ['shop.localhost', 'checkout.shop.localhost', 'eu.pay.shop.localhost']) {
    await arrive(page, sites.at(host))
    expect(await refledger(page, 'session')).toBe(session)
  }
})

test('cookies blocked: the browser storage keeps the session', async () => {
  const sites = await startSites('track.localhost')
  const { context, page } = await visitor()
  await (await context.newCDPSession(page)).send('Emulation.setDocumentCookieDisabled', { disabled: true })
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  expect(await kept({ context, page })).toEqual({ cookies: [], stored: ['_rl', '_rls'] })

  await arrive(page, sites.at(SHOP, '/pay'))
  expect(await refledger(page, 'session')).toBe(session)
  expect(await winner(sites, { sessionId: session })).toBe('ana')
})

test('localStorage blocked (simulated): the cookie keeps the session', async () => {
  const sites = await startSites('track.localhost')
  const { page, context } = await visitor()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await context.addInitScript("for (const area of ['localStorage', 'sessionStorage']) Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError') } })")
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  await arrive(page, sites.at(SHOP, '/pay'))
  expect(await refledger(page, 'session')).toBe(session)
  expect(await winner(sites, { sessionId: session })).toBe('ana')
  expect(errors).toEqual([])
})

test('everything blocked: a sandboxed page counts nothing, keeps nothing, and notices nothing', async () => {
  const sites = await startSites('track.shop.localhost')
  sites.pages['/'] = { headers: { 'Content-Security-Policy': 'sandbox allow-scripts' } }
  const { page } = await visitor()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(await refledger(page, 'identify', 'kim@customer.example')).toBe(false)
  expect(errors).toEqual([])
  expect(counted(sites)).toEqual({ visits: 0, clicks: 0 })
})

test('a private window has a session of its own, which ends with it', async () => {
  const sites = await startSites('track.shop.localhost')
  const open = await visitor()
  await arrive(open.page, sites.at(SHOP, '/?ref=ana'))
  const closed = await visitor()
  await arrive(closed.page, sites.at(SHOP, '/?ref=ben'))
  const session = await refledger(closed.page, 'session')
  expect(session).not.toBe(await refledger(open.page, 'session'))
  expect(await winner(sites, { sessionId: session })).toBe('ben')

  await closed.context.close()
  const again = await visitor()
  await arrive(again.page, sites.at(SHOP))
  expect(await refledger(again.page, 'session')).toBeUndefined()
})

test.each(['track.shop.localhost', 'track.localhost'])('two tabs opened at once are one session (%s)', async (host) => {
  const sites = await startSites(host)
  const { context } = await visitor()
  const tabs = await Promise.all(Array.from({ length: 6 }, () => context.newPage()))
  await Promise.all(tabs.map((tab, index) => arrive(tab, sites.at(SHOP, `/p${index}?ref=${index % 2 === 0 ? 'ana' : 'ben'}`))))
  const sessions = await Promise.all(tabs.map((tab) => refledger(tab, 'session')))
  expect(new Set(sessions).size).toBe(1)
  expect(new Set(sites.gate.calls.filter(({ path }) => path === '/r/visit').map(({ body }) => (JSON.parse(body) as { session: string }).session)).size).toBe(1)
  expect(counted(sites)).toEqual({ visits: 6, clicks: 6 })
})

test.each([
  ['refgrow_ref_code', 'ana'],
  ['refersion_rfsn', '4711.ana'],
])('a cookie %s of another system is taken over once', async (name, value) => {
  const sites = await startSites('track.shop.localhost')
  const { context, page } = await visitor()
  await context.addCookies([{ name, value, domain: '.shop.localhost', path: '/' }])
  await arrive(page, sites.at(SHOP))
  await arrive(page, sites.at(SHOP, '/more'))
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test("RefCampaign's session goes on", async () => {
  const sites = await startSites('track.shop.localhost')
  const { context, page } = await visitor()
  const session = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'
  await context.addCookies([{ name: '_rc_sid', value: session, domain: '.shop.localhost', path: '/' }])
  await arrive(page, sites.at(SHOP))
  expect(await refledger(page, 'session')).toBe(session)
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await context.clearCookies({ name: '_rc_sid' })
  await arrive(page, sites.at(SHOP))
  expect(await refledger(page, 'session')).toBe(session)
  expect(await winner(sites, { sessionId: session })).toBe('ana')
})
