import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { call } from '../helpers/collector.ts'
import { openGate, startSites } from '../helpers/sites.ts'
import { arrive, counted, kept, order, refledger, rows, visitor, winner } from '../helpers/visitors.ts'

const SHOP = 'www.shop.localhost'
const broken = (): Promise<void> => Promise.reject(new Error('down'))
/** Lets nothing through until it is opened. */
function heldGate(): { pass: () => Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { pass: () => promise, open: resolve }
}

test('offline first, online later: the arrival is sent with its age, and counted when it happened', async () => {
  const sites = await startSites('track.shop.localhost')
  const visiting = await visitor()
  const { page } = visiting
  await page.clock.install()
  sites.gate.pass = (path) => (path === '/r/visit' ? broken() : openGate())
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  const session = await refledger(page, 'session')
  expect([counted(sites).visits, (await kept(visiting)).stored]).toEqual([0, expect.arrayContaining(['_rl', '_rlq'])])

  sites.gate.pass = openGate
  sites.clock.nowMs += 3_600_000
  await page.clock.fastForward(3_600_000)
  await page.evaluate("window.dispatchEvent(new Event('online'))")
  await refledger(page, 'ready')
  const [click] = rows<{ waited: number; ageMs: number }>(sites, 'select waited, received_at_ms - occurred_at_ms as ageMs from clicks')
  expect(click?.waited).toBe(1)
  expect(Math.abs((click?.ageMs ?? 0) - 3_600_000)).toBeLessThan(10_000)
  expect(await kept(visiting)).toEqual({ cookies: ['_rl'], stored: ['_rls'] })
  expect(await winner(sites, { sessionId: session })).toBe('ana')
})

test('an arrival that was lost goes out from the next page, once, under the same id', async () => {
  const sites = await startSites('track.localhost')
  const { page } = await visitor()
  sites.gate.pass = (path) => (path === '/r/visit' ? broken() : openGate())
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  sites.gate.pass = openGate
  await arrive(page, sites.at(SHOP, '/pay'))
  const ids = (): string[] => sites.gate.calls.filter(({ path }) => path === '/r/visit').map(({ body }) => (JSON.parse(body) as { id: string }).id)
  const before = ids()
  await arrive(page, sites.at(SHOP, '/thanks'))
  expect(ids()).toEqual(before)
  expect(before.length).toBeGreaterThan(1)
  expect(new Set(before).size).toBe(1)
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
  expect(await winner(sites, { sessionId: await refledger(page, 'session') })).toBe('ana')
})

test('the order that came before its late visit is settled when that turns up', async () => {
  const sites = await startSites('track.localhost')
  const { page } = await visitor()
  await page.clock.install()
  sites.gate.pass = (path) => (path === '/r/visit' ? broken() : openGate())
  await arrive(page, sites.at(SHOP, '/?ref=ana'))
  sites.clock.nowMs += 60_000
  await page.clock.fastForward(60_000)
  const { receipt } = await order(sites, { sessionId: await refledger(page, 'session') })
  expect((await receipt()).attributed).toBe(false)

  sites.gate.pass = openGate
  sites.clock.nowMs += 60_000
  await page.clock.fastForward(60_000)
  await arrive(page, sites.at(SHOP, '/thanks'))
  expect(await receipt()).toMatchObject({ attributed: true, marks: expect.arrayContaining(['LATE_ARRIVAL']) })
})

test('a tab closed at once: what was on its way arrives, and the next page tells it again without a second count', async () => {
  const sites = await startSites('track.localhost')
  const { context, page } = await visitor()
  const gate = heldGate()
  sites.gate.pass = (path) => (path === '/r/visit' ? gate.pass() : openGate())
  const asked = page.waitForRequest('**/r/visit')
  await page.goto(sites.at(SHOP, '/?ref=ana'))
  await asked
  await page.close()
  gate.open()
  await expect.poll(() => counted(sites).visits).toBe(1)

  const next = await context.newPage()
  await arrive(next, sites.at(SHOP, '/pay'))
  expect(sites.gate.calls.filter(({ path }) => path === '/r/visit')).toHaveLength(2)
  expect(counted(sites)).toEqual({ visits: 1, clicks: 1 })
  expect(await winner(sites, { sessionId: await refledger(next, 'session') })).toBe('ana')
})

test('a script that comes after the checkout answers what was asked before, and the order finds its affiliate', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  await arrive(page, sites.at(SHOP, '/?ref=ana'))

  const gate = heldGate()
  sites.gate.pass = gate.pass
  await page.context().newCDPSession(page).then((devtools) => devtools.send('Network.setCacheDisabled', { cacheDisabled: true }))
  await page.goto(sites.at(SHOP, '/pay'), { waitUntil: 'commit' })
  await page.waitForFunction('window.refledger')
  const identified = refledger(page, 'identify', 'kim@customer.example')
  const { receipt } = await order(sites, { customerEmailHash: createHash('sha256').update('kim@customer.example').digest('hex') })
  expect((await receipt()).attributed).toBe(false)

  gate.open()
  expect(await identified).toBe(true)
  expect(await receipt()).toMatchObject({ attributed: true, commissions: [{ affiliateCode: 'ana' }], marks: expect.arrayContaining(['LATE_ARRIVAL']) })
})

test('a phone, then a laptop: the same e-mail joins them', async () => {
  const sites = await startSites('track.shop.localhost')
  const phone = await visitor()
  await arrive(phone.page, sites.at(SHOP, '/?ref=ana'))
  await refledger(phone.page, 'identify', 'kim@customer.example')
  const laptop = await visitor()
  await arrive(laptop.page, sites.at(SHOP))
  expect(await refledger(laptop.page, 'session')).toBeUndefined()
  const { receipt } = await order(sites, { customerEmailHash: createHash('sha256').update('kim@customer.example').digest('hex') })
  expect(await receipt()).toMatchObject({ commissions: [{ affiliateCode: 'ana' }], touches: [{ evidence: 'identity' }] })
})

test('plain http: the visit counts, identify says why it cannot, and the server says the e-mail instead', async () => {
  const sites = await startSites('track.shop.example', { site: 'shop.example' })
  const { page } = await visitor()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  await arrive(page, sites.at('www.shop.example', '/?ref=ana'))
  const session = await refledger(page, 'session')
  expect(await page.evaluate('isSecureContext')).toBe(false)
  expect(await refledger(page, 'identify', 'kim@customer.example')).toBe(false)
  expect(said).toEqual(['refledger: no https, POST /r/identify'])

  const told = await call(sites, '/r/identify', { body: { session, email: ' Kim@Customer.example', url: sites.at('www.shop.example') } })
  expect(told.body).toEqual({ identified: true })
  expect(await winner(sites, { customerEmailHash: createHash('sha256').update('kim@customer.example').digest('hex') })).toBe('ana')
})

test('a collector that never answers holds nobody up for longer than ten seconds', async () => {
  const sites = await startSites('track.shop.localhost')
  const { page } = await visitor()
  sites.gate.pass = (path) => (path === '/r/visit' ? heldGate().pass() : openGate())
  await page.goto(sites.at(SHOP, '/?ref=ana'))
  const startedAt = Date.now()
  expect(await refledger(page, 'session')).toMatch(/^[\da-f-]{36}$/)
  expect(Date.now() - startedAt).toBeLessThan(12_000)
})
