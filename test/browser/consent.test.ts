import { expect, test } from 'vitest'
import { startSites, type Sites } from '../helpers/sites.ts'
import { arrive, counted, couponWinner, kept, refledger, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'
const NOTHING = { cookies: [], stored: [] }
const told = (sites: Sites): string[] => sites.gate.calls.map(({ path }) => path).filter((path) => path.startsWith('/r/'))
/** A browser that asks for privacy as its visitor told it to; the one at hand cannot say so by itself. */
const PRIVATE = 'Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { value: true })'

test('consent late: the arrival that was held is counted, also when the page has moved on', async () => {
  const sites = await startSites('track.shop.localhost', { data: { consent: 'required' } })
  const visiting = await visitor()
  const { page } = visiting
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.evaluate("history.pushState({}, '', '/shoes')")
  await refledger(page, 'ready')
  expect([told(sites), await kept(visiting), await refledger(page, 'session')]).toEqual([[], NOTHING, undefined])

  await refledger(page, 'consent', 'granted')
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('consent never: nothing is written and nothing is sent', async () => {
  const sites = await startSites('track.shop.localhost', { data: { consent: 'required' } })
  const visiting = await visitor()
  for (const path of ['/?ref=ana', '/more?via=ben', '/pay']) {
    await arrive(visiting.page, sites.at(SHOP, path))
    expect(await refledger(visiting.page, 'identify', 'kim@customer.example')).toBe(false)
  }
  expect([told(sites), await kept(visiting)]).toEqual([[], NOTHING])
})

test.each([['consent', 'denied'], ['forget', undefined]])('%s(%s) removes every trace, and leads to nobody any more', async (command, word) => {
  const sites = await startSites('track.shop.localhost')
  const visiting = await visitor()
  await arrive(visiting.page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(visiting.page, 'session')
  expect((await kept(visiting)).cookies).toEqual(['_rl'])

  await refledger(visiting.page, command, word)
  expect([await kept(visiting), await refledger(visiting.page, 'session')]).toEqual([NOTHING, undefined])
  expect(await winner(sites, { sessionId: session })).toBeUndefined()
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
})

test('forgetting works while the collector is out of reach', async () => {
  const sites = await startSites('track.localhost')
  const visiting = await visitor()
  await arrive(visiting.page, sites.at('deep.www.shop.localhost', '/?ref=ana'))
  sites.gate.pass = () => Promise.reject(new Error('down'))
  await refledger(visiting.page, 'forget')
  expect(await kept(visiting)).toEqual(NOTHING)
})

test('Global Privacy Control (simulated): nothing is kept or told, and a code that the visitor names counts all the same', async () => {
  const sites = await startSites('track.shop.localhost')
  const visiting = await visitor()
  const { context, page } = visiting
  await arrive(page, sites.at(SHOP, '/?ref=ben'))
  await context.addInitScript(PRIVATE)
  await arrive(page, sites.at(SHOP, '/?ref=ben'))
  expect([told(sites), await kept(visiting)]).toEqual([['/r/visit'], NOTHING])

  await refledger(page, 'click', 'ana')
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
  expect(await kept(visiting)).toEqual(NOTHING)
  await arrive(page, sites.at(SHOP, '/thanks'))
  expect(await refledger(page, 'session')).toBeUndefined()
  expect(await couponWinner(sites, 'ANA10')).toBe('ana')
})

test('Global Privacy Control (simulated) does not count where the tag says so', async () => {
  const sites = await startSites('track.shop.localhost', { data: { gpc: 'ignore' } })
  const { context, page } = await visitor()
  await context.addInitScript(PRIVATE)
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('a session of earlier is not told either before the visitor allows it on this page', async () => {
  const sites = await startSites('track.shop.localhost', { others: ['pay.localhost'], data: { domains: 'pay.localhost' } })
  sites.pages['/careful'] = { data: { consent: 'required' } }
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const before = told(sites)
  await arrive(page, sites.at(SHOP, '/careful?ref=ben'))
  const answers = [await refledger(page, 'identify', 'kim@customer.example'), await refledger(page, 'cart', 'c1'), await refledger(page, 'link', 'http://pay.localhost/')]
  expect([answers, told(sites)]).toEqual([[false, false, 'http://pay.localhost/'], before])
  await refledger(page, 'consent', 'granted')
  expect(told(sites)).toEqual([...before, '/r/visit'])
})
