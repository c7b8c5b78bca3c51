import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { PASS_MS } from '../../shared/limits.ts'
import { openGate, startSites, type Sites } from '../helpers/sites.ts'
import { arrive, counted, kept, refledger, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'
const PAY = 'checkout.pay.localhost'

async function startShops(): Promise<Sites> {
  const sites = await startSites('track.shop.localhost', { others: ['pay.localhost'], data: { domains: 'pay.localhost, other.localhost' } })
  const pay = sites.at(PAY, '/pay?cart=7')
  sites.pages['/'] = {
    body: `<a id="link" href="${pay}#top"><b>Pay</b></a> <a id="stranger" href="http://pay.localhost.evil.localhost/">No</a> <svg width="9" height="9"><a href="${pay}"><text y="9">S</text></a></svg>
      <form id="get" action="${pay}"><input name="size" value="9"><button>Get</button></form>
      <form id="post" method="post" action="${pay}"><input name="action" value="x"><button>Post</button></form>
      <form id="here"><button>Here</button></form>`,
  }
  return sites
}

test('where each site has the collector on a path of its own, the session goes over with the cookie, and nothing waits any more', async () => {
  const sites = await startSites('', { others: ['pay.localhost'], data: { domains: 'pay.localhost' } })
  sites.pages['/'] = { body: `<a id="link" href="${sites.at(PAY, '/pay')}">Pay</a>` }
  const visiting = await visitor()
  const { page } = visiting
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  await Promise.all([page.waitForURL(`**/pay?**`), page.locator('#link').click()])
  expect(await refledger(page, 'session')).toBe(session)
  expect(await page.evaluate('Object.keys(localStorage)')).toEqual([])
})

const passIn = (page: Page): string | null => new URL(page.url()).searchParams.get('rlp')

test.each([
  ['a link that is clicked', (page: Page) => page.locator('#link b').click()],
  ['a link that is opened by the keyboard', (page: Page) => page.locator('#link').press('Enter')],
  ['a form that is sent by GET', (page: Page) => page.locator('#get button').click()],
  ['a form that is sent by POST', (page: Page) => page.locator('#post button').click()],
  ['a script that asks for the address', (page: Page) => page.evaluate("refledger('link', document.querySelector('#link').href).then((address) => { location.href = address })")],
])('%s hands the session over to the other site', async (_what, leave) => {
  const sites = await startShops()
  const visiting = await visitor()
  const { page } = visiting
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  await Promise.all([page.waitForURL(`**/pay?**`), leave(page)])
  expect(passIn(page)).toMatch(/^[\w-]{64}$/)
  expect(await refledger(page, 'session')).toBe(session)
  expect((await page.context().cookies(sites.at(PAY))).map(({ domain, value }) => ({ domain, value }))).toEqual([{ domain: '.pay.localhost', value: session }])
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })

  await arrive(page, sites.at(PAY, '/thanks'))
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('the rest of the link stays as it is, and a second pass takes the place of the first', async () => {
  const sites = await startShops()
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  for (let again = 0; again < 3; again++) {
    await page.locator('#get button').hover()
    await page.locator('#link').hover()
  }
  const href = await page.locator('#link').getAttribute('href')
  expect(href?.replace(/rlp=[\w-]{64}/, 'PASS')).toBe(`${sites.at(PAY, '/pay?cart=7&PASS#top')}`)
})

test("links and forms of strangers, and the shop's own, are left alone", async () => {
  const sites = await startShops()
  const { page } = await visitor()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.locator('#stranger').hover()
  await page.locator('svg a').hover()
  expect(await page.locator('#stranger').getAttribute('href')).toBe('http://pay.localhost.evil.localhost/')
  await page.locator('#here button').click()
  expect(passIn(page)).toBeNull()
  expect(errors).toEqual([])
})

test('a later page has a pass too, and renews it when the pointer nears a link after five minutes', async () => {
  const sites = await startShops()
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.clock.install()
  const calls = (): number => sites.gate.calls.filter(({ path }) => path === '/r/pass').length
  // A window that gets the focus before the visit is answered asks already.
  const before = calls()
  const asked = (): number => calls() - before
  await arrive(page, sites.at(SHOP, '/'))
  await expect.poll(asked).toBe(1)
  await page.locator('#link').hover()
  await page.locator('#get').hover()
  expect(asked()).toBe(1)

  sites.clock.nowMs += 301_000
  await page.clock.fastForward(301_000)
  const renewed = page.waitForResponse('**/r/pass')
  await page.locator('#link').hover()
  await renewed
  expect(asked()).toBe(2)
  sites.clock.nowMs += PASS_MS - 301_000
  await Promise.all([page.waitForURL('**/pay?**'), page.locator('#link').click()])
  expect(await refledger(page, 'session')).toBeDefined()
})

test('a pass that ended lets nobody in', async () => {
  const sites = await startShops()
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const address = await refledger(page, 'link', sites.at(PAY, '/pay')) as string
  const friend = await visitor()
  await arrive(friend.page, sites.at(SHOP, '/'))
  sites.clock.nowMs += PASS_MS
  await Promise.all([friend.page.waitForURL('**/pay?**'), friend.page.evaluate(`location.href = ${JSON.stringify(address)}`)])
  expect([await refledger(friend.page, 'session'), await kept(friend)]).toEqual([undefined, { cookies: [], stored: ['_rls'] }])
})

test('a collector out of reach: the link works, without a pass', async () => {
  const sites = await startShops()
  const { page } = await visitor()
  sites.gate.pass = (path) => (path === '/r.js' ? openGate() : Promise.reject(new Error('down')))
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.locator('#link').click()
  await expect.poll(() => page.url()).toBe(sites.at(PAY, '/pay?cart=7#top'))
})

test('the session fills the fields that the tag names, also those that the page adds later', async () => {
  const sites = await startSites('track.shop.localhost', { data: { fill: 'input[name=session]' } })
  sites.pages['/'] = { body: '<form id="first"><input type="hidden" name="session"></form>' }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  expect(await page.locator('#first input').inputValue()).toBe(session)
  await page.evaluate("document.querySelector('#first').insertAdjacentHTML('afterend', '<form id=second><input name=session><button>Pay</button></form>')")
  await Promise.all([page.waitForURL(`**/?session=${String(session)}`), page.locator('#second button').click()])
})
