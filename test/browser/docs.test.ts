import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { APIS } from '../../collector/reference/apis.ts'
import { startCollector } from '../helpers/collector.ts'
import { visitor } from '../helpers/visitors.ts'

/** What the page did that it should not: calls of other origins, refusals by its policy, errors. */
function faultsOf(page: Page, origin: string): string[] {
  const faults: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) faults.push(`asks ${request.url()}`)
  })
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  return faults
}

/** A collector with its page opened; the browser reports what the policy refuses, whether a script notices or not. */
async function opened(address: string, options: Record<string, unknown> = {}) {
  const collector = await startCollector(options)
  const { page } = await visitor()
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => console.error(`policy: ${violatedDirective} ${blockedURI} ${sample}`)))
  const faults = faultsOf(page, collector.api)
  onTestFinished(() => expect(faults).toEqual([]))
  await page.goto(`${collector.api}${address}`)
  await page.locator('.opblock').first().waitFor()
  return { collector, page }
}

test.each(APIS)('shows every operation of $name, under a policy that allows the collector alone', async ({ name, title, operations, tags }) => {
  const { page } = await opened(name === 'refledger' ? '/docs' : `/docs?api=${name}`)
  expect(await page.locator('.info .title').innerText()).toContain(title)
  expect(await page.locator('nav a[aria-current]').innerText()).toBe(title)
  expect(await page.locator('.opblock').count()).toBe(operations.length)
  // One of some chapters: opening all of them takes a browser a minute.
  const chapters = await page.locator('.opblock-tag-section').all()
  expect(chapters).toHaveLength(Object.keys(tags).length)
  for (const chapter of chapters.slice(0, 3)) await chapter.locator('.opblock-summary-control').first().click()
  await expect.poll(() => page.locator('.opblock.is-open .responses-inner').count()).toBe(3)
  expect(await page.locator('.errors-wrapper').count()).toBe(0)
})

test('sends a request to the collector that shows it, wherever it is reached from outside, and shows the reply', async () => {
  const { collector, page } = await opened('/docs?api=refcampaign', { PUBLIC_URL: 'https://track.shop.example' })
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.locator('.auth-container input').fill(collector.keys.refcampaign)
  await page.locator('.auth-btn-wrapper button.authorize').click()
  await page.locator('.auth-btn-wrapper button.btn-done').click()

  const ping = page.locator('#operations-Keys-ping')
  await ping.locator('.opblock-summary-control').click()
  await ping.getByRole('button', { name: 'Try it out' }).click()
  await ping.getByRole('button', { name: 'Execute' }).click()
  const reply = ping.locator('.live-responses-table')
  await expect.poll(() => reply.innerText()).toContain('"merchant": "Shop"')

  const track = page.locator('#operations-Conversions-trackConversion')
  await track.locator('.opblock-summary-control').click()
  await track.getByRole('button', { name: 'Try it out' }).click()
  await track.locator('textarea').fill('{"sessionId": "from-the-page", "amount": 49.90, "currency": "EUR"}')
  await track.getByRole('button', { name: 'Execute' }).click()
  await expect.poll(() => track.locator('.live-responses-table').innerText()).toContain('"attributed": false')
})

test('behind a path, and by a link to one operation', async () => {
  const { page } = await opened('/base/docs?api=refcampaign#/Conversions/trackConversion', { BASE_PATH: '/base' })
  await expect.poll(() => page.locator('#operations-Conversions-trackConversion.is-open').count()).toBe(1)
  await page.locator('nav a', { hasText: 'Refledger' }).first().click()
  await expect.poll(() => page.url()).toContain('/base/docs?')
  expect(await page.locator('.opblock').first().innerText()).toContain('/r/visit')
})
