import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ShopWindow } from '../browser-unit/page.ts'
import { bundledClient, clientVisitor, LOCAL, OTHER, SESSION, type ClientVisitor } from './browser-page.ts'

const LIFE_MS = 90 * 86_400_000

let script: string
let visitor: ClientVisitor

beforeAll(async () => void (script = await bundledClient()))
beforeEach(() => void (visitor = clientVisitor(script)))
afterEach(() => visitor.browser.close())

const storedIn = (window: ShopWindow): unknown => JSON.parse(window.localStorage.getItem('_rc_sid') ?? 'null')
const store = (window: ShopWindow, sessionId: string, ageMs = 0): void => window.localStorage.setItem('_rc_sid', JSON.stringify({ sessionId, timestamp: Date.now() - ageMs }))

describe('captureSession', () => {
  test('takes the session out of the address and keeps it in both places for 90 days', async () => {
    const { window, tracker } = await visitor.page(`https://www.acme.example/shoes?size=9&_rcid=${SESSION}#top`)
    window.history.replaceState({ route: 7 }, '')
    expect(tracker.captureSession()).toEqual({ sessionId: SESSION, source: 'url' })
    expect([window.location.href, window.history.state]).toEqual(['https://www.acme.example/shoes?size=9#top', { route: 7 }])
    expect(visitor.cookies()).toEqual([expect.objectContaining({ key: '_rc_sid', value: SESSION, domain: 'acme.example', path: '/', secure: true, sameSite: 'Lax' })])
    const life = (visitor.cookies()[0]?.expires?.getTime() ?? 0) - Date.now()
    expect(Math.abs(life - LIFE_MS)).toBeLessThan(5000)
    expect(storedIn(window)).toEqual({ sessionId: SESSION, timestamp: expect.any(Number) })
  })

  test.each([
    ['_rcid before rcsid', `?rcsid=${OTHER}&_rcid=${SESSION}`, SESSION, ''],
    ['rcsid alone', `?rcsid=${OTHER}&rctest=t-1`, OTHER, ''],
    ['text of eight characters', '?rcsid=abcd_123', 'abcd_123', ''],
  ])('%s', async (_name, query, sessionId, left) => {
    const { window, tracker } = await visitor.page(LOCAL + query)
    expect(tracker.captureSession()).toEqual({ sessionId, source: 'url' })
    expect(window.location.search).toBe(left)
  })

  test.each(['?_rcid=short', '?_rcid=no%20such%20session', '?_rcid=', '?ref=ana', ''])('nothing is taken from "%s"', async (query) => {
    const { window, tracker } = await visitor.page(LOCAL + query)
    expect(tracker.captureSession()).toEqual({ sessionId: null, source: 'none' })
    expect([window.location.search, visitor.cookies(), storedIn(window)]).toEqual([query, [], null])
  })

  test('a cookie counts more than what is stored, and is stored', async () => {
    const { window, tracker } = await visitor.page(LOCAL)
    store(window, OTHER)
    window.document.cookie = `_rc_sid=${SESSION}; path=/`
    expect(tracker.captureSession()).toEqual({ sessionId: SESSION, source: 'cookie' })
    expect(storedIn(window)).toMatchObject({ sessionId: SESSION })
  })

  test('what is stored is found without a cookie, for 90 days', async () => {
    const { window, tracker } = await visitor.page(LOCAL)
    store(window, SESSION, LIFE_MS - 60_000)
    expect(tracker.captureSession()).toEqual({ sessionId: SESSION, source: 'localStorage' })
    store(window, SESSION, LIFE_MS + 60_000)
    expect(tracker.captureSession()).toEqual({ sessionId: null, source: 'none' })
    expect(window.localStorage.getItem('_rc_sid')).toBeNull()
  })

  test.each(['{', '7', 'null', '"text"', '{"sessionId":7,"timestamp":1}', `{"sessionId":"${SESSION}"}`, `{"sessionId":"${SESSION}","timestamp":"soon"}`])('something else\'s %s is no session', async (kept) => {
    const { window, tracker } = await visitor.page(LOCAL)
    window.localStorage.setItem('_rc_sid', kept)
    expect(tracker.captureSession()).toEqual({ sessionId: null, source: 'none' })
  })

  test('plain http gets no cookie', async () => {
    const { window, tracker } = await visitor.page(`http://www.acme.example/?_rcid=${SESSION}`)
    expect(tracker.captureSession().source).toBe('url')
    expect([visitor.cookies(), storedIn(window)]).toEqual([[], expect.objectContaining({ sessionId: SESSION })])
    expect(tracker.captureSession()).toEqual({ sessionId: SESSION, source: 'localStorage' })
  })

  test.each(['http://localhost/', 'http://127.0.0.1/', 'http://www.shop.localhost/'])('%s keeps the cookie to itself', async (address) => {
    const { window, tracker } = await visitor.page(`${address}?_rcid=${SESSION}`)
    tracker.captureSession()
    expect(visitor.cookies()).toEqual([expect.objectContaining({ value: SESSION, domain: '', secure: false })])
    expect(tracker.clearSession()).toBe(true)
    expect(window.document.cookie).toBe('')
  })

  test('below a public suffix the browser itself says which domain is the shop\'s', async () => {
    const { tracker } = await visitor.page(`https://www.acme.co.uk/?_rcid=${SESSION}`, (window) => {
      refuseDomains(window, '.co.uk')
    })
    tracker.captureSession()
    expect(visitor.cookies().map(({ domain }) => domain)).toEqual(['acme.co.uk'])
  })

  test('a browser that keeps nothing throws nothing', async () => {
    const { window, tracker } = await visitor.page(`https://www.acme.example/?_rcid=${SESSION}`, (opened) => {
      Object.defineProperty(opened, 'localStorage', { get: () => { throw new Error('SecurityError') } })
      Object.defineProperty(opened.document, 'cookie', { get: () => { throw new Error('SecurityError') }, set: () => { throw new Error('SecurityError') } })
    })
    expect(tracker.captureSession()).toEqual({ sessionId: SESSION, source: 'url' })
    expect(window.location.search).toBe('')
    expect([tracker.captureSession(), tracker.getSessionId(), tracker.clearSession()]).toEqual([{ sessionId: null, source: 'none' }, null, false])
    await expect(tracker.identify('kim@customer.example')).resolves.toBeUndefined()
  })
})

