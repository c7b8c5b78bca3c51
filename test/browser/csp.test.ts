import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { startSites } from '../helpers/sites.ts'
import { arrive, refledger, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'

test('works under a policy that allows scripts and calls of the collector alone, with Trusted Types required', async () => {
  const sites = await startSites('track.shop.localhost', { others: ['pay.localhost'], data: { domains: 'pay.localhost', fill: '#s', clean: '' } })
  const policy = `default-src 'none'; img-src data:; script-src ${sites.collectorUrl} 'sha256-STUB'; connect-src ${sites.collectorUrl}; form-action *; require-trusted-types-for 'script'; trusted-types 'none'`
  sites.pages['/'] = { headers: { 'Content-Security-Policy': policy }, body: `<a href="${sites.at('pay.localhost', '/pay')}">Pay</a><input id="s">` }
  const { page } = await visitor()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(error.message))
  // The stub is inline here, which such a policy allows by its hash.
  const stub = await (await fetch(sites.at('127.0.0.1', '/'))).text().then((html) => /<script>(.*?)<\/script>/.exec(html)?.[1] ?? '')
  sites.pages['/']!.headers = { 'Content-Security-Policy': policy.replace('STUB', createHash('sha256').update(stub).digest('base64')) }

  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  expect(await page.locator('#s').inputValue()).toBe(session)
  await refledger(page, 'identify', 'kim@customer.example')
  await Promise.all([page.waitForURL('**/pay?**'), page.locator('a').click()])
  expect(await refledger(page, 'session')).toBe(session)
  expect(said).toEqual([])
  expect(await winner(sites, { sessionId: session })).toBe('ana')
})

test('an error of ours, or a page that broke what we use, never reaches the page', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page, context } = await visitor()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  await context.addInitScript('window.fetch = () => { throw new Error("no") }; JSON.stringify = () => { throw new Error("no") }; delete window.URLSearchParams')
  await page.goto(sites.at(SHOP, '/?ref=ana'))
  for (const command of ['ready', 'session', 'identify', 'cart', 'link', 'click', 'consent', 'forget', 'nonsense', 'toString']) await refledger(page, command, 'x')
  expect(errors).toEqual([])
})

test('says on request, in a line each, what became of an arrival', async () => {
  const sites = await startSites('track.shop.localhost', { data: { debug: '' } })
  const { page } = await visitor()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text().replace('refledger: ', '')))
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  await page.reload()
  await refledger(page, 'ready')
  await arrive(page, sites.at(SHOP, '/'))
  await arrive(page, sites.at(SHOP, '/?ref=nobody'))
  expect(said.filter((line) => !line.startsWith('Failed to load'))).toEqual(['counted', 'seen', 'no code', 'No affiliate has the code "nobody".'])
})
