import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { RefCampaign, RefCampaignBrowser as OnServer } from '../../shared/client/index.ts'
import { startEndpoint, type Endpoint } from '../browser-unit/endpoint.ts'
import { recordFetches } from '../browser-unit/page.ts'
import { call, startCollector } from '../helpers/collector.ts'
import { bundledClient, clientVisitor, LOCAL, SESSION, type ClientVisitor } from './browser-page.ts'

let script: string
let endpoint: Endpoint
let visitor: ClientVisitor

beforeAll(async () => void (script = await bundledClient()))
beforeEach(async () => {
  endpoint = await startEndpoint('')
  visitor = clientVisitor(script)
})
afterEach(async () => {
  await visitor.browser.close()
  await endpoint.close()
})

const bodies = (): unknown[] => endpoint.calls.map(({ body }) => (body === '' ? undefined : JSON.parse(body) as unknown))
const told = (count: number) => vi.waitFor(() => expect(endpoint.calls).toHaveLength(count))

describe('the pings', () => {
  test('tell once a day, and per token, that the script runs', async () => {
    const { window, tracker } = await visitor.page(LOCAL)
    const asked: object[] = []
    recordFetches(window, asked)
    tracker.configure({ apiBase: `${endpoint.origin}/` })
    await told(1)
    tracker.init({ siteToken: 'rcst_1', publicKey: 'pk_1' })
    await told(2)
    expect(endpoint.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /api/sdk/installed', 'POST /api/sdk/installed'])
    expect(bodies()).toEqual([undefined, { siteToken: 'rcst_1' }])
    expect(endpoint.calls[1]?.headers['content-type']).toMatch(/^text\/plain/)
    expect(asked).toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ credentials: 'omit', keepalive: true })))

    await vi.waitFor(() => expect(Number(window.localStorage.getItem(`_rc_installed_at:${endpoint.origin}:rcst_1`))).toBeGreaterThan(Date.now() - 60_000))
    tracker.configure({})
    expect(asked).toHaveLength(2)
    window.localStorage.setItem(`_rc_installed_at:${endpoint.origin}:rcst_1`, String(Date.now() - 86_400_001))
    tracker.configure({})
    expect(asked).toHaveLength(3)
    await told(3)
  })

  test.each([500, 404])('that were answered %d are told again', async (status) => {
    endpoint.reply = () => ({ status })
    const { window, tracker } = await visitor.page(LOCAL)
    const asked: object[] = []
    recordFetches(window, asked)
    tracker.configure({ apiBase: endpoint.origin, siteToken: 'rcst_1' })
    await told(1)
    tracker.configure({})
    await told(2)
    expect(window.localStorage.length).toBe(0)
  })

  test('tell of a session that the dashboard sent to try the set-up', async () => {
    const { window, tracker } = await visitor.page(`${LOCAL}?rcsid=${SESSION}&rctest=t-1`)
    tracker.configure({ apiBase: endpoint.origin, siteToken: 'rcst_1' })
    tracker.captureSession()
    await told(2)
    expect(endpoint.calls.map(({ path }) => path).toSorted()).toEqual(['/api/sdk/installed', '/api/sdk/session-captured'])
    expect(bodies()).toContainEqual({ siteToken: 'rcst_1', testId: 't-1', sessionId: SESSION, source: 'url' })
    expect(window.location.search).toBe('')
  })
})

describe('identify', () => {
  test('sends the hash of the trimmed, lower-cased address', async () => {
    const { tracker } = await visitor.page(`${LOCAL}?_rcid=${SESSION}`)
    tracker.configure({ apiBase: endpoint.origin })
    tracker.captureSession()
    await tracker.identify('  Kim@Customer.Example ')
    const sent = endpoint.calls.find(({ path }) => path === '/api/track/identify')
    expect(sent).toMatchObject({ method: 'POST', headers: expect.objectContaining({ 'content-type': 'application/json' }) })
    expect(JSON.parse(sent?.body ?? '')).toEqual({ sessionId: SESSION, emailHash: '3508cf137feabeee587bfa7e98330a4577f0f09e88ed1be367a1b8053d389553' })
  })

  test.each([['a visitor without a session', '', 'kim@customer.example'], ['no address', `?_rcid=${SESSION}`, ' '], ['what is no text', `?_rcid=${SESSION}`, 7 as unknown as string]])('%s sends nothing', async (_name, query, email) => {
    const { tracker } = await visitor.page(LOCAL + query)
    tracker.captureSession()
    await expect(tracker.identify(email)).resolves.toBeUndefined()
    expect(endpoint.calls).toEqual([])
  })

  test('a collector that hangs up or refuses does not reach the page', async () => {
    endpoint.reply = ({ path }) => (path === '/api/track/identify' ? { hangUp: true } : {})
    const { tracker } = await visitor.page(`${LOCAL}?_rcid=${SESSION}`)
    tracker.configure({ apiBase: endpoint.origin })
    tracker.captureSession()
    await expect(tracker.identify('kim@customer.example')).resolves.toBeUndefined()
    endpoint.reply = () => ({ status: 404 })
    await expect(tracker.identify('kim@customer.example')).resolves.toBeUndefined()
  })

  test('lets the collector find an order that was paid elsewhere', async () => {
    const collector = await startCollector()
    await call(collector, '/api/v1/track/click', { body: { tracking_url: 'https://www.shop.example/?ref=ana', session_id: SESSION } })
    const { tracker } = await visitor.page(`http://www.shop.example/?rcsid=${SESSION}`)
    tracker.configure({ apiBase: collector.api })
    tracker.captureSession()
    await tracker.identify('kim@customer.example')

    const sold = await new RefCampaign({ apiKey: collector.keys.refcampaign, apiUrl: collector.api }).conversions.postback({ externalId: 'elsewhere', conversionType: 'SALE', amount: 4990, currency: 'EUR', customerEmail: 'Kim@customer.example' })
    expect(sold).toMatchObject({ attributed: true, commissionAmount: 499 })
  })
})

test('on a server it answers that there is no session', async () => {
  OnServer.configure({ apiBase: endpoint.origin })
  expect([OnServer.captureSession(), OnServer.getSessionId(), OnServer.clearSession(), OnServer.getSessionInfo().cookieSupported]).toEqual([{ sessionId: null, source: 'none' }, null, false, false])
  await expect(OnServer.identify('kim@customer.example')).resolves.toBeUndefined()
  expect(endpoint.calls).toEqual([])
})

test('debugging tells the console', async () => {
  const { window, tracker } = await visitor.page(`${LOCAL}?_rcid=${SESSION}`)
  const lines: unknown[] = []
  window.console.log = (line: unknown) => void lines.push(line)
  tracker.captureSession()
  tracker.configure({ apiBase: endpoint.origin, debug: true })
  await told(1)
  tracker.captureSession()
  await vi.waitFor(() => expect(lines).toEqual(expect.arrayContaining([`[RefCampaign] session ${SESSION} from cookie`, '[RefCampaign] installed: 200'])))
})