/** happy-dom grants cookies on any domain; browsers refuse public suffixes. */
function refuseDomains(window: ShopWindow, suffix: string): void {
  let holder: object | null = window.document
  while (holder !== null && !Object.hasOwn(holder, 'cookie')) holder = Object.getPrototypeOf(holder) as object | null
  const cookie = Object.getOwnPropertyDescriptor(holder ?? {}, 'cookie')
  if (cookie === undefined) throw new Error('happy-dom keeps cookies elsewhere by now')
  Object.defineProperty(window.document, 'cookie', {
    get: () => cookie.get?.call(window.document) as unknown,
    set: (text: string) => { if (!text.endsWith(`domain=${suffix}`)) cookie.set?.call(window.document, text) },
  })
}

test('the session is shown, and forgotten', async () => {
  const { tracker } = await visitor.page(`https://shop.acme.example/?_rcid=${SESSION}`)
  expect(tracker.getSessionInfo()).toEqual({ sessionId: null, cookieSupported: true, localStorageSupported: true, cookieSessionId: null, storageSessionId: null, urlSessionId: SESSION })
  tracker.captureSession()
  expect(tracker.getSessionId()).toBe(SESSION)
  expect(tracker.getSessionInfo()).toMatchObject({ sessionId: SESSION, cookieSessionId: SESSION, storageSessionId: SESSION, urlSessionId: null })
  expect(tracker.clearSession()).toBe(true)
  expect([tracker.getSessionId(), visitor.cookies()]).toEqual([null, []])
})
