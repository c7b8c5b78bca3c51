import { expect, test } from 'vitest'
import { startSites } from '../helpers/sites.ts'
import { arrive, counted, couponWinner, order, refledger, rows, visitor, winner } from '../helpers/visitors.ts'
import { call } from '../helpers/collector.ts'

const SHOP = 'www.shop.localhost'

test('a single-page application: each address that carries a code is an arrival, once', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP))
  for (const [act, path] of [['pushState', '/a?ref=ana'], ['replaceState', '/b?ref=ben'], ['pushState', '/c'], ['replaceState', '/c?step=2']] as const) {
    await page.evaluate(([name, address]) => history[name as 'pushState']({}, '', address), [act, path])
    await refledger(page, 'ready')
  }
  await page.evaluate("location.hash = 'ref=ana'")
  await refledger(page, 'ready')
  await page.goBack()
  await refledger(page, 'ready')
  expect(rows<{ code: string }>(sites, 'select code from clicks order by id').map(({ code }) => code)).toEqual(['ana', 'ben', 'ana'])
})

test('the history that the page has patched itself still works, and returns what it did', async () => {
  const sites = await startSites('track.shop.localhost')
  sites.pages['/'] = { head: '<script>window.calls = []; const push = history.pushState; history.pushState = function (...given) { calls.push(given[2]); return push.apply(this, given) }</script>' }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP))
  await page.evaluate("history.pushState({ step: 1 }, '', '/x?ref=ana')")
  await refledger(page, 'ready')
  expect(await page.evaluate('[calls, history.state, location.search]')).toEqual([['/x?ref=ana'], { step: 1 }, '?ref=ana'])
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
})

test('a page that was loaded ahead (simulated prerender) counts when somebody comes to see it', async () => {
  const sites = await startSites('track.shop.localhost')
  const { context, page } = await visitor()
  await context.addInitScript("Object.defineProperty(document, 'prerendering', { value: true, configurable: true })")
  await page.goto(sites.at(SHOP, '/?ref=ana'), { waitUntil: 'networkidle' })
  expect(sites.gate.calls.map(({ path }) => path)).toEqual(['/r.js'])
  await page.evaluate("delete document.prerendering; document.dispatchEvent(new Event('prerenderingchange', { bubbles: true }))")
  await refledger(page, 'ready')
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
})

test('a visit that says it only looks ahead (simulated header) is not counted', async () => {
  const sites = await startSites('track.shop.localhost')
  for (const purpose of ['prefetch', 'prefetch;prerender']) {
    const answer = await call(sites, '/r/visit', { headers: { 'Sec-Purpose': purpose }, body: '{}' })
    expect(answer.status).toBe(204)
  }
  expect(counted(sites)).toEqual({ visits: 0, clicks: 0 })
})

test('a page that comes back from the cache (simulated pageshow) is no second arrival', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })); window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
  await refledger(page, 'ready')
  expect(sites.gate.calls.filter(({ path }) => path === '/r/visit')).toHaveLength(1)
})

test('the script registers nothing that keeps a page out of that cache', async () => {
  const sites = await startSites('track.shop.localhost', { data: { domains: 'pay.localhost', fill: '#s' } })
  const { context, page } = await visitor()
  await context.addInitScript("window.heard = []; const listen = EventTarget.prototype.addEventListener; EventTarget.prototype.addEventListener = function (name, ...more) { heard.push(name); return listen.call(this, name, ...more) }")
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(new Set(await page.evaluate('heard') as string[])).toEqual(new Set(['popstate', 'online', 'submit', 'pointerover', 'focus', 'click', 'formdata']))
})

test('a reload and the way back are the same click, also a day later; the same link followed anew is another', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  sites.clock.nowMs += 24 * 3_600_000
  await page.reload()
  await refledger(page, 'ready')
  await arrive(page, sites.at(SHOP, '/other'))
  await page.goBack()
  await refledger(page, 'ready')
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })

  await arrive(page, sites.at(SHOP, '/other'))
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(counted(sites)).toEqual({ visits: 2, clicks: 2 })

  // Ana's link is the last but one by now, and the way back to it must not make her the last.
  sites.clock.nowMs += 1000
  await arrive(page, sites.at(SHOP, '/?ref=ben'))
  await page.goBack()
  await refledger(page, 'ready')
  expect(counted(sites)).toEqual({ visits: 3, clicks: 3 })
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ben')
})

test('a reload counts the arrival whose script never came', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ben'))
  sites.clock.nowMs += 1000
  await page.route('**/r.js', (route) => route.abort())
  await page.goto(sites.at(SHOP, '/?ref=ana'))
  await page.unroute('**/r.js')
  await page.reload()
  await refledger(page, 'ready')
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('a redirect that drops the query keeps what is behind the #', async () => {
  const sites = await startSites('track.shop.localhost')
  sites.pages['/old'] = { status: 302, headers: { Location: '/new' } }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/old?ref=ana'))
  expect(counted(sites)).toEqual({ visits: 0, clicks: 0 })
  await arrive(page, sites.at(SHOP, '/old#ref=ana'))
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('a program that drives the browser is stored and flagged, and never credited', async () => {
  const sites = await startSites('track.shop.localhost')
  const { context, page } = await visitor()
  await context.addInitScript("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => true })")
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const crawler = await visitor({ userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' })
  await arrive(crawler.page, sites.at(SHOP, '/?ref=ana'))
  expect(counted(sites)).toEqual({ visits: 2, clicks: 0 })
  const { receipt } = await order(sites, { sessionId: await refledger(page, 'session') })
  expect(await receipt()).toMatchObject({ attributed: false, touches: [{ verdict: 'BOT' }] })
})

test('a script that is blocked: the link that led here has counted its click, and the server may name it', async () => {
  const sites = await startSites('track.shop.localhost')
  await sites.services.campaigns.update(sites.campaignId, { landingUrl: sites.at(SHOP) }, sites.merchantId)
  const { context, page } = await visitor()
  await context.route('**/r.js', (route) => route.abort())
  await page.goto(`${sites.collectorUrl}/go/ana`)
  const clickId = new URL(page.url()).searchParams.get('rlid') ?? ''
  expect(await winner(sites, { clickId })).toBe('ana')
  expect(await couponWinner(sites, 'ANA10')).toBe('ana')
})

test('the address bar is cleaned only when the tag asks for it, and keeps the rest', async () => {
  const sites = await startSites('track.shop.localhost')
  sites.pages['/clean'] = { data: { clean: '', coupon: 'voucher' } }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana&size=9'))
  expect(page.url()).toBe(sites.at(SHOP, '/?ref=ana&size=9'))
  await arrive(page, sites.at(SHOP, '/clean?size=9&ref=ben&voucher=X&rlid=1&c=2&rlp=3#top'))
  expect(page.url()).toBe(sites.at(SHOP, '/clean?size=9#top'))
  expect(counted(sites)).toEqual({ visits: 2, clicks: 2 })
})

test('scripts off: the image counts the visit, and keeps the session where the site is the same', async () => {
  const sites = await startSites('track.shop.localhost')
  sites.pages['/'] = { body: `<noscript><img src="${sites.collectorUrl}/r/noscript" referrerpolicy="no-referrer-when-downgrade" alt=""></noscript>` }
  const { context, page } = await visitor({ javaScriptEnabled: false })
  await page.goto(sites.at(SHOP, '/?ref=ana'), { waitUntil: 'networkidle' })
  const [cookie] = await context.cookies(sites.at(SHOP))
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
  expect(await winner(sites, { sessionId: cookie?.value })).toBe('ana')
})
