import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openGate, startSites, type Sites } from '../helpers/sites.ts'
import { counted, refledger, rows, visitor } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'
/** How many arrivals are played; `npm run arrivals` plays a thousand. */
const ARRIVALS = Number(process.env['ARRIVALS'] ?? 24)
const AT_ONCE = 4
/** The collector's answers take up to this long, and every twentieth call is lost. */
const SLOWEST_MS = 2000
const LOST_EVERY = 20
/** How soon after its script has run a page is left. */
const LEFT_AFTER_MS = 50

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The same numbers from 0 to 1 in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A slow collector that loses calls, its script's own download aside. */
function slowGate(sites: Sites, random: () => number): void {
  let calls = 0
  sites.gate.pass = async (path) => {
    if (path === '/r.js') return openGate()
    calls += 1
    const isLost = calls % LOST_EVERY === 0
    await later(random() * SLOWEST_MS)
    if (isLost) throw new Error('lost')
  }
}

const hasRun = (page: Page): Promise<unknown> => page.waitForFunction('window.refledger && window.refledger.q && !window.refledger.q.forEach')
/** Plays visitors one after the other, several rows of them at once. */
const play = (visit: (index: number) => Promise<void>): Promise<unknown> => Promise.all(Array.from({ length: AT_ONCE }, async (_, row) => {
  for (let index = row; index < ARRIVALS; index += AT_ONCE) await visit(index)
}))
const perVisitor = (sites: Sites): Map<string, number> => new Map(rows<{ page: string; visits: number }>(sites, 'select t.text as page, count(*) as visits from clicks c join texts t on t.id = c.page group by 1').map(({ page, visits }) => [page, visits]))

test(`of ${ARRIVALS} visitors who leave ${LEFT_AFTER_MS} ms after the script ran, at a slow collector that loses calls, 999 of 1,000 are counted, each once`, async () => {
  const sites = await startSites('track.shop.localhost')
  slowGate(sites, seeded(5))
  await play(async (index) => {
    const { context, page } = await visitor()
    await page.goto(sites.at(SHOP, `/landing-${index}?ref=ana`), { waitUntil: 'commit' })
    await hasRun(page)
    await later(LEFT_AFTER_MS)
    await page.goto(sites.at(SHOP, '/next'))
    await refledger(page, 'ready')
    await context.close()
  })
  const { visits, clicks } = counted(sites)
  console.log(`left ${LEFT_AFTER_MS} ms after the script ran, then another page: ${visits} of ${ARRIVALS} visits, ${clicks} clicks`)
  expect(visits).toBe(clicks)
  expect(visits).toBeLessThanOrEqual(ARRIVALS)
  expect(visits / ARRIVALS).toBeGreaterThanOrEqual(0.999)
  expect([...perVisitor(sites).values()].every((times) => times === 1)).toBe(true)
}, 60_000 + ARRIVALS * 1500)

test(`says what is lost of ${ARRIVALS} visitors who close the tab instead, and of those who leave before the script came`, async () => {
  const sites = await startSites('track.shop.localhost')
  const random = seeded(7)
  slowGate(sites, random)
  await play(async (index) => {
    const { context, page } = await visitor()
    await page.goto(sites.at(SHOP, `/landing-${index}?ref=ana`), { waitUntil: 'commit' })
    await hasRun(page)
    await later(LEFT_AFTER_MS)
    await page.close()
    await later(SLOWEST_MS)
    await context.close()
  })
  const closed = counted(sites).visits
  console.log(`tab closed ${LEFT_AFTER_MS} ms after the script ran, and never another page: ${closed} of ${ARRIVALS} counted`)

  const early = await startSites('track.shop.localhost')
  early.gate.pass = (path) => (path === '/r.js' ? later(random() * 400) : openGate())
  let ranBefore = 0
  await play(async (index) => {
    const { context, page } = await visitor()
    await page.goto(early.at(SHOP, `/landing-${index}?ref=ana`), { waitUntil: 'commit' })
    await later(random() * 400)
    if (await page.evaluate('!!window.refledger && !!window.refledger.q && !window.refledger.q.forEach')) ranBefore += 1
    await page.goto(early.at(SHOP, '/next'))
    await refledger(page, 'ready')
    await context.close()
  })
  const { visits } = counted(early)
  console.log(`left within 400 ms, the script coming within 400 ms: it had run for ${ranBefore} of ${ARRIVALS}; ${visits} counted, ${ARRIVALS - visits} lost`)
  expect(visits).toBeGreaterThanOrEqual(ranBefore)
  // Every twentieth call is lost for good where nobody comes back to send it again.
  expect(closed).toBeGreaterThanOrEqual(Math.floor(ARRIVALS * 0.9))
}, 60_000 + ARRIVALS * 3000)
